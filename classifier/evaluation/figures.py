"""Figures on judged units: labels, primary label, flags, evidence, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, cohen_kappa_score

from classifier.evaluation.judged import PRIMARIES, Booleans, Floats, Judged
from classifier.records import Evidence, Label, Support

__all__ = [
    "EvidenceFigures",
    "Figures",
    "LabelFigures",
    "Ratio",
    "calibration_error",
    "figures_of",
    "macro_f1",
]

_NONE = float("nan")
"""Stands for a figure that is not defined: a precision where nothing was found, a recall where there is nothing."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many were found, how many there are, and how many of the found are right."""

    right: int
    found: int
    actual: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else _NONE

    @property
    def recall(self) -> float:
        return self.right / self.actual if self.actual else _NONE

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.found + self.actual) if self.found + self.actual else _NONE

    @classmethod
    def of(cls, truth: Booleans, found: Booleans) -> Ratio:
        return cls(int((truth & found).sum()), int(found.sum()), int(truth.sum()))


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """How well one label is found, and how far its probabilities can be trusted."""

    ratio: Ratio
    average_precision: float
    calibration_error: float
    brier: float
    brier_of_base_rate: float


@dataclass(frozen=True, slots=True)
class EvidenceFigures:
    """How well evidence is judged: `claims` are those that both the labels and the judged claims name.

    `supported` counts over all units; `levels` over the claims.
    """

    claims: int
    accuracy: float
    severity_accuracy: float
    supported: Ratio
    levels: Mapping[Evidence, Ratio]


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures on some units. A figure that is not defined is not a number (nan)."""

    documents: int
    units: int
    labels: Mapping[Label, LabelFigures]
    micro: Ratio
    exact_match: float
    primary_accuracy: float
    primary_kappa: float
    flag: Ratio
    flag_every_claim: Ratio
    evidence: EvidenceFigures

    @property
    def macro_f1(self) -> float:
        """The mean of F1 over the labels that occur, in the labels or in what was found."""
        return macro_f1([figures.ratio for figures in self.labels.values()])

    @property
    def calibration_error(self) -> float:
        return fmean(figures.calibration_error for figures in self.labels.values())

    @property
    def brier(self) -> float:
        return fmean(figures.brier for figures in self.labels.values())

    @property
    def brier_of_base_rate(self) -> float:
        return fmean(figures.brier_of_base_rate for figures in self.labels.values())

    def as_record(self) -> dict[str, Any]:
        """Return the figures as plain values of four digits, None for what is not defined."""
        return {
            "documents": self.documents,
            "units": self.units,
            "macro_f1": plain(self.macro_f1),
            "micro_f1": plain(self.micro.f1),
            "exact_match": plain(self.exact_match),
            "primary_accuracy": plain(self.primary_accuracy),
            "primary_kappa": plain(self.primary_kappa),
            "calibration_error": plain(self.calibration_error),
            "brier": plain(self.brier),
            "brier_of_base_rate": plain(self.brier_of_base_rate),
            "labels": {
                label.value: {
                    **ratio_record(figures.ratio),
                    "average_precision": plain(figures.average_precision),
                    "calibration_error": plain(figures.calibration_error),
                    "brier": plain(figures.brier),
                    "brier_of_base_rate": plain(figures.brier_of_base_rate),
                }
                for label, figures in self.labels.items()
            },
            "flag": ratio_record(self.flag),
            "flag_every_claim": ratio_record(self.flag_every_claim),
            "evidence": {
                "claims": self.evidence.claims,
                "accuracy": plain(self.evidence.accuracy),
                "severity_accuracy": plain(self.evidence.severity_accuracy),
                "supported": ratio_record(self.evidence.supported),
                "levels": {level.value: ratio_record(ratio) for level, ratio in self.evidence.levels.items()},
            },
        }


def figures_of(judged: Judged) -> Figures:
    """Return all figures on judged units, of which there must be one."""
    right = judged.truth == judged.found
    return Figures(
        documents=len(set(judged.documents)),
        units=len(judged),
        labels={
            label: _label_figures(judged.truth[:, column], judged.found[:, column], judged.scores[:, column])
            for column, label in enumerate(Label)
        },
        micro=Ratio.of(judged.truth, judged.found),
        exact_match=float(right.all(axis=1).mean()),
        primary_accuracy=float((judged.primary == judged.primary_found).mean()),
        primary_kappa=_kappa(judged),
        flag=Ratio.of(judged.should_flag, judged.is_flagged),
        flag_every_claim=Ratio.of(judged.should_flag, judged.is_claim_found),
        evidence=_evidence_figures(judged),
    )


def calibration_error(probabilities: Floats, truth: Booleans) -> float:
    """Return the expected calibration error over ten bins of equal width.

    >>> calibration_error(np.array([0.25, 0.25, 0.25, 0.25]), np.array([True, False, False, False]))
    0.0
    """
    bins = np.minimum((probabilities * 10).astype(int), 9)
    gaps = np.bincount(bins, probabilities, 10) - np.bincount(bins, truth, 10)
    return float(np.abs(gaps).sum() / len(truth))


def macro_f1(ratios: list[Ratio]) -> float:
    """Return the mean of F1 over what occurs.

    >>> macro_f1([Ratio(1, 1, 1), Ratio(0, 1, 0), Ratio(0, 0, 0)])
    0.5
    """
    defined = [ratio.f1 for ratio in ratios if ratio.found + ratio.actual]
    return fmean(defined) if defined else _NONE


def plain(value: float) -> float | None:
    """Return a figure with four digits, or None for one that is not defined."""
    return None if np.isnan(value) else round(float(value), 4)


def ratio_record(ratio: Ratio) -> dict[str, Any]:
    """Return a ratio as plain values."""
    return {
        "units": ratio.actual,
        "found": ratio.found,
        "precision": plain(ratio.precision),
        "recall": plain(ratio.recall),
        "f1": plain(ratio.f1),
    }


def _label_figures(truth: Booleans, found: Booleans, scores: Floats) -> LabelFigures:
    rate = float(truth.mean())
    return LabelFigures(
        ratio=Ratio.of(truth, found),
        average_precision=float(average_precision_score(truth, scores)) if truth.any() else _NONE,
        calibration_error=calibration_error(scores, truth),
        brier=float(np.mean((scores - truth) ** 2)),
        brier_of_base_rate=rate * (1 - rate),
    )


def _kappa(judged: Judged) -> float:
    seen = set(judged.primary) | set(judged.primary_found)
    if len(seen) < 2:
        return _NONE
    return float(cohen_kappa_score(judged.primary, judged.primary_found, labels=list(range(len(PRIMARIES)))))


def _evidence_figures(judged: Judged) -> EvidenceFigures:
    both = [
        (true, found)
        for true, found in zip(judged.evidence, judged.evidence_found, strict=True)
        if true is not None and found is not None
    ]
    severities = [
        true is found
        for true, found in zip(judged.severity, judged.severity_found, strict=True)
        if true is not None and found is not None
    ]
    return EvidenceFigures(
        claims=len(both),
        accuracy=fmean(true is found for true, found in both) if both else _NONE,
        severity_accuracy=fmean(severities) if severities else _NONE,
        supported=Ratio.of(_supported(judged.evidence), _supported(judged.evidence_found)),
        levels={
            level: Ratio(
                sum(true is level is found for true, found in both),
                sum(found is level for _, found in both),
                sum(true is level for true, _ in both),
            )
            for level in Evidence
        },
    )


def _supported(levels: tuple[Evidence | None, ...]) -> Booleans:
    return np.array([level is not None and level.support is Support.SUPPORTED for level in levels], dtype=bool)
