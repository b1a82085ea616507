#!/usr/bin/env python3
"""Feed damaged files to the readers and the splitter for ten minutes.

python scripts/fuzz_readers.py [seconds]

A file that breaks a reader is kept in build/, its name after "fuzz-".
It needs atheris, and does nothing where that is not installed. It starts from whole files of each format, and whatever
but a clear error comes out of one that was damaged is a fault.
"""

from __future__ import annotations

import gzip
import io
import sys
import tempfile
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from classifier import Document, segment
from classifier.errors import UnreadableError
from classifier.readers import ReadOptions, decode, visible_page
from classifier.readers.archives import opened_archive
from classifier.readers.documents import read_source
from classifier.readers.isolated import readings
from classifier.readers.mail import mail_text
from classifier.readers.sources import Source
from classifier.readers.word import word_text
from tests.made_files import docx, parquet, pdf, xlsx, zstd

SECONDS = 600
FOLDER = tempfile.TemporaryDirectory()
BUILD = Path(__file__).parent.parent / "build"
PAGE = "<h1>Drops</h1><ul><li>Ease pain<sup>1</sup></ul><table><tr><td>Calm &amp; sleep</table><!-- healthclaims: x -->"
MAIL = "Subject: =?utf-8?q?Calm?=\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nEases pain.\n--b\nContent-Type: "
MAIL += "text/html\nContent-Transfer-Encoding: base64\n\nPGI+Q2FsbTwvYj4=\n--b--\n"


def split_text(content: bytes) -> None:
    document = Document(decode(content, "fuzz"))
    for sentence in segment(document):
        assert document.text[sentence.start : sentence.end] == sentence.text


def read_word(content: bytes) -> None:
    with opened_archive(io.BytesIO(content), "fuzz") as archive:
        word_text(archive, "fuzz")


def read_isolated(suffix: str) -> Callable[[bytes], None]:
    """Return a reader that parses here what `score` gives to a process of its own."""

    def read(content: bytes) -> None:
        for _ in readings(io.BytesIO(content), "fuzz", suffix, ReadOptions()):
            pass

    return read


def read_file(name: str) -> Callable[[bytes], None]:
    """Return a reader of the format that a suffix names, from a file as `score` finds it."""
    _, suffix, *rest = name.split(".")

    def read(content: bytes) -> None:
        path = Path(FOLDER.name, name)
        path.write_bytes(content)
        for _ in read_source(Source(str(path), f".{suffix}", "".join(f".{part}" for part in rest)), ReadOptions()):
            pass

    return read


FORMATS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "txt": (
        split_text,
        b'1. Calms [1].\n- Dr. Ito says: "It eases pain!" Buy now\xe2\x80\xa6 \n\nREFERENCES\n1. Lee J. 2019.\n',
    ),
    "html": (lambda content: visible_page(decode(content, "fuzz"), "fuzz"), PAGE.encode()),
    "eml": (lambda content: mail_text(content, "fuzz"), MAIL.encode()),
    "docx": (read_word, docx()),
    "pdf": (read_isolated(".pdf"), pdf(["Eases pain.", None])),
    "xlsx": (read_isolated(".xlsx"), xlsx({"Copy": [["text", "id"], ["Eases pain.", 7]]})),
    "parquet": (read_isolated(".parquet"), parquet({"text": ["Eases pain.", None], "id": [7, 8]})),
    "csv": (read_file("a.csv"), b'text,id\n"Eases, ""pain"".",7\nCalm,8\n'),
    "tsv": (read_file("a.tsv"), b"text\tid\nEases pain.\t7\n"),
    "jsonl": (read_file("a.jsonl"), b'{"text": "Eases \\u00e9 pain.", "id": 7}\n{"text": null}\n'),
    "gz": (read_file("a.txt.gz"), gzip.compress(b"Eases pain. " * 9)),
    "zst": (read_file("a.txt.zst"), zstd(b"Eases pain. " * 9)),
}
"""For each format its reader, and a whole file to start from."""


def feed(data: bytes) -> None:
    """Read bytes as the format that the first of them chooses."""
    read, _ = list(FORMATS.values())[data[0] % len(FORMATS)] if data else FORMATS["txt"]
    with suppress(UnreadableError):
        read(data[1:])


def main(seconds: str) -> None:
    import atheris

    warnings.simplefilter("ignore")
    atheris.instrument_all()
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (_, whole)) in enumerate(FORMATS.items()):
            Path(folder, name).write_bytes(bytes([number]) + whole)
        options = [f"-max_total_time={seconds}", "-timeout=60", "-max_len=65536", f"-artifact_prefix={BUILD}/fuzz-"]
        atheris.Setup([sys.argv[0], *options, folder], feed)
        atheris.Fuzz()


if __name__ == "__main__":
    if find_spec("atheris") is None:
        print("atheris is not installed; nothing was fuzzed: pip install atheris")
    else:
        main(sys.argv[1] if len(sys.argv) > 1 else str(SECONDS))
