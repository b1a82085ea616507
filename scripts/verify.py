#!/usr/bin/env python3
"""Run the slow proofs, of which the default suite runs a smoke case each; fuzz the readers if atheris is installed.

python scripts/verify.py [pytest options]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

if __name__ == "__main__":
    codes = [
        subprocess.call([sys.executable, "-m", "pytest", "-m", "slow", *sys.argv[1:]], cwd=ROOT),
        subprocess.call([sys.executable, "scripts/fuzz_readers.py"], cwd=ROOT),
    ]
    sys.exit(next((code for code in codes if code), 0))
