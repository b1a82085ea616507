"""`healthclaims corpus` and its commands."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from classifier.cli.exits import DONE, FOUND, say

__all__ = ["add", "run"]


def add(commands: Any) -> None:
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
            "Check each line against the schema of the corpus; offsets, coverage, labels, annotations, near-copies "
            "(also across the split) and phrases that recur as templates do; print each problem with file, line and "
            "remedy. Exit code 1 if there is one.",
        ),
        ("stats", "describe a corpus in tables", "Print what a corpus holds, as Markdown tables."),
        (
            "agreement",
            "compare the two annotators",
            "Print how far the two annotators of each unit agree: Cohen's kappa, Krippendorff's alpha, F1, what they "
            "confuse, by hard kind and by file; as Markdown tables.",
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
    _add_suspects(inner)
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
    corpus.set_defaults(run=run)


def _add_suspects(inner: Any) -> None:
    suspects = inner.add_parser(
        "suspects",
        help="list labels that are likely wrong, or text worth labelling",
        description="List the labels that are likely wrong, by confident learning on what models of other documents "
        "say; or, with --unlabelled, the sentences of a file whose labels would teach most. Trains the fast model, "
        "which takes minutes on a large corpus. Prints JSON Lines.",
        epilog="example: healthclaims corpus suspects corpus/*.jsonl --count 50",
    )
    suspects.add_argument("files", nargs="+", metavar="FILE", help="a corpus file in any format")
    suspects.add_argument("--unlabelled", metavar="FILE", help="a file without labels, as healthclaims score reads it")
    suspects.add_argument("--count", type=int, default=20, metavar="N", help="how many to list (default: 20)")


def run(options: argparse.Namespace) -> int:
    """Run one of the commands of `corpus`; return the exit code."""
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
            say(remark)
        print(f"{options.target}: {done.passages} passages, {done.units} units")
        return DONE
    paths = [Path(file) for file in options.files]
    if name == "suspects":
        from classifier.corpora import suspects

        found: Sequence[Any] = (
            suspects.find_worthwhile(paths, options.unlabelled, count=options.count)
            if options.unlabelled
            else suspects.find_suspects(paths, count=options.count)
        )
        for one in found:
            print(json.dumps(asdict(one)))
        return DONE
    if name == "validate":
        problems = list(validation.validate(paths))
        for problem in problems:
            print(problem)
        print(f"{len(problems)} problems")
        return FOUND if problems else DONE
    if name == "split":
        for path, count in corpora.write_split(corpora.read_corpus(paths), Path(options.output)).items():
            print(f"{path}: {count} passages")
    elif name == "stats":
        print(statistics.markdown(statistics.statistics_tables(corpora.read_corpus(paths))))
    else:
        print(statistics.markdown(statistics.agreement_tables(corpora.read_files(paths))))
    return DONE
