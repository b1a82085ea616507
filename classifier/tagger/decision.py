"""From probabilities to labels: thresholds, the primary label, and the mark for review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from classifier.records import Document, Label, Sentence, Tagged
from classifier.thresholds import confidence

__all__ = ["Prediction", "SentenceModel", "primary_label", "sigmoid", "tag", "tag_documents"]

Floats = npt.NDArray[np.floating[Any]]
Page = tuple[Document, Sequence[Sentence]]
_LABELS = tuple(Label)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model makes of the sentences of a document.

    `probabilities`, calibrated, are of shape (sentences, labels). `evidence` of shape (sentences, levels) holds the
    log-probabilities of the evidence levels, not a number where the encoder was not asked; None if the model has none.
    """

    probabilities: Floats
    evidence: Floats | None = None


class SentenceModel(Protocol):
    """What every model offers: what it says of the sentences of some documents, and what is made of that.

    `thresholds_` and `thresholds_recall_` are of shape (labels,); a sentence whose confidence lies below
    `review_below_` is marked for review.
    """

    thresholds_: Floats
    thresholds_recall_: Floats
    review_below_: float

    def predictions(self, pages: Sequence[Page]) -> list[Prediction]:
        """Return all that the model says of some documents."""
        ...


def tag(model: SentenceModel, document: Document, sentences: Sequence[Sentence]) -> tuple[Tagged, ...]:
    """Label the sentences of a document, each in the light of those around it."""
    (tagged,) = tag_documents(model, [(document, sentences)])
    return tagged


def tag_documents(model: SentenceModel, pages: Sequence[Page]) -> list[tuple[Tagged, ...]]:
    """Label the sentences of several documents as `tag` does, which takes less time than one after the other."""
    predictions = model.predictions(pages)
    return [
        _decide(model, sentences, prediction) for (_, sentences), prediction in zip(pages, predictions, strict=True)
    ]


def _decide(model: SentenceModel, sentences: Sequence[Sentence], prediction: Prediction) -> tuple[Tagged, ...]:
    probabilities = prediction.probabilities
    unsure = confidence(probabilities, model.thresholds_) < model.review_below_
    holds = probabilities >= model.thresholds_
    tagged = []
    for sentence, row, held, needs_review, evidence in zip(
        sentences,
        probabilities.round(4).tolist(),
        holds.tolist(),
        unsure.tolist(),
        _evidence_scores(prediction),
        strict=True,
    ):
        scores = dict(zip(_LABELS, row, strict=True))
        labels = tuple(compress(_LABELS, held))
        tagged.append(Tagged(sentence, labels, primary_label(labels, scores), scores, needs_review, evidence))
    return tuple(tagged)


def _evidence_scores(prediction: Prediction) -> Iterable[tuple[float, ...]]:
    if prediction.evidence is None:
        return repeat((), len(prediction.probabilities))
    rows = prediction.evidence.round(4).tolist()
    left_out = np.isnan(prediction.evidence[:, 0]).tolist()
    return [() if is_left_out else tuple(row) for row, is_left_out in zip(rows, left_out, strict=True)]


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
