"""Word lists as data: one file a list, one term a line, matched on whole words whatever their case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

__all__ = ["GROUPED", "LEXICONS", "Term", "find_meant_terms", "find_names", "find_terms", "load_groups", "load_lexicon"]

LEXICONS = ("diseases", "functions", "biology", "benefits", "hazards", "persuasion", "wellness")
"""The lists that the package ships, each in `<name>.txt` with its meaning in the first line."""

GROUPED = ("agents", "outcomes")
"""Lists whose lines hold the names of one thing, parted by commas, the group's name first."""

_WORD = re.compile(r"[^\W_]+(?:['+/][^\W_]+)*|[#+%]")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a lexicon where it stands in a text."""

    lexicon: str
    start: int
    end: int
    term: str


def find_terms(text: str, lexicons: tuple[str, ...] = LEXICONS) -> list[Term]:
    """Return the terms of the lexicons in `text`; within a lexicon the longest at each place, none overlapping.

    >>> [(term.lexicon, term.term) for term in find_terms("May help lower High  Blood Pressure.")]
    [('benefits', 'help'), ('benefits', 'lower'), ('diseases', 'high blood pressure'), ('functions', 'blood pressure')]
    """
    words = list(_WORD.finditer(_plain(text)))
    named = _named([word[0] for word in words], lexicons)
    return [Term(lexicon, words[first].start(), words[last].end(), term) for lexicon, first, last, term in named]


def find_names(text: str, lexicons: tuple[str, ...] = LEXICONS) -> list[tuple[str, str]]:
    """Return the terms that `find_terms` finds, each as its lexicon and its name, without looking where it stands.

    >>> find_names("Sleep and calm.", ("outcomes",))
    [('outcomes', 'sleep'), ('outcomes', 'calm')]
    """
    return [(lexicon, term) for lexicon, _, _, term in _named(_WORD.findall(_plain(text)), lexicons)]


def _named(words: list[str], lexicons: tuple[str, ...]) -> list[tuple[str, int, int, str]]:
    """Return the terms among the words of a text: the lexicon, the first word and the last, and the term."""
    index = _index(lexicons)
    free = dict.fromkeys(lexicons, 0)  # the first word that no term of the lexicon has taken
    found = []
    for position, word in enumerate(words):
        for length, rest, lexicon, term in index.get(word, ()):
            end = position + length
            if free[lexicon] <= position and (not rest or rest == words[position + 1 : end]):
                found.append((lexicon, position, end - 1, term))
                free[lexicon] = end
    return found


def _meant_terms(text: str, lexicons: tuple[str, ...]) -> tuple[Term, ...]:
    return tuple(term for term in find_terms(text, lexicons) if term.lexicon != "diseases" or _is_meant(term, text))


_LONGEST_REMEMBERED = 2_000  # characters, so that what is remembered stays small
_remembered = lru_cache(maxsize=256)(_meant_terms)  # evidence and rules ask for the terms of the same claims


def find_meant_terms(text: str, lexicons: tuple[str, ...] = LEXICONS) -> tuple[Term, ...]:
    """Return the terms of the lexicons in `text`, without names of diseases that stand in another sense.

    >>> [term.term for term in find_meant_terms("Aids digestion. Long strokes.", ("diseases",))]
    []
    >>> [term.term for term in find_meant_terms("It cures AIDS and prevents strokes.", ("diseases",))]
    ['aids', 'strokes']
    """
    return (_remembered if len(text) <= _LONGEST_REMEMBERED else _meant_terms)(text, lexicons)


_VERBS = ("add", "aids")
_BEFORE_AIDS = re.compile(r"(?i)\b(?:cur\w{1,3}|treat\w{0,4}|prevent\w{0,3}|against|hiv(?:\W{1,3}(?:and|or))?)\W{1,3}$")
_STROKING = re.compile(
    r"(?i)\b(?:long|short|gentle|light|firm|even|upward|downward|slow|smooth|brush|each|every|circular|sweeping|soft|broad|"
    r"quick|few|swimming)\s{1,3}$"
)
_STROKED = re.compile(r"(?i)\s{1,3}(?:with|the|your|it|along|across|gently|upwards?|downwards?|of\s+(?:luck|genius))\b")
_CURRENT = re.compile(r"(?i)[\s-]{1,3}(?:radio|rf\b|electr|devices?\b|currents?\b|probes?\b|needles?\b|energy\b)")


def _is_meant(term: Term, text: str) -> bool:
    """Tell whether a name of a disease stands for it, by its capitals or by the words around it."""
    before, after = text[max(term.start - 20, 0) : term.start], text[term.end : term.end + 20]
    if term.term in _VERBS:
        if text[term.start : term.end].isupper():  # among capitals alone, only what follows tells a verb
            return not text.isupper() or re.match(r"\s+(?!(?:AND|OR)\b)\w", after) is None
        return term.term == "aids" and _BEFORE_AIDS.search(before) is not None
    if term.term in ("stroke", "strokes"):
        return _STROKING.search(before) is None and _STROKED.match(after) is None
    return term.term != "bipolar" or _CURRENT.match(after) is None


@cache
def load_lexicon(name: str) -> frozenset[str]:
    """Return the terms of a lexicon, lower-cased, words parted by one space."""
    if name in GROUPED:
        return frozenset(load_groups(name))
    lines = files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(" ".join(_WORD.findall(_plain(line))) for line in lines if not line.startswith("# "))


@cache
def load_groups(name: str) -> Mapping[str, str]:
    """Return the terms of one of `GROUPED`, each with the name of its group."""
    groups: dict[str, str] = {}
    for line in files(__package__).joinpath(f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("# "):
            terms = [" ".join(_WORD.findall(_plain(term))) for term in line.split(",")]
            groups.update((term, terms[0]) for term in terms)
    return MappingProxyType(groups)


@cache
def _index(lexicons: tuple[str, ...]) -> dict[str, tuple[tuple[int, list[str], str, str], ...]]:
    """Map the first word of each term to (number of words, further words, lexicon, term), the longest terms first."""
    index: dict[str, list[tuple[int, list[str], str, str]]] = {}
    for lexicon in lexicons:
        for term in sorted(load_lexicon(lexicon)):
            first, *rest = term.split(" ")
            index.setdefault(first, []).append((len(rest) + 1, rest, lexicon, term))
    return {first: tuple(sorted(entries, key=lambda entry: -entry[0])) for first, entries in index.items()}


def _plain(text: str) -> str:
    """Lower the case and straighten apostrophes, character for character, so that offsets stay true."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(character.lower()[0] for character in text)
    return lowered.replace("’", "'")
