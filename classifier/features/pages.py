"""Documents with their sentences → one set of arrays, from which both training and prediction are computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from classifier.features.tokens import CHUNK, DIGIT, LETTER, LOWER, UPPER, Integers, Tokens, tokenise
from classifier.features.words import Words, paired_hashes, ragged, term_index
from classifier.folding import fold, is_unusual
from classifier.lexicons import LEXICONS
from classifier.records import Sentence

__all__ = ["LAYOUT", "Pages", "line_ends", "plain_text", "read_pages", "token_spans"]

_BULLET = re.compile(r"\s{0,40}(?:[^\w\s\"'“‘(\[#$£€]|\d{1,2}[.)](?=\s))")
# Markdown's own signs, and what a link hides: they belong to the sentence but say nothing.
_MASKED = re.compile(r"(?<=\])\([^()\s]{0,500}\)|<!--.{0,1000}?-->|https?://\S+|^#{1,6}(?=\s)|\*\*|__|`")
_SIGNS = ("](", "<!--", "://", "#", "**", "__", "`")
_USUAL_GAPS = {" ": 0, "\n": 1, "\n\n": 2}
_LONGEST_HEADING = 10  # tokens
_LENGTHS = 2 ** np.arange(10)  # characters
_NO_HEADING_ENDS = tuple(map(ord, ".,;"))
_ANY_LETTER, _ANY_NUMBER = map(ord, "a0")

LAYOUT = {"shape": 128, "case": 8, "length": 11, "tokens": 9, "place": 5, "first": 1024, "last": 1024, "asked": 2}
"""What is seen of how a sentence stands on the page, and how many values each has."""
_CASE, _PLACE = list(LAYOUT).index("case"), list(LAYOUT).index("place")


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
    usual = _USUAL_GAPS.get(gap)
    return gap.count("\n") + gap.count("\r") - gap.count("\r\n") if usual is None else usual


def read_pages(documents: Iterable[tuple[str, Sequence[Sentence]]], words: Words) -> Pages:
    """Read texts with their sentences, in order; new word types are added to `words`."""
    plain: list[str] = []
    breaks: list[int] = []  # lines that end before a sentence; two before the first of a document
    counts: list[int] = []
    for text, sentences in documents:
        plain += _plain_sentences(text, sentences)
        breaks += [2, *(line_ends(text[one.end : other.start]) for one, other in pairwise(sentences))][: len(sentences)]
        counts.append(len(sentences))
    read = [_read(texts, words) for texts in _chunks(plain)]
    tokens, lengths, looks = (np.concatenate(parts) for parts in zip(*read, strict=True))
    starts = np.zeros(len(plain) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    count = np.repeat(counts, counts)
    every, firsts = np.arange(len(plain)), np.repeat(np.cumsum(counts, dtype=np.int64) - counts, counts)
    layout, heading, stem = _layout(plain, np.array(breaks, np.int64), looks, lengths, firsts)
    layout[:, _PLACE] = (every - firsts) * 5 // count
    has_number = np.searchsorted(starts, np.flatnonzero(words.is_number[tokens]), side="right") - 1
    layout[has_number, _CASE] |= 4
    before, after = np.where(every > firsts, every - 1, -1), np.where(every + 1 < firsts + count, every + 1, -1)
    terms, term_starts = _find_terms(words, tokens, starts)
    term_rows = np.searchsorted(starts, term_starts, side="right") - 1
    touched = term_rows * len(LEXICONS) + term_index().lexicon[terms]
    met = np.bincount(touched, minlength=len(plain) * len(LEXICONS)).reshape(len(plain), len(LEXICONS))
    return Pages(words, tokens, starts, before, after, heading, stem, layout, terms, term_rows, term_starts, met)


def _plain_sentences(text: str, sentences: Sequence[Sentence]) -> list[str]:
    """Return each sentence as a reader sees it."""
    texts = [sentence.text for sentence in sentences]
    return [plain_text(text) for text in texts] if is_unusual(text) or _has_signs(text) else texts


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield runs of texts, at least one, even if empty; none has more than `CHUNK` characters unless one text has."""
    first = length = 0
    for place, text in enumerate(texts):
        if length + len(text) + 1 > CHUNK and place > first:
            yield texts[first:place]
            first, length = place, 0
        length += len(text) + 1
    yield texts[first:]


def _read(texts: Sequence[str], words: Words) -> tuple[Integers, Integers, Integers]:
    """Return the tokens of some sentences, how many each has, and how each looks: see `_layout`."""
    tokens = tokenise(texts)
    if not texts:
        return words.numbers_of(tokens), np.empty(0, np.int64), np.empty((0, 5), np.int64)
    starts, characters = tokens.offsets[:-1], np.diff(tokens.offsets) - 1
    kinds = tokens.kinds[starts]
    first = (tokens.codes[starts] % 1024).astype(np.int64)
    first[kinds == LETTER], first[kinds == DIGIT] = _ANY_LETTER, _ANY_NUMBER
    last = tokens.codes[tokens.offsets[1:] - 1 - (characters > 0)]
    looks = np.column_stack([_cases(tokens), characters, kinds == LETTER, first, last]).astype(np.int64)
    return words.numbers_of(tokens), np.diff(tokens.bounds), looks


def _cases(tokens: Tokens) -> Integers:
    """Return of each sentence whether all its letters are capitals (1), and whether each word has one (2), as `str`."""
    cases = tokens.cases
    follows = np.roll(cases, 1) > 0  # a letter goes before; before the first stands a line break, the last of all
    is_wrong = ((cases == UPPER) & follows) | ((cases == LOWER) & ~follows)
    seen = np.bitwise_or.reduceat(cases | is_wrong.astype(np.uint8) << 2, tokens.offsets[:-1])
    is_title = (seen > 0) & (seen & 4 == 0)
    return np.asarray((seen & 3 == UPPER) + 2 * is_title)


def _layout(
    plain: Sequence[str], breaks: Integers, looks: Integers, lengths: Integers, firsts: Integers
) -> tuple[Integers, Integers, Integers]:
    """Return how each sentence stands on the page, and the places of the heading and of the list stem above it.

    `looks`: its case, how many characters it has, whether it begins with a letter, its first and its last character.
    """
    case, characters, begins, first, last = looks.T
    every = np.arange(len(plain))
    is_first = every == firsts
    opens = breaks > 0
    closes = np.ones(len(plain), np.bool_)
    closes[:-1] = opens[1:]
    is_bullet = np.zeros(len(plain), np.bool_)
    for place in np.flatnonzero(opens & (begins == 0)).tolist():
        is_bullet[place] = _BULLET.match(plain[place]) is not None
    is_heading = opens & closes & (characters > 0) & (lengths <= _LONGEST_HEADING) & ~is_bullet
    for end in _NO_HEADING_ENDS:
        is_heading &= last != end
    heading = _last_before(is_heading, firsts)
    is_stem = last == ord(":")
    stem = _last_before(is_stem, np.maximum.accumulate(np.where(breaks > 1, every, 0)))
    after = np.array([is_heading, is_stem, last == ord("?")])
    after[:, 1:] = after[:, :-1]
    after[:, is_first] = False
    after_heading, after_colon, after_question = after
    bits = (opens, closes, is_bullet, is_heading, stem >= 0, after_colon, after_heading)
    shape = sum(bit.astype(np.int64) << place for place, bit in enumerate(bits))
    length = np.searchsorted(_LENGTHS, characters, side="right")
    tokens = np.minimum(lengths // 3, 8)
    return (
        np.column_stack([shape, case, length, tokens, np.zeros_like(case), first, last % 1024, after_question]),
        heading,
        stem,
    )


def _last_before(met: npt.NDArray[np.bool_], floors: Integers) -> Integers:
    """Return for each place the last one before it that is met and not below the floor, -1 where there is none."""
    last = np.full(len(met), -1, np.int64)
    np.maximum.accumulate(np.where(met[:-1], np.arange(len(met) - 1, dtype=np.int64), -1), out=last[1:])
    return np.where(last >= floors, last, -1)


def _find_terms(words: Words, tokens: Integers, starts: Integers) -> tuple[Integers, Integers]:
    """Return the lexicon terms, and the tokens that they begin at."""
    if not len(tokens):
        return tokens, tokens
    ends = words.term_ends
    lengths = (ends[1:] - ends[:-1])[tokens]
    terms = words.terms[ragged(ends[tokens], lengths)]
    places = np.repeat(np.arange(len(tokens)), lengths)
    index, hashes = term_index(), words.hashes
    opening = np.flatnonzero(words.opens[tokens[:-1]])
    pairs = paired_hashes(hashes[tokens[opening]], hashes[tokens[opening + 1]])
    is_met = index.pairs[np.searchsorted(index.pairs[:-1], pairs)] == pairs
    opening, pairs = opening[is_met], pairs[is_met]
    stops = starts[np.searchsorted(starts, opening, side="right")]  # of their sentences
    more_terms, more_places = [], []
    for place, stop, pair in zip(opening.tolist(), stops.tolist(), pairs.tolist(), strict=True):
        following = tuple(hashes[tokens[place + 2 : min(place + index.longest, stop)]].tolist())
        for term, rest in index.longer[pair]:
            if place + 2 <= stop and following[: len(rest)] == rest:
                more_terms.append(term)
                more_places.append(place)
    return np.append(terms, np.array(more_terms, np.int64)), np.append(places, np.array(more_places, np.int64))


def token_spans(text: str) -> list[tuple[int, int]]:
    """Return where the tokens of a sentence, as they are seen here, stand in the text as it is.

    >>> token_spans("Eases Pain.")
    [(0, 5), (6, 10), (10, 11)]
    """
    folded, places = fold(text)
    if not folded:
        folded, places = text, range(len(text) + 1)
    found = tokenise([_MASKED.sub(lambda match: " " * len(match.group()), folded)])
    return [
        (places[start], places[end - 1] + 1)
        for start, end in zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    ]
