"""Formats whose parsers are large: each file is read by a process of its own, with limits on time and memory.

A file made to hang, crash or exhaust its parser then costs that file alone. The process inherits the file as its
standard input and answers with one JSON value a line: documents, errors, and a last line that tells that all was read.
It ends soon after the process that asked, however that one ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any, BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.options import ReadOptions
from classifier.readers.sources import Source, check_kind
from classifier.records import Document, Place

__all__ = ["TIME_LIMIT", "end_with_parent", "read_isolated", "reading_of", "record_of"]

TIME_LIMIT = 60
"""The most seconds of processor time until a file's first document, or from one to the next; Windows has no limit."""

_NEEDS = {".pdf": ("pypdf", "pdf", b"%PDF-"), ".xlsx": ("openpyxl", "xlsx", b"PK\x03\x04"),
          ".parquet": ("pyarrow", "parquet", b"PAR1")}  # fmt: skip
_LONGEST_LINE = 256 * 1024 * 1024
_PAUSE = 0.5  # seconds between two looks at whether the parent is there


def read_isolated(source: Source, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield what a process of its own reads from a PDF, XLSX or Parquet file."""
    library, extra, opening = _NEEDS[source.suffix]
    if find_spec(library) is None:
        raise UnreadableError(
            source.name, f"reading {source.suffix} needs {library}; install it: pip install 'healthclaims[{extra}]'"
        )
    with source.seekable(**({"limit": None} if source.suffix == ".parquet" else {})) as stream:
        head = stream.read(1024)
        if not head:
            yield Document("", id=source.name, source=source.name)
            return
        check_kind(head, source, expected=opening)
        os.lseek(stream.fileno(), 0, os.SEEK_SET)
        yield from _answers(stream, source, options)


def _answers(stream: BinaryIO, source: Source, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    asked = {"name": source.name, "suffix": source.suffix, "limit": TIME_LIMIT, "parent": os.getpid()}
    task = json.dumps({**asked, "options": asdict(options)})
    command = [sys.executable, "-P", "-m", "classifier.readers.isolated", task]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        command, stdin=stream, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    assert process.stdout is not None
    try:
        while (line := process.stdout.readline(_LONGEST_LINE)).endswith(b"\n"):
            record = json.loads(line)
            if record is None:
                return
            yield reading_of(record)
        raise UnreadableError(source.name, _reason(process.wait(), source.suffix))
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def end_with_parent(parent: int) -> None:
    """End this process once it is no longer a child of `parent`, who may be killed while a parser hangs here."""
    if os.name == "posix":  # elsewhere a process keeps the number of a parent that is gone
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    os._exit(1)


def _reason(code: int, suffix: str) -> str:
    if code == -getattr(signal, "SIGPROF", 0):
        return f"took longer than {TIME_LIMIT} seconds to read; split it, or save its text alone"
    return f"the {suffix} parser broke down on it ({code}); open it in its program and save it again"


def record_of(reading: Document | UnreadableError) -> dict[str, Any]:
    """Return a reading as JSON can hold it."""
    if isinstance(reading, UnreadableError):
        return {"source": reading.source, "reason": reading.reason}
    return asdict(reading)


def reading_of(record: dict[str, Any]) -> Document | UnreadableError:
    """Return the reading that `record_of` wrote down."""
    if "reason" in record:
        return UnreadableError(record["source"], record["reason"])
    places = tuple(Place(**place) for place in record.pop("places"))
    return Document(**record | {"places": places, "columns": tuple((key, value) for key, value in record["columns"])})
