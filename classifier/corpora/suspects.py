"""Find labels that are likely wrong, and the sentences whose labels would teach most.

Both ask the fast model: for labelled units by models that had not seen their document, for unlabelled text by one that
has seen the whole corpus.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.corpora.reading import LabelledText, label_matrix, read_labelled
from classifier.errors import ConfigurationError, UnreadableError
from classifier.records import Document, Label, Sentence

if TYPE_CHECKING:
    from classifier.tagger import Tagger

__all__ = ["MOST", "Suspect", "Worthwhile", "find_suspects", "find_worthwhile"]

MOST = 10_000
"""The most that one call lists."""

_FEWEST_GROUPS = 10
_ALIKE = 0.5  # share of words from which a sentence teaches little that another does not
_CANDIDATES = 20  # times as many as wanted are looked at
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Suspect:
    """A label that is likely wrong: what stands there (`holds`), and the probability that held-out models give it."""

    place: str
    document: str
    start: int
    text: str
    label: Label
    holds: bool
    probability: float


@dataclass(frozen=True, slots=True)
class Worthwhile:
    """A sentence without labels that the model is unsure of, with the labels that it would give."""

    document: str
    start: int
    text: str
    labels: tuple[Label, ...]
    confidence: float


def find_suspects(
    paths: Sequence[Path], *, count: int, text: LabelledText | None = None, tagger: Tagger | None = None
) -> tuple[Suspect, ...]:
    """Return the labels of a corpus that are most likely wrong, the likeliest first (needs the extra `corpus`).

    A label is suspect where cleanlab's confident learning finds an issue with it. `tagger` is a fast model that was
    fitted on these very passages.
    """
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as error:
        raise ConfigurationError("likely label errors need cleanlab: pip install 'healthclaims[corpus]'") from error
    import numpy as np

    wanted = _checked(count)
    text = text or read_labelled(paths)
    fitted = tagger or fit(text)
    rows = [(passage, unit) for passage in text.passages for unit in passage.units]
    found = []
    for column, label in enumerate(Label):
        truth = np.array([label in unit.labels for _, unit in rows], dtype=int)
        probabilities = fitted.held_out_[:, column]
        issues = find_label_issues(
            truth,
            np.column_stack([1 - probabilities, probabilities]),
            return_indices_ranked_by="self_confidence",
            n_jobs=1,
        )
        for row in issues.tolist():
            passage, unit = rows[row]
            found.append(
                Suspect(
                    text.places[passage.doc_id],
                    passage.doc_id,
                    unit.start,
                    passage.text[unit.start : unit.end],
                    label,
                    bool(truth[row]),
                    round(float(probabilities[row]), 4),
                )
            )
    found.sort(key=lambda one: one.probability if one.holds else 1 - one.probability)
    return tuple(found[:wanted])


def find_worthwhile(
    paths: Sequence[Path], unlabelled: str, *, count: int, tagger: Tagger | None = None, text_column: str = "text"
) -> tuple[Worthwhile, ...]:
    """Return the sentences of a file without labels that are worth labelling next, the most informative first.

    They are those that the model is least sure of, but for those that say nearly what one before them says. Raises
    `UnreadableError` for what cannot be read.
    """
    import numpy as np

    from classifier.tagger import tag
    from classifier.thresholds import confidence

    wanted = _checked(count)
    fitted = tagger or fit(read_labelled(paths))
    candidates: list[Worthwhile] = []
    most = wanted * _CANDIDATES
    for document, sentences in _documents(unlabelled, text_column):
        tagged = tag(fitted, document, sentences)
        if tagged:
            scores = np.array([[one.scores[label] for label in Label] for one in tagged])
            sureness = confidence(scores, fitted.thresholds_)
            candidates += [
                Worthwhile(document.id, one.start, one.text, one.labels, round(float(sure), 4))
                for one, sure in zip(tagged, sureness, strict=True)
            ]
        if len(candidates) > 2 * most:
            candidates = _least_sure(candidates, most)
    return tuple(_different(_least_sure(candidates, most), wanted))


def fit(text: LabelledText) -> Tagger:
    """Return the fast model fitted on all passages, with what it says of each when it had not seen it."""
    from classifier.features import Words, read_pages
    from classifier.tagger import Tagger

    passages = text.passages
    groups = {passage.group for passage in passages}
    if len(groups) < _FEWEST_GROUPS:
        raise ConfigurationError(f"{len(groups)} documents, of at least {_FEWEST_GROUPS}; give a larger corpus")
    seen = read_pages([(passage.text, passage.sentences) for passage in passages], Words())
    try:
        return Tagger().fit(seen, label_matrix(passages), [p.group for p in passages for _ in p.units])
    except ValueError as error:  # scikit-learn, where a part has no unit with a label, or none without
        raise ConfigurationError(f"too little to learn from: {error}; give a larger corpus") from None


def _documents(unlabelled: str, text_column: str) -> Iterator[tuple[Document, Sequence[Sentence]]]:
    from classifier.readers import ReadOptions, expand, read_files
    from classifier.segmentation import segment

    for reading in read_files(expand([unlabelled]), options=ReadOptions(text_column=text_column)):
        if isinstance(reading, UnreadableError):
            raise reading
        yield reading, segment(reading)


def _least_sure(candidates: Sequence[Worthwhile], most: int) -> list[Worthwhile]:
    return sorted(candidates, key=lambda one: (one.confidence, one.document, one.start))[:most]


def _different(candidates: Sequence[Worthwhile], wanted: int) -> Iterator[Worthwhile]:
    """Yield the sentences that do not share most of their words with one before them.

    Two sets of which more than the share `_ALIKE` is common have one word in common among the rarest of each, as many
    as are left when that share is taken off: only sentences that do are compared.
    """
    word_sets = [frozenset(_WORD.findall(one.text.lower())) for one in candidates]
    holders_of = Counter(word for words in word_sets for word in words)
    chosen: list[frozenset[str]] = []
    holders: dict[str, list[int]] = {}
    for one, words in zip(candidates, word_sets, strict=True):
        if len(chosen) >= wanted:
            return
        rarest = sorted(words, key=lambda word: (holders_of[word], word))
        rarest = rarest[: len(words) - math.ceil(_ALIKE * len(words)) + 1]
        near = {number for word in rarest for number in holders.get(word, ())}
        if words and not any(len(words & chosen[number]) > _ALIKE * len(words | chosen[number]) for number in near):
            for word in rarest:
                holders.setdefault(word, []).append(len(chosen))
            chosen.append(words)
            yield one


def _checked(count: int) -> int:
    if not 0 < count <= MOST:
        raise ConfigurationError(f"--count {count}: give a number from 1 to {MOST:,}")
    return count
