from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Evidence, features, folding, language, lexicons
from classifier.evidence import find_evidence, linking, page, references, rules, severity, signs, testimonials, wordings
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


# --- the researched patterns, where they are at hand ------------------------------------------------------------------

LEVELS = {
    "resolves": Evidence.CITED, "traceable": Evidence.CITED, "weak": Evidence.CITED, "establishment": Evidence.VAGUE,
    "approval_words": Evidence.VAGUE, "vague": Evidence.VAGUE, "preclinical": Evidence.PRECLINICAL,
    "design": Evidence.DESCRIBED, "traditional": Evidence.TRADITIONAL, "authorisation": Evidence.AUTHORISED,
    "traditional_authorised": Evidence.AUTHORISED, "individual_doctor": Evidence.AUTHORITY, "disclaimer": Evidence.NONE,
}  # fmt: skip
"""What the examples of each kind of pattern offer."""
OTHER = {
    "doctor-recommended": Evidence.AUTHORITY,  # the labelling guidelines take it for an expert's word
    "fell by 27%": Evidence.NONE,  # a size alone describes no study
    "p < 0.05": Evidence.NONE,
}


@pytest.fixture(scope="module")
def researched(root: Path) -> list[dict[str, Any]]:
    path = root.parent / "shared" / "regulatory" / "citation_patterns.json"
    if not path.is_file():
        pytest.skip("no researched patterns beside the project")
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return entries


def test_the_researched_examples_offer_what_they_should(researched: list[dict[str, Any]]) -> None:
    for entry in researched:
        level = LEVELS.get(entry["kind"], LEVELS.get(entry["id"]))
        if level is None:
            continue  # of the rule packs
        for example in entry["positive"]:
            sentence = f"Sleep improved in a trial, {example}" if entry["kind"] == "weak" else example
            assert find_evidence(sentence)[0] is OTHER.get(example, level), example
        for example in entry["negative"]:
            if level is not Evidence.NONE:
                assert find_evidence(example)[0] is not level, example


def test_the_researched_marks_and_entries_are_read(researched: list[dict[str, Any]]) -> None:
    examples = {entry["id"]: entry for entry in researched}
    for name in ("superscript", "symbol_mark"):
        assert all(list(references.find_marks(example, {})) for example in examples[name]["positive"])
        assert not any(list(references.find_marks(example, {})) for example in examples[name]["negative"])
    for heading in examples["reference_heading"]["positive"]:
        assert references.read_entries(f"{heading}\n1. Salt and sleep")
    for line in examples["reference_heading"]["negative"]:
        assert not references.read_entries(f"{line}\n1. Salt and sleep")
    assert all(map(references.read_entries, examples["numbered_reference"]["positive"]))
    assert not any(map(references.read_entries, examples["numbered_reference"]["negative"]))
    for name in ("dshea", "dshea_second", "results_vary"):
        for example in examples[name]["positive"]:
            (note,) = references.read_entries(f"* {example}").values()
            assert note.level is Evidence.NONE, example


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


@pytest.mark.parametrize("text", ["\ud800 two rcts", "two\ud800rcts", "two\u2029\xa0rcts"])
def test_a_prefilter_reads_any_text(text: str) -> None:
    assert Prefilter([("x", ["rct"])]).candidates(text) == ["x"]


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
