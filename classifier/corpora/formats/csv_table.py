"""CSV: one unit a row; the columns are told in the package's docstring and in `corpus/README.md`."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.corpora.formats.shared import Reading, checked, implied, member, placed
from classifier.corpora.passages import SPLITS, Labelling, Passage, Unit
from classifier.errors import ConfigurationError
from classifier.records import Evidence, Label, Severity

__all__ = ["COLUMNS", "read", "write"]


COLUMNS = (
    *("text", "labels", "doc_id", "split", "group", "train_only"),
    *("order", "before", "primary", "evidence", "severity"),
)
"""All columns; `text` and `labels` must be there."""

_TRUTHS = {"true": True, "false": False, "": False}
_Cells = Mapping[str | None, str | None]


@dataclass(frozen=True, slots=True)
class _Row:
    """A unit with what its row says of the passage: `before` stands between it and the unit before it."""

    order: int
    text: str
    before: str
    labelling: Labelling
    split: str
    group: str
    train_only: bool


def write(passages: Iterable[Passage]) -> bytes:
    """Return passages as CSV."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for passage in passages:
        end = 0
        for order, unit in enumerate(passage.units):
            writer.writerow(
                {
                    "text": passage.text[unit.start : unit.end],
                    "labels": "|".join(unit.labels),
                    "doc_id": passage.doc_id,
                    "split": passage.split,
                    "group": passage.group,
                    "train_only": "true" if passage.train_only else "",
                    "order": order,
                    "before": json.dumps(passage.text[end : unit.start]),
                    "primary": unit.primary or "none",
                    "evidence": unit.evidence or "",
                    "severity": unit.severity or "",
                }
            )
            end = unit.end
    return stream.getvalue().encode("utf-8")


def read(path: Path) -> Reading:
    """Read passages from CSV, with remarks on columns, documents and splits that are not what a reader may expect."""
    documents: defaultdict[str, list[_Row]] = defaultdict(list)
    unnamed: dict[int, _Row] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        names = table.fieldnames or ()
        doubled = next((name for name in COLUMNS if names.count(name) > 1), None)
        if doubled is not None:
            raise ConfigurationError(f"{path}: two columns are called {doubled!r}; rename or remove one")
        missing = [name for name in ("text", "labels") if name not in names]
        if missing:
            raise ConfigurationError(f"{path}: no column {missing[0]!r}; a corpus needs text,labels,doc_id,split")
        for number, cells in enumerate(table, 2):
            with placed(f"{path}:{table.line_num}"):
                row = _parse_row(cells, number)
            doc_id = _name(cells, "doc_id")
            if not doc_id:
                unnamed[number] = row
            else:
                documents[doc_id].append(row)
    for number, row in unnamed.items():
        doc_id = f"{path.stem}-{number}"
        while doc_id in documents:
            doc_id += "-alone"
        documents[doc_id].append(row)
    said, passages = {}, []
    for doc_id, rows in documents.items():
        with placed(f"{path}: {doc_id}"):
            said[doc_id] = _of_document("split", (row.split for row in rows))
            passages.append(checked(_joined(doc_id, rows), f"{path}: {doc_id}"))
    kept = tuple(_kept_in_train(passage, said[passage.doc_id]) for passage in passages)
    held = sum(after != before for before, after in zip(passages, kept, strict=True))
    return Reading(kept, (*_remarks_on_columns(names, len(unnamed)), *_remarks_on_splits(said, kept, held)))


def _cell(cells: _Cells, name: str) -> str:
    return (cells.get(name) or "").strip()


def _name(cells: _Cells, name: str) -> str:
    """Return a name as it stands, since a hash of it decides between the parts."""
    return (cells.get(name) or "") if _cell(cells, name) else ""


def _parse_row(cells: _Cells, number: int) -> _Row:
    if None in cells:
        raise ValueError("more cells than the header has; put a text that holds a comma in quotes")
    text = _cell(cells, "text")
    if not text:
        raise ValueError("no text; take the row out")
    split, truth = _cell(cells, "split").casefold(), _cell(cells, "train_only").casefold()
    if split and split not in SPLITS:
        raise ValueError(f"{split!r} is no split; use one of {', '.join(SPLITS)}, or leave it blank")
    if truth not in _TRUTHS:
        raise ValueError(f"train_only is {truth!r}; use true, or leave it blank")
    order = int(_cell(cells, "order") or number)
    return _Row(order, text, _before(cells), _row_labelling(cells), split, _name(cells, "group"), _TRUTHS[truth])


def _before(cells: _Cells) -> str:
    """Return what stands before a unit: what its row says, else a line break."""
    cell = _cell(cells, "before")
    try:
        before = json.loads(cell) if cell else "\n"
    except ValueError:
        before = None
    if not isinstance(before, str) or before.strip():
        raise ValueError(rf'before is {cell}; give line breaks and blanks between quotes, such as "\n" or " "')
    return before


def _row_labelling(cells: _Cells) -> Labelling:
    labels = _cell(cells, "labels").replace(",", "|")
    plain = implied([] if labels.casefold() == "none" else [label for label in labels.split("|") if label.strip()])
    primary = _cell(cells, "primary") or plain.primary or "none"
    evidence = member(Evidence, _cell(cells, "evidence")) if _cell(cells, "evidence") else plain.evidence
    severity = member(Severity, _cell(cells, "severity")) if _cell(cells, "severity") else plain.severity
    if evidence is None or evidence.support == "supported":
        severity = None
    return Labelling(plain.labels, None if primary == "none" else member(Label, primary), evidence, severity)


def _of_document(name: str, cells: Iterable[str]) -> str:
    """Return what the rows of a document say of it: blank cells say nothing, all others must agree."""
    said = sorted({cell for cell in cells if cell})
    if len(said) > 1:
        raise ValueError(f"its rows differ in {name}: {', '.join(said)}; give all of a document the same")
    return said[0] if said else ""


def _joined(doc_id: str, rows: Sequence[_Row]) -> Passage:
    text, units = "", []
    for row in sorted(rows, key=lambda row: row.order):
        start = len(text) + len(row.before) if text else 0
        text += (row.before if text else "") + row.text
        units.append(Unit(start, len(text), row.labelling))
    group = _of_document("group", (row.group for row in rows)) or doc_id
    return Passage(doc_id, text, tuple(units), group, train_only=any(row.train_only for row in rows))


def _kept_in_train(passage: Passage, split: str) -> Passage:
    """Return a passage that stays in the train part if its rows say so; a hash of its group decides on the others."""
    return replace(passage, train_only=True) if split == "train" != passage.split else passage


def _remarks_on_columns(names: Iterable[str], alone: int) -> Iterator[str]:
    unknown = sorted(set(names) - set(COLUMNS))
    if unknown:
        yield f"columns that are not read: {', '.join(map(repr, unknown))}; known are {', '.join(COLUMNS)}"
    if "doc_id" not in names:
        yield "no column doc_id: each row counts as a document of its own, so no sentence has neighbours"
    elif alone:
        yield f"doc_id is blank in {alone} rows: each of them counts as a document of its own, without neighbours"


def _remarks_on_splits(said: Mapping[str, str], passages: Iterable[Passage], held: int) -> Iterator[str]:
    if held:
        yield f"{held} passages of split train are kept there by train_only; the hash of their group says another part"
    moved = Counter((said[passage.doc_id], passage.split) for passage in passages)
    counts = [
        f"{count} of split {one} are in {two}" for (one, two), count in sorted(moved.items()) if one not in ("", two)
    ]
    if counts:
        yield (
            f"passages change sides: {', '.join(counts)}, as a hash of their group or train_only has it; "
            "keep what you judge by in a file of its own that no model is trained on"
        )
