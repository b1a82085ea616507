"""What the rules see of a claim, and what they decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.evidence.linking import Citations, Link
from classifier.evidence.page import Line
from classifier.records import Cue, Evidence

__all__ = ["UNNAMED", "Case", "Decision"]

UNNAMED = (Evidence.VAGUE, Evidence.ANECDOTAL, Evidence.TRADITIONAL, Evidence.AUTHORITY)
"""The levels that name no study and no authorisation."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The evidence that a claim takes, the spans that show it, and the rule that chose it."""

    level: Evidence
    cues: tuple[Cue, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules see of one claim."""

    claim: Line
    links: Sequence[Link]
    before: Line | None
    is_label: bool
    is_medicine: bool
    is_study: bool
    in_testimonial: bool
    citations: Citations
    """Those of the whole page, not only those in the claim's reach."""
    is_supplement: bool = False
    is_bare: bool = False
    """Whether an encoder is so sure that nothing supports the claim that no evidence around it was looked for."""

    def own(self, *levels: Evidence) -> Link | None:
        """Return the first of what the sentence itself offers of one of the levels."""
        return next(self.owned(*levels), None)

    def owned(self, *levels: Evidence) -> Iterator[Link]:
        """Yield what the sentence itself offers, in its words or behind its marks, of one of the levels."""
        for link in self.links:
            if link.place in ("here", "mark") and link.level in levels and not link.is_about_another:
                yield link

    def near(self, place: str, *levels: Evidence, reach: int = 8) -> Iterator[Link]:
        return (
            link
            for link in self.links
            if link.place == place and link.level in levels and link.distance <= reach and link.same_agent is not False
        )
