"""Reports in one SQLite file: documents, sentences and findings, with views for people who browse them.

Open it with any tool for SQLite; Datasette links the tables and shows the views: `datasette reports.db`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from classifier.records import Finding, Label, Report, Reviewed, Severity

__all__ = ["Database", "DocumentRow", "Rows", "to_rows"]

Value = str | int | float | None

_TABLES = """
CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL, source TEXT NOT NULL, location TEXT, sha256 TEXT NOT NULL, language TEXT NOT NULL,
    not_assessed TEXT, sentences INTEGER NOT NULL, efficacy_claims INTEGER NOT NULL, unsupported INTEGER NOT NULL,
    high INTEGER NOT NULL, medium INTEGER NOT NULL, low INTEGER NOT NULL, set_aside INTEGER NOT NULL,
    worst_finding TEXT, columns TEXT
);
CREATE TABLE sentences (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents(id),
    position INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, text TEXT NOT NULL,
    "primary" TEXT NOT NULL, labels TEXT NOT NULL, {scores}, needs_review INTEGER NOT NULL,
    evidence TEXT, support TEXT, severity TEXT, cues TEXT NOT NULL, location TEXT
);
CREATE TABLE findings (
    id INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents(id),
    sentence INTEGER REFERENCES sentences(id), rule TEXT NOT NULL, severity TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, message TEXT NOT NULL, basis TEXT NOT NULL,
    title TEXT NOT NULL, kind TEXT NOT NULL, market TEXT, link TEXT NOT NULL, detail TEXT NOT NULL,
    set_aside TEXT, set_aside_reason TEXT, verification TEXT NOT NULL
);
CREATE TABLE failures (document TEXT NOT NULL, reason TEXT NOT NULL);
""".format(scores=", ".join(f"{label} REAL NOT NULL" for label in Label))

_RANK = "CASE severity WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END"
_INDEXES = f"""
CREATE INDEX IF NOT EXISTS documents_by_source ON documents(source);
CREATE INDEX IF NOT EXISTS documents_by_sha256 ON documents(sha256);
CREATE INDEX IF NOT EXISTS documents_by_severity ON documents(high DESC, medium DESC, low DESC);
CREATE INDEX IF NOT EXISTS sentences_by_document ON sentences(document, position);
CREATE INDEX IF NOT EXISTS sentences_by_support ON sentences(support, {_RANK});
CREATE INDEX IF NOT EXISTS sentences_by_primary ON sentences("primary");
CREATE INDEX IF NOT EXISTS findings_by_document ON findings(document);
CREATE INDEX IF NOT EXISTS findings_by_sentence ON findings(sentence);
CREATE INDEX IF NOT EXISTS findings_by_rule ON findings(rule, severity, document, set_aside);
CREATE VIEW IF NOT EXISTS unsupported_claims AS
    SELECT (SELECT name FROM documents WHERE documents.id = sentences.document) AS document, severity, evidence, text,
        (SELECT coalesce(group_concat(rule, ', '), '') FROM findings WHERE findings.sentence = sentences.id) AS rules,
        (SELECT count(set_aside) FROM findings WHERE findings.sentence = sentences.id) AS set_aside,
        start, "end", needs_review
    FROM sentences WHERE support = 'unsupported'
    ORDER BY {_RANK}, id;
CREATE VIEW IF NOT EXISTS findings_by_rule_and_severity AS
    SELECT rule, severity, count(*) AS findings, count(set_aside) AS set_aside, count(DISTINCT document) AS documents,
        (SELECT message FROM findings AS one WHERE one.rule = findings.rule AND one.severity = findings.severity
            LIMIT 1) AS example
    FROM findings GROUP BY rule, severity ORDER BY count(*) DESC, rule, severity;
CREATE VIEW IF NOT EXISTS worst_documents AS
    SELECT name, source, sentences, efficacy_claims, unsupported, high, medium, low, set_aside, worst_finding,
        not_assessed
    FROM documents ORDER BY high DESC, medium DESC, low DESC, id;
"""
"""Indexes in whose order the views stand, so that a million documents open at once where a page shows a hundred."""


class DocumentRow(NamedTuple):
    """A row of `documents` without its number."""

    name: str
    source: str
    location: str | None
    sha256: str
    language: str
    not_assessed: str | None
    sentences: int
    efficacy_claims: int
    unsupported: int
    high: int
    medium: int
    low: int
    set_aside: int
    worst_finding: str | None
    columns: str | None


class Rows(NamedTuple):
    """A report as rows: of `sentences` without numbers, and of `findings`, each with its sentence's position."""

    document: DocumentRow
    sentences: list[tuple[Value, ...]]
    findings: list[tuple[int | None, tuple[Value, ...]]]


def to_rows(report: Report) -> Rows:
    """Return a report as rows for a `Database`."""
    flags = Counter(sentence.severity for sentence in report.flagged)
    severities = [finding.severity for finding in report.all_findings if finding.is_open]
    columns = report.document.columns
    document = DocumentRow(
        name=_text(report.document.id),
        source=_text(report.document.source),
        location=report.document.location,
        sha256=report.document.sha256,
        language=report.context.language,
        not_assessed=report.not_assessed,
        sentences=len(report.sentences),
        efficacy_claims=sum(sentence.evidence is not None for sentence in report.sentences),
        unsupported=len(report.flagged),
        high=flags[Severity.HIGH],
        medium=flags[Severity.MEDIUM],
        low=flags[Severity.LOW],
        set_aside=len(report.all_findings) - len(severities),
        worst_finding=_value(max(severities, key=lambda severity: severity.rank, default=None)),
        columns=_text(json.dumps(dict(columns), ensure_ascii=False)) if columns else None,
    )
    findings: list[tuple[int | None, tuple[Value, ...]]] = [
        (position, _finding(finding))
        for position, sentence in enumerate(report.sentences)
        for finding in sentence.findings
    ]
    findings += [(None, _finding(finding)) for finding in report.findings]
    sentences = [_sentence(sentence, report.document.location_at(sentence.start)) for sentence in report.sentences]
    return Rows(document, sentences, findings)


class Database:
    """A file of reports that grows by whole documents: one that is killed half-way holds those that were added.

    `stamp` says what makes the reports; a file with another is refused with `ValueError`.
    """

    def __init__(self, path: Path, *, stamp: str) -> None:
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        if not self._base.execute("SELECT 1 FROM sqlite_schema").fetchone():
            self._base.executescript(f"BEGIN; {_TABLES} COMMIT;")
        found = self._base.execute("SELECT value FROM run WHERE name = 'stamp'").fetchone()
        if found is None:
            self._base.execute("INSERT INTO run VALUES ('stamp', ?)", (stamp,))
        elif found[0] != stamp:
            raise ValueError(found[0])
        self._base.execute("DELETE FROM failures")  # they are tried again

    def __len__(self) -> int:
        return int(self._base.execute("SELECT count(*) FROM documents").fetchone()[0])

    def documents(self) -> Iterator[DocumentRow]:
        """Yield the rows of the documents in the order in which they were added."""
        columns = ", ".join(DocumentRow._fields)
        for row in self._base.execute(f"SELECT {columns} FROM documents ORDER BY id"):
            yield DocumentRow(*row)

    def add(self, rows: Rows) -> None:
        """Add a document with its sentences and findings, all or nothing."""
        self._base.execute("BEGIN")
        try:
            number = self._insert("documents", [(None, *rows.document)])
            first = self._insert("sentences", [(None, number, *sentence) for sentence in rows.sentences])
            first -= len(rows.sentences) - 1
            self._insert(
                "findings",
                [
                    (None, number, None if position is None else first + position, *finding)
                    for position, finding in rows.findings
                ],
            )
            self._base.execute("COMMIT")
        except BaseException:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise

    def fail(self, document: str, reason: str) -> None:
        """Add a document that could not be read, with the reason."""
        self._insert("failures", [(_text(document), _text(reason))])

    def finish(self) -> None:
        """Make the indexes and views, and leave one file with nothing beside it."""
        self._base.executescript(f"BEGIN; {_INDEXES} COMMIT;")
        self._base.execute("PRAGMA optimize")
        self._base.execute("PRAGMA journal_mode = DELETE")
        self.close()

    def close(self) -> None:
        self._base.close()

    def _insert(self, table: str, rows: list[tuple[Value, ...]]) -> int:
        """Insert rows and return the number of the last."""
        if rows:
            self._base.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        row = self._base.execute(f"SELECT max(rowid) FROM {table}").fetchone()
        return int(row[0] or 0)


def _sentence(sentence: Reviewed, location: str | None) -> tuple[Value, ...]:
    cues = [{"kind": cue.kind, "start": cue.start, "end": cue.end, "rule": cue.rule} for cue in sentence.cues]
    return (
        sentence.index,
        sentence.start,
        sentence.end,
        _text(sentence.text),
        _value(sentence.primary) or "none",
        ", ".join(sentence.labels),
        *(float(sentence.scores[label]) for label in Label),
        int(sentence.needs_review),
        _value(sentence.evidence),
        _value(sentence.support),
        _value(sentence.severity),
        json.dumps(cues),
        location,
    )


def _finding(finding: Finding) -> tuple[Value, ...]:
    return (
        finding.rule,
        finding.severity.value,
        finding.start,
        finding.end,
        _text(finding.message),
        finding.basis,
        finding.title,
        finding.kind,
        finding.market,
        finding.link,
        _text(finding.detail),
        finding.set_aside.by if finding.set_aside else None,
        _text(finding.set_aside.reason) if finding.set_aside else None,
        finding.verification,
    )


def _value(member: Label | Severity | object | None) -> str | None:
    return None if member is None else str(member)


def _text(text: str) -> str:
    """Replace what SQLite cannot hold: halves of surrogate pairs, as names of files may have them."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
