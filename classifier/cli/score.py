"""`healthclaims score`."""

from __future__ import annotations

import argparse
from typing import Any

from classifier.cli.exits import DONE, FOUND, UNREAD, say

__all__ = ["add", "run"]

_EXAMPLES = """\
examples:
  healthclaims score page.html                          a table of its sentences
  healthclaims score pages/ 'mails/**/*.txt'            folders and patterns
  healthclaims score products.csv --text-column copy --id-column sku --output reports.jsonl
  curl -s https://shop.example/tea | healthclaims score -
  healthclaims score page.md --fail-on high             exit code 1 if a claim of high severity is unsupported

exit codes:
  0 done   1 findings at or above --fail-on   2 bad use   3 done, but a document could not be read   130 interrupted
"""


def add(commands: Any) -> None:
    """Add `score` to the commands of the program."""
    score = commands.add_parser(
        "score",
        help="score documents and report what they claim",
        description="Score documents: split each into sentences, tag them, and say what the text offers for each "
        "efficacy claim. Reads text, Markdown, HTML, CSV (one document a row) and JSON Lines (one document a "
        "line), all in UTF-8. English only: a document in another language is reported as not assessed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    score.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, a glob, or - for standard input")
    score.add_argument(
        "--format",
        choices=("table", "jsonl"),
        help="how to write the reports (default: by the suffix of --output, else table on a terminal and jsonl off it)",
    )
    score.add_argument("--output", metavar="FILE", help="write the reports to FILE instead of standard output")
    score.add_argument(
        "--fail-on",
        choices=("high", "medium", "low", "never"),
        default="never",
        help="exit with 1 if a finding has at least this severity (default: never)",
    )
    score.add_argument(
        "--model",
        default="accurate",
        metavar="NAME|FOLDER",
        help="a shipped model, accurate or fast, or the folder of your own (default: accurate)",
    )
    score.add_argument(
        "--text-column",
        default="text",
        metavar="NAME",
        help="the CSV column or JSON key that holds the text (default: text)",
    )
    score.add_argument(
        "--id-column",
        metavar="NAME",
        help="the CSV column or JSON key that names a document (default: file and line)",
    )
    score.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Score documents; return the exit code."""
    from classifier.batch import score
    from classifier.records import Severity

    tally = score(
        options.paths,
        model=options.model,
        format=options.format,
        output=options.output,
        text_column=options.text_column,
        id_column=options.id_column,
        say=say,
    )
    if tally.unread:
        return UNREAD
    if options.fail_on != "never" and tally.worst is not None and tally.worst.rank >= Severity(options.fail_on).rank:
        return FOUND
    return DONE
