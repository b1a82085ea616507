"""The fast model: one linear model a label over hashed features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from classifier.features import Pages, SentenceFeatures, Tables, read_pages
from classifier.records import Document, Label, Sentence
from classifier.tagger.decision import Floats, Page, Prediction, sigmoid
from classifier.tagger.head import fit_head
from classifier.thresholds import calibrated_threshold, review_band

__all__ = ["Tagger"]

_BATCH = 4_000  # sentences whose features are held at once


class Tagger:
    """One linear model a label over `SentenceFeatures`, calibrated and cut on held-out documents.

    `fit` trains on every document, but learns the calibration and the thresholds from predictions of models that had
    not seen the document (`folds` parts, split by document). What is trained on a sparse matrix is predicted through
    tables, with the same result.

    Learnt: `idf_` of shape (features,); `coef_` of shape (labels, features) and `intercept_` of shape (labels,);
    `calibration_` of shape (labels, 2), slope and intercept of a sigmoid; `thresholds_` of shape (labels,), at the best
    F1, and `thresholds_recall_`, at the best F2; `review_below_`. `held_out_`, the probabilities that those were learnt
    from, is not saved with the tagger.
    """

    def __init__(self, C: float = 10.0, folds: int = 5) -> None:
        self.C = C
        self.folds = folds

    def fit(
        self,
        X: Pages,
        y: npt.NDArray[np.bool_],
        groups: Sequence[str],
        *,
        said: Floats | None = None,
        advance: Callable[[], None] = lambda: None,
    ) -> Self:
        """Fit on pages, a boolean array of shape (sentences, labels), and the document that each sentence is from.

        `said`, probabilities of the same shape, is what another model says of them: it counts as much as the labels.
        If that one was trained on some of them, it has seen what calibration and thresholds are learnt from.
        `advance` is called after each of the `folds` + 1 steps.
        """
        from sklearn.model_selection import GroupKFold  # here, since it takes longer to import than a page to read

        features = SentenceFeatures().fit(X)
        matrix = features.transform(X)
        parts = GroupKFold(self.folds).split(matrix, groups=groups)
        head = fit_head(matrix, y, parts, C=self.C, said=said, advance=advance)
        self.idf_ = features.idf_
        self.coef_, self.intercept_, self.calibration_ = head.coefficients, head.intercepts, head.calibration
        self.held_out_ = self._calibrated(head.held_out)
        columns = [(self.held_out_[:, i], y[:, i]) for i in range(y.shape[1])]
        self.thresholds_ = np.array([calibrated_threshold(*column) for column in columns])
        self.thresholds_recall_ = np.array([calibrated_threshold(*column, beta=2.0) for column in columns])
        self.review_below_ = review_band(self.held_out_, self.thresholds_)
        self.__dict__.pop("_tables", None)
        advance()
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the tables, which can be neither copied nor pickled; they are made again when asked for."""
        return {name: value for name, value in self.__dict__.items() if name != "_tables"}

    @property
    def tables(self) -> Tables:
        """What every feature adds, looked up instead of multiplied."""
        if "_tables" not in self.__dict__:
            self._tables = Tables(self.idf_, self.coef_, self.intercept_)
        return self._tables

    def margins_of(self, pages: Sequence[Page]) -> Iterator[Floats]:
        """Yield calibrated log-odds for some documents, in parts of whole documents."""
        part: list[tuple[str, Sequence[Sentence]]] = []
        count = 0
        for document, sentences in pages:
            part.append((document.text, sentences))
            count += len(sentences)
            if count >= _BATCH:
                yield self._margins(part)
                part, count = [], 0
        if part:
            yield self._margins(part)

    def predict_documents(self, pages: Sequence[Page]) -> list[Floats]:
        """Return calibrated probabilities of shape (sentences, labels) for each document."""
        parts = list(self.margins_of(pages))
        every = sigmoid(np.concatenate(parts)) if parts else np.empty((0, len(Label)))
        return np.split(every, np.cumsum([len(sentences) for _, sentences in pages])[:-1]) if pages else []

    def predict_document(self, document: Document, sentences: Sequence[Sentence]) -> Floats:
        """Return calibrated probabilities of shape (sentences, labels), each sentence seen with those around it."""
        return self.predict_documents([(document, sentences)])[0]

    def predictions(self, pages: Sequence[Page]) -> list[Prediction]:
        """Return the probabilities for some documents; of evidence this model says nothing."""
        return [Prediction(probabilities) for probabilities in self.predict_documents(pages)]

    def predict_proba(self, X: Pages) -> Floats:
        """Return calibrated probabilities of shape (sentences, labels)."""
        return self._calibrated(self.tables.margins(X))

    def predict(self, X: Pages) -> npt.NDArray[np.bool_]:
        """Return which labels hold, of shape (sentences, labels)."""
        return np.asarray(self.predict_proba(X) >= self.thresholds_)

    def _margins(self, part: Sequence[tuple[str, Sequence[Sentence]]]) -> Floats:
        margins = self.tables.margins(read_pages(part, self.tables.words))
        return np.asarray(margins * self.calibration_[:, 0] + self.calibration_[:, 1])

    def _calibrated(self, margins: Floats) -> Floats:
        return sigmoid(margins * self.calibration_[:, 0] + self.calibration_[:, 1])
