"""What a rule and a pack of rules are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from classifier.records import Evidence, Label, Severity

__all__ = ["KINDS", "MARKETS", "PRODUCT_CLASSES", "VERIFICATIONS", "Example", "Pack", "Part", "Rule", "When"]

MARKETS = ("us", "eu", "uk")
"""The markets that have a pack of their own."""

PRODUCT_CLASSES = ("supplement", "food", "otc", "rx", "device", "cosmetic", "practice", "unknown")
"""What is sold. For `unknown` the rules on food and supplements apply, and the report says that this is assumed."""

KINDS = ("support", "permission")
VERIFICATIONS = ("verified", "secondary", "unverified")
"""How far a rule was checked: against the legal or official text, against someone who quotes it, or not at all."""


@dataclass(frozen=True, slots=True)
class When:
    """The conditions of a rule on a sentence; all that are given must hold.

    `labels`: the sentence bears one of them; an empty tuple takes every sentence. `evidence`, `severity`: as assessed.
    `lexicons` and `terms`: a word of these, but for `except_terms`, stands in it. `pattern` is found in it and
    `unless` is not; terms that `outside` covers do not count. `yields_to`: none of these rules has spoken of it. A
    `check` is a test made in code, with `parameters` from the rule.
    """

    labels: tuple[Label, ...] = (Label.EFFICACY_CLAIM, Label.MECHANISM_CLAIM)
    evidence: tuple[Evidence, ...] = ()
    severity: tuple[Severity, ...] = ()
    lexicons: tuple[str, ...] = ()
    terms: frozenset[tuple[str, ...]] = frozenset()
    except_terms: frozenset[str] = frozenset()
    pattern: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    outside: re.Pattern[str] | None = None
    yields_to: tuple[str, ...] = ()
    check: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Part:
    """One line of an example, with the labels that a reader would give it."""

    text: str
    labels: tuple[Label, ...] = (Label.EFFICACY_CLAIM,)
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A short text on which a rule speaks or keeps silent, for one class of product."""

    parts: tuple[Part, ...]
    product_class: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `severity` is None where a finding takes the severity of its claim.

    `markets` is empty for a rule that knows no market, `product_classes` for one that holds whatever is sold.
    `flagged` and `passed` are examples on which the rule speaks and keeps silent; `explanation` is for people.
    """

    id: str
    title: str
    kind: str
    severity: Severity | None
    message: str
    basis: str
    link: str
    last_verified: str
    verification: str
    markets: tuple[str, ...]
    product_classes: tuple[str, ...]
    explanation: str
    when: When
    flagged: tuple[Example, ...]
    passed: tuple[Example, ...]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Pack:
    """A named set of rules with its version and the day on which its facts were last checked.

    `digest` is a hash of the file, of a pack that is not shipped; `switched` are the rules that somebody has turned on
    or off, each after a `+` or a `-`.
    """

    name: str
    version: str
    last_verified: str
    rules: tuple[Rule, ...]
    digest: str = ""
    switched: tuple[str, ...] = ()

    @property
    def edition(self) -> str:
        """All that tells which rules ran.

        >>> Pack("house", "1", "2026", (), digest="3f2a", switched=("-house.miracle",)).edition
        '1@3f2a-house.miracle'
        """
        return "".join((self.version, f"@{self.digest}" if self.digest else "", *self.switched))
