#!/usr/bin/env python3
"""Train the part of the evidence step that ranks levels, and say what it adds to the rules.

    python scripts/train_evidence.py [--corpus FILE...] [--model accurate] [--output FOLDER]

Trains on the train passages, chooses the strength of the penalty on the validation passages, and writes arrays, JSON
and a model card; the test passages are not looked at. The same corpus gives the same model with pinned versions.

Where an encoder judges the claims, this model is not asked: added to what the encoder says, it brought less than half a
point on the validation passages (measured once; no longer by this script). --model names a model with an encoder: told
is around how many validation claims it keeps the rules from searching, and what that changes.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from classifier import __version__
from classifier.corpora import Passage, read_corpus
from classifier.evaluation.judged import labelled
from classifier.evidence.assessing import read_cases
from classifier.evidence.cases import Case, Decision
from classifier.evidence.choosing import choose
from classifier.evidence.ranking import BUCKETS, KIND, Ranker, columns_of
from classifier.evidence.rules import decide
from classifier.evidence.signs import CHANNELS, facts_of_page, signs_of
from classifier.model_store import save_model
from classifier.records import Evidence
from classifier.tagger import SentenceModel, load_tagger, tag

ROOT = Path(__file__).parent.parent
PENALTIES = (1.0, 3.0)
LEVELS = list(Evidence)
Example = tuple[Case, Decision, Mapping[str, Sequence[str]], Evidence]


def read_examples(passages: Iterable[Passage]) -> list[Example]:
    """Return each claim of the passages with the rules' decision, its signs and its label."""
    examples: list[Example] = []
    for passage in passages:
        reading = read_cases(passage.document, labelled(passage))
        page = facts_of_page(reading.lines, reading.cases[0]) if reading.cases else []
        for case in reading.cases:
            wanted = passage.units[case.claim.index].evidence
            assert wanted is not None
            ruled = decide(case)
            examples.append((case, ruled, signs_of(case, ruled, page), wanted))
    return examples


def weigh(examples: Sequence[Example], rarity: np.ndarray) -> csr_matrix:
    """Return the matrix of shape (examples, buckets) that `Ranker.scores` multiplies with."""
    rows, columns, values = [], [], []
    for row, (_, _, signs, _) in enumerate(examples):
        for channel, weight in CHANNELS.items():
            found = columns_of(signs[channel])
            weights = rarity[found]
            rows += [row] * len(found)
            columns += found
            values += list(weights * weight / max(float(np.linalg.norm(weights)), 1e-9))
    return csr_matrix((values, (rows, columns)), shape=(len(examples), BUCKETS))


def fit(matrix: csr_matrix, wanted: Sequence[Evidence], rarity: np.ndarray, penalty: float) -> Ranker:
    coefficients, intercepts = np.zeros((BUCKETS, len(LEVELS))), np.zeros(len(LEVELS))
    seen = np.flatnonzero(np.bincount(matrix.indices, minlength=BUCKETS) >= 2)
    for place, level in enumerate(LEVELS):
        model = LogisticRegression(C=penalty, solver="liblinear", random_state=0)
        model.fit(matrix[:, seen], [label is level for label in wanted])
        coefficients[seen, place], intercepts[place] = model.coef_[0], model.intercept_[0]
    return Ranker(coefficients.astype(np.float16), intercepts.astype(np.float32), rarity.astype(np.float16))


def accuracy(ranker: Ranker | None, examples: Sequence[Example]) -> float:
    """Return the share of claims whose level is found; by rules alone without a ranker."""
    found = [ruled for _, ruled, _, _ in examples]
    if ranker is not None:
        scored = zip(examples, ranker.scores([signs for _, _, signs, _ in examples]), strict=True)
        found = [choose(case, ruled, scores) for (case, ruled, _, _), scores in scored]
    return sum(decision.level is example[3] for decision, example in zip(found, examples, strict=True)) / len(examples)


def print_bare(passages: Iterable[Passage], model: SentenceModel) -> None:
    """Say what it changes that nothing is looked for around a claim of which an encoder is sure."""
    claims = bare = changed = 0
    for passage in passages:
        tagged = labelled(passage, tag(model, passage.document, passage.sentences))
        spared, searched = (read_cases(passage.document, tagged, searches_all=one).cases for one in (False, True))
        claims += len(spared)
        for case, whole in zip(spared, searched, strict=True):
            if case.is_bare:
                scores = dict(zip(LEVELS, case.claim.tagged.evidence_scores, strict=True))
                found, other = (choose(one, decide(one), scores).level for one in (case, whole))
                bare, changed = bare + 1, changed + (found is not other)
    print(
        f"{bare} of {claims} validation claims are bare by the encoder, {changed} of them judged otherwise if searched"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", nargs="+", type=Path, default=sorted((ROOT / "corpus").glob("*.jsonl")))
    parser.add_argument("--model", default="accurate", help="the model with an encoder that is looked at beside it")
    parser.add_argument("--output", type=Path, default=ROOT / "models" / "evidence")
    options = parser.parse_args()

    passages = read_corpus(options.corpus)
    train = read_examples(p for p in passages if p.split == "train")
    validation = read_examples(p for p in passages if p.split == "validation")
    counts = np.zeros(BUCKETS)
    for _, _, signs, _ in train:
        for channel in CHANNELS:
            counts[columns_of(signs[channel])] += 1
    rarity = (np.log((1 + len(train)) / (1 + counts)) + 1).astype(np.float16)
    matrix, wanted = weigh(train, rarity.astype(np.float64)), [example[3] for example in train]
    rules = accuracy(None, validation)
    rankers = {penalty: fit(matrix, wanted, rarity, penalty) for penalty in PENALTIES}
    scores = {penalty: accuracy(ranker, validation) for penalty, ranker in rankers.items()}
    penalty = max(scores, key=lambda key: scores[key])
    print(f"accuracy on {len(validation)} validation claims: rules {rules:.3f}; with C {scores}")
    print_bare((p for p in passages if p.split == "validation"), load_tagger(options.model)[0])

    digest = hashlib.sha256(b"".join(path.read_bytes() for path in options.corpus)).hexdigest()
    config = {
        "kind": KIND,
        "healthclaims": __version__,
        "levels": [level.value for level in LEVELS],
        "channels": dict(CHANNELS),
        "buckets": BUCKETS,
        "C": penalty,
        "corpus": {"sha256": digest, "claims": len(train)},
    }
    ranker = rankers[penalty]
    arrays = {name: getattr(ranker, name) for name in ("coefficients", "intercepts", "rarity")}
    card = _card(len(train), len(validation), rules, scores[penalty])
    save_model(options.output, config, arrays, {"README.md": card})
    print(f"{options.output}: {sum(path.stat().st_size for path in options.output.iterdir()) / 1e6:.2f} MB")


def _card(train: int, validation: int, rules: float, both: float) -> str:
    return f"""# healthclaims evidence

Ranks the evidence levels of an efficacy claim where no rule can show one: one logistic regression a level over hashed
words of the claim, and over what the rules found in its reach and the words of its page show. Where the encoder of a
model has judged the claim, this one is not asked.

Trained on the {train} claims of the corpus's train passages. On the {validation} claims of its validation passages,
labels given: accuracy {both:.3f} with it, {rules:.3f} by rules alone. It never makes a claim `cited` without a citation
in the claim's reach.

Rebuild: `python scripts/train_evidence.py`; measure: `python scripts/measure_evidence.py`.
"""


if __name__ == "__main__":
    main()
