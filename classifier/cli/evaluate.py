"""`healthclaims evaluate`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.cli.exits import DONE, say
from classifier.errors import ConfigurationError

if TYPE_CHECKING:
    from classifier.evaluation import Comparison, Evaluation

__all__ = ["add", "run"]

_SUFFIXES = {".html": "html", ".htm": "html", ".json": "json", ".md": "table", ".txt": "table"}
_EXAMPLES = """\
examples:
  healthclaims evaluate fast corpus/*.jsonl                        its test passages, as tables
  healthclaims evaluate models/mine gold/ --output quality.html    one page with plots
  healthclaims evaluate models/mine corpus/*.jsonl --against fast  two models side by side
"""


def add(commands: Any) -> None:
    """Add `evaluate` to the commands of the program."""
    evaluate = commands.add_parser(
        "evaluate",
        help="judge a model on labelled passages",
        description="Judge a model on labelled passages, with the sentences as they were labelled: labels, primary "
        "label, flags, evidence, calibration, by page type, product area, hard kind and file, what review of the least "
        "sure units would catch, and the worst mistakes. Intervals are those of the bootstrap by document.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    evaluate.add_argument("model", metavar="MODEL", help="a shipped model, accurate or fast, or a model folder")
    evaluate.add_argument("corpus", nargs="+", metavar="CORPUS", help="a corpus file, or a folder of *.jsonl")
    evaluate.add_argument(
        "--part",
        choices=("unseen", "test", "validation", "train", "all"),
        default="unseen",
        help="the passages to judge by (default: unseen, those that no model asked has learnt from)",
    )
    evaluate.add_argument(
        "--gold-labels",
        action="store_true",
        help="judge the evidence of the claims that the labels name, so that the model's labels play no part in it",
    )
    evaluate.add_argument("--against", metavar="MODEL", help="a second model, compared by a paired bootstrap")
    evaluate.add_argument("--mistakes", type=int, default=20, metavar="N", help="how many to list (default: 20)")
    evaluate.add_argument(
        "--format", choices=("table", "json", "html"), help="default: by the suffix of --output, else table"
    )
    evaluate.add_argument("--output", metavar="FILE", help="write to FILE (.html, .json, .md) instead of to the screen")
    evaluate.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge one model or two; return the exit code."""
    from classifier.corpora.reading import read_labelled
    from classifier.evaluation import choose, compare, evaluate
    from classifier.tagger import load_tagger

    chosen = options.format or _format(options.output)
    text = read_labelled([Path(path) for path in options.corpus], lenient=True)
    for remark in text.remarks:
        say(remark)
    names = [options.model, *([options.against] if options.against else [])]
    passages = choose(text.passages, options.part, names)
    evaluations = []
    for name in names:
        model, full_name = load_tagger(name)
        evaluations.append(
            evaluate(
                model,
                passages,
                name=full_name,
                sources=text.sources,
                gold_labels=options.gold_labels,
                mistakes=max(0, options.mistakes),
            )
        )
    comparison = compare(evaluations[0].judged, evaluations[1].judged) if len(evaluations) > 1 else {}
    rendered = _render(chosen, evaluations, comparison)
    if options.output:
        Path(options.output).write_text(rendered, encoding="utf-8", errors="replace", newline="\n")
    else:
        print(rendered, end="")
    return DONE


def _format(output: str | None) -> str:
    if output is None:
        return "table"
    suffix = Path(output).suffix.lower()
    if suffix not in _SUFFIXES:
        raise ConfigurationError(
            f"--output {output}: no format has the suffix {suffix!r}; use one of {', '.join(_SUFFIXES)}, or --format"
        )
    return _SUFFIXES[suffix]


def _render(format: str, evaluations: Sequence[Evaluation], comparison: Mapping[str, Comparison]) -> str:
    from classifier.corpora.statistics import markdown
    from classifier.evaluation.bootstrap import comparison_record
    from classifier.evaluation.page import render_page
    from classifier.evaluation.tables import comparison_tables, evaluation_tables

    if format == "json":
        records = [evaluation.as_record() for evaluation in evaluations]
        record = records[0] if len(records) == 1 else {"models": records, "comparison": comparison_record(comparison)}
        return json.dumps(record, indent=1) + "\n"
    first, second = evaluations[0].model, evaluations[-1].model
    compared = comparison_tables(first, second, comparison) if comparison else {}
    if format == "html":
        return render_page(evaluations, compared)
    blocks = [compared, *map(evaluation_tables, evaluations)]
    return "\n\n".join(markdown(tables) for tables in blocks if tables) + "\n"
