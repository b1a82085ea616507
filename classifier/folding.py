"""Fold a text to the plain form that is matched: no invisible characters, no full-width or ligature look-alikes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["PLAIN", "RAISED", "RAISED_LETTERS", "fold", "is_unusual", "lower"]

RAISED_LETTERS = "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹" + RAISED_LETTERS
PLAIN = "0123456789abcdefghijklmnoprstuvwxyz"
"""Superscripts, of which reference marks are made, and what they stand for, in the same order."""

_HIDDEN = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Ligatures, full-width letters and the letters of mathematics, which social posts use as type.
_STYLED = re.compile(r"[\ufb00-\ufb06\uff01-\uff5e\U0001d400-\U0001d7ff]")
_UNUSUAL = re.compile(f"{_HIDDEN.pattern}|{_STYLED.pattern}")


def fold(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded text and, for each of its characters and its end, the place in `text` that it comes from.

    >>> folded, places = fold("ｃures c\u200bancer")
    >>> folded, places[folded.index("ancer")]
    ('cures cancer', 8)
    """
    if not is_unusual(text):
        return text, range(len(text) + 1)
    folded: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if _HIDDEN.match(character) is None:
            plain = unicodedata.normalize("NFKC", character) if _STYLED.match(character) else character
            folded.append(plain)
            places.extend([place] * len(plain))
    return "".join(folded), [*places, len(text)]


def is_unusual(text: str) -> bool:
    """Return whether folding would change a text.

    >>> is_unusual("plain text"), is_unusual("ｃures")
    (False, True)
    """
    return not text.isascii() and _UNUSUAL.search(text) is not None


def lower(text: str) -> str:
    """Lower the case, character for character, so that what ignores case in ASCII letters finds the same in the result.

    >>> lower("İn ſome Kelvin"), len(lower("İ"))
    ('in some kelvin', 1)
    """
    return text.replace("İ", "i").replace("ı", "i").replace("ſ", "s").lower()
