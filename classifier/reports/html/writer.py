"""Render the reports of a run where they were made, gather them and write them as one page at its end."""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import accumulate, takewhile
from typing import IO, TYPE_CHECKING, Any

from classifier.errors import UnreadableError
from classifier.records import Context, Finding, Label, Report, Severity, Versions
from classifier.reports.html.text import visible
from classifier.reports.html.views import CHECKED, LABELS, SEVERITIES, DocumentView, view

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["MAX_CHARACTERS", "HtmlWriter", "prepare"]

MAX_CHARACTERS = 1_500_000
"""The most text that one page shows, some 500 printed pages; what comes after is counted and listed."""

_MAX_ROWS = 2000  # documents in the table of documents, and notices
_OPEN_DOCUMENTS = 5  # as many stand unfolded
# What a page does not hold otherwise, since `visible` takes it out: places of a document's number and of its state, and
# the marks between its head, its blocks, the end of these and its foot.
_NUMBER, _OPENED, _CUT = "\x01", "\x02", "\x03"
_PLACES = {"us": "United States", "eu": "European Union", "uk": "United Kingdom"}


@dataclass(slots=True)
class Row:
    """A document in the table of documents."""

    id: str
    sentences: int
    severities: dict[Severity, int]
    open: int
    set_aside: int
    not_assessed: str | None
    number: int = 0
    is_shown: bool = False


@dataclass(slots=True)
class RuleCount:
    """How often a rule has spoken, with one of its findings to name it by."""

    finding: Finding
    open: int = 0
    set_aside: int = 0


@dataclass(slots=True)
class Summary:
    """What is counted over a run."""

    documents: int = 0
    sentences: int = 0
    unsure: int = 0
    open: int = 0
    set_aside: int = 0
    labels: Counter[Label] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    rules: dict[tuple[str, str], RuleCount] = field(default_factory=dict)

    @classmethod
    def of(cls, shown: DocumentView) -> Summary:
        report = shown.report
        summary = cls(
            documents=1,
            sentences=len(report.sentences),
            unsure=sum(sentence.needs_review for sentence in report.sentences),
            open=shown.open,
            set_aside=shown.set_aside,
            labels=Counter(shown.labels),
            severities=Counter(shown.severities),
        )
        for finding in report.all_findings:
            count = summary.rules.setdefault((finding.rule, finding.market or ""), RuleCount(finding))
            if finding.is_open:
                count.open += 1
            else:
                count.set_aside += 1
        return summary

    def add(self, other: Summary) -> None:
        self.documents += other.documents
        self.sentences += other.sentences
        self.unsure += other.unsure
        self.open += other.open
        self.set_aside += other.set_aside
        self.labels.update(other.labels)
        self.severities.update(other.severities)
        for key, found in other.rules.items():
            count = self.rules.setdefault(key, RuleCount(found.finding))
            count.open += found.open
            count.set_aside += found.set_aside

    @property
    def efficacy(self) -> int:
        return self.labels[Label.EFFICACY_CLAIM]

    @property
    def unsupported(self) -> int:
        return sum(self.severities.values())

    @property
    def by_rule(self) -> list[RuleCount]:
        return sorted(self.rules.values(), key=lambda count: (-count.open, -count.set_aside, count.finding.rule))


@dataclass(frozen=True, slots=True)
class Line:
    """A block of a document rendered, how many characters of it that shows, and how many sentences."""

    html: str
    size: int
    sentences: int


@dataclass(frozen=True, slots=True)
class Part:
    """What a page takes of a report: its document rendered, and what is told of it elsewhere on the page."""

    head: str
    lines: tuple[Line, ...]
    end: str
    foot: str
    row: Row
    summary: Summary
    versions: Versions
    context: Context


def prepare(report: Report) -> Part:
    """Return what a page takes of a report: of its text `MAX_CHARACTERS` at most."""
    from markupsafe import Markup

    shown = view(report, most=MAX_CHARACTERS)
    marks = {"number": Markup(_NUMBER), "opened": Markup(_OPENED), "cut": Markup(_CUT)}
    head, *blocks, end, foot = _template("document.html").render(view=shown, **marks, **_WORDS).split(_CUT)
    lines = zip(blocks, shown.blocks, strict=True)
    return Part(
        head=head,
        lines=tuple(Line(html, block.size, block.sentences) for html, block in lines),
        end=end,
        foot=foot,
        row=_row(shown),
        summary=Summary.of(shown),
        versions=report.versions,
        context=report.context,
    )


class HtmlWriter:
    """Take the reports of a run; `close` writes the page."""

    def __init__(self, stream: IO[str], *, now: datetime.datetime | None = None) -> None:
        self._stream = stream
        self._now = now or datetime.datetime.now(datetime.UTC)
        self._summary = Summary()
        self._documents: list[str] = []
        self._rows: list[Row] = []
        self._unread: list[str] = []
        self._left = MAX_CHARACTERS
        self._omitted = 0
        self._versions: dict[str, dict[str, None]] = {}
        self._contexts: dict[Context, None] = {}

    def write(self, ready: Part) -> None:
        """Take a report; the page is written at the end."""
        self._summary.add(ready.summary)
        self._note_versions(ready.versions)
        self._contexts[ready.context] = None
        number = self._summary.documents
        lines = self._fitting(ready.lines)
        is_shown = len(self._documents) < _MAX_ROWS and len(lines) >= min(1, len(ready.lines))
        if is_shown:
            omitted = ready.row.sentences - sum(line.sentences for line in lines)
            html = "".join(
                (ready.head, *(line.html for line in lines), ready.end, _notice(omitted) if omitted else "", ready.foot)
            )
            opened = " open" if number <= _OPEN_DOCUMENTS else ""
            self._documents.append(html.replace(_NUMBER, str(number)).replace(_OPENED, opened))
            self._left -= sum(line.size for line in lines)
        self._omitted += not is_shown
        if len(self._rows) < _MAX_ROWS:
            self._rows.append(replace(ready.row, number=number, is_shown=is_shown))

    def _fitting(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Return the first lines of a document, as many as the page has room for."""
        sizes = accumulate(line.size for line in lines)
        return lines[: sum(1 for _ in takewhile(lambda size: size <= self._left, sizes))]

    def unread(self, error: UnreadableError) -> None:
        """Take note of a document that could not be read."""
        self._unread.append(str(error))

    def close(self) -> None:
        """Write the page."""
        style = files("classifier.reports.html").joinpath("templates", "style.css").read_text(encoding="utf-8")
        digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
        page = _template("page.html").stream(
            style=style,
            style_hash=digest,
            now=self._now.astimezone(datetime.UTC),
            summary=self._summary,
            rows=self._rows,
            unlisted=self._summary.documents - len(self._rows),
            documents=self._documents,
            omitted=self._omitted,
            unread=self._unread[:_MAX_ROWS],
            unread_count=len(self._unread),
            versions={name: ", ".join(values) for name, values in self._versions.items()},
            markets=_markets(self._contexts),
            product_classes=sorted({context.product_class for context in self._contexts}),
            is_assumed=any(context.assumed for context in self._contexts),
            **_WORDS,
        )
        for part in page:
            self._stream.write(part)

    def _note_versions(self, versions: Versions) -> None:
        parts = {"healthclaims": versions.healthclaims, "model": versions.model}
        parts |= {f"rules “{name}”": version for name, version in versions.policies.items()}
        parts |= {"rules and word lists": versions.data} if versions.data else {}
        for name, version in parts.items():
            self._versions.setdefault(name, {})[version] = None


def _notice(omitted: int) -> str:
    return (
        f'<p class="notice">The page would grow too large: the last {omitted:,} sentences of this document are counted '
        "above and not shown. Score it alone, or write JSON Lines.</p>\n"
    )


_WORDS: dict[str, Any] = {"LABELS": LABELS, "SEVERITIES": SEVERITIES, "PLACES": _PLACES, "CHECKED": CHECKED}


def _row(shown: DocumentView) -> Row:
    report = shown.report
    return Row(
        id=report.document.id,
        sentences=len(report.sentences),
        severities=dict(shown.severities),
        open=shown.open,
        set_aside=shown.set_aside,
        not_assessed=report.not_assessed,
    )


def _markets(contexts: dict[Context, None]) -> list[str]:
    return [_PLACES.get(market, market) for market in dict.fromkeys(m for context in contexts for m in context.markets)]


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    folder = files("classifier.reports.html").joinpath("templates")
    sources = {name: folder.joinpath(name).read_text(encoding="utf-8") for name in ("page.html", "document.html")}
    return Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)
