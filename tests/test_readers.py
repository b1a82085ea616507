from __future__ import annotations

import io
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Document, UnreadableError
from classifier.readers import MAX_DOCUMENT_BYTES, SUFFIXES, ReadOptions, decode, expand, read, visible_text
from classifier.readers.columns import document_of_row
from tests.linear import assert_linear
from tests.made_files import parquet, xlsx


def texts(*paths: Path | str, **options: Any) -> list[str]:
    """Read paths that are all readable."""
    readings = list(read([str(path) for path in paths], options=ReadOptions(**options)))
    assert all(isinstance(reading, Document) for reading in readings), readings
    return [reading.text for reading in readings if isinstance(reading, Document)]


def error(*paths: Path | str, **options: Any) -> str:
    """Read paths of which exactly one reading fails, and return why."""
    errors = [
        reading
        for reading in read([str(path) for path in paths], options=ReadOptions(**options))
        if not isinstance(reading, Document)
    ]
    assert len(errors) == 1
    return str(errors[0])


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.TXT", "a"])
def test_text_is_kept_as_it_stands(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes("\ufeff# Calm\r\n\r\n*Sleep* é\n".encode())
    assert texts(tmp_path / name) == ["# Calm\r\n\r\n*Sleep* é\n"]


def test_a_document_is_named_by_its_path_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("Calm.")
    assert list(read(["./a.txt"])) == [Document("Calm.", id="./a.txt", source="./a.txt")]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Calm.")))
    assert list(read(["-"])) == [Document("Calm.", id="-", source="-")]


def test_folders_are_searched_in_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.md", ".hidden/d.txt", ".e.txt", "f.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert texts(tmp_path) == ["b.txt", "a/c.md"]


def test_globs(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert texts(f"{tmp_path}/*.txt") == ["a.txt", "b.txt"]
    assert texts(f"{tmp_path}/**/*.txt") == ["a.txt", "b.txt", "c/d.txt"]


def test_a_name_that_looks_like_a_glob_is_a_name_first(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("Calm.")
    assert texts(tmp_path / "a[1].txt") == ["Calm."]


def test_csv_rows_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufefftext,sku\r\n"Calm, now.\nSleep",7\r\nRest,8\r\n'.encode())
    assert list(read([str(path)], options=ReadOptions(id_column="sku"))) == [
        Document("Calm, now.\nSleep", id="7", source=str(path), location="line 2"),
        Document("Rest", id="8", source=str(path), location="line 4"),
    ]
    assert [reading.id for reading in read([str(path)]) if isinstance(reading, Document)] == [f"{path}:2", f"{path}:4"]


def test_a_row_may_stand_in_a_file_whose_name_is_not_unicode() -> None:
    row = document_of_row(
        {"text": "Calm."}, ReadOptions(), source="\udcff.csv", place="\udcff.csv:2", location="line 2"
    )
    assert row.id == "\udcff.csv:2"


def test_a_bad_csv_row_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"copy,n\nCalm,1\nSl\xe9ep,2\nRest,3,4\nWell,5\n")
    readings = list(read([str(path)], options=ReadOptions(text_column="copy")))
    assert [reading.text for reading in readings if isinstance(reading, Document)] == ["Calm", "Well"]
    assert [str(reading) for reading in readings if isinstance(reading, UnreadableError)] == [
        f"{path}:3: column 'copy': not UTF-8: byte 0xe9 at offset 2 (line 1); "
        "convert it: iconv -f WINDOWS-1252 -t UTF-8",
        f"{path}:4: 3 fields where the header has 2; quote fields that hold separators",
    ]


def test_a_missing_column_is_named_with_those_that_exist(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("copy,sku\nCalm,1\n")
    assert error(tmp_path / "a.csv") == (
        f"{tmp_path}/a.csv: no column 'text' (there are: 'copy', 'sku'); name one with --text-column"
    )
    assert "--id-column" in error(tmp_path / "a.csv", text_column="copy", id_column="name")


def test_json_lines_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "Calm\\u2028now", "n": 7}\n\n{"text": "Rest", "n": "x"}')
    assert list(read([str(path)], options=ReadOptions(id_column="n"))) == [
        Document("Calm\u2028now", id="7", source=str(path), location="line 1"),
        Document("Rest", id="x", source=str(path), location="line 3"),
    ]


BAD_LINES = {
    b'{"text": "Calm"': "not valid JSON",
    b"[1]": "not a JSON object but list",
    b'{"copy": "Calm"}': "no column 'text' (there are: 'copy')",
    b'{"text": 7}': "'text' holds no text but int",
    b'{"text": "Sl\xe9ep"}': "not UTF-8: byte 0xe9 at offset 12",
    b'{"text": "\\ud800"}': "lone surrogate",
    b"[" * 100_000: "not valid JSON",
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_bad_json_line_stops_no_other(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "Calm"}\n' + line + b'\n{"text": "Rest"}\n')
    readings = list(read([str(path)]))
    assert [reading.text for reading in readings if isinstance(reading, Document)] == ["Calm", "Rest"]
    assert str(readings[1]).startswith(f"{path}:2: ")
    assert BAD_LINES[line] in str(readings[1])


def test_a_quote_that_is_never_closed_loses_no_row_in_silence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text\nCalm\n"Rest\nBuy now\n')
    readings = list(read([str(tmp_path / "a.csv")]))
    assert [reading.text for reading in readings if isinstance(reading, Document)] == ["Calm"]
    assert "a quote is opened and never closed" in str(readings[-1])


def test_a_stray_quote_spoils_its_own_row_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text\n"good"x\nCalm\n')
    readings = list(read([str(tmp_path / "a.csv")]))
    assert [reading.text for reading in readings if isinstance(reading, Document)] == ["Calm"]
    assert len(readings) == 2


def test_a_long_header_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text," + "é" * 4000 + "\nCalm,x\n", encoding="utf-8")
    assert texts(tmp_path / "a.csv") == ["Calm"]


def test_a_field_over_the_limit_becomes_no_documents(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,n\n"' + "Calm line\n" * (MAX_DOCUMENT_BYTES // 9) + '",1\n')
    (reading,) = read([str(tmp_path / "a.csv")])
    assert "not valid CSV" in str(reading)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.xlsx", "a.parquet"])
def test_a_table_without_rows_is_an_empty_document(tmp_path: Path, name: str) -> None:
    headers = {".csv": b"text,sku\r\n", ".tsv": b"text", ".xlsx": xlsx({"Tea": [["text"]]}), ".jsonl": b"\n \n",
               ".parquet": parquet({"text": []})}  # fmt: skip
    for content in (b"", headers[Path(name).suffix]):
        (tmp_path / name).write_bytes(content)
        assert list(read([f"{tmp_path}/{name}"])) == [Document("", f"{tmp_path}/{name}", f"{tmp_path}/{name}")]


ROWS: list[list[Any]] = [["text", "sku", "brand"], [None, "7", "Acme"], ["Calm", None, None], ["Rest", "", ""]]
TABLES: dict[str, bytes] = {
    "a.csv": "\n".join(",".join(value or "" for value in row) for row in ROWS).encode(),
    "a.jsonl": b'{"text": null, "sku": "7", "brand": "Acme"}\n{"text": "Calm"}\n'
    b'{"text": "Rest", "sku": "", "brand": ""}\n',
    "a.parquet": parquet({row[0]: list(row[1:]) for row in zip(*ROWS, strict=True)}),
    "a.xlsx": xlsx({"Tea": ROWS}),
}


@pytest.mark.parametrize("name", TABLES)
def test_cells_without_a_value_mean_the_same_in_every_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(TABLES[name])
    first, second, third = read([str(path)], options=ReadOptions(id_column="sku", carried=("brand",)))
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert isinstance(third, Document)
    assert (first.text, first.id, first.columns) == ("", "7", (("brand", "Acme"),))
    assert (second.text, second.columns) == ("Calm", (("brand", "" if name == "a.csv" else None),))
    for document in (second, third):
        assert document.id.startswith(f"{path}:")


def test_a_key_that_no_line_has_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Calm", "sku": 1}\n{"text": "Rest"}\n')
    *documents, unreadable = read([f"{tmp_path}/a.jsonl"], options=ReadOptions(id_column="sku", carried=("brnad",)))
    assert [document.text for document in documents if isinstance(document, Document)] == ["Calm", "Rest"]
    assert str(unreadable) == f"{tmp_path}/a.jsonl: no line has the key 'brnad'; name one with --carry"


def test_two_columns_of_one_name_are_refused_where_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,n,n,text\nCalm,1,2,Rest\n")
    (tmp_path / "b.xlsx").write_bytes(xlsx({"Tea": [["text", "n", "n", "text"], ["Calm", 1, 2, "Rest"]]}))
    (tmp_path / "c.csv").write_text("text,n,n\nCalm,1,2\n")
    for name in ("a.csv", "b.xlsx"):
        assert "2 columns are called 'text'; rename all but the one to read" in error(tmp_path / name)
    assert texts(tmp_path / "c.csv") == ["Calm"]
    assert "2 columns are called 'n'" in error(tmp_path / "c.csv", carried=("n",))


@pytest.mark.parametrize("value", ["{}", "[1]"])
def test_an_id_must_be_a_name(tmp_path: Path, value: str) -> None:
    (tmp_path / "a.jsonl").write_text(f'{{"text": "Calm", "sku": {value}}}\n')
    assert "holds no name" in error(tmp_path / "a.jsonl", id_column="sku")


def test_a_file_is_read_once_whatever_links_lead_to_it(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.txt").write_text("Calm")
    (tmp_path / "d" / "self").symlink_to(tmp_path / "d")
    assert texts(f"{tmp_path}/d") == ["Calm"]
    assert texts(f"{tmp_path}/**") == ["Calm"]


def test_a_link_is_read_unless_its_file_is_found_without_it(tmp_path: Path) -> None:
    for name in ("d/b.txt", "d/.hidden.txt", "d/data.bin", "other.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    links = {"a": "d/b", "c": "d/b", "e": "other", "f": "other", "g": "d/.hidden", "h": "d/data.bin", "i": "missing"}
    for name, target in links.items():
        (tmp_path / "d" / f"{name}.txt").symlink_to(tmp_path / Path(target).with_suffix(Path(target).suffix or ".txt"))
    assert texts(tmp_path / "d") == ["d/b.txt", "other.txt", "d/.hidden.txt", "d/data.bin"]
    (tmp_path / "linked").symlink_to(tmp_path / "d")
    assert texts(tmp_path / "linked") == texts(tmp_path / "d")


def test_memory_does_not_grow_with_the_files_of_a_folder(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        for number in range(count):
            (tmp_path / str(count) / f"{number % 20:02}").mkdir(parents=True, exist_ok=True)
            (tmp_path / str(count) / f"{number % 20:02}" / f"{number}.txt").touch()
        tracemalloc.start()
        try:
            assert sum(1 for _ in expand([f"{tmp_path}/{count}"])) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(20)
    assert peak(2_000) - peak(20) < 50_000


def test_an_empty_path_is_not_the_current_folder() -> None:
    assert "an empty path" in error("")


def test_a_path_that_no_system_takes_is_an_error_like_any_other() -> None:
    assert "a" * 20 in error("a" * 5000)


def test_a_page_through_a_pipe_is_known_by_its_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    page = b"<!DOCTYPE html><title>x</title><p>Calm</p>"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(page)))
    assert texts("-") == ["Calm"]


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "binary.txt").write_bytes(b"PNG\0\0")
    (tmp_path / "latin.txt").write_bytes("Calm\nSleep é".encode("latin-1"))
    (tmp_path / "wide.txt").write_bytes("Calm".encode("utf-16"))
    (tmp_path / "a.xyz").write_text("Calm")
    (tmp_path / "empty").mkdir()
    assert error(tmp_path / "missing.txt").endswith("missing.txt: no such file or folder")
    assert error(tmp_path / "*.html").endswith("*.html: the pattern matches nothing that can be read")
    assert error(tmp_path / "binary.txt").endswith("a binary file, not text: NUL byte at offset 3")
    assert "not UTF-8: byte 0xe9 at offset 11 (line 2)" in error(tmp_path / "latin.txt")
    assert "UTF-16 text, not UTF-8" in error(tmp_path / "wide.txt")
    assert "cannot read .xyz files" in error(tmp_path / "a.xyz")
    assert "nothing to read in this folder" in error(tmp_path / "empty")


@pytest.mark.parametrize("suffix", [".txt", ".html", ".csv", ".jsonl"])
def test_a_document_over_the_limit_is_refused_in_one_line(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"text\n" + b"x" * (5 * MAX_DOCUMENT_BYTES) + b"\n")
    message = error(path) if suffix != ".jsonl" else str(list(read([str(path)]))[-1])
    assert "large" in message
    assert "\n" not in message


def test_a_document_at_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * MAX_DOCUMENT_BYTES)
    assert len(texts(tmp_path / "a.txt")[0]) == MAX_DOCUMENT_BYTES


HTML = {
    "<title>x</title><style>p{}</style><p>Calm <b>mo</b>od<br>now": "Calm mood\nnow",
    "<div>A<div>B</div>C</div>": "A\nB\nC",
    "<h1>Benefits</h1><ul><li>Sleep<li>Calm</ul><p>x": "Benefits\n\n• Sleep\n• Calm\n\nx",
    "<ol start=3><li>Take<li>Rest</ol>": "3. Take\n4. Rest",
    "<table><tr><th>Dose<th>Price<tr><td><b>2</b><td>$9</table>": "| Dose | Price |\n| 2 | $9 |",
    "<table><tr><td><table><tr><td><p>A cure.</p></table><td><p>Buy.</p></table>": "A cure.\n\nBuy.",
    "Sleep<sup><a href='#r1'>1</a></sup>.": "Sleep¹.",
    "Sleep<sup>g</sup>, calm<sup>iv</sup>. The 5<sup>th</sup> night": "Sleepᵍ, calmⁱᵛ. The 5th night",
    "<ul><li></ul><p>Calm</p>": "Calm",
    "<ol><li value=7>Take<li>Rest</ol>": "7. Take\n8. Rest",
    "<pre><code>a\nb</code></pre>": "a\nb",
    "<dialog>x</dialog><dialog open>Buy</dialog>": "Buy",
    "<input type=submit value='Buy now'><input value=x>": "Buy now",
    "<p style='background: url(display:none)'>Calm</p>": "Calm",
    "Sleep<sup>1,2</sup>. 10<sup>9</sup> CFU, Acme<sup>®</sup>": "Sleep¹,². 10⁹ CFU, Acme®",
    "<p hidden>x</p><p style='DISPLAY : none'>y</p><p>z</p>": "z",
    "<pre>a\n  b</pre>": "a\nb",
    "<script>if (a<b) {}</script>Calm &amp; rest&nbsp;now": "Calm & rest\u00a0now",
    "<p>Calm<!-- x --> mood<?php y ?></p>": "Calm mood",
    "<button>Buy</button><select><option>1</select>": "Buy",
    "": "",
    "<!-- nothing -->": "",
}


@pytest.mark.parametrize("html", HTML)
def test_html_becomes_its_visible_text(html: str) -> None:
    assert visible_text(html) == HTML[html]


def test_html_nested_past_all_reason_is_refused() -> None:
    with pytest.raises(UnreadableError, match="nested too deeply"):
        visible_text("<div>x" * 5000)


@pytest.mark.parametrize("unit", ["<li>x", "<p><b>x</p>", "<a b=c>", "<td>x", "<ol><li>x</ol>", "&amp", "<", "<!--x"])
def test_html_takes_linear_time(unit: str) -> None:
    assert_linear(visible_text, "<p>" + unit * 5_000, "<p>" + unit * 10_000)


@given(st.binary(max_size=200))
def test_decoding_gives_text_or_a_clear_error(data: bytes) -> None:
    try:
        text = decode(data, "a.txt")
    except UnreadableError as unreadable:
        assert str(unreadable).startswith("a.txt: ")
    else:
        assert text.encode() == data.removeprefix(b"\xef\xbb\xbf")


@given(st.text(st.sampled_from("<>/abdiv plitr=\"'&;!-\n"), max_size=200))
def test_no_html_crashes(html: str) -> None:
    assert isinstance(visible_text(html), str)


def test_json_lines_of_the_reports_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": "Calm."}) + "\n")
    assert texts(path) == ["Calm."]
    assert set(SUFFIXES) == {
        ".csv",
        ".docx",
        ".eml",
        ".htm",
        ".html",
        ".jsonl",
        ".markdown",
        ".md",
        ".ndjson",
        ".parquet",
        ".pdf",
        ".text",
        ".tsv",
        ".txt",
        ".xhtml",
        ".xlsx",
    }
