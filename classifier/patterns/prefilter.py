"""Tell by the words of a text which of many things it may name, so that only these are looked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

__all__ = ["Prefilter"]

T = TypeVar("T")

_LONGEST_START = 3  # characters by which a literal is looked up
_MOST_WORDS = 2**14  # that are remembered
_LONGEST_WORD = 40  # characters; what is longer is looked through anew each time
_PIECE = re.compile(r" ?[^ ]+ ?")


class Prefilter(Generic[T]):
    """Things with their literals in lower case; a thing counts where one of its literals may stand.

    Literals are sought within words, and each word remembers what it holds. Of a literal of several words the longest
    is sought first.

    >>> prefilter = Prefilter([("trial", ["clinical trial", "rct"]), ("year", ["19", "20"])])
    >>> prefilter.candidates("two rcts"), prefilter.candidates("clinical work in 2019")
    (['trial'], ['year'])
    """

    def __init__(self, things: Iterable[tuple[T, Iterable[str]]]) -> None:
        self._things: list[T] = []
        self._literals: list[tuple[str, int]] = []  # what must stand beside the word, and the number of the thing
        self._starts: dict[str, list[tuple[str, int]]] = {}
        for number, (thing, literals) in enumerate(things):
            self._things.append(thing)
            for literal in literals:
                if not literal.strip() or literal.split() != literal.strip().split(" "):
                    raise ValueError(f"the literal {literal!r} is blank, or holds white space that is no single space")
                piece = max(_PIECE.findall(literal), key=len)
                self._starts.setdefault(piece[:_LONGEST_START], []).append((piece, len(self._literals)))
                self._literals.append(("" if piece == literal else literal, number))
        self._remembered: dict[str, frozenset[int]] = {}

    def candidates(self, lowered: str) -> list[T]:
        """Return the things of which a literal may stand in a text in lower case, in their order."""
        words = [*set(lowered.split())]
        held = [*map(self._remembered.get, words)]
        if None in held:
            held += [self._remember(word) for word, known in zip(words, held, strict=True) if known is None]
        met = frozenset[int]().union(*filter(None, held))
        found = {number for rest, number in map(self._literals.__getitem__, met) if rest in lowered}
        return [self._things[number] for number in sorted(found)]

    def _remember(self, word: str) -> frozenset[int]:
        """Return what a word holds; a long one is not remembered."""
        held = self._look_through(word)
        if len(word) <= _LONGEST_WORD:
            if len(self._remembered) >= _MOST_WORDS:
                self._remembered = {}
            self._remembered[word] = held
        return held

    def _look_through(self, word: str) -> frozenset[int]:
        """Return the numbers of the literals of which the longest piece stands in a word."""
        padded = f" {word} "
        return frozenset(
            number
            for place in range(len(padded))
            for length in range(1, _LONGEST_START + 1)
            for piece, number in self._starts.get(padded[place : place + length], ())
            if padded.startswith(piece, place)
        )
