"""What the trained part sees of a claim, as strings: its words, the evidence in reach, the facts of its page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from classifier.evidence.cases import Case, Decision
from classifier.evidence.linking import Link
from classifier.evidence.page import Line
from classifier.folding import lower
from classifier.patterns import Prefilter, compile_lowered
from classifier.records import Label

__all__ = ["CHANNELS", "facts_of_page", "signs_of"]

CHANNELS: Mapping[str, float] = {"words": 1.0, "facts": 1.5}
"""The groups of signs and their weights; each is scaled to length on its own."""

_QUOTES = ('"', "“", "‘")
_MOST_LINES = 400


def signs_of(case: Case, decision: Decision, page: Sequence[str]) -> Mapping[str, list[str]]:
    """Return the signs of one claim, by channel, of what the rules decided and of the facts of its page too."""
    tokens = case.claim.tokens
    return {
        "words": [*tokens, *(f"{left} {right}" for left, right in pairwise(("^", *tokens, "$")))],
        "facts": [*page, *_facts(case, decision), *_reach(case.links)],
    }


def facts_of_page(lines: Sequence[Line], case: Case) -> list[str]:
    """Return what a page shows to all of its claims."""
    lowered = lower(" ".join(line.text for line in lines[:_MOST_LINES]))
    facts = [f"page:{name}" for name, regex in _FACTS.candidates(lowered) if regex.search(lowered)]
    return [*facts, f"label={case.is_label}", f"medicine={case.is_medicine}", f"study={case.is_study}"]


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


_STEMS = (
    "mab|nib|pril|sartan|statin|olol|azole|oxacin|cillin|mycin|triptan|gliptin|gliflozin|glutide|parin|dronate|setron|tidine|"
    "prazole|caine|profen|coxib|oxetine|dipine|zosin|terol|solone|lukast|tadine|rizine|sodium|hydrochloride|hcl|usp|tartrate|"
    "maleate|citrate|acetate"
)  # on which the generic names of medicines end
_FACTS = Prefilter(
    ((name, compile_lowered(expression)), literals.split("|"))
    for name, literals, expression in (
        ("generic", _STEMS, rf"\b\w{{2,20}}(?:{_STEMS})\b"),
        ("doctor", "your", r"\byour\s+(?:doctor|healthcare\s+provider|physician|pharmacist)\b"),
        ("indication", "indicat", r"\bindicat(?:ed|ions?)\b"),
        ("tablets", "tablet|injection|mg", r"\b(?:tablets?|injections?|mg)\b"),
        ("approved", "approved", r"\bapproved\b"),
        (
            "supplement",
            "supplement|diagnose",
            r"supplement\s+facts|(?:dietary|food)\s+supplement|not\s+intended\s+to\s+diagnose",
        ),
        ("rx", "prescription|provider|effects", r"prescription|healthcare\s+provider|side\s+effects"),
        ("drug", "drug|ingredient", r"drug\s+facts|active\s+ingredient|inactive\s+ingredient"),
        ("device", "510(k)|clear|device", r"510\(k\)|\bcleared\b|medical\s+device|\bclearance\b"),
        ("references", "references|sources|bibliography", r"\b(?:references|sources|bibliography)\b"),
        ("reviews", "★|review|verified|testimonial", r"★|\breviews?\b|verified|testimonials?"),
        (
            "study",
            "abstract|methods|conclusion|randomi|placebo",
            r"\b(?:abstract|methods|conclusions?|randomi[sz]ed|placebo)\b",
        ),
        ("pets", "dog|cat|horse|pet", r"\b(?:dogs?|cats?|horses?|pets?)\b"),
        ("history", "centur|ancient|tradition|folk", r"\b(?:centur(?:y|ies)|ancient|tradition\w*|folk)\b"),
        ("we", "our", r"\bour\s+(?:clinic|practice|patients|clients)\b"),
    )
)
"""What the words of a page may show of it, by expressions for lower case, run where one of their literals stands."""
