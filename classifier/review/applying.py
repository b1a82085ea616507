"""Apply waivers and a baseline to a report: findings are marked, none is taken out, and bad waivers are findings."""

from __future__ import annotations

import datetime
import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from os import PathLike

from classifier.policy import MARKETS, Pack, load_packs
from classifier.records import Finding, Report, SetAside, Severity
from classifier.review.baseline import Baseline, read_baseline
from classifier.review.fingerprints import fingerprint_findings, normalise
from classifier.review.waivers import Waiver, read_waivers
from classifier.waiver_comments import Comment, find_comments

__all__ = ["WAIVER_BASIS", "WAIVER_RULES", "Review", "WaiverRule", "open_review"]


@dataclass(frozen=True, slots=True)
class WaiverRule:
    """What a finding on a waiver that does not hold is called, and what it says."""

    title: str
    explanation: str


WAIVER_BASIS = "Waivers of this project"
WAIVER_RULES = {
    "waiver.expired": WaiverRule(
        "A waiver that has expired",
        "A waiver in a file speaks of a finding of this document, and the day under expires has passed, so the finding "
        "counts again. Give the waiver a later day, or take it out and change the text.",
    ),
    "waiver.unknown": WaiverRule(
        "A waiver of a rule that does not exist",
        "A waiver in the text, or one in a file that speaks of this document, names a rule that is in no pack of this "
        "run or of the program, so it sets nothing aside. healthclaims rules list shows the names; --policy takes in "
        "a pack of your own.",
    ),
    "waiver.unreadable": WaiverRule(
        "A waiver that cannot be read",
        "A waiver in the text has no reason or another form than <!-- healthclaims: ignore RULE -- reason -->, so it "
        "sets nothing aside. Write it so.",
    ),
    "waiver.unused": WaiverRule(
        "A waiver that meets nothing",
        "A waiver in the text names a rule that has no finding in its line, or in the next where it stands alone, "
        "though the pack of the rule has run. Take it out, or move it to the line that it is meant for.",
    ),
}
"""The rules by which waivers are judged themselves; their findings are of low severity."""


@dataclass(frozen=True, slots=True)
class Review:
    """What people have decided about findings, as of a day. `apply` marks them in a report.

    `own_rules` are the ids of rules beside the shipped ones; a waiver of any other is a finding. `digest` tells these
    decisions from others in the context of a report; None where nobody has decided anything. It needs nothing but the
    report, so that several processes may apply it.
    """

    waivers: tuple[Waiver, ...] = ()
    baseline: Baseline | None = None
    own_rules: frozenset[str] = frozenset()
    reads_comments: bool = True
    digest: str | None = None
    today: datetime.date = field(default_factory=lambda: datetime.datetime.now().astimezone().date())

    @property
    def rules(self) -> frozenset[str]:
        """The ids of all rules that there are. The packs of every market are read when it is first asked for."""
        return _shipped_rules() | self.own_rules

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is wrong with the waivers of the file whatever the documents: one line each."""
        return tuple(
            f"{waiver.where}: {self._expired(waiver) if waiver.rule in self.rules else self._unknown(waiver.rule)}"
            for waiver in self.waivers
            if waiver.rule not in self.rules or not waiver.holds_on(self.today)
        )

    def unmet(self, met: Collection[str], rules: Collection[str]) -> tuple[str, ...]:
        """Say of each waiver of the file that could hold and is not in `met`, that it set nothing aside: one line each.

        `met` is what the method of that name gave of all reports of a run, `rules` are the ids of the rules that ran.
        """
        return tuple(
            f"{waiver.where}: set nothing aside in this run; take it out if no other text needs it"
            for waiver in self.waivers
            if waiver.where not in met and waiver.rule in rules and waiver.holds_on(self.today)
        )

    def met(self, report: Report) -> frozenset[str]:
        """Return the places of the waivers of the file that speak of a finding which a waiver has set aside, and hold.

        Where several do, or one beside a waiver in the text, all are met: to call one of them idle would be chance.
        """
        of_rule, sha256 = self._of_rule(), report.document.sha256
        waived = [
            (finding.rule, normalise(sentence.text) if sentence else None)
            for sentence in (*report.sentences, None)
            for finding in (sentence.findings if sentence else report.findings)
            if finding.set_aside and finding.set_aside.by == "waiver" and finding.rule in of_rule
        ]
        return frozenset(
            waiver.where
            for rule, sentence in waived
            for waiver in of_rule[rule]
            if waiver.covers(sha256, sentence) and waiver.holds_on(self.today)
        )

    def apply(self, report: Report) -> Report:
        """Return the report with its findings marked as waived or known, and a finding for each waiver that fails."""
        if self.digest is not None:
            report = replace(report, context=replace(report.context, decisions=self.digest))
        if report.not_assessed:
            return report
        failures: list[Finding] = []
        if self.reads_comments:
            report = self._apply_comments(report, failures)
        report = self._apply_waivers(report, failures)
        report = replace(report, findings=(*report.findings, *failures))
        return self._apply_baseline(report) if self.baseline is not None else report

    def _apply_comments(self, report: Report, failures: list[Finding]) -> Report:
        comments = find_comments(report.document.text)
        if not comments:
            return report
        of_rule: dict[str, dict[tuple[int, int], Comment]] = {}  # of those that speak of one line, the last
        for comment in comments:
            if comment.problem is None:
                for rule in comment.rules:
                    of_rule.setdefault(rule, {})[comment.target] = comment
        in_order = {rule: tuple(of_lines.values()) for rule, of_lines in of_rule.items()}
        used: set[tuple[str, tuple[int, int]]] = set()

        def mark(finding: Finding, start: int, end: int) -> Finding:
            reaching = _reaching(in_order.get(finding.rule, ()), start, end)
            if not reaching:
                return finding
            used.update((finding.rule, comment.target) for comment in reaching)
            return replace(finding, set_aside=SetAside("waiver", reaching[-1].reason))

        whole = (0, len(report.document.text) + 1)
        marked = _mapped(report, lambda finding, span: mark(finding, *(span or whole)))
        for comment in comments:
            failures.extend(self._failures_of(comment, report, used))
        return marked

    def _failures_of(
        self, comment: Comment, report: Report, used: Collection[tuple[str, tuple[int, int]]]
    ) -> Iterator[Finding]:
        span = comment.start, comment.end
        if comment.problem is not None:
            yield _failure("waiver.unreadable", span, f"Waiver that does not hold: {comment.problem}.")
            return
        for rule in comment.rules:
            if (rule, comment.target) in used:
                continue
            if rule not in self.rules:
                yield _failure("waiver.unknown", span, f"Waiver that does not hold: {self._unknown(rule)}.")
            elif rule.partition(".")[0] in report.versions.policies:
                yield _failure("waiver.unused", span, f"Waiver of {rule} that meets no such finding; take it out.")

    def _apply_waivers(self, report: Report, failures: list[Finding]) -> Report:
        if not self.waivers:
            return report
        of_rule, sha256 = self._of_rule(), report.document.sha256
        normal = {(sentence.start, sentence.end): normalise(sentence.text) for sentence in report.sentences}
        expired: dict[str, Finding] = {}

        def mark(finding: Finding, span: tuple[int, int] | None) -> Finding:
            if not finding.is_open:
                return finding
            covering = [
                waiver
                for waiver in of_rule.get(finding.rule, ())
                if waiver.covers(sha256, normal[span] if span is not None else None)
            ]
            holding = [waiver for waiver in covering if waiver.holds_on(self.today)]
            if not holding:
                for waiver in covering:
                    said = f"{waiver.where}: {self._expired(waiver)}."
                    expired.setdefault(waiver.where, _failure("waiver.expired", (finding.start, finding.end), said))
                return finding
            waiver = max(holding, key=lambda one: one.expires)
            aside = SetAside("waiver", waiver.reason, waiver.owner, waiver.expires, waiver.where)
            return replace(finding, set_aside=aside)

        report = _mapped(report, mark)
        failures.extend(expired.values())
        for waiver in self.waivers:
            if waiver.rule not in self.rules and self._is_met(waiver, sha256, normal.values()):
                said = f"{waiver.where}: waiver that does not hold: {self._unknown(waiver.rule)}."
                failures.append(_failure("waiver.unknown", (0, 0), said))
        return report

    def _apply_baseline(self, report: Report) -> Report:
        assert self.baseline is not None
        aside = SetAside("baseline", "it was found before", where=self.baseline.where)
        known = [
            found.finding.is_open and found.finding.kind != "waiver" and found in self.baseline
            for found in fingerprint_findings(report)
        ]
        verdicts = iter(known)
        return _mapped(report, lambda finding, _: replace(finding, set_aside=aside) if next(verdicts) else finding)

    def _of_rule(self) -> Mapping[str, Sequence[Waiver]]:
        found: dict[str, list[Waiver]] = {}
        for waiver in self.waivers:
            found.setdefault(waiver.rule, []).append(waiver)
        return found

    def _is_met(self, waiver: Waiver, sha256: str, sentences: Iterable[str]) -> bool:
        if waiver.quote is None:
            return waiver.document == sha256
        return any(waiver.covers(sha256, sentence) for sentence in sentences)

    @staticmethod
    def _expired(waiver: Waiver) -> str:
        return f"the waiver of {waiver.rule} expired on {waiver.expires}; renew it, or take it out"

    def _unknown(self, rule: str) -> str:
        near = get_close_matches(rule, self.rules, n=1)
        remedy = f"the nearest is {near[0]}" if near else "healthclaims rules list shows them all"
        return f"no rule is called {rule!r}; {remedy}"


def open_review(
    *,
    waivers: str | PathLike[str] | None = None,
    baseline: str | PathLike[str] | None = None,
    packs: Sequence[Pack] = (),
    reads_comments: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> Review:
    """Read what people have decided: a file of waivers, a baseline. `packs` are rule packs beside the shipped ones.

    `say` takes one line on each waiver that has expired or whose rule does not exist. Raises `ConfigurationError` for a
    file that cannot be read.
    """
    own_rules = frozenset(rule.id for pack in packs for rule in pack.rules)
    accepted = read_waivers(waivers) if waivers is not None else ()
    known = read_baseline(baseline) if baseline is not None else None
    digest = _digest(accepted, known, reads_comments=reads_comments)
    review = Review(accepted, known, own_rules, reads_comments=reads_comments, digest=digest)
    for remark in review.remarks:
        say(remark)
    return review


@cache
def _shipped_rules() -> frozenset[str]:
    return frozenset(rule.id for pack in load_packs(MARKETS) for rule in pack.rules)


def _digest(waivers: Sequence[Waiver], baseline: Baseline | None, *, reads_comments: bool) -> str | None:
    if not waivers and baseline is None and reads_comments:
        return None
    said = [[one.rule, one.reason, one.owner, str(one.expires), one.document, one.quote] for one in waivers]
    known = sorted(baseline.findings) if baseline is not None else None
    return hashlib.sha256(json.dumps([said, known, reads_comments]).encode()).hexdigest()[:16]


def _reaching(comments: Sequence[Comment], start: int, end: int) -> Sequence[Comment]:
    """Return the comments whose target overlaps a span; targets are lines, each of another, so they stand in order."""
    first = bisect_right(comments, start, key=lambda comment: comment.target[1])
    return comments[first : bisect_left(comments, end, key=lambda comment: comment.target[0])]


def _mapped(report: Report, mark: Callable[[Finding, tuple[int, int] | None], Finding]) -> Report:
    """Return a report with each finding replaced; `mark` also gets the span of its sentence, None for the document."""
    sentences = tuple(
        replace(
            sentence, findings=tuple(mark(finding, (sentence.start, sentence.end)) for finding in sentence.findings)
        )
        if sentence.findings
        else sentence
        for sentence in report.sentences
    )
    return replace(report, sentences=sentences, findings=tuple(mark(finding, None) for finding in report.findings))


def _failure(rule: str, span: tuple[int, int], message: str) -> Finding:
    return Finding(rule, Severity.LOW, *span, message, WAIVER_BASIS, title=WAIVER_RULES[rule].title, kind="waiver")
