"""Check the lines of a corpus against `passage.schema.json`.

The package jsonschema takes minutes for sixty thousand units; this takes seconds, and knows only the keywords of our
schema. A test holds the two equal; only a whole number that is written with a point (3.0) is refused here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["Fault", "find_faults", "passage_schema"]

_TYPES = {"object": dict, "array": list, "string": str, "integer": int}
_TYPE_NAMES = {"object": "an object", "array": "a list", "string": "text", "integer": "a whole number"}
# Of keywords that judge a value by itself: whether it passes, else what to say and to advise.
_CHECKS: Mapping[str, tuple[Callable[[Any, Any], bool], str, str]] = {
    "enum": (lambda value, known: value in known, "holds {value}", "use one of {wanted}"),
    "const": (lambda value, only: value is only, "holds {value}", "write {wanted}, or leave the key out"),
    "pattern": (
        lambda value, pattern: re.search(pattern, value) is not None,
        "holds {value}",
        "give what matches {wanted}, or leave the key out",
    ),
    "minLength": (lambda value, least: len(value) >= least, "is {value}", "give it a text"),
    "minimum": (lambda value, least: value >= least, "is {value}", "give {wanted} or more"),
    "minItems": (lambda value, least: len(value) >= least, "has {count} entries", "give {wanted} or more"),
    "maxItems": (lambda value, most: len(value) <= most, "has {count} entries", "give {wanted} at most"),
    "uniqueItems": (
        lambda value, _: all(item not in value[:number] for number, item in enumerate(value)),
        "holds one entry twice: {value}",
        "keep one of them",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What a line has that the schema refuses, and what to do about it."""

    message: str
    remedy: str


@cache
def passage_schema() -> Mapping[str, Any]:
    """Return the JSON Schema of a passage."""
    schema: Mapping[str, Any] = json.loads(
        files(__package__).joinpath("passage.schema.json").read_text(encoding="utf-8")
    )
    return schema


def find_faults(record: object) -> Iterator[Fault]:
    """Yield what the schema refuses in a record, with the place in it as `units[3].kinds`.

    >>> [fault.message for fault in find_faults([])]
    ['the line is [], not an object']
    """
    schema = passage_schema()
    return _faults(record, schema, schema["$defs"], "")


def _faults(value: Any, rule: Mapping[str, Any], definitions: Mapping[str, Any], where: str) -> Iterator[Fault]:
    if "$ref" in rule:
        rule = definitions[rule["$ref"].removeprefix("#/$defs/")]
    kind = rule.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or isinstance(value, bool)):
        yield Fault(f"{where or 'the line'} is {_shown(value)}, not {_TYPE_NAMES[kind]}", f"give {_TYPE_NAMES[kind]}")
        return
    if kind == "object":
        yield from _key_faults(value, rule, definitions, where)
    if "items" in rule:
        for number, item in enumerate(value):
            yield from _faults(item, rule["items"], definitions, f"{where}[{number}]")
    for keyword, wanted in rule.items():
        if keyword in _CHECKS:
            passes, message, remedy = _CHECKS[keyword]
            if not passes(value, wanted):
                said = message.format(value=_shown(value), count=len(value) if kind == "array" else "")
                yield Fault(f"{where} {said}", remedy.format(wanted=_listed(wanted)))


def _key_faults(
    value: Mapping[str, Any], rule: Mapping[str, Any], definitions: Mapping[str, Any], where: str
) -> Iterator[Fault]:
    known = rule["properties"]
    place = f"{where}: " if where else ""
    for key in rule["required"]:
        if key not in value:
            yield Fault(f"{place}no key {key!r}", "add it; corpus/README.md explains the form")
    for key, inner in value.items():
        if key in known:
            yield from _faults(inner, known[key], definitions, f"{where}.{key}" if where else key)
        else:
            yield Fault(f"{place}unknown key {key!r}", f"take it out; known are {', '.join(sorted(known))}")


def _listed(wanted: object) -> str:
    entries = wanted if isinstance(wanted, list) else [wanted]
    return ", ".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)


def _shown(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
