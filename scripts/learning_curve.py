#!/usr/bin/env python3
"""Measure what more of the corpus brings: macro-F1 after each round, for the linear model and the encoder.

    python scripts/learning_curve.py [--encoder] [--epochs 3] [--from-round N] [--step N] [--real FOLDER]

The corpus grows file by file (seed.jsonl, round1.jsonl, ...), each time with the train and validation passages; judged
is on the test passages of the whole corpus, and on real labelled pages where FOLDER (default ../shared/realworld_dev)
has them, sentences given. The linear model is the fast one's recipe, without a teacher. With --encoder (the extra
`train`) the accurate one's encoder is fine-tuned too, on the train passages of that round, its thresholds from the
validation passages; on one core that takes half an hour an epoch at full size. Points are added to the output
(--output, default corpus/learning_curve.json), so that an interrupted run goes on.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.metrics import f1_score

from classifier.corpora import Labelling, Passage, Unit, read_corpus
from classifier.records import Label
from classifier.training import label_matrix, pages_of, train

ROOT = Path(__file__).parent.parent
Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating[Any]]


def macro_f1(truth: Booleans, found: Booleans) -> float:
    return float(f1_score(truth, found, average="macro", zero_division=1.0))


def best_thresholds(truth: Booleans, scores: Floats) -> Floats:
    grid = np.arange(0.05, 0.95, 0.02)
    return np.array(
        [
            max(grid, key=lambda t: f1_score(truth[:, i], scores[:, i] >= t, zero_division=0.0))
            for i in range(len(Label))
        ]
    )


def read_real(folder: Path) -> list[Passage]:
    """Read real labelled pages, which carry no second annotation."""
    passages = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.open(encoding="utf-8"):
            record = json.loads(line)
            units = tuple(
                Unit(unit["start"], unit["end"], Labelling(tuple(map(Label, unit["labels"])), None, None, None))
                for unit in record["units"]
            )
            passages.append(Passage(record["doc_id"], record["text"], units, record["doc_id"]))
    return passages


def encoder_labels(
    learnt: Sequence[Passage], validation: Sequence[Passage], judged: Sequence[Sequence[Passage]], epochs: int
) -> list[Booleans]:
    """Fine-tune the encoder on `learnt`, with one seed, and return its labels for each of `judged`."""
    from classifier.fine_tuning import Recipe, fine_tune

    found: list[Booleans] = []

    def after(epoch: int, margins: Callable[[Sequence[Passage]], Floats]) -> None:
        if epoch == epochs:
            thresholds = best_thresholds(label_matrix(validation), expit(margins(validation)))
            found.extend(expit(margins(passages)) >= thresholds for passages in judged)

    fine_tune(
        learnt, recipe=Recipe(epochs=epochs, seeds=(0,)), after_epoch=after, say=lambda line: print(line, flush=True)
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", action="store_true", help="fine-tune the encoder too")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "realworld_dev")
    parser.add_argument("--output", type=Path, default=ROOT / "corpus" / "learning_curve.json")
    parser.add_argument(
        "--from-round", type=int, default=0, help="first number of rounds to measure (default 0: the seed)"
    )
    parser.add_argument("--step", type=int, default=1, help="measure every so many rounds")
    options = parser.parse_args()

    files = [ROOT / "corpus" / "seed.jsonl", *sorted((ROOT / "corpus").glob("round*.jsonl"), key=_number)]
    rounds = [read_corpus([path]) for path in files]
    test = [passage for passages in rounds for passage in passages if passage.split == "test"]
    real = read_real(options.real) if options.real.is_dir() else []
    judged = [test, real] if real else [test]
    truths = [label_matrix(passages) for passages in judged]
    curve: list[dict[str, Any]] = json.loads(options.output.read_text()) if options.output.is_file() else []
    for count in range(1 + options.from_round, len(rounds) + 1, options.step):
        passages = [passage for part in rounds[:count] for passage in part]
        seen = [passage for passage in passages if passage.split != "test"]
        name = files[count - 1].stem
        units = sum(len(passage.units) for passage in seen)
        point = next((point for point in curve if point["upto"] == name and point["units"] == units), None)
        if point is None:
            point = {"upto": name, "units": units}
            curve = [*(other for other in curve if other["upto"] != name), point]
        labels: dict[str, list[Booleans]] = {}
        if "linear" not in point:
            linear = train(seen)
            labels["linear"] = [linear.predict(pages_of(passages, linear.tables.words)) for passages in judged]
        if options.encoder and "encoder" not in point:
            validation = [passage for passage in seen if passage.split == "validation"]
            learnt = [passage for passage in seen if passage.split == "train"]
            labels["encoder"] = encoder_labels(learnt, validation, judged, options.epochs)
        for model, found in labels.items():
            figures = [macro_f1(truth, one) for truth, one in zip(truths, found, strict=True)]
            point[model] = dict(zip(("test", "real"), (round(figure, 4) for figure in figures), strict=False))
        print(json.dumps(point), flush=True)
        options.output.write_text(json.dumps(curve, indent=1) + "\n", encoding="utf-8")


def _number(path: Path) -> int:
    return int(re.sub(r"\D", "", path.stem) or 0)


if __name__ == "__main__":
    main()
