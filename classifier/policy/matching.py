"""Whether the words of a sentence meet the conditions of a rule, and which words do."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.policy.reading import Reading, View, place_words
from classifier.policy.rule import When

__all__ = ["find_all", "find_span"]


def find_span(when: When, reading: Reading, number: int) -> tuple[int, int] | None:
    """Return the words of a sentence that meet the conditions on its text, (0, 0) where there are none to meet."""
    if not (when.lexicons or when.terms or when.pattern or when.unless):
        return 0, 0
    view = reading.view(number)
    text = view.searched()
    span = (0, 0)
    if when.lexicons or when.terms:
        found = _find_term(when, reading, number)
        if found is None:
            return None
        span = found
    if when.pattern is not None:
        match = when.pattern.search(text)
        if match is None:
            return None
        span = match.span()
    if when.unless is not None and when.unless.search(text):
        return None
    return span


def find_all(when: When, view: View) -> Iterator[tuple[str, int, int]]:
    """Yield every term of a sentence that a rule names, with its start and end."""
    for term in view.terms:
        if term.lexicon in when.lexicons and term.term not in when.except_terms:
            yield term.term, term.start, term.end
    yield from _find_words(view.text, when.terms)


def _find_term(when: When, reading: Reading, number: int) -> tuple[int, int] | None:
    view = reading.view(number)
    found = [(start, end) for _, start, end in find_all(when, view)]
    if found and when.outside is not None:
        covered = [match.span() for match in when.outside.finditer(view.searched())]
        found = [span for span in found if not any(start <= span[0] and span[1] <= end for start, end in covered)]
    return found[0] if found else None


def _find_words(text: str, terms: frozenset[tuple[str, ...]]) -> Iterator[tuple[str, int, int]]:
    if not terms:
        return
    longest = max(map(len, terms))
    words = place_words(text)
    for first in range(len(words)):
        for length in range(min(longest, len(words) - first), 0, -1):
            name = tuple(word for word, _, _ in words[first : first + length])
            if name in terms:
                yield " ".join(name), words[first][1], words[first + length - 1][2]
                break
