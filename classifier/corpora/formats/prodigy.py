"""Prodigy: one task a unit, for `textcat` with choices; the rest travels under the key `healthclaims`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from classifier.corpora.formats.shared import KEY, Reading, lines, ordered, read_lines, relabelled
from classifier.corpora.passages import Passage, parse_passage, to_record
from classifier.records import Label

__all__ = ["read", "write"]


def write(passages: Iterable[Passage]) -> bytes:
    """Return passages as JSON Lines for Prodigy."""
    return lines(task for passage in passages for task in _prodigy_tasks(passage))


def _prodigy_tasks(passage: Passage) -> Iterator[dict[str, Any]]:
    record = to_record(passage)
    units = record.pop("units")
    for order, unit in enumerate(units):
        yield {
            "text": passage.text[unit["start"] : unit["end"]],
            "options": [{"id": label.value, "text": label.value.replace("_", " ")} for label in Label],
            "accept": unit["labels"],
            "answer": "accept",
            "meta": {"doc_id": passage.doc_id, "order": order},
            KEY: {"unit": unit, **({"passage": record} if order == 0 else {})},
        }


def read(path: Path) -> Reading:
    """Read passages from JSON Lines for Prodigy."""
    heads: dict[str, Any] = {}
    units: defaultdict[str, dict[int, Any]] = defaultdict(dict)
    skipped = 0
    for task in read_lines(path):
        doc_id, order = task["meta"]["doc_id"], task["meta"]["order"]
        heads.update({doc_id: task[KEY]["passage"]} if "passage" in task[KEY] else {})
        labels = task["accept"] if task.get("answer", "accept") == "accept" else task[KEY]["unit"]["labels"]
        skipped += task.get("answer", "accept") != "accept"
        units[doc_id][order] = (task[KEY]["unit"], labels)
    passages = tuple(
        relabelled(
            parse_passage({**heads[doc_id], "units": [unit for unit, _ in ordered(tasks)]}),
            [labels for _, labels in ordered(tasks)],
        )
        for doc_id, tasks in units.items()
    )
    remarks = (f"{skipped} tasks were rejected or ignored and keep their labels",) if skipped else ()
    return Reading(tuple(passages), remarks)
