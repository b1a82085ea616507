"""Train a tagger on labelled passages, by the very path that assessment takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from classifier.corpora import Passage
from classifier.features import View, views
from classifier.records import Label
from classifier.tagger import Tagger

__all__ = ["label_matrix", "train", "views_of"]


def train(passages: Sequence[Passage], tagger: Tagger | None = None) -> Tagger:
    """Fit `tagger` (a default one unless given) on passages; passages of one group stay in one fold."""
    groups = [passage.group for passage in passages for _ in passage.units]
    return (tagger or Tagger()).fit(views_of(passages), label_matrix(passages), groups)


def views_of(passages: Iterable[Passage]) -> list[View]:
    """Return one view for each unit of the passages."""
    return [view for passage in passages for view in views(passage.text, passage.sentences)]


def label_matrix(passages: Iterable[Passage]) -> npt.NDArray[np.bool_]:
    """Return a boolean array of shape (units, labels)."""
    return np.array([[label in unit.labels for label in Label] for passage in passages for unit in passage.units])
