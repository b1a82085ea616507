"""The lists of a Word file: which paragraphs are items, and what mark Word draws before each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Lists"]

_BULLET = "bullet"


@dataclass(slots=True)
class Lists:
    """The numbering of a file, counted on as its paragraphs come."""

    styles: Mapping[str, tuple[str, str]]  # style → number of its list, level
    formats: Mapping[tuple[str, str], str]  # number of a list, level → how it is marked
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, styles: _Element | None, numbering: _Element | None) -> Lists:
        """Return the lists that the parts `styles` and `numbering` describe; either may be missing."""
        return cls(dict(_styles(styles)), _formats(numbering))

    def mark(self, style: str, number: str, level: str) -> str:
        """Return the mark of a paragraph, with its space; empty for one that is no item."""
        if not number:
            number, style_level = self.styles.get(style, ("", ""))
            level = level or style_level
        level = level or "0"
        if number in ("", "0"):  # Word's 0 takes a paragraph out of the list of its style
            return ""
        form = self.formats.get((number, level), _BULLET)
        if form == "none":
            return ""
        if form == _BULLET:
            return "• "
        count = self.counts.get((number, level), 0) + 1
        self.counts[number, level] = count
        for deeper in range(int(level) + 1 if level.isdecimal() and len(level) == 1 else 9, 9):
            self.counts.pop((number, str(deeper)), None)
        return f"{count}. "


def _styles(root: _Element | None) -> Iterator[tuple[str, tuple[str, str]]]:
    for style in root.iterfind("./{*}style") if root is not None else ():
        number = _value(style.find("./{*}pPr/{*}numPr/{*}numId"), "val")
        if number:
            yield _value(style, "styleId"), (number, _value(style.find("./{*}pPr/{*}numPr/{*}ilvl"), "val"))


def _formats(root: _Element | None) -> dict[tuple[str, str], str]:
    if root is None:
        return {}
    levels = {
        _value(abstract, "abstractNumId"): [
            (_value(level, "ilvl"), _value(level.find("./{*}numFmt"), "val") or _BULLET)
            for level in abstract.iterfind("./{*}lvl")
        ][:9]
        for abstract in root.iterfind("./{*}abstractNum")
    }
    return {
        (_value(number, "numId"), level): form
        for number in root.iterfind("./{*}num")
        for level, form in levels.get(_value(number.find("./{*}abstractNumId"), "val"), ())
    }


def _value(element: _Element | None, name: str) -> str:
    """Return an attribute by its local name: files of the strict standard have another namespace."""
    attributes = element.attrib.items() if element is not None else ()
    return next((str(value) for key, value in attributes if str(key).rpartition("}")[2] == name), "")
