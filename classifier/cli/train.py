"""`healthclaims train`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from classifier.cli.exits import DONE, FOUND, say

__all__ = ["add", "run"]

_EXAMPLES = """\
examples:
  healthclaims train corpus/*.jsonl --output models/mine           our labels
  healthclaims train mine.csv corpus/*.jsonl --output models/mine  yours and ours
  healthclaims train tasks.json --output models/mine               yours alone, from Label Studio

exit codes:
  0 done   1 the model that stands in FOLDER scores better and stays   2 bad use, or data that is broken or leaks
"""


def add(commands: Any) -> None:
    """Add `train` to the commands of the program."""
    train = commands.add_parser(
        "train",
        help="train a model of your own",
        description="Train a model on labelled passages: our form, CSV, Prodigy, Label Studio, doccano or .spacy. "
        "Whole documents go into the train, validation or test part, by a hash of the name; what is broken, or stands "
        "on both sides of the split, is refused with file and line. The same files give the same bytes on one "
        "machine. A model that scores better on the test part is not overwritten.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.add_argument("corpus", nargs="+", metavar="CORPUS", help="a corpus file, or a folder of *.jsonl")
    train.add_argument("--output", required=True, metavar="FOLDER", help="the model folder to write")
    train.add_argument(
        "--model", choices=("fast", "accurate"), default="fast", help="the kind of model to train (default: fast)"
    )
    train.add_argument(
        "--base", metavar="MODEL", help="with --model accurate: the model whose encoder to start from (default: ours)"
    )
    train.add_argument(
        "--fine-tune", action="store_true", help="with --model accurate: train the encoder too, not its head alone"
    )
    train.add_argument(
        "--teacher",
        metavar="MODEL",
        help="with --fine-tune: a folder with the weights of a larger encoder, of BERT's or MPNet's form, that is "
        "trained first and that ours learns from; with --model fast: an accurate model; what its encoder says "
        "counts as much as the labels",
    )
    train.add_argument(
        "--narrowing",
        metavar="EPOCHS",
        type=int,
        default=0,
        help="with --fine-tune: in so many further epochs (12 for the model that we ship) the encoder learns to do "
        "with a quarter of its states, and is some three times as fast (default: 0)",
    )
    train.add_argument("--force", action="store_true", help="write over the model in FOLDER even if it scores better")
    train.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train a model; return the exit code."""
    from classifier.training import train_model

    with _progress() as step:
        trained = train_model(
            [Path(path) for path in options.corpus],
            Path(options.output),
            model=options.model,
            base=options.base,
            fine_tune=options.fine_tune,
            teacher=options.teacher,
            narrowing=options.narrowing,
            force=options.force,
            step=step,
            say=say,
        )
    scored = f"; macro-F1 {trained.evaluation.figures.macro_f1:.3f} on the test part" if trained.evaluation else ""
    print(f"{trained.folder}: trained{scored}")
    if trained.kept is None:
        return DONE
    say(
        f"{options.output}: the model there scores better ({trained.kept:.3f}) and stays; the new one stands in "
        f"{trained.folder}; --force puts it in place"
    )
    return FOUND


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Show the step that is being done, and for how long, where standard error is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda description: progress.update(task, description=description)
