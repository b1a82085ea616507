"""Fit the fast model on labelled passages."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from classifier.corpora import Passage
from classifier.evaluation import label_matrix
from classifier.features import Pages, Words, read_pages
from classifier.tagger import EncoderTagger, Tagger
from classifier.tagger.decision import Floats, sigmoid

__all__ = ["excerpts_of", "pages_of", "said_by", "train"]

_EXCERPTS = 0.3  # of the passages
_LONGEST_EXCERPT = 3  # units


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


def excerpts_of(passages: Iterable[Passage], *, seed: int = 0) -> Iterator[Passage]:
    """Yield some of the passages once more, cut into excerpts of one to three units, since users ask about such too."""
    chance = random.Random(seed)
    for passage in passages:
        if chance.random() >= _EXCERPTS:
            continue
        first = 0
        while first < len(passage.units):
            units = passage.units[first : first + chance.randint(1, _LONGEST_EXCERPT)]
            start, end = units[0].start, units[-1].end
            yield replace(
                passage,
                doc_id=f"{passage.doc_id}/{first}",
                text=passage.text[start:end],
                units=tuple(replace(unit, start=unit.start - start, end=unit.end - start) for unit in units),
            )
            first += len(units)


def pages_of(passages: Iterable[Passage], words: Words | None = None) -> Pages:
    """Return the units of passages as the features read them."""
    return read_pages([(passage.text, passage.sentences) for passage in passages], words or Words())
