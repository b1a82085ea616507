"""Sources that a page tells in words around a claim, and what an encoder may doubt or find of them."""

from __future__ import annotations

import math
import time

import pytest

from classifier.documents import Document
from classifier.evidence import assess_evidence
from classifier.evidence.page import Line, read_page
from classifier.evidence.page_kinds import is_label, is_supplement
from classifier.evidence.told_sources import told_source
from classifier.records import Assessed, Evidence, Label, Tagged
from classifier.segmentation import segment

POOLED = "In a placebo-controlled trial of 60 adults plum juice eased insomnia."


def judged(text: str, claim: str, **shares: float) -> Assessed:
    """Return what is found for one claim of a text; `shares` is what an encoder gives to levels, the rest is even."""
    others = (1 - sum(shares.values())) / (len(Evidence) - len(shares))
    said = tuple(math.log(shares.get(level.value, others)) for level in Evidence)
    sentences = segment(Document(text))
    (place,) = (sentence.index for sentence in sentences if sentence.text == claim)
    labels = (Label.EFFICACY_CLAIM,)
    tagged = [
        Tagged(one, labels, labels[0], {}, evidence_scores=said) if one.index == place else Tagged(one, (), None, {})
        for one in sentences
    ]
    return assess_evidence(Document(text), tagged)[place]


def lines(text: str) -> list[Line]:
    document = Document(text)
    return list(read_page(document, [Tagged(sentence, (), None, {}) for sentence in segment(document)]))


@pytest.mark.parametrize(
    ("page", "quote"),
    [
        (f"{POOLED} The paper of 2016 is by Ann Korte and colleagues.", "Korte and colleagues"),
        (f"{POOLED} It was published in Somnia on June 3, 2016.", "published in S"),
        (f"{POOLED} [Somnia April 2016]", "[Somnia April 2016]"),
        (f"{POOLED} Lead author Ann Korte works in Bonn. The study is of 2016.", "Lead author Ann"),
        (f"{POOLED} We bake bread. It was led by Ann Korte. That was in 2016.", "led by Ann K"),
    ],
)
def test_a_source_told_in_words_is_found_with_the_year_beside_it(page: str, quote: str) -> None:
    found = judged(page, POOLED, cited=0.5, described=0.4)
    assert found.evidence is Evidence.CITED
    assert [(cue.text, cue.rule) for cue in found.cues if cue.kind == "evidence"] == [(quote, "told_source")]


@pytest.mark.parametrize(
    "page",
    [
        f"{POOLED} The paper is by Ann Korte and colleagues.",  # of no year
        f"{POOLED} We bake bread since 2016.",  # by nobody
        f"{POOLED} As published in Plum Lovers Weekly in 2016.",  # in the press
        f"{POOLED} It stood in the Wall Street Journal in 2016.",
        f"In 2016 the Journal of Rest told of oats. {POOLED}",  # of another study
        f"{POOLED} Ann Korte and colleagues wrote it. We bake bread. We bake rye. We opened in 2016.",
        f"{POOLED}\n\nAbout us\nAnn Korte and colleagues founded us in 2016.",  # of another section
        f"{POOLED} {'We bake bread. ' * 8}It was published in Somnia in 2016.",  # out of reach
    ],
)
def test_words_that_lead_to_no_study_are_no_source(page: str) -> None:
    assert judged(page, POOLED, cited=0.9).evidence is Evidence.DESCRIBED


def test_a_source_told_in_words_takes_an_encoder() -> None:
    page = f"{POOLED} The paper of 2016 is by Ann Korte and colleagues."
    assert judged(page, POOLED, cited=0.3, described=0.6).evidence is Evidence.DESCRIBED
    assert judged(page, POOLED, cited=0.5, described=0.4).evidence is Evidence.CITED


def test_a_claim_that_no_rule_judges_takes_a_source_told_in_words() -> None:
    claim = "Plum juice eased insomnia."
    page = f"{claim} That is what Ann Korte and colleagues reported, in the spring of 2016."
    found = judged(page, claim, cited=0.7)
    assert (found.evidence, found.cues[0].rule) == (Evidence.CITED, "told_source")
    assert judged(page, claim, none=0.7).evidence is Evidence.NONE
    before = judged(f"In 2016 the Journal of Rest had news of plums. {claim}", claim, cited=0.7)
    assert (before.evidence, before.cues[0].text) == (Evidence.CITED, "Journal of R")


def test_the_nearest_of_several_sources_is_told() -> None:
    first, claim, *_ = page = lines(
        "Ann Korte and colleagues wrote of rest in 2011. Plum juice eased insomnia. We bake. Bo Lind et al did in 2014."
    )
    found = told_source(claim, page)
    assert found is not None
    assert (found.distance, found.cues[0].start) == (1, first.text.index("Korte"))


def test_sources_told_in_words_are_sought_in_linear_time() -> None:
    def seconds(count: int) -> float:
        page = lines("Plum juice eased insomnia in 2014. " * count)
        start = time.perf_counter()
        for line in page:
            assert told_source(line, page) is None
        return time.perf_counter() - start

    seconds(100)
    assert min(seconds(800) for _ in range(3)) < 3 * min(seconds(400) for _ in range(3))


NEIGHBOUR = "Plum juice eased insomnia (Korte et al., 2016)."


def test_an_encoder_that_is_nearly_sure_doubts_the_citation_of_a_neighbour() -> None:
    claim = "Plum juice brought insomnia down."
    page = f"{NEIGHBOUR} {claim}"
    assert judged(page, claim, cited=0.06, none=0.9).evidence is Evidence.CITED
    assert judged(page, claim, cited=0.02, none=0.9).evidence is Evidence.NONE
    assert judged(f"{page[:-1]} (Lind et al., 2014).", f"{claim[:-1]} (Lind et al., 2014).", cited=0.02).evidence is (
        Evidence.CITED
    )


def test_a_claim_that_introduces_a_study_takes_no_citation_before_it() -> None:
    claim = "Another study in the Journal of Rest found plum juice to end insomnia."
    assert judged(f"{NEIGHBOUR} {claim}", claim, cited=0.9).evidence is not Evidence.CITED
    assert judged(f"{claim} {NEIGHBOUR}", claim, cited=0.9).evidence is Evidence.CITED


def test_an_encoder_takes_a_citation_that_stands_close_by_or_the_only_one() -> None:
    claim = "It ended insomnia for many."
    source = "Korte A. Sleep and plums. J Rest 2016;12(3):45-52."
    far = f"{claim}\n\n" + "We bake bread.\n\n" * 9
    for page, level in (
        (f"{claim}\n\nReading\n\n{source}", Evidence.CITED),
        (f"{far}{source}", Evidence.CITED),
        (f"{far}{source}\n\nLind B. Oats. J Food 2014;2:1-9.", Evidence.DESCRIBED),
        (f"{source}\n\n{'We bake bread. ' * 9}\n\nA new study: {claim}", Evidence.DESCRIBED),
    ):
        told = f"A new study: {claim}" if "new study" in page else claim
        assert judged(page, told, cited=0.6, described=0.3).evidence is level


@pytest.mark.parametrize(
    ("claim", "level"),
    [
        ("FDA-approved red light devices ease arthritis.", Evidence.VAGUE),
        ("FDA cleared light therapy masks for acne.", Evidence.VAGUE),
        ("The Lumo mask is FDA-cleared to treat acne.", Evidence.AUTHORISED),
    ],
)
def test_a_kind_of_devices_is_not_cleared(claim: str, level: Evidence) -> None:
    assert judged(claim, claim, authorised=0.6, vague=0.3).evidence is level


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Omeprazole\nUse(s) treats frequent heartburn\nDirections ask a doctor", True),
        ("Night Cold\nGuaifenesin HCl\nUses Uses: temporarily relieves cough\nDirections shake well", True),
        ("Omeprazole\nUses and history of a drug\nDirections for its study", False),
        ("Plum\nUses: temporarily relieves cough\nDirections shake well", False),
    ],
)
def test_the_name_of_a_drug_alone_on_its_line_makes_a_label_of_uses(text: str, label: bool) -> None:
    assert is_label(text, text.lower()) is label


def test_a_medical_food_is_no_medicine() -> None:
    assert is_supplement("a prescribed medical food for the dietary management of joint pain")
