"""`.gz` and `.zst` as streams that end in an error before a small file becomes a huge one."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable
from gzip import BadGzipFile, GzipFile
from importlib import import_module
from typing import Any, BinaryIO, cast

from classifier.errors import UnreadableError

__all__ = ["COMPRESSIONS", "decompressed"]

_FREE_BYTES = 100 * 1024 * 1024
_MAX_RATIO = 200
"""How many times its own size a file may grow past the first `_FREE_BYTES`; text grows some five- to fiftyfold."""


def decompressed(stream: BinaryIO, compression: str, source: str) -> io.BufferedReader:
    """Return a stream of what a compressed stream holds; reading raises `UnreadableError` where it is damaged."""
    counted = _Counted(stream)
    opened, damages = COMPRESSIONS[compression](counted, source)
    return io.BufferedReader(_Guarded(opened, counted, damages, compression, source))


class _Counted(io.RawIOBase):
    """A stream that knows how much was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self.count += len(data)
        buffer[: len(data)] = data
        return len(data)


class _Guarded(io.RawIOBase):
    """A decompressing stream whose growth is limited and whose errors are ours."""

    def __init__(
        self, stream: Any, packed: _Counted, damages: tuple[type[Exception], ...], compression: str, source: str
    ) -> None:
        self._stream, self._packed, self._damages = stream, packed, damages
        self._compression, self._source = compression, source
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except self._damages as error:
            reason = f"not a whole {self._compression} file: {error}; fetch or pack it again"
            raise UnreadableError(self._source, " ".join(reason.split())) from None
        self._count += len(data)
        if self._count > _FREE_BYTES and self._count > _MAX_RATIO * self._packed.count:
            raise UnreadableError(
                self._source,
                f"grows more than {_MAX_RATIO}-fold when unpacked, as text does not; it is not read past "
                f"{_FREE_BYTES:,} bytes; unpack it by hand if you trust it",
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


def _gzip(stream: _Counted, _: str) -> tuple[Any, tuple[type[Exception], ...]]:
    return GzipFile(fileobj=cast(BinaryIO, io.BufferedReader(stream)), mode="rb"), (BadGzipFile, EOFError, zlib.error)


def _zstd(stream: _Counted, source: str) -> tuple[Any, tuple[type[Exception], ...]]:
    for name in ("compression.zstd", "backports.zstd"):  # Python has it from 3.14 on
        try:
            zstd = import_module(name)
        except ImportError:
            continue
        return zstd.ZstdFile(stream, "rb"), (zstd.ZstdError, EOFError)
    raise UnreadableError(source, "reading .zst needs backports.zstd; install it: pip install 'healthclaims[zst]'")


COMPRESSIONS: dict[str, Callable[[_Counted, str], tuple[Any, tuple[type[Exception], ...]]]] = {
    ".gz": _gzip,
    ".zst": _zstd,
}
"""The suffixes of compressed files, and how to open each."""
