"""`healthclaims tune`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from classifier.cli.exits import DONE, say
from classifier.records import Label

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add `tune` to the commands of the program."""
    tune = commands.add_parser(
        "tune",
        help="choose thresholds for a wanted precision or recall",
        description="Choose, on the validation passages of a corpus, the threshold from which a label holds, so that "
        "it reaches a precision or a recall. Prints options for `healthclaims score`.",
        epilog="example: healthclaims tune fast corpus/*.jsonl --label efficacy_claim --recall 0.95",
    )
    tune.add_argument("model", metavar="MODEL", help="a shipped model, accurate or fast, or a model folder")
    tune.add_argument("corpus", nargs="+", metavar="CORPUS", help="a corpus file, or a folder of *.jsonl")
    tune.add_argument(
        "--label",
        action="append",
        type=Label,
        choices=tuple(Label),
        help="the label to choose a threshold for; may be given more than once (default: all)",
    )
    wanted = tune.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--precision", type=float, metavar="SHARE", help="the share of the found that must be right")
    wanted.add_argument("--recall", type=float, metavar="SHARE", help="the share of those there that must be found")
    tune.add_argument("--output", metavar="FOLDER", help="write the model with these thresholds to a new folder too")
    tune.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Choose thresholds and print them as options; return the exit code."""
    from classifier.training import save_tuned, tune

    tuned = tune(
        options.model,
        [Path(path) for path in options.corpus],
        labels=options.label or tuple(Label),
        precision=options.precision,
        recall=options.recall,
        say=say,
    )
    for label, choice in tuned.choices.items():
        say(f"{label}: precision {choice.precision:.3f}, recall {choice.recall:.3f} on {tuned.units} units")
    print(" ".join(f"--threshold {label}={choice.threshold!r}" for label, choice in tuned.choices.items()))
    if options.output:
        save_tuned(options.model, tuned, Path(options.output))
    return DONE
