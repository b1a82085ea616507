from __future__ import annotations

import re
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import (
    Evidence,
    Label,
    Sentence,
    Severity,
    Support,
    Tagged,
    features,
    folding,
    language,
    lexicons,
)
from classifier import evidence as evidence_module
from classifier.evidence import assess_evidence, find_evidence, severity_of
from classifier.patterns import Pattern, load_evidence_patterns
from classifier.readers import html, rows
from classifier.reports import table
from classifier.segmentation import layout, punctuation
from tests.linear import assert_linear

PATTERNS = {pattern.id: pattern for pattern in load_evidence_patterns()}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=list(PATTERNS))
def test_a_pattern_finds_its_flagged_examples_and_no_passed_one(pattern: Pattern) -> None:
    assert pattern.flagged
    assert pattern.passed
    for example in pattern.flagged:
        assert pattern.regex.search(example), example
        assert any(literal in example.lower() for literal in pattern.literals), f"the prefilter hides {example!r}"
    for example in pattern.passed:
        assert not pattern.regex.search(example), example


LEVELS = {
    "Eases joint pain overnight.": Evidence.NONE,
    "Studies suggest that it eases joint pain.": Evidence.VAGUE,
    "Our clinically proven formula eases joint pain.": Evidence.VAGUE,
    "FDA-approved ingredients to ease joint pain.": Evidence.VAGUE,
    "It cut joint pain by 48%.": Evidence.NONE,
    "Many users say that their knees feel better.": Evidence.ANECDOTAL,
    "“My knees feel better.”": Evidence.ANECDOTAL,
    "For centuries it has been used for stiff joints.": Evidence.TRADITIONAL,
    "Recommended by leading rheumatologists and other doctors for stiff joints.": Evidence.AUTHORITY,
    "In rats it reduced joint swelling (Lee et al., 2015).": Evidence.PRECLINICAL,
    "In a trial with 60 adults it reduced joint pain by 20%.": Evidence.DESCRIBED,
    "In a randomised, placebo-controlled trial joint pain fell significantly.": Evidence.DESCRIBED,
    "Lee et al. (2015) found less joint pain after 8 weeks.": Evidence.CITED,
    "It reduced joint pain in a trial (doi:10.1016/j.phymed.2012.04.007).": Evidence.CITED,
    "Vitamin C contributes to normal collagen formation for the normal function of cartilage.": Evidence.AUTHORISED,
    "The patch is FDA-cleared for the temporary relief of minor muscle pain.": Evidence.AUTHORISED,
    "JORVANT is a prescription medicine used to treat adults with gout.": Evidence.AUTHORISED,
    "Our tea is FDA approved to treat cancer.": Evidence.VAGUE,
    "Our tea is approved to treat cancer.": Evidence.NONE,
    "Not FDA-approved to treat arthritis, but our capsules relieve it.": Evidence.VAGUE,
    "Unlike pills that are FDA-approved to treat pain, our patch soothes it.": Evidence.VAGUE,
    "These probiotic drops are indicated for eczema.": Evidence.NONE,
    "Vitamin C and calcium: our formula contributes to normal weight.": Evidence.NONE,
    "Magnesium, say many, contributes to the maintenance of a flat belly.": Evidence.NONE,
    "As published in Vogue in 2019, our balm relieves arthritis.": Evidence.NONE,
    "It relieves joint pain (Smith & Sons, 2019).": Evidence.NONE,
    "Relieves joint pain, lot 2019-123456-12.": Evidence.NONE,
    "Relieves joint pain, see https://doi.org/.": Evidence.NONE,
    "Our batch NTR123 helps sleep.": Evidence.NONE,
    "Great for men: in mice it eased arthritis (PMID: 23439798).": Evidence.PRECLINICAL,
    "In rabbits our balm eased arthritis (PMID: 23439798).": Evidence.PRECLINICAL,
    "Our miracle tea temporarily relieves cancer.": Evidence.NONE,
    "Uses: great for arthritis pain and diabetes.": Evidence.NONE,
    "Our tea is indicated for stress.": Evidence.NONE,
    "Order code K123456 to ease your joints.": Evidence.NONE,
    "Ben and Jerry (1978) help you relax.": Evidence.NONE,
    "Founded by Marsh and Lee (2015), we ease joint pain.": Evidence.NONE,
    "Vitamin D, 25 (1), 30 capsules for strong bones.": Evidence.NONE,
    "Open since January 2015; 12: 30 sessions to calm your mind.": Evidence.NONE,
    "Clinically proven to help 500 adults sleep.": Evidence.VAGUE,
    "Shown to cut it by 48%.": Evidence.VAGUE,
    "A study in JAMA (2018) found 30% less pain.": Evidence.CITED,
    "Smith (2015) reported 20% less pain.": Evidence.CITED,
    "Try our free trial and sleep deeper.": Evidence.NONE,
    "Helps people feel better.": Evidence.NONE,
    "Unlike earlier mouse work, a trial in 120 adults eased pain (PMID: 23439798).": Evidence.CITED,
}


@pytest.mark.parametrize("sentence", LEVELS)
def test_the_best_level_in_the_sentence_counts(sentence: str) -> None:
    assert find_evidence(sentence)[0] is LEVELS[sentence]


SEVERITIES = {
    "Reverses type 2 diabetes.": Severity.HIGH,
    "A natural alternative to your painkillers.": Severity.HIGH,
    "Eases anxiety and lifts mood.": Severity.HIGH,
    "Deeper sleep.": Severity.MEDIUM,
    "For fewer wrinkles.": Severity.MEDIUM,
    "Come off your meds and sleep.": Severity.HIGH,
    "Sleep deeper and save 20% off pills.": Severity.MEDIUM,
    "Better than ibuprofen for your back.": Severity.HIGH,
    "Feel your best every day.": Severity.LOW,
}


@pytest.mark.parametrize("sentence", SEVERITIES)
def test_severity_follows_what_the_claim_names(sentence: str) -> None:
    assert severity_of(sentence)[0] is SEVERITIES[sentence]


def tagged(text: str, *labels: Label, start: int = 0) -> Tagged:
    return Tagged(Sentence(0, start, start + len(text), text), labels, labels[0] if labels else None, {})


def test_only_efficacy_claims_are_judged() -> None:
    assessed = assess_evidence(tagged("Studies show that it binds GABA receptors.", Label.MECHANISM_CLAIM))
    assert (assessed.evidence, assessed.support, assessed.severity, assessed.cues) == (None, None, None, ())


def test_a_supported_claim_has_no_severity() -> None:
    assessed = assess_evidence(tagged("It eased gout in a trial (PMID: 23439798).", Label.EFFICACY_CLAIM))
    assert (assessed.support, assessed.severity) == (Support.SUPPORTED, None)


def test_invisible_characters_hide_nothing() -> None:
    text = "It cu\u00adres ca\u200bncer, stu\u00addies show that."
    assessed = assess_evidence(tagged(text, Label.EFFICACY_CLAIM))
    assert (assessed.evidence, assessed.severity) == (Evidence.VAGUE, Severity.HIGH)
    assert [text[cue.start : cue.end] for cue in assessed.cues] == [cue.text for cue in assessed.cues]


def test_a_cue_ends_where_its_citation_ends() -> None:
    (cue,) = assess_evidence(tagged("It helped (doi:10.1016/j.x.2012.04.007).", Label.EFFICACY_CLAIM)).cues
    assert cue.text == "doi:10.1016/j.x.2012.04.007"


def test_cues_quote_the_document() -> None:
    document = "Buy now. Studies show that it eases gout."
    for cue in assess_evidence(tagged(document[9:], Label.EFFICACY_CLAIM, start=9)).cues:
        assert document[cue.start : cue.end] == cue.text
    assert {cue.kind for cue in assess_evidence(tagged(document[9:], Label.EFFICACY_CLAIM)).cues} == {
        "evidence",
        "severity",
    }


@given(st.text(max_size=200))
def test_no_text_crashes(text: str) -> None:
    evidence, cue = find_evidence(text)
    assert (cue is None) == (evidence is Evidence.NONE)


# Every pattern that the package ships, wherever it stands, takes linear time.


def all_patterns() -> dict[str, tuple[re.Pattern[str], tuple[str, ...]]]:
    found = {f"evidence.toml {name}": (p.regex, (*p.flagged, *p.passed)) for name, p in PATTERNS.items()}
    found |= {
        f"evidence.toml {name}, context": (p.context, p.flagged)
        for name, p in PATTERNS.items()
        if p.context is not None
    }
    examples = ("Lee JR et al. 2012; 3(4): 5-6 helps instead of your pills.[1, 2] 😍",)
    modules: tuple[ModuleType, ...] = (
        evidence_module, layout, punctuation, features, folding, language, lexicons, html, rows, table,
    )  # fmt: skip
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                found[f"{module.__name__}.{name}"] = (value, examples)
    return found


ALL_PATTERNS = all_patterns()
CHARACTERS = (
    "A",
    "a ",
    "Ab ",
    "1",
    " ",
    ".",
    ". ",
    "a.",
    "[1,",
    "(1) ",
    '"',
    "A. ",
    "\u200b",
    "a-",
    "A.a",
    "19",
    "(",
    "A-",
    "100,",
    "(A",
    "studies ",
)


@pytest.mark.parametrize("name", ALL_PATTERNS)
def test_a_pattern_takes_linear_time(name: str) -> None:
    regex, examples = ALL_PATTERNS[name]
    units = {*CHARACTERS, *(word for example in examples for word in (*example.split(), example, example[:-1] + " "))}
    starts = ("", examples[0] + " ", examples[0][: len(examples[0]) // 2])

    def find_all(text: str) -> None:
        for _ in regex.finditer(text):
            pass

    for unit in units:
        for start in starts:
            half, whole = (start + unit * (size // len(unit)) for size in (2_000, 4_000))
            assert_linear(find_all, half, whole, slack=0.002)
