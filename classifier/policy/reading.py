"""A document as the rules read it: folded, without its disclaimers, its terms found, each computed once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from classifier.folding import fold
from classifier.lexicons import Term, find_meant_terms
from classifier.policy.expressions import MAX_SEARCHED
from classifier.policy.registers import Match, match_register
from classifier.records import Assessed, Document, Label

__all__ = ["CLAIMS", "DISCLAIMER", "Hit", "Reading", "View", "place_words"]

CLAIMS = (Label.EFFICACY_CLAIM, Label.MECHANISM_CLAIM)

# What a disclaimer says of diseases is no claim. Only these words are set aside, not what stands beside them.
_JUDGED = (
    r"(?:has|have)\s+not\s+been\s+(?:evaluated|reviewed|approved|assessed)\s+by\s+(?:the\s+)?"
    r"(?:(?:u\.?s\.?\s+)?food\s+(?:and|&)\s+drug\s+administration|fda)(?:\s*\(fda\))?"
)
_CONDITION = r"(?:(?:health|medical)\s+)?(?:diseases?|illness(?:es)?|conditions?|ailments?|disorders?)"
_OBJECT = rf"(?:of\s+)?(?:(?:any|a|specific)\s+){{0,2}}{_CONDITION}(?:(?:,|,?\s+or)\s+(?:any\s+)?{_CONDITION}){{0,2}}"
_VERB = r"(?:diagnos|treat|cur|prevent|mitigat|reliev|heal|or|nor|and)\w{0,8}[\s,/]{1,3}"
_INTENDED = (
    r"(?:(?:(?:is|are)\s+)?not|(?:is|are)n['’]t)\s+(?:intended|meant|designed)\s+(?:to|for)\s+(?:use\s+in\s+(?:the\s+)?)?"
    rf"(?:{_VERB}|the\s+){{1,12}}{_OBJECT}"
)
_DENIED = rf"(?:do(?:es)?\s+not|do(?:es)?n['’]t|cannot)\s+(?:{_VERB}){{2,12}}{_OBJECT}"
_SUBJECT = (
    r"(?:(?:this|these|the|all|any|our)\s+)?(?:statements?|products?|claims?|information|supplements?)\s+(?:above\s+|"
    r"on\s+this\s+\w+\s+|made\s+|(?:regarding|about|on|for)\s+(?:\w+\s+){0,2}?(?:supplements?|products?)\s+)?"
)
DISCLAIMER = re.compile(
    rf"(?i)\b(?:(?:{_SUBJECT})?(?:{_JUDGED}(?:,?\s+(?:and|&)\s+(?:{_INTENDED}|{_DENIED}))?|{_INTENDED})|(?:{_SUBJECT}|(?:it|they)\s+){_DENIED})"
)
_WORD = re.compile(r"[^\W_]+(?:['’+/][^\W_]+)*")


class Hit(NamedTuple):
    """A place that a rule speaks of: a sentence, or None for the whole document; `detail` says what was met there."""

    sentence: int | None
    start: int
    end: int
    detail: str = ""


@dataclass(slots=True)
class View:
    """A sentence as the rules search it: `text` is `folded` without disclaimers.

    `places` maps the offsets of both to those of the sentence.
    """

    text: str
    places: Sequence[int]
    folded: str = ""
    _terms: tuple[Term, ...] | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        if self._terms is None:
            self._terms = find_meant_terms(self.text)
        return self._terms

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left of the sentence without its disclaimer."""
        return _WORD.search(self.text) is None

    def searched(self) -> str:
        return self.text[:MAX_SEARCHED]


@dataclass(slots=True)
class Reading:
    """One document with its sentences, and what was worked out about them so far."""

    document: Document
    sentences: Sequence[Assessed]
    _views: dict[int, View] = field(default_factory=dict)
    _matches: dict[str, dict[int, Match]] = field(default_factory=dict)
    _blocks: list[int] = field(default_factory=list)
    _bearing: dict[tuple[Label, ...], Sequence[int]] = field(default_factory=dict)

    def view(self, number: int) -> View:
        found = self._views.get(number)
        if found is None:
            folded, places = fold(self.sentences[number].text)
            text = DISCLAIMER.sub(lambda match: " " * len(match[0]), folded)
            found = self._views[number] = View(text, places, folded)
        return found

    def bearing(self, labels: tuple[Label, ...]) -> Sequence[int]:
        """Return the numbers of the sentences that bear one of some labels; of all sentences where none is given."""
        if not labels:
            return range(len(self.sentences))
        if labels not in self._bearing:
            wanted = set(labels)
            self._bearing[labels] = [
                number for number, sentence in enumerate(self.sentences) if not wanted.isdisjoint(sentence.labels)
            ]
        return self._bearing[labels]

    def hit(self, number: int, span: tuple[int, int] | None = None, detail: str = "") -> Hit:
        """Return a hit on a span of a sentence's view, or on the whole sentence."""
        sentence = self.sentences[number]
        if span is None or span[0] == span[1]:
            return Hit(number, sentence.start, sentence.end, detail)
        places = self.view(number).places
        return Hit(number, sentence.start + places[span[0]], sentence.start + places[span[1] - 1] + 1, detail)

    def is_claim(self, number: int) -> bool:
        """Tell whether a sentence claims something; what a standard disclaimer says is no claim, however tagged."""
        return any(label in CLAIMS for label in self.sentences[number].labels) and not self.view(number).is_empty

    def claims(self) -> list[int]:
        return [number for number in range(len(self.sentences)) if self.is_claim(number)]

    def matches(self, market: str) -> dict[int, Match]:
        """Return what the register of a market says of each claim."""
        if market not in self._matches:
            last, stems = len(self.sentences) - 1, self._stems()
            self._matches[market] = {
                number: match_register(
                    market,
                    self.view(number).searched(),
                    before=f"{stems[number]} {self.view(number - 1).searched() if number else ''}",
                    after=self.view(number + 1).searched() if number < last else "",
                )
                for number in self.claims()
            }
        return self._matches[market]

    def _stems(self) -> Sequence[str]:
        """Return for each sentence the nearest one before it in its paragraph that ends in a colon, or nothing."""
        stems, stem, blocks = [], "", self.blocks()
        for number, sentence in enumerate(self.sentences):
            if number and blocks[number] != blocks[number - 1]:
                stem = ""
            stems.append(stem)
            if sentence.text.rstrip().endswith(":"):
                stem = self.view(number).searched()
        return stems

    def blocks(self) -> Sequence[int]:
        """Return for each sentence the number of the paragraph that it stands in; a blank line parts paragraphs."""
        if not self._blocks:
            block = 0
            for number, sentence in enumerate(self.sentences):
                if number:
                    gap = self.document.text[self.sentences[number - 1].end : sentence.start]
                    block += gap.replace("\r\n", "\n").count("\n") > 1
                self._blocks.append(block)
        return self._blocks


def place_words(text: str) -> list[tuple[str, int, int]]:
    """Return the words of a text, lower-cased, each with its start and end."""
    return [(match[0].lower().replace("’", "'"), match.start(), match.end()) for match in _WORD.finditer(text)]
