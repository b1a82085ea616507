"""What all formats share: labels that a tool changed, lines of JSON, checks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from classifier.corpora.passages import Labelling, Passage, Unit, parse_passage, to_record
from classifier.errors import ConfigurationError
from classifier.records import Evidence, Label, Severity
from classifier.segmentation import split

__all__ = [
    "IMPLIED",
    "KEY",
    "Reading",
    "checked",
    "from_spans",
    "implied",
    "lines",
    "member",
    "ordered",
    "placed",
    "read_lines",
    "relabelled",
]

Member = TypeVar("Member", bound=StrEnum)

KEY = "healthclaims"
"""Where a format that lets strangers pass carries what it has no place for."""

IMPLIED = "text without a label was split into unlabelled units; primary label, evidence and severity are implied"
"""What is said of labels that were not made from a corpus of ours."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Passages, with remarks on what had to be assumed."""

    passages: tuple[Passage, ...]
    remarks: tuple[str, ...] = ()


def relabelled(passage: Passage, found: Sequence[Iterable[str]]) -> Passage:
    """Give units the labels that a tool holds for them, where those differ from what the unit had."""
    units = []
    for unit, labels in zip(passage.units, found, strict=True):
        if {member(Label, label) for label in labels} != set(unit.labels):
            unit = Unit(unit.start, unit.end, implied(labels, unit.labelling), unit.kinds)
        units.append(unit)
    return replace(passage, units=tuple(units))


def implied(labels: Iterable[str], before: Labelling | None = None) -> Labelling:
    """Return the labelling that bare labels imply, keeping of `before` what still fits."""
    ordered = tuple(sorted({member(Label, label) for label in labels}, key=list(Label).index))
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


def from_spans(doc_id: str, text: str, spans: Iterable[tuple[int, int, str]], place: str) -> Passage:
    """Return a passage of a text with labelled spans; what carries no label is split into unlabelled units.

    Raises `ConfigurationError` with its place for spans that overlap, `ValueError` for those that hold no text or leave
    it, and for unknown labels.
    """
    labels: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for start, end, label in spans:
        if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
            raise ValueError(f"the span {start}..{end} is no part of a text of {len(text)} characters")
        inside = text[start:end]
        if not inside.strip():
            raise ValueError(f"the span {start}..{end} holds no text")
        labels[start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())].append(label)
    for (_, left), (right, _) in pairwise([(0, 0), *sorted(labels), (len(text), len(text))]):
        for start, end in split(text[left:right]):
            labels[left + start, left + end] = []
    units = tuple(Unit(start, end, implied(labels[start, end])) for start, end in sorted(labels))
    return checked(Passage(doc_id, text, units, doc_id), place)


def member(kind: type[Member], name: object) -> Member:
    """Return a member by its name; raise `ValueError` that names them all.

    >>> member(Severity, "huge")
    Traceback (most recent call last):
    ValueError: 'huge' is no severity; use one of low, medium, high
    """
    try:
        return kind(str(name).strip())
    except ValueError:
        raise ValueError(f"{name!r} is no {kind.__name__.lower()}; use one of {', '.join(kind)}") from None


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Turn what is wrong with a record into a `ConfigurationError` with its place."""
    try:
        yield
    except KeyError as error:
        raise ConfigurationError(f"{place}: no {error}; is the format the right one?") from None
    except (AttributeError, IndexError, RecursionError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{place}: {error}") from None


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


def read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the records of a file of JSON Lines, each with the number of its line."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                with placed(f"{path}:{number}"):
                    record = json.loads(line)
                yield number, record
