"""What all formats share: labels that a tool changed, lines of JSON, checks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from classifier.corpora.passages import Labelling, Passage, Unit, parse_passage, to_record
from classifier.errors import ConfigurationError
from classifier.records import Evidence, Label, Severity

__all__ = ["KEY", "Reading", "checked", "implied", "lines", "ordered", "read_lines", "relabelled"]

KEY = "healthclaims"
"""Where a format that lets strangers pass carries what it has no place for."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Passages, with remarks on what had to be assumed."""

    passages: tuple[Passage, ...]
    remarks: tuple[str, ...] = ()


def relabelled(passage: Passage, found: Sequence[Iterable[str]]) -> Passage:
    """Give units the labels that a tool holds for them, where those differ from what the unit had."""
    units = []
    for unit, labels in zip(passage.units, found, strict=True):
        if {Label(label) for label in labels} != set(unit.labels):
            unit = Unit(unit.start, unit.end, implied(labels, unit.labelling), unit.kinds)
        units.append(unit)
    return replace(passage, units=tuple(units))


def implied(labels: Iterable[str], before: Labelling | None = None) -> Labelling:
    """Return the labelling that bare labels imply, keeping of `before` what still fits."""
    ordered = tuple(sorted({Label(label.strip()) for label in labels}, key=list(Label).index))
    by_weight = (Label.EFFICACY_CLAIM, Label.MECHANISM_CLAIM, Label.RISK_DISCLOSURE, Label.PROMOTIONAL)
    primary = (
        before.primary if before and before.primary in ordered else next((x for x in by_weight if x in ordered), None)
    )
    if Label.EFFICACY_CLAIM not in ordered:
        return Labelling(ordered, primary, None, None)
    evidence = before.evidence if before and before.evidence else Evidence.NONE
    if evidence.support == "supported":
        return Labelling(ordered, primary, evidence, None)
    return Labelling(ordered, primary, evidence, before.severity if before and before.severity else Severity.MEDIUM)


def checked(passage: Passage, place: str) -> Passage:
    """Return a passage that keeps the rules of the corpus; raise `ConfigurationError` with its place if it does not."""
    try:
        return parse_passage(to_record(passage))
    except ValueError as error:
        raise ConfigurationError(f"{place}: {error}") from None


def ordered(items: Mapping[int, Any]) -> list[Any]:
    """Return the values in the order of their keys."""
    return [item for _, item in sorted(items.items(), key=lambda pair: pair[0])]


def lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """Return records as JSON Lines in UTF-8."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode("utf-8")


def read_lines(path: Path) -> Iterator[Any]:
    """Yield the records of a file of JSON Lines."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)
