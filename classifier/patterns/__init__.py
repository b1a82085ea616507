"""Patterns as data: regular expressions with a literal prefilter and tested examples."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classifier.patterns.expressions import Expression, compile_lowered
from classifier.patterns.prefilter import Prefilter
from classifier.records import Evidence

__all__ = ["Expression", "Pattern", "Prefilter", "compile_lowered", "load_evidence_patterns", "patterns_for"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a sentence may offer for its claim.

    `regex` runs only where one of `literals` may stand in the lower-cased sentence, and counts only where `context`, if
    given, is found in the sentence too. `unverified` says what was not checked against the issuing body's description.
    """

    id: str
    level: Evidence
    what: str
    regex: Expression
    literals: tuple[str, ...]
    flagged: tuple[str, ...]
    passed: tuple[str, ...]
    context: Expression | None = None
    unverified: str = ""


@cache
def load_evidence_patterns() -> tuple[Pattern, ...]:
    """Load the shipped patterns, those of the best evidence first."""
    data = tomllib.loads(files(__package__).joinpath("evidence.toml").read_text(encoding="utf-8"))
    patterns = [
        Pattern(
            **{
                **entry,
                "level": Evidence(entry["level"]),
                "regex": Expression.parse(entry["regex"]),
                "context": Expression.parse(entry["context"]) if "context" in entry else None,
                **{key: tuple(entry[key]) for key in ("literals", "flagged", "passed")},
            }
        )
        for entry in data["pattern"]
    ]
    return tuple(sorted(patterns, key=lambda pattern: -list(Evidence).index(pattern.level)))


def patterns_for(lowered: str) -> list[Pattern]:
    """Return the shipped patterns that a text in lower case may match, those of the best evidence first.

    >>> [pattern.id for pattern in patterns_for("it eased gout in mice.")]
    ['preclinical', 'preclinical_more']
    """
    return _prefilter().candidates(lowered)


@cache
def _prefilter() -> Prefilter[Pattern]:
    return Prefilter((pattern, pattern.literals) for pattern in load_evidence_patterns())
