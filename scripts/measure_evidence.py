#!/usr/bin/env python3
"""Measure how evidence, support and severity are judged, sentences and labels given, and print Markdown tables.

    python scripts/measure_evidence.py [--model accurate|fast|FOLDER] [--split test|validation|train] [--real FOLDER]
                                       [--confusion] [--rules-only]

Of the model only what its encoder says of evidence is asked. The corpus part comes first; then, where FOLDER (default:
../shared/realworld_dev) is at hand, the real pages that the project measures itself by. They are never learnt from,
and only counts are printed of them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.corpora import Passage, read_corpus
from classifier.corpora.passages import parse_passage
from classifier.evaluation.judged import labelled
from classifier.evidence import assess_evidence
from classifier.records import Evidence, Severity, Support
from classifier.tagger import SentenceModel, load_tagger, tag

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Judged:
    """An efficacy claim with what was found for it and what its labels say."""

    text: str
    found: Evidence
    wanted: Evidence
    severity: Severity | None
    wanted_severity: Severity | None


def judge(passages: Iterable[Passage], model: SentenceModel | None) -> list[Judged]:
    """Return the efficacy claims of passages, sentences and labels as given; without a model by rules alone."""
    judged = []
    for passage in passages:
        found_by = tag(model, passage.document, passage.sentences) if model is not None else ()
        tagged = labelled(passage, found_by)
        assessed = assess_evidence(passage.document, tagged, use_trained=model is not None)
        for found, unit in zip(assessed, passage.units, strict=True):
            if unit.evidence is not None:
                assert found.evidence is not None
                judged.append(Judged(found.text, found.evidence, unit.evidence, found.severity, unit.severity))
    return judged


def read_real(folder: Path) -> dict[str, list[Passage]]:
    """Return the real passages of each file of a folder."""
    read = {}
    for path in sorted(folder.glob("*.jsonl")):
        passages = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            record = json.loads(line)
            keys = ("start", "end", "labels", "primary", "evidence", "severity")
            units = [{key: unit[key] for key in keys} for unit in record["units"]]
            passages.append(parse_passage({"doc_id": f"{path.stem}-{number}", "text": record["text"], "units": units}))
        read[path.stem] = passages
    return read


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def f1(hits: int, found: int, wanted: int) -> float:
    return ratio(2 * hits, found + wanted)


def figures(claims: Sequence[Judged]) -> dict[str, str]:
    """Return the rows of the first table."""
    found = [claim.found.support is Support.SUPPORTED for claim in claims]
    wanted = [claim.wanted.support is Support.SUPPORTED for claim in claims]
    both = sum(f and w for f, w in zip(found, wanted, strict=True))
    neither = sum(not f and not w for f, w in zip(found, wanted, strict=True))
    left_open = len(claims) - sum(wanted)
    graded = [claim for claim in claims if claim.severity and claim.wanted_severity]
    right = sum(claim.severity is claim.wanted_severity for claim in graded)
    return {
        "efficacy claims": str(len(claims)),
        "of them supported": str(sum(wanted)),
        "precision of supported": f"{ratio(both, sum(found)):.3f}",
        "recall of supported": f"{ratio(both, sum(wanted)):.3f}",
        "F1 of the flag": f"{f1(neither, len(claims) - sum(found), left_open):.3f}",
        "F1 if every claim were flagged": f"{f1(left_open, len(claims), left_open):.3f}",
        "accuracy of the evidence level": f"{ratio(sum(c.found is c.wanted for c in claims), len(claims)):.3f}",
        "accuracy of the severity": f"{ratio(right, len(graded)):.3f}",
    }


def level_rows(claims: Sequence[Judged]) -> Iterable[tuple[str, str]]:
    """Yield each level with its F1 and, in brackets, how many claims have it."""
    for level in Evidence:
        hits = sum(claim.found is level and claim.wanted is level for claim in claims)
        found, wanted = sum(c.found is level for c in claims), sum(c.wanted is level for c in claims)
        yield f"F1 {level.value}", f"{f1(hits, found, wanted):.3f} ({wanted})" if wanted else "– (0)"


def print_table(columns: dict[str, list[Judged]]) -> None:
    tables = {name: {**figures(claims), **dict(level_rows(claims))} for name, claims in columns.items()}
    print("| | " + " | ".join(columns) + " |")
    print("|---" + "|---:" * len(columns) + "|")
    for row in next(iter(tables.values())):
        print(f"| {row} | " + " | ".join(table[row] for table in tables.values()) + " |")


def print_confusion(name: str, claims: Sequence[Judged]) -> None:
    counts = Counter((claim.wanted, claim.found) for claim in claims)
    print(f"\n{name}: rows as labelled, columns as found\n")
    print("| | " + " | ".join(level.value for level in Evidence) + " |")
    print("|---" + "|---:" * len(Evidence) + "|")
    for wanted in Evidence:
        print(f"| {wanted.value} | " + " | ".join(str(counts[wanted, found] or "") for found in Evidence) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="accurate", help="accurate (the default), fast or a model folder")
    parser.add_argument("--split", choices=("train", "validation", "test"), default="test")
    parser.add_argument("--real", type=Path, default=ROOT.parent / "shared" / "realworld_dev")
    parser.add_argument("--confusion", action="store_true", help="print which levels were taken for which, too")
    parser.add_argument("--rules-only", action="store_true", help="leave the trained parts out")
    options = parser.parse_args()

    passages = read_corpus(sorted((ROOT / "corpus").glob("*.jsonl")))
    model = None if options.rules_only else load_tagger(options.model)[0]
    part = [passage for passage in passages if passage.split == options.split]
    columns = {f"corpus {options.split}": judge(part, model)}
    if options.real.is_dir():
        real = {name: judge(part, model) for name, part in read_real(options.real).items()}
        columns |= real | {"all real": [claim for claims in real.values() for claim in claims]}
    print_table(columns)
    if options.confusion:
        for name, claims in columns.items():
            print_confusion(name, claims)


if __name__ == "__main__":
    main()
