"""The words of the field: labels, evidence levels, support, severity."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Evidence", "Label", "Severity", "Support"]


class Label(StrEnum):
    """What a sentence does; zero or more hold."""

    MECHANISM_CLAIM = "mechanism_claim"
    EFFICACY_CLAIM = "efficacy_claim"
    RISK_DISCLOSURE = "risk_disclosure"
    PROMOTIONAL = "promotional"


class Support(StrEnum):
    """Whether the text offers traceable human evidence, or a regulator's authorisation, for a claim."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"


class Evidence(StrEnum):
    """The best evidence that the text itself offers for an efficacy claim, from least to most."""

    NONE = "none"
    VAGUE = "vague"
    ANECDOTAL = "anecdotal"
    TRADITIONAL = "traditional"
    AUTHORITY = "authority"
    PRECLINICAL = "preclinical"
    DESCRIBED = "described"
    CITED = "cited"
    AUTHORISED = "authorised"

    @property
    def support(self) -> Support:
        return Support.SUPPORTED if self in (Evidence.CITED, Evidence.AUTHORISED) else Support.UNSUPPORTED


class Severity(StrEnum):
    """How much an unsupported claim promises: a disease (high), a function (medium), wellness (low)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)
