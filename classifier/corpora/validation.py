"""Check a corpus as data: form, labels, duplicates, and phrases that recur as templates do."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.corpora.passages import Passage, Unit, parse_passage, read_lines
from classifier.corpora.phrases import is_prescribed, opening_counts, phrase_counts, plain, shingles
from classifier.corpora.schema import find_faults
from classifier.errors import ConfigurationError
from classifier.records import Label

__all__ = ["Problem", "leaks", "near_duplicates", "validate"]

NEAR = 0.6  # Jaccard similarity of three-word shingles from which two passages count as near-copies
# In one file as in all together, what recurs more often than this reads like a template: real copy stays below.
FEWEST = 5
OPENING_SHARE = 0.0007  # of the units: those that open with the same three words
PHRASE_SHARE = 0.007  # of the passages: those that hold the same five words


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
    for place, line in read_lines(paths):
        found, passage = _check_line(line, place)
        yield from found
        if passage is None:
            continue
        if passage.doc_id in places:
            yield Problem(place, f"doc_id {passage.doc_id!r} stands at {places[passage.doc_id]} too", "give it its own")
            continue
        places[passage.doc_id] = place
        passages.append(passage)
        for unit in passage.units:
            yield from _unit_problems(unit, place)
    yield from _copy_problems(passages, places)
    yield from _template_problems(passages, places)


def near_duplicates(passages: Sequence[Passage]) -> Iterator[tuple[Passage, Passage, float]]:
    """Yield pairs of passages that are near-copies, with their similarity, by MinHash (needs the extra `corpus`)."""
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise ConfigurationError("near-copies need datasketch: pip install 'healthclaims[corpus]'") from error
    index = MinHashLSH(threshold=NEAR - 0.15, num_perm=128)  # an estimate: what it offers is compared in full
    held: dict[int, frozenset[str]] = {}
    for number, passage in enumerate(passages):
        held[number] = frozenset(shingles(plain(passage.text), 3))
        if not held[number]:
            continue
        sketch = MinHash(num_perm=128)
        sketch.update_batch([shingle.encode("utf-8") for shingle in sorted(held[number])])
        for other in sorted(index.query(sketch)):
            shared = len(held[number] & held[other]) / len(held[number] | held[other])
            if shared >= NEAR:
                yield passages[other], passage, shared
        index.insert(number, sketch)


def _check_line(line: str, place: str) -> tuple[list[Problem], Passage | None]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return [Problem(place, f"no JSON: {error}", "write one passage a line, as corpus/README.md explains")], None
    problems = [Problem(place, fault.message, fault.remedy) for fault in find_faults(record)]
    try:
        return problems, parse_passage(record)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return problems or [Problem(place, str(error), "correct the line")], None  # the schema has said it better


def _unit_problems(unit: Unit, place: str) -> Iterator[Problem]:
    where = f"unit at {unit.start}"
    if len(unit.annotations) == 2:
        one, two = unit.annotations
        if one == two and unit.labelling != one:
            yield Problem(place, f"{where}: labels that neither annotator gave", "keep what both said")
        if one != two and unit.ruling is None:
            yield Problem(place, f"{where}: the annotators differ and no ruling stands", "name the rule that decided")
    if unit.ruling is not None and (len(unit.annotations) != 2 or unit.annotations[0] == unit.annotations[1]):
        yield Problem(place, f"{where}: a ruling where no two annotators differ", "take it out")
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
            text = plain(sentence.text)
            if text.count(" ") > 6:
                units[text].append(passage)
    for text, holders in units.items():
        if len({passage.split for passage in holders}) > 1 and not is_prescribed(text):
            last = holders[-1]
            yield Problem(
                places[last.doc_id], f"{text[:60]!r} stands in {holders[0].doc_id} too", "word it differently"
            )


def _holds(text: str, phrase: str) -> bool:
    return f" {phrase}" in f" {text}"


def _template_problems(passages: Sequence[Passage], places: Mapping[str, str]) -> Iterator[Problem]:
    files: defaultdict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        files[places[passage.doc_id].rpartition(":")[0]].append(passage)
    said: set[str] = set()
    for inside in (*files.values(), passages) if len(files) > 1 else files.values():
        units = sum(len(passage.units) for passage in inside)
        for what, counts, share, size, is_held in (
            ("units open with", opening_counts(inside), OPENING_SHARE, units, str.startswith),
            ("passages hold", phrase_counts(inside), PHRASE_SHARE, len(inside), _holds),
        ):
            for phrase, count in counts.items():
                if count <= FEWEST + share * size:
                    break  # so are all that follow
                if phrase in said or is_prescribed(phrase):
                    continue
                said.add(phrase)
                first = next(
                    passage
                    for passage in inside
                    if any(is_held(f"{plain(sentence.text)} ", f"{phrase} ") for sentence in passage.sentences)
                )
                message = f"{count} of {size} {what} {phrase!r} ({count / size:.1%}), this passage first"
                yield Problem(places[first.doc_id], message, "word most of them differently")
