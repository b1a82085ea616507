"""What is read of each format, and where its sentences stand."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from openpyxl import Workbook

from classifier import Document, Place, UnreadableError, segment
from classifier.readers import ReadOptions, isolated, read, visible_page
from classifier.readers.isolation import reading_of, record_of
from classifier.readers.word import word_text
from tests.conftest import Run
from tests.made_files import docx, parquet, pdf, word_archive, xlsx, zstd


def readings(path: Path | str, **options: Any) -> list[Document | UnreadableError]:
    return list(read([str(path)], options=ReadOptions(**options)))


def only(path: Path | str, **options: Any) -> Document:
    (reading,) = readings(path, **options)
    assert isinstance(reading, Document), reading
    return reading


def located(document: Document) -> dict[str, str | None]:
    return {sentence.text: document.location_at(sentence.start) for sentence in segment(document)}


def test_html_tells_the_xpath_of_each_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<h1>Calm Tea</h1><ul><li>Sleep <b>deeper</b><li>Rest</ul><p hidden>x<p>Buy now.")
    assert located(only(tmp_path / "a.html")) == {
        "Calm Tea": "/html/body/h1[1]",
        "• Sleep deeper": "/html/body/ul[1]/li[1]",
        "• Rest": "/html/body/ul[1]/li[2]",
        "Buy now.": "/html/body/p[2]",
    }


@pytest.mark.parametrize("html", ["<table hidden><tr><td>x</table><p>y", "<pre hidden>x</pre><p>y", "<p>y<o:p>z</o:p>"])
def test_what_is_hidden_leaves_no_trace(html: str) -> None:
    assert visible_page(html).text[0] == "y"


TAGS = "<div> </div> <p> <li> <o:p> <td> <tr> <table> Calm <b> <pre> <p/hidden> </p> </table> <sup>1</sup>".split()


@given(st.lists(st.sampled_from([*TAGS, " ", "\n"]), max_size=40))
@example(["<table>", "<sup>1</sup>", "<td>", "Calm"])
def test_each_xpath_leads_to_the_words(parts: list[str]) -> None:
    html = "<!DOCTYPE html><html><body>" + "".join(parts)
    page = visible_page(html)
    root = etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8"))
    for place, after in zip(page.places, [*page.places, Place(len(page.text), None)][1:], strict=True):
        assert place.location is not None
        elements: Any = root.xpath(place.location)
        assert len(elements) == 1
        word = page.text[place.start : after.start].strip("•| \n0123456789.").split()
        assert not word or word[0].strip("¹")[:4] in "".join(elements[0].itertext())


def test_a_path_that_is_too_long_ends_at_an_ancestor() -> None:
    (place,) = visible_page("<div>" * 200 + "Calm").places
    assert place.location is not None
    assert len(place.location) <= 300


def test_docx(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(docx())
    document = only(tmp_path / "a.docx")
    assert document.text == (
        "Calm Tea\n\nEases joint pain. Every day.\n\n• Sleep deeper\n• Wake rested\n1. Brew\n2. Drink\n"
        "| Dose | Price |\n| 2 bags | $9 |\n\nDo not use during pregnancy."
    )
    places = located(document)
    assert places["Every day."] == "paragraph 2"
    assert places["• Wake rested"] == "paragraph 4"
    assert places["Do not use during pregnancy."] == "footer1 paragraph 1"


def test_docx_reads_what_is_shown_once() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Box</w:t></w:r></w:p></w:txbxContent>"
    choice = (
        f"<x:AlternateContent xmlns:x='x'><x:Choice>{box}</x:Choice><x:Fallback>{box}</x:Fallback></x:AlternateContent>"
    )
    run = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r><w:del><w:r><w:delText>no</w:delText></w:r></w:del>"
    body = f"<w:sdt><w:p><w:ins><w:r><w:t>Calm</w:t><w:tab/><w:t>now</w:t></w:r></w:ins>{run}{choice}</w:p></w:sdt>"
    extract = word_text(zipfile.ZipFile(io.BytesIO(word_archive(body))), "a.docx")
    assert extract.text == "Box\n\nCalm now"


def test_pdf_tells_the_page_and_the_pages_without_text(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(["Eases joint pain.", "", None, "Buy now!", None]))
    document, error = readings(tmp_path / "a.pdf")
    assert isinstance(document, Document)
    assert located(document) == {"Eases joint pain.": "page 1", "Buy now!": "page 4"}
    assert str(error) == f"{tmp_path}/a.pdf: no text layer on pages 3, 5; recognise its text first: ocrmypdf"


def test_a_pdf_encrypted_without_a_password_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(["Calm."], password=""))
    assert only(tmp_path / "a.pdf").text == "Calm."


def test_xlsx_rows_are_documents(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["sku", "copy", "price"],
        [7, "<p>Calm now.", 9.5],
        [None, None, None],
        ["x", "<b>Rest</b> & sleep", None],
    ]
    (tmp_path / "a.xlsx").write_bytes(xlsx({"Tea": rows, "Notes": [["a"], ["b"]], "Empty": []}))
    first, second, error = readings(
        tmp_path / "a.xlsx", text_column="copy", id_column="sku", carried=("price", "sku"), is_html=True
    )
    assert first == Document(
        "Calm now.", "7", str(tmp_path / "a.xlsx"), None, "sheet Tea, row 2", (Place(0, "/html/body/p[1]"),),
        (("price", 9.5), ("sku", 7)),
    )  # fmt: skip
    assert isinstance(second, Document)
    assert (second.text, second.location, second.columns) == (
        "Rest & sleep", "sheet Tea, row 4", (("price", None), ("sku", "x")),
    )  # fmt: skip
    assert "no column 'copy' (there are: 'a')" in str(error)


def test_a_sheet_with_gaps_is_read_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.readers.isolation.TIME_LIMIT", 10)
    book = Workbook()
    sheet: Any = book.active
    for cell, value in {"B30000": "text", "B30002": "Calm.", "XFD60000": "far", "B1048576": "Rest."}.items():
        sheet[cell] = value
    book.save(tmp_path / "a.xlsx")
    documents = readings(tmp_path / "a.xlsx")
    assert [(each.text, each.location) for each in documents if isinstance(each, Document)] == [
        ("Calm.", "sheet Sheet, row 30002"),
        ("Rest.", "sheet Sheet, row 1048576"),
    ]
    assert len(documents) == 2


def test_parquet_rows_are_documents(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet({"text": ["Calm.", None, "Rest."], "tags": [["a"], [], None]}))
    documents = readings(tmp_path / "a.parquet", carried=("tags",))
    assert [(each.text, each.location, each.columns) for each in documents if isinstance(each, Document)] == [
        ("Calm.", "row 1", (("tags", '["a"]'),)),
        ("", "row 2", (("tags", "[]"),)),
        ("Rest.", "row 3", (("tags", None),)),
    ]


def test_a_value_of_parquet_that_cannot_be_read_fails_its_row_alone() -> None:
    import pyarrow as pa

    columns = {
        "text": pa.array([b"Calm.", b"Rest.", b"\xff", b"Sleep."]).view(pa.string()),
        "sku": [float("nan"), 2.0, 3.0, 4.0],
        "day": pa.array([0, 10_000_000, 0, None], pa.date32()),
    }
    options = ReadOptions(id_column="sku", carried=("day",))
    found = list(isolated.readings(io.BytesIO(parquet(columns)), "a", ".parquet", options))
    assert [each.id if isinstance(each, Document) else each.source for each in found] == ["a:1", "a:2", "a:3", "4.0"]
    assert "a value that cannot be read: date value out of range" in str(found[1])
    assert "a value that cannot be read: 'utf-8' codec" in str(found[2])


def test_what_excel_escapes_is_read_as_it_was_typed() -> None:
    data = xlsx({"Tea": [["te_x0078_t"], ["Calm now._x000D_\nRest well._x005F_x000D_"]]})
    (found,) = isolated.readings(io.BytesIO(data), "a", ".xlsx", ReadOptions())
    assert isinstance(found, Document)
    assert found.text == "Calm now.\r\nRest well._x000D_"


@pytest.mark.parametrize("pack, suffix", [(gzip.compress, ".gz"), (zstd, ".zst")])
def test_packed_texts_are_read(tmp_path: Path, pack: Any, suffix: str) -> None:
    texts = {"a.txt": "Calm.", "b.tsv": "text\tn\nCalm.\t1\n", "c.jsonl": '{"text":"Calm."}', "d.html": "<p>Calm.",
             "e.eml": "Subject: \n\nCalm."}  # fmt: skip
    for name, text in texts.items():
        (tmp_path / f"{name}{suffix}").write_bytes(pack(text.encode()))
    (tmp_path / f"f.pdf{suffix}").write_bytes(b"x")
    documents = readings(tmp_path)
    assert [document.text for document in documents if isinstance(document, Document)] == ["Calm."] * 5
    assert len(documents) == 5


def test_mail(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(
        b"From: a@b.example\nSubject: =?iso-8859-1?Q?Caf=E9?= calm\nContent-Type: multipart/mixed; boundary=x\n\n"
        b"--x\nContent-Type: multipart/alternative; boundary=y\n\n--y\nContent-Type: text/plain\n\nplain\n"
        b"--y\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        b"<p>Sleep=\n deeper.</p>\n--y--\n--x\nContent-Disposition: attachment\n\nno\n"
        b"--x\nContent-Type: text/plain; charset=windows-1252\nContent-Transfer-Encoding: base64\n\nQnV5IG5vdyE=\n"
        b"--x--\n"
    )
    assert located(only(tmp_path / "a.eml")) == {
        "Café calm": "subject",
        "Sleep deeper.": "body /html/body/p[1]",
        "Buy now!": "body",
    }


def test_columns_that_hold_html_are_read_as_pages(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text('sku\ttext\n7\t<h1>Calm</h1><p class=""x"">Rest.\n')
    document = only(tmp_path / "a.tsv", is_html=True, carried=("sku",))
    assert document.columns == (("sku", "7"),)
    assert located(document) == {"Calm": "line 2, /html/body/h1[1]", "Rest.": "line 2, /html/body/p[1]"}


def test_a_carried_column_must_exist(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text\nCalm\n")
    (error,) = readings(tmp_path / "a.csv", carried=("sku",))
    assert str(error).endswith("no column 'sku' (there are: 'text'); name one with --carry")


PIPED = {
    ".csv": b"text\nCalm.\n",
    ".jsonl.gz": gzip.compress(b'{"text":"Calm."}\n'),
    ".pdf": pdf(["Calm."]),
    ".docx": docx(),
    ".eml": b"Subject: Calm.\n\n",
}


@pytest.mark.parametrize("suffix, data", PIPED.items(), ids=PIPED)
def test_standard_input_as_any_format(monkeypatch: pytest.MonkeyPatch, suffix: str, data: bytes) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(data))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert "Calm" in only("-", stdin_suffix=suffix).text


def test_the_report_holds_locations_and_carried_columns(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "<p>Eases pain.<p>Buy now.", "sku": 7, "ok": true}\n')
    done = run("score", "a.jsonl", "--html", "--carry", "sku", "--carry", "ok")
    report = json.loads(done.stdout)
    assert report["document"]["columns"] == {"sku": 7, "ok": True}
    assert [sentence["location"] for sentence in report["sentences"]] == [
        "line 1, /html/body/p[1]",
        "line 1, /html/body/p[2]",
    ]


def test_what_a_process_reads_comes_back_the_same() -> None:
    document = Document("Calm.", "1", "a.pdf", None, "row 1", (Place(0, "page 1"),), (("n", 1.5), ("m", None)))
    assert reading_of(json.loads(json.dumps(record_of(document)))) == document
    assert pickle.loads(pickle.dumps(document)) == document


@pytest.mark.parametrize("suffix, library", [(".pdf", "pypdf"), (".xlsx", "openpyxl"), (".parquet", "pyarrow")])
def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, library: str
) -> None:
    monkeypatch.setattr("classifier.readers.isolation.find_spec", lambda _: None)
    (tmp_path / f"a{suffix}").write_bytes(b"x")
    (error,) = readings(tmp_path / f"a{suffix}")
    assert f"needs {library}; install it: pip install 'healthclaims[{suffix[1:]}]'" in str(error)


def test_a_missing_zstandard_is_named_with_its_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("classifier.readers.compression.import_module", missing)
    (tmp_path / "a.txt.zst").write_bytes(b"x")
    (error,) = readings(tmp_path / "a.txt.zst")
    assert "pip install 'healthclaims[zst]'" in str(error)
