"""spaCy: one `Doc` a passage, labels in `doc.spans["health_claims"]`; the rest travels in `doc.user_data`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.corpora.formats.shared import IMPLIED, KEY, Reading, from_spans, placed, relabelled
from classifier.corpora.passages import Passage, parse_passage, to_record

if TYPE_CHECKING:
    from spacy.tokens import Doc

__all__ = ["read", "write"]


SPANS = "health_claims"
_HOLDS = 0.5  # a category of gold is 0 or 1


def write(passages: Iterable[Passage]) -> bytes:
    """Return passages as a `DocBin`."""
    import spacy
    from spacy.tokens import DocBin, SpanGroup

    nlp = spacy.blank("en")
    docs = DocBin(store_user_data=True)
    for passage in passages:
        doc = nlp.make_doc(passage.text)
        spans = [
            doc.char_span(unit.start, unit.end, label=label.value, alignment_mode="expand")
            for unit in passage.units
            for label in unit.labels
        ]
        doc.spans[SPANS] = SpanGroup(doc, name=SPANS, spans=[span for span in spans if span is not None])
        doc.user_data[KEY] = json.dumps(to_record(passage), ensure_ascii=False)
        docs.add(doc)
    return bytes(docs.to_bytes())


def read(path: Path) -> Reading:
    """Read passages from a `DocBin`; of docs that are not ours the spans, else the categories of the whole text."""
    import spacy
    from spacy.tokens import DocBin

    passages, is_implied = [], False
    for number, doc in enumerate(DocBin().from_bytes(path.read_bytes()).get_docs(spacy.blank("en").vocab), 1):
        place = f"{path}: doc {number}"
        with placed(place):
            is_ours = KEY in doc.user_data
            is_implied |= not is_ours
            doc_id = f"{path.stem}-{number}"
            passages.append(_ours(doc) if is_ours else from_spans(doc_id, doc.text, _spans(doc), place))
    return Reading(tuple(passages), (IMPLIED,) if is_implied else ())


def _ours(doc: Doc) -> Passage:
    passage = parse_passage(json.loads(doc.user_data[KEY]))
    labels: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for start, end, label in _spans(doc):
        labels[start, end].append(label)
    found = []
    for unit in passage.units:
        span = doc.char_span(unit.start, unit.end, alignment_mode="expand")
        found.append(labels[span.start_char, span.end_char] if span is not None else list(unit.labels))
    return relabelled(passage, found) if doc.text == passage.text else passage


def _spans(doc: Doc) -> list[tuple[int, int, str]]:
    others = {name: group for name, group in doc.spans.items() if group}
    if SPANS not in doc.spans and len(others) > 1:
        raise ValueError(f"spans under {', '.join(sorted(others))}; put those that are labels under {SPANS!r}")
    found = doc.spans.get(SPANS) or next(iter(others.values()), None) or doc.ents
    if found:
        return [(span.start_char, span.end_char, span.label_) for span in found]
    return [(0, len(doc.text), label) for label, value in doc.cats.items() if value >= _HOLDS]
