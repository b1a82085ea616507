"""`healthclaims explain`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from classifier.cli.exits import DONE

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add `explain` to the commands of the program."""
    explain = commands.add_parser(
        "explain",
        help="say which words carried the labels of a sentence",
        description="Say why a sentence has its labels: the words that spoke for and against each, in log-odds, the "
        "cues behind evidence and severity, and the rules that spoke. For the fast model the contributions are exact; "
        "for another they are what is lost when a word is left out.",
        epilog='example: healthclaims explain "Studies show that it relieves arthritis pain." --model fast',
    )
    explain.add_argument("text", metavar="SENTENCE", help="a sentence, or a few with what stands around them")
    explain.add_argument(
        "--model", default="accurate", metavar="NAME|FOLDER", help="the model to ask (default: accurate)"
    )
    explain.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    explain.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Explain the sentences of a text; return the exit code."""
    from classifier.explain import explain
    from classifier.reports.explanation import explanation_record, explanation_text

    explanations = explain(options.text, model=options.model)
    if options.format == "json":
        print(json.dumps([explanation_record(one) for one in explanations], indent=1))
    else:
        print("\n\n".join(map(explanation_text, explanations)))
    return DONE
