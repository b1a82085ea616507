"""Word types: what of a word is the same wherever it stands, worked out once for each."""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from classifier.lexicons import LEXICONS, load_lexicon

__all__ = [
    "BUCKETS",
    "TOKEN",
    "Words",
    "bucket",
    "grown",
    "lowered",
    "plain_tokens",
    "ragged",
    "term_index",
    "token_finder",
]

BUCKETS = 2**18
"""How many columns the hashed features share."""

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Array = TypeVar("Array", bound=npt.NDArray[Any])

TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s]")
_ASCII_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|0+(?:[.,]0+)*|[^\w\s]")  # the same in ASCII
_TILDE = zlib.crc32(b"~")
_LONGEST_PART = 24  # characters of a word that are cut into parts; the rest of a longer one is no word


def plain_tokens(text: str) -> list[str]:
    """Return words, numbers and marks, in lower case and with every digit a zero.

    >>> plain_tokens("Women’s Omega-3 (60%)")
    ["women's", 'omega', '-', '0', '(', '00', '%', ')']
    """
    text = lowered(text)
    return token_finder(text).findall(text)


def token_finder(text: str) -> re.Pattern[str]:
    """Return what finds the tokens of a text as `lowered` leaves it."""
    return _ASCII_TOKEN if text.isascii() else TOKEN


def lowered(text: str) -> str:
    """Return a text in lower case, every digit a zero and every apostrophe straight.

    >>> lowered("Women’s Omega-3")
    "women's omega-0"
    """
    text = text.lower().replace("’", "'")
    for digit in "123456789":  # replacing one by one is many times quicker than `translate` outside ASCII
        text = text.replace(digit, "0")
    return text


def bucket(name: str) -> int:
    """Return the column of a feature that is known by name."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS


class Words:
    """The word types met so far, numbered in the order of their coming.

    A type never changes once it has a number, so readers need no lock: `hashes`, one 32-bit hash a type; `parts` and
    `part_ends`, the columns of its character n-grams; `terms` and `term_ends`, the lexicon terms that it is by itself;
    `opens`, whether a term of several words begins with it; `is_number`.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.hashes: Integers = np.empty(0, np.int64)
        self.parts: Integers = np.empty(0, np.int64)
        self.part_ends: Integers = np.zeros(1, np.int64)
        self.terms: Integers = np.empty(0, np.int64)
        self.term_ends: Integers = np.zeros(1, np.int64)
        self.opens: Booleans = np.empty(0, np.bool_)
        self.is_number: Booleans = np.empty(0, np.bool_)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.names)

    def add(self, tokens: Iterable[str]) -> None:
        """Give a number to the types among `tokens` that have none yet."""
        with self._lock:
            fresh = [token for token in dict.fromkeys(tokens) if token not in self.numbers]
            if not fresh:
                return
            index = term_index()
            parts = [_parts(token) for token in fresh]
            terms = [index.single.get(token, ()) for token in fresh]
            self.hashes = grown(self.hashes, [zlib.crc32(token.encode("utf-8", "surrogatepass")) for token in fresh])
            self.parts = grown(self.parts, list(chain.from_iterable(parts)))
            self.part_ends = grown(self.part_ends, self.part_ends[-1] + np.cumsum([len(row) for row in parts]))
            self.terms = grown(self.terms, list(chain.from_iterable(terms)))
            self.term_ends = grown(self.term_ends, self.term_ends[-1] + np.cumsum([len(row) for row in terms]))
            self.opens = grown(self.opens, [token in index.opening for token in fresh])
            self.is_number = grown(self.is_number, [token[0] == "0" for token in fresh])
            self.names.extend(fresh)
            first = len(self.numbers)  # last of all, so that a number is seen only when all that it means is there
            self.numbers.update((token, first + place) for place, token in enumerate(fresh))


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
    """The terms of all lexicons as tokens: of one word, and of several by their first two."""

    def __init__(self) -> None:
        self.single: dict[str, tuple[int, ...]] = {}
        self.longer: dict[tuple[str, str], tuple[tuple[int, tuple[str, ...]], ...]] = {}
        self.length: list[int] = []
        lexicons: list[int] = []
        columns: list[int] = []
        for number, lexicon in enumerate(LEXICONS):
            for term in sorted(load_lexicon(lexicon)):
                first, *rest = plain_tokens(term)
                place = len(columns)
                if rest:
                    second, *others = rest
                    self.longer[first, second] = (*self.longer.get((first, second), ()), (place, tuple(others)))
                else:
                    self.single[first] = (*self.single.get(first, ()), place)
                lexicons.append(number)
                columns.append(bucket(f"{lexicon}:{term}"))
                self.length.append(1 + len(rest))
        self.opening = frozenset(first for first, _ in self.longer)
        self.lexicon: Integers = np.array(lexicons, np.int64)
        self.column: Integers = np.array(columns, np.int64)


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


def _parts(token: str) -> list[int]:
    """Return the columns of the three to five characters inside a word."""
    if not token[0].isalpha():
        return []
    word = f"<{token[:_LONGEST_PART]}>"
    spans = [(start, start + length) for length in (3, 4, 5) for start in range(len(word) - length + 1)]
    if not word.isascii():
        return [bucket(f"~{word[start:end]}") for start, end in spans]
    letters = word.encode()
    return [zlib.crc32(letters[start:end], _TILDE) % BUCKETS for start, end in spans]  # the same, begun beforehand
