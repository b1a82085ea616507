r"""spaCy pipeline components, found by their entry points.

`health_claims` does all that `classifier.load` does; `health_claims_segmenter` and `health_claims_tagger` are parts of
it for pipelines that want no more. What they find stands in `doc.spans[...]` under the component's name, so a pipeline
may hold one twice under two names; they keep nothing anywhere else.

>>> import spacy
>>> nlp = spacy.blank("en")
>>> _ = nlp.add_pipe("health_claims", config={"model": "fast"})
>>> doc = nlp("GIFT IDEAS\nOur drops cure arthritis. Ask Dr. May first.")
>>> found = doc.spans["health_claims"]
>>> [(span.text, span.label_) for span, flagged in zip(found, found.attrs["flagged"]) if flagged]
[('Our drops cure arthritis.', 'efficacy_claim')]
>>> [finding["rule"] for finding in found.attrs["report"]["sentences"][1]["findings"]]
['support.none']
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from classifier.assessor import load
from classifier.records import Document, Label, Reviewed, Sentence, Tagged
from classifier.reports.jsonl import render
from classifier.segmentation import split
from classifier.tagger import load_tagger, tag

__all__ = ["HealthClaims", "Segmenter", "SentenceLabels", "make_health_claims", "make_segmenter", "make_tagger"]


class Segmenter:
    """Set the sentence starts of a `Doc` as `classifier.split` finds them.

    A token belongs to the sentence in which it begins, so where a sentence ends inside a token ("works.Buy") the token
    keeps both, and white space goes to the sentence before it.
    """

    def __call__(self, doc: Doc) -> Doc:
        starts = np.array([0, *(start for start, _ in split(doc.text))])
        sentences = np.searchsorted(starts, doc.to_array("IDX"), side="right")
        is_space = np.array([token.is_space for token in doc], dtype=bool)
        # white space goes to the sentence of the last visible token before it
        last_visible = np.maximum.accumulate(np.where(is_space, 0, np.arange(len(doc))))
        sentences = sentences[last_visible]
        opens = np.diff(sentences, prepend=-1) != 0
        doc.from_array(["SENT_START"], np.where(opens, 1, -1).astype(np.uint64).reshape(-1, 1))  # type: ignore[arg-type]
        return doc


class SentenceLabels:
    """Label the sentences of a `Doc` as the pipeline has split it, or as `classifier.split` does where nobody has.

    `doc.spans[name]` holds one span a label held by a sentence; the group's attribute `scores` one probability a span.
    """

    def __init__(self, name: str, *, model: str) -> None:
        self.name, self.model = name, model
        self.tagger, _ = load_tagger(model)

    def __reduce__(self) -> tuple[Any, ...]:
        return make_tagger, (None, self.name, self.model)

    def __call__(self, doc: Doc) -> Doc:
        _ensure_sentences(doc)
        visible = [span for span in doc.sents if not span.text.isspace()]
        sentences = tuple(_sentence(index, span) for index, span in enumerate(visible))
        doc.spans[self.name] = _group(doc, self.name, tag(self.tagger, Document(doc.text), sentences))
        return doc


class HealthClaims:
    """Assess a `Doc` as `Assessor.assess` does; set its sentence starts where nobody has.

    `doc.spans[name]` holds one span a label held by a sentence; a sentence that begins or ends inside a token has the
    whole token. The group's attributes are plain values. `scores`, `flagged` and `sentences` hold one value a span: the
    probability of the label, whether this is an efficacy claim that the text leaves unsupported, and the number of its
    sentence in `report`, which is what `--format jsonl` writes.
    """

    def __init__(self, name: str, *, model: str, markets: list[str], product_class: str | None) -> None:
        self.name = name
        self.settings = (model, markets, product_class)
        self.assessor = load(model, markets=markets, product_class=product_class)

    def __reduce__(self) -> tuple[Any, ...]:
        return make_health_claims, (None, self.name, *self.settings)

    def __call__(self, doc: Doc) -> Doc:
        _ensure_sentences(doc)
        report = self.assessor.assess(doc.text)
        group = _group(doc, self.name, report.sentences)
        held = [(sentence, label) for sentence in report.sentences for label in sentence.labels]
        group.attrs["flagged"] = [label is Label.EFFICACY_CLAIM and sentence.is_flagged for sentence, label in held]
        group.attrs["sentences"] = [sentence.index for sentence, _ in held]
        group.attrs["report"] = json.loads(render(report))
        doc.spans[self.name] = group
        return doc


def _ensure_sentences(doc: Doc) -> None:
    if not doc.has_annotation("SENT_START"):
        Segmenter()(doc)


def _sentence(index: int, span: Span) -> Sentence:
    """Return a sentence of a `Doc` without the white space that belongs to it there."""
    text = span.text.strip()
    start = span.start_char + span.text.find(text)
    return Sentence(index, start, start + len(text), text)


def _group(doc: Doc, name: str, sentences: Sequence[Tagged | Reviewed]) -> SpanGroup:
    held = [(sentence, label) for sentence in sentences for label in sentence.labels]
    spans = [doc.char_span(one.start, one.end, label=label.value, alignment_mode="expand") for one, label in held]
    scores = [one.scores[label] for one, label in held]
    return SpanGroup(doc, name=name, spans=spans, attrs={"scores": scores})  # type: ignore[arg-type]  # none is None


# spaCy calls these for `nlp.add_pipe(...)`; `nlp` is not needed.


@Language.factory("health_claims_segmenter", assigns=["token.is_sent_start", "doc.sents"])
def make_segmenter(nlp: Language | None, name: str) -> Segmenter:  # noqa: ARG001
    """Build the sentence splitter."""
    return Segmenter()


@Language.factory("health_claims_tagger", default_config={"model": "accurate"}, assigns=["doc.spans"])
def make_tagger(nlp: Language | None, name: str, model: str) -> SentenceLabels:  # noqa: ARG001
    """Build the tagger by itself: labels and their probabilities, no evidence, no rules."""
    return SentenceLabels(name, model=model)


@Language.factory(
    "health_claims",
    default_config={"model": "accurate", "markets": [], "product_class": None},
    assigns=["doc.spans", "token.is_sent_start", "doc.sents"],
)
def make_health_claims(
    nlp: Language | None,  # noqa: ARG001
    name: str,
    model: str,
    markets: list[str],
    product_class: str | None,
) -> HealthClaims:
    """Build the whole: sentences, labels, evidence, rules."""
    return HealthClaims(name, model=model, markets=markets, product_class=product_class)
