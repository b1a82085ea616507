"""Where reports go: streams that are written from start to end, and JSON Lines that a later run may go on with."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

from classifier.batch.places import Place, sync
from classifier.batch.tally import Counts
from classifier.batch.tasks import Key, Outcome
from classifier.errors import ConfigurationError, UnreadableError
from classifier.records import Report
from classifier.reports.writing import STORES, build_writer

__all__ = [
    "FORMATS",
    "RESUMABLE",
    "JsonLines",
    "Output",
    "Stream",
    "choose_format",
    "describe_other",
    "is_terminal",
    "stamp_of",
]

FORMATS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".txt": "table",
    ".csv": "csv",
    ".sarif": "sarif",
    ".html": "html",
    ".htm": "html",
    ".parquet": "parquet",
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
}
"""The suffixes of `--output` and the formats that they stand for."""

RESUMABLE = ("jsonl", "parquet", "sqlite")
"""The formats whose partial file tells which documents are done."""


class Output(Protocol):
    """Take what came of documents, one after the other.

    `finish` makes the output appear; `close` without it leaves what was done where a later run finds it.
    """

    def written(self) -> Iterator[tuple[Key, Counts]]:
        """Yield what an earlier run has done; to be called first, and read to its end."""

    def write(self, outcome: Outcome) -> None: ...

    def fail(self, error: UnreadableError) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


def choose_format(format: str | None, output: str | None) -> str:
    """Return `format`, else what the suffix of `output` stands for, else table on a terminal and jsonl off it."""
    if format is None and output is None:
        return "table" if is_terminal(sys.stdout) else "jsonl"
    if format is not None:
        if output is None and format in STORES:
            raise ConfigurationError(f"--format {format}: is for a file; name one with --output")
        return format
    assert output is not None
    suffix = Path(output).suffix.lower()
    if suffix not in FORMATS:
        raise ConfigurationError(
            f"--output {output}: no format has the suffix {suffix!r}; use one of {', '.join(FORMATS)}, or --format"
        )
    return FORMATS[suffix]


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person looks at a stream."""
    return stream is not None and stream.isatty()


class Stream:
    """An open stream, or a file that appears whole or not at all. No later run goes on with it."""

    def __init__(self, format: str, place: Place | IO[str]) -> None:
        self._place = None
        if isinstance(place, Place):
            self._place = place
            place.partial.unlink(missing_ok=True)
            place.create()
            self._stream: IO[str] = place.partial.open("w", encoding="utf-8", errors="replace", newline="\n")
        else:
            self._stream = place
        self._writer = build_writer(format, self._stream)

    def written(self) -> Iterator[tuple[Key, Counts]]:
        yield from ()

    def write(self, outcome: Outcome) -> None:
        self._writer.write(outcome.payload)
        self._stream.flush()  # a reader sees each document as it comes

    def fail(self, error: UnreadableError) -> None:
        self._writer.unread(error)

    def finish(self) -> None:
        self._writer.close()
        self._stream.flush()
        if self._place is not None:
            self._stream.close()
            sync(self._place.partial)
            self._place.finish()

    def close(self) -> None:
        if self._place is not None and not self._stream.closed:
            self._stream.close()
            if not self._place.partial.stat().st_size:
                self._place.partial.unlink()


class JsonLines:
    """A file of JSON Lines whose complete lines tell what is done."""

    def __init__(self, place: Place, *, stamp: str) -> None:
        self._place = place
        self._stamp = stamp
        if not place.is_started:
            place.create()
        self._stream = os.fdopen(os.open(place.partial, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)), "r+b")

    def written(self) -> Iterator[tuple[Key, Counts]]:
        """Yield what the complete lines hold, and cut what follows the last of them."""
        end = 0
        self._stream.seek(0)
        for number, line in enumerate(self._stream, 1):
            record = _record(line)
            if record is None:
                break
            if _stamp(record) != self._stamp:
                raise ConfigurationError(
                    f"{self._place.partial}: line {number}: {describe_other(_stamp(record), self._stamp)}"
                )
            end += len(line)
            document = record["document"]
            yield Key(document["source"], document["id"], document["sha256"]), Counts.of_record(record)
        if not end and not _opens_a_report(self._stream):
            raise ConfigurationError(f"{self._place.partial}: is not what a run has left; move it away")
        self._stream.seek(end)
        self._stream.truncate()

    def write(self, outcome: Outcome) -> None:
        self._stream.write(outcome.payload.encode("utf-8") + b"\n")
        self._stream.flush()  # to the system: there it outlives this process

    def fail(self, error: UnreadableError) -> None:
        pass

    def finish(self) -> None:
        self._stream.close()
        sync(self._place.partial)
        self._place.finish()

    def close(self) -> None:
        if self._stream.closed:
            return
        self._stream.close()
        if not self._place.partial.stat().st_size:
            self._place.partial.unlink()


def stamp_of(report: Report) -> str:
    """Return what makes a report: versions of program, model and rules, what was assumed, decided and read."""
    from classifier.reports.jsonl import to_record

    return _stamp(to_record(report))


def _stamp(record: Mapping[str, Any]) -> str:
    context = {name: record["context"].get(name) for name in ("markets", "product_class", "decisions", "reading")}
    return json.dumps({**record["versions"], **context}, sort_keys=True)


def describe_other(found: str, wanted: str) -> str:
    """Say in what the maker of a partial output differs from this run."""
    old, new = json.loads(found), json.loads(wanted)
    parts = [f"{name} was {old.get(name)}, is {new[name]}" for name in new if old.get(name) != new[name]]
    return f"made by another run ({'; '.join(parts)}); use the same options, or remove it to start anew"


def _record(line: bytes) -> Mapping[str, Any] | None:
    """Return the report that a line holds; None for a line that was torn."""
    if not line.endswith(b"\n"):
        return None
    try:
        record = json.loads(line)
        _stamp(record), record["document"]["sha256"], record["sentences"], record["findings"]
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None
    return dict(record)


def _opens_a_report(stream: IO[bytes]) -> bool:
    """Tell whether a file opens as a report does, if only half of it was written."""
    stream.seek(0)
    head = stream.read(len(_HEAD))
    return _HEAD.startswith(head)


_HEAD = b'{"schema":"healthclaims.report/'
