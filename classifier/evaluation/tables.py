"""Evaluations as titled tables, which the terminal shows as Markdown and the page as HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifier.corpora.statistics import Table
from classifier.evaluation.bootstrap import Comparison
from classifier.evaluation.evaluate import Evaluation
from classifier.evaluation.figures import Figures, Ratio
from classifier.records import Label
from classifier.reports.table import printable

__all__ = ["comparison_tables", "evaluation_tables"]

_LONGEST_TEXT = 160
_NAMES = {
    "macro_f1": "macro-F1 of the labels",
    "micro_f1": "micro-F1 of the labels",
    **{f"f1 {label.value}": f"F1 {label.value}" for label in Label},
    "primary_accuracy": "accuracy of the primary label",
    "exact_match": "units whose labels are all right",
    "flag_precision": "precision of the flag",
    "flag_recall": "recall of the flag",
    "flag_f1": "F1 of the flag",
}


def evaluation_tables(evaluation: Evaluation) -> Mapping[str, Table]:
    """Return title → (head, rows) of all that an evaluation holds."""
    figures = evaluation.figures
    return {
        f"{evaluation.model}: {figures.units} units of {figures.documents} documents": _overview(evaluation),
        "Labels": _labels(figures),
        "Flags and evidence" + (", labels given" if evaluation.judged.by_gold_labels else ""): _flags(evaluation),
        "Evidence levels": _levels(figures),
        "Review of the least sure units": (
            ("share reviewed", "share of the wrong primary labels that are caught"),
            [(f"{share:.0%}", caught) for share, caught in evaluation.review.caught.items()],
        ),
        "Error of the surest units": (
            ("share kept", "share with a wrong primary label"),
            [(f"{share:.0%}", risk) for share, risk in evaluation.review.risk.items() if round(share * 100) % 20 == 0],
        ),
        **{f"By {way}": _group(way, parts) for way, parts in evaluation.groups.items()},
        "Worst mistakes": (
            ("document", "label", "should hold", "probability", "text"),
            [
                (printable(one.document), one.label.value, "yes" if one.truth else "no", one.score, _short(one.text))
                for one in evaluation.mistakes
            ],
        ),
    }


def comparison_tables(first: str, second: str, found: Mapping[str, Comparison]) -> Mapping[str, Table]:
    """Return title → (head, rows) of two models side by side."""
    return {
        f"{first} and {second}": (
            ("figure", first, second, "difference", "from", "to", "p"),
            [
                (
                    _NAMES[name],
                    one.first,
                    one.second,
                    one.difference.value,
                    one.difference.low,
                    one.difference.high,
                    one.p_value,
                )
                for name, one in found.items()
            ],
        )
    }


def _overview(evaluation: Evaluation) -> Table:
    figures = evaluation.figures
    rows: list[tuple[object, ...]] = [
        (_NAMES[name], one.value, one.low, one.high) for name, one in evaluation.intervals.items()
    ]
    rows += [
        ("kappa of the primary label", figures.primary_kappa, "", ""),
        ("calibration error", figures.calibration_error, "", ""),
        ("Brier score", figures.brier, "", ""),
        ("Brier score of the base rate", figures.brier_of_base_rate, "", ""),
    ]
    return ("figure", "value", "from (95%)", "to"), rows


def _labels(figures: Figures) -> Table:
    head = (
        "label",
        "units",
        "precision",
        "recall",
        "F1",
        "average precision",
        "calibration error",
        "Brier",
        "of base rate",
    )
    return head, [
        (
            label.value,
            one.ratio.actual,
            *_shares(one.ratio),
            one.average_precision,
            one.calibration_error,
            one.brier,
            one.brier_of_base_rate,
        )
        for label, one in figures.labels.items()
    ]


def _flags(evaluation: Evaluation) -> Table:
    figures = evaluation.figures
    return ("what", "units", "found", "precision", "recall", "F1"), [
        ("flag: efficacy claim unsupported", *_ratio(figures.flag)),
        ("flag, if every efficacy claim were flagged", *_ratio(figures.flag_every_claim)),
        ("supported", *_ratio(figures.evidence.supported)),
        (f"right evidence level, of {figures.evidence.claims} claims", "", "", figures.evidence.accuracy, "", ""),
        ("right severity, where both call it unsupported", "", "", figures.evidence.severity_accuracy, "", ""),
    ]


def _levels(figures: Figures) -> Table:
    return ("level", "units", "found", "precision", "recall", "F1"), [
        (level.value, *_ratio(ratio)) for level, ratio in figures.evidence.levels.items()
    ]


def _group(way: str, parts: Mapping[str, Figures]) -> Table:
    """Return one row a part. Most kinds carry one label or none, so that F1 says nothing of them."""
    if way == "hard kind":
        return (way, "documents", "units", "primary accuracy", "all labels right"), [
            (name, one.documents, one.units, one.primary_accuracy, one.exact_match) for name, one in parts.items()
        ]
    head = (way, "documents", "units", "macro-F1", "micro-F1", "primary accuracy", "all labels right", "F1 of the flag")
    return head, [
        (
            printable(name),
            one.documents,
            one.units,
            one.macro_f1,
            one.micro.f1,
            one.primary_accuracy,
            one.exact_match,
            one.flag.f1,
        )
        for name, one in parts.items()
    ]


def _ratio(ratio: Ratio) -> Sequence[object]:
    return (ratio.actual, ratio.found, *_shares(ratio))


def _shares(ratio: Ratio) -> Sequence[float]:
    return (ratio.precision, ratio.recall, ratio.f1)


def _short(text: str) -> str:
    plain = printable(text)
    return plain if len(plain) <= _LONGEST_TEXT else plain[: _LONGEST_TEXT - 1] + "…"
