"""Tables of lines: CSV, TSV and JSON Lines, one document a row, a bad row never stopping the others."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.columns import check_columns, document_of_row
from classifier.readers.decoding import MAX_DOCUMENT_BYTES, check_size, decode
from classifier.readers.options import ReadOptions
from classifier.readers.sources import Source, check_kind
from classifier.records import Document

__all__ = ["read_csv", "read_jsonl"]

_HEAD = 4096  # bytes in which another encoding shows itself
_LIMIT = 2 * MAX_DOCUMENT_BYTES  # of a row: JSON escapes and CSV quotes may double a text


class _Lines:
    """The lines of a table for the csv module, which knows no limit: `used` counts the characters of a row."""

    def __init__(self, lines: io.TextIOWrapper) -> None:
        self._lines = lines
        self.used = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._lines.readline(_LIMIT + 1 - self.used)
        if not line:
            raise StopIteration
        self.used += len(line)
        if self.used > _LIMIT:
            raise csv.Error(f"a row larger than {_LIMIT:,} characters")
        return line


def read_csv(source: Source, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield a document for each row of a comma- or tab-separated file with a header; the id is `source:line`.

    Quotes mean the same in both. A field that is too large, or whose quote is never closed, ends the file: nobody can
    tell where its row ends.
    """
    delimiter = "\t" if source.suffix == ".tsv" else ","
    with source.opened() as stream:
        head = stream.peek(_HEAD)[:_HEAD]
        if not head:
            yield Document("", id=source.name, source=source.name)
            return
        check_kind(head, source)
        line, newline, _ = head.partition(b"\n")
        decode(line if newline else line.rpartition(delimiter.encode())[0], source.name)
        csv.field_size_limit(max(csv.field_size_limit(), MAX_DOCUMENT_BYTES))  # the module knows no narrower scope
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        try:
            yield from _rows(_Lines(text), delimiter, source.name, options)
        finally:
            text.detach()  # else it closes the stream, which is not its own


def _rows(lines: _Lines, delimiter: str, source: str, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    is_empty = True
    while True:
        place = f"{source}:{rows.line_num + 1}"
        lines.used = 0
        try:
            row = next(rows, None)
        except csv.Error as error:
            if header is not None and "expected after" in str(error):  # a stray quote spoils its own row
                is_empty = False
                yield UnreadableError(place, f"not valid CSV: {error}; double the quotes inside a field")
                continue
            reason = "a quote is opened and never closed" if "end of data" in str(error) else str(error)
            yield UnreadableError(place, f"not valid CSV: {reason}; the file is not read past this row")
            return
        if row is None:
            break
        if header is None:
            header = row
            check_columns(source, options, header)
        elif row:
            is_empty = False
            try:
                yield _document_of_fields(row, header, options, source, place)
            except UnreadableError as error:
                yield error
    if is_empty:
        yield Document("", id=source, source=source)


def _document_of_fields(row: list[str], header: list[str], options: ReadOptions, source: str, place: str) -> Document:
    if len(row) != len(header):
        raise UnreadableError(
            place, f"{len(row)} fields where the header has {len(header)}; quote fields that hold separators"
        )
    wanted = options.columns
    for name, value in zip(header, row, strict=True):
        if name in wanted:
            try:
                decode(value.encode("utf-8", "surrogateescape"), place)
            except UnreadableError as error:
                raise UnreadableError(place, f"column {name!r}: {error.reason}") from None
    values = dict(zip(header, row, strict=True))
    return document_of_row(values, options, source=source, place=place, location=f"line {place.rpartition(':')[2]}")


def read_jsonl(source: Source, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield a document for each line that holds a JSON object; the id is `source:line` by default.

    JSON leaves out keys that have no value: only the text must be there in each line, the others in one at least.
    """
    unseen = {name: option for name, option in options.columns.items() if name != options.text_column}
    is_empty, is_read = True, False
    with source.opened() as stream:
        for number, line in enumerate(_json_lines(stream), 1):
            place = f"{source.name}:{number}"
            if number == 1 and line is not None:
                check_kind(line, source)  # what is no text at all is one error, however many lines it seems to hold
            try:
                if line is None:
                    is_empty = False
                    check_size(MAX_DOCUMENT_BYTES + 1, place)
                elif line.strip():
                    is_empty = False
                    record = _object(decode(line, place), place)
                    is_read = True
                    unseen = {name: option for name, option in unseen.items() if name not in record}
                    yield _document_of_object(record, options, source.name, place)
            except UnreadableError as error:
                yield error
    if is_empty:
        yield Document("", id=source.name, source=source.name)
    elif is_read:
        for name, option in unseen.items():  # misspelt, in all likelihood
            yield UnreadableError(source.name, f"no line has the key {name!r}; name one with {option}")


def _object(line: str, place: str) -> dict[str, object]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(place, f"not valid JSON: {error}") from None
    if not isinstance(record, dict):
        raise UnreadableError(place, f"not a JSON object but {type(record).__name__}")
    return record


def _document_of_object(record: dict[str, object], options: ReadOptions, source: str, place: str) -> Document:
    check_columns(place, replace(options, id_column=None, carried=()), record)
    values = dict.fromkeys(options.columns) | record
    return document_of_row(values, options, source=source, place=place, location=f"line {place.rpartition(':')[2]}")


def _json_lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines of a stream; None for one that is larger than any document may be, which is passed over."""
    while line := stream.readline(_LIMIT):
        if line.endswith(b"\n") or len(line) < _LIMIT:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_LIMIT)
        yield None
