"""What a model says of labelled units, beside what their labels say: the one thing that all figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.corpora import Passage
from classifier.corpora.reading import label_matrix
from classifier.evidence import assess_evidence
from classifier.records import Assessed, Evidence, Label, Severity, Support, Tagged
from classifier.tagger import SentenceModel, tag
from classifier.thresholds import confidence

__all__ = ["PRIMARIES", "Booleans", "Floats", "Integers", "Judged", "judge", "label_matrix"]

Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]

PRIMARIES: tuple[Label | None, ...] = (*Label, None)
"""The primary labels in the order in which they are numbered here."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One row a unit. `truth`, `found` and `scores` are of shape (units, labels), primaries count in `PRIMARIES`.

    `evidence` and `severity` are what the labels say, `evidence_found` and `severity_found` what was found, for the
    claims of the model, or for those of the labels where `by_gold_labels`; None where there is no claim.
    """

    texts: tuple[str, ...]
    documents: tuple[str, ...]
    sources: tuple[str, ...]
    page_types: tuple[str, ...]
    product_areas: tuple[str, ...]
    kinds: tuple[tuple[str, ...], ...]
    truth: Booleans
    found: Booleans
    scores: Floats
    confidence: Floats
    primary: Integers
    primary_found: Integers
    evidence: tuple[Evidence | None, ...]
    evidence_found: tuple[Evidence | None, ...]
    severity: tuple[Severity | None, ...]
    severity_found: tuple[Severity | None, ...]
    by_gold_labels: bool

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def should_flag(self) -> Booleans:
        """Which units are efficacy claims that the text leaves unsupported."""
        return _is_unsupported(self.evidence)

    @property
    def is_flagged(self) -> Booleans:
        return _is_unsupported(self.evidence_found)

    @property
    def is_claim_found(self) -> Booleans:
        """Which units would be flagged if every efficacy claim were."""
        return np.array([level is not None for level in self.evidence_found], dtype=bool)

    @property
    def document_numbers(self) -> Integers:
        """For each unit the number of its document, counted from 0 in the order of appearance."""
        order = {name: number for number, name in enumerate(dict.fromkeys(self.documents))}
        return np.array([order[name] for name in self.documents], dtype=int)

    def where(self, mask: Iterable[bool] | Booleans) -> Judged:
        """Return the rows that a mask selects."""
        rows = np.flatnonzero(np.fromiter(mask, dtype=bool, count=len(self)))

        def pick(value: Any) -> Any:
            if isinstance(value, np.ndarray):
                return value[rows]
            return tuple(value[row] for row in rows) if isinstance(value, tuple) else value

        return replace(self, **{field.name: pick(getattr(self, field.name)) for field in fields(self)})


def judge(
    model: SentenceModel,
    passages: Sequence[Passage],
    *,
    sources: Mapping[str, str] | None = None,
    gold_labels: bool = False,
) -> Judged:
    """Tag the units of the passages as they are labelled, and judge the evidence of the claims.

    `sources` names the file of each passage by its id; `gold_labels` judges the evidence of the claims that the labels
    name instead of those that the model finds.
    """
    units = [unit for passage in passages for unit in passage.units]
    tagged: list[Tagged] = []
    assessed: list[Assessed] = []
    for passage in passages:
        found = tag(model, passage.document, passage.sentences)
        tagged += found
        claims = labelled(passage, found) if gold_labels else found
        assessed += assess_evidence(passage.document, claims)
    scores = np.array([[one.scores[label] for label in Label] for one in tagged])
    return Judged(
        texts=tuple(one.text for one in tagged),
        documents=tuple(passage.doc_id for passage in passages for _ in passage.units),
        sources=tuple((sources or {}).get(passage.doc_id, "") for passage in passages for _ in passage.units),
        page_types=tuple(passage.page_type for passage in passages for _ in passage.units),
        product_areas=tuple(passage.product_area for passage in passages for _ in passage.units),
        kinds=tuple(unit.kinds for unit in units),
        truth=label_matrix(passages),
        found=np.array([[label in one.labels for label in Label] for one in tagged]),
        scores=scores,
        confidence=confidence(scores, model.thresholds_),
        primary=np.array([PRIMARIES.index(unit.primary) for unit in units]),
        primary_found=np.array([PRIMARIES.index(one.primary) for one in tagged]),
        evidence=tuple(unit.evidence for unit in units),
        evidence_found=tuple(one.evidence for one in assessed),
        severity=tuple(unit.severity for unit in units),
        severity_found=tuple(one.severity for one in assessed),
        by_gold_labels=gold_labels,
    )


def labelled(passage: Passage, found: Sequence[Tagged] = ()) -> tuple[Tagged, ...]:
    """Return the sentences of a passage with the labels of its units.

    Of `found`, what a model has made of them, only what it says of evidence stays.
    """
    evidence = [one.evidence_scores for one in found] or [()] * len(passage.units)
    return tuple(
        Tagged(
            sentence,
            unit.labels,
            unit.primary,
            {label: float(label in unit.labels) for label in Label},
            evidence_scores=scores,
        )
        for sentence, unit, scores in zip(passage.sentences, passage.units, evidence, strict=True)
    )


def _is_unsupported(levels: Iterable[Evidence | None]) -> Booleans:
    return np.array([level is not None and level.support is Support.UNSUPPORTED for level in levels], dtype=bool)
