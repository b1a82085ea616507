"""From probabilities to labels: thresholds, the primary label, and the mark for review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from classifier.records import Document, Label, Sentence, Tagged
from classifier.thresholds import confidence

__all__ = ["SentenceModel", "primary_label", "sigmoid", "tag"]

Floats = npt.NDArray[np.floating[Any]]
Page = tuple[Document, Sequence[Sentence]]


class SentenceModel(Protocol):
    """What every model offers: probabilities for the sentences of a document, and what is made of them.

    `thresholds_` and `thresholds_recall_` are of shape (labels,); a sentence whose confidence lies below
    `review_below_` is marked for review.
    """

    thresholds_: Floats
    thresholds_recall_: Floats
    review_below_: float

    def predict_document(self, document: Document, sentences: Sequence[Sentence]) -> Floats:
        """Return calibrated probabilities of shape (sentences, labels)."""
        ...


def tag(model: SentenceModel, document: Document, sentences: Sequence[Sentence]) -> tuple[Tagged, ...]:
    """Label the sentences of a document, each in the light of those around it."""
    return _decide(model, sentences, model.predict_document(document, sentences))


def _decide(model: SentenceModel, sentences: Iterable[Sentence], probabilities: Floats) -> tuple[Tagged, ...]:
    unsure = confidence(probabilities, model.thresholds_) < model.review_below_
    holds = probabilities >= model.thresholds_
    tagged = []
    for sentence, row, held, needs_review in zip(
        sentences, probabilities.round(4).tolist(), holds.tolist(), unsure.tolist(), strict=True
    ):
        scores = dict(zip(Label, row, strict=True))
        labels = tuple(label for label, is_held in zip(Label, held, strict=True) if is_held)
        tagged.append(Tagged(sentence, labels, primary_label(labels, scores), scores, needs_review))
    return tuple(tagged)


def primary_label(labels: Sequence[Label], scores: Mapping[Label, float]) -> Label | None:
    """Return the label that a reviewer would file a sentence under, by the guidelines' rule.

    Among mechanism, efficacy and risk the likelier one leads; each goes before promotional, but for a claim that is
    only a hint: less likely than not, and less likely than the promotion.

    >>> primary_label([Label.EFFICACY_CLAIM, Label.PROMOTIONAL], {Label.EFFICACY_CLAIM: 0.6, Label.PROMOTIONAL: 0.9})
    <Label.EFFICACY_CLAIM: 'efficacy_claim'>
    """
    if not labels:
        return None
    substance = [label for label in labels if label is not Label.PROMOTIONAL]
    if not substance:
        return Label.PROMOTIONAL
    leading = max(substance, key=lambda label: scores[label])
    is_hint = leading is not Label.RISK_DISCLOSURE and scores[leading] < 0.5
    if is_hint and Label.PROMOTIONAL in labels and scores[Label.PROMOTIONAL] > scores[leading]:
        return Label.PROMOTIONAL
    return leading


def sigmoid(values: Floats) -> Floats:
    """Return probabilities of log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0))))
