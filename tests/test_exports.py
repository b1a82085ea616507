from __future__ import annotations

import classifier


def test_the_public_names_are_these() -> None:
    assert classifier.__all__ == [
        *("Assessed", "Assessor", "ConfigurationError", "Context", "Cue", "Document", "Evidence", "Finding"),
        *(
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
        ),
        *("UnreadableError", "Versions", "__version__", "assess_frame", "explain", "load", "segment", "split"),
    ]


def test_every_public_name_exists_and_is_documented() -> None:
    for name in classifier.__all__:
        assert getattr(classifier, name).__doc__, name
