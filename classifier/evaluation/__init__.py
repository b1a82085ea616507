"""Judge a model on labelled passages, with the sentences as they were labelled."""

from classifier.evaluation.bootstrap import Comparison, Interval, compare
from classifier.evaluation.evaluate import Evaluation, Mistake, choose, evaluate, unseen
from classifier.evaluation.figures import Figures, Ratio, calibration_error, figures_of
from classifier.evaluation.judged import Judged, judge, label_matrix

__all__ = [
    "Comparison",
    "Evaluation",
    "Figures",
    "Interval",
    "Judged",
    "Mistake",
    "Ratio",
    "calibration_error",
    "choose",
    "compare",
    "evaluate",
    "figures_of",
    "judge",
    "label_matrix",
    "unseen",
]
