"""What is gained when people look at the labellings that are least sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from classifier.evaluation.judged import Judged

__all__ = ["REVIEWED", "ReviewFigures", "review_figures"]

REVIEWED = (0.1, 0.2, 0.3)
"""The shares of the units that are taken to be reviewed, the least sure first."""

_COVERAGES = tuple(step / 20 for step in range(1, 21))


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """`caught` is the share of wrong primary labels by the share that is reviewed; nan where none is wrong.

    `risk` is the share of wrong primary labels among the surest units, by the share of units that these are.
    """

    caught: Mapping[float, float]
    risk: Mapping[float, float]


def review_figures(judged: Judged) -> ReviewFigures:
    """Return what review of the least sure units would catch, and the error that is left among the surest."""
    wrong = judged.primary != judged.primary_found
    order = np.argsort(judged.confidence, kind="stable")
    ordered = wrong[order]
    total = int(wrong.sum())
    surest = ordered[::-1]
    return ReviewFigures(
        caught={
            share: float(ordered[: round(share * len(ordered))].sum() / total) if total else float("nan")
            for share in REVIEWED
        },
        risk={share: float(surest[: max(1, round(share * len(surest)))].mean()) for share in _COVERAGES},
    )
