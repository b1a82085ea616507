"""The command `healthclaims`: parses, then calls; no logic of its own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from classifier import __version__
from classifier.errors import HealthClaimsError

__all__ = ["main"]

_DONE, _FOUND, _BAD_USE, _UNREAD, _INTERRUPTED = 0, 1, 2, 3, 130

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


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="healthclaims",
        description="Read health-marketing copy: tag what each sentence claims, and flag the efficacy claims that the "
        "text leaves unsupported.",
        epilog="healthclaims COMMAND --help tells more of a command.",
    )
    parser.add_argument("--version", action="version", version=f"healthclaims {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", required=True)

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
    _add_corpus(commands)
    return parser


def _add_corpus(commands: Any) -> None:
    """Add `corpus` and its commands to those of the program."""
    from classifier.corpora import formats

    corpus = commands.add_parser(
        "corpus",
        help="check, describe, split and convert labelled corpora",
        description="Check, describe, split and convert labelled corpora: JSON Lines, one passage a line, as "
        "corpus/README.md explains.",
        epilog="healthclaims corpus COMMAND --help tells more of a command.",
    )
    inner = corpus.add_subparsers(title="commands", metavar="COMMAND", dest="corpus_command", required=True)
    for name, short, long in (
        (
            "validate",
            "find what is wrong with a corpus",
            "Check offsets, coverage, labels, annotations, near-copies (also across the split) and phrases that recur "
            "as templates do; print each problem with file, line and remedy. Exit code 1 if there is one.",
        ),
        ("stats", "describe a corpus in tables", "Print what a corpus holds, as Markdown tables."),
        (
            "agreement",
            "compare the two annotators",
            "Print how far the two annotators of each unit agree: Cohen's kappa, Krippendorff's alpha, F1, what they "
            "confuse, and by hard kind; as Markdown tables.",
        ),
        (
            "split",
            "write train, validation and test",
            "Write train.jsonl, validation.jsonl and test.jsonl. The part of a passage is fixed by a hash of its "
            "group, so it never changes when a corpus grows.",
        ),
    ):
        command = inner.add_parser(name, help=short, description=long)
        command.add_argument("files", nargs="+", metavar="FILE", help="a corpus file (JSON Lines)")
        if name == "split":
            command.add_argument("--output", required=True, metavar="FOLDER", help="where to write the three files")
    convert = inner.add_parser(
        "convert",
        help="convert between annotation formats",
        description=formats.__doc__,
        epilog="example: healthclaims corpus convert corpus/seed.jsonl tasks.jsonl --to prodigy",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    convert.add_argument("source", metavar="FROM", help="the file to read")
    convert.add_argument("target", metavar="TO", help="the file to write")
    for option, which in (("--from", "FROM"), ("--to", "TO")):
        convert.add_argument(
            option,
            dest=f"{option[2:]}_format",
            choices=tuple(formats.FORMATS),
            help=f"the format of {which} (default: by its suffix)",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = build_parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    try:
        return _score(options) if options.command == "score" else _corpus(options)
    except HealthClaimsError as error:
        _say(str(error))
        return _BAD_USE
    except KeyboardInterrupt:
        _say("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _DONE
    except OSError as error:
        _say(f"{error.filename or 'standard output'}: {(error.strerror or str(error)).lower()}")
        return _BAD_USE


def _score(options: argparse.Namespace) -> int:
    from classifier.batch import score
    from classifier.records import Severity

    tally = score(
        options.paths,
        model=options.model,
        format=options.format,
        output=options.output,
        text_column=options.text_column,
        id_column=options.id_column,
        say=_say,
    )
    if tally.unread:
        return _UNREAD
    if options.fail_on != "never" and tally.worst is not None and tally.worst.rank >= Severity(options.fail_on).rank:
        return _FOUND
    return _DONE


def _corpus(options: argparse.Namespace) -> int:
    from classifier import corpora
    from classifier.corpora import formats, statistics, validation

    name = options.corpus_command
    if name == "convert":
        done = formats.convert(
            Path(options.source),
            Path(options.target),
            source_format=options.from_format,
            target_format=options.to_format,
        )
        for remark in done.remarks:
            _say(remark)
        print(f"{options.target}: {done.passages} passages, {done.units} units")
        return _DONE
    paths = [Path(file) for file in options.files]
    if name == "validate":
        problems = list(validation.validate(paths))
        for problem in problems:
            print(problem)
        print(f"{len(problems)} problems")
        return _FOUND if problems else _DONE
    passages = corpora.read_corpus(paths)
    if name == "split":
        for path, count in corpora.write_split(passages, Path(options.output)).items():
            print(f"{path}: {count} passages")
    else:
        tables = statistics.statistics_tables if name == "stats" else statistics.agreement_tables
        print(statistics.markdown(tables(passages)))
    return _DONE


def _say(message: str) -> None:
    """Print one line on standard error, without what a terminal would obey."""
    if sys.stderr is None:
        return
    line = "".join(character if character.isprintable() else "\ufffd" for character in message)
    print(f"healthclaims: {line}", file=sys.stderr)
