"""The tagger: views of sentences → one calibrated probability a label, a threshold each, and the primary label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import GroupKFold

from classifier.errors import ModelError
from classifier.features import CHANNELS, SentenceFeatures, View, views
from classifier.model_store import find_model, load_model, save_model
from classifier.records import Document, Label, Sentence, Tagged

__all__ = ["Tagger", "load_tagger", "primary_label", "save_tagger", "tag"]

KIND = "hashed-linear"
_BATCH = 1_000  # sentences whose features are held at once
_MOST_BUCKETS = 2**24

Floats = npt.NDArray[np.floating[Any]]


class Tagger(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """One linear model a label over `SentenceFeatures`, calibrated and cut on held-out documents.

    `fit` trains on every document, but learns the calibration and the thresholds from predictions of models that had
    not seen the document (`folds` parts, split by document).

    Learnt: `features_`; `coef_` of shape (labels, features) and `intercept_` of shape (labels,); `calibration_` of
    shape (labels, 2), slope and intercept of a sigmoid; `thresholds_` of shape (labels,).
    """

    def __init__(self, C: float = 10.0, buckets: int = 2**18, folds: int = 5) -> None:
        self.C = C
        self.buckets = buckets
        self.folds = folds

    def fit(self, X: Sequence[View], y: npt.NDArray[np.bool_], groups: Sequence[str]) -> Self:
        """Fit on views, a boolean array of shape (sentences, labels), and the document that each sentence is from."""
        self.features_ = SentenceFeatures(self.buckets).fit(X)
        matrix = self.features_.transform(X)
        held_out = np.empty(y.shape)
        for train, test in GroupKFold(self.folds).split(matrix, groups=groups):
            coefficients, intercepts = self._fit_linear(matrix[train], y[train])
            held_out[test] = matrix[test] @ coefficients.T + intercepts
        self.coef_, self.intercept_ = self._fit_linear(matrix, y)
        self.calibration_ = np.array([_fit_sigmoid(held_out[:, column], y[:, column]) for column in range(y.shape[1])])
        probabilities = _sigmoid(held_out * self.calibration_[:, 0] + self.calibration_[:, 1])
        self.thresholds_ = np.array([_best_threshold(probabilities[:, i], y[:, i]) for i in range(y.shape[1])])
        return self

    def predict_proba(self, X: Sequence[View]) -> Floats:
        """Return calibrated probabilities of shape (sentences, labels)."""
        if not X:
            return np.empty((0, len(Label)))
        margins = self.features_.transform(X) @ self.coef_.T + self.intercept_
        return _sigmoid(margins * self.calibration_[:, 0] + self.calibration_[:, 1])

    def predict(self, X: Sequence[View]) -> npt.NDArray[np.bool_]:
        """Return which labels hold, of shape (sentences, labels)."""
        return np.asarray(self.predict_proba(X) >= self.thresholds_)

    def _fit_linear(self, matrix: Any, y: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        models = [
            LogisticRegression(C=self.C, solver="liblinear", random_state=0).fit(matrix, column) for column in y.T
        ]
        coefficients = np.vstack([model.coef_ for model in models])
        return np.asarray(coefficients, dtype=np.float32, order="F"), np.concatenate(
            [model.intercept_ for model in models]
        )


def tag(tagger: Tagger, document: Document, sentences: Sequence[Sentence]) -> tuple[Tagged, ...]:
    """Label the sentences of a document, each in the light of those around it."""
    seen = iter(views(document.text, sentences))
    parts = [tagger.predict_proba(part) for part in iter(lambda: list(islice(seen, _BATCH)), [])]
    probabilities = np.concatenate(parts) if parts else np.empty((0, len(Label)))
    thresholds = dict(zip(Label, tagger.thresholds_, strict=True))
    tagged = []
    for sentence, row in zip(sentences, probabilities, strict=True):
        scores = {label: round(float(value), 4) for label, value in zip(Label, row, strict=True)}
        labels = tuple(label for label, value in zip(Label, row, strict=True) if value >= thresholds[label])
        tagged.append(Tagged(sentence, labels, primary_label(labels, scores), scores))
    return tuple(tagged)


def save_tagger(tagger: Tagger, folder: Path, *, about: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Save a fitted tagger as a model folder; `about` goes into its configuration, `texts` become files beside it.

    Of the coefficients only the columns that training has seen are kept.
    """
    columns = np.flatnonzero(np.any(tagger.coef_ != 0, axis=0))
    config = {
        **about,
        "kind": KIND,
        "labels": [label.value for label in Label],
        "channels": dict(CHANNELS),
        "buckets": tagger.buckets,
    }
    arrays = {
        "idf": tagger.features_.idf_,
        "columns": columns.astype(np.int32),
        "coefficients": tagger.coef_[:, columns],
        "intercepts": tagger.intercept_,
        "calibration": tagger.calibration_,
        "thresholds": tagger.thresholds_,
    }
    save_model(folder, config, arrays, texts)


def load_tagger(name_or_path: str | PathLike[str]) -> tuple[Tagger, str]:
    """Load a model folder, or a shipped model by name; return the tagger and the model's name with its digest."""
    folder = find_model(name_or_path)
    stored = load_model(folder)
    config, arrays = stored.config, stored.arrays
    expected = {"kind": KIND, "labels": [label.value for label in Label], "channels": dict(CHANNELS)}
    for key, value in expected.items():
        if config.get(key) != value:
            raise ModelError(
                f"{folder / 'config.json'}: {key} is {config.get(key)!r}, but this version wants {value!r}; "
                "use the version of healthclaims that the model was made with, or retrain"
            )
    buckets, labels = config.get("buckets"), len(Label)
    if not isinstance(buckets, int) or not 0 < buckets <= _MOST_BUCKETS:
        raise ModelError(f"{folder / 'config.json'}: buckets is {buckets!r}; train the model anew")
    count = arrays["columns"].size if "columns" in arrays else 0
    shapes = {
        "idf": ((buckets,), "f"),
        "columns": ((count,), "i"),
        "coefficients": ((labels, count), "f"),
        "intercepts": ((labels,), "f"),
        "calibration": ((labels, 2), "f"),
        "thresholds": ((labels,), "f"),
    }
    for name, (shape, kind) in shapes.items():
        if name not in arrays or arrays[name].shape != shape or arrays[name].dtype.kind != kind:
            raise ModelError(f"{folder / name}.npy: missing, or not {kind} of shape {shape}; train the model anew")
    columns = arrays["columns"]
    if not np.all((arrays["thresholds"] > 0) & (arrays["thresholds"] < 1)):
        raise ModelError(f"{folder / 'thresholds'}.npy: not between 0 and 1; train the model anew")
    if len(columns) and not 0 <= columns.min() <= columns.max() < buckets:
        raise ModelError(f"{folder / 'columns'}.npy: columns outside the features; train the model anew")
    tagger = Tagger(buckets=buckets)
    tagger.features_ = SentenceFeatures(buckets)
    tagger.features_.idf_ = arrays["idf"]
    tagger.coef_ = np.zeros((labels, buckets), dtype=np.float32, order="F")
    tagger.coef_[:, columns] = arrays["coefficients"]
    tagger.intercept_ = arrays["intercepts"]
    tagger.calibration_ = arrays["calibration"]
    tagger.thresholds_ = arrays["thresholds"]
    return tagger, f"{folder.name}@{stored.digest[:12]}"


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


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0))))


def _fit_sigmoid(margins: Floats, truth: npt.NDArray[np.bool_]) -> Floats:
    """Return slope and intercept of the sigmoid that turns margins into probabilities (Platt 1999)."""
    model = LogisticRegression(C=1e6).fit(margins.reshape(-1, 1), truth)
    return np.array([model.coef_[0, 0], model.intercept_[0]])


def _best_threshold(probabilities: Floats, truth: npt.NDArray[np.bool_]) -> float:
    """Return the threshold with the best F1."""
    precision, recall, thresholds = precision_recall_curve(truth, probabilities)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return round(float(thresholds[np.argmax(f1[:-1])]), 4)
