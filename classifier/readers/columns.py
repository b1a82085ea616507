"""A row of a table → a document: the text, the name, the columns that go along."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from classifier.errors import UnreadableError
from classifier.readers.decoding import check_text
from classifier.readers.html import visible_page
from classifier.readers.options import ReadOptions
from classifier.records import Document

__all__ = ["Scalar", "check_columns", "document_of_row"]

Scalar: TypeAlias = str | int | float | bool | None


def check_columns(place: str, options: ReadOptions, columns: Iterable[str]) -> None:
    """Raise `UnreadableError` for a table that has a column that the options name not at all, or more than once."""
    present = list(columns)
    for name, option in options.columns.items():
        if (count := present.count(name)) > 1:
            raise UnreadableError(place, f"{count} columns are called {name!r}; rename all but the one to read")
        if not count:
            shown = ", ".join(repr(column[:40]) for column in present[:20]) or "none"
            raise UnreadableError(place, f"no column {name!r} (there are: {shown}); name one with {option}")


def document_of_row(
    values: Mapping[str, object], options: ReadOptions, *, source: str, place: str, location: str
) -> Document:
    """Return the document that a row holds; its id is `place` unless a column gives another.

    No text is an empty one: a document that a person should know of, but no failure. Raises `UnreadableError` for a
    text, a name or a value that a report cannot carry.
    """
    text = "" if values[options.text_column] is None else values[options.text_column]
    if not isinstance(text, str):
        raise UnreadableError(place, f"{options.text_column!r} holds no text but {type(text).__name__}")
    check_text(text, place)
    name = None if options.id_column is None else values[options.id_column]
    if name is None or name == "" or name != name:  # what pandas writes for no number is none
        name = place
    elif not isinstance(name, str | int | float):
        raise UnreadableError(place, f"{options.id_column!r} holds no name but {name!r:.40}; give a text or a number")
    else:
        check_text(str(name), place)
    carried = tuple((column, _scalar(values[column], place)) for column in options.carried)
    if options.is_html:
        extract = visible_page(text, place)
        return Document(extract.text, str(name), source, None, location, extract.places, carried)
    return Document(text, str(name), source, location=location, columns=carried)


def _scalar(value: object, place: str) -> Scalar:
    """Return a value as JSON can hold it: lists and objects as their JSON, dates and the like as their text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False, default=str)
    text = str(value)
    check_text(text, place)
    return text
