#!/usr/bin/env python3
"""Rebuild the shipped model from the corpus: the same bytes on one machine with pinned versions.

    python scripts/train_models.py [--corpus FILE...] [--output FOLDER]

Trains on the train and validation passages (calibration and thresholds by cross-validation over documents), measures on
the test passages, which nothing else has seen, and writes arrays, JSON and a model card.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

from classifier import __version__
from classifier.corpora import read_corpus
from classifier.evaluation import Figures, evaluate
from classifier.records import Label
from classifier.tagger import save_tagger
from classifier.training import train

ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", nargs="+", type=Path, default=sorted((ROOT / "corpus").glob("*.jsonl")))
    parser.add_argument("--output", type=Path, default=ROOT / "models" / "baseline")
    options = parser.parse_args()

    passages = read_corpus(options.corpus)
    seen = [passage for passage in passages if passage.split != "test"]
    unseen = [passage for passage in passages if passage.split == "test"]
    tagger = train(seen)
    figures = evaluate(tagger, unseen)
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in options.corpus)).hexdigest()
    units = sum(len(passage.units) for passage in seen)
    about = {
        "healthclaims": __version__,
        "guidelines": 2,
        "corpus": {"sha256": digest, "passages": len(seen), "units": units},
        "C": tagger.C,
        "folds": tagger.folds,
    }
    texts = {
        "metrics.json": json.dumps(figures.as_record(), indent=1) + "\n",
        "README.md": _card(figures, len(seen), units, digest),
    }
    save_tagger(tagger, options.output, about=about, texts=texts)
    size = sum(path.stat().st_size for path in options.output.iterdir())
    print(f"{options.output}: {size / 1e6:.1f} MB; macro-F1 {figures.macro_f1:.3f} on {figures.units} test units")


def _card(figures: Figures, passages: int, units: int, digest: str) -> str:
    rows = "\n".join(
        f"| {label} | {figures.precision[label]:.3f} | {figures.recall[label]:.3f} | {figures.f1[label]:.3f} |"
        for label in Label
    )
    return f"""---
license: apache-2.0
language: en
library_name: healthclaims
pipeline_tag: text-classification
model-index:
- name: healthclaims-baseline
  results:
  - task: {{type: text-classification, name: multi-label sentence tagging}}
    dataset: {{type: healthclaims-corpus, name: corpus of healthclaims, split: test}}
    metrics:
    - {{type: f1, name: macro-F1, value: {figures.macro_f1:.4f}}}
---
# healthclaims baseline

Tags sentences of English health-marketing copy as mechanism claim, efficacy claim, risk disclosure, promotional.
One logistic regression a label over hashed words, parts of words, layout, lexicon terms and the sentences around;
probabilities calibrated by a sigmoid, thresholds at the best F1, both from cross-validation over documents.

Trained on {passages} passages, {units} units (SHA-256 of the corpus {digest[:16]}…), guidelines version 2.
On the corpus's {figures.units} test units, sentences as labelled: macro-F1 {figures.macro_f1:.3f}, primary label
right in {figures.primary_accuracy:.3f}, calibration error {figures.calibration_error:.3f}.

| label | precision | recall | F1 |
|---|---|---|---|
{rows}

Figures on real pages stand in the README of the project. The model says what a text claims and what it offers for its
claims; it never says that a claim is true, false or lawful. It reads English only, and each sentence by its own words
and those next to it.

Rebuild: `python scripts/train_models.py`.
"""


if __name__ == "__main__":
    main()
