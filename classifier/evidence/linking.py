"""Which evidence stands where a claim can take it: in its sentence, behind its marks, on the page around it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from operator import attrgetter

from classifier.evidence.offers import Offer, denies_effect, opens_source, speaks_of_people
from classifier.evidence.page import Line
from classifier.evidence.topics import topics_of
from classifier.records import Cue, Evidence, Label

__all__ = ["Citations", "Link", "links_of", "nearest_citation", "page_citation"]

_UNNAMED = (Evidence.VAGUE, Evidence.AUTHORITY, Evidence.TRADITIONAL, Evidence.ANECDOTAL)
_REACH = 8  # sentences before and after that are looked at
_UNLIKE = re.compile(r"(?i)\bunlike\b[^,;]{0,30}$")
_index = attrgetter("index")
_entry_topics = lru_cache(maxsize=256)(topics_of)  # many marks may lead to one entry
_LEAST_SOURCE = 1 / 3  # of a line that is nothing but a source, the part that a pattern finds
_NEAREST = 3  # sentences before and after a claim in which a citation may be its own, whatever stands between
_HEAD = 8  # the first sentences of a page, where a report names its source


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that a claim may take.

    `place` says where it stands: `here`, `mark`, `heading`, `stem`, `before`, `after`, `under` a heading, or at the
    `head` of the page; `distance` counts sentences; `is_source` tells a
    line that opens with "Reference:" or the like. `same_agent` and `same_outcome` are None where one side names none.
    """

    place: str
    level: Evidence
    cues: tuple[Cue, ...]
    rule: str
    distance: int = 0
    same_agent: bool | None = None
    same_outcome: bool | None = None
    is_source: bool = False

    @property
    def is_about_another(self) -> bool:
        """Whether it speaks of another agent or another outcome than the claim."""
        return self.same_agent is False or self.same_outcome is False


def links_of(claim: Line, lines: Sequence[Line], citation: tuple[Line, Offer] | None) -> Iterator[Link]:
    """Yield all that a claim may take, nearest first."""
    for offer in claim.offers:
        if offer.level is Evidence.CITED and _UNLIKE.search(claim.text[: offer.start]):
            continue  # it is of what the claim sets its agent against
        if claim.best is not None and offer.level in (claim.best.level, *_UNNAMED):
            yield Link("here", offer.level, (_cue(claim, offer),), offer.rule)
    yield from _marked(claim)
    if claim.stem is not None and claim.stem.index >= claim.index - 3 * _REACH:
        yield from _from_line("stem", claim, claim.stem)
    if claim.heading is not None and claim.heading.block >= claim.block - 1:
        yield from _from_line("heading", claim, claim.heading)
    own, after = claim.index, "under" if claim.is_heading else "after"
    for distance in range(1, _REACH + 1):
        for place, index in (("before", own - distance), (after, own + distance)):
            if 0 <= index < len(lines) and _is_near(place, claim, lines[index]):
                yield from _from_line(place, claim, lines[index])
    if citation is not None and abs(citation[0].index - claim.index) > 1:
        line, offer = citation
        distance = abs(line.index - claim.index)
        topics = claim.topics.shares_agent(line.topics), claim.topics.shares_outcome(line.topics)
        yield Link("head", offer.level, (_cue(line, offer),), offer.rule, distance, *topics)


def page_citation(lines: Sequence[Line], *, is_study: bool) -> tuple[Line, Offer] | None:
    """Return the citation at the head of a page that reports one study, or the only one on it, if there is one."""
    found = []
    for line in lines if is_study else lines[:_HEAD]:
        if Label.EFFICACY_CLAIM in line.tagged.labels:
            continue
        offer = line.best
        if offer is not None and offer.level is Evidence.CITED:
            if line.index < _HEAD:
                return line, offer
            found.append((line, offer))
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, eq=False)
class Citations:
    """The lines of a page that name a study that a reader could find; looked for when they are first asked for."""

    lines: Sequence[Line]

    @cached_property
    def found(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.names_study)


def nearest_citation(claim: Line, citations: Citations, *, is_new: bool) -> Link | None:
    """Return the nearest of a page's citations, if it is not of another agent: the only one, or one close by.

    That of a claim that introduces a study, and so `is_new`, is the only one and stands after it.
    """
    found: Sequence[Line] = citations.found
    if len(found) > 1:
        places = (bisect_left(found, claim.index + reach, key=_index) for reach in (-_NEAREST, _NEAREST + 1))
        found = () if is_new else found[slice(*places)]
    elif is_new:
        found = [line for line in found if line.index > claim.index]
    links = (link for line in found for link in _from_line("page", claim, line))
    fitting = (link for link in links if link.level is Evidence.CITED and link.same_agent is not False)
    return min(fitting, key=lambda link: link.distance, default=None)


def _is_near(place: str, claim: Line, line: Line) -> bool:
    """Whether a claim takes what a line around it offers: one in its block and section, or under it, or its source."""
    is_in_reach = line.block == claim.block or (place == "under" and line.block == claim.block + 1)
    if line.section == claim.section and is_in_reach:
        return line is not claim.stem and line is not claim.heading
    return place != "before" and line.index == claim.index + 1 and line.block <= claim.block + 1 and _is_source(line)


def _is_source(line: Line) -> bool:
    """Whether a line is nothing but a source: opened as one, or a citation that claims and reports nothing."""
    if not line.opens_line or line.tagged.labels:
        return False
    if opens_source(line.text):
        return True
    best = line.best
    if best is None or best.level is not Evidence.CITED or not line.closes_line:
        return False
    return best.end - best.start >= _LEAST_SOURCE * len(line.text) and not speaks_of_people(line.text)


def _marked(line: Line) -> Iterator[Link]:
    for mark in line.marks:
        for key in mark.keys:
            entry = line.entries.get(key)
            rule = "mark" if entry is not None else "unresolved_mark"
            quote = line.cue("evidence", mark.start, mark.end, rule)
            if entry is None:
                yield Link("mark", Evidence.NONE, (quote,), rule)
            else:
                source = Cue("reference", entry.start, entry.end, entry.text, "entry")
                topics = _entry_topics(entry.text)
                same_agent = line.topics.shares_agent(topics)
                # What names no agent may be a journal or an address alone: its other words tell no outcome.
                same_outcome = line.topics.shares_outcome(topics) if same_agent else None
                yield Link("mark", entry.level, (quote, source), "resolved_mark", 0, same_agent, same_outcome)


def _from_line(place: str, claim: Line, line: Line) -> Iterator[Link]:
    best = line.best
    if best is None and not line.marks:
        return
    if best is not None and denies_effect(line.text):
        return
    distance = abs(line.index - claim.index)
    same_agent = claim.topics.shares_agent(line.topics)
    same_outcome = claim.topics.shares_outcome(line.topics)
    about = same_agent, same_outcome
    if best is not None:
        yield Link(place, best.level, (_cue(line, best),), best.rule, distance, *about, _is_source(line))
    for link in _marked(line):
        yield Link(place, link.level, link.cues, link.rule, distance, same_agent, same_outcome)


def _cue(line: Line, offer: Offer) -> Cue:
    return line.cue("evidence", offer.start, offer.end, offer.rule)
