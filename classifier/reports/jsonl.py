"""Reports as JSON Lines: one document a line, in the shape of `report.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from classifier.records import Cue, Finding, Report, Reviewed

__all__ = ["SCHEMA", "render", "to_record"]

SCHEMA = "healthclaims.report/1"

# Line separators that JSON leaves alone and that careless readers split lines at.
_SEPARATORS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}


def render(report: Report) -> str:
    """Return a report as one line of JSON, without its newline."""
    line = json.dumps(to_record(report), ensure_ascii=False, separators=(",", ":")).translate(_SEPARATORS)
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
        },
        "versions": {
            "healthclaims": report.versions.healthclaims,
            "model": report.versions.model,
            "policies": dict(report.versions.policies),
        },
        "context": {
            "markets": list(report.context.markets),
            "product_class": report.context.product_class,
            "assumed": report.context.assumed,
            "language": report.context.language,
        },
        "not_assessed": report.not_assessed,
        "sentences": [_sentence(sentence, report.document.location) for sentence in report.sentences],
        "findings": [_finding(finding) for finding in report.findings],
    }


def _sentence(sentence: Reviewed, location: str | None) -> Mapping[str, Any]:
    return {
        "index": sentence.index,
        "start": sentence.start,
        "end": sentence.end,
        "text": sentence.text,
        "labels": list(sentence.labels),
        "primary": sentence.primary or "none",
        "scores": dict(sentence.scores),
        "needs_review": False,
        "location": location,
        "evidence": sentence.evidence,
        "support": sentence.support,
        "severity": sentence.severity,
        "cues": [_cue(cue) for cue in sentence.cues],
        "findings": [_finding(finding) for finding in sentence.findings],
    }


def _cue(cue: Cue) -> Mapping[str, Any]:
    return {"kind": cue.kind, "start": cue.start, "end": cue.end, "text": cue.text, "rule": cue.rule}


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "start": finding.start,
        "end": finding.end,
        "message": finding.message,
        "basis": finding.basis,
    }
