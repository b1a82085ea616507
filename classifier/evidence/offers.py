"""What one sentence offers: the patterns of `patterns/evidence.toml` that it matches, and the best of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from classifier.folding import lower
from classifier.patterns import Pattern, patterns_for
from classifier.records import Cue, Evidence

__all__ = [
    "YEAR",
    "Offer",
    "best_offer",
    "denies_effect",
    "find_evidence",
    "find_offers",
    "names_source",
    "opens_source",
    "speaks_of_people",
]

YEAR = re.compile(r"\b(?:19[5-9]|20[0-4])\d\b")
"""A year in which what is cited may have appeared."""

_PEOPLE = re.compile(
    r"(?i)\b(?:\d[\d,]{0,8}\s+(?:\w+\s+){0,3}?(?:adults|people|participants|patients|volunteers|subjects|men|women)|"
    r"clinical\s+trial|human\s+(?:trial|stud))"
)
_NO_EFFECT = re.compile(
    r"(?i)\bno\s+(?:(?:significant|measurable|clear|real|detectable|added|statistically\s+significant)\s+)?(?:(?:effect|impact)\s+(?:of|on|in|over)|"
    r"(?:benefit|difference|improvement|change)s?\s+(?:of|in|from|over|between)|better\s+than\s+(?:a\s+|the\s+)?placebo)\b"
    r"(?!\s+(?:the\s+)?(?:\w+\s+)?(?:side|adverse|safety|weight|placebo|control|liver|kidney|blood)\b)|"
    r"\b(?:did|does|do|could)\s?(?:not|n't)\s+(?:significantly\s+)?(?:improve|reduce|lower|relieve|ease|help|work|shorten|prevent|beat|"
    r"outperform)\b|\bfail(?:s|ed)\s+to\s+(?:improve|reduce|lower|show|relieve|prevent|shorten|beat)\b|\bineffective\b|"
    r"\b(?:not|n't)\s+(?:more\s+)?(?:effective|superior)\b|"
    r"\bnon-?significant\s+(?:reduction|improvement|increase|decrease|change|effect|difference|trend)"
)
_BUT = re.compile(r"(?i)\b(?:but|yet|while|whereas|although|though|however)\b")  # where a sentence tells of both
_SOURCE = re.compile(
    r"(?i)^\W*(?:key\s+|read\s+(?:the\s+)?(?:full\s+)?)?(?:references?|sources?|study|citation|ref|evidence)\s?:"
)
_ADDRESS = re.compile(
    r"^\W{0,8}(?:https?://|www\.|doi(?:\.org/|:)|PMID)\S*(?:\s[^\s\d]*\d\S*)?\s*$"
)  # and nothing else
_LEVELS = list(Evidence)


@dataclass(frozen=True, slots=True)
class Offer:
    """A span of a text that offers evidence of a level, as the pattern `rule` finds it."""

    level: Evidence
    start: int
    end: int
    text: str
    rule: str


def find_offers(sentence: str) -> tuple[Offer, ...]:
    """Return what a sentence offers, one offer a pattern, those of the best evidence first.

    >>> [(offer.level.value, offer.text) for offer in find_offers("It eased pain in rats (PMID: 23439798).")]
    [('cited', 'PMID: 23439798'), ('preclinical', 'rats')]
    """
    lowered = lower(sentence)
    found = (_find(pattern, sentence, lowered) for pattern in patterns_for(lowered))
    return tuple(offer for offer in found if offer is not None)


def best_offer(sentence: str, offers: tuple[Offer, ...]) -> Offer | None:
    """Return the best of a sentence's offers; a citation of animal or laboratory work stays preclinical."""
    levels = {offer.level for offer in offers}
    if Evidence.PRECLINICAL in levels and not speaks_of_people(sentence):
        levels -= {Evidence.CITED, Evidence.DESCRIBED}
    best = max(levels, key=_LEVELS.index, default=None)
    return next((offer for offer in offers if offer.level is best), None)


def find_evidence(sentence: str) -> tuple[Evidence, Cue | None]:
    """Return the best evidence level that a sentence offers by itself, and the span that shows it.

    >>> find_evidence("Studies show that it relieves pain.")[0]
    <Evidence.VAGUE: 'vague'>
    >>> find_evidence("In mice it relieved pain (PMID: 23439798).")[0]
    <Evidence.PRECLINICAL: 'preclinical'>
    """
    best = best_offer(sentence, find_offers(sentence))
    if best is None:
        return Evidence.NONE, None
    return best.level, Cue("evidence", best.start, best.end, best.text, best.rule)


def speaks_of_people(sentence: str) -> bool:
    """Whether a sentence tells of people who were studied."""
    return _PEOPLE.search(sentence) is not None


def denies_effect(sentence: str) -> bool:
    """Whether a sentence reports that something had no effect, so that it supports no claim but its own.

    >>> denies_effect("A trial of 60 adults found no effect of magnesium on sleep (Lee et al., 2015).")
    True
    >>> denies_effect("It deepened sleep with no difference in side effects (Lee et al., 2015).")
    False
    >>> denies_effect("It did not lower blood pressure but deepened sleep (Lee et al., 2015).")
    False
    """
    return _NO_EFFECT.search(sentence) is not None and _BUT.search(sentence) is None


def opens_source(text: str) -> bool:
    """Whether a text opens with "Reference:" or the like."""
    return _SOURCE.match(text) is not None


def names_source(text: str) -> bool:
    """Whether a short line names a source, so that it heads nothing."""
    if opens_source(text) or _ADDRESS.match(text) is not None:
        return True
    best = best_offer(text, find_offers(text)) if YEAR.search(text) is not None else None
    return best is not None and best.level is Evidence.CITED and not speaks_of_people(text)


def _find(pattern: Pattern, sentence: str, lowered: str) -> Offer | None:
    match = pattern.regex.search(sentence, lowered)
    if match is None or (pattern.context is not None and pattern.context.search(sentence, lowered) is None):
        return None
    quote = sentence[match.start() : match.end()]
    if pattern.level is Evidence.CITED:
        quote = quote.rstrip(".,;) ")
    return Offer(pattern.level, match.start(), match.start() + len(quote), quote, pattern.id)
