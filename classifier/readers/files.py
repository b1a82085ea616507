"""Paths as given on the command line → documents, in order."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from classifier.errors import UnreadableError
from classifier.readers.documents import SUFFIXES, is_readable, read_source
from classifier.readers.options import ReadOptions
from classifier.readers.sources import Source, split_suffix
from classifier.records import Document

__all__ = ["expand", "read", "read_files"]

_DEFAULT = ReadOptions()


def read(paths: Iterable[str], *, options: ReadOptions = _DEFAULT) -> Iterator[Document | UnreadableError]:
    """Yield each document of `paths`, or the error that says why it could not be read.

    A path is a file, a folder (searched with its subfolders for `SUFFIXES`, in order of name; hidden files are passed
    over), a glob, or `-` for standard input.
    """
    return read_files(expand(paths), options=options)


def expand(paths: Iterable[str]) -> Iterator[str | UnreadableError]:
    """Yield the files that paths stand for; within a folder or a glob each file once, whatever links lead to it."""
    for path in paths:
        try:
            yield from _expand(path)
        except OSError as error:
            yield UnreadableError(path, _reason(error))


def read_files(
    files: Iterable[str | UnreadableError], *, options: ReadOptions = _DEFAULT
) -> Iterator[Document | UnreadableError]:
    """Yield the documents of files; errors among them are passed on."""
    for file in files:
        if isinstance(file, UnreadableError):
            yield file
            continue
        suffix, compression = split_suffix(f"x{options.stdin_suffix}" if file == "-" else file)
        try:
            yield from read_source(Source(file, suffix, compression), options)
        except OSError as error:
            yield UnreadableError(file, _reason(error))
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
        yield from _files_below(path)
    elif os.path.lexists(path) or not glob.has_magic(path):
        yield path
    else:
        yield from _matches(path)


def _matches(pattern: str) -> Iterator[str | UnreadableError]:
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207  # pathlib globs no absolute pattern
    matches.sort()
    seen: set[str] = set()
    for match in matches:
        if os.path.isfile(match) and _is_new(match, seen):  # noqa: PTH113
            yield match
    for match in matches:
        if os.path.isdir(match):  # noqa: PTH112
            for file in _files_below(match, may_be_empty=True):
                if isinstance(file, UnreadableError) or _is_new(file, seen):
                    yield file
    if not seen:
        yield UnreadableError(pattern, "the pattern matches nothing that can be read")


def _files_below(folder: str, *, may_be_empty: bool = False) -> Iterator[str | UnreadableError]:
    """Yield the files of a folder; nothing is remembered of them, since only through links can they come again."""
    failures: list[OSError] = []
    root = os.path.realpath(folder)
    linked: set[str] = set()
    is_empty = True
    for parent, folders, files in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files.sort()
        for name in files:
            file = os.path.join(parent, name)  # noqa: PTH118
            if not _is_wanted(name) or not os.path.isfile(file):  # noqa: PTH113
                continue
            if os.path.islink(file) and (_is_below(file, root) or not _is_new(file, linked)):  # noqa: PTH114
                continue
            is_empty = False
            yield file
    for failure in failures:
        yield UnreadableError(str(failure.filename), _reason(failure))
    if is_empty and not failures and not may_be_empty:
        yield UnreadableError(folder, f"nothing to read in this folder; it is searched for {', '.join(SUFFIXES)}")


def _is_wanted(name: str) -> bool:
    return not name.startswith(".") and is_readable(*split_suffix(name))


def _is_below(link: str, root: str) -> bool:
    """Tell whether a link leads to a file that the search of a folder comes upon by itself."""
    target = PurePath(os.path.realpath(link))
    if not target.is_relative_to(root):
        return False
    *folders, name = target.relative_to(root).parts
    return _is_wanted(name) and not any(each.startswith(".") for each in folders)


def _is_new(file: str, seen: set[str]) -> bool:
    real = os.path.realpath(file)
    if real in seen:
        return False
    seen.add(real)
    return True


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, IsADirectoryError):
        return "a folder where a file is wanted"
    return (error.strerror or str(error)).lower()
