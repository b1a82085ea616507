"""How much a claim promises, by what it names."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from classifier.lexicons import find_meant_terms
from classifier.records import Cue, Severity

__all__ = ["severity_of"]

_SEVERITIES = {"diseases": Severity.HIGH, "functions": Severity.MEDIUM, "wellness": Severity.LOW}


def severity_of(sentence: str) -> tuple[Severity, Cue | None]:
    """Return how much a claim promises, and the words that say so, counted from its start.

    A claim in which no list knows a word is taken to name a function, as nearly all of them do.

    >>> severity_of("Say goodbye to arthritis")[0], severity_of("Deeper sleep")[0], severity_of("Feel your best")[0]
    (<Severity.HIGH: 'high'>, <Severity.MEDIUM: 'medium'>, <Severity.LOW: 'low'>)
    """
    replaced = _replaces_medicine().search(sentence)
    if replaced:
        return Severity.HIGH, Cue("severity", *replaced.span(), replaced.group(), "replaces_medicine")
    terms = find_meant_terms(sentence)
    for lexicon, severity in _SEVERITIES.items():
        for term in terms:
            if term.lexicon == lexicon:
                return severity, Cue("severity", term.start, term.end, sentence[term.start : term.end], lexicon)
    return Severity.MEDIUM, None


@cache
def _replaces_medicine() -> re.Pattern[str]:
    """Compile the phrase of this name that the rule packs use, so that severity and rules mean the same."""
    text = files("classifier").joinpath("policies", "phrases.toml").read_text(encoding="utf-8")
    phrases = tomllib.loads(text)
    pattern = phrases["replaces_medicine"]
    while name := re.search(r"\{([a-z_]+)\}", pattern):
        pattern = pattern.replace(name[0], f"(?:{phrases[name[1]]})")
    return re.compile(pattern, re.IGNORECASE)
