"""Testimonials: quotations and reviews in the first person, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.evidence.page import Line

__all__ = ["in_testimonials"]

_FIRST_PERSON = re.compile(r"(?:^|[\s\"“‘(*★])(?:I|I['’](?:ve|m|d|ll)|[Mm]y|me|mine)\b")
_EXPERT = re.compile(
    r"(?i)\b(?:dr\.?|prof(?:essor)?\.?|physicians?|doctor\b(?!\s+(?:was|said|suggested|recommended))|(?:chief|medical|research)\s+"
    r"(?:\w+\s+)?(?:officer|director)|(?:said|says|commented|explains?|adds?)\b|m\.?d\.?|ph\.?d\.?)"
)
_STARS = re.compile(r"★|⭐|\b(?:verified\s+(?:purchase|buyer)|[1-5]\s?/\s?5|[1-5]\s+stars?)\b", re.IGNORECASE)
_SIGNED = re.compile(
    r"^\W{0,6}(?:[A-Z][\w'’.-]{1,20}\s+){1,3}(?:[A-Z]\.|[A-Z][\w'’-]{1,20})?,?\s*"
    r"(?:[A-Z][\w ,'’-]{1,30}|\d{2}|aged?\s\d{2})?\W*$"
)
_HEAD = re.compile(
    r"(?i)\b(?:testimonials?|(?:customer|user|client|patient)\s+(?:reviews?|stories|comments|feedback)|what\s+(?:our\s+)?(?:\w+\s+)"
    r"(?:say|are\s+saying|tell\s+us)|reviews?\s*\(\d|success\s+stor(?:y|ies)|real\s+(?:people|results|stories))\b"
)


def in_testimonials(lines: Sequence[Line]) -> frozenset[int]:
    """Return the places of the sentences that stand in a testimonial."""
    found: set[int] = set()
    quote: list[Line] = []
    is_open = False
    under_head = False
    for line in lines:
        text = line.text
        if line.is_heading or (line.opens_line and line.closes_line and len(text.split()) <= 12):
            under_head = _HEAD.search(text) is not None or (under_head and not line.is_heading)
        if not is_open and text.lstrip("•-*> ★⭐")[:1] in ('"', "“", "”", "‘"):
            quote, is_open = [], True
        if is_open:
            quote.append(line)
            if text.rstrip(" .!,")[-1:] in ('"', "”", "’") or _closes(text) or len(quote) > 12:
                found.update(_told(quote, lines, text, under_head=under_head))
                is_open = False
        elif (_FIRST_PERSON.search(text) and (under_head or _STARS.search(text))) or (
            under_head and not line.is_heading
        ):
            found.add(line.index)
    return frozenset(found)


def _closes(text: str) -> bool:
    return re.search(r"[.!?,…][\"”’]", text) is not None


def _told(quote: Sequence[Line], lines: Sequence[Line], last: str, *, under_head: bool) -> set[int]:
    after = quote[-1].index + 1
    tail = re.split(r"[\"”]", last)[-1] + (
        " " + lines[after].text[:80] if after < len(lines) and len(lines[after].text) < 80 else ""
    )
    whole = " ".join(line.text for line in quote)
    if (
        not under_head
        and not _FIRST_PERSON.search(whole)
        and (_EXPERT.search(tail) or len(quote) > 3 or not _SIGNED.match(tail))
    ):
        return set()
    return {line.index for line in quote}
