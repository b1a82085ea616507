#!/usr/bin/env python3
"""Score real labelled pages and print how the reports compare with the labels, as a Markdown table.

    python scripts/measure_quality.py [--gold FOLDER] [--yardstick score_reports.py] [--model NAME|FOLDER ...]

The gold pages and the yardstick are not part of the project, which must never learn from them: FOLDER holds *.jsonl
with one labelled page a line and perhaps *.txt with one claim a line; the yardstick writes them as text files, and
compares what `healthclaims score` says of them with the labels. Default: ../shared/realworld_dev and ../shared/tools.
The first model is shown by set and on all pages, the others on all pages.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROWS = {
    "pages": "documents",
    "units": "units",
    "macro-F1 of the labels": "macro_f1",
    "F1 mechanism claim": "f1.mechanism_claim",
    "F1 efficacy claim": "f1.efficacy_claim",
    "F1 risk disclosure": "f1.risk_disclosure",
    "F1 promotional": "f1.promotional",
    "accuracy of the primary label": "primary_accuracy",
    "F1 of exact sentence spans": "sentence_span_f1",
    "F1 of the flag": "flag_f1",
    "F1 if every claim found were flagged": "flag_f1_if_every_claim",
    "precision of supported": "support_precision",
    "recall of supported": "support_recall",
    "accuracy of the evidence level": "evidence_accuracy",
    "calibration error": "calibration_error",
    "Brier score": "brier",
    "Brier score of the base rate": "brier_of_base_rate",
}


def run(*command: str | Path) -> str:
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gold", type=Path, default=ROOT.parent / "shared" / "realworld_dev")
    parser.add_argument("--yardstick", type=Path, default=ROOT.parent / "shared" / "tools" / "score_reports.py")
    parser.add_argument("--model", nargs="+", default=["accurate", "fast"])
    options = parser.parse_args()
    gold, claims = sorted(options.gold.glob("*.jsonl")), sorted(options.gold.glob("*.txt"))
    if not gold or not options.yardstick.is_file():
        sys.exit(f"measure_quality: no gold pages in {options.gold}, or no yardstick at {options.yardstick}")

    figures: dict[str, Any] = {}
    shares: dict[str, list[str]] = {path.stem: [] for path in claims}
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, options.yardstick, "write", *gold, *claims, Path(folder, "pages"))
        for number, model in enumerate(options.model):
            reports = Path(folder, f"{number}.jsonl")
            score = (sys.executable, "-m", "classifier", "score", Path(folder, "pages"), "--output", reports)
            run(*score, "--model", model)
            columns = {f"{model}: {path.stem}": [path] for path in gold} if number == 0 else {}
            for name, paths in (columns | {f"{model}: all": gold}).items():
                figures[name] = json.loads(run(sys.executable, options.yardstick, "score", *paths, reports, "--json"))
            for path in claims:
                shares[path.stem].append(
                    f"{run(sys.executable, options.yardstick, 'claims', path, reports).strip()} ({model})"
                )

    print("| | " + " | ".join(figures) + " |")
    print("|---" + "|---" * len(figures) + "|")
    for row, key in ROWS.items():
        cells = []
        for name in figures:
            value = figures[name]
            for part in key.split("."):
                value = value[part]
            cells.append(f"{value:.3f}" if isinstance(value, float) else str(value))
        print(f"| {row} | " + " | ".join(cells) + " |")
    for name, each in shares.items():
        print(f"\nShare of the claims of {name} tagged as efficacy or mechanism claims: {', '.join(each)}")


if __name__ == "__main__":
    main()
