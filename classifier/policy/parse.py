"""Read rule packs: TOML to checked records. What cannot be meant is refused with its file and its place."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

from classifier.errors import ConfigurationError
from classifier.lexicons import LEXICONS
from classifier.policy.checks import CHECKS
from classifier.policy.disclaimers import ASPECTS
from classifier.policy.entries import Entry
from classifier.policy.expressions import compile_expression
from classifier.policy.reading import place_words
from classifier.policy.registers import Status
from classifier.policy.rule import (
    KINDS,
    MARKETS,
    PRODUCT_CLASSES,
    VERIFICATIONS,
    Example,
    Pack,
    Part,
    Rule,
    When,
)
from classifier.records import Evidence, Label, Severity
from classifier.toml_text import parse_toml

__all__ = ["MAX_PACK_BYTES", "load_pack", "load_packs", "parse_pack", "read_pack"]

MAX_PACK_BYTES = 1_000_000
_MAX_RULES = 1_000
_DEFAULTS = (
    "last_verified",
    "verification",
    "markets",
    "product_classes",
    "kind",
    "link",
)  # a pack's own for its rules
_ASPECTS = {"disclaimer": ASPECTS, "balance": ("missing", "share", "distance")}


@cache
def load_pack(name: str) -> Pack:
    """Load a rule pack that the package ships: `support`, `us`, `eu` or `uk`."""
    path = files("classifier").joinpath("policies", f"{name}.toml")
    return parse_pack(path.read_text(encoding="utf-8"), source=f"{name}.toml")


def load_packs(markets: Iterable[str], policies: Iterable[str | PathLike[str]] = ()) -> tuple[Pack, ...]:
    """Load the pack `support`, those of some markets, and those of some files."""
    packs = [load_pack("support"), *(load_pack(market) for market in dict.fromkeys(markets))]
    taken = {rule.id: pack.name for pack in packs for rule in pack.rules}
    names = {pack.name for pack in packs}
    for path in policies:
        pack = read_pack(path)
        if pack.name in names:
            raise ConfigurationError(f"{path}: name: a pack {pack.name!r} is loaded already; give yours another name")
        for rule in pack.rules:
            if rule.id in taken:
                raise ConfigurationError(f"{path}: rule.id: {rule.id!r} is a rule of the pack {taken[rule.id]!r} too")
            taken[rule.id] = pack.name
        names.add(pack.name)
        packs.append(pack)
    return tuple(packs)


def read_pack(path: str | PathLike[str]) -> Pack:
    """Read a rule pack from a file of yours."""
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_PACK_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(f"{path}: cannot be read: {reason.lower()}; name a rule pack (TOML)") from None
    if len(data) > MAX_PACK_BYTES:
        raise ConfigurationError(f"{path}: larger than {MAX_PACK_BYTES:,} bytes; split the pack")
    try:
        pack = parse_pack(data.decode("utf-8"), source=str(path))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    return replace(pack, digest=hashlib.sha256(data).hexdigest()[:12])


def parse_pack(toml: str, *, source: str) -> Pack:
    """Read a rule pack.

    Raises `ConfigurationError` with `source` and line and column for a syntax error, with the dotted key for a key that
    is unknown, missing or of the wrong kind.
    """
    data = parse_toml(toml, source=source)
    pack = Entry(data, source, "")
    pack.allow({"name", "version", "rule", "phrases", "lists", *_DEFAULTS}, needed={"name", "version", "last_verified"})
    words = _shipped_words().with_own(pack)
    entries = pack.tables("rule")
    if len(entries) > _MAX_RULES:
        raise pack.error("rule", f"more than {_MAX_RULES:,} rules; split the pack")
    defaults = {key: data[key] for key in _DEFAULTS if key in data}
    rules = tuple(_parse_rule(Entry({**defaults, **entry.data}, source, entry.place), words) for entry in entries)
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ConfigurationError(f"{source}: rule.id: {rule.id!r} is used twice; give each rule its own")
        seen.add(rule.id)
    return Pack(pack.text("name"), pack.text("version"), pack.text("last_verified"), rules)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a pack may name: phrases as `{name}` in its expressions, lists as `@name` among its terms."""

    phrases: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def with_own(self, pack: Entry) -> _Words:
        phrases, lists = Entry(pack.table("phrases"), pack.source, "phrases."), pack.table("lists")
        own = Entry(lists, pack.source, "lists.")
        return _Words(
            {**self.phrases, **{name: phrases.text(name) for name in phrases.data}},
            {**self.lists, **{name: own.texts(name) for name in own.data}},
        )

    def terms(self, entry: Entry, key: str) -> tuple[str, ...]:
        """Return the terms under a key, each `@name` replaced by the list of that name."""
        terms: list[str] = []
        for term in entry.texts(key):
            if not term.startswith("@"):
                terms.append(term)
            elif term[1:] in self.lists:
                terms.extend(self.lists[term[1:]])
            else:
                raise entry.error(key, f"no list is called {term[1:]!r}; known are {', '.join(sorted(self.lists))}")
        return tuple(terms)


@cache
def _shipped_words() -> _Words:
    text = files("classifier").joinpath("policies", "phrases.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    lists = {name: tuple(terms) for name, terms in data.pop("lists").items()}
    return _Words(data, lists)


_OPTIONAL = {"enabled", "kind", "link", "markets", "product_classes", "verification", "last_verified"}


def _parse_rule(entry: Entry, words: _Words) -> Rule:
    names = {field.name for field in fields(Rule)}
    entry.allow(names, needed=names - _OPTIONAL)
    severity = entry.choice("severity", (*Severity, "claim"))
    name = entry.text("id")
    if not re.fullmatch(r"[a-z0-9_-]{1,40}(?:\.[a-z0-9_-]{1,40}){1,5}", name):
        raise entry.error("id", f"{name!r}: write it as pack.rule, in small letters")
    return Rule(
        id=name,
        title=entry.text("title"),
        kind=entry.choice("kind", KINDS, default="permission"),
        severity=None if severity == "claim" else Severity(severity),
        message=entry.text("message"),
        basis=entry.text("basis"),
        link=entry.text("link", default=""),
        last_verified=entry.text("last_verified"),
        verification=entry.choice("verification", VERIFICATIONS, default="unverified"),
        markets=entry.choices("markets", MARKETS),
        product_classes=entry.choices("product_classes", PRODUCT_CLASSES),
        explanation=entry.text("explanation"),
        when=_parse_when(Entry(entry.table("when"), entry.source, f"{entry.place}when."), words),
        flagged=_parse_examples(entry, "flagged"),
        passed=_parse_examples(entry, "passed"),
        enabled=entry.flag("enabled", default=True),
    )


def _parse_when(entry: Entry, words: _Words) -> When:
    check = entry.choice("check", tuple(CHECKS), default="") or None
    taken = CHECKS[check].parameters if check else {}
    entry.allow({field.name for field in fields(When)} - {"parameters"} | taken.keys())
    for key in CHECKS[check].needed if check else ():
        if key not in entry.data:
            raise entry.error(key, f"missing; the check {check!r} needs it")
    parameters = {key: _parameter(entry, key, kind, words) for key, kind in taken.items() if key in entry.data}
    if "aspect" in parameters and parameters["aspect"] not in _ASPECTS[check or ""]:
        raise entry.error("aspect", f"{parameters['aspect']!r} is none of {', '.join(_ASPECTS[check or ''])}")
    if check in ("headings", "chain") and "pattern" not in entry.data:
        raise entry.error("pattern", f"missing; the check {check!r} needs it")
    when = When(
        evidence=tuple(map(Evidence, entry.choices("evidence", tuple(Evidence)))),
        severity=tuple(map(Severity, entry.choices("severity", tuple(Severity)))),
        lexicons=entry.choices("lexicons", LEXICONS),
        terms=frozenset(tuple(word for word, _, _ in place_words(term)) for term in words.terms(entry, "terms")) - {()},
        except_terms=frozenset(words.terms(entry, "except_terms")),
        pattern=_expression(entry, "pattern", words),
        unless=_expression(entry, "unless", words),
        outside=_expression(entry, "outside", words),
        yields_to=entry.texts("yields_to"),
        check=check,
        parameters=MappingProxyType(parameters),
    )
    if "labels" not in entry.data:
        return when
    labels = tuple(map(Label, entry.choices("labels", tuple(Label))))
    return When(**{field.name: getattr(when, field.name) for field in fields(When)} | {"labels": labels})


def _parameter(entry: Entry, key: str, kind: type, words: _Words) -> Any:
    if kind is re.Pattern:
        return _expression(entry, key, words)
    if kind is list:
        return entry.choices(key, tuple(Status)) if key == "status" else entry.texts(key)
    value = entry.data[key]
    if isinstance(value, bool) or not isinstance(value, (int, float) if kind is float else kind):
        raise entry.error(key, f"give a {'number' if kind in (int, float) else 'text'}, not {type(value).__name__}")
    return value


def _expression(entry: Entry, key: str, words: _Words) -> re.Pattern[str] | None:
    if key not in entry.data:
        return None
    try:
        return compile_expression(entry.text(key), words.phrases)
    except ValueError as error:
        raise entry.error(key, str(error)) from None


def _parse_examples(entry: Entry, key: str) -> tuple[Example, ...]:
    given = entry.data[key]
    if not isinstance(given, list) or not given:
        raise entry.error(key, "give at least one example in a list")
    return tuple(_parse_example(example, entry, f"{key}[{number}]") for number, example in enumerate(given))


def _parse_example(given: Any, entry: Entry, key: str) -> Example:
    """Read an example: a claim, a table of its text with labels and evidence, or a list of these, one a line."""
    product_class = None
    lines = given if isinstance(given, list) else [given]
    if isinstance(given, dict) and "lines" in given:
        table = Entry(given, entry.source, f"{entry.place}{key}.")
        table.allow({"lines", "product_class"})
        product_class = table.choice("product_class", PRODUCT_CLASSES, default="") or None
        lines = given["lines"] if isinstance(given["lines"], list) else [given["lines"]]
    return Example(tuple(_parse_part(line, entry, key) for line in lines), product_class)


def _parse_part(given: Any, entry: Entry, key: str) -> Part:
    if isinstance(given, str):
        return Part(given)
    if not isinstance(given, dict):
        raise entry.error(key, "give a text, a table with text and labels, or a list of these")
    table = Entry(given, entry.source, f"{entry.place}{key}.")
    table.allow({"text", "labels", "evidence"}, needed={"text"})
    labels = tuple(map(Label, table.choices("labels", tuple(Label)))) if "labels" in given else Part("").labels
    evidence = table.choice("evidence", tuple(Evidence), default="")
    return Part(table.text("text"), labels, Evidence(evidence) if evidence else None)
