"""The accurate model: a sentence encoder with a linear head, blended with the fast model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from classifier.encoder import Encoder, Window
from classifier.records import Document, Label, Sentence
from classifier.tagger.decision import Floats, Page, sigmoid
from classifier.tagger.linear import Tagger
from classifier.thresholds import calibrated_threshold, review_band

__all__ = ["EncoderTagger", "unsure_rows"]

_BATCH = 2_000  # sentences whose windows are held at once


class EncoderTagger:
    """Blend two models: log-odds = a · margin of the encoder's head + b · log-odds of the fast model + c, a label each.

    The fast model reads every sentence first. With the cascade on, a window of the page in which it is sure of every
    sentence is not encoded: a probability is sure that lies outside (`sure_below_`, 1 - `sure_below_`).

    `coef_` of shape (labels, width of an embedding) and `intercept_` (labels,) are the head; `blend_` (labels, 3) holds
    a, b and c, learnt on documents that neither model had seen; `thresholds_`, `thresholds_recall_`, `review_below_` as
    in `Tagger`.
    """

    thresholds_: Floats
    thresholds_recall_: Floats
    review_below_: float

    def __init__(
        self, encoder: Encoder, fast: Tagger, coefficients: Floats, intercepts: Floats, *, sure_below: float = 0.0
    ) -> None:
        self.encoder = encoder
        self.fast = fast
        self.coef_ = coefficients
        self.intercept_ = intercepts
        self.sure_below_ = sure_below

    def settle(self, pages: Sequence[Page], y: npt.NDArray[np.bool_]) -> None:
        """Learn blend, thresholds and review band from labelled documents that neither model has learnt from."""
        from sklearn.linear_model import LogisticRegression  # here, since only training needs it

        encoded, fast = self.both_margins(pages, is_cascade=False)
        self.blend_ = np.empty((len(Label), 3))
        for column in range(len(Label)):
            both = np.column_stack([encoded[:, column], fast[:, column]])
            blend = LogisticRegression(C=1.0).fit(both, y[:, column])
            self.blend_[column] = [*blend.coef_[0], blend.intercept_[0]]
        probabilities = self.blended(encoded, fast)
        columns = [(probabilities[:, i], y[:, i]) for i in range(len(Label))]
        self.thresholds_ = np.array([calibrated_threshold(*column) for column in columns])
        self.thresholds_recall_ = np.array([calibrated_threshold(*column, beta=2.0) for column in columns])
        self.review_below_ = review_band(probabilities, self.thresholds_)

    def predict_documents(self, pages: Sequence[Page]) -> list[Floats]:
        """Return calibrated probabilities of shape (sentences, labels) for each document."""
        encoded, fast = self.both_margins(pages, is_cascade=self.sure_below_ > 0)
        every = self.blended(encoded, fast)
        return np.split(every, np.cumsum([len(sentences) for _, sentences in pages])[:-1]) if pages else []

    def predict_document(self, document: Document, sentences: Sequence[Sentence]) -> Floats:
        """Return calibrated probabilities of shape (sentences, labels), each sentence seen with those around it."""
        return self.predict_documents([(document, sentences)])[0]

    def both_margins(self, pages: Sequence[Page], *, is_cascade: bool) -> tuple[Floats, Floats]:
        """Return the margins of the head, not a number where it was not asked, and the log-odds of the fast model."""
        parts = list(self.fast.margins_of(pages))
        fast = np.concatenate(parts) if parts else np.empty((0, len(Label)))
        encoded = np.full(fast.shape, np.nan)
        unsure = unsure_rows(fast, self.sure_below_ if is_cascade else 0.0)
        windows: list[Window] = []
        held = first = 0
        for document, sentences in pages:
            for start in range(0, len(sentences), _BATCH):
                part = sentences[start : start + _BATCH]
                if unsure[first : first + len(part)].any():
                    windows += (
                        window
                        for window in self.encoder.windows(document.text, part, first=first)
                        if any(unsure[index] for index, _, _ in window.places)
                    )
                first += len(part)
                held += len(part)
                if held >= _BATCH:
                    self._encode(windows, encoded)
                    windows, held = [], 0
        self._encode(windows, encoded)
        return encoded, fast

    def _encode(self, windows: Sequence[Window], margins: Floats) -> None:
        for places, embeddings in self.encoder.embed(windows):
            margins[places] = embeddings @ self.coef_.T + self.intercept_

    def blended(self, encoded: Floats, fast: Floats) -> Floats:
        """Return probabilities; those of the fast model alone where the encoder was not asked."""
        blended = encoded * self.blend_[:, 0] + fast * self.blend_[:, 1] + self.blend_[:, 2]
        return sigmoid(np.where(np.isnan(blended), fast, blended))


def unsure_rows(fast: Floats, sure_below: float) -> npt.NDArray[np.bool_]:
    """Return of which sentences the fast model is not sure, by its log-odds; of all of them if `sure_below` is 0."""
    if sure_below == 0:
        return np.ones(len(fast), np.bool_)
    return np.asarray(np.any(np.abs(fast) < np.log((1 - sure_below) / sure_below), axis=1))
