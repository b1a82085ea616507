"""Layout: which line breaks end a sentence, and which are hard wraps inside one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifier.segmentation.words import EMOJI, INVISIBLE

__all__ = ["logical_lines"]

# What ends a line: newline in all its forms, form feed, the separators of Unicode.
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_VISIBLE = re.compile(r"\S")
# A mark that opens a list item. A digit, letter or Roman number needs its stop or bracket, a dash needs its space.
_BULLET = re.compile(
    rf"""[\s{INVISIBLE}>]{{0,40}}(?:
        [•●○◦▪▫■□◆◇►▶▸▹➤➔➜→⇒»·‣⁃∙※★☆✦✧]
      | [-–—*+~o](?=\s)
      | [(\[]?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,5}})[.)\]](?=\s)
      | [{EMOJI}]
    )""",
    re.VERBOSE,
)
# A line that holds nothing but such a mark: it belongs to the line below it.
_LONE_BULLET = re.compile(
    rf"[\s{INVISIBLE}]{{0,40}}(?:[•●○◦▪▫■□◆►▶▸➤·‣⁃∙✓✔☑✗✘✅❌-]\ufe0f?|\d{{1,3}}[.)])[\s{INVISIBLE}]*"
)
# A line whose break is never a wrap: a table row, a Markdown heading or rule, a mail header, a signature.
_STANDS_ALONE = re.compile(r"\s{0,20}(?:\||#{1,6}\s|[-=_*~#]{3}|[A-Z][A-Za-z-]{1,20}:\s|[-–—]{1,2}\s?[A-Z].{0,40}\Z)")
# Words that end no line but by a wrap: the sentence must go on below.
_DANGLING = re.compile(
    r"(?:^|\s)(?:a|an|the|this|that|these|your|our|my|their|its|of|in|to|for|from|by|with|without|on|at|as|and|or|but|than|"
    r"is|are|was|were|be|been|will|can|may|must|not|have|has|had|which|who|when|if|because)\Z",
    re.IGNORECASE,
)
_CLOSERS = frozenset(".!?…:;)\"'”’»*")
_WRAP_WIDTHS = range(45, 101)  # characters; printed mail and plain-text pages are wrapped somewhere in here
_WRAP_SLACK = 12  # characters that a ragged line may fall short of the width
_SHORTEST_WRAPPED = 25  # characters of a line that is wrapped by hand, as a word at its end tells


def logical_lines(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of logical lines: physical lines, joined where the text is hard-wrapped."""
    block: list[tuple[int, int]] = []
    previous = 0
    for line in _LINE.finditer(text):
        start, end = line.span()
        visible = _VISIBLE.search(text, start, end)
        if block and (visible is None or _is_blank_between(text, previous, start)):
            yield from _join(text, block)
            block = []
        if visible is not None:
            block.append((visible.start(), start + len(line.group().rstrip())))
        previous = end
    yield from _join(text, block)


def _is_blank_between(text: str, previous: int, start: int) -> bool:
    gap = text[previous:start]
    return len(gap) > 1 and gap != "\r\n"


def _join(text: str, block: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join the lines of a block (no blank line inside) at its hard wraps and at bullets alone on their line."""
    if len(block) < 2:
        yield from block
        return
    wraps = _wraps(text, block)
    start, end = block[0]
    lone = _is_lone_bullet(text, start, end)
    for number, (next_start, next_end) in enumerate(block[1:]):
        if not lone and number not in wraps:
            yield start, end
            start = next_start
        end = next_end
        lone = number + 2 < len(block) and _is_lone_bullet(text, next_start, next_end)
    yield start, end


def _is_lone_bullet(text: str, start: int, end: int) -> bool:
    return not text[start].isalpha() and _LONE_BULLET.fullmatch(text, start, end) is not None


def _wraps(text: str, block: list[tuple[int, int]]) -> frozenset[int]:
    """Return the numbers of the lines after which the break is a hard wrap.

    A wrapped line is full: the first word below it would not have fitted. A block counts as wrapped where some break
    falls inside a sentence (no stop before, a small letter after) and no such break comes early.
    """
    width = max((end - start for start, end in block if text.find(" ", start, end) >= 0), default=0)
    if width not in _WRAP_WIDTHS or all(text[start].islower() for start, _ in block):
        return frozenset()
    if text[block[0][1] - 1] == ":" and all(text[start].islower() for start, _ in block[1:]):
        return frozenset()  # the items of a list under their stem
    full: set[int] = set()
    inside = early = 0
    for number in range(len(block) - 1):
        start, end = block[number]
        next_start, next_end = block[number + 1]
        if _BULLET.match(text, next_start, next_end) or _STANDS_ALONE.match(text, next_start, next_end):
            continue
        word_end = text.find(" ", next_start, next_end)
        word = (next_end if word_end < 0 else word_end) - next_start
        is_inside = (text[end - 1].isalnum() or text[end - 1] in ",-") and text[next_start].islower()
        is_full = end - start + 1 + word > width - _WRAP_SLACK
        is_dangling = end - start >= _SHORTEST_WRAPPED and _DANGLING.search(text, end - 12, end) is not None
        goes_on = is_inside or is_dangling or text[end - 1] in ".!?,;" or text[start:next_end].isupper()
        if (is_full or (is_dangling and is_inside)) and goes_on and not _STANDS_ALONE.match(text, start, end):
            full.add(number)
            inside += is_inside
        else:
            early += is_inside
    if inside <= early:
        return frozenset()
    if len(full) == 1:  # one long line above a short one is no proof of wrapping unless both make a sentence
        (number,) = full
        if text[block[0][0]].islower() or text[block[number + 1][1] - 1] not in _CLOSERS:
            return frozenset()
    return frozenset(full)
