"""What a page shows of a report, worked out before a template sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifier.records import Cue, Evidence, Finding, Label, Report, Reviewed, Severity, Support
from classifier.reports.html.text import shortened, split_at

__all__ = ["CHECKED", "LABELS", "SEVERITIES", "Block", "Card", "DocumentView", "Piece", "view"]

LABELS = {
    Label.EFFICACY_CLAIM: ("E", "Efficacy claim", "promises a benefit"),
    Label.MECHANISM_CLAIM: ("M", "Mechanism claim", "says how it works"),
    Label.RISK_DISCLOSURE: ("R", "Risk disclosure", "warns or limits"),
    Label.PROMOTIONAL: ("P", "Promotional", "sells or praises"),
}
"""Letter, name and meaning of each label, in the order of the legend."""

SEVERITIES = {
    Severity.HIGH: ("▲", "High", "a disease, its symptom, a drug"),
    Severity.MEDIUM: ("◆", "Medium", "a function, a complaint"),
    Severity.LOW: ("●", "Low", "wellness"),
}

CHECKED = {
    "verified": "the legal or official text was read",
    "secondary": "a source that quotes it was read",
    "unverified": "not checked: written from memory, or in rules of one's own",
}
"""How far the basis of a rule was checked."""

_EVIDENCE = {
    Evidence.NONE: "nothing",
    Evidence.VAGUE: "proof that it does not name",
    Evidence.ANECDOTAL: "what users or the speaker say",
    Evidence.TRADITIONAL: "history or custom",
    Evidence.AUTHORITY: "experts, brands or awards",
    Evidence.PRECLINICAL: "work on animals, cells or in the laboratory",
    Evidence.DESCRIBED: "a human study that cannot be found by what is told",
    Evidence.CITED: "a human study that a reader can find",
    Evidence.AUTHORISED: "a regulator's authorisation",
}
_CUES = {"evidence": "Quoted evidence", "reference": "Leads to", "severity": "Weighed by the words"}
_LONGEST_CUE = 300  # characters
_LONGEST_GAP = 2000  # characters between sentences, which are marks and space


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text. A sentence has its labels' letters, its parts (those that are cue words marked) and a note."""

    parts: tuple[tuple[str, bool], ...]
    sentence: Reviewed | None = None
    labels: tuple[tuple[str, str, str], ...] = ()
    note: int | None = None
    is_unsure: bool = False

    @property
    def css(self) -> str:
        primary = self.sentence.primary if self.sentence is not None else None
        return f"s p-{LABELS[primary][0].lower()}" if primary else "s"


@dataclass(frozen=True, slots=True)
class Card:
    """What stands in the margin of a sentence. `kind` is a severity, `aside` or `supported`, and is filtered by."""

    number: int
    kind: str
    findings: tuple[Finding, ...]
    evidence: str
    level: str
    cues: tuple[tuple[str, str, str], ...]
    quote: str
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A line of the document with the cards of its sentences; `is_after_blank` tells of a blank line above."""

    pieces: tuple[Piece, ...]
    cards: tuple[Card, ...]
    is_after_blank: bool

    @property
    def sentences(self) -> int:
        return sum(piece.sentence is not None for piece in self.pieces)

    @property
    def size(self) -> int:
        """How many characters of the document it shows."""
        return sum(len(text) for piece in self.pieces for text, _ in piece.parts)

    @property
    def css(self) -> str:
        kinds = sorted({card.kind for card in self.cards})
        return " ".join(["block", *(["gap"] if self.is_after_blank else []), *(f"has-{kind}" for kind in kinds)])


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document on the page."""

    report: Report
    blocks: tuple[Block, ...]

    @property
    def labels(self) -> Mapping[Label, int]:
        return Counter(label for sentence in self.report.sentences for label in sentence.labels)

    @property
    def severities(self) -> Mapping[Severity, int]:
        """How many claims are unsupported and open to question, by severity."""
        return Counter(sentence.severity for sentence in self.report.flagged if sentence.severity is not None)

    @property
    def open(self) -> int:
        return sum(finding.is_open for finding in self.report.all_findings)

    @property
    def set_aside(self) -> int:
        return len(self.report.all_findings) - self.open


def view(report: Report, *, most: int) -> DocumentView:
    """Return what a page shows of a report, of its text `most` characters at most."""
    shown = [sentence for sentence in report.sentences if sentence.end <= most]
    blocks: list[Block] = []
    pieces: list[Piece] = []
    cards: list[Card] = []
    gap_above = False
    place = count = 0
    for sentence in shown:
        gap = report.document.text[place : sentence.start]
        if "\n" in gap or "\r" in gap:
            head, tail = _cut(gap)
            if pieces:
                blocks.append(Block((*pieces, *_plain(head)), tuple(cards), gap_above))
                gap_above = gap.replace("\r\n", "\n").replace("\r", "\n").count("\n") > 1
                head = ""
            pieces, cards = [*_plain(head.lstrip("\r\n")), *_plain(tail)], []
        else:
            pieces.extend(_plain(gap))
        card = _card(sentence, count + 1, location=report.document.location_at(sentence.start))
        if card is not None:
            count += 1
            cards.append(card)
        pieces.append(_piece(sentence, card))
        place = sentence.end
    if pieces:
        rest = report.document.text[place:] if len(shown) == len(report.sentences) else ""
        blocks.append(Block((*pieces, *_plain(rest.rstrip())), tuple(cards), gap_above))
    return DocumentView(report, tuple(blocks))


def _cut(gap: str) -> tuple[str, str]:
    """Split what stands between two sentences at its last line break."""
    last = max(gap.rfind("\n"), gap.rfind("\r"))
    return gap[:last].rstrip(), gap[last + 1 :]


def _plain(text: str) -> Iterator[Piece]:
    if text:
        yield Piece(((text[:_LONGEST_GAP], False),))


def _piece(sentence: Reviewed, card: Card | None) -> Piece:
    spans = [(cue.start, cue.end) for cue in sentence.cues]
    return Piece(
        parts=tuple(split_at(sentence.text, sentence.start, spans)),
        sentence=sentence,
        labels=tuple(shown for label, shown in LABELS.items() if label in sentence.labels),
        note=card.number if card is not None else None,
        is_unsure=sentence.needs_review,
    )


def _card(sentence: Reviewed, number: int, *, location: str | None) -> Card | None:
    if not sentence.findings and sentence.support is not Support.SUPPORTED:
        return None
    return Card(
        number=number,
        kind=_kind(sentence.findings),
        findings=tuple(sorted(sentence.findings, key=lambda finding: (not finding.is_open, -finding.severity.rank))),
        evidence=_EVIDENCE[sentence.evidence] if sentence.evidence is not None else "",
        level=sentence.evidence or "",
        cues=tuple(_cues(sentence.cues)),
        quote=shortened(sentence.text, 160),
        location=location,
    )


def _kind(findings: Sequence[Finding]) -> str:
    worst = max((finding.severity for finding in findings if finding.is_open), key=lambda one: one.rank, default=None)
    if worst is not None:
        return worst
    return "aside" if findings else "supported"


def _cues(cues: Sequence[Cue]) -> Iterator[tuple[str, str, str]]:
    """Yield what each cue is called, its words and the pattern or list that found it."""
    for cue in cues:
        yield _CUES.get(cue.kind, cue.kind.replace("_", " ").capitalize()), shortened(cue.text, _LONGEST_CUE), cue.rule
