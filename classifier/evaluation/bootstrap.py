"""How far figures could differ by the chance of which documents were labelled: the bootstrap by document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.evaluation.figures import plain
from classifier.evaluation.judged import Floats, Judged
from classifier.records import Label

__all__ = ["RESAMPLES", "Comparison", "Interval", "compare", "comparison_record", "intervals"]

RESAMPLES = 1000
"""How many times the documents are drawn anew, with a fixed seed."""

_CHUNK = 200  # resamples that are held at once


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and the middle 95% of what it is when documents are drawn anew."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One figure of two models on the same documents: `difference` is the second's minus the first's.

    `p_value` is two-sided: how often chance alone would draw documents on which the better one is not better, doubled.
    The documents as they are count as one of the draws, so it is never nothing.
    """

    first: float
    second: float
    difference: Interval
    p_value: float


def intervals(judged: Judged) -> Mapping[str, Interval]:
    """Return figures with their intervals; one that is undefined in some resamples is taken over the others."""
    counts = _counts(judged)
    values = _figures(counts.sum(axis=0, keepdims=True))
    drawn = _figures(_resampled(counts))
    return {name: _interval(float(values[name][0]), drawn[name]) for name in values}


def compare(first: Judged, second: Judged) -> Mapping[str, Comparison]:
    """Compare two models on the same units by a paired bootstrap over documents."""
    counts = [_counts(judged) for judged in (first, second)]
    one, two = (_figures(count.sum(axis=0, keepdims=True)) for count in counts)
    drawn_one, drawn_two = (_figures(_resampled(count)) for count in counts)
    found = {}
    for name in one:
        differences = drawn_two[name] - drawn_one[name]
        value = float(two[name][0] - one[name][0])
        known = differences[~np.isnan(differences)]
        if known.size:
            least = min(int(np.sum(known <= 0)), int(np.sum(known >= 0)))
            p_value = min(1.0, 2 * (least + 1) / (known.size + 1))
        else:
            p_value = float("nan")
        found[name] = Comparison(float(one[name][0]), float(two[name][0]), _interval(value, differences), p_value)
    return found


def comparison_record(found: Mapping[str, Comparison]) -> dict[str, Any]:
    """Return comparisons as plain values of four digits, None for what is not defined."""
    return {
        name: {
            "first": plain(one.first),
            "second": plain(one.second),
            "difference": plain(one.difference.value),
            "interval_95": [plain(one.difference.low), plain(one.difference.high)],
            "p_value": plain(one.p_value),
        }
        for name, one in found.items()
    }


def _interval(value: float, drawn: Floats) -> Interval:
    known = drawn[~np.isnan(drawn)]
    low, high = np.quantile(known, [0.025, 0.975]) if known.size else (np.nan, np.nan)
    return Interval(value, float(low), float(high))


def _counts(judged: Judged) -> Floats:
    """Return one row a document, from whose sums every figure follows."""
    numbers = judged.document_numbers
    columns = [
        *(judged.truth & judged.found).T,
        *judged.found.T,
        *judged.truth.T,
        np.ones(len(judged)),
        judged.primary == judged.primary_found,
        (judged.truth == judged.found).all(axis=1),
        judged.is_flagged & judged.should_flag,
        judged.is_flagged,
        judged.should_flag,
    ]
    return np.column_stack([np.bincount(numbers, np.asarray(column, dtype=float)) for column in columns])


def _resampled(counts: Floats) -> Floats:
    generator = np.random.default_rng(0)
    documents = len(counts)
    shares = np.full(documents, 1 / documents)
    parts = [
        generator.multinomial(documents, shares, size=_CHUNK).astype(float) @ counts for _ in range(RESAMPLES // _CHUNK)
    ]
    return np.concatenate(parts)


def _figures(sums: Floats) -> dict[str, Floats]:
    """Return each figure for each row of sums."""
    labels = len(Label)
    right, found, actual = (sums[:, start * labels : (start + 1) * labels] for start in range(3))
    units, primaries, exact, flags_right, flags, should_flag = sums[:, 3 * labels :].T
    with np.errstate(divide="ignore", invalid="ignore"):
        f1 = 2 * right / (found + actual)
        occurs = ~np.isnan(f1)
        return {
            "macro_f1": np.where(occurs, f1, 0).sum(axis=1) / occurs.sum(axis=1),
            "micro_f1": 2 * right.sum(axis=1) / (found + actual).sum(axis=1),
            **{f"f1 {label.value}": f1[:, column] for column, label in enumerate(Label)},
            "primary_accuracy": primaries / units,
            "exact_match": exact / units,
            "flag_precision": flags_right / flags,
            "flag_recall": flags_right / should_flag,
            "flag_f1": 2 * flags_right / (flags + should_flag),
        }
