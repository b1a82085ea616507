"""Patterns as data: regular expressions with a literal prefilter and tested examples."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classifier.records import Evidence

__all__ = ["Pattern", "load_evidence_patterns"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a sentence may offer for its claim.

    `regex` runs only where one of `literals` stands in the lower-cased sentence, and counts only where `context`, if
    given, is found in the sentence too. `unverified` says what was not checked against the issuing body's description.
    """

    id: str
    level: Evidence
    what: str
    regex: re.Pattern[str]
    literals: tuple[str, ...]
    flagged: tuple[str, ...]
    passed: tuple[str, ...]
    context: re.Pattern[str] | None = None
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
                "regex": re.compile(entry["regex"]),
                "context": re.compile(entry["context"]) if "context" in entry else None,
                **{key: tuple(entry[key]) for key in ("literals", "flagged", "passed")},
            }
        )
        for entry in data["pattern"]
    ]
    return tuple(sorted(patterns, key=lambda pattern: -list(Evidence).index(pattern.level)))
