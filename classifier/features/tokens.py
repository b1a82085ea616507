"""Characters → tokens, of many sentences at once: words, numbers and marks, known by their hash and never cut out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from classifier.folding import lower

__all__ = ["CHUNK", "DIGIT", "FACTOR", "LETTER", "LOWER", "MARK", "UPPER", "Hashes", "Integers", "Tokens", "tokenise"]

Integers = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

LETTER, DIGIT, MARK = 1, 2, 3
"""The kinds of characters, and of the tokens that begin with one; white space and "_" are none and part tokens."""
UPPER, LOWER = 1, 2

CHUNK = 2**16
"""How many characters are best tokenised at once: the powers for them are kept."""
FACTOR = 0x9E3779B97F4A7C15
_INVERSE = pow(FACTOR, -1, 2**64)
_LONGEST_HASHED = 40  # characters of a token by which it is known
_USUAL = 0x3000  # characters below are looked up in a table that is made once
_APOSTROPHE, _COMMA, _STOP = map(ord, "',.")


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of n texts, t in all, and the c characters of these, each text with a line break after it.

    `hashes`, `starts`, `ends` (t,): where in the characters a token stands; `bounds` (n + 1,): which tokens are a
    text's; `offsets` (n + 1,): where its characters begin. `codes` (c,) are code points as they stand, `plain` those
    of small letters, with every digit a zero and every apostrophe straight; `kinds` (c,), `cases` (c,).
    """

    hashes: Hashes
    starts: Integers
    ends: Integers
    bounds: Integers
    offsets: Integers
    codes: npt.NDArray[np.uint32]
    plain: Hashes
    kinds: npt.NDArray[np.uint8]
    cases: npt.NDArray[np.uint8]


class _Facts(NamedTuple):
    """What is known of characters, one by one."""

    plain: Hashes
    kinds: npt.NDArray[np.uint8]
    cases: npt.NDArray[np.uint8]

    def at(self, places: npt.NDArray[np.integer[Any]]) -> _Facts:
        return _Facts(self.plain[places], self.kinds[places], self.cases[places])


def tokenise(texts: Sequence[str]) -> Tokens:
    """Return the tokens of some texts: words, apostrophes inside included, numbers, stops and commas inside, and marks.

    A token has the same hash wherever it stands; those that share their first 40 characters share it. It takes some 55
    bytes a character.

    >>> text = "Women’s Omega-3 (60.5%)"
    >>> found = tokenise([text])
    >>> [text[start:end] for start, end in zip(found.starts, found.ends)]
    ['Women’s', 'Omega', '-', '3', '(', '60.5', '%', ')']
    """
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) + 1 for text in texts], out=offsets[1:])
    codes = np.frombuffer("\n".join([*texts, ""]).encode("utf-32-le", "surrogatepass"), "<u4")
    plain, kinds, cases = _facts_of(codes)
    inner = np.flatnonzero((plain == _APOSTROPHE) | (plain == _COMMA) | (plain == _STOP))
    around = kinds[inner - 1]  # before the first character lies the last, a line break
    wanted = np.where(plain[inner] == _APOSTROPHE, LETTER, DIGIT)
    joins = (around == wanted) & (kinds[(inner + 1) % max(len(codes), 1)] == wanted)
    kinds[inner[joins]] = around[joins]
    parts = (kinds[1:] != kinds[:-1]) | (kinds[1:] == MARK)
    begins = kinds > 0
    finishes = begins.copy()
    begins[1:] &= parts
    finishes[:-1] &= parts | (kinds[:-1] == MARK)
    starts, ends = np.flatnonzero(begins), np.flatnonzero(finishes) + 1
    bounds = np.searchsorted(starts, offsets)
    return Tokens(_hashed(plain, starts, ends), starts, ends, bounds, offsets, codes, plain, kinds, cases)


def _hashed(plain: Hashes, starts: Integers, ends: Integers) -> Hashes:
    """Return the hash of each token, the sum of character times factor to the power of its place in the token."""
    powers, inverses = _powers(len(plain))
    sums = np.zeros(len(plain) + 1, np.uint64)
    np.cumsum(plain * powers, out=sums[1:])
    hashes: Hashes = (sums[np.minimum(ends, starts + _LONGEST_HASHED)] - sums[starts]) * inverses[starts]
    return hashes


def _powers(count: int) -> tuple[Hashes, Hashes]:
    powers, inverses = _kept_powers() if count <= CHUNK else _made_powers(count)
    return powers[:count], inverses[:count]


@cache
def _kept_powers() -> tuple[Hashes, Hashes]:
    return _made_powers(CHUNK)


def _made_powers(count: int) -> tuple[Hashes, Hashes]:
    made = np.empty((2, count), np.uint64)
    made[:, 0] = 1
    made[:, 1:] = np.array([[FACTOR], [_INVERSE]], np.uint64)
    np.multiply.accumulate(made, axis=1, out=made)
    return made[0], made[1]


def _facts_of(codes: npt.NDArray[np.uint32]) -> _Facts:
    facts = _table().at(np.minimum(codes, _USUAL - 1))
    rare = np.flatnonzero(codes >= _USUAL)
    if len(rare):
        different, places = np.unique(codes[rare], return_inverse=True)
        made = _made_facts(different.tolist()).at(places)
        facts.plain[rare], facts.kinds[rare], facts.cases[rare] = made
    return facts


@cache
def _table() -> _Facts:
    return _made_facts(range(_USUAL))


def _made_facts(codes: Iterable[int]) -> _Facts:
    plain, kinds, cases = zip(*(_facts(chr(code)) for code in codes), strict=True)
    return _Facts(np.array(plain, np.uint64), np.array(kinds, np.uint8), np.array(cases, np.uint8))


def _facts(character: str) -> tuple[int, int, int]:
    """Return the plain form of a character, its kind and its case."""
    plain = "0" if character.isdigit() else "'" if character == "’" else lower(character)
    kind = DIGIT if plain == "0" else LETTER if character.isalnum() else MARK
    if character.isspace() or character == "_":
        kind = 0
    return ord(plain), kind, UPPER if character.isupper() else LOWER if character.islower() else 0
