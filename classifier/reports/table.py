"""Reports as tables for a terminal, by way of rich."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import IO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from classifier.records import Label, Report, Reviewed, Severity, Support

__all__ = ["console_for", "print_report", "printable", "summary"]

_LABELS = {
    Label.MECHANISM_CLAIM: ("mechanism", "blue"),
    Label.EFFICACY_CLAIM: ("efficacy", "magenta"),
    Label.RISK_DISCLOSURE: ("risk", "yellow"),
    Label.PROMOTIONAL: ("promotional", "cyan"),
}
_SEVERITIES = {Severity.HIGH: "bold red", Severity.MEDIUM: "red", Severity.LOW: "bright_black"}
_OBEYED = frozenset(("Cc", "Cf", "Cs"))  # control and format characters, halves of surrogate pairs
_WIDE = 80  # columns from which the whole table fits


class _Console(Console):
    """A console that leaves a reader who has seen enough to whoever runs it."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console_for(stream: IO[str]) -> Console:
    """Return a console that writes to a stream: as wide as its terminal, else 120 columns."""
    return _Console(file=stream, highlight=False, emoji=False, width=None if stream.isatty() else 120)


def print_report(report: Report, console: Console) -> None:
    """Print a document's sentences with labels, support and severity, then one line of summary.

    A question mark among the labels marks a sentence whose labels are among the least sure.
    """
    if report.sentences:
        table = Table(title=Text(printable(report.document.id)), title_justify="left", header_style="bold")
        table.add_column("#", justify="right", style="bright_black")
        table.add_column("sentence", ratio=1, overflow="fold", min_width=16)
        columns = ("labels", "evidence", "support", "severity")
        shown = columns if console.width >= _WIDE else ("labels", "severity")
        for column in shown:
            table.add_column(column, overflow="fold")
        for sentence in report.sentences:
            number, text, *others = _cells(sentence)
            table.add_row(number, text, *(cell for name, cell in zip(columns, others, strict=True) if name in shown))
        console.print(table)
    console.print(Text(summary(report)))


def summary(report: Report) -> str:
    """Return one line on a document: its sentences, labels, and unsupported claims by severity."""
    name = printable(report.document.id)
    if report.not_assessed:
        return f"{name}: not assessed: {report.not_assessed}"
    counts = Counter(label for sentence in report.sentences for label in sentence.labels)
    found = ", ".join(f"{counts[label]} {name}" for label, (name, _) in _LABELS.items())
    severities = Counter(sentence.severity for sentence in report.flagged)
    unsure = sum(sentence.needs_review for sentence in report.sentences)
    flagged = ", ".join(f"{severities[severity]} {severity}" for severity in reversed(Severity) if severities[severity])
    return (
        f"{name}: {len(report.sentences)} sentences ({found}); "
        f"{len(report.flagged)} of {counts[Label.EFFICACY_CLAIM]} efficacy claims unsupported"
        + (f" ({flagged})" if flagged else "")
        + (f"; {unsure} to review (?)" if unsure else "")
    )


def printable(text: str) -> str:
    r"""Replace control characters, which a terminal would obey, and break no line.

    >>> printable("calm\x1b[2J\nsleep")
    'calm�[2J sleep'
    """
    return "".join(
        "\ufffd" if unicodedata.category(character) in _OBEYED and character != "\u200d" else character
        for character in " ".join(text.split())
    )


def _cells(sentence: Reviewed) -> tuple[Text, ...]:
    labels = Text(" ").join(
        Text(name, style=f"{style} bold" if label is sentence.primary else style)
        for label, (name, style) in _LABELS.items()
        if label in sentence.labels
    )
    if sentence.needs_review:
        labels.append(" ?" if labels else "?", style="bold")
    return (
        Text(str(sentence.index + 1)),
        Text(printable(sentence.text)),
        labels,
        Text(sentence.evidence or ""),
        Text(sentence.support or "", style="red" if sentence.support is Support.UNSUPPORTED else "green"),
        Text(sentence.severity or "", style=_SEVERITIES[sentence.severity] if sentence.severity else ""),
    )
