"""Documents with their sentences → one set of arrays, from which both training and prediction are computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat

import numpy as np

from classifier.features.words import TOKEN, Integers, Words, lowered, plain_tokens, ragged, term_index, token_finder
from classifier.folding import fold, is_unusual
from classifier.lexicons import LEXICONS
from classifier.records import Sentence

__all__ = ["LAYOUT", "Pages", "line_ends", "plain_text", "read_pages", "token_spans"]

_BULLET = re.compile(r"\s{0,40}(?:[^\w\s\"'“‘(\[#$£€]|\d{1,2}[.)](?=\s))")
# Markdown's own signs, and what a link hides: they belong to the sentence but say nothing.
_MASKED = re.compile(r"(?<=\])\([^()\s]{0,500}\)|<!--.{0,1000}?-->|https?://\S+|^#{1,6}(?=\s)|\*\*|__|`")
_SIGNS = ("](", "<!--", "://", "#", "**", "__", "`")
_LONGEST_HEADING = 10  # tokens

LAYOUT = {"shape": 128, "case": 8, "length": 11, "tokens": 9, "place": 5, "first": 1024, "last": 1024, "asked": 2}
"""What is seen of how a sentence stands on the page, and how many values each has."""


@dataclass(frozen=True, slots=True)
class Pages:
    """The sentences of some documents as arrays; n sentences, t tokens.

    `tokens` (t,) are numbers of word types and `starts` (n + 1,) their bounds; `before`, `after`, `heading` and `stem`
    (n,) the places of the sentences around, -1 where there is none; `layout` (n, len(LAYOUT)); `terms`, `term_rows`
    and `term_starts` which lexicon terms stand in which sentence, from which token on; `counts` (n, lexicons).
    """

    words: Words
    tokens: Integers
    starts: Integers
    before: Integers
    after: Integers
    heading: Integers
    stem: Integers
    layout: Integers
    terms: Integers
    term_rows: Integers
    term_starts: Integers
    counts: Integers

    def __len__(self) -> int:
        return len(self.starts) - 1


def plain_text(text: str) -> str:
    """Return what a reader sees of a sentence: no invisible characters, no signs of Markdown, no addresses."""
    if is_unusual(text):
        text = fold(text)[0] or text
    return _MASKED.sub(" ", text) if _has_signs(text) else text


def _has_signs(text: str) -> bool:
    return any(sign in text for sign in _SIGNS)


def line_ends(gap: str) -> int:
    r"""Return how many lines end in what stands between two sentences.

    >>> [line_ends(gap) for gap in (" ", "\n", "\r\n", "\r\r", "\r\n\r\n")]
    [0, 1, 1, 2, 2]
    """
    return gap.count("\n") + gap.count("\r") - gap.count("\r\n")


def read_pages(documents: Iterable[tuple[str, Sequence[Sentence]]], words: Words) -> Pages:
    """Read texts with their sentences, in order; new word types are added to `words`."""
    rows: list[list[str]] = []
    around: list[tuple[int, int, int, int]] = []
    layout: list[tuple[int, ...]] = []
    for text, sentences in documents:
        _read(text, sentences, rows, around, layout)
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    tokens = _numbers(rows, words)
    before, after, heading, stem = np.array(around, np.int64).reshape(len(rows), 4).T
    seen = np.array(layout, np.int64).reshape(len(rows), len(LAYOUT))
    numeric = np.searchsorted(starts, np.flatnonzero(words.is_number[tokens]), side="right") - 1
    seen[numeric, list(LAYOUT).index("case")] |= 4
    terms, term_starts = _find_terms(words, rows, tokens, starts)
    term_rows = np.searchsorted(starts, term_starts, side="right") - 1
    touched = term_rows * len(LEXICONS) + term_index().lexicon[terms]
    counts = np.bincount(touched, minlength=len(rows) * len(LEXICONS)).reshape(len(rows), len(LEXICONS))
    return Pages(words, tokens, starts, before, after, heading, stem, seen, terms, term_rows, term_starts, counts)


def _numbers(rows: Sequence[Sequence[str]], words: Words) -> Integers:
    """Return the numbers of all tokens."""
    numbers, count = words.numbers, sum(map(len, rows))
    tokens = np.fromiter(map(numbers.get, chain.from_iterable(rows), repeat(-1)), np.int64, count)
    if count and tokens.min() < 0:
        words.add(chain.from_iterable(rows))
        tokens = np.fromiter(map(numbers.__getitem__, chain.from_iterable(rows)), np.int64, count)
    return tokens


def _read(
    text: str,
    sentences: Sequence[Sentence],
    rows: list[list[str]],
    around: list[tuple[int, int, int, int]],
    layout: list[tuple[int, ...]],
) -> None:
    """Append what one document shows: the tokens of its sentences, their neighbours and their layout."""
    first, count = len(rows), len(sentences)
    heading = stem = -1
    after_colon = after_question = after_heading = False
    ends = [2, *(line_ends(text[one.end : other.start]) for one, other in pairwise(sentences)), 2]
    for position, (plain, tokens) in enumerate(_plain_rows(text, sentences)):
        place = first + position
        opens, closes = ends[position] > 0, ends[position + 1] > 0
        if ends[position] > 1:
            stem = -1
        start, end = plain[:1], plain[-1:]
        is_bullet = opens and _BULLET.match(plain) is not None
        is_heading = opens and closes and len(tokens) <= _LONGEST_HEADING and end not in ".,;" and not is_bullet
        rows.append(tokens)
        around.append((place - 1 if position else -1, place + 1 if position + 1 < count else -1, heading, stem))
        layout.append(
            (
                opens
                | closes << 1
                | is_bullet << 2
                | is_heading << 3
                | (stem >= 0) << 4
                | after_colon << 5
                | after_heading << 6,
                plain.isupper() | plain.istitle() << 1,  # and 4 where a number stands in it
                min(len(plain).bit_length(), 10),
                min(len(tokens) // 3, 8),
                position * 5 // count,
                97 if start.isalpha() else 48 if start.isdigit() else ord(start or " ") % 1024,
                ord(end or " ") % 1024,
                after_question,
            )
        )
        after_colon, after_question, after_heading = end == ":", end == "?", is_heading
        if is_heading:
            heading = place
        if after_colon:
            stem = place


def _plain_rows(text: str, sentences: Sequence[Sentence]) -> Iterator[tuple[str, list[str]]]:
    """Yield each sentence as a reader sees it, and its tokens."""
    low = "" if is_unusual(text) or _has_signs(text) else lowered(text)
    if len(low) == len(text):  # the usual case: nothing to mask, and offsets stay what they are
        find = token_finder(low).findall
        for sentence in sentences:
            yield sentence.text, find(low, sentence.start, sentence.end)
    else:
        for sentence in sentences:
            plain = plain_text(sentence.text)
            yield plain, plain_tokens(plain)


def _find_terms(
    words: Words, rows: Sequence[Sequence[str]], tokens: Integers, starts: Integers
) -> tuple[Integers, Integers]:
    """Return the lexicon terms, and the tokens that they begin at."""
    if not len(tokens):
        return tokens, tokens
    ends = words.term_ends
    lengths = (ends[1:] - ends[:-1])[tokens]
    terms = words.terms[ragged(ends[tokens], lengths)]
    places = np.repeat(np.arange(len(tokens)), lengths)
    longer = term_index().longer
    opening = np.flatnonzero(words.opens[tokens])
    in_rows = np.searchsorted(starts, opening, side="right") - 1
    more_terms, more_places = [], []
    for place, row, at in zip(opening.tolist(), in_rows.tolist(), (opening - starts[in_rows]).tolist(), strict=True):
        sentence = rows[row]
        for term, rest in longer.get(tuple(sentence[at : at + 2]), ()):
            if tuple(sentence[at + 2 : at + 2 + len(rest)]) == rest:
                more_terms.append(term)
                more_places.append(place)
    return np.append(terms, np.array(more_terms, np.int64)), np.append(places, np.array(more_places, np.int64))


def token_spans(text: str) -> list[tuple[str, int, int]]:
    """Return the tokens of a sentence as they are seen here, with their place in the text as it stands.

    >>> token_spans("Eases Pain.")
    [('eases', 0, 5), ('pain', 6, 10), ('.', 10, 11)]
    """
    folded, places = fold(text)
    if not folded:
        folded, places = text, range(len(text) + 1)
    plain = _MASKED.sub(lambda match: " " * len(match.group()), folded)
    origins = [place for place, character in enumerate(plain) for _ in character.lower()]
    return [
        (match.group(), places[origins[match.start()]], places[origins[match.end() - 1]] + 1)
        for match in TOKEN.finditer(lowered(plain))
    ]
