"""Label Studio: one task a passage, with labelled spans; the rest travels in `meta`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from classifier.corpora.formats.shared import KEY, Reading, relabelled
from classifier.corpora.passages import Passage, parse_passage, to_record

__all__ = ["read", "write"]


def write(passages: Iterable[Passage]) -> bytes:
    """Return passages as JSON for Label Studio."""
    tasks = [
        {
            "data": {"text": passage.text, "doc_id": passage.doc_id},
            "meta": {KEY: to_record(passage)},
            "annotations": [
                {
                    "result": [
                        {
                            "id": f"{passage.doc_id}-{order}",
                            "type": "labels",
                            "from_name": "label",
                            "to_name": "text",
                            "value": {
                                "start": unit.start,
                                "end": unit.end,
                                "text": passage.text[unit.start : unit.end],
                                "labels": [label.value for label in unit.labels],
                            },
                        }
                        for order, unit in enumerate(passage.units)
                    ]
                }
            ],
        }
        for passage in passages
    ]
    return (json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def read(path: Path) -> Reading:
    """Read passages from JSON for Label Studio."""
    passages, skipped = [], 0
    for task in json.loads(path.read_text(encoding="utf-8")):
        passage = parse_passage(task["meta"][KEY])
        labels: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        done = [annotation for annotation in task["annotations"] if not annotation.get("was_cancelled")]
        if not done:
            skipped += 1
            passages.append(passage)
            continue
        known = {(unit.start, unit.end) for unit in passage.units}
        for result in done[-1]["result"]:
            value = result["value"]
            if (value["start"], value["end"]) not in known:
                raise ValueError(f"{passage.doc_id}: the span {value['start']}..{value['end']} is none of its units")
            labels[value["start"], value["end"]] += value.get("labels", [])
        passages.append(relabelled(passage, [labels[unit.start, unit.end] for unit in passage.units]))
    remarks = (f"{skipped} tasks were skipped and keep their labels",) if skipped else ()
    return Reading(tuple(passages), remarks)
