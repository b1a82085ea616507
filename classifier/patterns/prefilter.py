"""Tell by the words of a text which of many things it may name, so that only these are looked for."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation

__all__ = ["Prefilter"]

T = TypeVar("T")


class Prefilter(Generic[T]):
    """Things with their literals in lower case; a thing counts where one of its literals stands.

    All literals are sought in one pass over the text (Aho and Corasick 1975, "Efficient string matching"), within words
    too. White space of any length reads as one space, and so do the ends of the text.

    >>> prefilter = Prefilter([("trial", ["clinical trial", " rct"]), ("year", ["19", "20"])])
    >>> prefilter.candidates("rcts, two of them"), prefilter.candidates("clinical work in 2019")
    (['trial'], ['year'])
    """

    def __init__(self, things: Iterable[tuple[T, Iterable[str]]]) -> None:
        self._things: list[T] = []
        numbers: dict[str, list[int]] = {}  # of the things that have a literal
        for number, (thing, literals) in enumerate(things):
            self._things.append(thing)
            for literal in literals:
                if not literal.strip() or literal.split() != literal.strip().split(" "):
                    raise ValueError(f"the literal {literal!r} is blank, or holds white space that is no single space")
                numbers.setdefault(literal, []).append(number)
        self._numbers = [*numbers.values()]
        self._automaton = AhoCorasick([*numbers], implementation=Implementation.DFA, store_patterns=False)

    def candidates(self, lowered: str) -> list[T]:
        """Return the things of which a literal stands in a text in lower case, in their order."""
        text = f" {' '.join(lowered.split())} "
        met = {literal for literal, _, _ in self._find(text)}
        return [self._things[number] for number in sorted({*chain.from_iterable(map(self._numbers.__getitem__, met))})]

    def _find(self, text: str) -> list[tuple[int, int, int]]:
        try:
            return self._automaton.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # a lone surrogate, which stands in no literal
            return self._automaton.find_matches_as_indexes(text.encode("utf-8", "replace").decode(), overlapping=True)
