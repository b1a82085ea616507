"""Parquet → one document a row, by way of pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.columns import check_columns, document_of_row
from classifier.readers.options import ReadOptions
from classifier.records import Document

__all__ = ["read_parquet"]

_BATCH = 64  # rows: as many texts are held at once


def read_parquet(stream: BinaryIO, source: str, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield a document for each row; the id is `source:row` by default. Only the columns that are named are read."""
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(stream)
    columns = list(options.columns)
    check_columns(source, options, file.schema_arrow.names)
    number = 0
    for batch in file.iter_batches(batch_size=_BATCH, columns=columns, use_threads=False):
        parts = [batch.column(name) for name in columns]
        for index in range(batch.num_rows):
            number += 1
            place = f"{source}:{number}"
            try:
                values = {name: part[index].as_py() for name, part in zip(columns, parts, strict=True)}
                yield document_of_row(values, options, source=source, place=place, location=f"row {number}")
            except UnreadableError as error:
                yield error
            except (ArrowException, ArithmeticError, LookupError, ValueError) as error:  # a day out of range, no UTF-8
                yield UnreadableError(place, f"holds a value that cannot be read: {' '.join(str(error).split())[:200]}")
    if not number:
        yield Document("", id=source, source=source)
