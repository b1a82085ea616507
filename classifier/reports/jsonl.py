"""Reports as JSON Lines: one document a line, in the shape of `report.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from classifier.records import Cue, Finding, Report, Reviewed, SetAside

__all__ = ["SCHEMA", "cue_record", "finding_record", "render", "sentence_record", "to_record"]

SCHEMA = "healthclaims.report/1"

# Line separators that JSON leaves alone and that careless readers split lines at.
_SEPARATORS = {character: f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}


def render(report: Report) -> str:
    """Return a report as one line of JSON, without its newline."""
    line = json.dumps(to_record(report), ensure_ascii=False, separators=(",", ":"))
    for character, escape in _SEPARATORS.items():  # one by one, many times quicker than `translate` outside ASCII
        line = line.replace(character, escape)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:  # the text holds half a surrogate pair, which only an escape can carry
        return json.dumps(to_record(report), separators=(",", ":"))
    return line


def to_record(report: Report) -> dict[str, Any]:
    """Return a report as plain dictionaries and lists."""
    return {
        "schema": SCHEMA,
        "document": {
            "id": report.document.id,
            "source": report.document.source,
            "sha256": report.document.sha256,
            "columns": dict(report.document.columns),
        },
        "versions": {
            "healthclaims": report.versions.healthclaims,
            "model": report.versions.model,
            "policies": dict(report.versions.policies),
            "data": report.versions.data,
        },
        "context": {
            "markets": list(report.context.markets),
            "product_class": report.context.product_class,
            "assumed": report.context.assumed,
            "language": report.context.language,
            "decisions": report.context.decisions,
            "reading": report.context.reading,
        },
        "not_assessed": report.not_assessed,
        "sentences": [
            sentence_record(sentence, report.document.location_at(sentence.start)) for sentence in report.sentences
        ],
        "findings": [finding_record(finding) for finding in report.findings],
    }


def sentence_record(sentence: Reviewed, location: str | None) -> Mapping[str, Any]:
    """Return a sentence of a report as plain values."""
    assessed = sentence.assessed
    tagged = assessed.tagged
    return {
        "index": tagged.index,
        "start": tagged.start,
        "end": tagged.end,
        "text": tagged.text,
        "labels": list(tagged.labels),
        "primary": tagged.primary or "none",
        "scores": dict(tagged.scores),
        "needs_review": tagged.needs_review,
        "location": location,
        "evidence": assessed.evidence,
        "support": assessed.support,
        "severity": assessed.severity,
        "cues": [cue_record(cue) for cue in assessed.cues],
        "findings": [finding_record(finding) for finding in sentence.findings],
    }


def cue_record(cue: Cue) -> Mapping[str, Any]:
    """Return a cue as plain values."""
    return {"kind": cue.kind, "start": cue.start, "end": cue.end, "text": cue.text, "rule": cue.rule}


def finding_record(finding: Finding) -> Mapping[str, Any]:
    """Return a finding as plain values."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "start": finding.start,
        "end": finding.end,
        "message": finding.message,
        "basis": finding.basis,
        "title": finding.title,
        "kind": finding.kind,
        "market": finding.market,
        "link": finding.link,
        "detail": finding.detail,
        "set_aside": _set_aside(finding.set_aside),
        "verification": finding.verification,
    }


def _set_aside(found: SetAside | None) -> Mapping[str, Any] | None:
    if found is None:
        return None
    return {
        "by": found.by,
        "reason": found.reason,
        "owner": found.owner,
        "expires": found.expires.isoformat() if found.expires else None,
        "where": found.where,
    }
