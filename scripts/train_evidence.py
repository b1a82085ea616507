#!/usr/bin/env python3
"""Train the part of the evidence step that ranks levels, and say what it adds to the rules.

    python scripts/train_evidence.py [--corpus FILE...] [--model accurate] [--output FOLDER]

Trains on the train passages, chooses the strength of the penalty on the validation passages, and writes arrays, JSON
and a model card; the test passages are not looked at. The same corpus gives the same model with pinned versions.

What the rules found is added, by its scores, to what the encoder of --model says of evidence. The encoder has read the
words itself, and far more text than the corpus, so of words nothing is added, and the scores weigh as little as
validation allows: the least weight with which the accuracy is within one standard error of the best.
"""

from __future__ import annotations

import argparse
import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from classifier import __version__
from classifier.corpora import Passage, read_corpus
from classifier.evaluation.judged import labelled
from classifier.evidence.assessing import read_cases
from classifier.evidence.cases import Case, Decision
from classifier.evidence.ranking import BUCKETS, KIND, Ranker, columns_of
from classifier.evidence.rules import choose, decide
from classifier.evidence.signs import CHANNELS, facts_of_page, signs_of
from classifier.model_store import save_model
from classifier.records import Evidence
from classifier.tagger import SentenceModel, load_tagger, tag

ROOT = Path(__file__).parent.parent
PENALTIES = (1.0, 3.0)
WEIGHTS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 0.75, 1.0)  # beside an encoder
LEVELS = list(Evidence)
Example = tuple[Case, Decision, Mapping[str, Sequence[str]], Evidence]


def read_examples(
    passages: Iterable[Passage], model: SentenceModel | None = None, *, searches_all: bool = False
) -> list[Example]:
    """Return each claim of the passages with the rules' decision, its signs and its label.

    The encoder of a model, if one is given, is asked too; `searches_all` as in `read_cases`.
    """
    examples: list[Example] = []
    for passage in passages:
        found = tag(model, passage.document, passage.sentences) if model is not None else ()
        reading = read_cases(passage.document, labelled(passage, found), searches_all=searches_all)
        page = facts_of_page(reading.lines, reading.cases[0]) if reading.cases else []
        for case in reading.cases:
            wanted = passage.units[case.claim.index].evidence
            assert wanted is not None
            ruled = decide(case)
            examples.append((case, ruled, signs_of(case, ruled, reading.lines, page), wanted))
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


def levels(ranker: Ranker | None, examples: Sequence[Example]) -> list[Evidence]:
    """Return what is decided for each claim; by rules alone without a ranker."""
    if ranker is None:
        return [ruled.level for _, ruled, _, _ in examples]
    scored = zip(examples, ranker.scores([signs for _, _, signs, _ in examples]), strict=True)
    return [
        choose(case, ruled, ranker.beside(case.claim.tagged.evidence_scores, scores)).level
        for (case, ruled, _, _), scores in scored
    ]


def accuracy(ranker: Ranker | None, examples: Sequence[Example]) -> float:
    wanted = [example[3] for example in examples]
    return sum(found is one for found, one in zip(levels(ranker, examples), wanted, strict=True)) / len(examples)


def weight_of(ranker: Ranker, model: SentenceModel, passages: Sequence[Passage]) -> float:
    """Return the least weight beside the encoder that is within one standard error of the best."""
    examples = read_examples(passages, model)
    if not any(case.claim.tagged.evidence_scores for case, *_ in examples):
        raise SystemExit("the model judges no evidence, so no weight beside it can be chosen; name an accurate one")
    scores = {weight: accuracy(replace(ranker, weight=weight), examples) for weight in WEIGHTS}
    print(f"beside the encoder, by weight: {scores}")
    best = max(scores.values())
    error = math.sqrt(best * (1 - best) / len(examples))
    weight = next(weight for weight in WEIGHTS if scores[weight] >= best - error)
    print_bare(replace(ranker, weight=weight), examples, read_examples(passages, model, searches_all=True))
    return weight


def print_bare(ranker: Ranker, spared: Sequence[Example], searched: Sequence[Example]) -> None:
    """Say what it changes that nothing is looked for around a claim of which the encoder is sure."""
    pairs = list(zip(levels(ranker, spared), levels(ranker, searched), spared, strict=True))
    changed = [(found, other, example[3]) for found, other, example in pairs if found is not other]
    better = sum(found is wanted for found, _, wanted in changed)
    worse = sum(other is wanted for _, other, wanted in changed)
    bare = sum(case.is_bare for case, *_ in spared)
    print(
        f"{bare} of {len(spared)} claims are bare; judged otherwise than if searched {len(changed)}: {better} rightly, "
        f"{worse} wrongly"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", nargs="+", type=Path, default=sorted((ROOT / "corpus").glob("*.jsonl")))
    parser.add_argument("--model", default="accurate", help="whose encoder the scores are added to")
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
    weight = weight_of(
        rankers[penalty], load_tagger(options.model)[0], [p for p in passages if p.split == "validation"]
    )
    print(f"accuracy on {len(validation)} validation claims: rules {rules:.3f}; with C {scores}")

    digest = hashlib.sha256(b"".join(path.read_bytes() for path in options.corpus)).hexdigest()
    config = {
        "kind": KIND,
        "healthclaims": __version__,
        "levels": [level.value for level in LEVELS],
        "channels": dict(CHANNELS),
        "buckets": BUCKETS,
        "C": penalty,
        "weight_beside_encoder": weight,
        "corpus": {"sha256": digest, "claims": len(train)},
    }
    ranker = rankers[penalty]
    arrays = {name: getattr(ranker, name) for name in ("coefficients", "intercepts", "rarity")}
    card = _card(len(train), len(validation), rules, scores[penalty], weight)
    save_model(options.output, config, arrays, {"README.md": card})
    print(f"{options.output}: {sum(path.stat().st_size for path in options.output.iterdir()) / 1e6:.2f} MB")


def _card(train: int, validation: int, rules: float, both: float, weight: float) -> str:
    return f"""# healthclaims evidence

Ranks the evidence levels of an efficacy claim where no rule can show one: one logistic regression a level over hashed
words of the claim, of the sentences around it and of its heading, and over what the rules found in its reach. Beside
an encoder, which has read the words itself, only the latter is asked.

Trained on the {train} claims of the corpus's train passages. On the {validation} claims of its validation passages,
labels given: accuracy {both:.3f} with it, {rules:.3f} by rules alone. Beside an encoder that judges evidence too its
scores weigh {weight}. It never makes a claim `cited` without a citation in the claim's reach or, where an encoder has
read the page, on the page.

Rebuild: `python scripts/train_evidence.py`; measure: `python scripts/measure_evidence.py`.
"""


if __name__ == "__main__":
    main()
