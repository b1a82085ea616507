"""Read labelled passages of any format, told by suffix and content, and refuse what would make figures worthless."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.corpora.formats import format_of, read_any
from classifier.corpora.passages import Passage, read_passages
from classifier.corpora.validation import leaks
from classifier.errors import ConfigurationError
from classifier.records import Label

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["LabelledText", "detect_format", "fingerprint", "label_matrix", "read_labelled", "refuse_leaks"]


@dataclass(frozen=True, slots=True)
class LabelledText:
    """Passages with the file that each is from (`sources`) and its place there (`places`), both by its id.

    `sha256` covers the files as they are, `remarks` say what had to be assumed.
    """

    passages: tuple[Passage, ...]
    sources: Mapping[str, str]
    places: Mapping[str, str]
    sha256: str
    remarks: tuple[str, ...] = ()

    def part(self, name: str) -> tuple[Passage, ...]:
        """Return the passages of one part: train, validation or test."""
        return tuple(passage for passage in self.passages if passage.split == name)


def read_labelled(paths: Sequence[Path], *, lenient: bool = False) -> LabelledText:
    """Read corpus files in any format, and the `*.jsonl` of folders.

    `lenient` passes over keys that the form of the corpus does not know. Raises `ConfigurationError` with file, line
    and remedy for what is broken.
    """
    passages: dict[str, Passage] = {}
    sources: dict[str, str] = {}
    places: dict[str, str] = {}
    remarks: list[str] = []
    digest = hashlib.sha256()
    for path in _files(paths):
        kind = detect_format(path)
        pairs: Iterator[tuple[str, Passage | ConfigurationError]]
        digest.update(path.read_bytes())
        if kind == "healthclaims":
            pairs = read_passages([path], lenient=lenient)
        else:
            reading = read_any(path, kind)
            remarks += [f"{path}: {remark}" for remark in reading.remarks]
            pairs = ((f"{path}: {passage.doc_id}", passage) for passage in reading.passages)
        for place, passage in pairs:
            if isinstance(passage, ConfigurationError):
                raise passage
            if passage.doc_id in passages:
                raise ConfigurationError(
                    f"{place}: doc_id {passage.doc_id!r} stands at {places[passage.doc_id]} too; give each its own"
                )
            if passage.units:
                passages[passage.doc_id], places[passage.doc_id] = passage, place
                sources[passage.doc_id] = path.name
    if not passages:
        raise ConfigurationError(f"{paths[0]}: no labelled passage; give a corpus as corpus/README.md explains")
    return LabelledText(tuple(passages.values()), sources, places, digest.hexdigest(), tuple(remarks))


def refuse_leaks(text: LabelledText) -> None:
    """Raise `ConfigurationError` if passages on both sides of the split are near-copies (needs the extra `corpus`)."""
    found = list(leaks(text.passages, text.places))
    if found:
        more = f" (and {len(found) - 1} more; healthclaims corpus validate lists them)" if len(found) > 1 else ""
        raise ConfigurationError(f"{found[0]}{more}")


def detect_format(path: Path) -> str:
    """Return the name of a file's format, by its suffix, and for lines of JSON by the keys of the first."""
    if path.suffix.lower() != ".jsonl":
        return format_of(path)
    try:
        with path.open(encoding="utf-8") as lines:
            first = next((line for line in lines if line.strip()), "")
        record = json.loads(first)
    except (OSError, RecursionError, ValueError):
        return "healthclaims"  # whose reader says what is wrong, and where
    keys = record.keys() if isinstance(record, dict) else set()
    if keys & {"accept", "spans", "answer"}:
        return "prodigy"
    return "doccano" if "label" in keys and "units" not in keys else "healthclaims"


def fingerprint(text: str) -> int:
    """Return a number that stands for a text, so that a model can tell what it has learnt from."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8])


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.jsonl"))
            if not inside:
                raise ConfigurationError(f"{path}: a folder with no *.jsonl in it; name the corpus files")
            yield from inside
        elif path.is_file():
            yield path
        else:
            raise ConfigurationError(f"{path}: no such corpus file")


def label_matrix(passages: Iterable[Passage]) -> npt.NDArray[np.bool_]:
    """Return a boolean array of shape (units, labels)."""
    import numpy as np

    rows = [[label in unit.labels for label in Label] for passage in passages for unit in passage.units]
    return np.array(rows, dtype=bool).reshape(len(rows), len(Label))
