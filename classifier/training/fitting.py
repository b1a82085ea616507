"""Fit the fast model on labelled passages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from classifier.corpora import Passage
from classifier.evaluation import label_matrix
from classifier.features import Pages, Words, read_pages
from classifier.tagger import EncoderTagger, Tagger
from classifier.tagger.decision import Floats, sigmoid

__all__ = ["pages_of", "said_by", "train"]


def train(
    passages: Sequence[Passage],
    tagger: Tagger | None = None,
    *,
    said: Floats | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Tagger:
    """Fit `tagger` (a default one unless given) on passages; passages of one group stay in one fold.

    `said`, as `said_by` gives it, counts as much as the labels. `advance` is called after each of `tagger.folds` + 1
    steps.
    """
    groups = [passage.group for passage in passages for _ in passage.units]
    return (tagger or Tagger()).fit(pages_of(passages), label_matrix(passages), groups, said=said, advance=advance)


def said_by(teacher: EncoderTagger, passages: Iterable[Passage]) -> Floats:
    """Return the probabilities that the encoder of a model gives, of shape (units, labels).

    The fast model beside it is not asked: that one says what it was told of the passages it has learnt from.
    """
    pages = [(passage.document, passage.sentences) for passage in passages]
    return sigmoid(teacher.margins(pages, is_cascade=False).encoded)


def pages_of(passages: Iterable[Passage], words: Words | None = None) -> Pages:
    """Return the units of passages as the features read them."""
    return read_pages([(passage.text, passage.sentences) for passage in passages], words or Words())
