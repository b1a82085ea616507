"""Label Studio: one task a passage, with labelled spans; the rest travels in `meta`.

Tasks that were not made from a corpus of ours are read too, with spans or with choices on the whole text.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from classifier.corpora.formats.shared import IMPLIED, KEY, Reading, from_spans, placed, relabelled
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
    """Read passages from JSON for Label Studio; a task that nobody has labelled, and that is not ours, is left out."""
    passages, skipped, is_implied = [], 0, False
    for number, task in enumerate(json.loads(path.read_text(encoding="utf-8")), 1):
        place = f"{path}: task {number}"
        with placed(place):
            done = [one for one in task["annotations"] if not one.get("was_cancelled")]
            results = done[-1]["result"] if done else []
            is_ours = KEY in task.get("meta", {})
            skipped += not done
            is_implied |= bool(done) and not is_ours
            if is_ours:
                passage = parse_passage(task["meta"][KEY])
                passages.append(_relabelled(passage, results) if done else passage)
            elif done:
                data = task["data"]
                doc_id = str(data.get("doc_id", f"{path.stem}-{task.get('id', number)}"))
                spans = [span for result in results for span in _spans(result.get("value", {}), data["text"])]
                passages.append(from_spans(doc_id, data["text"], spans, place))
    remarks = (f"{skipped} tasks were skipped and keep their labels, if they have any",) if skipped else ()
    return Reading(tuple(passages), (*remarks, *((IMPLIED,) if is_implied else ())))


def _relabelled(passage: Passage, results: Iterable[Mapping[str, Any]]) -> Passage:
    labels: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    known = {(unit.start, unit.end) for unit in passage.units}
    for result in results:
        value = result["value"]
        if (value["start"], value["end"]) not in known:
            raise ValueError(f"{passage.doc_id}: the span {value['start']}..{value['end']} is none of its units")
        labels[value["start"], value["end"]] += value.get("labels", [])
    return relabelled(passage, [labels[unit.start, unit.end] for unit in passage.units])


def _spans(value: Mapping[str, Any], text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the spans of a result: labels of a part of the text, or choices on all of it."""
    if "labels" not in value and "choices" not in value:
        kinds = ", ".join(sorted(value.keys() - {"start", "end", "text"})) or "none"
        raise ValueError(f"a result with no labels and no choices, but {kinds}; only these two are read")
    for label in value.get("labels", []):
        yield value["start"], value["end"], label
    for label in value.get("choices", []):
        yield 0, len(text), label
