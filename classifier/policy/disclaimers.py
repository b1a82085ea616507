"""The disclaimer that United States law asks of supplements: its presence, wording, place and mark."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from classifier.evidence.references import SIGNS
from classifier.policy.reading import Hit, Reading
from classifier.policy.registers import Status
from classifier.policy.rule import When

__all__ = ["ASPECTS", "check_disclaimer"]

_AUTHORISED = (Status.LISTED, Status.EXAGGERATED, Status.QUALIFIER_MISSING)
ASPECTS = ("missing", "wording", "number", "far", "mark")

_FIRST = re.compile(
    r"(?i)\b(?:statements?|claims?|information)\b.{0,60}?\bnot\b.{0,40}?\b(?:evaluated|reviewed|"
    r"approved|assessed)\b.{0,40}?\b(?:food\s+(?:and|&)\s+drug\s+administration|fda)\b"
)
_SECOND = re.compile(r"(?i)\bnot\s+intended\s+(?:to|for)\b.{0,80}?\b(?:disease|illness|condition)s?\b")
_ONE = "this statement has not been evaluated by the food and drug administration"
_MANY = "these statements have not been evaluated by the food and drug administration"
_END = "this product is not intended to diagnose treat cure or prevent any disease"
_MARKS = f"*{SIGNS}"
_OPENING = re.compile(rf"\s{{0,10}}[\"“(\[]{{0,2}}\s{{0,3}}([{_MARKS}]{{1,4}})")
_LEADING = re.compile(rf"(?:(?<=\s)|(?<=[\"“(\[])|^)([{_MARKS}]{{1,4}})(?=\w)")
_FOLLOWING = re.compile(rf"(?<=[^\W\d_]|[.!?,;:%)\]\"”'’®™])([{_MARKS}]{{1,4}})")


@dataclass(frozen=True, slots=True)
class _Disclaimer:
    """Where it stands, what it says in plain words, and the mark that it opens with."""

    first: int
    last: int
    words: str
    mark: str


def check_disclaimer(when: When, reading: Reading, market: str) -> Iterator[Hit]:  # noqa: ARG001
    """Look at one `aspect` of the disclaimer of a document that makes a claim."""
    found = list(_disclaimers(reading))
    own = {number for disclaimer in found for number in range(disclaimer.first, disclaimer.last + 1)}
    risks = reading.matches("us")  # a listed claim of reduced risk stands under its own rules, not under the disclaimer
    claims = [n for n in reading.claims() if n not in own and risks[n].status not in _AUTHORISED]
    if not claims:
        return
    aspect = when.parameters["aspect"]
    if aspect == "missing" and not found:
        yield Hit(None, reading.sentences[claims[0]].start, reading.sentences[claims[0]].end, f"{len(claims)} claims")
    elif aspect in ("wording", "number"):
        for disclaimer in found:
            if _is_wrong(disclaimer, len(claims), aspect):
                start, end = reading.sentences[disclaimer.first].start, reading.sentences[disclaimer.last].end
                yield Hit(None, start, end, f"{len(claims)} claims" if aspect == "number" else "")
    elif aspect == "far" and found:
        yield from _far(found, claims, reading, when.parameters.get("distance", 5))
    elif aspect == "mark" and found:
        yield from _unresolved(found, claims, reading)


def _disclaimers(reading: Reading) -> Iterator[_Disclaimer]:
    last = -1
    for number in range(len(reading.sentences)):
        text = reading.view(number).folded[:1_000]
        if number <= last or not _FIRST.search(text):
            continue
        last = number
        if not _SECOND.search(text) and number + 1 < len(reading.sentences):
            following = reading.view(number + 1).folded[:1_000]
            if _SECOND.search(following):
                last = number + 1
                text = f"{text} {following}"
        opening = _OPENING.match(text)
        mark = opening[1] if opening else _mark_before(reading, number)
        if opening and _is_emphasis(opening[1], text):
            mark = ""
        yield _Disclaimer(number, last, " ".join(re.findall(r"[a-z]+", text.lower())), mark)


def _mark_before(reading: Reading, number: int) -> str:
    """Return the mark that stands alone before a sentence, where the splitter made it one of its own."""
    before = reading.sentences[number - 1].text.strip() if number else ""
    return before if before and len(before) <= 4 and not before.strip(_MARKS) else ""


def _is_wrong(disclaimer: _Disclaimer, claims: int, aspect: str) -> bool:
    has_one, has_many = _ONE in disclaimer.words, _MANY in disclaimer.words
    if aspect == "wording":
        return not (has_one or has_many) or _END not in disclaimer.words
    return (has_one and claims > 1) or (has_many and claims == 1)


def _far(found: list[_Disclaimer], claims: list[int], reading: Reading, distance: int) -> Iterator[Hit]:
    places = [disclaimer.first for disclaimer in found]
    marks = {disclaimer.mark for disclaimer in found if disclaimer.mark}
    far = []
    for number in claims:
        place = bisect_left(places, number)
        away = min(abs(other - number) for other in places[max(place - 1, 0) : place + 1])
        if away > distance and marks.isdisjoint(_marks_in(reading.sentences[number].text)):
            far.append(number)
    if far:
        sentence = reading.sentences[far[0]]
        yield Hit(None, sentence.start, sentence.end, f"{len(far)} of {len(claims)} claims")


def _unresolved(found: list[_Disclaimer], claims: list[int], reading: Reading) -> Iterator[Hit]:
    opened = {match[1] for sentence in reading.sentences if (match := _OPENING.match(sentence.text))}
    opened |= {disclaimer.mark for disclaimer in found}
    used = {mark: number for number in reversed(claims) for mark in _marks_in(reading.sentences[number].text)}
    for mark, number in sorted(used.items(), key=lambda pair: pair[1]):
        if mark not in opened:
            yield reading.hit(number, detail=f"nothing in the text opens with {mark}")
    own = {number for disclaimer in found for number in range(disclaimer.first, disclaimer.last + 1)}
    borne = {mark for n, s in enumerate(reading.sentences) if n not in own for mark in _marks_in(s.text)}
    for disclaimer in found:
        if disclaimer.mark and disclaimer.mark not in borne:
            sentence = reading.sentences[disclaimer.first]
            yield Hit(None, sentence.start, sentence.end, f"no claim bears {disclaimer.mark}")


def _marks_in(text: str) -> frozenset[str]:
    """Return the marks that follow a word of a sentence; a pair around words is emphasis, as in Markdown."""
    text = text[:1_000]
    return frozenset(_FOLLOWING.findall(text)) - frozenset(_LEADING.findall(text))


def _is_emphasis(mark: str, text: str) -> bool:
    return text.rstrip(" .\n").endswith(mark) and text.count(mark) > 1
