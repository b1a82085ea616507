#!/usr/bin/env python3
"""Write the golden report of the tests anew; read the difference before it is committed.

python scripts/renew_golden.py && git diff tests/golden
"""

from __future__ import annotations

import json
from pathlib import Path

import classifier
from classifier.reports.jsonl import to_record

FOLDER = Path(__file__).parent.parent / "tests" / "golden"


def main() -> None:
    text = (FOLDER / "page.txt").read_text(encoding="utf-8")
    record = to_record(classifier.load().assess(classifier.Document(text, id="page", source="page.txt")))
    del record["versions"]
    for sentence in record["sentences"]:
        del sentence["scores"]
    (FOLDER / "report.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
