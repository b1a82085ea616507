from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas
import pytest

import classifier
from classifier.frames import COLUMNS, rows_of_texts
from classifier.records import Document, Report, Versions


def test_a_frame_gives_a_row_a_sentence_under_the_index_of_its_row(assessor: classifier.Assessor) -> None:
    frame = pandas.DataFrame(
        {"copy": ["Cures arthritis. Buy now!", None, 3, "", "Buy now!"]}, index=[7, 7, "x", None, ("a", 1)]
    )
    result = classifier.assess_frame(frame, "copy", assessor=assessor)
    assert list(result.columns) == list(COLUMNS)
    assert list(result.index) == [7, 7, 7, "x", None, ("a", 1)]
    assert result["error"].fillna("").tolist() == [
        *("", "", "no text: the cell is empty", "no text but int", "empty: nothing to assess", ""),
    ]
    assert result["findings"].tolist() == [["support.none"], [], [], [], [], []]
    whole = assessor.assess("Cures arthritis. Buy now!").to_frame()
    for column in ("text", "primary", "start", "end", "score_efficacy_claim", "support", "severity"):
        assert result[column].iloc[:2].fillna("-").tolist() == whole[column].fillna("-").tolist()


def test_an_empty_frame_gives_an_empty_frame_with_the_same_columns(assessor: classifier.Assessor) -> None:
    result = classifier.assess_frame(pandas.DataFrame({"text": []}), assessor=assessor)
    assert (len(result), list(result.columns)) == (0, list(COLUMNS))
    assert result.dtypes["index"].name == "Int64"


def test_a_column_that_is_not_there_is_named(assessor: classifier.Assessor) -> None:
    with pytest.raises(classifier.ConfigurationError, match="no column 'copy'"):
        classifier.assess_frame(pandas.DataFrame({"text": []}), "copy", assessor=assessor)


@dataclass(frozen=True)
class Faulty:
    def assess_each(self, documents: Iterable[Document]) -> Iterator[Report | Exception]:
        for document in documents:
            bad = ValueError("eggs") if document.text == "bad" else None
            yield bad or Report(document, (), Versions("0", "faulty"), not_assessed=document.text)


def test_a_row_that_meets_a_fault_does_not_stop_the_others() -> None:
    found = rows_of_texts(["a", "bad", "bad", "b"], Faulty())  # type: ignore[arg-type]
    errors = [row["error"] for rows in found for row in rows]
    assert errors[0] == "a"
    assert "ValueError: eggs" in errors[1]
    assert "ValueError: eggs" in errors[2]
    assert errors[3] == "b"
