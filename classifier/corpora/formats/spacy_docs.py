"""spaCy: one `Doc` a passage, labels in `doc.spans["health_claims"]`; the rest travels in `doc.user_data`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from classifier.corpora.formats.shared import KEY, Reading, relabelled
from classifier.corpora.passages import Passage, parse_passage, to_record

__all__ = ["read", "write"]


SPANS = "health_claims"


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
    """Read passages from a `DocBin`."""
    import spacy
    from spacy.tokens import DocBin

    passages = []
    for doc in DocBin().from_bytes(path.read_bytes()).get_docs(spacy.blank("en").vocab):
        passage = parse_passage(json.loads(doc.user_data[KEY]))
        labels: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
        for span in doc.spans.get(SPANS, ()):
            labels[span.start_char, span.end_char].append(span.label_)
        found = []
        for unit in passage.units:
            span = doc.char_span(unit.start, unit.end, alignment_mode="expand")
            found.append(labels[span.start_char, span.end_char] if span is not None else list(unit.labels))
        passages.append(relabelled(passage, found) if doc.text == passage.text else passage)
    return Reading(tuple(passages), ())
