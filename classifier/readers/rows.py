"""Tables of documents: CSV and JSON Lines, one document a row, a bad row never stopping the others."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.decoding import MAX_DOCUMENT_BYTES, check_size, check_text, decode
from classifier.records import Document

__all__ = ["DEFAULT_TEXT_COLUMN", "read_csv", "read_jsonl"]

DEFAULT_TEXT_COLUMN = "text"

_HEAD = 4096  # bytes in which another encoding shows itself


def read_csv(
    path: Path, source: str, *, text_column: str = DEFAULT_TEXT_COLUMN, id_column: str | None = None
) -> Iterator[Document | UnreadableError]:
    """Yield a document for each row of a comma-separated file with a header; the id is `source:line` by default.

    A field that is too large, or whose quote is never closed, ends the file: nobody can tell where its row ends.
    """
    with path.open("rb") as stream:
        head = stream.readline(_HEAD)
    if not head:
        yield Document("", id=source, source=source)
        return
    decode(head if len(head) < _HEAD else head.rpartition(b",")[0], source)
    csv.field_size_limit(max(csv.field_size_limit(), MAX_DOCUMENT_BYTES))  # the module knows no narrower scope
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
        rows = csv.reader(lines, strict=True)
        header: list[str] | None = None
        while True:
            place = f"{source}:{rows.line_num + 1}"
            try:
                row = next(rows, None)
                if row is None:
                    return
                if header is None:
                    header = row
                    _check_columns(source, [text_column, id_column], header)
                elif row:
                    yield _document_of_row(row, header, text_column, id_column, source, place)
            except csv.Error as error:
                if header is not None and "expected after" in str(error):  # a stray quote spoils its own row
                    yield UnreadableError(place, f"not valid CSV: {error}; double the quotes inside a field")
                    continue
                reason = "a quote is opened and never closed" if "end of data" in str(error) else str(error)
                yield UnreadableError(place, f"not valid CSV: {reason}; the file is not read past this row")
                return
            except UnreadableError as error:
                yield error
                if header is row:
                    return


def _document_of_row(
    row: list[str], header: list[str], text_column: str, id_column: str | None, source: str, place: str
) -> Document:
    if len(row) != len(header):
        raise UnreadableError(
            place, f"{len(row)} fields where the header has {len(header)}; quote fields that hold commas"
        )
    for name, value in zip(header, row, strict=True):
        if name in (text_column, id_column):
            try:
                decode(value.encode("utf-8", "surrogateescape"), place)
            except UnreadableError as error:
                raise UnreadableError(place, f"column {name!r}: {error.reason}") from None
            check_text(value, place)
    values = dict(zip(header, row, strict=True))
    name = (values[id_column] if id_column is not None else "") or place
    return Document(text=values[text_column], id=name, source=source, location=f"line {place.rpartition(':')[2]}")


def read_jsonl(
    path: Path, source: str, *, text_column: str = DEFAULT_TEXT_COLUMN, id_column: str | None = None
) -> Iterator[Document | UnreadableError]:
    """Yield a document for each line that holds a JSON object; the id is `source:line` by default."""
    with path.open("rb") as stream:
        number = 0
        for number, line in enumerate(_lines(stream), 1):
            place = f"{source}:{number}"
            try:
                if line is None:
                    check_size(MAX_DOCUMENT_BYTES + 1, place)
                elif line.strip():
                    yield _document_of_object(decode(line, place), text_column, id_column, source, place)
            except UnreadableError as error:
                yield error
        if not number:
            yield Document("", id=source, source=source)


def _document_of_object(line: str, text_column: str, id_column: str | None, source: str, place: str) -> Document:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(place, f"not valid JSON: {error}") from None
    if not isinstance(record, dict):
        raise UnreadableError(place, f"not a JSON object but {type(record).__name__}")
    _check_columns(place, [text_column, id_column], list(record))
    text = record[text_column]
    if not isinstance(text, str):
        raise UnreadableError(place, f"{text_column!r} holds no text but {type(text).__name__}")
    name = record[id_column] if id_column is not None else place
    if not isinstance(name, str | int | float) or name == "":
        raise UnreadableError(place, f"{id_column!r} holds no name but {name!r:.40}; give a text or a number")
    check_text(text, place)
    check_text(str(name), place)
    return Document(text=text, id=str(name), source=source, location=f"line {place.rpartition(':')[2]}")


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines of a stream; None for one that is larger than any document may be, which is passed over."""
    limit = 2 * MAX_DOCUMENT_BYTES  # JSON escapes may double a text
    while line := stream.readline(limit):
        if line.endswith(b"\n") or len(line) < limit:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(limit)
        yield None


def _check_columns(place: str, names: list[str | None], columns: list[str]) -> None:
    for name, option in zip(names, ("--text-column", "--id-column"), strict=True):
        if name is not None and name not in columns:
            shown = ", ".join(repr(column[:40]) for column in columns[:20]) or "none"
            raise UnreadableError(place, f"no column {name!r} (there are: {shown}); name one with {option}")
