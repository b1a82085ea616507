"""One way to write reports, whatever the format: each is made ready where it was assessed, then taken in its order."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, Protocol

from classifier.errors import UnreadableError
from classifier.records import Report

__all__ = ["FORMATS", "STORES", "ReportWriter", "build_writer", "preparation"]

FORMATS = ("table", "jsonl", "csv", "sarif", "html")
"""The formats that are written as text, from start to end."""

STORES = ("parquet", "sqlite")
"""The formats that are files for looking up."""


def preparation(format: str, *, terminal: IO[str] | None = None) -> Callable[[Report], Any]:
    """Return what turns a report into what the writer or the store of a format takes; other processes may run it.

    `terminal` is the stream that tables will be read on, where it is known; else they are of 120 columns, uncoloured.
    """
    if format == "jsonl":
        from classifier.reports import jsonl

        return jsonl.render
    if format == "csv":
        from classifier.reports import csv_rows

        return csv_rows.render
    if format == "sarif":
        from classifier.reports import sarif

        return sarif.prepare
    if format == "html":
        from classifier.reports import html

        return html.prepare
    if format == "sqlite":
        from classifier.reports import sqlite

        return sqlite.to_rows
    if format == "parquet":
        from classifier.reports import parquet

        return parquet.to_rows
    from classifier.reports import table

    return table.rendering(terminal)


class ReportWriter(Protocol):
    """What takes the reports of a run, as `preparation` makes them, and the documents that could not be read."""

    def write(self, ready: Any) -> None: ...

    def unread(self, error: UnreadableError) -> None: ...

    def close(self) -> None: ...


def build_writer(format: str, stream: IO[str]) -> ReportWriter:
    """Return a writer of one of `FORMATS`; `close` writes what a format has at its end."""
    if format == "html":
        from classifier.reports.html import HtmlWriter

        return HtmlWriter(stream)
    if format == "sarif":
        from classifier.reports.sarif import SarifWriter

        return SarifWriter(stream)
    if format == "csv":
        from classifier.reports.csv_rows import header

        stream.write(header())
    return _TextWriter(stream, end="\n" if format == "jsonl" else "")


class _TextWriter:
    """Formats whose documents are text that follows on text: nothing at the end, nothing of what was not read."""

    def __init__(self, stream: IO[str], *, end: str) -> None:
        self._stream = stream
        self._end = end

    def write(self, ready: str) -> None:
        self._stream.write(ready + self._end)

    def unread(self, error: UnreadableError) -> None:
        """Say nothing: standard error has said it."""

    def close(self) -> None:
        """Write nothing."""
