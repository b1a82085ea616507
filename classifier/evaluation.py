"""Measure a tagger on labelled passages, with the sentences as they were labelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import precision_recall_fscore_support

from classifier.corpora import Passage
from classifier.records import Label
from classifier.tagger import Tagger, tag
from classifier.training import label_matrix

__all__ = ["Figures", "calibration_error", "evaluate"]


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a tagger does: per label, and the means over the labels."""

    units: int
    precision: Mapping[Label, float]
    recall: Mapping[Label, float]
    f1: Mapping[Label, float]
    primary_accuracy: float
    calibration_error: float

    @property
    def macro_f1(self) -> float:
        return sum(self.f1.values()) / len(self.f1)

    def as_record(self) -> dict[str, Any]:
        """Return the figures as plain values, rounded to four digits."""

        def rounded(value: Any) -> Any:
            if isinstance(value, dict):
                return {str(key): rounded(item) for key, item in value.items()}
            return round(value, 4) if isinstance(value, float) else value

        return {**rounded(asdict(self)), "macro_f1": round(self.macro_f1, 4)}


def evaluate(tagger: Tagger, passages: Sequence[Passage]) -> Figures:
    """Tag the passages' units and compare with their labels."""
    tagged = [sentence for passage in passages for sentence in tag(tagger, passage.document, passage.sentences)]
    truth = label_matrix(passages)
    found = np.array([[label in sentence.labels for label in Label] for sentence in tagged])
    scores = np.array([[sentence.scores[label] for label in Label] for sentence in tagged])
    precision, recall, f1, _ = precision_recall_fscore_support(truth, found, average=None, zero_division=1.0)
    primaries = [unit.primary for passage in passages for unit in passage.units]
    right = sum(sentence.primary is primary for sentence, primary in zip(tagged, primaries, strict=True))
    return Figures(
        units=len(tagged),
        precision=dict(zip(Label, map(float, precision), strict=True)),
        recall=dict(zip(Label, map(float, recall), strict=True)),
        f1=dict(zip(Label, map(float, f1), strict=True)),
        primary_accuracy=right / len(tagged),
        calibration_error=float(np.mean([calibration_error(scores[:, i], truth[:, i]) for i in range(len(Label))])),
    )


def calibration_error(probabilities: npt.NDArray[np.floating[Any]], truth: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of equal width.

    >>> calibration_error(np.array([0.25, 0.25, 0.25, 0.25]), np.array([True, False, False, False]))
    0.0
    """
    bins = np.minimum((probabilities * 10).astype(int), 9)
    gaps = np.bincount(bins, probabilities, 10) - np.bincount(bins, truth, 10)
    return float(np.abs(gaps).sum() / len(truth))
