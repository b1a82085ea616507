"""What the text offers for each efficacy claim, the best in its reach, and the severity of what is left open.

A claim takes evidence from its own sentence, from the entry that its reference mark leads to, from its paragraph where
that speaks of the same agent and outcome, and, if it is a heading, from what it heads. Rules show citations and
authorisations; the encoder of the model ranks the other levels, or, where it judges no evidence, a trained part of its
own.
"""

from __future__ import annotations

from classifier.evidence.assessing import assess_evidence
from classifier.evidence.offers import find_evidence
from classifier.evidence.severity import severity_of

__all__ = ["assess_evidence", "find_evidence", "severity_of"]
