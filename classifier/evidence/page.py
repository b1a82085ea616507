"""The page around each sentence: blocks, headings, sections, list stems, and the parts of a medicine's label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from classifier.evidence.offers import Offer, best_offer, find_offers, names_source
from classifier.evidence.references import Entry, Mark, find_marks, read_entries
from classifier.evidence.topics import Topics, topics_of
from classifier.folding import fold, lower
from classifier.records import Cue, Document, Evidence, Tagged

__all__ = ["Line", "read_page"]

_LONGEST_HEADING = 12  # words
_MOST_CHARACTERS = 2_000  # of a sentence that are looked at
_ONE_LINE = str.maketrans("\n\r\u2028", "   ")  # a sentence that is wrapped reads as one line
_BLANK = re.compile(r"\n[^\S\n]*\n|\r[^\S\r\n]*\r|\u2029")
_BULLET = re.compile(r"\s{0,8}(?:[-*•·■▪●○◦✓✔☑→»–]|\d{1,2}[.)](?=\s))")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s]")
_DIGIT = re.compile(r"\d")
_MOST_TOKENS = 80
_OPENS = r"(?i)^[\W_]{0,6}(?:\d{1,2}[.)]\s{0,3})?(?:otc\s{0,2}[-–:]\s{0,2})?"
_USES = re.compile(
    _OPENS
    + r"(?:other\s+)?(?:uses?\s{0,3}(?:[:(\n]|$|(?=(?:temporarily|reliev|for|treat|help|remov|control|prevent|reduc)))|"
    r"uses\b|purposes?\b(?!\s+of)|indications?\b|indicated\s+for|what\s.{1,80}\bused\s+for\b|what\s.{1,60}\bis\s+for\b|"
    r"why\s+is\s.{1,40}\bprescribed|active\s+ingredients?(?:\s*\([^)]{1,40}\))?[\s,/&]{1,3}(?:and\s+)?purposes?\b|"
    r"doctors\s+(?:give|prescribe)\b.{0,60}:$|.{0,60}\bis\s+(?:used|indicated)\s+(?:to|for|in)\b.{0,80}:$|approved\s+uses?\b)"
)
_OTHER_PARTS = re.compile(
    _OPENS
    + r"(?:.{0,30}\bwarnings?\b|directions?\b|do\s+not\b|ask\s+(?:a|your)\s+(?:doctor|pharmacist)|when\s+using|stop\s+"
    r"(?:use|and)|keep\s+out|if\s+(?:pregnant|swallowed)|(?:in)?active\s+ingredients?|other\s+in(?:gredients|formation)|"
    r"questions\b|dos(?:age|e|ing)\b|your\s+dose|contra-?indications?|side\s+effects?|adverse|precautions?|how\s+(?:to|should|do)"
    r"\b|storage|store\b|description\b|clinical\s+(?:pharmacology|studies)|important\s+safety|before\s+(?:you|taking|using)|"
    r"interactions?\b|.{0,20}\balert\b|overdos|mechanism\s+of\s+action|pharmac|adult\w*\b:|use\s+in\s+specific|what\s+(?:should|are|else)"
    r"|who\s+should|possible\s+side|contents?\s+of|package|limitations?\s+of\s+use)"
)
_PRONOUN = re.compile(r"(?i)^\W*(?:(?:in|after|during|according)\s.{0,60}?\b)?(?:it|they|its|their|this|these)\b")
_ANTECEDENTS = 8  # sentences before one that opens with a pronoun, which are looked at for what it stands for


@dataclass(frozen=True, eq=False, repr=False)
class Line:
    """A sentence where it stands on the page.

    `block` counts blocks between blank lines, `section` headings; `heading` and `stem` are the lines above it that head
    it or open its list; `part` is the part of a label that it stands in: `uses`, `other` or nothing; `entries` are
    those of the page, which its marks may name; `previous` is the sentence before it.
    """

    tagged: Tagged
    text: str
    places: Sequence[int]
    block: int
    section: int
    heading: Line | None
    stem: Line | None
    part: str
    opens_line: bool
    closes_line: bool
    is_heading: bool
    entries: Mapping[str, Entry]
    previous: Line | None

    @property
    def index(self) -> int:
        return self.tagged.index

    @cached_property
    def lowered(self) -> str:
        return lower(self.text)

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        return find_offers(self.text)

    @cached_property
    def best(self) -> Offer | None:
        return best_offer(self.text, self.offers)

    @property
    def names_study(self) -> bool:
        """Whether it names a human study that a reader could find."""
        return self.best is not None and self.best.level is Evidence.CITED

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(find_marks(self.text, self.entries))

    @cached_property
    def tokens(self) -> list[str]:
        """Its first words, numbers and marks, in lower case and with every digit a zero."""
        plain = _DIGIT.sub("0", self.text.lower().replace("’", "'"))
        return _TOKEN.findall(plain)[:_MOST_TOKENS]

    @cached_property
    def named(self) -> Topics:
        """What its own words name."""
        return topics_of(self.text)

    @cached_property
    def topics(self) -> Topics:
        """What it is about: a pronoun stands for the nearest agents before it in the section."""
        if self.named.agents or _PRONOUN.match(self.text) is None:
            return self.named
        line = self.previous
        for _ in range(_ANTECEDENTS):
            if line is None or line.section != self.section:
                break
            if line.named.agents:
                return replace(self.named, agents=line.named.agents)
            line = line.previous
        return self.named

    def cue(self, kind: str, start: int, end: int, rule: str) -> Cue:
        """Turn a span of the folded sentence into a cue of the document."""
        first = self.places[start]
        last = self.places[end - 1] + 1 if end > start else first
        return Cue(kind, self.tagged.start + first, self.tagged.start + last, self.tagged.text[first:last], rule)

    @property
    def headings(self) -> Iterator[Line]:
        """The headings above it, the nearest first."""
        heading = self.heading
        while heading is not None:
            yield heading
            heading = heading.heading

    @property
    def is_bullet(self) -> bool:
        return self.opens_line and _BULLET.match(self.text) is not None


def read_page(document: Document, sentences: Sequence[Tagged]) -> Iterator[Line]:
    """Yield the sentences of a document in order, each with its place on the page."""
    entries = read_entries(document.text)
    block = section = 0
    heading: Line | None = None
    listed: _List | None = None
    last: Line | None = None
    part = _Part()
    for position, tagged in enumerate(sentences):
        before, after = _gaps(document.text, sentences, position)
        if position > 0 and _BLANK.search(before) is not None:
            block += 1
            part = part.after_blank()
            if listed is not None and (listed.is_begun or not listed.stem.text.rstrip("* ").endswith(":")):
                listed = None
        text, places = fold(tagged.text[:_MOST_CHARACTERS].translate(_ONE_LINE))
        opens_line, closes_line = "\n" in before or "\r" in before, "\n" in after or "\r" in after
        part = part.after(text, opens_line=opens_line)
        is_short = _is_heading(text, opens_line=opens_line, closes_line=closes_line)
        if listed is not None:
            listed = listed.after(text, is_short=is_short, opens_line=opens_line)
        is_heading = is_short and listed is None
        above = _above(heading, last) if is_heading else heading
        section += is_heading
        stem = listed.stem if listed is not None else None
        line = Line(
            tagged,
            text,
            places,
            block,
            section,
            above,
            stem,
            part.name,
            opens_line,
            closes_line,
            is_heading,
            entries,
            last,
        )
        yield line
        if is_heading:
            heading = line
        if text.rstrip("* ").endswith((":", " to", " for", " with", "…", "...")) and not line.is_bullet:
            listed = _List(line)
        last = line


def _above(heading: Line | None, last: Line | None) -> Line | None:
    """Return what heads a heading: the first one of those that follow each other directly."""
    if last is None or not last.is_heading or last.heading is None:
        return heading
    return last.heading if last.heading.section == last.section - 1 else heading


def _gaps(text: str, sentences: Sequence[Tagged], position: int) -> tuple[str, str]:
    """Return what stands before and after a sentence up to its neighbours."""
    is_last = position + 1 == len(sentences)
    before = text[sentences[position - 1].end : sentences[position].start] if position else "\n"
    return before, "\n" if is_last else text[sentences[position].end : sentences[position + 1].start]


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a label that the reading stands in, and whether it holds anything yet."""

    name: str = ""
    is_filled: bool = False

    def after_blank(self) -> _Part:
        return _Part() if self.is_filled else self

    def after(self, text: str, *, opens_line: bool) -> _Part:
        if opens_line and _USES.match(text) is not None:
            return _Part("uses", is_filled=len(text.split()) > 3)
        if opens_line and _OTHER_PARTS.match(text):
            return _Part("other")
        return _Part(self.name, is_filled=True) if self.name else self


@dataclass(frozen=True, slots=True)
class _List:
    """A list that a stem has opened; `bullets` tells whether its first item has a bullet."""

    stem: Line
    is_begun: bool = False
    bullets: bool = False

    def after(self, text: str, *, is_short: bool, opens_line: bool) -> _List | None:
        """Return the list after a further sentence, or None where it has ended."""
        is_bullet = opens_line and _BULLET.match(text) is not None
        if not self.is_begun:
            return _List(self.stem, is_begun=True, bullets=is_bullet) if opens_line else None
        if not opens_line or is_bullet == self.bullets:
            return (
                self
                if self.bullets or is_short or not opens_line or text[:1].islower() or len(text.split()) < 16
                else None
            )
        return None


def _is_heading(text: str, *, opens_line: bool, closes_line: bool) -> bool:
    return (
        opens_line
        and closes_line
        and len(text.split()) <= _LONGEST_HEADING
        and text.rstrip("*_ ")[-1:] not in ".,;:"
        and (_BULLET.match(text) is None or text[:1].isdigit())
        and not names_source(text)
    )
