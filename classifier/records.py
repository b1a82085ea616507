"""The frozen records that a document passes through, each nesting the one before it.

`Document` → `Sentence` → `Tagged` → `Assessed` → `Reviewed` → `Report`. Offsets are half-open and count characters of
`Document.text`; `document.text[s.start:s.end] == s.text` holds for every sentence `s`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from classifier.documents import Document, Place
from classifier.vocabulary import Evidence, Label, Severity, Support

if TYPE_CHECKING:
    import pandas

__all__ = [
    "Assessed",
    "Context",
    "Cue",
    "Document",
    "Evidence",
    "Finding",
    "Label",
    "Place",
    "Report",
    "Reviewed",
    "Sentence",
    "SetAside",
    "Severity",
    "Support",
    "Tagged",
    "Versions",
]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A grammatical sentence, or a fragment that stands alone on the page."""

    index: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """A sentence with its labels; `scores` holds one calibrated probability for each label.

    `needs_review` marks the least sure labellings, those whose probabilities lie near their thresholds. A model that
    judges evidence too gives `evidence_scores`: the log-probability of each level, in the order of `Evidence`, should
    the sentence be an efficacy claim.
    """

    sentence: Sentence
    labels: tuple[Label, ...]
    primary: Label | None
    scores: Mapping[Label, float]
    needs_review: bool = False
    evidence_scores: tuple[float, ...] = ()

    @property
    def index(self) -> int:
        return self.sentence.index

    @property
    def start(self) -> int:
        return self.sentence.start

    @property
    def end(self) -> int:
        return self.sentence.end

    @property
    def text(self) -> str:
        return self.sentence.text


@dataclass(frozen=True, slots=True)
class Cue:
    """A span that led to a decision: `kind` names the decision, `rule` the pattern or rule that found it."""

    kind: str
    start: int
    end: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """A tagged sentence with what the text offers for it.

    `evidence` and `support` are None unless the sentence is an efficacy claim, `severity` is None unless the claim is
    unsupported.
    """

    tagged: Tagged
    evidence: Evidence | None = None
    severity: Severity | None = None
    cues: tuple[Cue, ...] = ()

    @property
    def support(self) -> Support | None:
        return self.evidence.support if self.evidence is not None else None

    @property
    def index(self) -> int:
        return self.tagged.index

    @property
    def start(self) -> int:
        return self.tagged.start

    @property
    def end(self) -> int:
        return self.tagged.end

    @property
    def text(self) -> str:
        return self.tagged.text

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.tagged.labels

    @property
    def primary(self) -> Label | None:
        return self.tagged.primary

    @property
    def scores(self) -> Mapping[Label, float]:
        return self.tagged.scores

    @property
    def needs_review(self) -> bool:
        return self.tagged.needs_review


@dataclass(frozen=True, slots=True)
class SetAside:
    """Why a finding no longer counts: a `waiver` that somebody gave, or a `baseline` that holds it already.

    `where` is the file of the waiver or of the baseline, or None for a waiver in the text itself.
    """

    by: str
    reason: str
    owner: str | None = None
    expires: datetime.date | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of a span: the reason, the place and the rule. It never says that a text is lawful or true.

    `kind` is `support` (what the text offers for a claim), `permission` (what a market's rules say of it) or `waiver`
    (a waiver that does not hold), `market` None for a rule that knows no market. `basis` names the rule's source,
    `link` leads to it and `verification` tells how far it was checked; `detail` is what was met here, such as the
    nearest wording of a register. `set_aside` says why it does not count, where it does not.
    """

    rule: str
    severity: Severity
    start: int
    end: int
    message: str
    basis: str
    title: str = ""
    kind: str = "support"
    market: str | None = None
    link: str = ""
    detail: str = ""
    set_aside: SetAside | None = None
    verification: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it counts: neither waived nor in a baseline."""
        return self.set_aside is None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An assessed sentence with the findings of the rule packs."""

    assessed: Assessed
    findings: tuple[Finding, ...] = ()

    @property
    def index(self) -> int:
        return self.assessed.index

    @property
    def start(self) -> int:
        return self.assessed.start

    @property
    def end(self) -> int:
        return self.assessed.end

    @property
    def text(self) -> str:
        return self.assessed.text

    @property
    def labels(self) -> tuple[Label, ...]:
        return self.assessed.labels

    @property
    def primary(self) -> Label | None:
        return self.assessed.primary

    @property
    def scores(self) -> Mapping[Label, float]:
        return self.assessed.scores

    @property
    def needs_review(self) -> bool:
        return self.assessed.needs_review

    @property
    def evidence(self) -> Evidence | None:
        return self.assessed.evidence

    @property
    def support(self) -> Support | None:
        return self.assessed.support

    @property
    def severity(self) -> Severity | None:
        return self.assessed.severity

    @property
    def cues(self) -> tuple[Cue, ...]:
        return self.assessed.cues

    @property
    def is_flagged(self) -> bool:
        """Whether this is an efficacy claim that the text leaves unsupported."""
        return self.support is Support.UNSUPPORTED


@dataclass(frozen=True, slots=True)
class Versions:
    """What produced a report. `data` is a hash of the shipped rules, word lists and the like."""

    healthclaims: str
    model: str
    policies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    data: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a report takes for granted. `assumed` tells that nobody stated the product class.

    `decisions` tells the waivers and the baseline that were applied from others, where there were any; `reading` the
    options by which tables were read, where any was given.
    """

    markets: tuple[str, ...] = ()
    product_class: str = "unknown"
    assumed: bool = True
    language: str = "en"
    decisions: str | None = None
    reading: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found in one document. `not_assessed` says why nothing was, where nothing was."""

    document: Document
    sentences: tuple[Reviewed, ...]
    versions: Versions
    context: Context = Context()
    findings: tuple[Finding, ...] = ()
    not_assessed: str | None = None

    @property
    def flagged(self) -> tuple[Reviewed, ...]:
        """The efficacy claims that the text leaves unsupported."""
        return tuple(sentence for sentence in self.sentences if sentence.is_flagged)

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The findings of the sentences in their order, then those of the whole document."""
        return (*(finding for sentence in self.sentences for finding in sentence.findings), *self.findings)

    def to_frame(self) -> pandas.DataFrame:
        """Return one row a sentence, with one column of 0 or 1 and one score column for each label."""
        import pandas

        rows = [
            {
                "document": self.document.id,
                "index": sentence.index,
                "start": sentence.start,
                "end": sentence.end,
                "text": sentence.text,
                "primary": sentence.primary.value if sentence.primary else "none",
                **{label.value: label in sentence.labels for label in Label},
                **{f"score_{label.value}": sentence.scores[label] for label in Label},
                "needs_review": sentence.needs_review,
                "evidence": sentence.evidence.value if sentence.evidence else None,
                "support": sentence.support.value if sentence.support else None,
                "severity": sentence.severity.value if sentence.severity else None,
                "findings": [finding.rule for finding in sentence.findings],
            }
            for sentence in self.sentences
        ]
        columns = [
            *("document", "index", "start", "end", "text", "primary"),
            *(label.value for label in Label),
            *(f"score_{label.value}" for label in Label),
            *("needs_review", "evidence", "support", "severity", "findings"),
        ]
        return pandas.DataFrame(rows, columns=columns)
