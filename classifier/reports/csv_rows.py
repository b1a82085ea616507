"""Reports as CSV: one row a sentence, and one for each finding on a whole document and each document not assessed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping

from classifier.records import Finding, Label, Report, Reviewed

__all__ = ["COLUMNS", "header", "render"]

COLUMNS = (
    *("document", "source", "location", "sha256", "index", "start", "end", "text", "primary", "labels"),
    *(f"score_{label}" for label in Label),
    *("needs_review", "evidence", "support", "severity", "cues"),
    *("rules", "markets", "severities", "messages", "bases", "set_aside", "not_assessed", "columns"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def header() -> str:
    """Return the line that names the columns."""
    return _line(dict(zip(COLUMNS, COLUMNS, strict=True)))


def render(report: Report) -> str:
    """Return the rows of a report.

    A cell that a spreadsheet would run as a formula opens with an apostrophe; JSON Lines holds the text as it stands.
    """
    return "".join(_line(row) for row in _rows(report))


def _rows(report: Report) -> Iterator[Mapping[str, object]]:
    document = {
        "document": report.document.id,
        "source": report.document.source,
        "sha256": report.document.sha256,
        "columns": json.dumps(dict(report.document.columns), ensure_ascii=False) if report.document.columns else "",
    }
    if report.not_assessed:
        yield {**document, "location": report.document.location or "", "not_assessed": report.not_assessed}
    for sentence in report.sentences:
        location = report.document.location_at(sentence.start) or ""
        yield {**document, "location": location, **_sentence(sentence), **_findings(sentence.findings)}
    for finding in report.findings:
        place = {
            "location": report.document.location_at(finding.start) or "",
            "start": finding.start,
            "end": finding.end,
        }
        yield {**document, **place, **_findings((finding,))}


def _sentence(sentence: Reviewed) -> Mapping[str, object]:
    return {
        "index": sentence.index,
        "start": sentence.start,
        "end": sentence.end,
        "text": sentence.text,
        "primary": sentence.primary or "none",
        "labels": "; ".join(sentence.labels),
        **{f"score_{label}": f"{sentence.scores[label]:.4f}" for label in Label},
        "needs_review": int(sentence.needs_review),
        "evidence": sentence.evidence or "",
        "support": sentence.support or "",
        "severity": sentence.severity or "",
        "cues": "; ".join(f"{cue.kind}: {cue.text}" for cue in sentence.cues),
    }


def _findings(findings: tuple[Finding, ...]) -> Mapping[str, object]:
    return {
        "rules": "; ".join(finding.rule for finding in findings),
        "markets": "; ".join(finding.market or "any" for finding in findings),
        "severities": "; ".join(finding.severity for finding in findings),
        "messages": " | ".join(finding.message for finding in findings),
        "bases": " | ".join(finding.basis for finding in findings),
        "set_aside": "; ".join(finding.set_aside.by if finding.set_aside else "no" for finding in findings),
    }


def _line(row: Mapping[str, object]) -> str:
    stream = io.StringIO(newline="")
    csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\r\n").writerow(  # by which a lone \r is quoted too
        {name: _inert(value) if isinstance(value, str) else value for name, value in row.items()}
    )
    return stream.getvalue().removesuffix("\r\n") + "\n"


def _inert(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula.

    >>> _inert("=HYPERLINK(1)"), _inert("Calm mood")
    ("'=HYPERLINK(1)", 'Calm mood')
    """
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text
