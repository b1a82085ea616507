"""The accurate model: a sentence encoder with a linear head, blended with the fast model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.encoder import Encoder, Window
from classifier.records import Document, Evidence, Label, Sentence
from classifier.tagger.decision import Floats, Page, Prediction, sigmoid
from classifier.tagger.linear import Tagger
from classifier.thresholds import calibrated_threshold, review_band

__all__ = ["EncoderTagger", "Heads", "unsure_rows"]

_EFFICACY = list(Label).index(Label.EFFICACY_CLAIM)
_BATCH = 2_000  # sentences whose windows are held at once


@dataclass(frozen=True, slots=True)
class Heads:
    """The linear heads of an encoder: margins = embeddings · `coefficients`ᵀ + `intercepts`.

    `coefficients` is of shape (labels, width of an embedding), `intercepts` (labels,). An encoder that was trained on
    evidence levels too has `evidence_coefficients` (levels, width) and `evidence_intercepts` (levels,).
    """

    coefficients: Floats
    intercepts: Floats
    evidence_coefficients: Floats | None = None
    evidence_intercepts: Floats | None = None

    @property
    def judges_evidence(self) -> bool:
        return self.evidence_coefficients is not None

    def margins(self, embeddings: Floats) -> Floats:
        """Return margins of shape (sentences, labels)."""
        return np.asarray(embeddings @ self.coefficients.T + self.intercepts)

    def evidence(self, embeddings: Floats) -> Floats:
        """Return log-probabilities of shape (sentences, levels)."""
        assert self.evidence_coefficients is not None
        assert self.evidence_intercepts is not None
        margins = embeddings @ self.evidence_coefficients.T + self.evidence_intercepts
        margins -= margins.max(axis=1, keepdims=True)
        return np.asarray(margins - np.log(np.exp(margins).sum(axis=1, keepdims=True)))


@dataclass(frozen=True, slots=True)
class Margins:
    """What both models say of some sentences.

    `encoded`, the margins of the encoder's head, and `fast`, the log-odds of the fast model, are of shape (sentences,
    labels), `evidence` as in `Prediction`.
    """

    encoded: Floats
    fast: Floats
    evidence: Floats | None


class EncoderTagger:
    """Blend two models: log-odds = a · margin of the encoder's head + b · log-odds of the fast model + c, a label each.

    The fast model reads every sentence first. With the cascade on, the encoder is asked only of the sentences that the
    fast model is unsure of, and of those that it takes for efficacy claims, since their evidence is still to be judged;
    most of the others it sees shortened. A probability is sure that lies outside (`sure_below_`, 1 - `sure_below_`).

    `blend_` of shape (labels, 3) holds a, b and c, learnt on documents that neither model had seen; `thresholds_`,
    `thresholds_recall_`, `review_below_` as in `Tagger`.
    """

    thresholds_: Floats
    thresholds_recall_: Floats
    review_below_: float

    def __init__(self, encoder: Encoder, fast: Tagger, heads: Heads, *, sure_below: float = 0.0) -> None:
        self.encoder = encoder
        self.fast = fast
        self.heads = heads
        self.sure_below_ = sure_below

    def settle(self, pages: Sequence[Page], y: npt.NDArray[np.bool_]) -> None:
        """Learn blend, thresholds and review band from labelled documents that neither model has learnt from."""
        from sklearn.linear_model import LogisticRegression  # here, since only training needs it

        margins = self.margins(pages, is_cascade=False)
        encoded, fast = margins.encoded, margins.fast
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

    def predictions(self, pages: Sequence[Page]) -> list[Prediction]:
        """Return the probabilities for some documents and, if the encoder judges evidence, what it says of that."""
        if not pages:
            return []
        margins = self.margins(pages, is_cascade=self.sure_below_ > 0)
        ends = np.cumsum([len(sentences) for _, sentences in pages])[:-1]
        probabilities = np.split(self.blended(margins.encoded, margins.fast), ends)
        if margins.evidence is None:
            return [*map(Prediction, probabilities)]
        return [*map(Prediction, probabilities, np.split(margins.evidence, ends))]

    def predict_documents(self, pages: Sequence[Page]) -> list[Floats]:
        """Return calibrated probabilities of shape (sentences, labels) for each document."""
        return [prediction.probabilities for prediction in self.predictions(pages)]

    def predict_document(self, document: Document, sentences: Sequence[Sentence]) -> Floats:
        """Return calibrated probabilities of shape (sentences, labels), each sentence seen with those around it."""
        return self.predict_documents([(document, sentences)])[0]

    def margins(self, pages: Sequence[Page], *, is_cascade: bool) -> Margins:
        """Return what both models say; of the encoder not a number where it was not asked."""
        parts = list(self.fast.margins_of(pages))
        fast = np.concatenate(parts) if parts else np.empty((0, len(Label)))
        evidence = np.full((len(fast), len(Evidence)), np.nan) if self.heads.judges_evidence else None
        margins = Margins(np.full(fast.shape, np.nan), fast, evidence)
        asked = self._asked(fast) if is_cascade else np.ones(len(fast), np.bool_)
        windows: list[Window] = []
        held = first = 0
        for document, sentences in pages:
            for start in range(0, len(sentences), _BATCH):
                part = sentences[start : start + _BATCH]
                row = asked[first : first + len(part)]
                if row.any():
                    windows += self.encoder.windows(document.text, part, first=first, asked=row.tolist())
                first += len(part)
                held += len(part)
                if held >= _BATCH:
                    self._encode(windows, margins)
                    windows, held = [], 0
        self._encode(windows, margins)
        return margins

    def _asked(self, fast: Floats) -> npt.NDArray[np.bool_]:
        """Return of which sentences the cascade asks the encoder: unsure ones, and claims, for the sake of evidence."""
        unsure = unsure_rows(fast, self.sure_below_)
        if not self.heads.judges_evidence:
            return unsure
        threshold = min(0.5, float(self.thresholds_[_EFFICACY]))
        return np.asarray(unsure | (sigmoid(fast[:, _EFFICACY]) >= threshold))

    def _encode(self, windows: Sequence[Window], margins: Margins) -> None:
        for places, embeddings in self.encoder.embed(windows):
            margins.encoded[places] = self.heads.margins(embeddings)
            if margins.evidence is not None:
                margins.evidence[places] = self.heads.evidence(embeddings)

    def blended(self, encoded: Floats, fast: Floats) -> Floats:
        """Return probabilities; those of the fast model alone where the encoder was not asked."""
        blended = encoded * self.blend_[:, 0] + fast * self.blend_[:, 1] + self.blend_[:, 2]
        return sigmoid(np.where(np.isnan(blended), fast, blended))


def unsure_rows(fast: Floats, sure_below: float) -> npt.NDArray[np.bool_]:
    """Return of which sentences the fast model is not sure, by its log-odds; of all of them if `sure_below` is 0."""
    if sure_below == 0:
        return np.ones(len(fast), np.bool_)
    return np.asarray(np.any(np.abs(fast) < np.log((1 - sure_below) / sure_below), axis=1))
