"""The margins of a linear model without its matrix: what each word type adds is looked up, not hashed again.

`Tables.margins(pages)` equals `SentenceFeatures.transform(pages) @ coefficients.T + intercepts`; a test holds the two
to 1e-6.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.features.channels import (
    AROUND,
    CHANNELS,
    Floats,
    count_columns,
    layout_columns,
    mask_columns,
    masks_of,
    mix,
    paired,
)
from classifier.features.pages import Pages
from classifier.features.tokens import Integers
from classifier.features.words import Words, grown, term_index

__all__ = ["Tables"]

_SCALED = ("words", "parts", "pairs", "terms", *AROUND)
_WEIGHTS = np.array([CHANNELS[channel] for channel in _SCALED])[:, None]
_MOST_TYPES = 30_000  # word types that are remembered; a long run stays as quick and as small as it began


class Tables:
    """What every feature adds to the margins, from `idf` (buckets,), `coefficients` (labels, buckets), `intercepts`."""

    def __init__(self, idf: Floats, coefficients: Floats, intercepts: Floats) -> None:
        plain = np.ascontiguousarray(coefficients.T, dtype=np.float64)
        weights = idf.astype(np.float64)[:, None]
        self._intercepts = intercepts
        self._weighed = np.hstack([plain * weights, weights**2])  # what a feature adds, and to the square of the length
        least, meet = count_columns()
        self._least = np.cumsum(plain[least], axis=1)
        self._meet = plain[meet].sum(axis=1)
        self._meets = meet.shape[1]
        layout = layout_columns()
        self._layout = np.concatenate([plain[columns].sum(axis=1) for columns in layout])
        self._layout_starts = np.cumsum([0, *map(len, layout)])[:-1]
        self._layouts = sum(columns.shape[1] for columns in layout)
        self._around = np.stack([plain[columns].sum(axis=1) for columns in mask_columns().values()])
        self._arounds = sum(columns.shape[1] for columns in mask_columns().values())
        self._terms = self._weighed[term_index().column]
        self._known = _Known(Words(), self._weighed)

    @property
    def words(self) -> Words:
        """The word types to read pages with."""
        known = self._known
        if len(known.words) > _MOST_TYPES:
            self._known = known = _Known(Words(), self._weighed)
        return known.words

    def margins(self, pages: Pages) -> Floats:
        """Return the margins, of shape (sentences, labels)."""
        known = self._known
        if known.words is not pages.words:  # read before the last start over
            known = _Known(pages.words, self._weighed)
        width = self._weighed.shape[1]
        own = _sums(known.rows()[pages.tokens], pages.starts).reshape(len(pages), 2 + len(AROUND), width)
        left, right, bounds = paired(pages)
        pairs = _sums(self._weighed[mix(left, right, "pairs")], bounds)
        cells = pages.term_rows[:, None] * width + np.arange(width)
        terms = np.bincount(cells.ravel(), self._terms[pages.terms].ravel(), len(pages) * width).reshape(-1, width)
        other = np.column_stack([getattr(pages, place) for place in AROUND])
        is_there = other >= 0
        places = np.arange(len(AROUND))
        around = own[other, 2 + places] * is_there[:, :, None]
        margins = _scaled(np.concatenate([np.stack([own[:, 0], own[:, 1], pairs, terms], axis=1), around], axis=1))
        margins += self._intercepts
        counts = np.minimum(pages.counts, self._least.shape[1] - 1)
        masks = masks_of(pages)
        counted = self._least[np.arange(counts.shape[1]), counts].sum(axis=1) + self._meet[masks]
        margins += CHANNELS["counts"] * counted / np.sqrt((counts + 1).sum(axis=1) + self._meets)[:, None]
        layout = self._layout[pages.layout + self._layout_starts].sum(axis=1)
        margins += CHANNELS["layout"] / np.sqrt(self._layouts) * layout
        touched = self._around[places, np.where(is_there, masks[other], 0)].sum(axis=1)
        margins += CHANNELS["surroundings"] / np.sqrt(self._arounds) * touched
        return np.asarray(margins)


class _Known:
    """The word types met so far, and one row for each: what it adds in each channel that it stands in."""

    def __init__(self, words: Words, weighed: Floats) -> None:
        self.words = words
        self._weighed = weighed
        self._rows = np.empty((0, weighed.shape[1] * (2 + len(AROUND))))
        self._lock = threading.Lock()

    def rows(self) -> npt.NDArray[Any]:
        """Return the rows of all types, those that came since the last call included."""
        with self._lock:
            done = len(self._rows)
            count = len(self.words)
            if done < count:
                hashes = self.words.hashes[done:count]
                ends = self.words.part_ends[done : count + 1]
                parts = _sums(self._weighed[self.words.parts[ends[0] : ends[-1]]], ends - ends[0])
                fresh = np.hstack(
                    [
                        self._weighed[mix(hashes, 0, "words")],
                        parts,
                        *(self._weighed[mix(hashes, 0, place)] for place in AROUND),
                    ]
                )
                self._rows = grown(self._rows, fresh)
            return self._rows


def _sums(values: Floats, bounds: Integers) -> Floats:
    """Return the sums of the runs of rows between bounds, zero for an empty run."""
    sums = np.zeros((len(bounds) - 1, values.shape[1]))
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled):
        sums[filled] = np.add.reduceat(values, bounds[filled], axis=0)
    return sums


def _scaled(sums: Floats) -> Floats:
    """Return what the channels of `_SCALED` add to the margins: each its sum, scaled to the length in the last column.

    `sums` has the shape (sentences, channels, labels + 1).
    """
    lengths = np.sqrt(sums[:, :, -1:])
    return np.asarray((_WEIGHTS * sums[:, :, :-1] / np.where(lengths > 0, lengths, 1.0)).sum(axis=1))
