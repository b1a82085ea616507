"""The checks that look at more than one sentence. A rule names one and gives its parameters as data."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifier.evidence.references import SIGNS
from classifier.policy.disclaimers import check_disclaimer
from classifier.policy.matching import find_all, find_span
from classifier.policy.reading import Hit, Reading
from classifier.policy.registers import Status
from classifier.policy.rule import When
from classifier.records import Label

__all__ = ["CHECKS", "Check"]


@dataclass(frozen=True, slots=True)
class Check:
    """A check: `run` yields what it meets; `parameters` names those it takes, with the kind of each."""

    run: Callable[[When, Reading, str], Iterator[Hit]]
    parameters: Mapping[str, type]
    needed: tuple[str, ...] = ()


def _check_register(when: When, reading: Reading, market: str) -> Iterator[Hit]:
    """Yield claims of which the market's register says one of `status`; whose words meet the other conditions.

    With `claim_types`, only where the row is of one of these and names every disease that the claim names.
    """
    wanted, types = when.parameters["status"], when.parameters.get("claim_types")
    for number, match in reading.matches(market).items():
        if match.status not in wanted or (types and not match.is_of(types, reading.view(number).searched())):
            continue
        if find_span(when, reading, number) is not None:
            yield reading.hit(number, detail=match.detail)


def _check_general(when: When, reading: Reading, market: str) -> Iterator[Hit]:
    """Yield claims of general wellness with no listed claim in their paragraph or within `distance` sentences of it."""
    matches = reading.matches(market)
    blocks, distance = reading.blocks(), when.parameters["distance"]
    listed = [number for number, match in matches.items() if match.status in (Status.LISTED, Status.REWORDED)]
    nearest = _Nearest(listed)
    listed_blocks = {blocks[number] for number in listed}
    marks = {mark for number in listed if (mark := _leading_mark(reading.sentences[number].text))}
    for number, match in matches.items():
        if match.status is not Status.GENERAL:
            continue
        near = blocks[number] in listed_blocks or nearest.distance(number) <= distance
        if not near and not any(reading.sentences[number].text.rstrip(" .!").endswith(mark) for mark in marks):
            yield reading.hit(number)


def _check_risk_statement(when: When, reading: Reading, market: str) -> Iterator[Hit]:
    """Yield the first listed risk-reduction claim of a document without the statement that `present` finds."""
    listed = [
        number
        for number, match in reading.matches(market).items()
        if match.row and match.row.claim_type == "14.1a" and match.status in (Status.LISTED, Status.REWORDED)
    ]
    if listed and not _stands(when.parameters["present"], reading):
        yield reading.hit(listed[0])


def _check_restriction(when: When, reading: Reading, market: str) -> Iterator[Hit]:
    """Yield the first claim whose listed restriction names `restriction`, in a text without what `present` finds."""
    hit = _restricted([when.parameters["restriction"]], reading, market)
    if hit is not None and not _stands(when.parameters["present"], reading):
        yield hit


def _check_audience(when: When, reading: Reading, market: str) -> Iterator[Hit]:
    """Yield the first claim whose listed restriction names one of `restrictions`, in a text for those in `audience`."""
    hit = _restricted(when.parameters["restrictions"], reading, market)
    if hit is not None and _stands(when.parameters["audience"], reading):
        yield hit


def _restricted(restrictions: Sequence[str], reading: Reading, market: str) -> Hit | None:
    for number, match in reading.matches(market).items():
        if match.row is None or match.status is Status.UNTIED:
            continue  # any row with this effect would do, and each has its own restriction
        if any(restriction in match.row.restriction for restriction in restrictions):
            return reading.hit(number, detail=match.row.restriction)
    return None


def _check_statement(when: When, reading: Reading, market: str) -> Iterator[Hit]:  # noqa: ARG001
    """Look in a document with a claim, or with what `pattern` finds, for the statement that `present` finds."""
    places = range(len(reading.sentences)) if not when.labels else reading.claims()
    first = next((n for n in places if when.pattern is None or when.pattern.search(reading.view(n).searched())), None)
    if first is not None and not _stands(when.parameters["present"], reading):
        yield Hit(None, reading.sentences[first].start, reading.sentences[first].end)


def _check_headings(when: When, reading: Reading, market: str) -> Iterator[Hit]:  # noqa: ARG001
    """Look in a document with what `pattern` finds for the `headings`."""
    assert when.pattern is not None
    places = range(len(reading.sentences))
    first = next((n for n in places if when.pattern.search(reading.view(n).searched())), None)
    if first is None:
        return
    text = reading.document.text
    missing = [heading for heading in when.parameters["headings"] if not _heads_line(heading, text)]
    if missing:
        sentence = reading.sentences[first]
        yield Hit(None, sentence.start, sentence.end, f"missing: {', '.join(missing)}")


def _check_balance(when: When, reading: Reading, market: str) -> Iterator[Hit]:  # noqa: ARG001
    """Compare risks with benefits: none at all, fewer than `share` of them, or `distance` sentences away.

    A sentence that is a benefit too tells no risk, nor one without what `pattern` finds or with what `unless` finds.
    """
    benefits = [n for n, s in enumerate(reading.sentences) if Label.EFFICACY_CLAIM in s.labels]
    risks = [n for n, s in enumerate(reading.sentences) if _tells_risk(when, reading, n, s.labels)]
    if not benefits:
        return
    first = reading.sentences[benefits[0]]
    aspect = when.parameters["aspect"]
    told = f"{len(benefits)} sentences of benefit, {len(risks)} of risk"
    if (aspect == "missing" and not risks) or (
        aspect == "share" and risks and len(risks) < when.parameters["share"] * len(benefits)
    ):
        yield Hit(None, first.start, first.end, told)
    elif aspect == "distance" and risks:
        away = _Nearest(risks).distance(benefits[0])
        if away > when.parameters["distance"]:
            yield Hit(None, first.start, first.end, f"the nearest risk stands {away} sentences away")


def _tells_risk(when: When, reading: Reading, number: int, labels: Sequence[Label]) -> bool:
    if Label.RISK_DISCLOSURE not in labels or Label.EFFICACY_CLAIM in labels:
        return False
    return find_span(when, reading, number) is not None


def _check_chain(when: When, reading: Reading, market: str) -> Iterator[Hit]:  # noqa: ARG001
    """Yield claims to act on what a sentence nearby says causes a disease; `pattern` finds the words of causing."""
    assert when.pattern is not None
    distance = when.parameters["distance"]
    causes: dict[str, list[tuple[int, str]]] = {}
    for number, sentence in enumerate(reading.sentences):
        if Label.EFFICACY_CLAIM in sentence.labels:
            continue
        for cause, disease in _causes(when, reading, number):
            causes.setdefault(_stem(cause), []).append((number, disease))
    if not causes:
        return
    for number in reading.claims():
        view = reading.view(number)
        if any(term.lexicon == "diseases" for term in view.terms):
            continue
        for name, start, end in find_all(when, view):
            told = causes.get(_stem(name), [])
            first, last = (bisect_left(told, (place, "")) for place in (number - distance, number + distance + 1))
            near = [pair for pair in told[first:last] if pair[0] != number]
            if near:
                detail = f"{name!r}, which sentence {near[0][0] + 1} ties to {near[0][1]!r}"
                yield reading.hit(number, (start, end), detail)
                break


def _causes(when: When, reading: Reading, number: int) -> Iterator[tuple[str, str]]:
    """Yield what a sentence says brings a disease about, with that disease: the one before and the other after."""
    view = reading.view(number)
    diseases = [term for term in view.terms if term.lexicon == "diseases"]
    if not diseases:
        return
    for pattern, forward in ((when.pattern, True), (when.parameters.get("passive"), False)):
        match = pattern.search(view.searched()) if pattern is not None else None
        if match is None:
            continue
        for name, start, end in find_all(when, view):
            for disease in diseases:
                active = end <= match.start() and match.end() <= disease.start
                if active if forward else disease.end <= match.start() and match.end() <= start:
                    yield name, disease.term
                    break


def _heads_line(heading: str, text: str) -> bool:
    """Tell whether a line or a sentence opens with a heading, in the singular or the plural."""
    words = r"\s{1,5}".join(map(re.escape, heading.removesuffix("s").split()))
    return re.search(rf"(?im)(?:^|[.:;]\s)[^\w\n]{{0,10}}{words}s?\b", text) is not None


class _Nearest:
    """The distance from a sentence to the nearest of some others, in sentences."""

    def __init__(self, numbers: list[int]) -> None:
        self.numbers = numbers

    def distance(self, number: int) -> int:
        place = bisect_left(self.numbers, number)
        return min((abs(other - number) for other in self.numbers[max(place - 1, 0) : place + 1]), default=10**9)


def _stands(pattern: re.Pattern[str], reading: Reading) -> bool:
    """Tell whether a statement stands in one sentence or runs over two."""
    texts = [sentence.text[:1_000] for sentence in reading.sentences]
    return any(pattern.search(f"{text} {after}") for text, after in zip(texts, [*texts[1:], ""], strict=True))


def _leading_mark(text: str) -> str | None:
    match = re.match(rf"\s{{0,10}}([*{SIGNS}]{{1,4}})", text)
    return match[1] if match else None


def _stem(term: str) -> str:
    return term[:-1] if term.endswith("s") and not term.endswith("ss") else term


CHECKS: Mapping[str, Check] = {
    "register": Check(_check_register, {"status": list, "claim_types": list}, ("status",)),
    "general": Check(_check_general, {"distance": int}, ("distance",)),
    "risk_statement": Check(_check_risk_statement, {"present": re.Pattern}, ("present",)),
    "restriction": Check(_check_restriction, {"restriction": str, "present": re.Pattern}, ("restriction", "present")),
    "audience": Check(_check_audience, {"restrictions": list, "audience": re.Pattern}, ("restrictions", "audience")),
    "statement": Check(_check_statement, {"present": re.Pattern}, ("present",)),
    "headings": Check(_check_headings, {"headings": list}, ("headings",)),
    "balance": Check(_check_balance, {"aspect": str, "share": float, "distance": int}, ("aspect",)),
    "chain": Check(_check_chain, {"distance": int, "passive": re.Pattern}, ("distance",)),
    "disclaimer": Check(check_disclaimer, {"aspect": str, "distance": int}, ("aspect",)),
}
"""The checks by the name that a rule calls them by."""
