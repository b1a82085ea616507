from __future__ import annotations

import pytest

from classifier import ConfigurationError, Evidence, Label, Sentence, Severity, Tagged
from classifier.evidence import assess_evidence
from classifier.policy import Pack, Rule, load_pack, parse_pack, review

SUPPORT = load_pack("support")


def findings(text: str) -> list[str]:
    tagged = Tagged(Sentence(0, 0, len(text), text), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    return [finding.rule for finding in review(assess_evidence(tagged), [SUPPORT]).findings]


@pytest.mark.parametrize("rule", SUPPORT.rules, ids=[rule.id for rule in SUPPORT.rules])
def test_a_rule_speaks_of_its_flagged_examples_and_of_no_passed_one(rule: Rule) -> None:
    for example in rule.flagged:
        assert rule.id in findings(example), example
    for example in rule.passed:
        assert rule.id not in findings(example), example


def test_every_unsupported_level_has_its_rule() -> None:
    assert {rule.evidence for rule in SUPPORT.rules} == {
        level for level in Evidence if level not in (Evidence.CITED, Evidence.AUTHORISED)
    }


def test_no_finding_says_that_a_text_is_lawful_or_true() -> None:
    for rule in SUPPORT.rules:
        for word in ("compliant", "illegal", "unlawful", "is false", "is true"):
            assert word not in f"{rule.title} {rule.message} {rule.explanation}".lower()


def test_the_standard_disclaimer_sets_off_no_rule(assessor: object) -> None:
    from classifier import Assessor

    assert isinstance(assessor, Assessor)
    report = assessor.assess(
        "These statements have not been evaluated by the Food and Drug Administration. "
        "This product is not intended to diagnose, treat, cure, or prevent any disease."
    )
    assert report.all_findings == ()


def test_a_finding_takes_the_severity_and_place_of_its_claim() -> None:
    tagged = Tagged(Sentence(3, 10, 25, "It cures gout.."), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    (finding,) = review(assess_evidence(tagged), [SUPPORT]).findings
    assert (finding.severity, finding.start, finding.end) == (Severity.HIGH, 10, 25)


GOOD = """
name = "mine"
version = "1"
last_verified = "2026-01-01"
[[rule]]
id = "mine.none"
title = "t"
evidence = "none"
message = "m"
basis = "b"
explanation = "e"
flagged = ["Eases pain."]
passed = ["Studies show that it eases pain."]
"""

BAD = {
    "unknown key": (GOOD + 'colour = "red"\n', r"mine\.toml: rule\[0\]\.colour: unknown key"),
    "missing key": (GOOD.replace('basis = "b"\n', ""), r"mine\.toml: rule\[0\]\.basis: missing"),
    "unknown head": ('color = "x"\n' + GOOD, r"mine\.toml: color: unknown key"),
    "syntax": ("name = \n", r"mine\.toml: .*line 1, column"),
    "level": (GOOD.replace('"none"', '"cited"'), r"rule\[0\]\.evidence: 'cited' is none of"),
    "kind": (GOOD.replace('"m"', "3"), r"rule\[0\]\.message: give a text, not int"),
    "no examples": (GOOD.replace('["Eases pain."]', "[]"), r"rule\[0\]\.flagged: give at least one"),
    "twice": (GOOD + GOOD[GOOD.index("[[rule]]") :], "'mine.none' is used twice"),
}


def test_a_good_pack_is_read() -> None:
    assert isinstance(parse_pack(GOOD, source="mine.toml"), Pack)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_pack_is_refused_with_its_place(name: str) -> None:
    toml, message = BAD[name]
    with pytest.raises(ConfigurationError, match=message):
        parse_pack(toml, source="mine.toml")
