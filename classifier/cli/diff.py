"""`healthclaims diff`."""

from __future__ import annotations

import argparse
from typing import Any

from classifier.cli.exits import DONE, FOUND

__all__ = ["add", "run"]


def add(commands: Any) -> None:
    """Add `diff` to the commands of the program."""
    diff = commands.add_parser(
        "diff",
        help="compare two runs",
        description="Compare the reports of two runs, of two texts or of two models: documents, sentences, labels, "
        "evidence, support, severity and findings. Documents are matched by name, else by their text, where the "
        "number of a row is no name; sentences by their words, wherever they stand.",
        epilog="example: healthclaims diff before.jsonl after.jsonl --fail-on medium",
    )
    diff.add_argument("old", metavar="OLD", help="the reports of the earlier run (JSON Lines)")
    diff.add_argument("new", metavar="NEW", help="the reports of the later run (JSON Lines)")
    diff.add_argument(
        "--format", choices=("text", "jsonl"), default="text", help="how to print the changes (default: text)"
    )
    diff.add_argument(
        "--fail-on",
        choices=("high", "medium", "low", "never"),
        default="never",
        help="exit with 1 if a new finding has at least this severity (default: never)",
    )
    diff.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Compare two runs and print what changed; return the exit code."""
    from classifier.reports.changes import change_lines, change_records
    from classifier.review import compare, read_run
    from classifier.vocabulary import Severity

    difference = compare(read_run(options.old), read_run(options.new))
    for line in change_lines(difference) if options.format == "text" else change_records(difference):
        print(line)
    worst = difference.worst_new
    if options.fail_on != "never" and worst is not None and worst.rank >= Severity(options.fail_on).rank:
        return FOUND
    return DONE
