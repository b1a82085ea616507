from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classifier.reports.sqlite import Database, DocumentRow, Rows

CLAIM = ("efficacy_claim", "efficacy_claim", 0.1, 0.9, 0.1, 0.1, 0, "none", "unsupported")


def page(name: str, *severities: str, waived: int = 0, worst: str | None = None) -> Rows:
    """Return a document with an unsupported claim a severity, each with a finding; the first `waived` are set aside."""
    count = len(severities)
    document = DocumentRow(
        name=name,
        source=name,
        location=None,
        sha256="0" * 64,
        language="en",
        not_assessed=None,
        sentences=count + 1,
        efficacy_claims=count,
        unsupported=count,
        high=severities.count("high"),
        medium=severities.count("medium"),
        low=severities.count("low"),
        set_aside=waived,
        worst_finding=worst,
        columns=None,
    )
    sentences = [
        (position, position * 10, position * 10 + 9, f"{name} {severity}", *CLAIM, severity, "[]", None)
        for position, severity in enumerate(severities)
    ]
    order = ("promotional", "promotional", 0.1, 0.1, 0.1, 0.9, 0, None, None, None, "[]", None)
    findings = [
        (position, _finding("support.none", severity, "A. Rivera" if position < waived else None))
        for position, severity in enumerate(severities)
    ]
    return Rows(document, [*sentences, (count, 90, 99, "Order now!", *order)], [*findings])


def _finding(rule: str, severity: str, aside: str | None = None) -> tuple[str | int | None, ...]:
    set_aside = ("waiver", aside) if aside else (None, None)
    return (rule, severity, 0, 9, f"{rule} speaks", "basis", "title", "support", None, "", "", *set_aside, "verified")


@pytest.fixture
def base(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    database = Database(tmp_path / "run.db", stamp="{}")
    database.add(page("a", "low", "medium", waived=1, worst="medium"))
    twice = page("b", "high", "medium", "high", worst="high")
    twice.findings.append((0, _finding("us.disease", "high")))
    twice.findings.append((None, _finding("us.disclaimer.missing", "medium")))
    database.add(twice)
    database.add(page("c", "medium")._replace(findings=[]))  # its rule is off
    database.add(page("d"))
    database.finish()
    with closing(sqlite3.connect(tmp_path / "run.db")) as connection:
        yield connection


def table(base: sqlite3.Connection, view: str) -> tuple[list[str], list[tuple[object, ...]]]:
    cursor = base.execute(f"SELECT * FROM {view}")
    return [column[0] for column in cursor.description], cursor.fetchall()


def test_the_view_of_unsupported_claims_begins_with_the_worst(base: sqlite3.Connection) -> None:
    columns, rows = table(base, "unsupported_claims")
    names = "document severity evidence text rules set_aside start end needs_review"
    assert columns == names.split()
    assert [row[:6] for row in rows] == [
        ("b", "high", "none", "b high", "support.none, us.disease", 0),
        ("b", "high", "none", "b high", "support.none", 0),
        ("a", "medium", "none", "a medium", "support.none", 0),
        ("b", "medium", "none", "b medium", "support.none", 0),
        ("c", "medium", "none", "c medium", "", 0),
        ("a", "low", "none", "a low", "support.none", 1),
    ]
    assert rows[1][6:] == (20, 29, 0)


def test_the_view_of_findings_by_rule_begins_with_the_most_frequent(base: sqlite3.Connection) -> None:
    columns, rows = table(base, "findings_by_rule_and_severity")
    assert columns == ["rule", "severity", "findings", "set_aside", "documents", "example"]
    assert rows == [
        ("support.none", "high", 2, 0, 1, "support.none speaks"),
        ("support.none", "medium", 2, 0, 2, "support.none speaks"),
        ("support.none", "low", 1, 1, 1, "support.none speaks"),
        ("us.disclaimer.missing", "medium", 1, 0, 1, "us.disclaimer.missing speaks"),
        ("us.disease", "high", 1, 0, 1, "us.disease speaks"),
    ]


def test_the_view_of_documents_begins_with_the_worst(base: sqlite3.Connection) -> None:
    columns, rows = table(base, "worst_documents")
    names = "name source sentences efficacy_claims unsupported high medium low set_aside worst_finding not_assessed"
    assert columns == names.split()
    assert rows == [
        ("b", "b", 4, 3, 3, 2, 1, 0, 0, "high", None),
        ("a", "a", 3, 2, 2, 0, 1, 1, 1, "medium", None),
        ("c", "c", 2, 1, 1, 0, 1, 0, 0, None, None),
        ("d", "d", 1, 0, 0, 0, 0, 0, 0, None, None),
    ]


def test_the_views_read_no_more_of_a_large_database_than_they_show(base: sqlite3.Connection) -> None:
    for view in ("unsupported_claims", "worst_documents"):
        plan = [row[-1] for row in base.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {view} LIMIT 101")]
        assert not any("ORDER BY" in step for step in plan), plan
    plan = [row[-1] for row in base.execute("EXPLAIN QUERY PLAN SELECT * FROM findings_by_rule_and_severity")]
    assert any("SCAN findings USING COVERING INDEX" in step for step in plan), plan
