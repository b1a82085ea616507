"""What may stand on a page: no character that would hide, reorder or break what is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

__all__ = ["shortened", "split_at", "visible"]

# Control characters but tab and newline, halves of surrogate pairs, marks that turn the direction, non-characters.
_OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def visible(text: str) -> str:
    r"""Return a text as a page may hold it: one newline a line break, a mark for what would be obeyed.

    >>> visible("calm\x1b\r\nmood\u202e")
    'calm�\nmood�'
    """
    return _OBEYED.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def shortened(text: str, longest: int) -> str:
    """Return a text on one line, cut at `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def split_at(text: str, start: int, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text that begins at `start`, each with whether one of the spans covers it.

    >>> list(split_at("eases joint pain", 10, [(16, 21), (19, 26)]))
    [('eases ', False), ('joint', True), (' pain', True)]
    """
    place, end = start, start + len(text)
    for span_start, span_end in sorted(spans):
        first, last = max(span_start, place), min(span_end, end)
        if first >= last:
            continue
        if first > place:
            yield text[place - start : first - start], False
        yield text[first - start : last - start], True
        place = last
    if place < end:
        yield text[place - start :], False
