"""Rule packs: rules as data, read and checked here, and what they say of an assessed sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from classifier.errors import ConfigurationError
from classifier.records import Assessed, Context, Document, Evidence, Finding, Reviewed

__all__ = ["Pack", "Rule", "load_pack", "parse_pack", "review"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: it speaks of an unsupported claim whose evidence is `evidence`.

    `flagged` and `passed` are example claims on which the rule speaks and keeps silent; `explanation` is for people.
    """

    id: str
    title: str
    evidence: Evidence
    message: str
    basis: str
    explanation: str
    flagged: tuple[str, ...]
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A named set of rules with its version and the day on which its facts were last checked."""

    name: str
    version: str
    last_verified: str
    rules: tuple[Rule, ...]


def review(
    document: Document, sentences: Sequence[Assessed], packs: Sequence[Pack], context: Context
) -> tuple[tuple[Reviewed, ...], tuple[Finding, ...]]:
    """Return the sentences with the findings of the rules that speak of them, and the findings on the whole document."""
    return tuple(_review_sentence(sentence, packs) for sentence in sentences), ()


def _review_sentence(assessed: Assessed, packs: Sequence[Pack]) -> Reviewed:
    if assessed.severity is None:
        return Reviewed(assessed)
    return Reviewed(
        assessed,
        tuple(
            Finding(rule.id, assessed.severity, assessed.start, assessed.end, rule.message, rule.basis)
            for pack in packs
            for rule in pack.rules
            if rule.evidence is assessed.evidence
        ),
    )


@cache
def load_pack(name: str) -> Pack:
    """Load a rule pack that the package ships."""
    path = files("classifier").joinpath("policies", f"{name}.toml")
    return parse_pack(path.read_text(encoding="utf-8"), source=f"{name}.toml")


def parse_pack(toml: str, *, source: str) -> Pack:
    """Read a rule pack.

    Raises `ConfigurationError` with `source` and line and column for a syntax error, with the dotted key for a key that
    is unknown, missing or of the wrong kind.
    """
    try:
        data = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source}: {error}") from None
    entries = data.pop("rule", [])
    _check_keys(data, {"name", "version", "last_verified"}, source, "")
    rules = tuple(_parse_rule(entry, source, f"rule[{number}].") for number, entry in enumerate(entries))
    twice = {rule.id for rule in rules if sum(other.id == rule.id for other in rules) > 1}
    if twice:
        raise ConfigurationError(f"{source}: rule.id: {sorted(twice)[0]!r} is used twice; give each rule its own")
    return Pack(**data, rules=rules)


def _parse_rule(entry: Mapping[str, Any], source: str, place: str) -> Rule:
    _check_keys(entry, {field.name for field in fields(Rule)}, source, place)
    for key in ("flagged", "passed"):
        if not isinstance(entry[key], list) or not entry[key] or not all(isinstance(text, str) for text in entry[key]):
            raise ConfigurationError(f"{source}: {place}{key}: give at least one example sentence in a list")
    levels = [level.value for level in Evidence if level.support == "unsupported"]
    if entry["evidence"] not in levels:
        raise ConfigurationError(f"{source}: {place}evidence: {entry['evidence']!r} is none of {', '.join(levels)}")
    return Rule(
        **{
            **entry,
            "evidence": Evidence(entry["evidence"]),
            "flagged": tuple(entry["flagged"]),
            "passed": tuple(entry["passed"]),
        }
    )


def _check_keys(entry: Mapping[str, Any], wanted: set[str], source: str, place: str) -> None:
    for key in sorted(entry.keys() - wanted):
        raise ConfigurationError(f"{source}: {place}{key}: unknown key; known are {', '.join(sorted(wanted))}")
    for key in sorted(wanted - entry.keys()):
        raise ConfigurationError(f"{source}: {place}{key}: missing")
    for key in sorted(wanted - {"flagged", "passed"}):
        if not isinstance(entry[key], str):
            raise ConfigurationError(f"{source}: {place}{key}: give a text, not {type(entry[key]).__name__}")
