"""PDF → its text layer, page by page, by way of pypdf."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from classifier.errors import UnreadableError
from classifier.readers.decoding import check_size
from classifier.readers.extract import collect
from classifier.readers.options import ReadOptions
from classifier.records import Document

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

__all__ = ["MAX_PAGES", "read_pdf"]

MAX_PAGES = 10_000


def read_pdf(stream: BinaryIO, source: str, _: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield the document that a PDF file holds, then an error that names the pages that have no text layer."""
    pages = _opened(stream, source).pages
    if len(pages) > MAX_PAGES:
        raise UnreadableError(source, f"more than {MAX_PAGES:,} pages; split it")
    texts: list[tuple[str, str | None]] = []
    pictures: list[int] = []
    size = 0
    for number, page in enumerate(pages, 1):
        text = page.extract_text().encode("utf-8", "replace").decode("utf-8").strip("\n")
        size += len(text.encode("utf-8"))
        check_size(size, source)
        if text.strip():
            texts.append((text, f"page {number}"))
        elif _draws_something(page):
            pictures.append(number)
    if texts or not pictures:
        extract = collect(texts, "\n\n", source)
        yield Document(extract.text, id=source, source=source, places=extract.places)
    if pictures:
        yield UnreadableError(source, f"no text layer on {_pages(pictures)}; recognise its text first: ocrmypdf")


def _opened(stream: BinaryIO, source: str) -> PdfReader:
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import DependencyError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = PdfReader(stream)
    if reader.is_encrypted:
        remedy = "save it without: qpdf --decrypt"
        try:
            if reader.decrypt("") is PasswordType.NOT_DECRYPTED:
                raise UnreadableError(source, f"encrypted with a password; {remedy}")
        except DependencyError:
            raise UnreadableError(source, f"encrypted, if without a password to open it; {remedy}") from None
    return reader


def _draws_something(page: PageObject) -> bool:
    contents = page.get_contents()
    return contents is not None and bool(contents.get_data().strip())


def _pages(numbers: list[int]) -> str:
    """Name pages, runs of them by their ends.

    >>> _pages([1, 2, 3, 7])
    'pages 1-3, 7'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    shown = ", ".join("-".join(map(str, run)) for run in runs[:50]) + (", …" if len(runs) > 50 else "")
    return f"{'page' if len(numbers) == 1 else 'pages'} {shown}"
