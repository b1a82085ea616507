"""One source → its documents, by the reader that its suffix names."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from classifier.errors import UnreadableError
from classifier.readers import lines
from classifier.readers.decoding import decode
from classifier.readers.extract import Extract
from classifier.readers.html import visible_page
from classifier.readers.isolation import read_isolated
from classifier.readers.mail import read_mail
from classifier.readers.options import ReadOptions
from classifier.readers.sources import Source, read_bytes, split_suffix
from classifier.readers.word import read_word
from classifier.records import Document

__all__ = ["SUFFIXES", "holds_many", "is_readable", "read_source"]

Reader = Callable[[Source, ReadOptions], Iterator[Document | UnreadableError]]


def _read_text(source: Source, _: ReadOptions) -> Iterator[Document | UnreadableError]:
    text = decode(read_bytes(source), source.name)
    is_page = not source.suffix and text[:200].lstrip().lower().startswith(("<!doctype html", "<html"))
    yield _document(visible_page(text, source.name) if is_page else Extract(text), source)


def _read_html(source: Source, _: ReadOptions) -> Iterator[Document | UnreadableError]:
    yield _document(visible_page(decode(read_bytes(source), source.name), source.name), source)


def _document(extract: Extract, source: Source) -> Document:
    return Document(extract.text, id=source.name, source=source.name, places=extract.places)


_TEXTS: dict[str, Reader] = {
    **dict.fromkeys(("", ".txt", ".text", ".md", ".markdown"), _read_text),
    **dict.fromkeys((".html", ".htm", ".xhtml"), _read_html),
    **dict.fromkeys((".csv", ".tsv"), lines.read_csv),
    **dict.fromkeys((".jsonl", ".ndjson"), lines.read_jsonl),
    ".eml": read_mail,
}
_TABLES = frozenset((".csv", ".tsv", ".jsonl", ".ndjson", ".xlsx", ".parquet"))
_PACKED: dict[str, Reader] = {".docx": read_word, **dict.fromkeys((".pdf", ".xlsx", ".parquet"), read_isolated)}
"""Formats that compress what they hold by themselves."""

SUFFIXES = tuple(sorted({*_TEXTS, *_PACKED} - {""}))
"""The suffixes that are read; those of texts also with `.gz` or `.zst` after them."""


def is_readable(suffix: str, compression: str) -> bool:
    """Tell whether a folder is searched for files of this suffix."""
    return bool(suffix) and (suffix in _TEXTS or (suffix in _PACKED and not compression))


def holds_many(name: str) -> bool:
    """Tell whether a file is a table of documents, one a row, which is read row by row.

    >>> holds_many("copy/teas.csv.gz"), holds_many("copy/tea.pdf")
    (True, False)
    """
    return split_suffix(name)[0] in _TABLES


def read_source(source: Source, options: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield the documents of a source; raises `UnreadableError` or `OSError` where it cannot be read on."""
    reader = _TEXTS.get(source.suffix) or _PACKED.get(source.suffix)
    if reader is None:
        raise UnreadableError(
            source.name,
            f"cannot read {source.suffix} files; give one of {', '.join(SUFFIXES)}, or a text with no suffix",
        )
    if source.suffix in _PACKED and source.compression:
        raise UnreadableError(source.name, f"cannot read {source.suffix} packed once more; unpack it first")
    yield from reader(source, options)
