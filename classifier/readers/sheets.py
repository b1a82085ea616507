"""XLSX → one document a row of each sheet, by way of openpyxl."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.archives import opened_archive
from classifier.readers.columns import check_columns, document_of_row
from classifier.readers.options import ReadOptions
from classifier.records import Document

__all__ = ["read_sheets"]

_MAX_ROWS = 1_048_576  # Excel's own limits
_MAX_COLUMNS = 16_384


def read_sheets(stream: BinaryIO, source: str, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield a document for each row below the header of each sheet; the id is `source:sheet:row` by default.

    A sheet with no such column is an error, and the others are read; an empty one is nothing. Of a formula the value
    is read that Excel stored with it.
    """
    with opened_archive(stream, source) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                with archive.open(name) as part:
                    if b"<!DOCTYPE" in part.read(65_536).replace(b"\0", b""):
                        raise UnreadableError(source, "declares a document type, as Excel never does; it is not read")
    from openpyxl import load_workbook

    stream.seek(0)
    book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    count = 0
    for sheet in book.worksheets:
        try:
            for reading in _rows(sheet, source, options):
                count += 1
                yield reading
        except UnreadableError as error:
            count += 1
            yield error
    if not count:
        yield Document("", id=source, source=source)


def _rows(sheet: Any, source: str, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    sheet.reset_dimensions()  # what a file says of its own size is not to be trusted
    header: list[str] | None = None
    width = _MAX_COLUMNS
    for number, row in enumerate(sheet.iter_rows(values_only=True, max_col=width), 1):
        place = f"{source}:{sheet.title}:{number}"
        if number > _MAX_ROWS:
            raise UnreadableError(place, f"more than {_MAX_ROWS:,} rows, as Excel never has; it is not read on")
        if all(value is None for value in row):
            continue
        if header is None:
            header = ["" if value is None else str(value) for value in row]
            while not header[-1]:
                header.pop()
            check_columns(f"{source}:{sheet.title}", options, header)
            continue
        values: dict[str, object] = dict(zip(header, row, strict=False))
        values[options.text_column] = "" if values[options.text_column] is None else values[options.text_column]
        if options.id_column is not None and values[options.id_column] in (None, ""):
            values[options.id_column] = place
        try:
            yield document_of_row(
                values, options, source=source, place=place, location=f"sheet {sheet.title}, row {number}"
            )
        except UnreadableError as error:
            yield error
