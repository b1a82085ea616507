"""Labelled passages: JSON Lines, one passage a line → records, checked as they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from classifier.errors import ConfigurationError
from classifier.records import Document, Evidence, Label, Sentence, Severity

__all__ = [
    "KINDS",
    "SPLITS",
    "Labelling",
    "Passage",
    "Unit",
    "read_corpus",
    "read_files",
    "read_lines",
    "read_passages",
    "split_of",
    "to_record",
    "write_split",
]

SPLITS = {"train": 70, "validation": 15, "test": 15}
"""The parts of a corpus and their shares in per cent."""

KINDS = frozenset(
    "fragment physiology heading_claim heading_topic list_stem list_item safety_assurance negated rival testimonial "
    "hedged traditional mixed direction protective_limit product_name composition boast body_chemistry "
    "sceptical".split()
)
"""The tags of hard cases, as `corpus/GUIDELINES.md` explains them."""

_KEYS = frozenset(
    "doc_id product_area page_type voice market product_class source_sha256 group train_only text units".split()
)
_UNIT_KEYS = frozenset("start end labels primary evidence severity kinds annotations ruling".split())


@dataclass(frozen=True, slots=True)
class Labelling:
    """What one annotator, or the decision between two, says of a unit."""

    labels: tuple[Label, ...]
    primary: Label | None
    evidence: Evidence | None
    severity: Severity | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A labelled sentence or fragment, `start` and `end` in characters, half-open.

    `annotations` are the labellings of its author and of a second annotator who had not seen them; `ruling` is the
    rule by which a third decided, where the two differed.
    """

    start: int
    end: int
    labelling: Labelling
    kinds: tuple[str, ...] = ()
    annotations: tuple[Labelling, ...] = ()
    ruling: str | None = None

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.labelling.labels

    @property
    def primary(self) -> Label | None:
        return self.labelling.primary

    @property
    def evidence(self) -> Evidence | None:
        return self.labelling.evidence

    @property
    def severity(self) -> Severity | None:
        return self.labelling.severity


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of continuous copy with its units.

    `group` names what must stay on one side of a split; a passage that is never judged by is `train_only`.
    """

    doc_id: str
    text: str
    units: tuple[Unit, ...]
    group: str
    product_area: str = "unknown"
    page_type: str = "unknown"
    voice: str = "unstated"
    market: str = "unknown"
    product_class: str = "unknown"
    source_sha256: str | None = None
    train_only: bool = False

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
        return "train" if self.train_only else split_of(self.group)


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
    """Read corpus files whole, as `read_files` does; return their passages in one."""
    return tuple(chain.from_iterable(read_files(paths).values()))


def read_files(paths: Iterable[Path]) -> Mapping[Path, tuple[Passage, ...]]:
    """Read corpus files whole; return the passages of each.

    Raises `ConfigurationError` with file, line and remedy for what no label set can mean: offsets outside the text,
    units that overlap or leave text out, unknown labels, an evidence level without a claim, a passage id used twice.
    """
    files: dict[Path, list[Passage]] = {}
    known: set[str] = set()
    for path in paths:
        files.setdefault(path, [])
        for place, passage in read_passages([path]):
            if isinstance(passage, ConfigurationError):
                raise passage
            if passage.doc_id in known:
                raise ConfigurationError(f"{place}: doc_id {passage.doc_id!r} is used twice; give each passage its own")
            known.add(passage.doc_id)
            files[path].append(passage)
    return {path: tuple(passages) for path, passages in files.items()}


def read_passages(
    paths: Iterable[Path], *, lenient: bool = False
) -> Iterator[tuple[str, Passage | ConfigurationError]]:
    """Yield each line's place (`file:line`) with its passage, or with the error that says what is wrong with it.

    `lenient` passes over unknown keys of a passage and of its units.
    """
    for place, line in read_lines(paths):
        yield place, _parse_line(line, place, lenient=lenient)


def read_lines(paths: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield each line of corpus files that is not blank, with its place (`file:line`)."""
    for path in paths:
        try:
            with path.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield f"{path}:{number}", line
        except FileNotFoundError:
            raise ConfigurationError(f"{path}: no such corpus file") from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path}: cannot be read as UTF-8 text: {error}") from None


def write_split(passages: Iterable[Passage], folder: Path) -> Mapping[Path, int]:
    """Write the parts of a corpus as `<part>.jsonl` into a folder; return how many passages each file holds."""
    for name in SPLITS:
        if (folder / f"{name}.jsonl").exists():
            raise ConfigurationError(
                f"{folder / name}.jsonl: exists already; name another folder, so that nothing is lost"
            )
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, list[str]] = {name: [] for name in SPLITS}
    for passage in passages:
        parts[passage.split].append(json.dumps(to_record(passage), ensure_ascii=False) + "\n")
    for name, lines in parts.items():
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8", newline="\n")
    return {folder / f"{name}.jsonl": len(lines) for name, lines in parts.items()}


def to_record(passage: Passage) -> dict[str, Any]:
    """Return a passage as plain values, in the form of the corpus."""
    record: dict[str, Any] = {
        key: getattr(passage, key)
        for key in ("doc_id", "product_area", "page_type", "voice", "market", "product_class")
    }
    if passage.source_sha256:
        record["source_sha256"] = passage.source_sha256
    if passage.group != passage.doc_id:
        record["group"] = passage.group
    if passage.train_only:
        record["train_only"] = True
    return {**record, "text": passage.text, "units": [_unit_record(unit) for unit in passage.units]}


def _unit_record(unit: Unit) -> dict[str, Any]:
    record = {"start": unit.start, "end": unit.end, **_labelling_record(unit.labelling), "kinds": list(unit.kinds)}
    if unit.annotations:
        record["annotations"] = [_labelling_record(labelling) for labelling in unit.annotations]
    if unit.ruling is not None:
        record["ruling"] = unit.ruling
    return record


def _labelling_record(labelling: Labelling) -> dict[str, Any]:
    return {
        "labels": [label.value for label in labelling.labels],
        "primary": labelling.primary.value if labelling.primary else "none",
        "evidence": labelling.evidence.value if labelling.evidence else None,
        "severity": labelling.severity.value if labelling.severity else None,
    }


def _parse_line(line: str, place: str, *, lenient: bool) -> Passage | ConfigurationError:
    try:
        record = json.loads(line)
        if lenient:
            units = [{key: unit[key] for key in unit.keys() & _UNIT_KEYS} for unit in record["units"]]
            record = {**{key: record[key] for key in record.keys() & _KEYS}, "units": units}
        return parse_passage(record)
    except KeyError as error:
        return ConfigurationError(f"{place}: no key {error}; see corpus/README.md for the form")
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        return ConfigurationError(f"{place}: {error}")


def parse_passage(record: Mapping[str, Any]) -> Passage:
    """Return the passage that a record in the form of the corpus holds; raise `ValueError` or `KeyError` if none."""
    _require_known(record, _KEYS, "")
    for key in _KEYS & record.keys() - {"units", "train_only"}:
        if not isinstance(record[key], str):
            raise ValueError(f"{key} holds no text but {type(record[key]).__name__}")
        record[key].encode("utf-8")  # half a surrogate pair is no text
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
        group=record.get("group", record["doc_id"]),
        **{
            key: record[key]
            for key in ("product_area", "page_type", "voice", "market", "product_class", "source_sha256", "train_only")
            if key in record
        },
    )


def _require_known(record: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(record.keys() - known)
    if unknown:
        raise ValueError(f"{where}unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


def _require_blank(text: str, start: int, end: int) -> None:
    if text[start:end].strip():
        raise ValueError(f"no unit covers {text[start:end].strip()[:40]!r} at {start}; every word belongs to one unit")


def _parse_unit(record: Mapping[str, Any], text: str) -> Unit:
    start, end = record["start"], record["end"]
    place = f"unit at {start}"
    _require_known(record, _UNIT_KEYS, f"{place}: ")
    if not 0 <= start < end <= len(text) or text[start:end] != text[start:end].strip():
        raise ValueError(f"{place}: {start}..{end} is no trimmed span of a text of {len(text)} characters")
    kinds = record.get("kinds", ())
    if not all(isinstance(kind, str) for kind in kinds):
        raise ValueError(f"{place}: kinds holds something that is no text")
    return Unit(
        start,
        end,
        _parse_labelling(record, place),
        tuple(kinds),
        tuple(_parse_labelling(annotation, place) for annotation in record.get("annotations", ())),
        record.get("ruling"),
    )


def _parse_labelling(record: Mapping[str, Any], place: str) -> Labelling:
    labels = tuple(sorted({Label(label) for label in record["labels"]}, key=list(Label).index))
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
    return Labelling(labels, primary, evidence, severity)
