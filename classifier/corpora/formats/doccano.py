"""doccano: one passage a line, with labelled spans and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from classifier.corpora.formats.shared import Reading, checked, implied, lines, read_lines
from classifier.corpora.passages import Passage, Unit
from classifier.segmentation import split

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
    for number, record in enumerate(read_lines(path), 1):
        text = record["text"]
        labels: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for start, end, label in record["label"]:
            labels[start, end].append(label)
        spans = sorted(labels)
        for (_, left), (right, _) in pairwise([(0, 0), *spans, (len(text), len(text))]):
            for start, end in split(text[left:right]):  # what carries no label
                labels[left + start, left + end] = []
        doc_id = str(record.get("meta", {}).get("doc_id", f"{path.stem}-{number}"))
        units = tuple(Unit(start, end, implied(labels[start, end])) for start, end in sorted(labels))
        passages.append(checked(Passage(doc_id, text, units, doc_id), f"{path}:{number}"))
    remark = "text without a label was split into unlabelled units; primary label, evidence and severity are implied"
    return Reading(tuple(passages), (remark,))
