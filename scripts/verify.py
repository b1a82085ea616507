#!/usr/bin/env python3
"""Run the slow proofs, of which the default test suite runs a smoke case each.

python scripts/verify.py [pytest options]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

if __name__ == "__main__":
    sys.exit(subprocess.call([sys.executable, "-m", "pytest", "-m", "slow", *sys.argv[1:]], cwd=ROOT))
