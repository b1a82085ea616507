"""Sentences → the features that the tagger reads: words, their parts, layout, lexicon terms, and the surroundings.

`views` is a pure function from a text and its sentences to one `View` a sentence; `SentenceFeatures` turns views into a
sparse matrix. Training and assessment call both, so the two cannot drift.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, pairwise
from typing import Any, Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import TfidfTransformer

from classifier.folding import fold
from classifier.lexicons import LEXICONS, Term, find_terms
from classifier.records import Sentence

__all__ = ["CHANNELS", "SentenceFeatures", "View", "views"]

CHANNELS: Mapping[str, float] = {
    "words": 1.0,  # the words and their pairs
    "parts": 1.0,  # three to five characters inside a word
    "layout": 0.5,  # alone on its line, bullet, heading, capitals, marks, length, place
    "terms": 0.5,  # which terms of which lexicon, one by one
    "counts": 0.5,  # how many terms of each lexicon, and which lexicons meet
    "neighbours": 0.3,  # the words of the sentences before and after
    "headings": 0.4,  # the words of the heading and of the list stem above
    "surroundings": 0.3,  # which lexicons the neighbours, the heading and the stem touch
}
"""The groups of features and their weights; each is scaled to length on its own."""

View = Mapping[str, Sequence[str]]
"""What is seen of one sentence: the features of each channel as strings."""

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s]")
_DIGIT = re.compile(r"\d")
_BULLET = re.compile(r"\s{0,40}(?:[^\w\s\"'“‘(\[#$£€]|\d{1,2}[.)](?=\s))")
# Markdown's own signs, and what a link hides: they belong to the sentence but say nothing.
_MASKED = re.compile(r"(?<=\])\([^()\s]{0,500}\)|<!--.{0,1000}?-->|https?://\S+|^#{1,6}(?=\s)|\*\*|__|`")
_SECOND_PERSON = re.compile(r"\byou", re.IGNORECASE)
_FIRST_PERSON = re.compile(r"\b(?:i|my|we|our)\b", re.IGNORECASE)
_LONGEST_PART = 24  # characters of a word that are cut into parts; the rest of a longer one is no word
_LONGEST_HEADING = 10  # tokens


@dataclass(frozen=True, slots=True)
class _Line:
    """What one sentence shows to itself and to its neighbours."""

    text: str
    tokens: list[str]
    terms: list[Term]
    opens_line: bool
    closes_line: bool
    follows_blank: bool

    @property
    def is_bullet(self) -> bool:
        return self.opens_line and _BULLET.match(self.text) is not None

    @property
    def is_heading(self) -> bool:
        return (
            self.opens_line
            and self.closes_line
            and len(self.tokens) <= _LONGEST_HEADING
            and self.text[-1:] not in ".,;"
            and not self.is_bullet
        )

    @property
    def lexicons(self) -> set[str]:
        return {term.lexicon for term in self.terms}


def views(text: str, sentences: Sequence[Sentence]) -> Iterator[View]:
    """Yield one view for each sentence of `text`, in order, holding no more than three sentences at once."""
    heading = stem = before = _NOTHING
    for position, (line, after) in enumerate(pairwise(chain(_lines(text, sentences), [_NOTHING]))):
        if line.follows_blank:
            stem = _NOTHING
        yield (
            {
                "words": list(_words(line.tokens)),
                "parts": list(_parts(line.tokens)),
                "layout": _layout(line, before, heading, stem, position / len(sentences)),
                "terms": [f"{term.lexicon}:{term.term}" for term in line.terms],
                "counts": list(_counts(line)),
                "neighbours": [*(f"-{token}" for token in before.tokens), *(f"+{token}" for token in after.tokens)],
                "headings": [*(f"^{token}" for token in heading.tokens), *(f":{token}" for token in stem.tokens)],
                "surroundings": [
                    f"{place}{lexicon}={lexicon in other.lexicons:d}"
                    for place, other in (("-", before), ("+", after), ("^", heading), (":", stem))
                    for lexicon in LEXICONS
                ],
            }
        )
        if line.is_heading:
            heading = line
        if line.text.endswith(":"):
            stem = line
        before = line


def _lines(text: str, sentences: Sequence[Sentence]) -> Iterator[_Line]:
    for position, sentence in enumerate(sentences):
        plain = _MASKED.sub(" ", fold(sentence.text)[0]) or sentence.text
        is_last = position + 1 == len(sentences)
        gap_before = text[sentences[position - 1].end : sentence.start] if position else "\n"
        gap_after = "\n" if is_last else text[sentence.end : sentences[position + 1].start]
        yield _Line(
            text=plain,
            tokens=_TOKEN.findall(_DIGIT.sub("0", plain.lower().replace("’", "'"))),
            terms=find_terms(plain),
            opens_line="\n" in gap_before or "\r" in gap_before,
            closes_line="\n" in gap_after or "\r" in gap_after,
            follows_blank=gap_before.count("\n") > 1,
        )


_NOTHING = _Line("", [], [], opens_line=False, closes_line=False, follows_blank=False)


def _words(tokens: Sequence[str]) -> Iterator[str]:
    yield from tokens
    for left, right in pairwise(("^", *tokens, "$")):
        yield f"{left} {right}"


def _parts(tokens: Sequence[str]) -> Iterator[str]:
    for token in tokens:
        word = f"<{token[:_LONGEST_PART]}>"
        for length in (3, 4, 5):
            for start in range(len(word) - length + 1):
                yield f"~{word[start : start + length]}"


def _counts(line: _Line) -> Iterator[str]:
    counts = dict.fromkeys(LEXICONS, 0)
    for term in line.terms:
        counts[term.lexicon] += 1
    for lexicon, count in counts.items():
        for least in range(min(count, 3) + 1):
            yield f"{lexicon}>={least}"
    for left, right in combinations(LEXICONS, 2):
        yield f"{left}{counts[left] > 0:d}{right}{counts[right] > 0:d}"


def _layout(line: _Line, before: _Line, heading: _Line, stem: _Line, place: float) -> list[str]:
    text, words = line.text, line.text.split()
    facts = {
        "opens": line.opens_line,
        "closes": line.closes_line,
        "alone": line.opens_line and line.closes_line,
        "bullet": line.is_bullet,
        "heading": line.is_heading,
        "last": text[-1:],
        "first": "a" if text[:1].isalpha() else "0" if text[:1].isdigit() else text[:1],
        "length": min(len(text).bit_length(), 10),
        "words": min(len(line.tokens) // 3, 8),
        "capitals": text.isupper(),
        "title": sum(word[0].isupper() for word in words) >= 0.7 * len(words),
        "exclaims": "!" in text,
        "asks": "?" in text,
        "digits": _DIGIT.search(text) is not None,
        "money": any(sign in text for sign in "$£€"),
        "quoted": text[:1] in "\"“'‘",
        "second person": _SECOND_PERSON.search(text) is not None,
        "first person": _FIRST_PERSON.search(text) is not None,
        "place": int(place * 5),
        "under stem": bool(stem.text),
        "after stem": before.text.endswith(":"),
        "after question": before.text.endswith("?"),
        "after heading": before is heading and before is not _NOTHING,
    }
    return [f"{name}={value:d}" if isinstance(value, bool) else f"{name}={value}" for name, value in facts.items()]


class SentenceFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Turn views into a sparse matrix of shape (sentences, `buckets`).

    Each channel of a sentence is a row of hashed counts, damped, weighted and scaled to length; the sentence is the
    weighted sum of its channels. Learnt are only the inverse document frequencies, `idf_` of shape (buckets,).
    """

    def __init__(self, buckets: int = 2**18) -> None:
        self.buckets = buckets

    def fit(self, X: Sequence[View], y: Any = None) -> Self:  # noqa: ARG002  # the signature of scikit-learn
        frequencies = np.bincount(self._hash(X).indices, minlength=self.buckets)
        self.idf_ = (np.log((1 + len(X)) / (1 + frequencies)) + 1).astype(np.float32)
        return self

    def transform(self, X: Sequence[View]) -> csr_matrix:
        weigher = TfidfTransformer(sublinear_tf=True)
        weigher.idf_ = self.idf_
        channels = weigher.transform(self._hash(X))
        count = len(CHANNELS)
        places = np.arange(len(X) * count)
        weights = np.tile(np.array(list(CHANNELS.values()), dtype=np.float32), len(X))
        sums = csr_matrix((weights, places, np.arange(0, len(places) + 1, count)), shape=(len(X), len(places)))
        return sums @ channels

    def _hash(self, X: Sequence[View]) -> csr_matrix:
        """Return the counts of hashed features, one row for each channel of each sentence."""
        hasher = FeatureHasher(self.buckets, input_type="string", alternate_sign=False, dtype=np.float32)
        return hasher.transform(view[channel] for view in X for channel in CHANNELS)
