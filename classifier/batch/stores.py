"""Where reports go that are looked up later: one SQLite file, or one Parquet file. A later run may go on with both."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from classifier.batch.outputs import describe_other
from classifier.batch.places import Place, sync
from classifier.batch.tally import Counts
from classifier.batch.tasks import Key, Outcome
from classifier.errors import ConfigurationError, UnreadableError
from classifier.records import Severity
from classifier.reports import parquet
from classifier.reports.sqlite import Database

__all__ = ["ParquetParts", "SqliteFile"]

_PART_ROWS = 20_000
_PART_DOCUMENTS = 250  # what a run loses at most that is killed
_OURS = re.compile(r"part-\d+\.(rows|tmp)|joined")


class SqliteFile:
    """One file, one transaction a document."""

    def __init__(self, place: Place, *, stamp: str) -> None:
        self._place = place
        self._is_open = True
        for suffix in ("-wal", "-journal"):
            beside = place.target.with_name(place.target.name + suffix)
            if beside.exists():
                raise ConfigurationError(f"--output {place.target}: {beside.name} beside it shows that it is in use")
        if place.partial.is_symlink():
            raise ConfigurationError(f"{place.partial}: is a link; remove it")
        if not place.is_started:
            place.create()
        try:
            self._base = Database(place.partial, stamp=stamp)
        except ValueError as error:
            raise ConfigurationError(f"{place.partial}: {describe_other(str(error), stamp)}") from None
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(f"{place.partial}: is not what a run has left: {error}; move it away") from None

    def written(self) -> Iterator[tuple[Key, Counts]]:
        for row in self._base.documents():
            worst = Severity(row.worst_finding) if row.worst_finding else None
            counts = Counts(row.sentences, row.high, row.medium, row.low, row.set_aside, worst)
            yield Key(row.source, row.name, row.sha256), counts

    def write(self, outcome: Outcome) -> None:
        with _told_as_others():
            self._base.add(outcome.payload)

    def fail(self, error: UnreadableError) -> None:
        with _told_as_others():
            self._base.fail(error.source, error.reason)

    def finish(self) -> None:
        with _told_as_others():
            self._base.finish()
        self._is_open = False
        sync(self._place.partial)
        self._place.finish()

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        is_empty = not len(self._base)
        self._base.close()
        if is_empty:
            self._place.partial.unlink()


@contextmanager
def _told_as_others() -> Iterator[None]:
    """Raise what SQLite says of a full disk as any file would."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(str(error)) from None


class ParquetParts:
    """A folder of parts, each of whole documents, which are joined to one file at the end.

    The suffix of the parts is none that is read: the folder may stand among those that a run is searching.
    """

    def __init__(self, place: Place, *, stamp: str) -> None:
        parquet.check_installed()
        self._place = place
        self._stamp = stamp
        if place.partial.is_symlink():
            raise ConfigurationError(f"{place.partial}: is a link; remove it")
        place.partial.mkdir(exist_ok=True)
        if any(_OURS.fullmatch(path.name) is None for path in place.partial.iterdir()):
            raise ConfigurationError(f"{place.partial}: is not what a run has left; move it away")
        self._next = 1 + max((int(part.stem.rpartition("-")[2]) for part in self._parts), default=0)
        self._rows: list[Mapping[str, Any]] = []
        self._documents = 0

    @property
    def _parts(self) -> list[Path]:
        return sorted(self._place.partial.glob("part-*.rows"))

    def written(self) -> Iterator[tuple[Key, Counts]]:
        for part in self._parts:
            try:
                found = parquet.read_stamp(part)
            except ValueError:  # the machine went down as it was written
                raise ConfigurationError(f"{part}: is damaged; remove it, and its documents are done again") from None
            if found != self._stamp:
                raise ConfigurationError(f"{part}: {describe_other(found, self._stamp)}")
            rows = parquet.read_columns(part, (*parquet.KEY_COLUMNS, "index", "support", "severity", "findings"))
            for key, of_document in groupby(_numbered(rows), key=lambda numbered: numbered[0]):
                yield Key(*key[1:]), _counts([row for _, row in of_document])

    def write(self, outcome: Outcome) -> None:
        self._rows.extend(outcome.payload)
        self._documents += 1
        if len(self._rows) >= _PART_ROWS or self._documents >= _PART_DOCUMENTS:
            self._flush()

    def fail(self, error: UnreadableError) -> None:
        pass

    def finish(self) -> None:
        self._flush()
        joined = self._place.partial / "joined"
        parquet.join_parts(self._parts, joined, stamp=self._stamp)
        if self._place.target.exists():
            joined.chmod(self._place.target.stat().st_mode & 0o777)
        sync(joined)
        joined.replace(self._place.target)
        self._remove()

    def close(self) -> None:
        if not self._place.is_started:
            return
        self._flush()
        if not self._parts:
            self._remove()

    def _flush(self) -> None:
        if self._rows:  # let go first: interrupted, they are done again, but never written twice
            rows, self._rows, self._documents = self._rows, [], 0
            parquet.write_part(self._place.partial / f"part-{self._next:06}.rows", rows, stamp=self._stamp)
            self._next += 1

    def _remove(self) -> None:
        for path in sorted(self._place.partial.iterdir(), reverse=True):  # killed here, it leaves the first documents
            path.unlink()
        self._place.partial.rmdir()


def _numbered(rows: Iterator[Mapping[str, Any]]) -> Iterator[tuple[tuple[Any, ...], Mapping[str, Any]]]:
    """Give the rows of each document a number; the same one again begins anew where the index does not grow."""
    number, before, last = 0, None, -1
    for row in rows:
        key = tuple(row[name] for name in parquet.KEY_COLUMNS)
        index = row["index"]
        if key != before or (index is not None and index <= last) or last == _CLOSED:
            number += 1
        before, last = key, _CLOSED if index is None else index
        yield (number, *key), row


_CLOSED = 2**31  # a row without an index is the last of its document


def _counts(rows: list[Mapping[str, Any]]) -> Counts:
    flags = [row["severity"] for row in rows if row["support"] == "unsupported"]
    findings = [finding for row in rows for finding in row["findings"]]
    severities = [Severity(finding["severity"]) for finding in findings if finding["set_aside"] is None]
    return Counts(
        sentences=sum(row["index"] is not None for row in rows),
        high=flags.count("high"),
        medium=flags.count("medium"),
        low=flags.count("low"),
        set_aside=len(findings) - len(severities),
        worst=max(severities, key=lambda severity: severity.rank, default=None),
    )
