"""Expressions of patterns: those that ignore case are matched on a text in lower case, several times quicker."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Expression", "compile_lowered"]

_IGNORES_CASE = "(?i)"
_CAPITAL = re.compile(r"\\.|[^\W\d_a-z]")


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression of a pattern; `ignores_case` says that it is for texts in lower case."""

    regex: re.Pattern[str]
    ignores_case: bool

    @classmethod
    def parse(cls, source: str) -> Expression:
        if source.startswith(_IGNORES_CASE):
            return cls(compile_lowered(source), ignores_case=True)
        return cls(re.compile(source), ignores_case=False)

    def search(self, text: str, lowered: str) -> re.Match[str] | None:
        """Search a text, given also as `classifier.folding.lower` makes it."""
        return self.regex.search(lowered if self.ignores_case else text)


def compile_lowered(source: str) -> re.Pattern[str]:
    r"""Compile an expression that opens with `(?i)` for texts in lower case, where it matches the same without.

    >>> compile_lowered(r"(?i)\bFDA\S+").pattern
    '\\bfda\\S+'
    """
    plain = source.removeprefix(_IGNORES_CASE)
    return re.compile(_CAPITAL.sub(lambda match: match[0] if match[0][0] == "\\" else match[0].lower(), plain))
