"""Files that are damaged, mislabelled or made to do harm: each gives a clear line or a text, soon, in little memory."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Assessor, Document, UnreadableError, segment
from classifier.readers import MAX_DOCUMENT_BYTES, ReadOptions, read, visible_page
from classifier.readers.archives import opened_archive
from classifier.readers.compression import decompressed
from classifier.readers.isolated import readings
from classifier.readers.mail import mail_text
from classifier.readers.word import word_text
from tests.linear import assert_linear
from tests.made_files import docx, parquet, pdf, word_archive, xlsx, zstd

LAUGHS = "<!DOCTYPE lolz [<!ENTITY a 'lol'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
) + "]>"  # fmt: skip
PARAGRAPH = "<w:p><w:r><w:t>Calm</w:t></w:r></w:p>"
WHOLE = {
    "a.docx": docx(),
    "a.pdf": pdf(["Calm."]),
    "a.xlsx": xlsx({"Tea": [["text"], ["Calm."]]}),
    "a.parquet": parquet({"text": ["Calm."] * 9}),
    "a.txt.gz": gzip.compress(b"Calm. " * 99),
    "a.txt.zst": zstd(b"Calm. " * 99),
}


def bomb(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(300):
            member.write(b" " * 1_000_000)
    return stream.getvalue()


def parquet_bomb() -> bytes:
    """Return two kilobytes that hold one text of 64 MiB and say it 64 times."""
    import pyarrow
    from pyarrow.parquet import write_table

    text = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 64, pyarrow.int32()), ["x" * 2**26])
    stream = io.BytesIO()
    write_table(pyarrow.table({"text": text}), stream, compression="zstd", store_schema=False)
    return stream.getvalue()


def encrypted_flag(data: bytes) -> bytes:
    """Set the bit that says so in each entry of the archive's list."""
    changed = bytearray(data)
    start = data.find(b"PK\1\2")
    while start >= 0:
        changed[start + 8] |= 1
        start = data.find(b"PK\1\2", start + 4)
    return bytes(changed)


def long_directory(data: bytes) -> bytes:
    end = data.rfind(b"PK\5\6")
    return data[: end + 12] + struct.pack("<L", 50_000_000) + data[end + 16 :]


BROKEN: dict[str, tuple[bytes | Callable[[], bytes], str]] = {
    **{f"half-{name}": (data[: len(data) // 2], "damaged|not a whole|broke down") for name, data in WHOLE.items()},
    "password.pdf": (pdf(["Calm."], password="secret"), "encrypted with a password"),
    "picture.pdf": (pdf([None, None]), "no text layer on pages 1-2"),
    "password.docx": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an encrypted Office file"),
    "flag.docx": (encrypted_flag(docx()), "encrypted; save it without a password"),
    "flag.xlsx": (encrypted_flag(WHOLE["a.xlsx"]), "encrypted; save it without a password"),
    "bomb.docx": (lambda: bomb("word/document.xml"), "too large: over 209,715,200 bytes when unpacked"),
    "bomb.xlsx": (lambda: bomb("xl/workbook.xml"), "too large: over 209,715,200 bytes when unpacked"),
    "bomb.txt.gz": (lambda: gzip.compress(b"Calm " * 3_000_000), "too large"),
    "bomb.txt.zst": (lambda: zstd(b"Calm " * 3_000_000), "too large"),
    "bomb.jsonl.zst": (lambda: zstd((b" " * 999_999 + b"\n") * 130), "grows more than 200-fold"),
    "bomb.parquet": (lambda: parquet_bomb(), "needs too much memory to be read"),
    "text.parquet": (lambda: parquet({"text": ["x" * 2**26]}), "too large: over 10,485,760 bytes in one document"),
    "bomb.jsonl.gz": (lambda: gzip.compress((b" " * 999_999 + b"\n") * 130, 9), "grows more than 200-fold"),
    "directory.docx": (long_directory(docx()), "its list of members is too long"),
    "laughs.docx": (word_archive(PARAGRAPH.replace("Calm", "&i;"), prologue=LAUGHS), "declares a document type"),
    "laughs.xlsx": (word_archive("", prologue=LAUGHS, name="xl/workbook.xml"), "declares a document type"),
    "deep.docx": (word_archive("<w:p>" * 5000), "damaged: word/document.xml"),
    "other.docx": (word_archive("", name="other/x.xml"), "holds no Word document"),
    "pdf.txt": (WHOLE["a.pdf"], "holds a PDF file, not .txt; give it its own suffix: .pdf"),
    "docx.csv": (WHOLE["a.docx"], "holds a ZIP archive, not .csv"),
    "xlsx.docx": (WHOLE["a.xlsx"], "holds no Word document"),
    "docx.xlsx": (WHOLE["a.docx"], "damaged"),
    "text.pdf": (b"Calm.", "does not begin as a .pdf file does"),
    "gz.jsonl": (WHOLE["a.txt.gz"], "holds a gzip file, not .jsonl"),
    "lines.jsonl": (gzip.compress(b"Calm.", mtime=0x6A0A0A0A), "holds a gzip file, not .jsonl"),
    "parquet.eml": (WHOLE["a.parquet"], "holds a Parquet file"),
    "text.gz": (b"Calm.", "not a whole .gz file"),
    "text.txt.zst": (b"Calm.", "not a whole .zst file"),
    "rich.txt": (b"{\\rtf1 Calm}", "holds rich text"),
    "page.eml": (b"<p>Calm.", "does not begin as a mail does"),
    "nested.eml": (
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(900)),
        "more than 100 nested parts",
    ),
    "charset.eml": (b"Content-Type: text/plain; charset=punycode\n\nCalm", "its encoding 'punycode' is not known"),
    "bytes.eml": (b"Content-Type: text/plain; charset=utf-8\n\nSl\xe9ep", "not utf-8, as it says: byte 0xe9"),
    "header.eml": (b"Content-Type: text/plain; " + b'x="' * 9_000 + b"\n\nCalm", "is too long to be read"),
    "mixed.txt": ("Calm é\n".encode() + "Sleep é\n".encode("latin-1"), "not UTF-8: byte 0xe9 at offset 14"),
    "nul.tsv": (b"text\nCa\0lm\n", "NUL byte"),
    "line.csv": (lambda: b'text\n"' + b"x" * 100_000_000, "not read past this row"),
    "row.csv": (lambda: b"text\n" + (b'"' + b"a" * 1_000 + b'\n",') * 25_000, "not read past this row"),
    "line.jsonl": (lambda: b'{"text":"' + b"x" * 100_000_000, "too large"),
    "line.html": (lambda: b"<p>" + b"x" * 100_000_000, "too large"),
    "column.xlsx": (xlsx({"Tea": [["a"], ["b"]]}), "no column 'text' (there are: 'a')"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_gives_one_clear_line(tmp_path: Path, name: str) -> None:
    data, expected = BROKEN[name]
    (tmp_path / name).write_bytes(data() if callable(data) else data)
    tracemalloc.start()
    try:
        errors = [str(reading) for reading in read([str(tmp_path / name)]) if not isinstance(reading, Document)]
        assert tracemalloc.get_traced_memory()[1] < 300_000_000
    finally:
        tracemalloc.stop()
    assert len(errors) == 1
    assert any(part in errors[0] for part in expected.split("|")), errors
    assert "\n" not in errors[0]
    assert len(errors[0]) < 500 + len(str(tmp_path))


@pytest.mark.parametrize("suffix", sorted({Path(name).suffix for name in BROKEN} - {".gz", ".zst"}))
def test_an_empty_file_is_an_empty_document(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").touch()
    (reading,) = read([str(tmp_path / f"a{suffix}")])
    assert isinstance(reading, Document)
    assert reading.text == ""


def test_a_parser_that_hangs_costs_its_own_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.readers.isolation.TIME_LIMIT", 0.01)
    (tmp_path / "a.pdf").write_bytes(pdf(["Calm."] * 400))
    (tmp_path / "b.txt").write_text("Rest.")
    error, document = read([str(tmp_path)])
    assert "took longer than 0.01 seconds to read" in str(error)
    assert isinstance(document, Document)


def test_a_parser_that_needs_too_much_memory_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object) -> Any:
        raise MemoryError

    monkeypatch.setitem(readings.__globals__["_READERS"], ".pdf", greedy)
    (error,) = readings(io.BytesIO(), "a.pdf", ".pdf", ReadOptions())
    assert "needs too much memory" in str(error)


def test_a_hundred_thousand_bullets_are_read() -> None:
    page = visible_page("<ul>" + "<li>Calm" * 100_000)
    assert page.text.count("•") == 100_000
    assert page.places[-1].location == "/html/body/ul[1]/li[100000]"
    assert len(segment(Document(page.text))) == 100_000


def test_twenty_thousand_bullets_are_assessed(fast: Assessor) -> None:
    page = visible_page("<ul>" + "<li>Eases joint pain" * 20_000)
    report = fast.assess(Document(page.text, places=page.places))
    assert len(report.sentences) == 20_000
    assert {sentence.text for sentence in report.sentences} == {"• Eases joint pain"}


@pytest.mark.parametrize("text", ["مرحبا بالعالم.", "שלום.", "e" + "\u0301" * 5_000, "\u202eCalm\u202c."])
def test_any_script_keeps_its_offsets_in_every_format(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.docx").write_bytes(word_archive(PARAGRAPH.replace("Calm", text)))
    (tmp_path / "b.html").write_text(f"<p>{text}", encoding="utf-8")
    (tmp_path / "c.jsonl").write_text(json.dumps({"text": text}))
    encoded = base64.encodebytes(text.encode()).decode()
    (tmp_path / "d.eml").write_text(
        f"Content-Transfer-Encoding: base64\nContent-Type: text/plain; charset=utf-8\n\n{encoded}"
    )
    (tmp_path / "e.xlsx").write_bytes(xlsx({"Tea": [["text"], [text]]}))
    documents = [reading for reading in read([str(tmp_path)]) if isinstance(reading, Document)]
    assert [document.text for document in documents] == [text] * 5
    for document in documents:
        for sentence in segment(document):
            assert document.text[sentence.start : sentence.end] == sentence.text


def open_word(data: bytes) -> str:
    with opened_archive(io.BytesIO(data), "a.docx") as archive:
        return word_text(archive, "a.docx").text


def in_process(suffix: str) -> Callable[[bytes], object]:
    return lambda data: list(readings(io.BytesIO(data), "a", suffix, ReadOptions()))


def unpacked(compression: str) -> Callable[[bytes], object]:
    return lambda data: decompressed(io.BytesIO(data), compression, "a").read()


READERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "docx": (open_word, WHOLE["a.docx"]),
    "pdf": (in_process(".pdf"), WHOLE["a.pdf"]),
    "xlsx": (in_process(".xlsx"), WHOLE["a.xlsx"]),
    "parquet": (in_process(".parquet"), WHOLE["a.parquet"]),
    "gz": (unpacked(".gz"), WHOLE["a.txt.gz"]),
    "zst": (unpacked(".zst"), WHOLE["a.txt.zst"]),
    "eml": (
        lambda data: mail_text(data, "a.eml"),
        b"Subject: x\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nCalm",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", READERS)
@settings(max_examples=50)
@given(changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), max_size=8))
def test_no_damage_crashes_a_reader(name: str, changes: list[tuple[float, bytes]]) -> None:
    reader, whole = READERS[name]
    data = bytearray(whole)
    for place, content in changes:
        start = int(place * len(whole))
        data[start : start + len(content)] = content
    try:
        reader(bytes(data))
    except UnreadableError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".eml", ".html", ".docx", ".txt", ".txt.gz", ".csv.zst"])
@given(data=st.binary(max_size=200))
def test_no_bytes_crash_a_reader(tmp_path_factory: pytest.TempPathFactory, suffix: str, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"fuzz{suffix}"
    path.write_bytes(data)
    for reading in read([str(path)]):
        assert isinstance(reading, Document) or "\n" not in str(reading)


def run_file(path: Path, make: Callable[[str], bytes], *, is_html: bool = False) -> Callable[[str], object]:
    """Return what reads a text by way of a file; making the file is no part of it."""
    made: dict[str, bytes] = {}

    def run(text: str) -> object:
        path.write_bytes(made.setdefault(text, make(text)))
        return list(read([str(path)], options=ReadOptions(is_html=is_html)))

    return run


MIXED = "Content-Type: multipart/mixed"
LINES = {
    ".csv": [("x,\n", "text\n"), ('"a""b"\n', "text\n"), ("\r", "text\n")],
    ".tsv": [("x\t\n", "text\tb\n")],
    ".jsonl": [('{"text":"x"}\n', ""), ("[", "")],
    ".eml": [("x\n", "Subject: x\n\n"), (" x\n", "Subject: x\n"), ("--b\n\nx\n", f"{MIXED}; boundary=b\n\n"),
             ("=?utf-8?q?x?= ", "Subject: "), ("X: y\n", "Subject: x\n"), (";a=b", f"Subject: x\n{MIXED}")],
    ".txt": [("x", ""), ("\u0301", "e")],
    ".html": [("<p><i>x", ""), ("<o:p>", "")],
}  # fmt: skip


@pytest.mark.parametrize("suffix, unit, start", [(key, *pair) for key, pairs in LINES.items() for pair in pairs])
def test_reading_takes_linear_time(tmp_path: Path, suffix: str, unit: str, start: str) -> None:
    run = run_file(tmp_path / f"a{suffix}", lambda text: text.encode())
    assert_linear(run, start + unit * 10_000, start + unit * 20_000)


BODIES = [PARAGRAPH, "<w:p/>", "<w:tbl><w:tr><w:tc/></w:tr></w:tbl>", "<w:p><w:r><w:tab/></w:r></w:p>"]


@pytest.mark.parametrize("unit", BODIES)
def test_a_word_file_takes_linear_time(unit: str) -> None:
    made = {text: word_archive(text) for text in (unit * 5_000, unit * 10_000)}
    half, whole = made
    assert_linear(lambda text: open_word(made[text]), half, whole)


LARGE: dict[str, Callable[[int], bytes]] = {
    "pages.pdf": lambda count: pdf(["Calm now."] * count),
    "pieces.pdf": lambda count: pdf([") Tj (".join(["Calm now."] * count * 5)]),
    "rows.xlsx": lambda count: xlsx({"Tea": [["text"], *[["Calm now."]] * count * 5]}),
    "gaps.xlsx": lambda count: xlsx({"Tea": [("text",), *[(), (None,) * 40, ("Calm now.",)] * count]}),
    "cells.xlsx": lambda count: xlsx({"Tea": [["text"], ["Calm now."] * count * 20]}),
    "sheets.xlsx": lambda count: xlsx({f"Tea {number}": [["text"], ["Calm now."]] for number in range(count // 5)}),
    "rows.parquet": lambda count: parquet({"text": ["Calm now."] * count * 20}),
    "columns.parquet": lambda count: parquet({"text": ["Calm now."], **{f"c{number}": [1] for number in range(count)}}),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_file_of_a_large_parser_takes_linear_time(name: str) -> None:
    made = {"x" * count: LARGE[name](count) for count in (150, 300)}
    half, whole = made
    assert_linear(lambda text: in_process(Path(name).suffix)(made[text]), half, whole, slack=0.1)


PACKED: dict[str, Callable[[int], bytes]] = {
    "text.txt.gz": lambda count: gzip.compress(b"Calm now. " * count * 100),
    "members.txt.gz": lambda count: gzip.compress(b"Calm now. ") * count,
    "rows.jsonl.gz": lambda count: gzip.compress(b'{"text": "Calm"}\n' * count),
    "text.txt.zst": lambda count: zstd(b"Calm now. " * count * 100),
    "members.txt.zst": lambda count: zstd(b"Calm now. ") * count,
    "rows.jsonl.zst": lambda count: zstd(b'{"text": "Calm"}\n' * count),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_packed_file_takes_linear_time(tmp_path: Path, name: str) -> None:
    run = run_file(tmp_path / name, lambda text: PACKED[name](len(text)))
    assert_linear(run, "x" * 5_000, "x" * 10_000)


@pytest.mark.parametrize("unit", ["<p><i>x", "<ul><li>x</ul>", "<p>x\n", "<table><td>x\n"])
def test_a_column_of_html_takes_linear_time(tmp_path: Path, unit: str) -> None:
    run = run_file(tmp_path / "a.csv", lambda text: text.encode(), is_html=True)
    assert_linear(run, "text\n" + unit * 2_000, "text\n" + unit * 4_000)


def test_the_largest_text_of_a_word_file_is_refused() -> None:
    with pytest.raises(UnreadableError, match="too large"):
        open_word(word_archive(PARAGRAPH.replace("Calm", "Calm " * 1000) * (MAX_DOCUMENT_BYTES // 5000 + 2)))
