"""Word types: what of a word is the same wherever it stands, worked out once for each."""

from __future__ import annotations

import re
import threading
import zlib
from functools import cache

import numpy as np
import numpy.typing as npt

from classifier.lexicons import LEXICONS, load_lexicon

__all__ = ["BUCKETS", "PLAIN", "TOKEN", "Words", "bucket", "plain_tokens", "term_index"]

BUCKETS = 2**18
"""How many columns the hashed features share."""

Integers = npt.NDArray[np.int64]

TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s]")
PLAIN = {ord(digit): "0" for digit in "123456789"} | {ord("’"): "'"}
_LONGEST_PART = 24  # characters of a word that are cut into parts; the rest of a longer one is no word


def plain_tokens(text: str) -> list[str]:
    """Return words, numbers and marks, in lower case and with every digit a zero.

    >>> plain_tokens("Women’s Omega-3 (60%)")
    ["women's", 'omega', '-', '0', '(', '00', '%', ')']
    """
    return TOKEN.findall(text.lower().translate(PLAIN))


def bucket(name: str) -> int:
    """Return the column of a feature that is known by name."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % BUCKETS


class Words:
    """The word types met so far, numbered in the order of their coming.

    A type never changes once it has a number, so readers need no lock: `hashes`, one 32-bit hash a type; `parts` and
    `part_ends`, the columns of its character n-grams; `terms`, the number of the lexicon term that it is, or -1;
    `opens`, whether a term of several words begins with it.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.names: list[str] = []
        self.hashes: Integers = np.empty(0, np.int64)
        self.parts: Integers = np.empty(0, np.int64)
        self.part_ends: Integers = np.zeros(1, np.int64)
        self.opens: npt.NDArray[np.bool_] = np.empty(0, np.bool_)
        self.own_terms: list[tuple[int, ...]] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.names)

    def add(self, tokens: list[list[str]]) -> None:
        """Give a number to the types among `tokens` that have none yet."""
        with self._lock:
            fresh = list(dict.fromkeys(token for row in tokens for token in row if token not in self.numbers))
            if not fresh:
                return
            terms = term_index()
            parts = [_parts(token) for token in fresh]
            self.hashes = np.append(
                self.hashes, [zlib.crc32(token.encode("utf-8", "surrogatepass")) for token in fresh]
            )
            self.parts = np.append(self.parts, np.fromiter((part for row in parts for part in row), np.int64))
            self.part_ends = np.append(self.part_ends, self.part_ends[-1] + np.cumsum([len(row) for row in parts]))
            self.opens = np.append(self.opens, [token in terms.longer for token in fresh])
            self.own_terms.extend(terms.single.get(token, ()) for token in fresh)
            self.names.extend(fresh)
            first = len(self.numbers)  # last of all, so that a number is seen only when all that it means is there
            self.numbers.update((token, first + place) for place, token in enumerate(fresh))


class _Terms:
    """The terms of all lexicons as tokens: of one word, and of several by their first."""

    def __init__(self) -> None:
        self.single: dict[str, tuple[int, ...]] = {}
        self.longer: dict[str, tuple[tuple[int, tuple[str, ...]], ...]] = {}
        self.lexicon: list[int] = []
        self.column: list[int] = []
        self.length: list[int] = []
        for number, lexicon in enumerate(LEXICONS):
            for term in sorted(load_lexicon(lexicon)):
                first, *rest = plain_tokens(term)
                place = len(self.lexicon)
                if rest:
                    self.longer[first] = (*self.longer.get(first, ()), (place, tuple(rest)))
                else:
                    self.single[first] = (*self.single.get(first, ()), place)
                self.lexicon.append(number)
                self.column.append(bucket(f"{lexicon}:{term}"))
                self.length.append(1 + len(rest))


@cache
def term_index() -> _Terms:
    """Return the terms of the lexicons."""
    return _Terms()


def _parts(token: str) -> list[int]:
    """Return the columns of the three to five characters inside a word."""
    if not token[0].isalpha():
        return []
    word = f"<{token[:_LONGEST_PART]}>"
    return [
        bucket(f"~{word[start : start + length]}") for length in (3, 4, 5) for start in range(len(word) - length + 1)
    ]
