"""Labelled corpora: JSON Lines, one passage a line → `Passage` records, checked as they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.errors import ConfigurationError
from classifier.records import Document, Evidence, Label, Sentence, Severity

__all__ = ["SPLITS", "Passage", "Unit", "read_corpus", "split_of"]

SPLITS = {"train": 70, "validation": 15, "test": 15}
"""The parts of a corpus and their shares in per cent."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A labelled sentence or fragment of a passage, `start` and `end` in characters, half-open."""

    start: int
    end: int
    labels: tuple[Label, ...]
    primary: Label | None
    evidence: Evidence | None
    severity: Severity | None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of continuous copy with its units. `group` names what must stay on one side of a split."""

    doc_id: str
    text: str
    units: tuple[Unit, ...]
    product_area: str
    page_type: str
    group: str

    @property
    def document(self) -> Document:
        return Document(self.text, id=self.doc_id, source=self.doc_id, language="en")

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """The units as sentences, as the segmenter would give them."""
        return tuple(
            Sentence(index, unit.start, unit.end, self.text[unit.start : unit.end])
            for index, unit in enumerate(self.units)
        )

    @property
    def split(self) -> str:
        return split_of(self.group)


def split_of(group: str) -> str:
    """Return the part of the corpus that a group of passages belongs to, fixed by a hash of its name.

    >>> split_of("P001")
    'train'
    """
    place = int.from_bytes(hashlib.sha256(f"healthclaims:{group}".encode()).digest()[:8]) % 100
    for name, share in SPLITS.items():
        if place < share:
            return name
        place -= share
    raise AssertionError("the shares add up to 100")


def read_corpus(paths: Iterable[Path]) -> tuple[Passage, ...]:
    """Read corpus files whole.

    Raises `ConfigurationError` with file, line and remedy for what no label set can mean: offsets outside the text,
    units that overlap or leave text out, unknown labels, an evidence level without a claim, a passage id used twice.
    """
    passages: dict[str, Passage] = {}
    for path in paths:
        for place, record in _records(path):
            try:
                passage = _parse_passage(record)
            except (KeyError, TypeError, ValueError) as error:
                reason = f"no key {error}" if isinstance(error, KeyError) else error
                raise ConfigurationError(f"{place}: {reason}") from None
            if passage.doc_id in passages:
                raise ConfigurationError(f"{place}: doc_id {passage.doc_id!r} is used twice; give each passage its own")
            passages[passage.doc_id] = passage
    return tuple(passages.values())


def _records(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield f"{path}:{number}", json.loads(line)
                except ValueError as error:
                    raise ConfigurationError(f"{path}:{number}: not valid JSON: {error}") from None


def _parse_passage(record: Mapping[str, Any]) -> Passage:
    text = record["text"]
    units = tuple(_parse_unit(unit, text) for unit in record["units"])
    end = 0
    for unit in units:
        if unit.start < end:
            raise ValueError(f"the unit at {unit.start} overlaps the one before it")
        _require_blank(text, end, unit.start)
        end = unit.end
    _require_blank(text, end, len(text))
    return Passage(
        doc_id=record["doc_id"],
        text=text,
        units=units,
        product_area=record["product_area"],
        page_type=record["page_type"],
        group=record.get("group", record["doc_id"]),
    )


def _require_blank(text: str, start: int, end: int) -> None:
    if text[start:end].strip():
        raise ValueError(f"no unit covers {text[start:end].strip()[:40]!r} at {start}; every word belongs to one unit")


def _parse_unit(record: Mapping[str, Any], text: str) -> Unit:
    start, end = record["start"], record["end"]
    place = f"unit at {start}"
    if not 0 <= start < end <= len(text) or text[start:end] != text[start:end].strip():
        raise ValueError(f"{place}: {start}..{end} is no trimmed span of a text of {len(text)} characters")
    labels = tuple(sorted((Label(label) for label in record["labels"]), key=list(Label).index))
    primary = None if record["primary"] == "none" else Label(record["primary"])
    evidence = None if record["evidence"] is None else Evidence(record["evidence"])
    severity = None if record["severity"] is None else Severity(record["severity"])
    if (primary is None) != (not labels) or (primary is not None and primary not in labels):
        raise ValueError(f"{place}: primary {record['primary']!r} is none of its labels")
    if (evidence is None) != (Label.EFFICACY_CLAIM not in labels):
        raise ValueError(f"{place}: evidence belongs to efficacy claims, to all of them and to nothing else")
    if (severity is None) != (evidence is None or evidence.support == "supported"):
        raise ValueError(
            f"{place}: severity belongs to unsupported efficacy claims, to all of them and to nothing else"
        )
    return Unit(start, end, labels, primary, evidence, severity, tuple(record.get("kinds", ())))
