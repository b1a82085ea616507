"""scikit-learn estimators: a calibrated linear head on feature matrices, and the fast model on rows of text.

>>> from classifier.corpora import read_corpus
>>> from pathlib import Path
>>> rows = sentence_frame(read_corpus([Path("corpus/seed.jsonl")])[:10])
>>> tagger = SentenceTagger(C=1.0, folds=2).fit(rows, rows[list(Label)])
>>> tagger.predict_proba(rows).shape == (len(rows), len(Label))
True
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import GroupKFold, StratifiedKFold
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from classifier.errors import ConfigurationError
from classifier.features import Words, read_pages
from classifier.records import Label, Sentence
from classifier.tagger import Tagger
from classifier.tagger.decision import Floats, sigmoid
from classifier.tagger.head import fit_head

if TYPE_CHECKING:
    import pandas

    from classifier.corpora import Passage

__all__ = ["COLUMNS", "LinearHead", "SentenceTagger", "sentence_frame"]

COLUMNS = ("document", "index", "text")
"""The columns that `SentenceTagger` reads: the document of a sentence, its place there, and its text."""

Integers = npt.NDArray[np.integer[Any]]


class LinearHead(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """One logistic regression a label on any matrix, with calibrated probabilities.

    It takes an indicator matrix of shape (rows, labels), or a vector of two classes, and matrices dense or sparse. The
    calibration is learnt from the margins of models that had not seen the row: `folds` parts, by `groups` where they
    are given, else balanced for each label. It is the head of the fast model.

    Learnt: `coef_` (labels, features), `intercept_` (labels,), `calibration_` (labels, 2), slope and intercept of a
    sigmoid; `classes_`, the two classes, or the columns of the labels.

    >>> X = np.random.default_rng(0).normal(size=(60, 3))
    >>> LinearHead().fit(X, X[:, :2] > 0).predict([[2.0, -2.0, 0.0]])
    array([[ True, False]])
    """

    def __init__(self, C: float = 1.0, folds: int = 5) -> None:
        self.C = C
        self.folds = folds

    def fit(self, X: Any, y: Any, groups: npt.ArrayLike | None = None) -> Self:
        """Fit on X of shape (rows, features); every label wants two rows with it and two without."""
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64, multi_output=True)
        check_classification_targets(y)
        kind = type_of_target(y)
        if kind not in ("binary", "multilabel-indicator"):
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        if kind == "binary":
            self.classes_, columns = np.unique(y, return_inverse=True)
        else:
            columns = y.toarray() if hasattr(y, "toarray") else y
            self.classes_ = np.arange(columns.shape[1])
        self._kind, self._dtype = kind, y.dtype
        labels = np.asarray(columns, dtype=np.bool_).reshape(len(columns), -1)
        each = np.hsplit(labels, labels.shape[1])
        heads = [fit_head(X, label, self._parts(X, label, groups), C=self.C) for label in each]
        self.coef_ = np.vstack([head.coefficients for head in heads])
        self.intercept_ = np.concatenate([head.intercepts for head in heads])
        self.calibration_ = np.vstack([head.calibration for head in heads])
        return self

    def decision_function(self, X: Any) -> Floats:
        """Return calibrated log-odds of shape (rows, labels), or (rows,) for two classes."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        margins = X @ self.coef_.T.astype(np.float64) + self.intercept_
        odds: Floats = margins * self.calibration_[:, 0] + self.calibration_[:, 1]
        return odds[:, 0] if self._kind == "binary" else odds

    def predict_proba(self, X: Any) -> Floats:
        """Return calibrated probabilities of shape (rows, labels), or of both classes, of shape (rows, 2)."""
        found = sigmoid(self.decision_function(X))
        return np.column_stack([1 - found, found]) if self._kind == "binary" else found

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return the labels, or the class, that are likelier than not."""
        holds = self.decision_function(X) > 0
        return self.classes_[holds.astype(int)] if self._kind == "binary" else holds.astype(self._dtype)

    def _parts(self, X: Any, label: npt.NDArray[np.bool_], groups: npt.ArrayLike | None) -> Any:
        if groups is not None:
            return GroupKFold(self.folds).split(X, groups=groups)
        fewest = min(int(label.sum()), int((~label).sum()))
        if fewest < 2:
            raise ValueError(
                f"y: {fewest} rows of one class of a label, of {len(label)} samples; calibration wants two of each"
            )
        return StratifiedKFold(min(self.folds, fewest)).split(X, label[:, 0])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        tags.input_tags.sparse = True
        return tags


class SentenceTagger(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The fast model on rows of text, each seen with the rows around it.

    X is a pandas frame, one row a sentence, with the columns `document`, `index` and `text`; others are passed over.
    Rows may come in any order: `index` says the order in their document. White space at the end of a `text` is what
    stands between it and the next row; a row without any ends its line. y holds one column of 0 or 1 for each `Label`,
    in their order.

    For a search grouped by document give the documents as groups: `GridSearchCV(SentenceTagger(), {"C": [1, 10]},
    cv=GroupKFold(3), scoring="f1_macro").fit(X, y, groups=X["document"])`.

    Learnt: `tagger_`, which `classifier.tagger.save_tagger` makes a model folder of, and `classes_`, the labels. Raises
    `ConfigurationError` for a frame that lacks a column or holds rows without document, place or text.
    """

    def __init__(self, C: float = 10.0, folds: int = 5) -> None:
        self.C = C
        self.folds = folds

    def fit(self, X: pandas.DataFrame, y: Any, groups: npt.ArrayLike | None = None) -> Self:
        """Fit; calibration and thresholds are learnt from models that had not seen the group, by default the document.

        `groups`, one a row, names what must stay together where documents are near-copies.
        """
        documents, rows = _documents(X)
        labels = np.asarray(y)
        if labels.shape != (len(rows), len(Label)):
            raise ConfigurationError(
                f"y: of shape {labels.shape}; give {len(rows)} rows, as X has, and a column each for {', '.join(Label)}"
            )
        if not np.isin(labels, (0, 1)).all():
            raise ConfigurationError("y: holds other values than 0 and 1; give whether each label holds")
        together = np.asarray(X["document"] if groups is None else groups)[rows]
        pages = read_pages(documents, Words())
        self.tagger_ = Tagger(self.C, self.folds).fit(pages, labels[rows].astype(bool), together.tolist())
        self.classes_ = np.array([label.value for label in Label])
        return self

    def predict_proba(self, X: pandas.DataFrame) -> Floats:
        """Return calibrated probabilities of shape (rows, labels)."""
        check_is_fitted(self)
        documents, rows = _documents(X)
        found = np.empty((len(rows), len(Label)))
        found[rows] = self.tagger_.predict_proba(read_pages(documents, self.tagger_.tables.words))
        return found

    def predict(self, X: pandas.DataFrame) -> Integers:
        """Return 1 for each label that holds, by the thresholds that were learnt, of shape (rows, labels)."""
        return (self.predict_proba(X) >= self.tagger_.thresholds_).astype(np.int64)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.no_validation = True
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags


def sentence_frame(passages: Iterable[Passage]) -> pandas.DataFrame:
    """Return labelled passages as rows of text: document, index, text, group and one column of True or False a label.

    Each text has the white space with it that stands before the next one.
    """
    import pandas

    rows = []
    for passage in passages:
        ends = [*(unit.start for unit in passage.units[1:]), len(passage.text)]
        rows += [
            {
                **dict(zip(COLUMNS, (passage.doc_id, index, passage.text[unit.start : end]), strict=True)),
                "group": passage.group,
                **{label.value: label in unit.labels for label in Label},
            }
            for index, (unit, end) in enumerate(zip(passage.units, ends, strict=True))
        ]
    return pandas.DataFrame(rows, columns=[*COLUMNS, "group", *(label.value for label in Label)])


def _documents(X: pandas.DataFrame) -> tuple[list[tuple[str, list[Sentence]]], Integers]:
    """Return texts with their sentences, and for each sentence in turn the row of X that it is."""
    import pandas

    if not isinstance(X, pandas.DataFrame):
        raise ConfigurationError(f"X: a {type(X).__name__}; give a pandas frame with the columns {', '.join(COLUMNS)}")
    missing = [name for name in COLUMNS if name not in X.columns]
    if missing:
        raise ConfigurationError(f"X: no column {missing[0]!r}; give the columns {', '.join(COLUMNS)}")
    for name in COLUMNS:
        empty = np.flatnonzero(X[name].isna().to_numpy())
        if len(empty):
            raise ConfigurationError(f"X: row {empty[0]} has no {name}; leave it out")
    if not pandas.api.types.is_numeric_dtype(X["index"]):
        raise ConfigurationError(f"X: index is of type {X['index'].dtype}; give numbers")
    texts = X["text"].tolist()
    strange = next((row for row, text in enumerate(texts) if not isinstance(text, str)), None)
    if strange is not None:
        raise ConfigurationError(f"X: row {strange} has a text of type {type(texts[strange]).__name__}; give strings")
    numbers, _ = pandas.factorize(X["document"])
    rows = np.lexsort((X["index"].to_numpy(), numbers))
    bounds = np.flatnonzero(np.diff(numbers[rows])) + 1
    return [_document([texts[row] for row in part]) for part in np.split(rows, bounds) if len(part)], rows


def _document(rows: Sequence[str]) -> tuple[str, list[Sentence]]:
    """Put rows together to one text, with a line break where no white space stands between two."""
    parts: list[str] = []
    sentences: list[Sentence] = []
    place = 0
    for index, row in enumerate(rows):
        if parts and not (parts[-1][-1:].isspace() or row[:1].isspace()):
            parts.append("\n")
            place += 1
        text = row.strip()
        start = place + len(row) - len(row.lstrip())
        sentences.append(Sentence(index, start, start + len(text), text))
        parts.append(row)
        place += len(row)
    return "".join(parts), sentences
