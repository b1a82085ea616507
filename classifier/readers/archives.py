"""The ZIP archives that Word and Excel write, opened with limits on what they may become."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from classifier.errors import UnreadableError

__all__ = ["MAX_UNPACKED_BYTES", "opened_archive"]

MAX_UNPACKED_BYTES = 200 * 1024 * 1024
"""The most that the members of an archive may hold together; zipfile reads no member past the size that it declares."""

_MAX_DIRECTORY_BYTES = 1024 * 1024  # some ten thousand members; Office writes dozens
_END = struct.Struct("<4s4H2LH")
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError),
    *(ValueError, KeyError, OverflowError),
)


@contextmanager
def opened_archive(stream: BinaryIO, source: str) -> Iterator[zipfile.ZipFile]:
    """Open an archive whose members are few, plainly compressed, not encrypted and not too large when unpacked.

    Raises `UnreadableError` for any other, and for damage that shows itself while it is open.
    """
    try:
        _check_directory(stream, source)
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if any(member.flag_bits & 1 for member in members):
                raise UnreadableError(source, "encrypted; save it without a password")
            if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
                raise UnreadableError(
                    source, f"too large: over {MAX_UNPACKED_BYTES:,} bytes when unpacked; split it, or save its text"
                )
            methods = {member.compress_type for member in members} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
            if methods:
                raise UnreadableError(
                    source, f"packed by a method that Office does not use ({min(methods)}); save anew"
                )
            yield archive
    except _DAMAGES as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise UnreadableError(source, f"damaged: {reason}; open it in its program and save it again") from None


def _check_directory(stream: BinaryIO, source: str) -> None:
    """Refuse a list of members too long to be held; zipfile reads the whole of it at once."""
    end = stream.seek(0, 2)
    stream.seek(max(0, end - _END.size - 0xFFFF))
    tail = stream.read()
    start = tail.rfind(b"PK\5\6")
    if start >= 0 and len(tail) - start >= _END.size:
        size = _END.unpack_from(tail, start)[5]
        if size > _MAX_DIRECTORY_BYTES:
            raise UnreadableError(source, "not an Office file: its list of members is too long; save it anew")
    stream.seek(0)
