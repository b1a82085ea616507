"""Word lists as data: one file a list, one term a line, matched on whole words whatever their case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["LEXICONS", "Term", "find_terms", "load_lexicon"]

LEXICONS = ("diseases", "functions", "biology", "benefits", "hazards", "persuasion", "wellness")
"""The lists that the package ships, each in `<name>.txt` with its meaning in the first line."""

_WORD = re.compile(r"[^\W_]+(?:['+/][^\W_]+)*|[#+%]")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a lexicon where it stands in a text."""

    lexicon: str
    start: int
    end: int
    term: str


def find_terms(text: str) -> list[Term]:
    """Return the terms of all lexicons in `text`; within a lexicon the longest at each place, none overlapping.

    >>> [(term.lexicon, term.term) for term in find_terms("May help lower High  Blood Pressure.")]
    [('benefits', 'help'), ('benefits', 'lower'), ('diseases', 'high blood pressure'), ('functions', 'blood pressure')]
    """
    index = _index()
    words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(_plain(text))]
    free = dict.fromkeys(LEXICONS, 0)  # the first word that no term of the lexicon has taken
    terms = []
    for position, (start, _, word) in enumerate(words):
        for length, rest, lexicon in index.get(word, ()):
            last = position + length
            if free[lexicon] <= position and rest == tuple(word for _, _, word in words[position + 1 : last]):
                terms.append(Term(lexicon, start, words[last - 1][1], " ".join((word, *rest))))
                free[lexicon] = last
    return terms


@cache
def load_lexicon(name: str) -> frozenset[str]:
    """Return the terms of one of `LEXICONS`, lower-cased, words parted by one space."""
    lines = files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(" ".join(_WORD.findall(_plain(line))) for line in lines if not line.startswith("# "))


@cache
def _index() -> dict[str, tuple[tuple[int, tuple[str, ...], str], ...]]:
    """Map the first word of each term to (number of words, further words, lexicon), the longest terms first."""
    index: dict[str, list[tuple[int, tuple[str, ...], str]]] = {}
    for lexicon in LEXICONS:
        for term in sorted(load_lexicon(lexicon)):
            first, *rest = term.split(" ")
            index.setdefault(first, []).append((len(rest) + 1, tuple(rest), lexicon))
    return {first: tuple(sorted(entries, key=lambda entry: -entry[0])) for first, entries in index.items()}


def _plain(text: str) -> str:
    """Lower the case and straighten apostrophes, character for character, so that offsets stay true."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(character.lower()[0] for character in text)
    return lowered.replace("’", "'")
