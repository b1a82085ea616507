"""A file or standard input as the readers see it: its name, its format, its bytes."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, BinaryIO, cast

from classifier.errors import UnreadableError
from classifier.readers.compression import COMPRESSIONS, decompressed
from classifier.readers.decoding import MAX_DOCUMENT_BYTES, check_size

__all__ = ["MAX_FILE_BYTES", "Source", "check_kind", "read_bytes", "split_suffix"]

MAX_FILE_BYTES = 100 * 1024 * 1024
"""The largest file of a format that holds pictures beside its text, and the most of one that comes through a pipe."""

_KINDS = {
    b"%PDF-": ("a PDF file", ".pdf"),
    b"PK\x03\x04": ("a ZIP archive", ".docx or .xlsx if Word or Excel wrote it"),
    b"PAR1": ("a Parquet file", ".parquet"),
    b"\x1f\x8b": ("a gzip file", ".gz"),
    b"\x28\xb5\x2f\xfd": ("a Zstandard file", ".zst"),
}
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_RICH_TEXT = b"{\\rtf"
_HEAD = 1024  # bytes in which a PDF file must say that it is one


@dataclass(frozen=True, slots=True)
class Source:
    """A file as given (`-` for standard input), the suffix of its format, and that of its compression, if any."""

    name: str
    suffix: str = ""
    compression: str = ""

    @contextmanager
    def opened(self) -> Iterator[io.BufferedReader]:
        """Open for reading bytes, decompressed; standard input stays open after it."""
        if self.name == "-":
            if sys.stdin is None:
                raise UnreadableError(self.name, "standard input is closed")
            stdin: Any = sys.stdin.buffer
            yield self._unpacked(stdin if isinstance(stdin, io.BufferedReader) else io.BufferedReader(stdin))
        else:
            with Path(self.name).open("rb") as stream:
                yield self._unpacked(stream)

    def _unpacked(self, stream: io.BufferedReader) -> io.BufferedReader:
        return decompressed(stream, self.compression, self.name) if self.compression else stream

    @contextmanager
    def seekable(self, *, limit: int | None = MAX_FILE_BYTES) -> Iterator[BinaryIO]:
        """Open as a file on disk, where what comes through a pipe is written first; `limit` is its largest size."""
        with self.opened() as stream:
            if self.name != "-" and not self.compression and stream.seekable():
                _check_file_size(os.fstat(stream.fileno()).st_size, limit, self.name)
                yield stream
                return
            with tempfile.TemporaryFile() as file:
                size = 0
                while data := stream.read(1 << 20):
                    size += len(data)
                    _check_file_size(size, MAX_FILE_BYTES, self.name)
                    file.write(data)
                file.seek(0)
                yield cast(BinaryIO, file)


def split_suffix(name: str) -> tuple[str, str]:
    """Return the suffix of a file's format and that of its compression.

    >>> split_suffix("pages/Tea.HTML.gz"), split_suffix("tea.pdf")
    (('.html', '.gz'), ('.pdf', ''))
    """
    path = PurePath(name)
    suffix = path.suffix.lower()
    return (PurePath(path.stem).suffix.lower(), suffix) if suffix in COMPRESSIONS else (suffix, "")


def read_bytes(source: Source) -> bytes:
    """Return the bytes of one text, refused where they are more than a document may have or another kind of file."""
    with source.opened() as stream:
        data = stream.read(MAX_DOCUMENT_BYTES + 1)
    check_kind(data[:_HEAD], source)
    check_size(len(data), source.name)
    return data


def check_kind(head: bytes, source: Source, *, expected: bytes | None = None) -> None:
    """Raise `UnreadableError` for a file that does not begin as its format does, or as another one does."""
    if expected is not None and (head.startswith(expected) or (expected == b"%PDF-" and expected in head[:_HEAD])):
        return
    wanted = f"not {source.suffix or 'text'}"
    if head.startswith(_OLD_OFFICE):
        raise UnreadableError(
            source.name, "an encrypted Office file, or one of an old format; save it as .docx or .xlsx, no password"
        )
    if head.startswith(_RICH_TEXT):
        raise UnreadableError(source.name, f"holds rich text (RTF), {wanted}; save it as .docx or as plain text")
    for opening, (kind, suffix) in _KINDS.items():
        if head.startswith(opening):
            remedy = "name its kind with --stdin-as" if source.name == "-" else "give it its own suffix"
            raise UnreadableError(source.name, f"holds {kind}, {wanted}; {remedy}: {suffix}")
    if expected is not None:
        raise UnreadableError(source.name, f"does not begin as a {source.suffix} file does; is its suffix right?")


def _check_file_size(size: int, limit: int | None, source: str) -> None:
    if limit is not None and size > limit:
        raise UnreadableError(source, f"too large: over {limit:,} bytes in one file; split it, or save its text alone")
