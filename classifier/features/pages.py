"""Documents with their sentences → one set of arrays, from which both training and prediction are computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from classifier.features.words import PLAIN, TOKEN, Integers, Words, plain_tokens, term_index
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
    return _MASKED.sub(" ", text) if any(sign in text for sign in _SIGNS) else text


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
    numbers = words.numbers
    tokens = [numbers.get(token, -1) for row in rows for token in row]
    if -1 in tokens:
        words.add(rows)
        tokens = [numbers[token] for row in rows for token in row]
    starts = np.zeros(len(rows) + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    before, after, heading, stem = np.array(around, np.int64).reshape(len(rows), 4).T
    numbered = np.array(tokens, np.int64)
    terms, term_starts = _find_terms(words, rows, numbered, starts)
    term_rows = np.searchsorted(starts, term_starts, side="right") - 1
    counts = np.zeros((len(rows), len(LEXICONS)), np.int64)
    np.add.at(counts, (term_rows, np.array(term_index().lexicon, np.int64)[terms]), 1)
    return Pages(
        words,
        numbered,
        starts,
        before,
        after,
        heading,
        stem,
        np.array(layout, np.int64).reshape(len(rows), len(LAYOUT)),
        terms,
        term_rows,
        term_starts,
        counts,
    )


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
    ended = 0
    opens, blank = True, False
    for position, sentence in enumerate(sentences):
        place = first + position
        plain = plain_text(sentence.text)
        tokens = plain_tokens(plain)
        if position:
            gap = text[ended : sentence.start]
            ends = line_ends(gap)
            opens, blank = ends > 0, ends > 1
        ended = sentence.end
        if position + 1 < count:
            gap = text[ended : sentences[position + 1].start]
            closes = line_ends(gap) > 0
        else:
            closes = True
        if blank:
            stem = -1
        end = plain[-1:]
        is_bullet = opens and _BULLET.match(plain) is not None
        is_heading = opens and closes and len(tokens) <= _LONGEST_HEADING and end not in ".,;" and not is_bullet
        start = plain[:1]
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
                plain.isupper() | plain.istitle() << 1 | any(token[0] == "0" for token in tokens) << 2,
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


def _find_terms(
    words: Words, rows: Sequence[Sequence[str]], tokens: Integers, starts: Integers
) -> tuple[Integers, Integers]:
    """Return the lexicon terms, and the tokens that they begin at."""
    if not len(tokens):
        return tokens, tokens
    has_own = np.fromiter(map(bool, words.own_terms), np.bool_, len(words.own_terms))
    single = np.flatnonzero(has_own[tokens])
    own = [words.own_terms[number] for number in tokens[single].tolist()]
    terms = list(chain.from_iterable(own))
    places = np.repeat(single, [len(found) for found in own]).tolist()
    longer = term_index().longer
    opening = np.flatnonzero(words.opens[tokens])
    in_rows = np.searchsorted(starts, opening, side="right") - 1
    for place, row, start in zip(opening.tolist(), in_rows.tolist(), starts[in_rows].tolist(), strict=True):
        sentence, at = rows[row], place - start
        for term, rest in longer[sentence[at]]:
            if tuple(sentence[at + 1 : at + 1 + len(rest)]) == rest:
                terms.append(term)
                places.append(place)
    return np.array(terms, np.int64), np.array(places, np.int64)


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
        for match in TOKEN.finditer(plain.lower().translate(PLAIN))
    ]
