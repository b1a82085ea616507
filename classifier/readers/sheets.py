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

_MAX_ROWS = 1_048_576  # Excel's own limit


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
    header_row, cells = next(_filled_rows(sheet, source), (0, ()))
    if not cells:
        return
    header = ["" if value is None else str(value) for value in cells]
    while header and not header[-1]:
        header.pop()
    check_columns(f"{source}:{sheet.title}", options, header)
    for number, row in _filled_rows(sheet, source, first=header_row + 1, width=len(header)):
        place = f"{source}:{sheet.title}:{number}"
        try:
            yield document_of_row(
                dict(zip(header, row, strict=True)),
                options,
                source=source,
                place=place,
                location=f"sheet {sheet.title}, row {number}",
            )
        except UnreadableError as error:
            yield error


def _filled_rows(
    sheet: Any, source: str, *, first: int = 1, width: int | None = None
) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Yield the number and the cells of each row that is not blank, as wide as its last cell if no width is given."""
    from openpyxl.utils.escape import unescape  # what Excel writes as _x000D_, and openpyxl leaves so

    blank = None
    for number, row in enumerate(sheet.iter_rows(min_row=first, max_col=width, values_only=True), first):
        if number > _MAX_ROWS:
            place = f"{source}:{sheet.title}:{number}"
            raise UnreadableError(place, f"more than {_MAX_ROWS:,} rows, as Excel never has; it is not read on")
        if row is blank:  # openpyxl gives one and the same for all rows that a file leaves out
            continue
        if row.count(None) == len(row):
            blank = row
        else:
            yield number, tuple(unescape(value) if isinstance(value, str) else value for value in row)
