"""Check a corpus as data: form, labels, duplicates, and phrases that recur as templates do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.corpora.passages import KINDS, Passage, Unit, read_passages
from classifier.errors import ConfigurationError
from classifier.records import Label

__all__ = ["Problem", "frequent_phrases", "leaks", "near_duplicates", "recurring_openings", "validate"]

NEAR = 0.6  # Jaccard similarity of three-word shingles from which two passages count as near-copies
OPENING_SHARE = 0.004  # a first three words that more units share than this read like a template
PHRASE_SHARE = 0.015  # and so does a run of five words in more passages than this
FEWEST = 5  # no phrase is frequent in a small corpus
_WORD = re.compile(r"[a-z0-9']+")
# Wording that law or custom prescribes recurs on real pages too.
_PRESCRIBED = re.compile(
    r"food and drug|administration|diagnose|intended to|evaluated|out of (?:the )?reach|of children|consult (?:your|a)|"
    r"ask (?:your|a)|talk to your|your doctor|doctor (?:if|before|or)|pregnant|breast|nursing|stop use|a substitute|"
    r"varied|clinical (?:trial|stud)|placebo|do not (?:use|take|exceed)|(?:food|dietary) supplement|side effects|"
    r"results (?:may|can) vary|contributes to|if you (?:are|have)|this product is|these statements|cure or prevent|"
    r"tiredness and|to tiredness|of tiredness|maintenance of normal|reduction of tired|"
    r"plant sterols|risk factor in the development"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a corpus: `place` is `file:line`, `remedy` what to do about it."""

    place: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}; {self.remedy}"


def validate(paths: Sequence[Path]) -> Iterator[Problem]:
    """Yield all that is wrong with the corpus files, those of single passages first."""
    places: dict[str, str] = {}
    passages: list[Passage] = []
    for place, passage in read_passages(paths):
        if isinstance(passage, ConfigurationError):
            yield Problem(place, str(passage).removeprefix(f"{place}: "), "correct the line")
            continue
        if passage.doc_id in places:
            yield Problem(place, f"doc_id {passage.doc_id!r} stands at {places[passage.doc_id]} too", "give it its own")
            continue
        places[passage.doc_id] = place
        passages.append(passage)
        for unit in passage.units:
            yield from _unit_problems(unit, place)
    yield from _copy_problems(passages, places)
    count = sum(len(passage.units) for passage in passages)
    for opening, units in recurring_openings(passages).items():
        if units > max(FEWEST, OPENING_SHARE * count):
            yield Problem(str(paths[0]), f"{units} units open with {opening!r}", "word most of them differently")
    for phrase, documents in frequent_phrases(passages).items():
        if documents > max(FEWEST, PHRASE_SHARE * len(passages)) and not _PRESCRIBED.search(phrase):
            yield Problem(str(paths[0]), f"{documents} passages hold {phrase!r}", "word most of them differently")


def recurring_openings(passages: Iterable[Passage]) -> Mapping[str, int]:
    """Count the units that open with the same three words, the most frequent first."""
    counts: Counter[str] = Counter()
    for passage in passages:
        for sentence in passage.sentences:
            words = _words(sentence.text)
            if len(words) > 4:
                counts[" ".join(words[:3])] += 1
    return dict(counts.most_common())


def frequent_phrases(passages: Iterable[Passage]) -> Mapping[str, int]:
    """Count the passages that hold the same five words inside a unit, the most frequent first."""
    counts: Counter[str] = Counter()
    for passage in passages:
        counts.update({phrase for sentence in passage.sentences for phrase in _shingles(_words(sentence.text), 5)})
    return dict(counts.most_common(2000))


def near_duplicates(passages: Sequence[Passage]) -> Iterator[tuple[Passage, Passage, float]]:
    """Yield pairs of passages that are near-copies, with their similarity, by MinHash (needs the extra `corpus`)."""
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise ConfigurationError("near-copies need datasketch: pip install 'healthclaims[corpus]'") from error
    index = MinHashLSH(threshold=NEAR - 0.15, num_perm=128)  # an estimate: what it offers is compared in full
    shingles: dict[int, frozenset[str]] = {}
    for number, passage in enumerate(passages):
        shingles[number] = frozenset(_shingles(_words(passage.text), 3))
        if not shingles[number]:
            continue
        sketch = MinHash(num_perm=128)
        sketch.update_batch([shingle.encode("utf-8") for shingle in sorted(shingles[number])])
        for other in sorted(index.query(sketch)):
            shared = len(shingles[number] & shingles[other]) / len(shingles[number] | shingles[other])
            if shared >= NEAR:
                yield passages[other], passage, shared
        index.insert(number, sketch)


def _unit_problems(unit: Unit, place: str) -> Iterator[Problem]:
    where = f"unit at {unit.start}"
    for kind in unit.kinds:
        if kind not in KINDS:
            yield Problem(place, f"{where}: unknown kind {kind!r}", f"use one of {', '.join(sorted(KINDS))}")
    if len(unit.annotations) == 1 or len(unit.annotations) > 2:
        yield Problem(place, f"{where}: {len(unit.annotations)} annotations", "give those of two annotators, or none")
    if len(unit.annotations) == 2:
        one, two = unit.annotations
        if one == two and unit.labelling != one:
            yield Problem(place, f"{where}: labels that neither annotator gave", "keep what both said")
        if one != two and unit.ruling is None:
            yield Problem(place, f"{where}: the annotators differ and no ruling stands", "name the rule that decided")
    if "heading_topic" in unit.kinds and unit.labels:
        yield Problem(
            place, f"{where}: tagged heading_topic but labelled", "a heading that only names a topic has none"
        )
    if "safety_assurance" in unit.kinds and unit.labels == (Label.RISK_DISCLOSURE,):
        yield Problem(place, f"{where}: a safety assurance labelled as a risk", "see rule 8")


def leaks(
    passages: Sequence[Passage],
    places: Mapping[str, str],
    copies: Iterable[tuple[Passage, Passage, float]] | None = None,
) -> Iterator[Problem]:
    """Yield what stands on both sides of the split, where it would make every figure too good.

    `places` holds `file:line` by passage id, `copies` what `near_duplicates` found, if it was asked before.
    """
    for one, two, shared in near_duplicates(passages) if copies is None else copies:
        if one.split != two.split:
            yield _copy(one, two, shared, places, "give both one group, so that they stay on one side of the split")
    judged = {passage.group: passage for passage in passages if passage.split != "train"}
    for passage in passages:
        if passage.train_only and passage.group in judged:
            other = judged[passage.group].doc_id
            yield Problem(places[passage.doc_id], f"train_only, but of one group with {other}", "take one of them out")


def _copy(one: Passage, two: Passage, shared: float, places: Mapping[str, str], remedy: str) -> Problem:
    return Problem(places[two.doc_id], f"{shared:.0%} of its phrases stand in {one.doc_id} too", remedy)


def _copy_problems(passages: Sequence[Passage], places: Mapping[str, str]) -> Iterator[Problem]:
    copies = list(near_duplicates(passages))
    yield from leaks(passages, places, copies)
    for one, two, shared in copies:
        if one.split == two.split:
            yield _copy(one, two, shared, places, "take one of them out")
    units: defaultdict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        for sentence in passage.sentences:
            words = _words(sentence.text)
            if len(words) > 7:
                units[" ".join(words)].append(passage)
    for text, holders in units.items():
        if len({passage.split for passage in holders}) > 1 and not _PRESCRIBED.search(text):
            last = holders[-1]
            yield Problem(
                places[last.doc_id], f"{text[:60]!r} stands in {holders[0].doc_id} too", "word it differently"
            )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def _shingles(words: Sequence[str], size: int) -> Iterator[str]:
    for start in range(len(words) - size + 1):
        yield " ".join(words[start : start + size])
