"""One way to write reports as text, whatever the format: take them one by one, then close."""

from __future__ import annotations

from typing import IO, Protocol

from classifier.errors import UnreadableError
from classifier.records import Report

__all__ = ["FORMATS", "STORES", "ReportWriter", "build_writer"]

FORMATS = ("table", "jsonl", "csv", "sarif", "html")
"""The formats that are written as text, from start to end."""

STORES = ("parquet", "sqlite")
"""The formats that are files for looking up."""


class ReportWriter(Protocol):
    """What takes the reports of a run and the documents that could not be read."""

    def write(self, report: Report) -> None: ...

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
        return _CsvWriter(stream)
    return _JsonLinesWriter(stream) if format == "jsonl" else _TableWriter(stream)


class _LineWriter:
    """Formats that need nothing at their end and say nothing of what was not read."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def unread(self, error: UnreadableError) -> None:
        """Say nothing: standard error has said it."""

    def close(self) -> None:
        """Write nothing."""


class _JsonLinesWriter(_LineWriter):
    def write(self, report: Report) -> None:
        from classifier.reports.jsonl import render

        self._stream.write(render(report) + "\n")


class _CsvWriter(_LineWriter):
    def __init__(self, stream: IO[str]) -> None:
        from classifier.reports.csv_rows import header

        super().__init__(stream)
        stream.write(header())

    def write(self, report: Report) -> None:
        from classifier.reports.csv_rows import render

        self._stream.write(render(report))


class _TableWriter(_LineWriter):
    def __init__(self, stream: IO[str]) -> None:
        from classifier.reports.table import console_for

        super().__init__(stream)
        self._console = console_for(stream)

    def write(self, report: Report) -> None:
        from classifier.reports.table import print_report

        print_report(report, self._console)
