"""Paths as given on the command line → documents, in order."""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from classifier.errors import UnreadableError
from classifier.readers import rows
from classifier.readers.decoding import MAX_DOCUMENT_BYTES, check_size, decode
from classifier.readers.html import visible_text
from classifier.records import Document

__all__ = ["SUFFIXES", "read"]


def _plain(text: str, _: str) -> str:
    return text


_TEXTS: dict[str, Callable[[str, str], str]] = {
    "": _plain,
    ".txt": _plain,
    ".text": _plain,
    ".md": _plain,
    ".markdown": _plain,
    ".html": visible_text,
    ".htm": visible_text,
    ".xhtml": visible_text,
}
_TABLES = {".csv": rows.read_csv, ".jsonl": rows.read_jsonl, ".ndjson": rows.read_jsonl}

SUFFIXES = tuple(sorted({*_TEXTS, *_TABLES} - {""}))
"""The suffixes that a folder is searched for."""


def read(
    paths: Iterable[str], *, text_column: str = rows.DEFAULT_TEXT_COLUMN, id_column: str | None = None
) -> Iterator[Document | UnreadableError]:
    """Yield each document of `paths`, or the error that says why it could not be read.

    A path is a file, a folder (searched with its subfolders for `SUFFIXES`, in order of name; hidden files are passed
    over), a glob, or `-` for standard input. `text_column` and `id_column` name columns of CSV and keys of JSON Lines.
    """
    for path in paths:
        try:
            for file in _expand(path):
                yield from _read_file(file, text_column, id_column)
        except UnreadableError as error:
            yield error


def _expand(path: str) -> Iterator[str]:
    if path == "-":
        yield path
        return
    if "\0" in path:
        raise UnreadableError(repr(path), "no such file or folder")
    if Path(path).is_dir():
        yield from _files_below(path)
    elif Path(path).exists() or not glob.has_magic(path):
        yield path
    else:
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207  # pathlib globs no absolute pattern
        if not matches:
            raise UnreadableError(path, "the pattern matches nothing")
        for match in matches:
            if Path(match).is_dir():
                yield from _files_below(match)
            else:
                yield match


def _files_below(folder: str) -> list[str]:
    try:
        files = [
            str(file)
            for file in sorted(Path(folder).rglob("*"))
            if file.suffix.lower() in SUFFIXES
            and not any(part.startswith(".") for part in file.relative_to(folder).parts)
            and file.is_file()
        ]
    except OSError as error:
        raise UnreadableError(folder, _reason(error)) from None
    if not files:
        raise UnreadableError(folder, f"nothing to read in this folder; it is searched for {', '.join(SUFFIXES)}")
    return files


def _read_file(source: str, text_column: str, id_column: str | None) -> Iterator[Document | UnreadableError]:
    path = Path(source)
    suffix = "" if source == "-" else path.suffix.lower()
    try:
        if suffix in _TABLES:
            yield from _TABLES[suffix](path, source, text_column=text_column, id_column=id_column)
        elif suffix in _TEXTS:
            text = decode(_bytes(source), source)
            yield Document(text=_TEXTS[suffix](text, source), id=source, source=source)
        else:
            raise UnreadableError(
                source, f"cannot read {suffix} files; give one of {', '.join(SUFFIXES)}, or a text with no suffix"
            )
    except OSError as error:
        yield UnreadableError(source, _reason(error))
    except UnreadableError as error:
        yield error


def _bytes(source: str) -> bytes:
    """Read a file, or standard input, up to just past the size that is allowed."""
    if source == "-":
        data = sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1)
    else:
        with Path(source).open("rb") as stream:
            data = stream.read(MAX_DOCUMENT_BYTES + 1)
    check_size(len(data), source)
    return data


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, IsADirectoryError):
        return "a folder where a file is wanted"
    return (error.strerror or str(error)).lower()
