"""Reports as tables for a terminal, by way of rich."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import IO, Literal, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from classifier.records import Finding, Label, Report, Reviewed, Severity, Support

__all__ = ["printable", "render", "rendering", "summary"]

_LABELS = {
    Label.MECHANISM_CLAIM: ("mechanism", "blue"),
    Label.EFFICACY_CLAIM: ("efficacy", "magenta"),
    Label.RISK_DISCLOSURE: ("risk", "yellow"),
    Label.PROMOTIONAL: ("promotional", "cyan"),
}
_SEVERITIES = {Severity.HIGH: "bold red", Severity.MEDIUM: "red", Severity.LOW: "bright_black"}
_OBEYED = frozenset(("Cc", "Cf", "Cs"))  # control and format characters, halves of surrogate pairs
_WIDE = 80  # columns from which the whole table fits
_COLUMNS = 120  # of a table that is read on no terminal

_Colours = Literal["auto", "standard", "256", "truecolor", "windows"]


class _Page(io.StringIO):
    """Text in memory that is written for a stream of this encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def rendering(stream: IO[str] | None) -> Callable[[Report], str]:
    """Return a `render` for a stream: as wide as its terminal is now, else 120 columns, in such colours as it shows."""
    if stream is None:
        return render
    console = Console(file=stream)
    width = console.width if stream.isatty() else _COLUMNS
    colours = None if console.legacy_windows else console.color_system
    return partial(render, width=width, colours=colours, encoding=console.encoding)


def render(report: Report, *, width: int = _COLUMNS, colours: str | None = None, encoding: str = "utf-8") -> str:
    """Return a table of a document's sentences, with labels, support and severity, then a line a rule and a summary.

    A question mark among the labels marks a sentence whose labels are among the least sure.
    """
    page = _Page(encoding)
    console = Console(
        file=page,
        width=width,
        color_system=cast("_Colours | None", colours),
        force_terminal=colours is not None,
        highlight=False,
        emoji=False,
    )
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
    for line in _rule_lines(report):
        console.print(line)
    console.print(Text(summary(report)))
    return page.getvalue()


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


def _rule_lines(report: Report) -> Iterator[Text]:
    """Yield for each rule and severity, the worst first, its title and the numbers of the sentences it speaks of."""
    found: dict[tuple[Severity, str], list[tuple[str, Finding]]] = {}
    for sentence in report.sentences:
        for finding in sentence.findings:
            found.setdefault((finding.severity, finding.rule), []).append((str(sentence.index + 1), finding))
    for finding in report.findings:
        found.setdefault((finding.severity, finding.rule), []).append(("the text", finding))
    for (severity, rule), places in sorted(found.items(), key=_rank):
        counting = [place for place, finding in places if finding.is_open]
        set_aside = [place for place, finding in places if not finding.is_open]
        told = [", ".join(dict.fromkeys(counting))] if counting else []
        told += [f"set aside: {', '.join(dict.fromkeys(set_aside))}"] if set_aside else []
        line = Text(f"{severity:6} ", style=_SEVERITIES[severity] if counting else "bright_black")
        yield line.append(printable(f"{rule}: {places[0][1].title}: {'; '.join(told)}"), style="default")


def _rank(rule: tuple[tuple[Severity, str], Sequence[tuple[str, Finding]]]) -> tuple[bool, int]:
    (severity, _), places = rule
    return not any(finding.is_open for _, finding in places), -severity.rank


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
