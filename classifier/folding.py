"""Fold a text to the plain form that is matched: no invisible characters, no full-width or ligature look-alikes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["fold"]

_HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]")
_UNUSUAL = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufb00-\ufb06\ufeff\uff01-\uff5e\ud800-\udfff]")


def fold(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded text and, for each of its characters and its end, the place in `text` that it comes from.

    >>> folded, places = fold("ｃures c\u200bancer")
    >>> folded, places[folded.index("ancer")]
    ('cures cancer', 8)
    """
    if _UNUSUAL.search(text) is None:
        return text, range(len(text) + 1)
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if _HIDDEN.match(character) is None:
            plain = unicodedata.normalize("NFKC", character) if _UNUSUAL.match(character) else character
            folded.append(plain)
            places.extend([place] * len(plain))
    return "".join(folded), [*places, len(text)]
