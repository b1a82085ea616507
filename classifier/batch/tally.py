"""Keep count of what a run has met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

    def __add__(self, other: Counts) -> Counts:
        """Return what counts in both; `worst` is the higher one."""
        return Counts(
            self.sentences + other.sentences,
            self.high + other.high,
            self.medium + other.medium,
            self.low + other.low,
            self.set_aside + other.set_aside,
            _worst(severity for severity in (self.worst, other.worst) if severity is not None),
        )

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
            worst=_worst(severities),
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
            worst=_worst(severities),
        )


@dataclass(slots=True)
class Tally:
    """What a run has met so far: documents, how many could not be read, and what counts in the others.

    `resumed` is how many of the documents an earlier run had done that was cut short; they count in all the others.
    """

    documents: int = 0
    resumed: int = 0
    unread: int = 0
    counts: Counts = Counts()

    def add(self, counts: Counts) -> None:
        self.documents += 1
        self.counts += counts

    def summary(self) -> str:
        """Return one line for a person.

        >>> Tally(documents=2, unread=1, counts=Counts(sentences=30, high=3, medium=7)).summary()
        '2 documents, 30 sentences, 10 unsupported claims (3 high, 7 medium, 0 low), 1 failure'
        """
        counts = self.counts
        flags = counts.high + counts.medium + counts.low
        aside = f", {_number(counts.set_aside, 'finding')} set aside" if counts.set_aside else ""
        before = f" ({self.resumed:,} from before)" if self.resumed else ""
        return (
            f"{_number(self.documents, 'document')}{before}, {_number(counts.sentences, 'sentence')}, "
            f"{_number(flags, 'unsupported claim')} "
            f"({counts.high:,} high, {counts.medium:,} medium, {counts.low:,} low)"
            f"{aside}, {_number(self.unread, 'failure')}"
        )


def _worst(severities: Iterable[Severity]) -> Severity | None:
    return max(severities, key=lambda severity: severity.rank, default=None)


def _number(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("" if count == 1 else "s")
