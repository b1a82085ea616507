r"""Convert a corpus to and from the formats of annotation tools and of spaCy.

| format | suffix | one record is | lost on the way out |
|---|---|---|---|
| `healthclaims` | `.jsonl` | a passage | nothing |
| `prodigy` | | a unit, for `textcat` with choices | nothing |
| `label-studio` | `.json` | a passage with labelled spans | nothing |
| `spacy` | `.spacy` | a `Doc` with `doc.spans["health_claims"]` | nothing |
| `doccano` | | a passage with labelled spans | all but text, spans, labels, group and train_only |
| `csv` | `.csv` | a unit | product area and the like, kinds, annotations, rulings, blanks at the ends of a text |

Where a tool has changed the labels of a unit, they count: what no longer fits them (primary label, evidence, severity)
is set to what they imply, and the unit loses its annotations.

Labels that were made in a tool from texts of your own are read too: labelled spans, or choices on a whole text, with
the names of our labels (`efficacy_claim` and so on). What they leave open is implied, and said to be.

The columns of `csv`, of which the first two must be there; others are not read, and named:

| column | what a cell holds |
|---|---|
| `text` | the unit, in quotes if it holds a comma |
| `labels` | its labels with a bar or a comma between; blank or `none` without |
| `doc_id` | the passage that the unit is of; where it is blank, the unit is a passage of its own |
| `split` | `train` stays in train; for validation and test the hash decides, and a line says how many moved |
| `group` | what stays on one side of the split; a hash of it decides which (default: doc_id) |
| `train_only` | true for a passage that is only ever learnt from |
| `order` | the place of the unit in its passage (default: the place of the row) |
| `before` | what stands between it and the unit before, in JSON: `"\n"` (default), `"\n\n"`, `" "` |
| `primary`, `evidence`, `severity` | as in the corpus (default: what the labels imply) |
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.corpora.formats import csv_table, doccano, label_studio, prodigy, spacy_docs
from classifier.corpora.formats.shared import Reading, lines
from classifier.corpora.passages import Passage, read_corpus, to_record
from classifier.errors import ConfigurationError

__all__ = ["FORMATS", "Conversion", "convert", "format_of", "read_any", "write_any"]

FORMATS = {
    "healthclaims": ".jsonl",
    "prodigy": None,
    "label-studio": ".json",
    "spacy": ".spacy",
    "doccano": None,
    "csv": ".csv",
}
"""The names of the formats, and the suffixes that stand for them."""

_LOST = {
    "doccano": "product area, page type and the like; primary label, evidence, severity, kinds, annotations, rulings",
    "csv": "product area, page type and the like; kinds, annotations, rulings; blanks at the ends of a text",
}
_READERS: dict[str, Callable[[Path], Reading]] = {
    "healthclaims": lambda path: Reading(read_corpus([path])),
    "prodigy": prodigy.read,
    "label-studio": label_studio.read,
    "spacy": spacy_docs.read,
    "doccano": doccano.read,
    "csv": csv_table.read,
}
_WRITERS: dict[str, Callable[[Sequence[Passage]], bytes]] = {
    "healthclaims": lambda passages: lines(map(to_record, passages)),
    "prodigy": prodigy.write,
    "label-studio": label_studio.write,
    "spacy": spacy_docs.write,
    "doccano": doccano.write,
    "csv": csv_table.write,
}


@dataclass(frozen=True, slots=True)
class Conversion:
    """What a conversion did: how many passages and units, and remarks on what was lost or assumed."""

    passages: int
    units: int
    remarks: tuple[str, ...]


def convert(
    source: Path, target: Path, *, source_format: str | None = None, target_format: str | None = None
) -> Conversion:
    """Convert one corpus file; formats are named as in `FORMATS`, or told by the suffixes."""
    reading = read_any(source, source_format or format_of(source))
    wanted = target_format or format_of(target)
    if target.exists() and target.samefile(source):
        raise ConfigurationError(f"{target}: is also read; name another file, so that no label is lost")
    write_any(reading.passages, target, wanted)
    lost = (f"{wanted} cannot hold: {_LOST[wanted]}",) if wanted in _LOST else ()
    units = sum(len(passage.units) for passage in reading.passages)
    return Conversion(len(reading.passages), units, (*reading.remarks, *lost))


def format_of(path: Path) -> str:
    """Return the format that a suffix stands for.

    >>> format_of(Path("corpus.spacy"))
    'spacy'
    """
    for name, suffix in FORMATS.items():
        if suffix is not None and path.suffix.lower() == suffix:
            return name
    raise ConfigurationError(f"{path}: no format has the suffix {path.suffix!r}; name one of {', '.join(FORMATS)}")


def read_any(path: Path, format: str) -> Reading:
    """Read passages in any format, with remarks on what had to be assumed."""
    try:
        return _READERS[format](path)
    except OSError as error:
        raise ConfigurationError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError, csv.Error) as error:
        raise ConfigurationError(f"{path}: not a corpus in the format {format}: {error}; is it another?") from None


def write_any(passages: Sequence[Passage], path: Path, format: str) -> None:
    """Write passages in any format."""
    data = _WRITERS[format](passages)
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from None
