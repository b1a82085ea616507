"""What the trained part sees of a claim, as strings: its words, those around it, the evidence in reach, the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from classifier.evidence.cases import Case, Decision
from classifier.evidence.linking import Link
from classifier.evidence.page import Line
from classifier.records import Label

__all__ = ["CHANNELS", "Page", "page_of", "signs_of"]

CHANNELS: Mapping[str, float] = {"words": 1.0, "near": 0.3, "above": 0.5, "title": 0.1, "facts": 1.5}
"""The groups of signs and their weights; each is scaled to length on its own."""

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s]")
_DIGIT = re.compile(r"\d")
_QUOTES = ('"', "“", "‘")
_MOST_TOKENS = 80
_MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows to all of its claims: the words of its first lines, and facts about it."""

    title: tuple[str, ...]
    facts: tuple[str, ...]


def signs_of(case: Case, decision: Decision, lines: Sequence[Line], page: Page) -> Mapping[str, list[str]]:
    """Return the signs of one claim, by channel; `decision` is what the rules say of it."""
    claim = case.claim
    tokens = _tokens(claim.text)
    return {
        "words": [*tokens, *(f"{left} {right}" for left, right in pairwise(("^", *tokens, "$")))],
        "near": [*_words("-", _at(lines, claim.index - 1)), *_words("+", _at(lines, claim.index + 1))],
        "above": [*_words("^", claim.heading), *_words(":", claim.stem)],
        "title": list(page.title),
        "facts": [*page.facts, *_facts(case, decision), *_reach(case.links)],
    }


def page_of(lines: Sequence[Line], case: Case) -> Page:
    """Return what a page shows to all of its claims."""
    text = " ".join(line.text for line in lines[:_MOST_LINES])
    facts = [f"page:{name}" for name, regex in _PAGE.items() if regex.search(text)]
    facts += [f"label={case.is_label}", f"medicine={case.is_medicine}", f"study={case.is_study}"]
    return Page(tuple(token for line in lines[:2] for token in _tokens(line.text)), tuple(facts))


def _facts(case: Case, decision: Decision) -> Iterator[str]:
    claim = case.claim
    yield f"rule={decision.rule}"
    yield f"ruled={decision.level}"
    yield f"told={case.in_testimonial}"
    yield f"part={claim.part}"
    yield f"heading={claim.is_heading}"
    yield f"bullet={claim.is_bullet}"
    yield f"alone={claim.opens_line and claim.closes_line}"
    yield f"quoted={claim.text.lstrip('•-* ')[:1] in _QUOTES}"
    yield f"length={min(len(claim.text).bit_length(), 10)}"
    yield f"promotes={Label.PROMOTIONAL in claim.tagged.labels}"
    for outcome in claim.topics.outcomes:
        yield f"outcome={outcome}"


def _reach(links: Sequence[Link]) -> set[str]:
    found = {"reached=" + ",".join(sorted({link.level for link in links}))}
    for link in links:
        near = link.place if link.distance < 2 else f"{link.place}{min(link.distance, 4)}"
        found.add(f"{near}:{link.level}")
        found.add(f"{near}:{link.rule}")
        found.add(f"{near}:{link.level}:{link.same_agent}:{link.same_outcome}")
        found.add(f"{link.place}:{link.level}:{link.is_about_another}")
    return found


def _at(lines: Sequence[Line], index: int) -> Line | None:
    return lines[index] if 0 <= index < len(lines) else None


def _words(prefix: str, line: Line | None) -> Iterator[str]:
    if line is None:
        yield f"{prefix}none"
        return
    tokens = _tokens(line.text)
    yield from (f"{prefix}{token}" for token in tokens)
    yield from (f"{prefix}{left} {right}" for left, right in pairwise(tokens))


_PAGE = {
    "generic": re.compile(
        r"(?i)\b\w{2,20}(?:mab|nib|pril|sartan|statin|olol|azole|oxacin|cillin|mycin|triptan|gliptin|gliflozin|glutide|parin|"
        r"dronate|setron|tidine|prazole|caine|profen|coxib|oxetine|dipine|zosin|terol|solone|lukast|tadine|rizine|"
        r"sodium|hydrochloride|hcl|usp|tartrate|maleate|citrate|acetate)\b"
    ),
    "doctor": re.compile(r"(?i)\byour\s+(?:doctor|healthcare\s+provider|physician|pharmacist)\b"),
    "indication": re.compile(r"(?i)\bindicat(?:ed|ions?)\b"),
    "tablets": re.compile(r"(?i)\b(?:tablets?|injections?|mg)\b"),
    "approved": re.compile(r"(?i)\bapproved\b"),
    "supplement": re.compile(r"(?i)supplement\s+facts|(?:dietary|food)\s+supplement|not\s+intended\s+to\s+diagnose"),
    "rx": re.compile(r"(?i)prescription|healthcare\s+provider|side\s+effects"),
    "drug": re.compile(r"(?i)drug\s+facts|active\s+ingredient|inactive\s+ingredient"),
    "device": re.compile(r"(?i)510\(k\)|\bcleared\b|medical\s+device|\bclearance\b"),
    "references": re.compile(r"(?i)\b(?:references|sources|bibliography)\b"),
    "reviews": re.compile(r"(?i)★|\breviews?\b|verified|testimonials?"),
    "study": re.compile(r"(?i)\b(?:abstract|methods|conclusions?|randomi[sz]ed|placebo)\b"),
    "pets": re.compile(r"(?i)\b(?:dogs?|cats?|horses?|pets?)\b"),
    "history": re.compile(r"(?i)\b(?:centur(?:y|ies)|ancient|tradition\w*|folk)\b"),
    "we": re.compile(r"(?i)\bour\s+(?:clinic|practice|patients|clients)\b"),
}


def _tokens(text: str) -> list[str]:
    plain = _DIGIT.sub("0", text.lower().replace("’", "'"))
    return [match.group() for match, _ in zip(_TOKEN.finditer(plain), range(_MOST_TOKENS), strict=False)]
