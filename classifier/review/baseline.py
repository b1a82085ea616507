"""A baseline: the findings of an earlier run, known by rule and words, so that only new ones count."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from classifier.errors import ConfigurationError
from classifier.records import Report
from classifier.review.fingerprints import Fingerprinted, fingerprint_findings

__all__ = ["SCHEMA", "Baseline", "Collector", "baseline_entries", "read_baseline", "write_baseline"]

SCHEMA = "healthclaims.baseline/1"
_MAX_BYTES = 500_000_000
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Baseline:
    """Fingerprints of findings with their rules and words, which are for people; `where` is the file."""

    findings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    where: str = ""

    def __contains__(self, found: Fingerprinted) -> bool:
        return any(fingerprint in self.findings for fingerprint in found.fingerprints)


@dataclass(slots=True)
class Collector:
    """Gather the open findings of a run for a baseline."""

    findings: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def add(self, report: Report) -> None:
        self.merge(baseline_entries(report))

    def merge(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        """Add what `baseline_entries` gave of a report; of findings that recur the first stays."""
        for fingerprint, entry in entries.items():
            self.findings.setdefault(fingerprint, entry)


def baseline_entries(report: Report) -> Mapping[str, Mapping[str, str]]:
    """Return what a baseline holds of a report: its findings that nobody has waived, by each of their fingerprints."""
    entries: dict[str, Mapping[str, str]] = {}
    for found in fingerprint_findings(report):
        finding = found.finding
        by = finding.set_aside.by if finding.set_aside is not None else None
        if by != "waiver" and finding.kind != "waiver":
            entry = {"rule": finding.rule, "market": finding.market or "", "text": found.words}
            for fingerprint in found.fingerprints:
                entries.setdefault(fingerprint, {**entry, "document": report.document.id})
    return entries


def read_baseline(path: str | PathLike[str]) -> Baseline:
    """Read a baseline.

    Raises `ConfigurationError` for a file that is none.
    """
    try:
        data = Path(path).read_bytes() if Path(path).stat().st_size <= _MAX_BYTES else None
        if data is None:
            raise ConfigurationError(f"{path}: larger than {_MAX_BYTES:,} bytes; write one baseline for each folder")
        record = json.loads(data)
    except OSError as error:
        remedy = "; write it with --write-baseline" if isinstance(error, FileNotFoundError) else ""
        raise ConfigurationError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}{remedy}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not valid JSON: {error}") from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise ConfigurationError(f"{path}: is no baseline ({SCHEMA}); write one with --write-baseline")
    findings: dict[str, Mapping[str, str]] = {}
    entries = record.get("findings")
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        fingerprint = entry.get("fingerprint") if isinstance(entry, dict) else None
        if not isinstance(fingerprint, str) or _FINGERPRINT.fullmatch(fingerprint) is None:
            raise ConfigurationError(f"{path}: finding {number}: has no fingerprint; write the baseline anew")
        findings[fingerprint] = {key: str(value) for key, value in entry.items()}
    return Baseline(findings, str(path))


def write_baseline(findings: Mapping[str, Mapping[str, str]], path: str | PathLike[str]) -> None:
    """Write a baseline; the same findings give the same bytes, whatever the order of the documents."""
    ordered = sorted(findings.items(), key=lambda item: (item[1]["rule"], item[1]["text"], item[0]))
    record = {"schema": SCHEMA, "findings": [{"fingerprint": key, **entry} for key, entry in ordered]}
    text = json.dumps(record, indent=1, ensure_ascii=False)
    target = Path(path)
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.write_text(text + "\n", encoding="utf-8", errors="replace", newline="\n")
        partial.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {(error.strerror or str(error)).lower()}") from None
