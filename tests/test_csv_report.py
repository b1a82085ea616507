from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier import Assessor, Document
from classifier.reports.csv_rows import COLUMNS, header, render


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(header() + text, newline=""), strict=True))


def test_there_is_a_row_a_sentence(assessor: Assessor) -> None:
    report = assessor.assess(Document("Cures cancer. Buy now!\nStudies, they say, show less pain.", id="page"))
    rows = rows_of(render(report))
    assert [row["text"] for row in rows] == [sentence.text for sentence in report.sentences]
    assert tuple(rows[0]) == COLUMNS
    assert rows[0]["rules"] == "support.none"
    assert rows[0]["severity"] == "high"
    assert rows[0]["set_aside"] == "no"


def test_a_document_not_assessed_has_a_row(assessor: Assessor) -> None:
    (row,) = rows_of(render(assessor.assess(Document("Bonjour", id="lettre", language="fr"))))
    assert row["document"] == "lettre"
    assert "another language" in row["not_assessed"]


@pytest.mark.parametrize("text", ["=1+1 cures cancer.", "@SUM(A1)", "+441 eases pain", "- Eases pain", "\t=1"])
def test_a_spreadsheet_runs_no_cell(assessor: Assessor, text: str) -> None:
    for row in rows_of(render(assessor.assess(Document(text, id=text, language="en")))):
        assert not any(value.lstrip(" ").startswith(("=", "+", "-", "@", "\t")) for value in row.values())


@given(st.text(max_size=80))
@example("·\r0")
def test_every_sentence_comes_back(assessor: Assessor, text: str) -> None:
    report = assessor.assess(Document(text, language="en"))
    rows = [row for row in rows_of(render(report)) if row["index"]]
    assert [row["text"].removeprefix("'") for row in rows] == [s.text.removeprefix("'") for s in report.sentences]
