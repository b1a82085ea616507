#!/usr/bin/env python3
"""Feed damaged files to the readers for ten minutes; needs atheris, and does nothing where it is not installed.

python scripts/fuzz_readers.py [seconds]
"""

from __future__ import annotations

import io
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

SECONDS = 600


def feed(data: bytes) -> None:
    """Read bytes as each format; whatever but a clear error leaves here is a fault."""
    from classifier.errors import UnreadableError
    from classifier.readers import ReadOptions, decode, visible_page
    from classifier.readers.archives import opened_archive
    from classifier.readers.isolated import readings
    from classifier.readers.mail import mail_text
    from classifier.readers.word import word_text

    suffixes = (".docx", ".eml", ".html", ".pdf", ".xlsx")
    suffix = suffixes[data[0] % len(suffixes)] if data else ".html"
    content = data[1:]
    try:
        if suffix == ".docx":
            with opened_archive(io.BytesIO(content), "fuzz") as archive:
                word_text(archive, "fuzz")
        elif suffix == ".eml":
            mail_text(content, "fuzz")
        elif suffix == ".html":
            visible_page(decode(content, "fuzz"), "fuzz")
        else:
            for _ in readings(io.BytesIO(content), "fuzz", suffix, ReadOptions()):
                pass
    except UnreadableError:
        pass


def main(seconds: str) -> None:
    import atheris

    warnings.simplefilter("ignore")
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}", "-timeout=60"], feed)
    atheris.Fuzz()


if __name__ == "__main__":
    if find_spec("atheris") is None:
        print("atheris is not installed; nothing was fuzzed: pip install atheris")
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else str(SECONDS))
