"""Where a probability becomes a label: thresholds chosen, thresholds replaced, and how sure a labelling is."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from classifier.errors import ConfigurationError
from classifier.records import Label

__all__ = [
    "REVIEWED_SHARE",
    "ThresholdChoice",
    "best_threshold",
    "calibrated_threshold",
    "confidence",
    "parse_threshold",
    "review_band",
    "threshold_for",
    "with_thresholds",
]

REVIEWED_SHARE = 0.2
"""The share of the sentences, the least sure, that is marked for review."""

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
_Model = TypeVar("_Model")


@dataclass(frozen=True, slots=True)
class ThresholdChoice:
    """A threshold, with the precision and the recall that it has on the sentences by which it was chosen."""

    threshold: float
    precision: float
    recall: float


def best_threshold(probabilities: Floats, truth: Booleans, *, beta: float = 1.0) -> float:
    """Return the threshold with the best F-measure; `beta` is how many times recall weighs precision.

    >>> best_threshold(np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, False, True, True]))
    0.6
    """
    from sklearn.metrics import precision_recall_curve  # here, since only choosing needs it

    precision, recall, thresholds = precision_recall_curve(truth, probabilities)
    weight = beta**2
    score = (1 + weight) * precision * recall / np.maximum(weight * precision + recall, 1e-12)
    return _written(thresholds[np.argmax(score[:-1])], probabilities)


def calibrated_threshold(probabilities: Floats, truth: Booleans, *, beta: float = 1.0) -> float:
    """Return the threshold at which calibrated probabilities reach their best F-measure: a share of that measure.

    It is F / (1 + beta²), half of the best F1 (Lipton, Elkan and Naryanaswamy 2014). Where the measure peaks on a
    sample hangs on a few sentences; its height does not.

    >>> calibrated_threshold(np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, False, True, True]))
    0.5
    """
    best = best_threshold(probabilities, truth, beta=beta)
    found = probabilities >= best
    weight = beta**2
    right = float((found & truth).sum())
    measure = (1 + weight) * right / max(float(weight * truth.sum() + found.sum()), 1.0)
    return round(measure / (1 + weight), 4)


def threshold_for(
    probabilities: Floats, truth: Booleans, *, precision: float | None = None, recall: float | None = None
) -> ThresholdChoice:
    """Return the threshold that reaches a precision at the best recall, or a recall at the best precision.

    Raises `ConfigurationError` where none does.

    >>> threshold_for(np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, True, False, True]), recall=1.0)
    ThresholdChoice(threshold=0.4, precision=0.6666666666666666, recall=1.0)
    """
    if (precision is None) == (recall is None):
        raise ConfigurationError("give a precision or a recall, one of them")
    if not truth.any():
        raise ConfigurationError("no unit carries the label, so no threshold can be chosen; give a larger corpus")
    wanted = precision if precision is not None else recall
    if wanted is None or not 0 < wanted <= 1:
        raise ConfigurationError(f"{wanted} is no share; give a number above 0 and at most 1")
    from sklearn.metrics import precision_recall_curve

    precisions, recalls, thresholds = precision_recall_curve(truth, probabilities)
    reached, other = (precisions[:-1], recalls[:-1]) if precision is not None else (recalls[:-1], precisions[:-1])
    places = np.flatnonzero(reached >= wanted)
    if not places.size:
        raise ConfigurationError(f"no threshold reaches {wanted}; the best is {reached.max():.3f}")
    best = places[np.argmax(other[places])]
    return ThresholdChoice(_written(thresholds[best], probabilities), float(precisions[best]), float(recalls[best]))


def parse_threshold(option: str) -> tuple[Label, float]:
    """Read `label=value`.

    >>> parse_threshold("efficacy_claim=0.3")
    (<Label.EFFICACY_CLAIM: 'efficacy_claim'>, 0.3)
    """
    name, _, number = option.partition("=")
    try:
        return Label(name.strip()), float(number)
    except ValueError:
        raise ConfigurationError(
            f"--threshold {option}: no label=value; labels are {', '.join(Label)}, values lie between 0 and 1"
        ) from None


def with_thresholds(model: _Model, thresholds: Mapping[Label | str, float] | None, *, prefer: str | None) -> _Model:
    """Return the model with the thresholds that `prefer` names, and those of `thresholds` in place of its own.

    The model that was given stays as it is.
    """
    changed: Any = copy.copy(model)
    if prefer not in (None, "recall"):
        raise ConfigurationError(f"prefer: {prefer!r} is none of: recall")
    values = np.array(changed.thresholds_recall_ if prefer == "recall" else changed.thresholds_, dtype=float)
    for name, value in (thresholds or {}).items():
        try:
            label = Label(name)
        except ValueError:
            raise ConfigurationError(f"thresholds: {name!r} is no label; labels are {', '.join(Label)}") from None
        if not 0 < value < 1:
            raise ConfigurationError(f"threshold of {label.value}: {value} does not lie between 0 and 1")
        values[list(Label).index(label)] = value
    changed.thresholds_ = values
    return changed  # type: ignore[no-any-return]  # a copy of what was given


def confidence(probabilities: Floats, thresholds: Floats) -> Floats:
    """Return how sure each labelling is, from 0 to 1, of shape (sentences,).

    That is how far the probabilities are from their thresholds, each as a share of the way to 0 or to 1, on the mean.
    Of the simple formulas that were tried, this one catches the most wrong primary labels on held-out documents.

    >>> confidence(np.array([[0.9, 0.2]]), np.array([0.5, 0.4])).round(2)
    array([0.65])
    """
    above = (probabilities - thresholds) / (1 - thresholds)
    below = (thresholds - probabilities) / thresholds
    return np.asarray(np.where(probabilities >= thresholds, above, below).mean(axis=1))


def review_band(probabilities: Floats, thresholds: Floats) -> float:
    """Return the confidence below which the least sure `REVIEWED_SHARE` of the sentences lies."""
    if not len(probabilities):
        return 0.0
    return round(float(np.quantile(confidence(probabilities, thresholds), REVIEWED_SHARE)), 4)


def _written(threshold: float, probabilities: Floats) -> float:
    """Return a threshold of few digits, from four on, that parts the probabilities as the one given does."""
    wanted = min(max(float(threshold), 1e-12), 1 - 1e-9)
    lower = probabilities[probabilities < wanted]
    floor = float(lower.max()) if lower.size else 0.0
    for digits in range(4, 16):
        shorter: float = math.floor(wanted * 10**digits) / 10**digits
        if floor < shorter <= wanted:
            return shorter
    return wanted
