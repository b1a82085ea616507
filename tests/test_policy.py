from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from classifier import (
    Assessor,
    ConfigurationError,
    Context,
    Document,
    Evidence,
    Finding,
    Label,
    Sentence,
    Severity,
    Tagged,
)
from classifier.evidence import assess_evidence
from classifier.policy import (
    MARKETS,
    Pack,
    Rule,
    check_examples,
    load_pack,
    load_packs,
    parse_pack,
    read_pack,
    review,
    select_rules,
)
from classifier.policy.examples import findings_of
from classifier.policy.rule import Example

PACKS = {name: load_pack(name) for name in ("support", *MARKETS)}
RULES = [(pack, rule) for pack in PACKS.values() for rule in pack.rules]
NAMES = [rule.id for _, rule in RULES]
DISCLAIMER = (
    "These statements have not been evaluated by the Food and Drug Administration. "
    "This product is not intended to diagnose, treat, cure, or prevent any disease."
)
ALL = Context(markets=MARKETS, product_class="supplement", assumed=False)


def findings(text: str, context: Context = ALL, *labels: Label) -> tuple[Finding, ...]:
    """Review lines of text, each a sentence with the same labels, by all packs."""
    document = Document(text)
    tagged: list[Tagged] = []
    start = 0
    for line in text.split("\n"):
        if line:
            sentence = Sentence(len(tagged), start, start + len(line), line)
            tagged.append(Tagged(sentence, labels or (Label.EFFICACY_CLAIM,), None, {}))
        start += len(line) + 1
    packs = load_packs(context.markets)
    sentences, of_document = review(document, assess_evidence(document, tagged), packs, context)
    return (*(finding for sentence in sentences for finding in sentence.findings), *of_document)


def rules(text: str, context: Context = ALL, *labels: Label) -> set[str]:
    return {finding.rule for finding in findings(text, context, *labels)}


def speaks(pack: Pack, rule: Rule, example: Example) -> bool:
    return rule.id in {finding.rule for finding in findings_of(pack, rule, example)}


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=NAMES)
def test_a_rule_speaks_of_its_flagged_examples_and_of_no_passed_one(pack: Pack, rule: Rule) -> None:
    assert rule.flagged
    assert rule.passed
    for example in rule.flagged:
        assert speaks(pack, rule, example), example
    for example in rule.passed:
        assert not speaks(pack, rule, example), example


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=NAMES)
def test_no_finding_says_that_a_text_is_lawful(pack: Pack, rule: Rule) -> None:
    for finding in findings_of(pack, rule, rule.flagged[0]):
        said = f"{finding.title} {finding.message} {finding.detail}".lower()
        assert not any(word in said for word in ("lawful", "is allowed", "permitted", "compliant", "complies")), said


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=NAMES)
def test_a_rule_says_where_it_comes_from_and_never_that_a_text_is_lawful_or_true(pack: Pack, rule: Rule) -> None:
    assert rule.id.startswith(f"{pack.name}.")
    assert rule.basis
    assert rule.last_verified
    assert rule.markets == (() if pack.name == "support" else (pack.name,))
    assert rule.link.startswith("https://") or pack.name == "support"
    for word in ("compliant", "illegal", "unlawful", "is lawful", "is false", "is true", "complies"):
        assert word not in f"{rule.title} {rule.message} {rule.explanation}".lower()


@pytest.mark.parametrize(("pack", "rule"), RULES, ids=NAMES)
def test_a_rule_yields_only_to_rules_that_run_before_it(pack: Pack, rule: Rule) -> None:
    before = [other.id for other in pack.rules[: pack.rules.index(rule)]]
    assert set(rule.when.yields_to) <= set(before)


def test_every_unsupported_level_has_its_rule() -> None:
    levels = {level for rule in PACKS["support"].rules for level in rule.when.evidence}
    assert levels == {level for level in Evidence if level not in (Evidence.CITED, Evidence.AUTHORISED)}


def test_every_criterion_and_every_weight_loss_claim_has_its_rule() -> None:
    names = {rule.id for rule in PACKS["us"].rules}
    criteria = "symptom natural_state name class substitute augments vector side_effects otherwise".split()
    assert {"us.disease", *(f"us.disease.{name}" for name in criteria)} <= names
    assert sum(name.startswith("us.weight.") for name in names) == 7


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize("label", [Label.EFFICACY_CLAIM, Label.RISK_DISCLOSURE])
def test_the_standard_disclaimer_sets_off_no_rule_whatever_its_label(market: str, label: Label) -> None:
    context = Context(markets=(market,), product_class="supplement", assumed=False)
    for text in (DISCLAIMER, DISCLAIMER.replace(". This", ".\nThis"), DISCLAIMER.replace(", or", " or").lower()):
        assert rules(text, context, label) == set()


@pytest.mark.parametrize("market", MARKETS)
@pytest.mark.parametrize(
    "text",
    [
        "Not intended to diagnose, treat, cure, or prevent any disease.",
        "This product is not meant to diagnose, treat, cure or prevent any disease or disorder.",
        "Our products do not diagnose, treat, cure, or prevent any disease.",
        "These supplements aren't intended to treat or cure any medical condition.",
        "It doesn’t diagnose, treat, cure or prevent any illness.",
    ],
)
def test_other_words_of_the_disclaimer_are_no_disease_claim(market: str, text: str) -> None:
    context = Context(markets=(market,), product_class="supplement", assumed=False)
    assert not [rule for rule in rules(text, context) if ".disease" in rule]


@pytest.mark.parametrize(
    "text", ["Not intended for cows: it cures arthritis.", "Pills do not cure it, our tea heals gout."]
)
def test_a_claim_beside_a_denial_is_still_read(text: str) -> None:
    assert "us.disease" in rules(text)


def test_what_stands_beside_the_disclaimer_is_still_read() -> None:
    assert "us.disease" in rules(f"{DISCLAIMER[:-1]}, but our tea cures cancer.")


def test_the_model_and_the_disclaimer(assessor: Assessor) -> None:
    of_markets = replace(assessor, packs=load_packs(MARKETS), context=ALL)
    assert of_markets.assess(DISCLAIMER).all_findings == ()


MARKETPLACE = (
    "Statements regarding dietary supplements have not been evaluated by the FDA and are not intended to diagnose, "
    "treat, cure, or prevent any disease or health condition."
)


@pytest.mark.parametrize("text", [MARKETPLACE, MARKETPLACE.replace("evaluated", "evalu\u200bated")])
def test_the_disclaimer_of_marketplaces_is_one_in_other_words_and_no_claim(text: str) -> None:
    assert rules(text) == set()
    found = rules(f"Deepens sleep.\n{text}", Context(markets=("us",), product_class="supplement", assumed=False))
    assert found == {"support.none", "us.disclaimer.wording"}


def test_a_rule_that_is_off_keeps_what_yields_to_it_silent() -> None:
    context = Context(markets=("eu",), product_class="food", assumed=False)
    text = "Plant sterols help to lower blood cholesterol, a risk factor in the development of coronary heart disease."
    document = Document(text)
    tagged = [Tagged(Sentence(0, 0, len(text), text), (Label.EFFICACY_CLAIM,), None, {})]
    packs = select_rules(load_packs(("eu",)), disable=["eu.risk.reworded"])
    ((sentence,), _) = review(document, assess_evidence(document, tagged), packs, context)
    assert {finding.rule for finding in sentence.findings} == {"support.none", "eu.risk.statement"}


def test_no_market_is_assumed() -> None:
    assert all(rule.startswith("support.") for rule in rules("Cures arthritis.", Context()))


def test_permission_and_support_are_separate_findings() -> None:
    text = "It cures arthritis (Marsh et al. 2019)."
    context = Context(markets=("us",), product_class="supplement", assumed=False)
    disclaimer, disease = ("us.disclaimer.missing", "permission", "us"), ("us.disease", "permission", "us")
    assert {(f.rule, f.kind, f.market) for f in findings(text, context)} == {disease, disclaimer}
    unsupported = {(f.rule, f.kind, f.market) for f in findings("It cures arthritis.", context)}
    assert unsupported == {disease, disclaimer, ("support.none", "support", None)}


def test_each_market_has_its_own_finding_with_its_own_basis() -> None:
    found = {f.market: f for f in findings("It cures arthritis.") if f.rule.endswith(".disease")}
    assert found.keys() == set(MARKETS)
    assert len({finding.basis for finding in found.values()}) == 3


@pytest.mark.parametrize(
    ("product_class", "applies"), [("supplement", True), ("food", True), ("unknown", True), ("rx", False)]
)
def test_rules_on_food_hold_where_the_class_is_unknown_and_not_for_medicines(product_class: str, applies: bool) -> None:
    context = Context(markets=("us",), product_class=product_class, assumed=product_class == "unknown")
    assert ("us.disease" in rules("Relieves arthritis.", context)) is applies


@pytest.mark.parametrize(
    ("product_class", "applies"),
    [("supplement", True), ("food", True), ("unknown", True), ("rx", False), ("otc", False), ("device", False)],
)
@pytest.mark.parametrize(
    "text", ["Our tablets are FDA-approved.", "Nodolan is approved by the FDA to treat arthritis."]
)
def test_an_approval_is_flagged_of_what_no_agency_approves(product_class: str, applies: bool, text: str) -> None:
    context = Context(markets=("us", "eu"), product_class=product_class, assumed=product_class == "unknown")
    approval = {"us.approval", "eu.approval"}
    assert approval & set(rules(text, context)) == (approval if applies else set())


def test_a_syntax_error_at_the_end_is_told_with_its_line() -> None:
    with pytest.raises(ConfigurationError, match=r"house.toml: Unclosed array \(at end of document, line 2\)"):
        parse_pack('name = "house"\nflagged = ["x"\n\n', source="house.toml")


def test_a_finding_quotes_the_words_that_made_it() -> None:
    text = "Our tea re\u200blieves arthritis."
    (finding,) = (f for f in findings(text) if f.rule == "us.disease")
    assert text[finding.start : finding.end] == "arthritis"


def test_a_support_finding_takes_the_severity_and_place_of_its_claim() -> None:
    tagged = Tagged(Sentence(0, 10, 25, "It cures gout.."), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    document = Document("           It cures gout..")
    ((sentence,), _) = review(document, assess_evidence(document, [tagged]), load_packs(()), Context())
    (finding,) = sentence.findings
    assert (finding.severity, finding.start, finding.end) == (Severity.HIGH, 10, 25)


def test_a_general_claim_may_lean_on_a_listed_claim_that_its_mark_leads_to() -> None:
    context = Context(markets=("eu",), product_class="food", assumed=False)
    filler = "\n\n".join(["One."] * 6)
    text = f"Feel your best*\n\n{filler}\n\n* Zinc contributes to the normal function of the immune system."
    assert "eu.general" not in rules(text, context)
    assert "eu.general" in rules(text.replace("\n\n* Zinc", "\n\nZinc"), context)


# --- packs of users --------------------------------------------------------------------------------------------------

GOOD = r"""
name = "mine"
version = "1"
last_verified = "2026-01-01"
[phrases]
hurt = '\b(?:pain|ache)s?\b'
[lists]
bad = ["miracle"]
[[rule]]
id = "mine.pain"
title = "t"
severity = "low"
message = "m"
basis = "b"
explanation = "e"
when = { labels = ["efficacy_claim"], pattern = '{hurt}', terms = ["@bad", "wonder"] }
flagged = ["A miracle against pain.", { text = "A wonder for aches.", evidence = "cited" }]
passed = ["Eases pain.", { text = "A miracle against pain.", labels = ["risk_disclosure"] }]
"""

BAD = {
    "unknown key": (GOOD + 'colour = "red"\n', r"mine\.toml: rule\[0\]\.colour: unknown key"),
    "missing key": (GOOD.replace('basis = "b"\n', ""), r"mine\.toml: rule\[0\]\.basis: missing"),
    "unknown head": ('color = "x"\n' + GOOD, r"mine\.toml: color: unknown key"),
    "syntax": ("name = \n", r"mine\.toml: .*line 1, column"),
    "severity": (GOOD.replace('"low"', '"grave"'), r"rule\[0\]\.severity: 'grave' is none of low"),
    "kind": (GOOD.replace('"m"', "3"), r"rule\[0\]\.message: give a text, not int"),
    "no examples": (GOOD.replace("passed = [", "passed = []\nx = ["), r"rule\[0\]\.x: unknown key"),
    "empty examples": (GOOD[: GOOD.index("passed")] + "passed = []", r"rule\[0\]\.passed: give at least one example"),
    "twice": (GOOD + GOOD[GOOD.index("[[rule]]") :], "'mine.pain' is used twice"),
    "id": (GOOD.replace('"mine.pain"', '"pain"'), r"rule\[0\]\.id: 'pain': write it as pack\.rule"),
    "condition": (GOOD.replace("labels =", "label ="), r"rule\[0\]\.when\.label: unknown key"),
    "label": (GOOD.replace('labels = ["efficacy_claim"]', 'labels = ["claim"]'), r"when\.labels: 'claim' is none of"),
    "phrase": (GOOD.replace("'{hurt}'", "'{hurts}'"), r"when\.pattern: no phrase is called 'hurts'"),
    "list": (GOOD.replace('"@bad"', '"@worse"'), r"when\.terms: no list is called 'worse'"),
    "expression": (GOOD.replace("'{hurt}'", "'(pain'"), r"when\.pattern: is no regular expression"),
    "runs away": (GOOD.replace("'{hurt}'", r"'(\w+\s?)+$'"), r"when\.pattern: a repeat inside a repeat"),
    "circle": (GOOD.replace(r"hurt = '\b", r"hurt = '{hurt}\b"), r"goes round in a circle"),
    "check": (GOOD.replace("when = {", 'when = { check = "moon",'), r"when\.check: 'moon' is none of"),
    "parameter": (GOOD.replace("when = {", 'when = { check = "general",'), r"when\.distance: missing"),
    "aspect": (
        GOOD.replace("when = {", 'when = { check = "disclaimer", aspect = "colour",'),
        r"when\.aspect: 'colour' is none of missing",
    ),
    "market": (
        GOOD.replace('title = "t"', 'title = "t"\nmarkets = ["mars"]'),
        r"markets: 'mars' is none of us, eu, uk",
    ),
    "example": (GOOD.replace('["A miracle', '[{ txt = "x" }, "A miracle'), r"flagged\[0\]\.txt: unknown key"),
}


def test_a_pack_of_a_user_is_read_tested_and_applied(tmp_path: Path, assessor: Assessor) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    pack = read_pack(path)
    assert list(check_examples(pack)) == []
    document = Document("A miracle against pain.")
    tagged = [Tagged(Sentence(0, 0, 23, document.text), (Label.EFFICACY_CLAIM,), None, {})]
    ((sentence,), _) = review(document, assess_evidence(document, tagged), load_packs((), [path]), Context())
    assert [finding.rule for finding in sentence.findings] == ["support.none", "mine.pain"]
    assert assessor.context == Context()


def test_failing_examples_are_told() -> None:
    pack = parse_pack(GOOD.replace("Eases pain.", "No miracle against pain."), source="mine.toml")
    (failure,) = check_examples(pack)
    assert str(failure) == "mine.pain: speaks of a passed example: 'No miracle against pain.'"


@pytest.mark.parametrize("name", BAD)
def test_a_bad_pack_is_refused_with_its_place(name: str) -> None:
    toml, message = BAD[name]
    with pytest.raises(ConfigurationError, match=message):
        parse_pack(toml, source="mine.toml")


def test_a_pack_takes_no_name_and_no_rule_of_another(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace('name = "mine"', 'name = "support"'))
    with pytest.raises(ConfigurationError, match=r"name: a pack 'support' is loaded already"):
        load_packs((), [path])
    path.write_text(GOOD.replace("mine.pain", "support.none"))
    with pytest.raises(ConfigurationError, match=r"'support\.none' is a rule of the pack 'support' too"):
        load_packs((), [path])


@pytest.mark.parametrize(
    ("content", "message"), [(b"\xff", "not UTF-8"), (b"#" * 1_000_001, "larger than"), (None, "cannot be read")]
)
def test_a_file_that_is_no_pack_is_refused(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        read_pack(path)


def running(packs: Sequence[Pack]) -> list[str]:
    return [rule.id for pack in packs for rule in pack.rules if rule.enabled]


def test_rules_are_switched_on_and_off() -> None:
    pack = parse_pack(GOOD + "enabled = false\n", source="mine.toml")
    assert running(select_rules([pack])) == []
    assert running(select_rules([pack], enable=["mine.*"])) == ["mine.pain"]
    assert running(select_rules([pack], enable=["mine.*"], disable=["mine.pain"])) == []
    assert "us.disease.class" not in running(select_rules([PACKS["us"]], disable=["us.disease.*"]))
    with pytest.raises(
        ConfigurationError, match=r"rules\.disable: no rule is called 'us.diseases'; did you mean 'us.disease'"
    ):
        select_rules([pack], disable=["us.diseases"], where="rules.")
