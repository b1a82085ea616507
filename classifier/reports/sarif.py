"""Reports as SARIF 2.1.0, one run a file: what code hosts and editors show beside the text."""

from __future__ import annotations

import datetime
import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from classifier.errors import UnreadableError
from classifier.records import Finding, Report, Severity
from classifier.review import fingerprint_findings

__all__ = ["SCHEMA", "SarifWriter", "prepare"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note"}
_AS_IT_STANDS = frozenset(("", ".txt", ".text", ".md", ".markdown"))  # whose offsets are those of the file
_UNESCAPED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_LONGEST_QUOTE = 1000  # characters


@dataclass(frozen=True, slots=True)
class Part:
    """What a run takes of a report: results as JSON, and what stands at its end, by URI and by rule."""

    uri: str
    artifact: Mapping[str, Any]
    results: tuple[str, ...]
    rules: Mapping[str, Mapping[str, Any]]
    version: str
    properties: Mapping[str, Any]
    notice: str | None


def prepare(report: Report) -> Part:
    """Return what a run takes of a report."""
    document = report.document
    uri = _uri(document.source)
    is_as_it_stands = _is_as_it_stands(report)
    lines = _line_starts(document.text) if report.all_findings and is_as_it_stands else None
    firsts = {finding.rule: finding for finding in reversed(report.all_findings)}
    return Part(
        uri=uri,
        artifact={"location": {"uri": uri}, **({"hashes": {"sha-256": document.sha256}} if is_as_it_stands else {})},
        results=tuple(
            _json(_result(report, found.finding, found.fingerprints[0], uri, lines))
            for found in fingerprint_findings(report)
        ),
        rules={finding.rule: _rule(firsts[finding.rule]) for finding in report.all_findings},
        version=report.versions.healthclaims,
        properties={
            "model": report.versions.model,
            "policies": dict(report.versions.policies),
            "data": report.versions.data,
            "markets": list(report.context.markets),
            "productClass": report.context.product_class,
            "productClassAssumed": report.context.assumed,
        },
        notice=f"{document.id}: not assessed: {report.not_assessed}" if report.not_assessed else None,
    )


class SarifWriter:
    """Write reports as they come; rules, documents and unread files follow at the end of the run's object."""

    def __init__(self, stream: IO[str], *, now: datetime.datetime | None = None) -> None:
        self._stream = stream
        self._start = now or datetime.datetime.now(datetime.UTC)
        self._rules: dict[str, Mapping[str, Any]] = {}
        self._artifacts: dict[str, Mapping[str, Any]] = {}
        self._notices: list[Mapping[str, Any]] = []
        self._version = ""
        self._properties: Mapping[str, Any] = {}
        self._is_first = True
        stream.write(f'{{"$schema":"{SCHEMA}","version":"2.1.0","runs":[{{"results":[')

    def write(self, ready: Part) -> None:
        """Write the results of a report."""
        self._version = ready.version
        self._properties = ready.properties
        self._artifacts.setdefault(ready.uri, ready.artifact)
        for rule, description in ready.rules.items():
            self._rules.setdefault(rule, description)
        if ready.notice:
            self._notice(ready.notice, "warning")
        for result in ready.results:
            self._stream.write(("" if self._is_first else ",") + "\n" + result)
            self._is_first = False

    def unread(self, error: UnreadableError) -> None:
        """Take note of a document that could not be read."""
        self._notice(str(error), "error")

    def close(self) -> None:
        """Write what is known at the end."""
        invocation = {
            "executionSuccessful": not any(notice["level"] == "error" for notice in self._notices),
            "startTimeUtc": _time(self._start),
            "toolExecutionNotifications": self._notices,
        }
        driver = {
            "name": "healthclaims",
            **({"semanticVersion": self._version} if self._version else {}),
            "rules": list(self._rules.values()),
        }
        rest = {
            "columnKind": "unicodeCodePoints",
            "tool": {"driver": driver},
            "artifacts": list(self._artifacts.values()),
            "invocations": [invocation],
            "properties": self._properties,
        }
        self._stream.write("\n]," + _json(rest)[1:] + "]}\n")

    def _notice(self, text: str, level: str) -> None:
        self._notices.append({"level": level, "message": {"text": text}})


def _result(report: Report, finding: Finding, fingerprint: str, uri: str, lines: list[int] | None) -> Mapping[str, Any]:
    document = report.document
    place: dict[str, Any] = {"artifactLocation": {"uri": uri}}
    if lines is not None:
        place["region"] = _region(document.text, finding.start, finding.end, lines)
    quote = document.text[finding.start : finding.end][:_LONGEST_QUOTE].strip()
    detail = f" {finding.detail}" if finding.detail else ""
    quoted = f" Quoted: “{quote}”" if quote else ""
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}{detail}{quoted}"},
        "locations": [
            {
                "physicalLocation": place,
                "logicalLocations": [{"fullyQualifiedName": document.id, "kind": "document"}],
            }
        ],
        "partialFingerprints": {"healthclaims/v1": fingerprint},
        "suppressions": _suppressions(finding),
        "properties": {
            "severity": finding.severity,
            "kind": finding.kind,
            "market": finding.market,
            "basis": finding.basis,
            "start": finding.start,
            "end": finding.end,
            "location": document.location_at(finding.start),
            "documentSha256": document.sha256,
            **({"columns": dict(document.columns)} if document.columns else {}),
        },
    }


def _rule(finding: Finding) -> Mapping[str, Any]:
    return {
        "id": finding.rule,
        "shortDescription": {"text": finding.title or finding.message},
        "fullDescription": {"text": f"{finding.message} Basis: {finding.basis}"},
        "help": {"text": f"{finding.message}\nBasis: {finding.basis}\nhealthclaims rules explain {finding.rule}"},
        **({"properties": {"verification": finding.verification}} if finding.verification else {}),
        **({"helpUri": finding.link} if finding.link.startswith(("https://", "http://")) else {}),
    }


def _suppressions(finding: Finding) -> list[Mapping[str, Any]]:
    aside = finding.set_aside
    if aside is None:
        return []
    owner = f" ({aside.owner})" if aside.owner else ""
    until = f", until {aside.expires.isoformat()}" if aside.expires else ""
    kind = "inSource" if aside.by == "waiver" and aside.where is None else "external"
    return [{"kind": kind, "status": "accepted", "justification": f"{aside.by}: {aside.reason}{owner}{until}"}]


def _is_as_it_stands(report: Report) -> bool:
    """Whether offsets of the report are offsets of the file: not so for rows, nor for text taken out of a page."""
    document = report.document
    is_whole = document.location is None and not document.places
    return is_whole and PurePosixPath(document.source).suffix.lower() in _AS_IT_STANDS


def _line_starts(text: str) -> list[int]:
    starts = [0]
    place = text.find("\n")
    while place >= 0:
        starts.append(place + 1)
        place = text.find("\n", place + 1)
    return starts


def _region(text: str, start: int, end: int, lines: list[int]) -> Mapping[str, Any]:
    first, last = bisect_right(lines, start) - 1, bisect_right(lines, end) - 1
    return {
        "startLine": first + 1,
        "startColumn": start - lines[first] + 1,
        "endLine": last + 1,
        "endColumn": end - lines[last] + 1,
        "charOffset": start,
        "charLength": end - start,
        "snippet": {"text": text[start:end][:_LONGEST_QUOTE]},
    }


def _uri(source: str) -> str:
    """Return a path as a relative or a file URI.

    >>> _uri("pages/a b.txt"), _uri("-")
    ('pages/a%20b.txt', 'stdin')
    """
    if source == "-":
        return "stdin"
    path = Path(source).as_posix()
    quoted = "".join(
        character if character in _UNESCAPED else "".join(f"%{byte:02X}" for byte in _bytes(character))
        for character in path
    )
    return f"file://{quoted}" if path.startswith("/") else quoted


def _bytes(character: str) -> bytes:
    try:
        return character.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return b"?"


def _time(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(value: object) -> str:
    """Return JSON in which no half of a surrogate pair stands, which strict readers refuse."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")
