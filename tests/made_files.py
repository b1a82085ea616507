"""Small files of every format, made by hand or by the libraries that others write them with."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from importlib import import_module
from typing import Any

__all__ = ["docx", "parquet", "pdf", "word_archive", "xlsx", "zstd"]

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def pdf(pages: Sequence[str | None], *, password: str | None = None) -> bytes:
    """Return a PDF file with a line of text a page; None draws a picture of none, "" leaves the page blank."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        content = "0 0 100 100 re f" if text is None else f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET" if text else ""
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{offset:010d} 00000 n \n" for offset in offsets).encode()
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out) if password is None else _encrypted(bytes(out), password)


def _encrypted(data: bytes, password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def docx() -> bytes:
    """Return a Word file, as python-docx writes it: heading, paragraph, two lists, a table, a footer."""
    from docx import Document

    document: Any = Document()
    document.add_heading("Calm Tea", 1)
    document.add_paragraph("Eases joint pain.").add_run(" Every day.").bold = True
    for text in ("Sleep deeper", "Wake rested"):
        document.add_paragraph(text, style="List Bullet")
    for text in ("Brew", "Drink"):
        document.add_paragraph(text, style="List Number")
    table = document.add_table(rows=2, cols=2)
    for row, texts in zip(table.rows, (("Dose", "Price"), ("2 bags", "$9")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.sections[0].footer.paragraphs[0].text = "Do not use during pregnancy."
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def word_archive(body: str, *, prologue: str = "", name: str = "word/document.xml") -> bytes:
    """Return a Word file with this XML as its body."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, f'{prologue}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>')
    return stream.getvalue()


def xlsx(sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """Return an Excel file with the rows of each sheet."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def zstd(data: bytes) -> bytes:
    """Return data packed with Zstandard."""
    try:
        module = import_module("compression.zstd")
    except ImportError:
        module = import_module("backports.zstd")
    return bytes(module.compress(data))


def parquet(columns: dict[str, list[Any]]) -> bytes:
    """Return a Parquet file with these columns."""
    import pyarrow
    from pyarrow.parquet import write_table

    stream = io.BytesIO()
    write_table(pyarrow.table(columns), stream)
    return stream.getvalue()
