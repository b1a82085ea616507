"""Phrases that recur in a corpus: first words, runs of words, and which of them law or custom prescribes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from classifier.corpora.passages import Passage
from classifier.registers import load_register

__all__ = ["common_phrases", "is_prescribed", "opening_counts", "phrase_counts", "plain", "shingles"]

STATEMENTS = (
    # the disclaimer of supplements, 21 CFR 101.93, and how it is shortened
    "This statement has not been evaluated by the Food and Drug Administration",
    "These statements have not been evaluated by the Food and Drug Administration",
    "These statements have not been evaluated by the FDA",
    "This product is not intended to diagnose, treat, cure, or prevent any disease",
    # the headings of Drug Facts, 21 CFR 201.66
    "Ask a doctor before use if you have",
    "Ask a doctor or pharmacist before use if you are",
    "Stop use and ask a doctor if",
    "Do not use if you have",
    "Do not take more than directed",
    "If pregnant or breast-feeding, ask a health professional before use",
    "Keep out of reach of children",
    # what labels add by custom
    "Not for use by persons under 18",
    "Not recommended for children, pregnant women or people sensitive to caffeine",
    # what Regulation (EU) 376/2010 makes claims for plant sterols tell
    "The beneficial effect is obtained with a daily intake of",
)
"""Wordings that recur on real pages because somebody prescribes them; those of the registers of claims come on top."""

_WORD = re.compile(r"[a-z0-9']+")


def plain(text: str) -> str:
    """Return the words of a text, in lower case and with single spaces.

    >>> plain("Not evaluated by the Food & Drug Administration.")
    'not evaluated by the food and drug administration'
    """
    return " ".join(_WORD.findall(text.lower().replace("’", "'").replace("&", " and ")))


def shingles(text: str, size: int) -> Iterator[str]:
    """Yield the runs of `size` words of a plain text."""
    words = text.split()
    for start in range(len(words) - size + 1):
        yield " ".join(words[start : start + size])


def opening_counts(passages: Iterable[Passage]) -> Mapping[str, int]:
    """Count the units of more than four words by their first three, the most frequent first."""
    counts: Counter[str] = Counter()
    for text in _plain_units(passages):
        words = text.split(maxsplit=4)
        if len(words) > 4:
            counts[" ".join(words[:3])] += 1
    return dict(counts.most_common())


def phrase_counts(passages: Iterable[Passage]) -> Mapping[str, int]:
    """Count the passages that hold the same five words inside a unit, the most frequent first."""
    counts: Counter[str] = Counter()
    for passage in passages:
        phrases = (phrase for text in _plain_units([passage]) for phrase in shingles(text, 5))
        counts.update(iter(dict.fromkeys(phrases)))  # in their order, so that ties stand in one order too
    return dict(counts.most_common())


def common_phrases(counts: Mapping[str, int], number: int) -> Sequence[tuple[str, int]]:
    """Return the first `number` of counted phrases that nobody prescribes."""
    free = ((phrase, count) for phrase, count in counts.items() if not is_prescribed(phrase))
    return [pair for pair, _ in zip(free, range(number), strict=False)]


def is_prescribed(text: str) -> bool:
    """Tell whether a plain text is part of a prescribed wording, or holds one whole.

    >>> is_prescribed("evaluated by the food and"), is_prescribed("placebo in a trial of")
    (True, False)
    >>> is_prescribed("zinc contributes to the maintenance of normal vision")
    True
    """
    return any(f" {text} " in wording or wording in f" {text} " for wording in _wordings())


@cache
def _wordings() -> tuple[str, ...]:
    claims = [
        sentence
        for register in ("eu", "us")
        for row in load_register(register)
        for sentence in re.split(r"\.\s|[(\[;]", row["wording"])
    ]
    wordings = {plain(wording) for wording in (*STATEMENTS, *claims)}
    return tuple(f" {wording} " for wording in sorted(wordings) if len(wording.split()) > 4)


def _plain_units(passages: Iterable[Passage]) -> Iterator[str]:
    return (plain(sentence.text) for passage in passages for sentence in passage.sentences)
