"""Read the reports of a run back from JSON Lines, as far as a comparison needs them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from classifier.errors import ConfigurationError
from classifier.vocabulary import Severity

__all__ = ["RunDocument", "RunFinding", "RunSentence", "read_run"]

_SCHEMA = "healthclaims.report/1"
_MAX_LINE_BYTES = 500_000_000  # the report of the largest document that is read


@dataclass(frozen=True, slots=True)
class RunFinding:
    """A finding as a report holds it."""

    rule: str
    market: str
    severity: Severity
    message: str
    set_aside: str | None = None


@dataclass(frozen=True, slots=True)
class RunSentence:
    """A sentence as a report holds it."""

    text: str
    labels: tuple[str, ...]
    primary: str
    evidence: str | None
    support: str | None
    severity: str | None
    findings: tuple[RunFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class RunDocument:
    """A document of a run: `versions` names what assessed it."""

    id: str
    source: str
    sha256: str
    versions: Mapping[str, Any]
    sentences: tuple[RunSentence, ...]
    findings: tuple[RunFinding, ...] = ()
    not_assessed: str | None = field(default=None)


def read_run(path: str | PathLike[str]) -> tuple[RunDocument, ...]:
    """Read a file that `healthclaims score --format jsonl` has written.

    Raises `ConfigurationError` with the file and the line of what is no report.
    """
    documents = []
    try:
        with Path(path).open("rb") as stream:
            number = 0
            while line := stream.readline(_MAX_LINE_BYTES + 1):
                number += 1
                where = f"{path}: line {number}"
                if len(line) > _MAX_LINE_BYTES:
                    raise ConfigurationError(f"{where}: longer than {_MAX_LINE_BYTES:,} bytes; that is no report")
                if line.strip():
                    documents.append(_document(line, where))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    return tuple(documents)


def _document(line: bytes, where: str) -> RunDocument:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{where}: not valid JSON: {error}") from None
    if not isinstance(record, dict) or record.get("schema") != _SCHEMA:
        raise ConfigurationError(f"{where}: is no report ({_SCHEMA}); write it with healthclaims score --format jsonl")
    try:
        return RunDocument(
            id=str(record["document"]["id"]),
            source=str(record["document"]["source"]),
            sha256=str(record["document"]["sha256"]),
            versions=dict(record["versions"]),
            sentences=tuple(_sentence(sentence) for sentence in record["sentences"]),
            findings=tuple(_finding(finding) for finding in record["findings"]),
            not_assessed=record.get("not_assessed"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(f"{where}: a report in which something is missing or wrong: {error}") from None


def _sentence(record: Mapping[str, Any]) -> RunSentence:
    return RunSentence(
        text=str(record["text"]),
        labels=tuple(sorted(map(str, record["labels"]))),
        primary=str(record["primary"]),
        evidence=record["evidence"],
        support=record["support"],
        severity=record["severity"],
        findings=tuple(_finding(finding) for finding in record["findings"]),
    )


def _finding(record: Mapping[str, Any]) -> RunFinding:
    aside = record.get("set_aside")
    return RunFinding(
        rule=str(record["rule"]),
        market=str(record.get("market") or ""),
        severity=Severity(record["severity"]),
        message=str(record["message"]),
        set_aside=str(aside["by"]) if aside else None,
    )
