"""The regular expressions of rule packs: named phrases are filled in, and those that could run away are refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

__all__ = ["MAX_EXPRESSION", "MAX_SEARCHED", "compile_expression"]

MAX_EXPRESSION = 20_000
"""The most characters of an expression after its phrases are filled in."""

MAX_SEARCHED = 1_000
"""Only so many characters of a sentence are searched, so that no expression makes the time grow with its square."""

_NAME = re.compile(r"\{([a-z][a-z_]*)\}")
_MANY = 10  # a repeat of up to so many turns costs little, whatever it repeats


def compile_expression(text: str, phrases: Mapping[str, str]) -> re.Pattern[str]:
    r"""Compile an expression, whatever the case of letters; `{name}` stands for a phrase.

    Raises `ValueError` that says what is wrong: a phrase that does not exist, a syntax error, or repeats inside
    repeats, whose time can double with every character.

    >>> compile_expression(r"{verb}\s+sleep", {"verb": "deepens?"}).search("It DEEPENS sleep").span()
    (3, 16)
    >>> compile_expression(r"(\w+\s?)+!", {})
    Traceback (most recent call last):
    ValueError: a repeat inside a repeat can take very long; bound the inner or the outer one, as in {0,5}
    """
    filled = _fill(text, phrases, depth=0)
    if len(filled) > MAX_EXPRESSION:
        raise ValueError(f"longer than {MAX_EXPRESSION:,} characters with its phrases; split the rule")
    return _compile(filled)


def _fill(text: str, phrases: Mapping[str, str], depth: int) -> str:
    def phrase(match: re.Match[str]) -> str:
        if match[1] not in phrases:
            raise ValueError(f"no phrase is called {match[1]!r}; known are {', '.join(sorted(phrases)) or 'none'}")
        if depth > 4:
            raise ValueError(f"the phrase {match[1]!r} goes round in a circle")
        return f"(?:{_fill(phrases[match[1]], phrases, depth + 1)})"

    filled = _NAME.sub(phrase, text)
    if len(filled) > 10 * MAX_EXPRESSION:
        raise ValueError("too long with its phrases; split the rule")
    return filled


@cache
def _compile(text: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is no regular expression: {error}") from None
    if _runs_away(text):
        raise ValueError("a repeat inside a repeat can take very long; bound the inner or the outer one, as in {0,5}")
    return compiled


def _runs_away(text: str) -> bool:
    """Tell whether a long repeat holds something of open length or a choice, or open repeats could share letters."""
    parser: Any = re._parser  # type: ignore[attr-defined]  # the standard library's own, the one that `re` compiles
    parsed = parser.parse(text, re.IGNORECASE)
    return _is_dangerous(parsed, inside=False) or _is_ambiguous(parsed)


def _is_dangerous(nodes: Iterable[Any], *, inside: bool) -> bool:
    return any(_is_dangerous_node(str(name), argument, inside=inside) for name, argument in nodes)


def _is_dangerous_node(kind: str, argument: Any, *, inside: bool) -> bool:
    if kind.endswith("_REPEAT"):
        least, most, body = argument
        varies = least != most
        if inside and varies:
            return True
        return _is_dangerous(body, inside=inside or (varies and int(most) > _MANY))
    if kind == "BRANCH":
        return inside or any(_is_dangerous(branch, inside=inside) for branch in argument[1])
    if kind == "GROUPREF_EXISTS":
        return any(branch and _is_dangerous(branch, inside=inside) for branch in argument[1:])
    if kind in ("ASSERT", "ASSERT_NOT", "SUBPATTERN"):
        return _is_dangerous(argument[-1], inside=inside)
    return kind == "ATOMIC_GROUP" and _is_dangerous(argument, inside=inside)


class _Step(NamedTuple):
    """One step of an expression: whether it goes on without end, and which letters it takes then.

    From here on, each number of `skips` says how many steps may be left out.
    """

    letters: frozenset[str] = frozenset()
    is_open: bool = False
    skips: tuple[int, ...] = ()


_SAMPLE = [chr(code) for code in range(256)] + ["’", "–"]  # stands for all letters where two sets are compared
_OPEN = 4_000  # a repeat that may take more turns than this has no bound that helps


def _is_ambiguous(nodes: Iterable[Any]) -> bool:
    """Tell whether two open repeats with nothing sure between them take the same letters, here or in any part."""
    steps = list(_steps(nodes, least=_OPEN))
    for place, step in enumerate(steps):
        reached = {place + 1} if step.is_open else set()
        for later in range(place + 1, len(steps)):
            if later in reached:
                if steps[later].is_open and step.letters & steps[later].letters:
                    return True
                reached |= {later + skipped for skipped in steps[later].skips}
    return any(_is_ambiguous(part) for name, argument in nodes for part in _parts(str(name), argument))


def _steps(nodes: Iterable[Any], *, least: int) -> Iterator[_Step]:
    for name, argument in nodes:
        kind = str(name)
        if kind.endswith("_REPEAT"):
            low, high, body = argument
            if len(body) == 1 and not _parts(str(body[0][0]), body[0][1]):
                is_open = int(high) > least
                yield _Step(_letters(body) if is_open else frozenset(), is_open, (1,) if low == 0 else ())
                continue
            inner = list(_steps(body, least=_MANY if high > 1 else least))
            turns = inner * (2 if high > 1 and any(step.is_open for step in inner) else 1)
            if turns and low == 0:
                turns[0] = turns[0]._replace(skips=(*turns[0].skips, len(turns)))
            yield from turns
        elif kind in ("SUBPATTERN", "ATOMIC_GROUP"):
            yield from _steps(argument[-1] if kind == "SUBPATTERN" else argument, least=least)
        elif kind not in ("AT", "ASSERT", "ASSERT_NOT"):
            yield _Step()


def _parts(kind: str, argument: Any) -> Sequence[Any]:
    """Return the sequences that stand within a node."""
    if kind.endswith("_REPEAT"):
        return [argument[2]]
    if kind == "BRANCH":
        return list(argument[1])
    if kind == "GROUPREF_EXISTS":
        return [branch for branch in argument[1:] if branch]
    if kind in ("ASSERT", "ASSERT_NOT", "SUBPATTERN"):
        return [argument[-1]]
    return [argument] if kind == "ATOMIC_GROUP" else []


def _letters(nodes: Iterable[Any]) -> frozenset[str]:
    """Return those letters of the sample that nodes may take, whatever their case."""
    found: set[str] = set()
    for name, argument in nodes:
        kind = str(name)
        if kind == "LITERAL":
            found |= {chr(argument).lower(), chr(argument).upper()}
        elif kind == "NOT_LITERAL":
            found |= {letter for letter in _SAMPLE if letter != chr(argument)}
        elif kind == "ANY":
            found |= set(_SAMPLE)
        elif kind == "RANGE":
            found |= {letter for letter in _SAMPLE if argument[0] <= ord(letter) <= argument[1]}
        elif kind == "CATEGORY":
            pattern = _CATEGORIES.get(str(argument).removeprefix("CATEGORY_"), r"(?s:.)")
            found |= {letter for letter in _SAMPLE if re.match(pattern, letter)}
        elif kind == "IN":
            inner = _letters(node for node in argument if str(node[0]) != "NEGATE")
            is_negated = any(str(node[0]) == "NEGATE" for node in argument)
            found |= frozenset(_SAMPLE) - inner if is_negated else inner
        else:
            for part in _parts(kind, argument):
                found |= _letters(part)
    return frozenset(found)


_CATEGORIES = {"WORD": r"\w", "NOT_WORD": r"\W", "SPACE": r"\s", "NOT_SPACE": r"\S", "DIGIT": r"\d", "NOT_DIGIT": r"\D"}
