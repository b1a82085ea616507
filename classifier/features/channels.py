"""The features of a sentence, channel by channel: which hashed columns stand in which row, and how they weigh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from classifier.features.pages import LAYOUT, Pages
from classifier.features.tokens import FACTOR, Hashes, Integers
from classifier.features.words import BUCKETS, bucket, ragged, scattered, term_index
from classifier.lexicons import LEXICONS

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

__all__ = [
    "AROUND",
    "CHANNELS",
    "WEIGHED",
    "Columns",
    "SentenceFeatures",
    "channels",
    "count_columns",
    "layout_columns",
    "mask_columns",
    "masks_of",
    "mix",
    "paired",
]

CHANNELS: Mapping[str, float] = {
    "words": 1.0,  # the words
    "pairs": 1.0,  # two words that follow each other
    "parts": 1.0,  # three to five characters inside a word
    "terms": 0.5,  # which terms of which lexicon, one by one
    "counts": 0.5,  # how many terms of each lexicon, and which lexicons meet
    "layout": 0.5,  # alone on its line, bullet, heading, capitals, first and last character, length, place
    "before": 0.3,  # the words of the sentence before
    "after": 0.3,  # the words of the sentence after
    "heading": 0.4,  # the words of the heading above
    "stem": 0.4,  # the words of the list stem above
    "surroundings": 0.3,  # which lexicons the neighbours, the heading and the stem touch
}
"""The groups of features and their weights; each is scaled to length on its own."""

AROUND = ("before", "after", "heading", "stem")
WEIGHED = frozenset({"words", "pairs", "parts", "terms", *AROUND})  # rare ones weigh more
_SALTS = {"words": 0, "pairs": 1, "before": 2, "after": 3, "heading": 4, "stem": 5}
_START, _END = 1, 2  # stand for the words before the first and after the last

Columns = tuple[Integers, Integers]
"""Rows and columns of one channel, one pair a feature; a feature that occurs twice stands there twice."""

Floats = npt.NDArray[np.floating[Any]]


def mix(left: Hashes, right: Hashes | int, channel: str) -> Integers:
    """Return the columns of hashed words, or pairs of them, in a channel."""
    product = left * np.uint64(FACTOR)
    product ^= np.asarray(right, np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    product ^= np.uint64(_SALTS[channel] * 0x165667B19E3779F9 & (2**64 - 1))
    return scattered(product)


def paired(pages: Pages) -> tuple[Hashes, Hashes, Integers]:
    """Return the hashes on the left and right of each pair of words, sentence ends included, and the bounds."""
    hashes = pages.words.hashes[pages.tokens]
    bounds = pages.starts + np.arange(len(pages) + 1)
    places = np.arange(len(hashes)) + np.repeat(np.arange(len(pages)), np.diff(pages.starts))
    left, right = np.full(bounds[-1], _START, np.uint64), np.full(bounds[-1], _END, np.uint64)
    left[places + 1] = right[places] = hashes
    return left, right, bounds


def mask_columns() -> Mapping[str, Integers]:
    """Return, for each neighbour and each set of lexicons that it may touch (as bits), the columns: shape (128, k)."""
    masks = np.arange(2 ** len(LEXICONS))
    return {
        place: np.column_stack(
            [
                *(
                    np.array([bucket(f"{place}{lexicon}={value}") for value in (0, 1)])[masks >> bit & 1]
                    for bit, lexicon in enumerate(LEXICONS)
                ),
                np.array([bucket(f"{place}={mask}") for mask in masks]),
            ]
        )
        for place in AROUND
    }


def count_columns() -> tuple[Integers, Integers]:
    """Return the columns of "at least k terms of a lexicon", shape (lexicons, 4), and of the lexicons that meet."""
    least = np.array([[bucket(f"{lexicon}>={count}") for count in range(4)] for lexicon in LEXICONS])
    masks = np.arange(2 ** len(LEXICONS))
    meet = np.column_stack(
        [
            np.array([bucket(f"{left}{a}{right}{b}") for a in (0, 1) for b in (0, 1)])[
                (masks >> first & 1) * 2 + (masks >> second & 1)
            ]
            for first, left in enumerate(LEXICONS)
            for second, right in enumerate(LEXICONS)
            if first < second
        ]
    )
    return least, meet


def layout_columns() -> list[Integers]:
    """Return the columns of each value of each part of the layout; those of "shape" also bit by bit, (values, k)."""
    columns = []
    for name, size in LAYOUT.items():
        values = np.arange(size)
        own = [np.array([bucket(f"{name}={value}") for value in values])]
        if name == "shape":
            own += [np.array([bucket(f"bit{bit}={value}") for value in (0, 1)])[values >> bit & 1] for bit in range(7)]
        columns.append(np.column_stack(own))
    return columns


def channels(pages: Pages) -> Iterator[tuple[str, Columns]]:
    """Yield each channel with its rows and columns."""
    rows = np.repeat(np.arange(len(pages)), np.diff(pages.starts))
    hashes = pages.words.hashes[pages.tokens]
    yield "words", (rows, mix(hashes, 0, "words"))
    left, right, bounds = paired(pages)
    yield "pairs", (np.repeat(np.arange(len(pages)), np.diff(bounds)), mix(left, right, "pairs"))
    ends = pages.words.part_ends
    lengths = (ends[1:] - ends[:-1])[pages.tokens]
    yield "parts", (np.repeat(rows, lengths), pages.words.parts[ragged(ends[pages.tokens], lengths)])
    yield "terms", (pages.term_rows, term_index().column[pages.terms])
    masks = masks_of(pages)
    least, meet = count_columns()
    counted = [
        (np.flatnonzero(pages.counts[:, lexicon] >= count), least[lexicon, count])
        for lexicon in range(len(LEXICONS))
        for count in range(least.shape[1])
    ]
    every = np.arange(len(pages))
    yield (
        "counts",
        (
            np.concatenate([*(found for found, _ in counted), np.repeat(every, meet.shape[1])]),
            np.concatenate([*(np.full(len(found), column) for found, column in counted), meet[masks].ravel()]),
        ),
    )
    stacked = np.column_stack([table[pages.layout[:, part]] for part, table in enumerate(layout_columns())])
    yield "layout", (np.repeat(every, stacked.shape[1]), stacked.ravel())
    for place in AROUND:
        other = getattr(pages, place)
        lengths = np.where(other >= 0, np.diff(pages.starts)[other], 0) if len(pages) else other
        words = ragged(pages.starts[:-1][other], lengths) if len(pages) else other
        yield place, (np.repeat(every, lengths), mix(hashes[words], 0, place))
    columns = mask_columns()
    stacked = np.column_stack([columns[place][_mask_at(masks, getattr(pages, place))] for place in AROUND])
    yield "surroundings", (np.repeat(every, stacked.shape[1]), stacked.ravel())


def masks_of(pages: Pages) -> Integers:
    """Return which lexicons each sentence touches, as bits."""
    touched: Integers = ((pages.counts > 0) * (1 << np.arange(len(LEXICONS)))).sum(axis=1)
    return touched


def _mask_at(masks: Integers, places: Integers) -> Integers:
    if not len(masks):
        return places
    found: Integers = masks[places] * (places >= 0)
    return found


class SentenceFeatures:
    """Turn pages into a sparse matrix of shape (sentences, `BUCKETS`).

    Each channel of a sentence is scaled to length and weighted; the sentence is their sum. Learnt are only the inverse
    document frequencies, `idf_` of shape (BUCKETS,).
    """

    def fit(self, X: Pages) -> Self:
        frequencies = np.zeros(BUCKETS)
        for name, (rows, columns) in channels(X):
            if name in WEIGHED:
                once = np.unique(rows * BUCKETS + columns)
                frequencies += np.bincount(once % BUCKETS, minlength=BUCKETS)
        self.idf_ = (np.log((1 + len(X)) / (1 + frequencies)) + 1).astype(np.float32)
        return self

    def transform(self, X: Pages) -> csr_matrix:
        from scipy.sparse import csr_matrix

        every_row, every_column, every_value = [], [], []
        for name, (rows, columns) in channels(X):
            values = self.idf_[columns].astype(np.float64) if name in WEIGHED else np.ones(len(columns))
            lengths = np.sqrt(np.bincount(rows, values**2, minlength=len(X)))
            every_row.append(rows)
            every_column.append(columns)
            every_value.append(CHANNELS[name] * values / lengths[rows])
        parts = (np.concatenate(every_row), np.concatenate(every_column))
        return csr_matrix((np.concatenate(every_value), parts), shape=(len(X), BUCKETS))
