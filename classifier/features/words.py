"""Word types: what of a word is the same wherever it stands, worked out once for each."""

from __future__ import annotations

import secrets
import threading
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from classifier.features.tokens import DIGIT, FACTOR, LETTER, Hashes, Integers, Tokens, tokenise
from classifier.lexicons import LEXICONS, load_lexicon

__all__ = ["BUCKETS", "Words", "bucket", "grown", "paired_hashes", "ragged", "scattered", "term_index"]

BUCKETS = 2**18
"""How many columns the hashed features share."""

Booleans = npt.NDArray[np.bool_]
Array = TypeVar("Array", bound=npt.NDArray[Any])

_PARTS = (3, 4, 5)  # characters
_LONGEST_PART = 24  # characters of a word that are cut into parts; the rest of a longer one is no word
_OPENING, _CLOSING = map(ord, "<>")  # stand before and after a word that is cut into parts
_FACTOR, _SPREAD = np.uint64(FACTOR), np.uint64(0xD6E8FEB86659FD93)
_UNUSED_BITS = np.uint64(64 - BUCKETS.bit_length() + 1)
_FEWEST_SLOTS = 2**12


def bucket(name: str) -> int:
    """Return the column of a feature that is known by name."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS


class Words:
    """The word types met so far, numbered in the order of their coming.

    A type never changes once it has a number, so readers need no lock, though slots are written while they read:
    `hashes`, one a type; `parts` and `part_ends`, the columns of its character n-grams; `terms` and `term_ends`, the
    lexicon terms that it is by itself; `opens`, whether a term of several words begins with it; `is_number`.
    """

    def __init__(self) -> None:
        self.hashes: Hashes = np.empty(0, np.uint64)
        self.parts: Integers = np.empty(0, np.int64)
        self.part_ends: Integers = np.zeros(1, np.int64)
        self.terms: Integers = np.empty(0, np.int64)
        self.term_ends: Integers = np.zeros(1, np.int64)
        self.opens: Booleans = np.empty(0, np.bool_)
        self.is_number: Booleans = np.empty(0, np.bool_)
        self._slots = np.full(_FEWEST_SLOTS, -1, np.int32)  # numbers, each in the first free slot from its hash on
        self._factor = np.uint64(secrets.randbits(64) | 1)  # so that no text can be made whose words meet in one slot
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.is_number)

    def numbers_of(self, tokens: Tokens) -> Integers:
        """Return the number of each token's type; types that have none yet get one."""
        numbers = self._find(tokens.hashes)
        unknown = np.flatnonzero(numbers < 0)
        if len(unknown):
            with self._lock:
                found = self._find(tokens.hashes[unknown])  # another thread may have been quicker
                places = unknown[found < 0]
                self._add(dict(zip(tokens.hashes[places].tolist(), places.tolist(), strict=True)), tokens)
            numbers[unknown] = self._find(tokens.hashes[unknown])
        return numbers

    def _find(self, hashes: Hashes) -> Integers:
        """Return the numbers of some hashes, -1 where there is none."""
        slots = self._slots
        places = self._places(hashes, slots)
        numbers = slots[places].astype(np.int64)
        open_ones = np.flatnonzero(numbers >= 0)
        while len(open_ones := open_ones[self.hashes[numbers[open_ones]] != hashes[open_ones]]):
            places[open_ones] = (places[open_ones] + 1) % len(slots)
            numbers[open_ones] = slots[places[open_ones]]
            open_ones = open_ones[numbers[open_ones] >= 0]
        return numbers

    def _add(self, fresh: Mapping[int, int], tokens: Tokens) -> None:
        """Give a number to some types: hashes, and where among the tokens one of the type stands."""
        index, places = term_index(), np.fromiter(fresh.values(), np.int64, len(fresh))
        parts, counts = _parts(tokens, places)
        terms = [index.single.get(one, ()) for one in fresh]
        self.parts = grown(self.parts, parts)
        self.part_ends = grown(self.part_ends, self.part_ends[-1] + np.cumsum(counts))
        self.terms = grown(self.terms, [term for row in terms for term in row])
        self.term_ends = grown(self.term_ends, self.term_ends[-1] + np.cumsum([len(row) for row in terms]))
        self.opens = grown(self.opens, [one in index.opening for one in fresh])
        self.hashes = grown(self.hashes, tokens.hashes[places])
        self.is_number = grown(self.is_number, tokens.kinds[tokens.starts[places]] == DIGIT)
        first, count = len(self.hashes) - len(fresh), len(self.hashes)
        slots = self._slots
        if 4 * count > len(slots):
            slots, first = np.full(2 ** (8 * count).bit_length(), -1, np.int32), 0
        for number, place in enumerate(self._places(self.hashes[first:], slots).tolist(), first):
            while slots[place] >= 0:
                place = (place + 1) % len(slots)
            slots[place] = number
        self._slots = slots  # last of all, so that a number is seen only when all that it means is there

    def _places(self, hashes: Hashes, slots: npt.NDArray[np.int32]) -> Integers:
        """Return the slot of each hash, the first that it may stand in."""
        bits = np.uint64(64 - len(slots).bit_length() + 1)
        return (hashes * self._factor >> bits).astype(np.int64)


def grown(array: Array, fresh: Sequence[Any] | npt.NDArray[Any]) -> Array:
    """Return an array with rows added at its end; where it is a view with room behind it, nothing is copied.

    Only the latest of such arrays may be made to grow; the earlier ones stay as they are.

    >>> grown(grown(np.array([1, 2]), [3]), [4, 5])
    array([1, 2, 3, 4, 5])
    """
    length = len(array) + len(fresh)
    room = array.base
    if room is None or len(room) < length:
        room = np.empty((2 * length, *array.shape[1:]), array.dtype)
        room[: len(array)] = array
    room[len(array) : length] = fresh
    return room[:length]  # type: ignore[return-value]  # of the same type


class _Terms:
    """The terms of all lexicons as hashes of tokens: of one word, and of several by the hash of their first two."""

    def __init__(self) -> None:
        self.single: dict[int, tuple[int, ...]] = {}
        self.longer: dict[int, tuple[tuple[int, tuple[int, ...]], ...]] = {}
        named = [
            (number, lexicon, term) for number, lexicon in enumerate(LEXICONS) for term in sorted(load_lexicon(lexicon))
        ]
        tokens = tokenise([term for _, _, term in named])
        hashes, starts = tokens.hashes, tokens.bounds[:-1]
        self.length: Integers = np.diff(tokens.bounds)
        for place in np.flatnonzero(self.length == 1).tolist():
            only = int(hashes[starts[place]])
            self.single[only] = (*self.single.get(only, ()), place)
        several = np.flatnonzero(self.length > 1)
        firsts = hashes[starts[several]]
        pairs = paired_hashes(firsts, hashes[starts[several] + 1])
        for place, pair in zip(several.tolist(), pairs.tolist(), strict=True):
            rest = tuple(hashes[starts[place] + 2 : starts[place] + self.length[place]].tolist())
            self.longer[pair] = (*self.longer.get(pair, ()), (place, rest))
        self.opening = frozenset(firsts.tolist())
        self.pairs: Hashes = np.unique(pairs)
        self.longest = int(self.length.max())  # tokens
        self.lexicon: Integers = np.array([number for number, _, _ in named], np.int64)
        self.column: Integers = np.array([bucket(f"{lexicon}:{term}") for _, lexicon, term in named], np.int64)


def paired_hashes(first: Hashes, second: Hashes) -> Hashes:
    """Return one hash for each two tokens that follow each other; by another factor than that inside a token."""
    return first * _SPREAD + second


@cache
def term_index() -> _Terms:
    """Return the terms of the lexicons."""
    return _Terms()


def ragged(starts: Integers, lengths: Integers) -> Integers:
    """Return the places of some runs, one after the other.

    >>> ragged(np.array([5, 0]), np.array([2, 3]))
    array([5, 6, 0, 1, 2])
    """
    before = np.cumsum(lengths) - lengths
    places: Integers = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return places


def _parts(tokens: Tokens, places: Integers) -> tuple[Integers, Integers]:
    """Return the columns of the three to five characters inside some tokens, token by token, and how many each has.

    All are hashed at once: h(abc) = (a·K + b)·K + c, and so on. What is no word has no parts.
    """
    starts = tokens.starts[places]
    letters = np.minimum(tokens.ends[places] - starts, _LONGEST_PART) * (tokens.kinds[starts] == LETTER)
    lengths = letters + 2 * (letters > 0)
    stops = np.cumsum(lengths)
    words = np.full(lengths.sum(), _OPENING, np.uint64)
    words[stops[letters > 0] - 1] = _CLOSING
    words[ragged(stops - lengths + 1, letters)] = tokens.plain[ragged(starts, letters)]
    left = np.repeat(stops, lengths) - np.arange(len(words))  # characters from here to the end of the word
    hashes = np.zeros((len(words), len(_PARTS)), np.uint64)
    running = words
    for length in range(2, max(_PARTS) + 1):
        running = running[:-1] * _FACTOR + words[length - 1 :]
        if length in _PARTS:
            hashes[: len(running), _PARTS.index(length)] = running
    fits = left[:, None] >= np.array(_PARTS)
    counts = np.bincount(np.repeat(np.arange(len(places)), lengths), fits.sum(axis=1), len(places))
    return scattered(hashes[fits]), counts.astype(np.int64)


def scattered(hashes: npt.NDArray[np.uint64]) -> Integers:
    """Return the columns of 64-bit hashes."""
    return (hashes * _SPREAD >> _UNUSED_BITS).astype(np.int64)
