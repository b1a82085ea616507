#!/usr/bin/env python3
"""Run the slow proofs, of which the default suite runs a smoke case each, and fuzz the readers for ten minutes.

python scripts/verify.py [pytest options]

With `-k EXPRESSION` only the slow proofs of such names run; the readers are fuzzed without `-k`, or with `-k fuzz`.
Proofs that this machine lacks something for (atheris; pyspark and Java; torch) are named at the end. The exit code is
that of the first proof that failed, else 3 if one could not be run, else 0.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parent.parent
NOT_RUN = 3


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-k")
    chosen = parser.parse_known_args(arguments)[0].k
    codes: list[int] = []
    missing: list[str] = []
    if chosen != "fuzz":
        with tempfile.TemporaryDirectory() as folder:
            results = Path(folder, "results.xml")
            command = [sys.executable, "-m", "pytest", "-m", "slow", f"--junit-xml={results}", *arguments]
            codes.append(subprocess.call(command, cwd=ROOT))
            missing += skipped_tests(results)
    if chosen in (None, "fuzz"):
        if find_spec("atheris") is None:
            missing.append("fuzz_readers: atheris is not installed: pip install atheris")
        else:
            codes.append(subprocess.call([sys.executable, "scripts/fuzz_readers.py"], cwd=ROOT))
    for line in missing:
        print(f"not proved: {line}", file=sys.stderr)
    return next((code for code in codes if code), NOT_RUN if missing else 0)


def skipped_tests(results: Path) -> list[str]:
    """Return the tests that pytest skipped, each with the reason, from its JUnit XML; none where it wrote none."""
    if not results.is_file():
        return []
    return [
        f"{case.get('name')}: {skip.get('message')}"
        for case in ElementTree.parse(results).iter("testcase")
        for skip in case.iter("skipped")
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
