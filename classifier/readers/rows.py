"""Tables of documents: CSV and JSON Lines, one document a row, a bad row never stopping the others."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.decoding import MAX_DOCUMENT_BYTES, check_size, decode
from classifier.records import Document

__all__ = ["DEFAULT_TEXT_COLUMN", "read_csv", "read_jsonl"]

DEFAULT_TEXT_COLUMN = "text"

_ESCAPED_BYTE = re.compile(r"[\udc80-\udcff]")  # how "surrogateescape" carries a byte that is not UTF-8
_HALF_PAIR = re.compile(r"[\ud800-\udfff]")


def read_csv(
    path: Path, source: str, *, text_column: str = DEFAULT_TEXT_COLUMN, id_column: str | None = None
) -> Iterator[Document | UnreadableError]:
    """Yield a document for each row of a comma-separated file with a header; the id is `source:line` by default."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_DOCUMENT_BYTES))
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        rows = csv.reader(lines)
        try:
            header = next(rows, None)
        except csv.Error as error:
            yield UnreadableError(source, f"line 1: {error}")
            return
        if header is None:
            return
        missing = [name for name in (text_column, id_column) if name is not None and name not in header]
        if missing:
            yield _missing_column(source, missing[0], header, is_id=missing[0] != text_column)
            return
        text_at, id_at = header.index(text_column), header.index(id_column) if id_column is not None else None
        while True:
            line = rows.line_num + 1
            place = f"{source}:{line}"
            try:
                row = next(rows, None)
                if row is None:
                    return
                if row:
                    yield _document_of_row(row, header, text_at, id_at, source, place)
            except csv.Error as error:
                yield UnreadableError(place, f"not valid CSV: {error}")
            except UnreadableError as error:
                yield error


def _document_of_row(
    row: list[str], header: list[str], text_at: int, id_at: int | None, source: str, place: str
) -> Document:
    if len(row) != len(header):
        raise UnreadableError(
            place, f"{len(row)} fields where the header has {len(header)}; quote fields that hold commas"
        )
    text, name = row[text_at], row[id_at] if id_at is not None else place
    for value in (text, name):
        if _ESCAPED_BYTE.search(value) or "\0" in value:
            decode(value.encode("utf-8", "surrogateescape"), place)
    check_size(len(text), place)
    return Document(text=text, id=name, source=source)


def read_jsonl(
    path: Path, source: str, *, text_column: str = DEFAULT_TEXT_COLUMN, id_column: str | None = None
) -> Iterator[Document | UnreadableError]:
    """Yield a document for each line that holds a JSON object; the id is `source:line` by default."""
    with path.open("rb") as stream:
        for number, line in enumerate(_lines(stream), 1):
            place = f"{source}:{number}"
            try:
                if line is None:
                    check_size(MAX_DOCUMENT_BYTES + 1, place)
                elif line.strip():
                    yield _document_of_object(decode(line, place), text_column, id_column, source, place)
            except UnreadableError as error:
                yield error


def _document_of_object(line: str, text_column: str, id_column: str | None, source: str, place: str) -> Document:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(place, f"not valid JSON: {error}") from None
    if not isinstance(record, dict):
        raise UnreadableError(place, f"not a JSON object but {type(record).__name__}")
    for name in (text_column, id_column):
        if name is not None and name not in record:
            raise _missing_column(place, name, list(record), is_id=name != text_column)
    text = record[text_column]
    if not isinstance(text, str):
        raise UnreadableError(place, f"{text_column!r} holds no text but {type(text).__name__}")
    name = str(record[id_column]) if id_column is not None else place
    for value in (text, name):
        half = _HALF_PAIR.search(value)
        if half:
            raise UnreadableError(
                place, f"not valid Unicode: lone surrogate at character {half.start():,}; escape it whole"
            )
    return Document(text=text, id=name, source=source)


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines of a stream; None for one that is larger than any document may be, which is passed over."""
    reader = io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream
    while line := reader.readline(2 * MAX_DOCUMENT_BYTES):
        if line.endswith(b"\n") or len(line) < 2 * MAX_DOCUMENT_BYTES:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = reader.readline(2 * MAX_DOCUMENT_BYTES)
        yield None


def _missing_column(place: str, name: str, columns: list[str], *, is_id: bool) -> UnreadableError:
    shown = ", ".join(repr(column[:40]) for column in columns[:20]) or "none"
    option = "--id-column" if is_id else "--text-column"
    return UnreadableError(place, f"no column {name!r} (there are: {shown}); name one with {option}")
