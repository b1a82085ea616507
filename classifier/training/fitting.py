"""Fit the fast model on labelled passages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from classifier.corpora import Passage
from classifier.evaluation import label_matrix
from classifier.features import Pages, Words, read_pages
from classifier.tagger import Tagger

__all__ = ["pages_of", "train"]


def train(
    passages: Sequence[Passage], tagger: Tagger | None = None, *, advance: Callable[[], None] = lambda: None
) -> Tagger:
    """Fit `tagger` (a default one unless given) on passages; passages of one group stay in one fold.

    `advance` is called after each of `tagger.folds` + 1 steps.
    """
    groups = [passage.group for passage in passages for _ in passage.units]
    return (tagger or Tagger()).fit(pages_of(passages), label_matrix(passages), groups, advance)


def pages_of(passages: Iterable[Passage], words: Words | None = None) -> Pages:
    """Return the units of passages as the features read them."""
    return read_pages([(passage.text, passage.sentences) for passage in passages], words or Words())
