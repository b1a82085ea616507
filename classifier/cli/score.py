"""`healthclaims score`."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from classifier.cli.exits import DONE, FOUND, UNREAD, say, silence
from classifier.errors import ConfigurationError
from classifier.policy import MARKETS, PRODUCT_CLASSES
from classifier.reports.writing import FORMATS, STORES
from classifier.settings import Settings, find_settings

__all__ = ["add", "run"]

FAIL_ON = ("high", "medium", "low", "never")
_FACTORS = {"k": 1000, "K": 1000, "M": 1000**2}
_MOST_JOBS = 1024
_EXAMPLES = """\
examples:
  healthclaims score page.html                          a table of its sentences
  healthclaims score pages/ 'mails/**/*.txt'            folders and patterns
  healthclaims score products.csv --text-column copy --id-column sku --output reports.jsonl
  curl -s https://shop.example/tea | healthclaims score -
  healthclaims score page.md --market us --product-class supplement
  healthclaims score pages/ --output review.html        one page to read, filter and print
  healthclaims score pages/ --format sarif --output review.sarif --waivers waivers.toml
  healthclaims score page.md --fail-on high             exit code 1 if a claim of high severity is unsupported
  healthclaims score pages/ --output run.db --jobs 4 --resume    many: four processes, go on where a run was cut short

exit codes:
  0 done   1 findings at or above --fail-on   2 bad use   3 done, but a document could not be read   130 interrupted
"""


def add(commands: Any) -> None:
    """Add `score` to the commands of the program."""
    score = commands.add_parser(
        "score",
        help="score documents and report what they claim",
        description="Score documents: split each into sentences, tag them, and say what the text offers for each "
        "efficacy claim. Reads text, Markdown, HTML, mail, DOCX and PDF, and tables of one document a row: CSV, "
        "TSV, JSON Lines, XLSX and Parquet. English only: a document in another language is reported as not assessed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    score.add_argument("paths", nargs="+", metavar="PATH", help="a file, a folder, a glob, or - for standard input")
    score.add_argument(
        "--format",
        choices=(*FORMATS, *STORES),
        help="how to write the reports (default: by the suffix of --output, else table on a terminal and jsonl off it)",
    )
    score.add_argument("--output", metavar="FILE", help="write the reports to FILE instead of standard output")
    score.add_argument(
        "--market",
        action="append",
        choices=MARKETS,
        help="apply the rules of this market too; give it once for each (default: none is assumed)",
    )
    score.add_argument(
        "--product-class",
        choices=PRODUCT_CLASSES,
        help="what is sold; for unknown the rules on food and supplements apply, and the report says that this is "
        "assumed (default: unknown)",
    )
    score.add_argument(
        "--policy", action="append", metavar="FILE", help="apply your own rule pack too (TOML); give it once for each"
    )
    score.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="exit with 1 if a finding has at least this severity (default: never)",
    )
    score.add_argument(
        "--model",
        metavar="NAME|FOLDER",
        help="a shipped model, accurate or fast, or the folder of your own (default: accurate)",
    )
    score.add_argument(
        "--threshold",
        action="append",
        default=[],
        metavar="LABEL=VALUE",
        help="the probability from which a label holds, in place of the model's; may be given once a label",
    )
    score.add_argument(
        "--prefer",
        choices=("recall",),
        help="recall: use the thresholds that the model holds for missing less, at the price of more false alarms",
    )
    score.add_argument(
        "--text-column",
        default="text",
        metavar="NAME",
        help="the column of a table, or JSON key, that holds the text (default: text)",
    )
    score.add_argument(
        "--id-column",
        metavar="NAME",
        help="the column or key that names a document (default: file and line)",
    )
    score.add_argument(
        "--carry",
        action="append",
        default=[],
        metavar="NAME",
        help="a column or key to carry into the report, as document.columns; may be given several times",
    )
    score.add_argument("--html", action="store_true", help="the text column of a table holds HTML")
    score.add_argument(
        "--stdin-as",
        default="",
        metavar="SUFFIX",
        type=_suffix,
        help="read standard input as a file of this suffix, .csv or .jsonl.gz for instance (default: as text)",
    )
    decisions = score.add_argument_group("waivers and baseline")
    decisions.add_argument("--waivers", metavar="FILE", help="set aside the findings that this file accepts (TOML)")
    decisions.add_argument(
        "--no-inline-waivers",
        action="store_true",
        help="let waivers in the texts themselves not hold; for texts that others wrote",
    )
    decisions.add_argument("--baseline", metavar="FILE", help="set aside the findings that this file holds (JSON)")
    decisions.add_argument(
        "--write-baseline", metavar="FILE", help="write the findings of this run to FILE, for later runs"
    )
    _add_running(score)
    score.set_defaults(run=run)


def _add_running(score: argparse.ArgumentParser) -> None:
    many = score.add_argument_group("many documents")
    many.add_argument(
        "--jobs",
        type=_count,
        default=1,
        metavar="N",
        help="score in N processes, the reports in the order of the documents; 0: one a core (default: 1)",
    )
    many.add_argument(
        "--resume",
        action="store_true",
        help="go on with what a run left that was cut short, if there is any: .jsonl, .db and .parquet outputs",
    )
    many.add_argument(
        "--failures",
        metavar="FILE",
        help="write a JSON line for each document that could not be read, with the reason "
        "(default: FILE.failures.jsonl beside an output FILE)",
    )
    many.add_argument(
        "--max-document-size",
        type=_size,
        metavar="SIZE",
        help="report a document with more bytes of text than this as a failure; k and M may follow (default: 10M)",
    )
    many.add_argument(
        "--time-limit",
        type=_seconds,
        metavar="SECONDS",
        help="report a document that takes longer than this to read and score as a failure; of a row of a table only "
        "the scoring counts (default: none)",
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {_MOST_JOBS}")
    return int(text)


def _size(text: str) -> int:
    number, factor = text, 1
    if text[-1:] in _FACTORS:
        number, factor = text[:-1], _FACTORS[text[-1]]
    if not number.isdecimal() or not 0 < len(number) < 16 or not int(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; give bytes, as 500000, 500k or 2M")
    return int(number) * factor


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds


def _suffix(text: str) -> str:
    return f".{text.lstrip('.')}" if text else ""


def _settings(options: argparse.Namespace) -> Settings:
    """Return the settings of the project in whose folder this runs; what the command line says wins."""
    found = find_settings(Path.cwd())
    if found.fail_on is not None and found.fail_on not in FAIL_ON:
        raise ConfigurationError(f"{found.source}: fail_on: {found.fail_on!r} is none of {', '.join(FAIL_ON)}")
    return replace(
        found,
        market=tuple(options.market or found.market),
        product_class=options.product_class or found.product_class,
        model=found.model if options.model is None else options.model,
        policies=tuple(options.policy or found.policies),
        fail_on=options.fail_on or found.fail_on,
    )


def run(options: argparse.Namespace) -> int:
    """Score documents; return the exit code."""
    from classifier.batch import Reviewing, Running, score
    from classifier.readers import ReadOptions
    from classifier.records import Label, Severity

    thresholds: dict[Label | str, float] | None = None
    if options.threshold:
        from classifier.thresholds import parse_threshold

        thresholds = dict(map(parse_threshold, options.threshold))
    settings = _settings(options)
    fail_on = settings.fail_on or "never"
    if settings.market and (settings.product_class or "unknown") == "unknown":
        say("product class unknown: the rules on food and supplements apply; --product-class says what is sold")
    tally = score(
        options.paths,
        thresholds=thresholds,
        prefer=options.prefer,
        settings=settings,
        format=options.format,
        output=options.output,
        read_options=ReadOptions(
            text_column=options.text_column,
            id_column=options.id_column,
            carried=tuple(dict.fromkeys(options.carry)),
            is_html=options.html,
            stdin_suffix=options.stdin_as,
        ),
        reviewing=Reviewing(
            waivers=options.waivers or settings.waivers,
            baseline=options.baseline or settings.baseline,
            reads_comments=not options.no_inline_waivers,
            write_baseline=options.write_baseline,
        ),
        running=Running(
            jobs=options.jobs,
            resume=options.resume,
            failures=options.failures,
            max_document_size=options.max_document_size,
            time_limit=options.time_limit,
        ),
        say=say,
    )
    _tell(tally.summary(), output=options.output, many=tally.documents + tally.unread > 1)
    if tally.unread:
        return UNREAD
    if fail_on != "never" and tally.counts.worst is not None and tally.counts.worst.rank >= Severity(fail_on).rank:
        return FOUND
    return DONE


def _tell(summary: str, *, output: str | None, many: bool) -> None:
    """Print the summary: on standard output where a file holds the reports, else beside them if they are many."""
    if output not in (None, "-"):
        try:
            print(summary, flush=True)
        except BrokenPipeError:  # the exit code tells nonetheless
            silence(sys.stdout)
    elif many:
        say(summary)
