"""doccano: one passage a line, with labelled spans and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from classifier.corpora.formats.shared import IMPLIED, Reading, from_spans, lines, placed, read_lines
from classifier.corpora.passages import Passage

__all__ = ["read", "write"]


def write(passages: Iterable[Passage]) -> bytes:
    """Return passages as JSON Lines for doccano."""
    return lines(
        {
            "text": passage.text,
            "label": [[unit.start, unit.end, label.value] for unit in passage.units for label in unit.labels],
            "meta": {"doc_id": passage.doc_id},
        }
        for passage in passages
    )


def read(path: Path) -> Reading:
    """Read passages from JSON Lines for doccano."""
    passages = []
    for number, record in read_lines(path):
        with placed(f"{path}:{number}"):
            doc_id = str(record.get("meta", {}).get("doc_id", f"{path.stem}-{number}"))
            spans = [_span(label, record["text"]) for label in record["label"]]
            passages.append(from_spans(doc_id, record["text"], spans, f"{path}:{number}"))
    return Reading(tuple(passages), (IMPLIED,))


def _span(label: Any, text: str) -> tuple[int, int, str]:
    """Return a labelled span, or the whole text for a label of the whole, as doccano's classification has it."""
    if isinstance(label, str):
        return 0, len(text), label
    start, end, name = label
    return start, end, name
