"""Fit the accurate model: the head of an encoder, or the encoder too, and the blend with a fast model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score
from sklearn.model_selection import GroupKFold

from classifier.corpora import Passage
from classifier.encoder import Encoder
from classifier.errors import ConfigurationError
from classifier.evaluation import label_matrix
from classifier.records import Evidence, Label
from classifier.tagger import EncoderTagger, Heads, Tagger, load_tagger
from classifier.tagger.decision import Floats, Page
from classifier.training.fitting import train

__all__ = ["encoder_tagger", "fit_accurate", "pages_and_labels"]

_SURE = (0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2)

Booleans = npt.NDArray[np.bool_]
Step = Callable[[str], None]


def fit_accurate(
    learnt: Sequence[Passage],
    validation: Sequence[Passage],
    *,
    base: str | None = None,
    is_fine_tuned: bool = False,
    teacher: str | None = None,
    narrowing: int = 0,
    checkpoint: Path | None = None,
    step: Step = lambda _: None,
) -> EncoderTagger:
    """Fit on the train part; learn blend, thresholds and cascade on the validation part.

    Without fine-tuning the encoder of `base` (the shipped model unless given) stays as it is and only a logistic
    regression on its embeddings is fitted; what the encoder says of evidence stays too. With it, `base` names the
    weights to start from, `teacher` those of a larger encoder to learn from, `narrowing` is the number of further
    epochs in which it learns to do with fewer states (see `classifier.fine_tuning.Recipe`), and `checkpoint` is the
    file by which an interrupted run goes on.
    """
    if not validation:
        raise ConfigurationError("no passage falls into the validation part, on which thresholds are chosen; give more")
    _check_parts(learnt, validation)
    if is_fine_tuned:
        from classifier.fine_tuning import Recipe, fine_tune

        recipe = Recipe(narrowing=narrowing)
        tuned = fine_tune(learnt, base=base, recipe=recipe, teacher=teacher, checkpoint=checkpoint, say=step)
        encoder = Encoder(tuned.graph, tuned.definition)
        heads = tuned.heads
        if not _tells_evidence(learnt):
            heads = replace(heads, evidence_coefficients=None, evidence_intercepts=None)
    else:
        of_base = encoder_tagger(base or "accurate", option="--base")
        encoder, theirs = of_base.encoder, of_base.heads
        step("encoding")
        heads = Heads(*_head(encoder, learnt), theirs.evidence_coefficients, theirs.evidence_intercepts)
    step("fitting the fast model beside it")
    fast = train(learnt)
    tagger = EncoderTagger(encoder, fast, heads)
    step("choosing thresholds")
    pages, labels = pages_and_labels(validation)
    tagger.settle(pages, labels)
    tagger.sure_below_ = _sure_below(tagger, pages, labels)
    return tagger


def _check_parts(learnt: Sequence[Passage], validation: Sequence[Passage]) -> None:
    """Refuse parts on which something could not be fitted: each wants units with and without every label."""
    remedy = "label more, or name our corpus too"
    folds = Tagger().folds
    groups = [passage.group for passage in learnt for _ in passage.units]
    if len(set(groups)) < folds:
        raise ConfigurationError(f"{len(set(groups))} documents in the train part, of at least {folds}; {remedy}")
    labels = label_matrix(learnt)
    parts = [("the validation part", label_matrix(validation)), ("the train part", labels)]
    parts += [("a part of the train part", labels[rows]) for rows, _ in GroupKFold(folds).split(labels, groups=groups)]
    for part, matrix in parts:
        for label, column in zip(Label, matrix.T, strict=True):
            if column.all() or not column.any():
                which = "every unit" if column.all() else "no unit"
                raise ConfigurationError(f"{label.value} stands on {which} of {part}; {remedy}")


def pages_and_labels(passages: Sequence[Passage]) -> tuple[list[Page], Booleans]:
    """Return passages as documents with their sentences, and their labels."""
    return [(passage.document, passage.sentences) for passage in passages], label_matrix(passages)


def _tells_evidence(passages: Sequence[Passage]) -> bool:
    """Whether anybody has labelled evidence: labels made elsewhere may lack it, and then all claims have none."""
    return any(unit.evidence not in (None, Evidence.NONE) for passage in passages for unit in passage.units)


def encoder_tagger(model: str, *, option: str) -> EncoderTagger:
    """Load a model that has an encoder, as an option names it."""
    tagger, _ = load_tagger(model)
    if not isinstance(tagger, EncoderTagger):
        raise ConfigurationError(f"{option} {model}: has no encoder; name an accurate model")
    return tagger


def _head(encoder: Encoder, passages: Sequence[Passage]) -> tuple[Floats, Floats]:
    embeddings = encoder.embed_documents([(passage.text, passage.sentences) for passage in passages])
    labels = label_matrix(passages)
    heads = [LogisticRegression(C=0.1, max_iter=1_000).fit(embeddings, column) for column in labels.T]
    return np.vstack([head.coef_ for head in heads]), np.concatenate([head.intercept_ for head in heads])


def _sure_below(tagger: EncoderTagger, pages: Sequence[Page], labels: Booleans) -> float:
    """Return the band of the cascade that is the widest before one that costs F1 or average precision on validation."""

    def quality(bound: float) -> Floats:
        tagger.sure_below_ = bound
        margins = tagger.margins(pages, is_cascade=bound > 0)
        probabilities = tagger.blended(margins.encoded, margins.fast)
        columns = [(labels[:, i], probabilities[:, i], tagger.thresholds_[i]) for i in range(len(Label))]
        f1 = [f1_score(truth, found >= threshold, zero_division=1.0) for truth, found, threshold in columns]
        return np.array([np.mean(f1), np.mean([average_precision_score(*column[:2]) for column in columns])])

    least = quality(0.0)
    kept = list(takewhile(lambda bound: bool(np.all(quality(bound) >= least)), _SURE))
    return kept[-1] if kept else 0.0
