"""The process that reads one PDF, XLSX or Parquet file: `python -m classifier.readers.isolated TASK < FILE`."""

from __future__ import annotations

import json
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.isolation import end_with_parent, record_of
from classifier.readers.options import ReadOptions
from classifier.readers.parquet import read_parquet
from classifier.readers.pdf import read_pdf
from classifier.readers.sheets import read_sheets
from classifier.records import Document

__all__ = ["MEMORY_LIMIT", "main", "readings"]

MEMORY_LIMIT = 4 * 1024**3
"""Bytes of address space; the libraries alone reserve about one gigabyte of it."""

_READERS: dict[str, Callable[[BinaryIO, str, ReadOptions], Iterator[Document | UnreadableError]]] = {
    ".pdf": read_pdf,
    ".xlsx": read_sheets,
    ".parquet": read_parquet,
}


def readings(stream: BinaryIO, name: str, suffix: str, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield what a file holds; whatever its parser does not survive is one more `UnreadableError`."""
    try:
        yield from _READERS[suffix](stream, name, options)
    except UnreadableError as error:
        yield error
    except MemoryError:
        yield UnreadableError(name, "needs too much memory to be read; split it, or save its text alone")
    except Exception as error:  # the parsers name no set of errors that a damaged file can raise
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        yield UnreadableError(name, f"damaged: {reason}; open it in its program and save it again")


def main(task: str) -> None:
    """Read standard input as `task` says and write one line of JSON for each document or error, then `null`."""
    record = json.loads(task)
    end_with_parent(record["parent"])
    options = ReadOptions(**record["options"] | {"carried": tuple(record["options"]["carried"])})
    warnings.simplefilter("ignore")
    _limit_memory()
    with open(0, "rb", closefd=False) as stream:
        _limit_time(record["limit"])
        for reading in readings(stream, record["name"], record["suffix"], options):
            sys.stdout.write(json.dumps(record_of(reading)) + "\n")
            sys.stdout.flush()
            _limit_time(record["limit"])
    sys.stdout.write("null\n")
    sys.stdout.flush()


def _limit_time(seconds: float) -> None:
    """End the process after so much more processor time: a busy machine and a slow reader of our answers cost none."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = MEMORY_LIMIT if most == resource.RLIM_INFINITY else min(MEMORY_LIMIT, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, most))


if __name__ == "__main__":
    main(sys.argv[1])
