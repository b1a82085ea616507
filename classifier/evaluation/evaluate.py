"""One evaluation: the figures, their intervals, by group, the review of doubtful units, and the worst mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any

import numpy as np

from classifier.corpora import Passage
from classifier.corpora.reading import fingerprint
from classifier.errors import ConfigurationError
from classifier.evaluation.bootstrap import Interval, intervals
from classifier.evaluation.figures import Figures, figures_of, plain
from classifier.evaluation.judged import Judged, judge
from classifier.evaluation.review import ReviewFigures, review_figures
from classifier.model_store import find_model, load_model
from classifier.records import Label
from classifier.tagger import SentenceModel

__all__ = ["Evaluation", "Mistake", "choose", "evaluate", "unseen"]

SCHEMA = "healthclaims.evaluation/1"
MISTAKES = 20
"""How many of the worst mistakes are listed unless told otherwise."""

_LARGEST = 12  # product areas


@dataclass(frozen=True, slots=True)
class Mistake:
    """A label that is wrong on a unit: `score` is its probability, `truth` whether it should hold."""

    document: str
    text: str
    label: Label
    truth: bool
    score: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that is known of a model on some passages. `groups` maps a way of dividing to the figures of its parts."""

    model: str
    judged: Judged
    figures: Figures
    intervals: Mapping[str, Interval]
    review: ReviewFigures
    groups: Mapping[str, Mapping[str, Figures]]
    mistakes: tuple[Mistake, ...]

    def as_record(self) -> dict[str, Any]:
        """Return everything but the texts' own scores as plain values."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "evidence_by_gold_labels": self.judged.by_gold_labels,
            "figures": self.figures.as_record(),
            "intervals_95": {name: [plain(one.low), plain(one.high)] for name, one in self.intervals.items()},
            "review": {
                "wrong_primaries_caught": {str(share): plain(value) for share, value in self.review.caught.items()},
                "risk_by_coverage": {str(share): plain(value) for share, value in self.review.risk.items()},
            },
            "groups": {
                way: {name: figures.as_record() for name, figures in parts.items()}
                for way, parts in self.groups.items()
            },
            "mistakes": [asdict(mistake) for mistake in self.mistakes],
        }


def evaluate(
    model: SentenceModel,
    passages: Sequence[Passage],
    *,
    name: str = "model",
    sources: Mapping[str, str] | None = None,
    gold_labels: bool = False,
    mistakes: int = MISTAKES,
) -> Evaluation:
    """Tag the passages' units and compare with their labels; the arguments are those of `judge`."""
    judged = judge(model, passages, sources=sources, gold_labels=gold_labels)
    return Evaluation(
        model=name,
        judged=judged,
        figures=figures_of(judged),
        intervals=intervals(judged),
        review=review_figures(judged),
        groups=_groups(judged),
        mistakes=_worst(judged, model.thresholds_, mistakes),
    )


def unseen(model: str | PathLike[str], passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the passages that a model folder does not name among those it learnt from.

    A model that names none is taken to have learnt from the train and validation parts.
    """
    known = load_model(find_model(model)).arrays.get("learnt_from")
    if known is None:
        return tuple(passage for passage in passages if passage.split == "test")
    learnt_from = set(known.tolist())
    return tuple(passage for passage in passages if fingerprint(passage.text) not in learnt_from)


def choose(passages: Sequence[Passage], part: str, models: Sequence[str | PathLike[str]]) -> tuple[Passage, ...]:
    """Return the passages of a part: train, validation, test, all, or unseen, those that no model learnt from.

    Raises `ConfigurationError` if there are none.
    """
    chosen = tuple(passage for passage in passages if part in ("all", "unseen", passage.split))
    if part == "unseen":
        for model in models:
            chosen = unseen(model, chosen)
    if not chosen:
        raise ConfigurationError(f"--part {part}: no passage is of that part; give others, or --part all")
    return chosen


def _groups(judged: Judged) -> dict[str, dict[str, Figures]]:
    areas = [name for name, _ in Counter(judged.product_areas).most_common(_LARGEST)]
    divisions: dict[str, tuple[tuple[str, ...], Sequence[str]]] = {
        "source file": (judged.sources, sorted(set(judged.sources))),
        "page type": (judged.page_types, sorted(set(judged.page_types))),
        "product area": (judged.product_areas, areas),
    }
    found = {
        way: {name: figures_of(judged.where(value == name for value in values)) for name in names}
        for way, (values, names) in divisions.items()
        if set(values) - {"", "unknown"}
    }
    kinds = sorted({kind for kinds in judged.kinds for kind in kinds})
    if kinds:
        found["hard kind"] = {kind: figures_of(judged.where(kind in kinds for kinds in judged.kinds)) for kind in kinds}
    return found


def _worst(judged: Judged, thresholds: Any, count: int) -> tuple[Mistake, ...]:
    """Return the mistakes with the surest wrong probabilities."""
    wrong = judged.truth != judged.found
    above = (judged.scores - thresholds) / (1 - thresholds)
    below = (thresholds - judged.scores) / thresholds
    sureness = np.where(wrong, np.where(judged.found, above, below), -1.0)
    order = np.argsort(-sureness, axis=None, kind="stable")[: min(count, int(wrong.sum()))]
    labels = list(Label)
    return tuple(
        Mistake(
            judged.documents[row],
            judged.texts[row],
            labels[column],
            bool(judged.truth[row, column]),
            round(float(judged.scores[row, column]), 4),
        )
        for row, column in (divmod(int(place), len(labels)) for place in order)
    )
