from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Assessor, Document, Label, Report, Severity
from classifier.reports.jsonl import render, to_record
from classifier.reports.table import printable, summary
from classifier.reports.table import render as render_table

SCHEMA = json.loads(files("classifier").joinpath("reports", "report.schema.json").read_text(encoding="utf-8"))
GOLDEN = Path(__file__).parent / "golden"
PAGE = (GOLDEN / "page.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def report(assessor: Assessor) -> Report:
    return assessor.assess(Document(PAGE, id="page", source="page.txt"))


def test_a_report_follows_its_schema(report: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(render(report)), SCHEMA)


def test_the_schema_names_every_field_that_is_written(report: Report) -> None:
    record = to_record(report)
    assert record.keys() == SCHEMA["properties"].keys()
    for sentence in record["sentences"]:
        assert sentence.keys() == SCHEMA["$defs"]["sentence"]["properties"].keys()
        for kind in ("cue", "finding"):
            for entry in sentence[f"{kind}s"]:
                assert entry.keys() == SCHEMA["$defs"][kind]["properties"].keys()


def test_a_report_looks_as_it_did(report: Report) -> None:
    """Compare with a golden file, which scripts/renew_golden.py writes; versions and scores are left out of it."""
    record = to_record(report)
    del record["versions"]
    for sentence in record["sentences"]:
        del sentence["scores"]
    assert json.loads(json.dumps(record)) == json.loads((GOLDEN / "report.json").read_text(encoding="utf-8"))


@given(st.text(max_size=100))
def test_a_report_is_one_line_of_utf8_whatever_the_text(assessor: Assessor, text: str) -> None:
    line = render(assessor.assess(text))
    assert len(line.splitlines()) == 1
    assert [s["text"] for s in json.loads(line.encode())["sentences"]] == [
        s.text for s in assessor.assess(text).sentences
    ]


def test_a_report_becomes_a_frame(report: Report) -> None:
    frame = report.to_frame()
    assert list(frame["text"]) == [sentence.text for sentence in report.sentences]
    assert frame["efficacy_claim"].sum() == sum(Label.EFFICACY_CLAIM in s.labels for s in report.sentences)
    assert frame["score_promotional"].between(0, 1).all()
    assert set(frame["severity"].dropna()) <= set(Severity)


def test_an_empty_report_becomes_an_empty_frame(assessor: Assessor, report: Report) -> None:
    frame = assessor.assess("").to_frame()
    assert len(frame) == 0
    assert list(frame.columns) == list(report.to_frame().columns)


def test_the_summary_counts(report: Report) -> None:
    line = summary(report)
    assert line.startswith(f"page: {len(report.sentences)} sentences")
    assert f"{len(report.flagged)} of " in line


@given(st.text())
def test_printable_text_obeys_no_control_character(text: str) -> None:
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in printable(text))


def test_a_doubtful_labelling_is_marked_in_record_frame_and_table(report: Report) -> None:
    first, *others = report.sentences
    tagged = replace(first.assessed.tagged, needs_review=True)
    doubtful = replace(report, sentences=(replace(first, assessed=replace(first.assessed, tagged=tagged)), *others))
    assert to_record(doubtful)["sentences"][0]["needs_review"] is True
    assert doubtful.to_frame()["needs_review"].iloc[0]
    table = render_table(doubtful)
    assert "1 to review (?)" in " ".join(table.split())
    assert sum(" ?" in line for line in table.splitlines()) >= 1
