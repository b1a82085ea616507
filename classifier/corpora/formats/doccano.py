"""doccano: one passage a line, with labelled spans; of the rest only what fixes its part of the corpus, in `meta`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from classifier.corpora.formats.shared import IMPLIED, Reading, checked, from_spans, lines, placed, read_lines
from classifier.corpora.passages import Passage

__all__ = ["read", "write"]

_UNGROUPED = "texts have no meta.group: a hash of meta.doc_id, or else of file and line, decides on their part"


def write(passages: Iterable[Passage]) -> bytes:
    """Return passages as JSON Lines for doccano."""
    return lines(
        {
            "text": passage.text,
            "label": [[unit.start, unit.end, label.value] for unit in passage.units for label in unit.labels],
            "meta": {"doc_id": passage.doc_id, "group": passage.group, "train_only": passage.train_only},
        }
        for passage in passages
    )


def read(path: Path) -> Reading:
    """Read passages from JSON Lines for doccano."""
    passages, ungrouped = [], 0
    for number, record in read_lines(path):
        place = f"{path}:{number}"
        with placed(place):
            meta = record.get("meta", {})
            ungrouped += "group" not in meta
            doc_id = str(meta.get("doc_id", f"{path.stem}-{number}"))
            spans = [_span(label, record["text"]) for label in record["label"]]
            passage = from_spans(doc_id, record["text"], spans, place)
            passage = replace(passage, group=meta.get("group", doc_id), train_only=meta.get("train_only", False))
            passages.append(checked(passage, place))
    remarks = (f"{ungrouped} {_UNGROUPED}",) if ungrouped else ()
    return Reading(tuple(passages), (*remarks, IMPLIED))


def _span(label: Any, text: str) -> tuple[int, int, str]:
    """Return a labelled span, or the whole text for a label of the whole, as doccano's classification has it."""
    if isinstance(label, str):
        return 0, len(text), label
    start, end, name = label
    return start, end, name
