"""Paths as given on the command line → documents, in order."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from classifier.errors import UnreadableError
from classifier.readers import rows
from classifier.readers.decoding import MAX_DOCUMENT_BYTES, check_size, decode
from classifier.readers.html import visible_text
from classifier.records import Document

__all__ = ["SUFFIXES", "expand", "read", "read_files"]


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
    return read_files(expand(paths), text_column=text_column, id_column=id_column)


def expand(paths: Iterable[str]) -> Iterator[str | UnreadableError]:
    """Yield the files that paths stand for; within a folder or a glob each file once, whatever links lead to it."""
    for path in paths:
        try:
            yield from _expand(path)
        except OSError as error:
            yield UnreadableError(path, _reason(error))


def read_files(
    files: Iterable[str | UnreadableError],
    *,
    text_column: str = rows.DEFAULT_TEXT_COLUMN,
    id_column: str | None = None,
) -> Iterator[Document | UnreadableError]:
    """Yield the documents of files; errors among them are passed on."""
    for source in files:
        if isinstance(source, UnreadableError):
            yield source
            continue
        try:
            yield from _read_file(source, text_column, id_column)
        except OSError as error:
            yield UnreadableError(source, _reason(error))
        except UnreadableError as error:
            yield error


def _expand(path: str) -> Iterator[str | UnreadableError]:
    if not path:
        yield UnreadableError("''", "an empty path; give a file, a folder, a glob, or - for standard input")
    elif path == "-":
        yield path
    elif "\0" in path:
        yield UnreadableError(repr(path), "no such file or folder")
    elif os.path.isdir(path):  # noqa: PTH112  # pathlib would rewrite the path as given
        yield from _files_below(path, set())
    elif os.path.lexists(path) or not glob.has_magic(path):
        yield path
    else:
        yield from _matches(path)


def _matches(pattern: str) -> Iterator[str | UnreadableError]:
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  # pathlib globs no absolute pattern
    seen: set[str] = set()
    for match in matches:
        if os.path.isfile(match) and _is_new(match, seen):  # noqa: PTH113
            yield match
    for match in matches:
        if os.path.isdir(match):  # noqa: PTH112
            yield from _files_below(match, seen, may_be_empty=True)
    if not seen:
        yield UnreadableError(pattern, "the pattern matches nothing that can be read")


def _files_below(folder: str, seen: set[str], *, may_be_empty: bool = False) -> Iterator[str | UnreadableError]:
    failures: list[OSError] = []
    count = 0
    for parent, folders, files in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            file = os.path.join(parent, name)  # noqa: PTH118
            is_wanted = not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES
            if is_wanted and os.path.isfile(file) and _is_new(file, seen):  # noqa: PTH113
                count += 1
                yield file
    for failure in failures:
        yield UnreadableError(str(failure.filename), _reason(failure))
    if not count and not failures and not may_be_empty:
        yield UnreadableError(folder, f"nothing to read in this folder; it is searched for {', '.join(SUFFIXES)}")


def _is_new(file: str, seen: set[str]) -> bool:
    real = os.path.realpath(file)
    if real in seen:
        return False
    seen.add(real)
    return True


def _read_file(source: str, text_column: str, id_column: str | None) -> Iterator[Document | UnreadableError]:
    path = Path(source)
    suffix = "" if source == "-" else path.suffix.lower()
    if suffix in _TABLES:
        yield from _TABLES[suffix](path, source, text_column=text_column, id_column=id_column)
    elif suffix in _TEXTS:
        text = decode(_bytes(source), source)
        to_text = visible_text if not suffix and _is_html(text) else _TEXTS[suffix]
        yield Document(text=to_text(text, source), id=source, source=source)
    else:
        raise UnreadableError(
            source, f"cannot read {suffix} files; give one of {', '.join(SUFFIXES)}, or a text with no suffix"
        )


def _is_html(text: str) -> bool:
    """Tell a page without a name, as it comes through a pipe."""
    return text[:200].lstrip().lower().startswith(("<!doctype html", "<html"))


def _bytes(source: str) -> bytes:
    """Read a file, or standard input, up to just past the size that is allowed."""
    if source != "-":
        with Path(source).open("rb") as stream:
            data = stream.read(MAX_DOCUMENT_BYTES + 1)
    elif sys.stdin is None:
        raise UnreadableError(source, "standard input is closed")
    else:
        data = sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1)
    check_size(len(data), source)
    return data


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, IsADirectoryError):
        return "a folder where a file is wanted"
    return (error.strerror or str(error)).lower()
