from __future__ import annotations

import re
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import features, folding, language, lexicons
from classifier.evidence import linking, page, references, rules, severity, signs, testimonials, wordings
from classifier.evidence import offers as offers_module
from classifier.folding import lower
from classifier.patterns import Pattern, Prefilter, load_evidence_patterns, patterns_for
from classifier.readers import html, mail, word
from classifier.reports import table
from classifier.segmentation import layout, punctuation
from tests.linear import assert_linear

PATTERNS = {pattern.id: pattern for pattern in load_evidence_patterns()}


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=list(PATTERNS))
def test_a_pattern_finds_its_flagged_examples_and_no_passed_one(pattern: Pattern) -> None:
    assert pattern.flagged
    assert pattern.passed
    for example in pattern.flagged:
        assert pattern.regex.search(example, lower(example)), example
        assert pattern in patterns_for(lower(example)), f"the prefilter hides {example!r}"
    for example in pattern.passed:
        assert not pattern.regex.search(example, lower(example)), example


@given(
    st.lists(
        st.text("ab 1.-", min_size=1, max_size=6).filter(lambda text: text.strip() and "  " not in text),
        min_size=1,
        max_size=4,
    ),
    st.text("ab 1.-\n\t", max_size=40),
)
def test_a_prefilter_hides_nothing(literals: list[str], text: str) -> None:
    found = Prefilter((literal, [literal]) for literal in literals).candidates(text)
    assert set(found) >= {literal for literal in literals if literal in text}


@pytest.mark.parametrize("literal", ["", " ", "a\tb", "a  b", "a\u00a0b"])
def test_a_literal_that_could_not_be_found_is_refused(literal: str) -> None:
    with pytest.raises(ValueError, match="is blank, or holds white space"):
        Prefilter([("x", [literal])])


# Every pattern that the package ships, wherever it stands, takes linear time.


def all_patterns() -> dict[str, tuple[re.Pattern[str], tuple[str, ...]]]:
    found = {f"evidence.toml {name}": (p.regex.regex, (*p.flagged, *p.passed)) for name, p in PATTERNS.items()}
    found |= {
        f"evidence.toml {name}, context": (p.context.regex, p.flagged)
        for name, p in PATTERNS.items()
        if p.context is not None
    }
    examples = ("Lee JR et al. 2012; 3(4): 5-6 helps instead of your pills.[1, 2] 😍",)
    modules: tuple[ModuleType, ...] = (
        offers_module, linking, page, references, rules, severity, signs, testimonials, wordings, layout, punctuation,
        features, folding, language, lexicons, html, mail, word, table,
    )  # fmt: skip
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
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
