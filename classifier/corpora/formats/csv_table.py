"""CSV: one unit a row, `text,labels,doc_id,split` and optional `order,start,end,primary,evidence,severity`."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from classifier.corpora.formats.shared import Reading, checked, implied, member, placed
from classifier.corpora.passages import Labelling, Passage, Unit
from classifier.errors import ConfigurationError
from classifier.records import Evidence, Label, Severity

__all__ = ["read", "write"]


COLUMNS = ("text", "labels", "doc_id", "split", "order", "start", "end", "primary", "evidence", "severity")


def write(passages: Iterable[Passage]) -> bytes:
    """Return passages as CSV."""
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for passage in passages:
        for order, unit in enumerate(passage.units):
            writer.writerow(
                {
                    "text": passage.text[unit.start : unit.end],
                    "labels": "|".join(unit.labels),
                    "doc_id": passage.doc_id,
                    "split": passage.split,
                    "order": order,
                    "start": unit.start,
                    "end": unit.end,
                    "primary": unit.primary or "none",
                    "evidence": unit.evidence or "",
                    "severity": unit.severity or "",
                }
            )
    return stream.getvalue().encode("utf-8")


def read(path: Path) -> Reading:
    """Read passages from CSV."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in ("text", "labels") if name not in (rows.fieldnames or ())]
        if missing:
            raise ConfigurationError(f"{path}: no column {missing[0]!r}; a corpus needs text,labels,doc_id,split")
        remarks: tuple[str, ...] = ()
        if "doc_id" not in (rows.fieldnames or ()):
            remarks = ("no column doc_id: each row counts as a document of its own, so no sentence has neighbours",)
        documents: defaultdict[str, list[tuple[int, str, Labelling]]] = defaultdict(list)
        for number, row in enumerate(rows, 2):
            with placed(f"{path}:{rows.line_num}"):
                numbered = int(row.get("order") or number), _row_text(row), _row_labelling(row)
            documents[row.get("doc_id") or f"{path.stem}-{number}"].append(numbered)
    passages = []
    for doc_id, found in documents.items():
        text, units = "", []
        for _, unit, labelling in sorted(found, key=lambda row: row[0]):
            start = len(text) + bool(text)
            text += ("\n" if text else "") + unit
            units.append(Unit(start, len(text), labelling))
        passages.append(checked(Passage(doc_id, text, tuple(units), doc_id), f"{path}: {doc_id}"))
    return Reading(tuple(passages), remarks)


def _row_text(row: Mapping[str, str | None]) -> str:
    text = (row["text"] or "").strip()
    if not text:
        raise ValueError("no text; take the row out")
    return text


def _row_labelling(row: Mapping[str, str]) -> Labelling:
    plain = implied([label for label in (row["labels"] or "").replace(",", "|").split("|") if label.strip()])
    primary = row.get("primary") or (plain.primary or "none")
    evidence = member(Evidence, row["evidence"]) if row.get("evidence") else plain.evidence
    severity = member(Severity, row["severity"]) if row.get("severity") else plain.severity
    if evidence is None or evidence.support == "supported":
        severity = None
    return Labelling(plain.labels, None if primary == "none" else member(Label, primary), evidence, severity)
