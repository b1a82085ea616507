"""Waivers in the text itself: `<!-- healthclaims: ignore RULE -- reason -->`, several rules set apart by commas.

The comments are read here, and blanked before a text is assessed: no reason is taken for a claim or for evidence.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from classifier.records import Document, Reviewed

__all__ = ["Comment", "blank_comments", "find_comments", "restore_text"]

_OPENING = re.compile(r"<!--[ \t]{0,20}healthclaims[ \t]{0,20}:", re.IGNORECASE)
_CLOSING = "-->"
_IGNORE = re.compile(r"\s*ignore\s+(?P<rules>[\w.-]+(?:\s*,\s*[\w.-]+)*)(?:\s+--\s*(?P<reason>.*))?\s*", re.DOTALL)
_LONGEST = 2000  # characters of one comment; what is longer is no waiver
_NEVER_SAID = "not written as <!-- healthclaims: ignore RULE -- reason -->"


@dataclass(frozen=True, slots=True)
class Comment:
    """A waiver in a text, and the span whose findings it speaks of: its own line, or the next if it stands alone.

    `problem` says why it does not hold, where it does not.
    """

    start: int
    end: int
    rules: tuple[str, ...]
    reason: str
    target: tuple[int, int]
    problem: str | None = None


def find_comments(text: str) -> tuple[Comment, ...]:
    """Return the waivers of a text in their order, those that are badly written among them.

    >>> text = "Eases pain. <!-- healthclaims: ignore support.none -- study on the next page -->"
    >>> [(comment.rules, comment.reason) for comment in find_comments(text)]
    [(('support.none',), 'study on the next page')]
    >>> find_comments("Eases pain. <!-- healthclaims: ignore support.none -->")[0].problem
    'gives no reason; write it after --'
    """
    spans = tuple(_spans(text))
    if not spans:
        return ()
    lines = _lines(_blank(text, spans))
    return tuple(_comment(text, lines, start, inner, end) for start, inner, end in spans)


def blank_comments(document: Document) -> Document:
    """Return a document in which spaces stand for the waivers, so that all offsets hold."""
    spans = tuple(_spans(document.text))
    return replace(document, text=_blank(document.text, spans)) if spans else document


def restore_text(sentences: Sequence[Reviewed], text: str) -> tuple[Reviewed, ...]:
    """Give sentences that run across a waiver the text that stands there."""
    return tuple(
        sentence if sentence.text == text[sentence.start : sentence.end] else _restored(sentence, text)
        for sentence in sentences
    )


def _restored(reviewed: Reviewed, text: str) -> Reviewed:
    tagged = reviewed.assessed.tagged
    sentence = replace(tagged.sentence, text=text[tagged.start : tagged.end])
    return replace(reviewed, assessed=replace(reviewed.assessed, tagged=replace(tagged, sentence=sentence)))


def _spans(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield start, start of what is said, and end of each comment; one that is never closed ends the search."""
    place = 0
    while (opening := _OPENING.search(text, place)) is not None:
        closing = text.find(_CLOSING, opening.end())
        if closing < 0:
            return
        place = closing + len(_CLOSING)
        yield opening.start(), opening.end(), place


def _blank(text: str, spans: Sequence[tuple[int, int, int]]) -> str:
    parts = []
    place = 0
    for start, _, end in spans:
        parts += [text[place:start], "".join("\n" if character == "\n" else " " for character in text[start:end])]
        place = end
    return "".join([*parts, text[place:]])


def _comment(text: str, lines: Sequence[tuple[int, int]], start: int, inner: int, end: int) -> Comment:
    target = _target(lines, start, end)
    said = text[inner : end - len(_CLOSING)]
    match = _IGNORE.fullmatch(said) if len(said) <= _LONGEST else None
    if match is None:
        return Comment(start, end, (), "", target, _NEVER_SAID)
    rules = tuple(rule.strip() for rule in match["rules"].split(","))
    reason = " ".join((match["reason"] or "").split())
    return Comment(start, end, rules, reason, target, None if reason else "gives no reason; write it after --")


def _lines(blanked: str) -> list[tuple[int, int]]:
    """Return the spans of the lines that hold more than space."""
    found = []
    place = 0
    for line in blanked.split("\n"):
        if not line.isspace() and line:
            found.append((place, place + len(line)))
        place += len(line) + 1
    return found


def _target(lines: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Return the line in which a comment opens or closes, else the next below it, else nothing."""
    below = bisect_left(lines, (start, end))
    for number in (below - 1, below):
        if 0 <= number < len(lines) and lines[number][0] <= end and start <= lines[number][1]:
            return lines[number]
    return lines[below] if below < len(lines) else (start, end)
