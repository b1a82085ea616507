"""How far two annotators agree: Cohen's kappa, Krippendorff's alpha, F1 between them, and what they confuse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

from classifier.corpora.passages import Passage
from classifier.records import Label

__all__ = ["Agreement", "agreement", "cohen_kappa", "krippendorff_alpha"]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two annotators agree on some units.

    `kappa`, `alpha` and `f1` are per label (held or not); those of the primary label are over its five values, beside
    the plain share of agreement; `evidence` and `severity` are shares of agreement where both see an efficacy claim,
    `claims` of them, each with its kappa over the levels (of severity, "supported" is one). `confusion` counts the
    pairs of primary labels that differ. What no unit tells is NaN.
    """

    units: int
    kappa: Mapping[Label, float]
    alpha: Mapping[Label, float]
    f1: Mapping[Label, float]
    primary_agreement: float
    primary_kappa: float
    primary_alpha: float
    claims: int
    evidence: float
    evidence_kappa: float
    severity: float
    severity_kappa: float
    confusion: Mapping[tuple[str, str], int]

    @property
    def weakest(self) -> tuple[Label, float]:
        """The label of the lowest kappa, with it."""
        return min(self.kappa.items(), key=lambda item: item[1])

    @property
    def macro_f1(self) -> float:
        held = [value for value in self.f1.values() if not isnan(value)]
        return sum(held) / len(held) if held else nan


def agreement(passages: Iterable[Passage], kind: str | None = None) -> Agreement:
    """Compare the two annotations of each unit that has them, of all units or of those tagged with `kind`."""
    units = [
        unit
        for passage in passages
        for unit in passage.units
        if len(unit.annotations) == 2 and (kind is None or kind in unit.kinds)
    ]
    held = {label: [[label in one.labels for one in unit.annotations] for unit in units] for label in Label}
    primaries = [[one.primary or "none" for one in unit.annotations] for unit in units]
    claims = [unit.annotations for unit in units if all(Label.EFFICACY_CLAIM in one.labels for one in unit.annotations)]
    evidence = [(one.evidence, two.evidence) for one, two in claims]
    severity = [(one.severity, two.severity) for one, two in claims]
    return Agreement(
        units=len(units),
        kappa={label: cohen_kappa(pairs) for label, pairs in held.items()},
        alpha={label: krippendorff_alpha(pairs) for label, pairs in held.items()},
        f1={label: _f1(pairs) for label, pairs in held.items()},
        primary_agreement=_share(primaries),
        primary_kappa=cohen_kappa(primaries),
        primary_alpha=krippendorff_alpha(primaries),
        claims=len(claims),
        evidence=_share(evidence),
        evidence_kappa=cohen_kappa(evidence),
        severity=_share(severity),
        severity_kappa=cohen_kappa(severity),
        confusion=Counter(_named(pair) for pair in primaries if pair[0] != pair[1]),
    )


def cohen_kappa(pairs: Sequence[Sequence[object]]) -> float:
    """Return Cohen's kappa (1960) of two annotators' values; NaN of none, 1 where all agree by chance.

    >>> round(cohen_kappa([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")]), 3)
    0.5
    """
    if not pairs:
        return nan
    observed = sum(one == two for one, two in pairs) / len(pairs)
    firsts, seconds = Counter(one for one, _ in pairs), Counter(two for _, two in pairs)
    expected = sum(firsts[value] * seconds[value] for value in firsts) / len(pairs) ** 2
    return (observed - expected) / (1 - expected) if expected < 1 else 1.0


def krippendorff_alpha(pairs: Sequence[Sequence[object]]) -> float:
    """Return Krippendorff's alpha (2004, chapter 11) for nominal values of two annotators without gaps.

    >>> round(krippendorff_alpha([("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")]), 3)
    0.533
    """
    if not pairs:
        return nan
    values = Counter(value for pair in pairs for value in pair)
    total = values.total()
    differing = 2 * sum(one != two for one, two in pairs) / total
    expected = sum(count * (total - count) for count in values.values()) / (total * (total - 1))
    return 1 - differing / expected if expected else 1.0


def _share(pairs: Sequence[Sequence[object]]) -> float:
    return sum(one == two for one, two in pairs) / len(pairs) if pairs else nan


def _f1(pairs: Sequence[Sequence[bool]]) -> float:
    held = sum(one + two for one, two in pairs)
    return 2 * sum(one and two for one, two in pairs) / held if held else nan


def _named(pair: Sequence[object]) -> tuple[str, str]:
    one, two = sorted(map(str, pair))
    return one, two
