"""Bytes → text: UTF-8 or a clear error with the byte's place."""

from __future__ import annotations

import codecs

from classifier.errors import UnreadableError

__all__ = ["MAX_DOCUMENT_BYTES", "check_size", "check_text", "decode"]

MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
"""The largest document that is read: ten mebibytes, about twice the Bible."""

_OTHER_MARKS = {codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32", codecs.BOM_UTF16_LE: "UTF-16",
                codecs.BOM_UTF16_BE: "UTF-16"}  # fmt: skip


def check_size(size: int, source: str) -> None:
    """Raise `UnreadableError` for a document of more than `MAX_DOCUMENT_BYTES` bytes."""
    if size > MAX_DOCUMENT_BYTES:
        raise UnreadableError(
            source, f"too large: over {MAX_DOCUMENT_BYTES:,} bytes in one document; split it into its pages"
        )


def check_text(text: str, source: str) -> None:
    """Raise `UnreadableError` for a text that is too large, or that holds half of a surrogate pair."""
    try:
        check_size(len(text.encode("utf-8")), source)
    except UnicodeEncodeError as error:
        raise UnreadableError(
            source, f"not valid Unicode: lone surrogate at character {error.start:,}; escape it whole"
        ) from None


def decode(data: bytes, source: str) -> str:
    r"""Decode UTF-8 strictly; a byte-order mark is dropped and nothing else changed.

    Raises `UnreadableError` with the place of the first bad byte.

    >>> decode(b"\xef\xbb\xbfcalm\r\n", "label.txt")
    'calm\r\n'
    """
    for mark, name in _OTHER_MARKS.items():
        if data.startswith(mark):
            raise UnreadableError(source, f"{name} text, not UTF-8; convert it: iconv -f {name} -t UTF-8")
    null = data.find(b"\0")
    if null >= 0:
        raise UnreadableError(source, f"a binary file, not text: NUL byte at offset {null:,}")
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            source,
            f"not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start:,} (line {line:,}); "
            "convert it: iconv -f WINDOWS-1252 -t UTF-8",
        ) from None
