"""healthclaims: read health-marketing copy, tag what it claims, and flag the claims that it leaves unsupported.

>>> import classifier
>>> report = classifier.load().assess("Our tea cures arthritis. Do not use during pregnancy.")
>>> [(sentence.primary.value, sentence.support) for sentence in report.sentences]
[('efficacy_claim', <Support.UNSUPPORTED: 'unsupported'>), ('risk_disclosure', None)]
"""

from classifier.assessor import Assessor, load
from classifier.errors import ConfigurationError, HealthClaimsError, ModelError, UnreadableError
from classifier.explain import explain
from classifier.frames import assess_frame
from classifier.records import (
    Assessed,
    Context,
    Cue,
    Document,
    Evidence,
    Finding,
    Label,
    Place,
    Report,
    Reviewed,
    Sentence,
    Severity,
    Support,
    Tagged,
    Versions,
)
from classifier.segmentation import segment, split

__version__ = "0.1.0"

__all__ = [
    "Assessed",
    "Assessor",
    "ConfigurationError",
    "Context",
    "Cue",
    "Document",
    "Evidence",
    "Finding",
    "HealthClaimsError",
    "Label",
    "ModelError",
    "Place",
    "Report",
    "Reviewed",
    "Sentence",
    "Severity",
    "Support",
    "Tagged",
    "UnreadableError",
    "Versions",
    "__version__",
    "assess_frame",
    "explain",
    "load",
    "segment",
    "split",
]
