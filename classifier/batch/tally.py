"""Keep count of what a run has met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from classifier.records import Report, Severity

__all__ = ["Counts", "Tally"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What counts in one report: sentences, unsupported claims by severity, findings that are set aside.

    `worst` is the highest severity of the others.
    """

    sentences: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    set_aside: int = 0
    worst: Severity | None = None

    @classmethod
    def of_report(cls, report: Report) -> Counts:
        flags = [sentence.severity for sentence in report.flagged]
        findings = report.all_findings
        severities = [finding.severity for finding in findings if finding.is_open]
        return cls(
            sentences=len(report.sentences),
            high=flags.count(Severity.HIGH),
            medium=flags.count(Severity.MEDIUM),
            low=flags.count(Severity.LOW),
            set_aside=len(findings) - len(severities),
            worst=max(severities, key=lambda severity: severity.rank, default=None),
        )

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Counts:
        """Count what a line of JSON Lines holds."""
        sentences = record["sentences"]
        flags = [sentence["severity"] for sentence in sentences if sentence["support"] == "unsupported"]
        findings = [finding for owner in (*sentences, record) for finding in owner["findings"]]
        severities = [Severity(finding["severity"]) for finding in findings if finding["set_aside"] is None]
        return cls(
            sentences=len(sentences),
            high=flags.count("high"),
            medium=flags.count("medium"),
            low=flags.count("low"),
            set_aside=len(findings) - len(severities),
            worst=max(severities, key=lambda severity: severity.rank, default=None),
        )


@dataclass(slots=True)
class Tally:
    """What a run has met so far. `worst` is the highest severity among the findings that count.

    `resumed` is how many of the documents an earlier run had done that was cut short; they count in all the others.
    """

    documents: int = 0
    resumed: int = 0
    unread: int = 0
    sentences: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    set_aside: int = 0
    worst: Severity | None = None

    def add(self, counts: Counts) -> None:
        self.documents += 1
        self.sentences += counts.sentences
        self.high += counts.high
        self.medium += counts.medium
        self.low += counts.low
        self.set_aside += counts.set_aside
        if counts.worst is not None and (self.worst is None or counts.worst.rank > self.worst.rank):
            self.worst = counts.worst

    def summary(self) -> str:
        """Return one line for a person.

        >>> Tally(documents=2, unread=1, sentences=30, high=3, medium=7).summary()
        '2 documents, 30 sentences, 10 unsupported claims (3 high, 7 medium, 0 low), 1 failure'
        """
        flags = self.high + self.medium + self.low
        aside = f", {_number(self.set_aside, 'finding')} set aside" if self.set_aside else ""
        before = f" ({self.resumed:,} from before)" if self.resumed else ""
        return (
            f"{_number(self.documents, 'document')}{before}, {_number(self.sentences, 'sentence')}, "
            f"{_number(flags, 'unsupported claim')} ({self.high:,} high, {self.medium:,} medium, {self.low:,} low)"
            f"{aside}, {_number(self.unread, 'failure')}"
        )


def _number(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "s")
