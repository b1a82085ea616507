"""Fit a linear head: one logistic regression a label, calibrated by what was said of rows that had not been seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.tagger.decision import Floats

__all__ = ["Head", "fit_head"]

_SURE = 0.001  # a probability below this, or above what it leaves of one, is as good as a label

Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Head:
    """What is learnt: margins = rows · `coefficients`ᵀ + `intercepts`, of shape (labels, features) and (labels,).

    `calibration` of shape (labels, 2) holds slope and intercept of the sigmoid that makes probabilities of margins;
    `held_out` of shape (rows, labels) the margins that it was learnt from.
    """

    coefficients: Floats
    intercepts: Floats
    calibration: Floats
    held_out: Floats


def fit_head(
    matrix: Any,
    y: Booleans,
    parts: Iterable[tuple[Integers, Integers]],
    *,
    C: float,
    said: Floats | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Head:
    """Fit on a matrix of shape (rows, features), sparse or not, and labels of shape (rows, labels).

    `said`, probabilities of the same shape, is what another model says of the rows: it counts as much as the labels.
    `parts` are the rows to fit on and those to hold out, as scikit-learn's splitters give them; each row is held out
    once. `advance` is called after each.
    """
    held_out = np.empty(y.shape)
    wanted = y.astype(np.float64) if said is None else (y + said) / 2
    for train, test in parts:
        coefficients, intercepts = _fit_linear(matrix[train], wanted[train], C)
        held_out[test] = matrix[test] @ coefficients.T + intercepts
        advance()
    coefficients, intercepts = _fit_linear(matrix, wanted, C)
    calibration = np.array([_fit_sigmoid(held_out[:, column], y[:, column]) for column in range(y.shape[1])])
    return Head(coefficients, intercepts, calibration, held_out)


def _fit_linear(matrix: Any, wanted: Floats, C: float) -> tuple[Floats, Floats]:
    """Return coefficients, in single precision as models are stored, and intercepts."""
    models = [_fit_label(matrix, column, C) for column in wanted.T]
    coefficients = np.vstack([model.coef_ for model in models])
    return np.asarray(coefficients, dtype=np.float32, order="F"), np.concatenate([model.intercept_ for model in models])


def _fit_label(matrix: Any, wanted: Floats, C: float) -> Any:
    """Fit one label on the probability that each row is to have; a doubtful row is there as both, and weighed."""
    from sklearn.linear_model import LogisticRegression  # here, since only training needs it

    model = LogisticRegression(C=C, solver="liblinear", random_state=0)
    doubtful = np.flatnonzero((wanted > _SURE) & (wanted < 1 - _SURE))
    truth = wanted >= 0.5
    if not len(doubtful):
        return model.fit(matrix, truth)
    rows = np.concatenate([np.arange(len(wanted)), doubtful])
    weights = np.concatenate([np.where(truth, wanted, 1 - wanted), np.where(truth, 1 - wanted, wanted)[doubtful]])
    return model.fit(matrix[rows], np.concatenate([truth, ~truth[doubtful]]), weights)


def _fit_sigmoid(margins: Floats, truth: Booleans) -> Floats:
    """Return slope and intercept of the sigmoid that turns margins into probabilities (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(margins.reshape(-1, 1), truth)
    return np.array([model.coef_[0, 0], model.intercept_[0]])
