"""Gather the reports of a run and write them as one page at its end."""

from __future__ import annotations

import base64
import datetime
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import IO, TYPE_CHECKING, Any

from classifier.errors import UnreadableError
from classifier.records import Context, Finding, Label, Report, Severity, Versions
from classifier.reports.html.text import visible
from classifier.reports.html.views import LABELS, SEVERITIES, DocumentView, view

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["MAX_CHARACTERS", "HtmlWriter"]

MAX_CHARACTERS = 1_500_000
"""The most text that one page shows, some 500 printed pages; what comes after is counted and listed."""

_MAX_ROWS = 2000  # documents in the table of documents, and notices
_OPEN_DOCUMENTS = 5  # as many stand unfolded
_PLACES = {"us": "United States", "eu": "European Union", "uk": "United Kingdom"}


@dataclass(slots=True)
class Row:
    """A document in the table of documents."""

    number: int
    id: str
    sentences: int
    severities: dict[Severity, int]
    open: int
    set_aside: int
    not_assessed: str | None
    is_shown: bool


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
    supported: int = 0
    labels: Counter[Label] = field(default_factory=Counter)
    severities: Counter[Severity] = field(default_factory=Counter)
    rules: dict[tuple[str, str], RuleCount] = field(default_factory=dict)

    def add(self, shown: DocumentView) -> None:
        report = shown.report
        self.documents += 1
        self.sentences += len(report.sentences)
        self.unsure += sum(bool(getattr(sentence, "needs_review", False)) for sentence in report.sentences)
        self.open += shown.open
        self.set_aside += shown.set_aside
        self.labels.update(shown.labels)
        self.severities.update(shown.severities)
        for finding in report.all_findings:
            count = self.rules.setdefault((finding.rule, finding.market or ""), RuleCount(finding))
            if finding.is_open:
                count.open += 1
            else:
                count.set_aside += 1

    @property
    def efficacy(self) -> int:
        return self.labels[Label.EFFICACY_CLAIM]

    @property
    def unsupported(self) -> int:
        return sum(self.severities.values())

    @property
    def by_rule(self) -> list[RuleCount]:
        return sorted(self.rules.values(), key=lambda count: (-count.open, -count.set_aside, count.finding.rule))


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

    def write(self, report: Report) -> None:
        """Take a report; its document is rendered now, the page at the end."""
        shown = view(report, number=self._summary.documents + 1, most=self._left)
        self._summary.add(shown)
        self._note_versions(report.versions)
        self._contexts[report.context] = None
        is_shown = bool(shown.blocks) or not report.sentences
        if is_shown and len(self._documents) < _MAX_ROWS:
            is_open = shown.number <= _OPEN_DOCUMENTS
            self._documents.append(_template("document.html").render(view=shown, is_open=is_open, **_WORDS))
            self._left -= min(self._left, len(report.document.text))
        else:
            is_shown = False
        self._omitted += not is_shown
        if len(self._rows) < _MAX_ROWS:
            self._rows.append(_row(shown, is_shown=is_shown))

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
        for name, version in parts.items():
            self._versions.setdefault(name, {})[version] = None


_WORDS: dict[str, Any] = {"LABELS": LABELS, "SEVERITIES": SEVERITIES, "PLACES": _PLACES}


def _row(shown: DocumentView, *, is_shown: bool) -> Row:
    report = shown.report
    return Row(
        number=shown.number,
        id=report.document.id,
        sentences=len(report.sentences),
        severities=dict(shown.severities),
        open=shown.open,
        set_aside=shown.set_aside,
        not_assessed=report.not_assessed,
        is_shown=is_shown,
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
        finalize=lambda value: visible(value) if type(value) is str else value,
    )


def _template(name: str) -> Any:
    return _environment().get_template(name)
