"""Explanations as text and as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from classifier.explain import Contribution, Explanation, LabelExplanation
from classifier.reports.jsonl import cue_record, finding_record
from classifier.reports.table import printable

__all__ = ["explanation_record", "explanation_text"]

_MOST = 6  # words on each side
_LEAST = 0.01  # log-odds that are worth a mention


def explanation_text(explanation: Explanation) -> str:
    """Return an explanation as lines for a person."""
    reviewed = explanation.reviewed
    lines = [printable(reviewed.text)]
    for label, why in explanation.labels.items():
        primary = ", primary" if label is reviewed.primary else ""
        mark = "holds" + primary if why.holds else "does not hold"
        lines.append(f"  {label.value}: {mark} (probability {why.probability:.3f}, threshold {why.threshold:.3f})")
        lines += [
            f"    {side}: {_listed(words)}"
            for side, words in (("for", why.leading), ("against", why.opposing))
            if words
        ]
        around = {name: value for name, value in why.surroundings.items() if abs(value) >= _LEAST}
        if around:
            parts = sorted(around.items(), key=lambda item: -abs(item[1]))
            lines.append("    around: " + ", ".join(f"{name} {value:+.2f}" for name, value in parts))
        if why.is_exact:
            lines.append(f"    bias: {why.bias:+.2f}")
    if reviewed.evidence is not None:
        lines.append(f"  evidence: {reviewed.evidence}, {reviewed.support}" + _severity(explanation))
    lines += [f"    {cue.kind}: {printable(cue.text)!r} ({cue.rule})" for cue in reviewed.cues]
    lines += [f"  {finding.rule}: {printable(finding.message)}" for finding in reviewed.findings]
    if reviewed.assessed.needs_review:
        lines.append("  to review: its labels are among the least sure")
    return "\n".join(lines)


def explanation_record(explanation: Explanation) -> Mapping[str, Any]:
    """Return an explanation as plain values."""
    reviewed = explanation.reviewed
    return {
        "start": reviewed.start,
        "end": reviewed.end,
        "text": reviewed.text,
        "labels": {label.value: _label_record(why) for label, why in explanation.labels.items()},
        "primary": reviewed.primary or "none",
        "needs_review": reviewed.assessed.needs_review,
        "evidence": reviewed.evidence,
        "support": reviewed.support,
        "severity": reviewed.severity,
        "cues": [cue_record(cue) for cue in reviewed.cues],
        "findings": [finding_record(finding) for finding in reviewed.findings],
    }


def _label_record(why: LabelExplanation) -> Mapping[str, Any]:
    return {
        "holds": why.holds,
        "probability": round(why.probability, 4),
        "threshold": round(why.threshold, 4),
        "exact": why.is_exact,
        "bias": round(why.bias, 4),
        "words": [
            {"start": word.start, "end": word.end, "text": word.text, "value": round(word.value, 4)}
            for word in why.words
        ],
        "surroundings": {name: round(value, 4) for name, value in why.surroundings.items()},
    }


def _listed(words: Sequence[Contribution]) -> str:
    return ", ".join(f"{printable(word.text)} {word.value:+.2f}" for word in words[:_MOST])


def _severity(explanation: Explanation) -> str:
    severity = explanation.reviewed.severity
    return f", severity {severity}" if severity else ""
