#!/usr/bin/env python3
"""Rebuild the shipped models from the corpus.

    python scripts/train_models.py [--only fast|accurate] [--teacher FOLDER] [--corpus FILE...] [--models FOLDER]

It is `healthclaims train --force` on the whole corpus: the fast model learns from the train and validation passages
(calibration and thresholds by cross-validation over documents) and from what the encoder of the accurate one says of
them, so that one is built first (--only fast takes the one in --models). The same files and the same accurate model
give the same fast one, byte by byte, on one machine with pinned versions. The accurate one is fine-tuned on the train
passages (the extra `train`; two seeds of four epochs, then narrowed in twelve); what is done so far stands in
accurate.training, -1, -narrow and -teacher, and an interrupted run goes on from there. The shipped one learns from a
larger encoder too: --teacher, which `scripts/fetch_teacher.py` fetches; that one is fine-tuned first. It then went on
for eight epochs, with a second such teacher, changed copies of the passages and means of several trainings, and was
narrowed in two seeds, which no script does (see the datasheet): what this one makes is a sister of it. On two cores
that multiply bfloat16 (AMX) the parts of such a training took some three hours together and the narrowing an hour and
a half, on others far longer. Blend, thresholds and cascade come from the validation passages. Both are measured on the
test passages, which nothing else has seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from classifier.training import train_model

ROOT = Path(__file__).parent.parent
_NARROWING = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("fast", "accurate"))
    parser.add_argument("--teacher", metavar="FOLDER")
    parser.add_argument("--corpus", nargs="+", type=Path, default=sorted((ROOT / "corpus").glob("*.jsonl")))
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    options = parser.parse_args()
    if options.teacher and options.only == "fast":
        parser.error("--teacher is for the accurate model; the fast one learns from that")

    for model in (options.only,) if options.only else ("accurate", "fast"):
        trained = train_model(
            options.corpus,
            options.models / model,
            model=model,
            fine_tune=model == "accurate",
            teacher=options.teacher if model == "accurate" else str(options.models / "accurate"),
            narrowing=_NARROWING if model == "accurate" else 0,
            force=True,
            license="apache-2.0",
            step=lambda line: print(line, flush=True),
            say=print,
        )
        assert trained.evaluation is not None
        figures = trained.evaluation.figures
        size = sum(path.stat().st_size for path in trained.folder.iterdir())
        print(f"{trained.folder}: {size / 1e6:.1f} MB; macro-F1 {figures.macro_f1:.3f} on {figures.units} test units")


if __name__ == "__main__":
    main()
