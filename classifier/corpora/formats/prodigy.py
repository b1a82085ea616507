"""Prodigy: one task a unit, for `textcat` with choices; the rest travels under the key `healthclaims`.

Tasks that were not made from a corpus of ours are read too, each a document with labelled spans or choices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from classifier.corpora.formats.shared import (
    IMPLIED,
    KEY,
    Reading,
    from_spans,
    lines,
    ordered,
    placed,
    read_lines,
    relabelled,
)
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
    foreign: list[Passage] = []
    skipped = 0
    for number, task in read_lines(path):
        place = f"{path}:{number}"
        with placed(place):
            is_accepted = task.get("answer", "accept") == "accept"
            skipped += not is_accepted
            if KEY not in task:
                doc_id = str(task.get("meta", {}).get("doc_id", f"{path.stem}-{number}"))
                foreign += [from_spans(doc_id, task["text"], _spans(task), place)] if is_accepted else []
                continue
            doc_id, order = task["meta"]["doc_id"], task["meta"]["order"]
            heads.update({doc_id: task[KEY]["passage"]} if "passage" in task[KEY] else {})
            labels = task["accept"] if is_accepted else task[KEY]["unit"]["labels"]
            units[doc_id][order] = (task[KEY]["unit"], labels)
    passages = []
    for doc_id, tasks in units.items():
        with placed(f"{path}: {doc_id}"):
            if doc_id not in heads:
                raise ValueError("its first task, which carries the passage, is missing; export all tasks of a passage")
            passage = parse_passage({**heads[doc_id], "units": [unit for unit, _ in ordered(tasks)]})
            passages.append(relabelled(passage, [labels for _, labels in ordered(tasks)]))
    remarks = (f"{skipped} tasks were rejected or ignored and keep their labels, if they have any",) if skipped else ()
    return Reading((*passages, *foreign), (*remarks, *((IMPLIED,) if foreign else ())))


def _spans(task: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """Yield the spans of a task that is not ours: those of `spans`, else what was chosen for all of the text."""
    spans, chosen = task.get("spans") or [], task.get("accept") or []
    if spans and chosen:
        raise ValueError("both spans and choices; which of them are the labels? take the others out")
    if "spans" not in task and "accept" not in task:
        raise KeyError("accept")
    for span in spans:
        yield span["start"], span["end"], span["label"]
    for label in chosen:
        yield 0, len(task["text"]), label
