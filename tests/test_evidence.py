from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Assessed, Document, Evidence, Label, Sentence, Severity, Support, Tagged, segment, split
from classifier.evidence import assess_evidence, find_evidence, severity_of
from classifier.evidence.assessing import read_cases
from classifier.evidence.choosing import choose
from classifier.evidence.offers import denies_effect
from classifier.evidence.ranking import Ranker
from classifier.evidence.references import read_entries
from classifier.evidence.rules import decide
from classifier.evidence.topics import topics_of
from tests.linear import assert_linear

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
    "Also indicated for cold sores in adults.": Evidence.AUTHORISED,
    "Not indicated for cold sores.": Evidence.NONE,
    "LUMIVEXA is approved in 20 countries for hepatitis that has not responded.": Evidence.AUTHORISED,
    "The mask is FDA-cleared (class II) for the treatment of wrinkles.": Evidence.AUTHORISED,
    "The mask is not FDA-cleared for the treatment of wrinkles.": Evidence.VAGUE,
    "A 2020 trial by Okoro et al. with 90 adults found a stronger grip.": Evidence.CITED,
    "Our 2020 trial offer by Okoro helps you sleep.": Evidence.NONE,
    "Our splint is FDA-cleared to treat snoring.": Evidence.AUTHORISED,
    "FDA-approved since 1990 for slow bone healing.": Evidence.AUTHORISED,
    "Enough calcium in a balanced diet may reduce the risk of osteoporosis.": Evidence.AUTHORISED,
    "Enough turmeric in a balanced diet may reduce the risk of osteoporosis.": Evidence.NONE,
    "It slowed breast cancer cell growth (PMID: 23439798).": Evidence.PRECLINICAL,
    "A 2018 meta-analysis by Rowan and colleagues found deeper sleep.": Evidence.CITED,
    "A 2018 trial in South Korea with 90 adults found deeper sleep.": Evidence.DESCRIBED,
    "Lowers cholesterol by 10% within three weeks [Rasmund 2014].": Evidence.CITED,
    "Eases stiff joints in old barns [Summer 2014].": Evidence.NONE,
    "A 2016 trial in Nutrients with 312 adults found shorter colds.": Evidence.CITED,
    "As seen in “Morning Talk” in 2019, it helps men sleep.": Evidence.AUTHORITY,
    "As published in Vogue in 2019, our balm helps adults.": Evidence.NONE,
    "Start your free trial (2024) to sleep deeper.": Evidence.NONE,
    "Open since 2014, Basel Fair 9:30, for calmer nights.": Evidence.NONE,
    "Our cream is approved as vegan for happy skin.": Evidence.NONE,
    "In Riedel's 2016 trial garlic lowered blood pressure.": Evidence.CITED,
    "Deeper sleep, see pubmed.ncbi.nlm.nih.gov/29138605.": Evidence.CITED,
    "The gel is approved in the United States as replacement in adults with low testosterone.": Evidence.AUTHORISED,
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
    "Aids digestion after a heavy meal.": Severity.MEDIUM,
    "Massage with long strokes for softer skin.": Severity.MEDIUM,
    "It cures AIDS.": Severity.HIGH,
    "Protects against strokes.": Severity.HIGH,
}


@pytest.mark.parametrize("sentence", SEVERITIES)
def test_severity_follows_what_the_claim_names(sentence: str) -> None:
    assert severity_of(sentence)[0] is SEVERITIES[sentence]


def assess(text: str, *labels: Label) -> Assessed:
    """Assess a document of one sentence, by the rules alone."""
    tagged = Tagged(Sentence(0, 0, len(text), text), labels, labels[0] if labels else None, {})
    return assess_evidence(Document(text), [tagged], use_trained=False)[0]


@pytest.mark.parametrize("cure", [" and cures cancer", ", and it ends arthritis"])
def test_an_authorised_function_supports_no_cure_beside_it(cure: str) -> None:
    function = "Zinc contributes to the normal function of the immune system"
    assert assess(f"{function}.", Label.EFFICACY_CLAIM).evidence is Evidence.AUTHORISED
    assert assess(f"{function}{cure}.", Label.EFFICACY_CLAIM).evidence is Evidence.NONE


def levels(text: str, *, use_trained: bool = False, product_class: str = "unknown") -> dict[str, str]:
    """Assess a page, by rules alone by default, each sentence with a "~" being a claim; return the claims' levels."""
    sentences = [Sentence(i, start, end, text[start:end]) for i, (start, end) in enumerate(split(text))]
    tagged = [
        Tagged(s, (Label.EFFICACY_CLAIM,) if "~" in s.text else (), Label.EFFICACY_CLAIM if "~" in s.text else None, {})
        for s in sentences
    ]
    assessed = assess_evidence(Document(text), tagged, use_trained=use_trained, product_class=product_class)
    for sentence in assessed:
        for cue in sentence.cues:
            assert text[cue.start : cue.end] == cue.text
    return {s.text.replace("~", "").strip("• "): s.evidence.value for s in assessed if s.evidence is not None}


def test_only_efficacy_claims_are_judged() -> None:
    assessed = assess("Studies show that it binds GABA receptors.", Label.MECHANISM_CLAIM)
    assert (assessed.evidence, assessed.support, assessed.severity, assessed.cues) == (None, None, None, ())


def test_a_supported_claim_has_no_severity() -> None:
    assessed = assess("It eased gout in a trial (PMID: 23439798).", Label.EFFICACY_CLAIM)
    assert (assessed.support, assessed.severity) == (Support.SUPPORTED, None)


def test_invisible_characters_hide_nothing() -> None:
    text = "It cu\u00adres ca\u200bncer, stu\u00addies show that."
    assessed = assess(text, Label.EFFICACY_CLAIM)
    assert (assessed.evidence, assessed.severity) == (Evidence.VAGUE, Severity.HIGH)
    assert [text[cue.start : cue.end] for cue in assessed.cues] == [cue.text for cue in assessed.cues]


def test_a_cue_ends_where_its_citation_ends() -> None:
    (cue,) = assess("It helped (doi:10.1016/j.x.2012.04.007).", Label.EFFICACY_CLAIM).cues
    assert cue.text == "doi:10.1016/j.x.2012.04.007"


ENTRY = "Lee J. J Sleep 2015;12(3):45-52."
FAR = "\n\n" + "We bake.\n\n" * 9
TOLD = "Adults in a trial of 60 slept longer.\nWe bake.\nWe pack.\nWe ship.\nWe care.\n"
STUDY = "1. Lee J. Sleep and magnesium. J Sleep 2015;12(3):45-52."
PAGES = {
    "sources in one line": (
        "Magnesium deepens sleep (2)~.\n\nZinc shortens colds (1).\n\n1. Ono K. Zinc. Gut 2011;3:4. "
        + STUDY.replace("1.", "2."),
        "cited",
    ),
    "sources in one line after their heading": (
        f"Magnesium deepens sleep [1]~.\n\nSources: {STUDY.replace('1.', '[1]')} [2] Ono K. Zinc. Gut 2011;3:4.",
        "cited",
    ),
    "steps in one line": ("Magnesium deepens sleep (2)~.\n\n1. Mix it. 2. Drink it at night", "none"),
    "a mark that leads to a study": (f"Magnesium deepens sleep [1]~.\n\nReferences\n{STUDY}", "cited"),
    "a superscript": (f"Magnesium deepens sleep¹~\n\nReferences\n{STUDY}", "cited"),
    "a pilcrow": (f"Magnesium deepens sleep¶~.{FAR}¶ {ENTRY}", "cited"),
    "a double bar": (f"Magnesium deepens sleep‖~.{FAR}‖ {ENTRY}", "cited"),
    "a section sign": (f"Magnesium deepens sleep§~.{FAR}§ {ENTRY}", "cited"),
    "the second of two signs": (f"Magnesium deepens sleep*†~.{FAR}* Not evaluated by the FDA.\n† {ENTRY}", "cited"),
    "a raised letter past e": (f"Magnesium deepens sleep.ᵏ~{FAR}ᵏ {ENTRY}", "cited"),
    "a raised Roman numeral": (f"Magnesium deepens sleepⁱⁱ~.{FAR}References\nii. {ENTRY}", "cited"),
    "a Roman numeral": (f"Magnesium deepens sleep (iv)~.{FAR}Notes\n(iv) {ENTRY}", "cited"),
    "letters in brackets": (f"Magnesium deepens sleep [g, h]~.{FAR}References\ng) {ENTRY}\nh) {ENTRY}", "cited"),
    "letters in brackets of which one leads nowhere": (
        f"Magnesium deepens sleep [g, h]~.{FAR}References\nh) {ENTRY}",
        "none",
    ),
    "a number with a nought": (f"Magnesium deepens sleep.[03]~{FAR}References\n3. {ENTRY}", "cited"),
    "a number after a percentage": (f"~Magnesium cut waking by 8%.3{FAR}References\n3. {ENTRY}", "cited"),
    "an article and an item are no marks": (
        f"A magnesium tea (a) calms~, (i) it is a joy.{FAR}References\na) {ENTRY}\ni) {ENTRY}",
        "none",
    ),
    "an ordinal is no mark": (f"Deeper sleep on the 5ᵗʰ night~.{FAR}References\nt) {ENTRY}", "none"),
    "a paragraph of the law is no mark": (f"Deeper sleep under § 4~.{FAR}§ {ENTRY}", "none"),
    "a mark that leads to animals": (
        "It eases pain [1]~.\n\nReferences\n1. Lee J. Pain in rats. J Pain 2015;12(3):45-52.",
        "preclinical",
    ),
    "a mark that leads to a disclaimer": (
        "Deepens sleep.*~\n\n* These statements have not been evaluated by the Food and Drug Administration.",
        "none",
    ),
    "a mark that leads nowhere": ("Deepens sleep [7]~.\n\nWe ship on Monday.", "none"),
    "a citation of another ingredient": (
        "Valerian deepens sleep~. Magnesium improved sleep in a trial of 60 adults (Lee et al., 2015).",
        "none",
    ),
    "a citation of another outcome": (
        "Magnesium deepens sleep~. Magnesium lowered blood pressure in a trial of 60 adults (Lee et al., 2015).",
        "none",
    ),
    "a citation in another block": (
        "Magnesium deepens sleep~.\n\nMagnesium improved sleep in 60 adults (Lee et al., 2015).",
        "none",
    ),
    "a citation in the same block": (
        "Magnesium deepens sleep~. In a trial it improved sleep quality in 60 adults (Lee et al., 2015).",
        "cited",
    ),
    "a use on a drug label": (
        "Drug Facts\nActive ingredient\nTolnaftate 1%\nUses\n• treats athlete's foot~\nWarnings\nExternal use.",
        "authorised",
    ),
    "the same words on a supplement": (
        "Supplement Facts\nUses\n• treats athlete's foot~\nWarnings\nKeep away from children.",
        "none",
    ),
    "a nutrient named before": ("Rich in zinc.\nIt contributes to normal immune function~.", "authorised"),
    "uses on an excerpt of a label": ("Uses\n• temporarily shrinks swollen tissue~", "authorised"),
    "boasts under the same heading": ("Uses\n• pure bliss for your joints~", "none"),
    "label words on a supplement": ("Dietary supplement\n\nUses\n• temporarily shrinks swollen tissue~", "none"),
    "a listed wording": ("Iron contributes to the formation of red blood cells and haemoglobin~.", "authorised"),
    "a listed wording of another substance": (
        "Honey contributes to the formation of red blood cells and haemoglobin~.",
        "none",
    ),
    "a source below": ("It softens the stool~.\nReference: Ribeiro et al., 2019. PMID: 91827340", "cited"),
    "a source above another block": (
        "It softens the stool~.\n\nFast shipping.\n\nReference: Ribeiro et al., 2019. PMID: 91827340",
        "none",
    ),
    "another study after a citation": (
        "Magnesium deepened sleep in 60 adults (Lee et al., 2015). In a separate study of 80 women sleep improved~.",
        "described",
    ),
    "a heading of a cited result": ("Deeper sleep~\n\nIn 60 adults it deepened sleep (Lee et al., 2015)~.", "cited"),
    "a heading of another outcome": ("Calmer joints~\n\nIn 60 adults it deepened sleep (Lee et al., 2015)~.", "none"),
    "a citation in quotation marks": ('"In a trial (Lee et al., Sleep Rev, 2016) I slept better~."\nJoan, 61', "cited"),
    "a purpose on a label without heads": (
        "Tolnaftate 1%\nAntifungal~\nFor external use only.\nStop use and ask a doctor if irritation occurs.",
        "authorised",
    ),
    "the same word on a balm": ("Lavender balm 50 g\nAntifungal~\nFor external use only.", "none"),
    "what a medicine is used for": (
        "Patient information\nDo not take it with alcohol. Tell your doctor of side effects.\n"
        "Marolol is used to treat high blood pressure~.",
        "authorised",
    ),
    "label words on homeopathic pellets": ("Homeopathic pellets\nTemporarily relieves restless nights~", "none"),
    "an item of a nutrient's list": ("Zinc contributes to:\n• normal immune function~", "authorised"),
    "the same item of a blend's list": ("Our blend contributes to:\n• normal immune function~", "none"),
    "a further result of a study": (
        "In a trial 60 adults took ginger or placebo. They were seen weekly. Stiffness fell by a third~.",
        "described",
    ),
    "a promise after a study": (
        "In a trial 60 adults took ginger or placebo. They were seen weekly. Ginger keeps you supple~.",
        "none",
    ),
    "a study told right after": (
        "A new study points to calmer joints with ginger~. "
        "The trial gave 60 adults with stiff joints placebo or ginger.",
        "described",
    ),
    "a journal and its date below": ("Ginger eases stiff joints~.\nJ Joint Res, March 2021", "cited"),
    "an entry without a heading": (
        "Ginger eases stiff joints (2)~.\n\n1. Moor T. 2014. Exp Joints 8.\n2. Rowan A. 2012. Food Joints 13.",
        "cited",
    ),
    "bold words that are no footnote": (
        "**Eyes**: keeps your eyes clear~.\n**Baby**: Vitamin D contributes to the maintenance of normal bones.",
        "none",
    ),
    "an approved facility": ("Made in an FDA-approved facility to ease your joints~.", "vague"),
    "a testimonial": ('"My knees feel better after a week~. I can run again."\nJoan, 61', "anecdotal"),
    "a mark that leads to another ingredient": (
        "Valerian deepens sleep [1]~.\n\nReferences\n1. Lee J. Magnesium and sleep. J Sleep 2015;12(3):45-52.",
        "none",
    ),
    "a mark that leads to another outcome": (
        "Magnesium deepens sleep [1]~.\n\nReferences\n1. Lee J. Magnesium and blood pressure. J Press 2015;12:45-52.",
        "none",
    ),
    "a mark that leads to a trial without effect": (
        "Magnesium deepens sleep [1]~.\n\nReferences\n1. Lee J. Magnesium does not improve sleep. J Sleep 2015;12:45.",
        "none",
    ),
    "a trial without effect beside": (
        "A trial of 60 adults found no effect of magnesium on sleep (Lee et al., 2015). Magnesium deepens sleep~.",
        "none",
    ),
    "a trial without side effects beside": (
        "In 60 adults magnesium improved sleep with no side effects (Lee et al., 2015). Magnesium deepens sleep~.",
        "cited",
    ),
    "a pronoun for another ingredient": (
        "Valerian is a root. It deepens sleep~. Magnesium improved sleep in a trial of 60 adults (Lee et al., 2015).",
        "none",
    ),
    "a pronoun for the same ingredient": (
        "Magnesium is a metal. It deepens sleep~. Magnesium improved sleep in a trial of 60 adults (Lee et al., 2015).",
        "cited",
    ),
    "a citation of what the agent is set against": (
        "Unlike magnesium (PMID: 23439798), our drops deepen sleep~.",
        "none",
    ),
    "a feat beside an authorised function": (
        "Zinc contributes to the normal function of the immune system and melts belly fat~.",
        "none",
    ),
    "a feat beside a listed wording": (
        "Iron contributes to the formation of red blood cells and haemoglobin and makes you ten years younger~.",
        "none",
    ),
    "an entry that names no agent": (
        f"Magnesium deepens sleep [1]~.{FAR}References\n1. Lee J. Oral health and skin. Brain Lett 2015;12(3):45-52.",
        "cited",
    ),
    "a line that stands after an entry": (
        f"Magnesium deepens sleep [1]~.{FAR}References\n1. Lee J. Magnesium: a trial. Min Lett 2015;12(3):45-52.\n"
        "Magnesium for your blood pressure is on the next page",
        "cited",
    ),
    "the second entry of a list without numbers": (
        f"Magnesium deepens sleep [2]~.{FAR}References\n- Orlo K. Tea lore. 2011.\n- {ENTRY}",
        "cited",
    ),
    "a risk that an authorised claim names": (
        "Adequate calcium, as part of a balanced diet, may reduce the risk of osteoporosis~.",
        "authorised",
    ),
    "a sentence that is wrapped": (
        "We bake bread in an old mill by the river, and we sell it in the\nmarket. Adequate calcium throughout life, "
        "as part of a balanced\ndiet, may reduce the risk of osteoporosis~. The market is\nopen on every day of the "
        "week but Sunday, from six until noon.",
        "authorised",
    ),
    "a use that nobody has authorised": (
        "LUMIVEXA is approved for gout.\nCommon side effects: ask your doctor. Prescription medicine, 5 mg tablets.\n\n"
        "It is used off-label for migraine~.",
        "none",
    ),
    "a further promise after a study that was cited": (
        "In 60 adults magnesium improved sleep (Lee et al., 2015). It also helps dull hair~.",
        "none",
    ),
    "a promise three sentences after a citation": (
        "In 60 adults magnesium improved sleep (Lee et al., 2015). We sell it. It is white. Magnesium deepens sleep~.",
        "none",
    ),
    "what other researchers have found": (
        "A trial in 60 adults deepened sleep (Lee et al., 2015). Other investigators reported deeper sleep too~.",
        "none",
    ),
    "a list without numbers that is too short": (f"Magnesium deepens sleep [2]~.{FAR}References\n- {ENTRY}", "none"),
    "a number after a space": (f"~Magnesium deepens sleep 1.{FAR}References\n1. {ENTRY}", "cited"),
    "a number of a type": (f"~Magnesium is for diabetics of type 1{FAR}References\n1. {ENTRY}", "none"),
    "a star before the number": (f"~Magnesium deepens sleep.*1{FAR}References\n1. {ENTRY}", "cited"),
    "a unit that is no mark": (f"~Ginger deepens sleep under 8 cm²{FAR}References\n2. {ENTRY}", "none"),
    "a result after a study that was cited": (
        "In 60 adults it improved sleep (Lee et al., 2015). Waking fell by 8%~.",
        "cited",
    ),
    "a short source is no heading": (
        f"We ship.{FAR}In a trial waking fell by 8%~. Sleep was deeper.\nMin Lett. 2018;6(3):112-118\nWe bake.",
        "cited",
    ),
    "a listed wording of another verb": (
        "Oat beta-glucan has been shown to lower blood cholesterol, and high cholesterol is a risk factor in the "
        "development of coronary heart disease~.",
        "authorised",
    ),
    "a listed effect with a verb of no wording": ("Zinc helps fertility and reproduction~.", "none"),
    "a listed wording after another verb": (
        "Iron helps: it contributes to the formation of red blood cells and haemoglobin~.",
        "authorised",
    ),
    "a blend that holds a nutrient": (
        "Our capsules hold vitamin B6, which contributes to the reduction of tiredness~.",
        "authorised",
    ),
    "a later item of a nutrient's list": (
        "Vitamin C contributes to:\nthe formation of collagen\nthe reduction of tiredness and fatigue~",
        "authorised",
    ),
    "an item of a list": ("Traditionally used for:\n• restless nights~\n• sore throats~", "traditional"),
}


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("a mark that leads to another")])
def test_the_trained_part_follows_no_mark_to_another_study(name: str) -> None:
    assert next(iter(levels(PAGES[name][0], use_trained=True).values())) != "cited"


@pytest.mark.parametrize("name", PAGES)
def test_a_claim_takes_what_the_page_offers_for_it(name: str) -> None:
    text, wanted = PAGES[name]
    assert next(iter(levels(text).values())) == wanted


@pytest.mark.parametrize(
    "claim",
    [
        "Curcumax treats arthritis and reverses diabetes.",
        "Turmeric tablets are taken for arthritis.",
        "Our tea temporarily cures migraine.",
        "It ENDS diabetes for good.",
    ],
)
@pytest.mark.parametrize(
    "cautions",
    [
        "Talk to your doctor or pharmacist before use if you are pregnant, take prescription medicines or have kidney "
        "disease. Side effects are rare. In case of allergic reactions stop. Do not exceed the maximum dose.",
        "Ask a doctor if you are pregnant, take a prescription medicine, are taking prescription drugs or have liver "
        "disease. Our tablets are vegan, not FDA-approved. Side effects are rare. An overdose may cause a rash.",
    ],
)
def test_cautions_make_no_medicine(claim: str, cautions: str) -> None:
    """The warnings of a supplement speak of doctors, medicines and side effects as a leaflet does."""
    assert next(iter(levels(f"{claim[:-1]}~.\n\n{cautions}").values())) == "none"


def test_what_is_sold_decides_whose_label_it_is() -> None:
    text = "Drug Facts\nActive ingredient\nTolnaftate 1%\nUses\n• treats athlete's foot\nWarnings\nExternal use."
    tagged = [
        Tagged(one, (Label.EFFICACY_CLAIM,) if "treats" in one.text else (), None, {})
        for one in segment(Document(text))
    ]
    for product_class, level in (("otc", Evidence.AUTHORISED), ("supplement", Evidence.NONE)):
        assessed = assess_evidence(Document(text), tagged, product_class=product_class, use_trained=False)
        assert [one.evidence for one in assessed if one.evidence is not None] == [level]


APPROVED = (
    ("NightCalm is FDA-approved to treat insomnia~.", "vague"),
    ("The FDA has approved NightCalm for insomnia~.", "none"),
    ("Licensed by the MHRA for the relief of hay fever~.", "none"),
    ("NightCalm is FDA-approved to treat:\n• insomnia~", "none"),
)


@pytest.mark.parametrize(("text", "level"), APPROVED)
def test_an_approval_is_of_medicines_and_devices_and_not_of_supplements(text: str, level: str) -> None:
    for product_class in ("rx", "otc", "device", "unknown"):
        assert set(levels(text, product_class=product_class).values()) == {"authorised"}
    for product_class in ("supplement", "food", "cosmetic"):
        assert set(levels(text, product_class=product_class).values()) == {level}
    assert set(levels(f"{text}\n\nThis dietary supplement is vegan.").values()) == {level}


def test_a_resolved_mark_quotes_the_mark_and_its_entry() -> None:
    text = f"Magnesium deepens sleep [1].\n\nReferences\n{STUDY}"
    end = text.index("\n")
    tagged = Tagged(Sentence(0, 0, end, text[:end]), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    mark, entry = assess_evidence(Document(text), [tagged])[0].cues
    assert (mark.text, entry.kind, text[entry.start : entry.end]) == ("[1]", "reference", entry.text)
    assert entry.text.startswith("Lee J.")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("Magnesium deepens sleep [7].\n\nWe ship on Monday.", [("[7]", "unresolved_mark")]),
        ("Magnesium deepens sleep.*\n\n* Results may vary.", [("*", "mark"), ("Results may vary.", "entry")]),
        ("Magnesium deepens sleep.\n\n* Results may vary.", []),
        ("**Magnesium** deepens sleep.\n\n* Results may vary.", []),
    ],
)
@pytest.mark.parametrize("use_trained", [False, True])
def test_a_claim_without_evidence_quotes_the_mark_that_promised_some(
    text: str, quoted: list[tuple[str, str]], use_trained: bool
) -> None:
    end = text.index("\n")
    tagged = Tagged(Sentence(0, 0, end, text[:end]), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    (found,) = assess_evidence(Document(text), [tagged], use_trained=use_trained)
    assert found.evidence is Evidence.NONE
    assert [(cue.text, cue.rule) for cue in found.cues if cue.kind != "severity"] == quoted


def test_the_trained_part_never_cites_what_the_page_does_not() -> None:
    text = "Magnesium deepens sleep."
    tagged = Tagged(Sentence(0, 0, len(text), text), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    (case,) = read_cases(Document(text), [tagged]).cases
    scores = {level: float(place) for place, level in enumerate(Evidence)}
    assert choose(case, decide(case), scores).level is Evidence.DESCRIBED


def encoded(level: Evidence) -> tuple[float, ...]:
    """What an encoder says that is sure of a level."""
    return tuple(-0.01 if one is level else -20.0 for one in Evidence)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Relieves minor aches.", Evidence.AUTHORISED),
        ("Relieves minor aches.", Evidence.TRADITIONAL),
        (f"It eased pain for many.\n\nAbout us\nWe bake.\n\nReading\n{STUDY}", Evidence.CITED),
    ],
)
def test_an_encoder_that_is_sure_is_followed_where_no_rule_is(text: str, level: Evidence) -> None:
    first, *others = segment(Document(text))
    claim = Tagged(first, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=encoded(level))
    found, *_ = assess_evidence(Document(text), [claim, *(Tagged(one, (), None, {}) for one in others)])
    assert found.evidence is level
    assert found.cues


@pytest.mark.parametrize(
    "text",
    [
        "Reverses arthritis.\nSUPPLEMENT FACTS",
        "Temporarily relieves joint pain.\nThis dietary supplement is not intended to diagnose any disease.",
        "CBD oil is indicated for the treatment of epilepsy.",
        "Zinc contributes to the normal function of the immune system and cures eczema.",
    ],
)
def test_an_encoder_authorises_no_supplement_and_no_cure_beside_a_function(text: str) -> None:
    first, *others = segment(Document(text))
    scores = encoded(Evidence.AUTHORISED)
    claim = Tagged(first, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=scores)
    found, *_ = assess_evidence(Document(text), [claim, *(Tagged(one, (), None, {}) for one in others)])
    assert found.support is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "said", "level"),
    [
        (f"{TOLD}{STUDY}", Evidence.CITED, Evidence.CITED),
        (f"{TOLD}{STUDY}", Evidence.VAGUE, Evidence.DESCRIBED),
        (f"{TOLD}", Evidence.CITED, Evidence.DESCRIBED),
        (f"{TOLD}\n\n{'We bake bread. ' * 9}\n\n{STUDY}", Evidence.CITED, Evidence.DESCRIBED),
        (f"Chamomile: {TOLD}{STUDY}", Evidence.CITED, Evidence.DESCRIBED),
    ],
)
def test_a_study_told_is_cited_where_an_encoder_says_so_and_a_citation_is_in_reach(
    text: str, said: Evidence, level: Evidence
) -> None:
    first, *others = segment(Document(text))
    claim = Tagged(first, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=encoded(said))
    found, *_ = assess_evidence(Document(text), [claim, *(Tagged(one, (), None, {}) for one in others)])
    assert found.evidence is level


def test_a_study_told_is_not_cited_by_the_head_of_the_page_nor_without_an_encoder() -> None:
    head = "Oats were tasted by a panel (Kim et al., J Food 2015).\n\n" + "We bake bread.\n\n" * 20
    for text, scores in ((f"{head}{TOLD}", encoded(Evidence.CITED)), (f"{TOLD}{STUDY}", ())):
        sentences = segment(Document(text))
        claims = [
            Tagged(one, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=scores)
            if one.text.startswith("Adults")
            else Tagged(one, (), None, {})
            for one in sentences
        ]
        levels = {found.evidence for found in assess_evidence(Document(text), claims)} - {None}
        assert levels == {Evidence.DESCRIBED}


TRIAL = "Marine collagen was tested in 59 adults (Rosen et al, Clin Oral Flora 22:310) with less joint pain."


@pytest.mark.parametrize(
    ("claim", "level"),
    [
        ("Fewer of the patients needed tramadol in that study.", Evidence.CITED),
        ("In our own open test of 33 adults joint pain fell by 20% in six weeks.", Evidence.DESCRIBED),
        ("In an unpublished trial 50 drivers had less joint pain than on placebo.", Evidence.DESCRIBED),
        ("In a trial of its own, the company found 30% less joint pain in 50 adults.", Evidence.DESCRIBED),
        ("A smaller trial found less joint pain.", Evidence.VAGUE),
        ("Subsequent studies found less joint pain.", Evidence.VAGUE),
        ("Collagen lowered joint pain by 20%.", Evidence.CITED),
        ("Collagen lowered joint pain by 20% [7].", Evidence.NONE),  # its own mark leads nowhere
        ("Collagen is an amino mix shown to end insomnia.", Evidence.VAGUE),
    ],
)
def test_what_goes_on_with_a_cited_study_is_cited_and_what_tells_of_another_is_not(claim: str, level: Evidence) -> None:
    assert levels(f"{TRIAL} {claim[:-1]}~.")[claim] == level


@pytest.mark.parametrize(
    "claim",
    [
        "Unlike in that study, our tea cures cancer.",
        "Inspired by that study, our tea ends insomnia.",
        "Enjoy this 30-day trial and sleep deeper.",
    ],
)
def test_what_only_speaks_of_a_study_is_not_cited_by_the_one_before(claim: str) -> None:
    assert levels(f"{TRIAL} {claim[:-1]}~.")[claim] != Evidence.CITED


def test_an_address_alone_heads_nothing() -> None:
    page = "Linden eased worry~.\n\nhttps://www.ncbi.nlm.nih.gov/pubmed/11111111\n\nOat baths soothe itching~."
    assert levels(page)["Oat baths soothe itching."] == Evidence.NONE


def test_a_result_that_is_not_significant_denies_an_effect() -> None:
    assert denies_effect("It brought a slight non-significant reduction in pain (Lee et al., 2015).")
    assert not denies_effect("Pain fell in women, though a non-significant change was seen in men (Lee et al., 2015).")


def test_entries_may_have_signs_that_lead_back() -> None:
    text = (
        "References\n- ^ Orlo A, Brandt KJ. Linden tea and sleep. 2011 ↩\n- ^ Ruiz B. Oats and itching. Skin 2014 ↩\n"
    )
    assert [(entry.key, entry.level) for entry in read_entries(text).values()] == [
        ("1", Evidence.CITED),
        ("2", Evidence.CITED),
    ]


def test_a_medicine_that_warns_of_supplements_is_none() -> None:
    page = "Drug Facts\nActive ingredient\nTolnaftate 1%\nUses\n• treats athlete's foot~\nWarnings\n{}"
    for warning, level in (
        ("Ask a doctor if you take other dietary supplements.", "authorised"),
        ("This dietary supplement is vegan.", "none"),
        ("Tolnaftate 6X HPUS.", "none"),
    ):
        assert [*levels(page.format(warning)).values()] == [level]


def test_an_own_study_with_its_source_right_after_is_cited() -> None:
    claim = "In our own randomized trial of 60 adults joint pain fell by 20%."
    source = "Source: Rosen L. J Clin Med 2015;3:45-9"
    assert levels(f"{claim[:-1]}~.\n{source}")[claim] == Evidence.CITED
    marked = "Joint pain fell by 20% [7]."
    assert levels(f"{marked[:-1]}~.\n{source}")[marked] == Evidence.CITED


def test_that_trial_is_the_one_before_though_the_page_cites_another() -> None:
    own = "The company found less sick leave in an unpublished trial of 50 adults."
    claim = "In that trial energy scores went up 14%, against 3% on placebo."
    page = f"doi:10.1016/j.phymed.2012.04.007\nA study abstract.\n{{}} {claim[:-1]}~."
    assert levels(page.format("Adults took rice bran."))[claim] == Evidence.CITED
    assert levels(page.format(own))[claim] == Evidence.DESCRIBED


def first_by_rules(text: str) -> Assessed:
    """Return what the rules alone say of the first sentence, the only claim of a text."""
    first, *others = segment(Document(text))
    claim = Tagged(first, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    return assess_evidence(Document(text), [claim, *(Tagged(one, (), None, {}) for one in others)], use_trained=False)[
        0
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Turmeric eases arthritis.\nSource: Instagram, 2023",
        "Turmeric eases arthritis.\nSource: VitaCorp internal data, 2021",
        "Our SleepWell capsules, made in line with EU 1169/2011, cure insomnia.",
        "Garlic lowers cholesterol, though it is not on the GB register.",
        "This is no class II medical device but works to relieve pain.",
        "Our wand is a class 1 laser device, safe to use, which cures tinnitus.",
        "Cures arthritis [2].\n\nReferences from happy customers: [1] Anna B. London 2022. [2] Carl D. Leeds 2021.",
        "Heats rooms of 20m² and eases arthritis.\n\n¹ Lab tested. ² Lee J. Pain 2012;3:45.",
        "Our probiotic of 10² CFU ends bloating.\n\n¹ Made in Leeds. ² Lee J. Pain 2012;3:45.",
        "Turmeric eases arthritis.²\n\n¹ Survey. ² Lee J., customer since 2012.",
        "Lisa and others (Trustpilot, 2023) saw results: pain fell.",
        "Turmeric eases arthritis.\nSource: Wall Street Journal, 2021",
        "The claim: cures acne (GB register).",
        "Horsetail: normal joints and hair.",
        "Vitamin D: normal muscles, no more arthritis.",
        "Our blend: normal immune function",
        "Vitamin C contributes to normal immune function and may reduce the risk of heart disease.",
        "Our diet drops may reduce the risk of heart disease.",
        "Turmeric 1% ..... anti-arthritic\nOur tea. Warnings: none. Directions: sip.",
        "Diets low in saturated fat and cholesterol that include our oats tea may reduce the risk of heart disease.",
        "Zinc contributes to normal immune function; diets end diabetes and may reduce the risk of heart disease.",
        "Vitamin D: normal blood sugar",
        "Vitamin D (cures flu): normal muscle function",
        "Menthol 1% (melts belly fat) ..... Topical analgesic\nDrug Facts\nUses\nWarnings\nDirections",
        "Cures hangovers menthol 1% ..... Pain reliever\nDrug Facts\nUses\nWarnings\nDirections",
        "Zinc contributes to normal immune function and removes a risk factor for heart disease.",
        "Our tea melts fat (Kim et al, Main Street Fair 10: 100-140).",
        "A research chat published 2020 in Journal of Yoga says our tea melts fat.",
        "Turmeric with vitamin C: normal function of the immune system",
        "Magnesium: normal muscle function and no more cramps",
        "Menthol cures cancer up to 100% - pain reliever\nDrug Facts\nUses\nWarnings\nDirections",
        "Garlic 500 mg ..... antibiotic\nDrug Facts\nUses\nWarnings\nDirections",
        "Our story was published in 2020 in the Journal of Joy: arthritis gone.",
        "No study was ever published, nothing in 2021 in the Journal of Pain, but arthritis goes.",
        "London 2019, Med Spa: our turmeric capsules relieve arthritis pain.",
        "Our tea relieves arthritis (Moses et al, Genesis 3:16).",
        "Our tea cures cancer ..... A study by Lee et al. (2015) found that water is wet.",
        "Published in 2019 in Berlin, our book says turmeric eases arthritis.",
        "Turmeric eases arthritis (Summer 2014).",
        "Self-declared class I medical device for relief of migraine.",
        "Crystal bracelet, Class I medical device for the treatment of depression.",
    ],
)
def test_what_only_looks_like_a_source_supports_nothing(text: str) -> None:
    assert first_by_rules(text).support is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Oat beta-glucan lowers blood cholesterol (EU 1160/2011).", Evidence.AUTHORISED),
        ("Medical device class IIa, CE 0481, for softening of ear wax.", Evidence.AUTHORISED),
        ("Gums bleed less.²\n\n¹ 204 dentists. ² Lee J. Gum Health 2012;3:45-9.", Evidence.CITED),
        ("Pain fell by a third.\nSource: Finnish Annals Int Health, 2015", Evidence.CITED),
        ("Fewer pockets in a second test (Rosen et al, Clin Oral Flora 22:310).", Evidence.CITED),
        ("Voids fell by 23% 4\n\nReferences\n4. Barr G. Eur Urol Pract 1996;14:52-8.", Evidence.CITED),
        (
            "Soreness was lower by 29%. The work was published May 2020 in Journal of Exercise Nutrition.",
            Evidence.CITED,
        ),
        ("Vitamin D: normal muscle function", Evidence.AUTHORISED),
        ("• Zinc + selenium: normal function of the immune system", Evidence.AUTHORISED),
        (
            "Diets low in saturated fat and cholesterol that include 7 g of soluble fiber from psyllium husk may "
            "reduce the risk of heart disease.",
            Evidence.AUTHORISED,
        ),
        ("Pramoxine HCl 1% ..... Topical analgesic\nDrug Facts\nUses\nWarnings\nDirections", Evidence.AUTHORISED),
        ("Moringa brings in milk (9).\n\nsources: (9) Lee J. Milk 2012;3:45-9 (10) Ono K. Sleep 2015", Evidence.CITED),
    ],
)
def test_short_forms_of_sources_are_known(text: str, level: Evidence) -> None:
    assert first_by_rules(text).evidence is level


@pytest.mark.parametrize(
    ("text", "support"),
    [
        ("Kelvastin\nIndications: treatment of pneumonia.", Support.SUPPORTED),
        ("Colloidal Silver Tonic\nIndications: treatment of pneumonia.", Support.UNSUPPORTED),
        ("Colloidal Silver Tonic\n\nIndications\nTreatment of pneumonia.", Support.UNSUPPORTED),
        ("Colloidal Silver Tonic\nUses\n- Treatment of pneumonia\n- relief of arthritis", Support.UNSUPPORTED),
        ("Kelvastin\nIndications: colloidal silver for treatment of pneumonia.", Support.UNSUPPORTED),
    ],
)
def test_an_encoder_authorises_no_use_of_an_agent_without_a_label(text: str, support: Support) -> None:
    *above, last = segment(Document(text))
    scores = encoded(Evidence.AUTHORISED)
    claim = Tagged(last, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=scores)
    *_, found = assess_evidence(Document(text), [*(Tagged(one, (), None, {}) for one in above), claim])
    assert found.support is support


def test_an_encoder_quotes_the_citation_that_is_far_away_and_none_of_another_agent() -> None:
    for agent, level in (("Magnesium", Evidence.CITED), ("Chamomile", Evidence.NONE)):
        text = f"{agent} eased pain for many.\n\nAbout us\n" + "We bake bread.\n\n" * 12 + f"Reading\n{STUDY}"
        first, *others = segment(Document(text))
        scores = tuple({Evidence.CITED: -0.1, Evidence.NONE: -9.0}.get(one, -30.0) for one in Evidence)
        claim = Tagged(first, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=scores)
        found, *_ = assess_evidence(Document(text), [claim, *(Tagged(one, (), None, {}) for one in others)])
        assert found.evidence is level
        assert level is Evidence.NONE or "J Sleep 2015" in found.cues[0].text


@pytest.mark.parametrize(
    ("scores", "level"),
    [
        ({Evidence.NONE: -0.1, Evidence.CITED: -2.0}, Evidence.NONE),
        ({Evidence.ANECDOTAL: -0.1, Evidence.CITED: -0.2}, Evidence.ANECDOTAL),
        ({Evidence.CITED: -0.7, Evidence.AUTHORISED: -0.7}, Evidence.CITED),  # the first of two alike
    ],
)
def test_a_citation_that_is_far_away_counts_only_where_the_encoder_prefers_it(
    scores: dict[Evidence, float], level: Evidence
) -> None:
    text = "Eased pain for many.\n\nAbout us\n" + "We bake bread.\n\n" * 12 + f"Reading\n{STUDY}"
    first, *others = segment(Document(text))
    said = tuple(scores.get(one, -30.0) for one in Evidence)
    claim = Tagged(first, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=said)
    found, *_ = assess_evidence(Document(text), [claim, *(Tagged(one, (), None, {}) for one in others)])
    assert found.evidence is level


@pytest.mark.parametrize(
    ("sure", "words", "level"),
    [
        (0.92, "Eased pain for many.", Evidence.NONE),
        (0.85, "Eased pain for many.", Evidence.CITED),
        (0.92, "Eased pain in a trial of 60 adults.", Evidence.CITED),  # what the sentence offers is always looked at
    ],
)
def test_the_page_is_not_searched_where_an_encoder_is_sure_that_nothing_supports_a_claim(
    sure: float, words: str, level: Evidence
) -> None:
    text = "We bake bread.\n" * 8 + f"Magnesium eased pain. {words}\n{STUDY}"
    assert told(text, words, sure, cited=0.06).evidence is level


def told(text: str, claim: str, sure: float, *, cited: float | None = None, use_trained: bool = True) -> Assessed:
    """Return what is found for one claim of a text where an encoder is so sure that it has no evidence."""
    others = (1 - sure) / 8 if cited is None else (1 - sure - cited) / 7
    shares = {Evidence.NONE: sure} | ({} if cited is None else {Evidence.CITED: cited})
    said = tuple(math.log(shares.get(one, others)) for one in Evidence)
    sentences = segment(Document(text))
    (place,) = (sentence.index for sentence in sentences if sentence.text == claim)
    labels = (Label.EFFICACY_CLAIM,)
    tagged = [
        Tagged(one, labels, labels[0], {}, evidence_scores=said) if one.index == place else Tagged(one, (), None, {})
        for one in sentences
    ]
    return assess_evidence(Document(text), tagged, use_trained=use_trained)[place]


@pytest.mark.parametrize(
    ("text", "claim", "level"),
    [
        ("Studies show that it:\n- deepens sleep", "- deepens sleep", Evidence.VAGUE),
        (f"Magnesium deepens sleep [1].\n\nReferences\n{STUDY}", "Magnesium deepens sleep [1].", Evidence.CITED),
        ("Vitamin C\nContributes to normal immune function.", "Contributes to normal immune function.", "authorised"),
        (
            "Drug Facts\nActive ingredient: ibuprofen 200 mg\nUses\ntemporarily relieves minor aches\nWarnings",
            "temporarily relieves minor aches",
            Evidence.AUTHORISED,
        ),
    ],
)
def test_what_a_stem_a_mark_a_wording_or_a_label_shows_stands_against_an_encoder_that_is_sure(
    text: str, claim: str, level: Evidence
) -> None:
    assert told(text, claim, 0.99).evidence is Evidence(level)


@pytest.mark.parametrize(
    ("text", "claim", "level"),
    [
        ("Herbal tea\nIndications\n• Piles, fistula\n• Fits", "• Piles, fistula", Evidence.NONE),
        ("Drug Facts\nUses\nheartburn\nActive ingredient: famotidine 10 mg", "heartburn", Evidence.NONE),
        ("Drug Facts\nUses\nrelieves heartburn\nWarnings\nfamotidine 10 mg", "relieves heartburn", Evidence.AUTHORISED),
    ],
)
def test_an_encoder_that_is_sure_of_none_doubts_what_only_a_heading_makes_a_use(
    text: str, claim: str, level: Evidence
) -> None:
    assert told(text, claim, 0.9).evidence is level


def test_the_study_that_a_page_opens_with_is_seen_by_every_claim() -> None:
    text = f"{STUDY}\nAbstract: in this randomized trial participants took placebo or magnesium; conclusions follow."
    text += "\nWe bake bread." * 12 + "\nMagnesium improved pain."
    assert told(text, "Magnesium improved pain.", 0.99).evidence is Evidence.CITED


def test_rules_alone_search_around_every_claim() -> None:
    words = "Eased pain for many."
    text = "We bake bread.\n" * 8 + f"Magnesium eased pain. {words}\n{STUDY}"
    assert told(text, words, 0.99, use_trained=False).evidence is Evidence.CITED
    assert told(text, words, 0.99).evidence is Evidence.NONE


def test_the_trained_part_is_not_asked_where_an_encoder_has_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Magnesium eased pain for many."
    (sentence,) = segment(Document(text))
    asked: list[int] = []

    def scores_of(_: Ranker, claims: Sequence[object]) -> list[dict[Evidence, float]]:
        asked.append(len(claims))
        return [{level: float(level is Evidence.ANECDOTAL) for level in Evidence} for _ in claims]

    monkeypatch.setattr(Ranker, "scores", scores_of)
    for scores, level, count in ((), Evidence.ANECDOTAL, [1]), (encoded(Evidence.VAGUE), Evidence.VAGUE, []):
        asked.clear()
        claim = Tagged(sentence, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=scores)
        (found,) = assess_evidence(Document(text), [claim])
        assert (found.evidence, asked) == (level, count)


def test_a_claim_that_the_encoder_has_not_read_is_cited_from_its_reach_only() -> None:
    text = "Eased pain for many.\n\nAbout us\n" + "We bake bread.\n\n" * 12 + f"Reading\n{STUDY}"
    first, second, *others = segment(Document(text))
    claim = Tagged(first, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    read = Tagged(second, (), None, {}, evidence_scores=encoded(Evidence.NONE))
    sentences = [claim, read, *(Tagged(one, (), None, {}) for one in others)]
    case = read_cases(Document(text), sentences).cases[0]
    scores = {level: float(level is Evidence.CITED) for level in Evidence}
    assert choose(case, decide(case), scores).level is not Evidence.CITED


def test_an_encoder_cites_nothing_on_a_page_without_a_citation() -> None:
    text = "It eased pain for many."
    sentence = Sentence(0, 0, len(text), text)
    claim = Tagged(sentence, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=encoded(Evidence.CITED))
    (found,) = assess_evidence(Document(text), [claim])
    assert found.support is Support.UNSUPPORTED


def test_the_trained_part_speaks_where_no_rule_does_and_needs_no_training_library() -> None:
    code = (
        "import sys; from classifier import Document, Label, Sentence, Tagged; "
        "from classifier.evidence import assess_evidence; text = 'It relieves joint pain.'; "
        "tagged = Tagged(Sentence(0, 0, len(text), text), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}); "
        "print(assess_evidence(Document(text), [tagged])[0].evidence.value, {'sklearn', 'scipy'} & sys.modules.keys())"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "none set()"


@pytest.mark.parametrize(
    "text",
    [
        "Studies show that it:\n- deepens sleep",
        "In a trial with 60 adults it deepened sleep by 20%.",
    ],
)
def test_the_trained_part_leaves_what_a_stem_says_and_a_study_that_the_sentence_describes(text: str) -> None:
    *above, last = segment(Document(text))
    scores = encoded(Evidence.NONE)
    claim = Tagged(last, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}, evidence_scores=scores)
    *_, found = assess_evidence(Document(text), [*(Tagged(one, (), None, {}) for one in above), claim])
    assert found.evidence is not Evidence.NONE


def test_the_trained_part_leaves_what_the_rules_show() -> None:
    text = "It eased gout in a trial (PMID: 23439798)."
    tagged = Tagged(Sentence(0, 0, len(text), text), (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {})
    (case,) = read_cases(Document(text), [tagged]).cases
    scores = {level: float(level is Evidence.NONE) for level in Evidence}
    assert choose(case, decide(case), scores) == decide(case)


def test_entries_of_lists_and_steps_are_no_references() -> None:
    assert dict(read_entries("How to use\n1. Fill a glass.\n2. Stir and drink.")) == {}


def test_topics_know_other_names() -> None:
    one, other = topics_of("Curcumin eases sore knees"), topics_of("turmeric and joint pain")
    assert one.shares_agent(other)
    assert one.shares_outcome(other)
    assert topics_of("It works").shares_agent(other) is None


@given(st.text(max_size=200))
def test_no_text_crashes(text: str) -> None:
    evidence, cue = find_evidence(text)
    assert (cue is None) == (evidence is Evidence.NONE)
    if text:
        assess(text, Label.EFFICACY_CLAIM)


@pytest.mark.parametrize(
    "line", ["It deepens sleep [1].", "• calmer nights", "1. Lee J. J Sleep 2015;12:45.", '"My pain is gone', "Uses:"]
)
def test_a_long_document_takes_linear_time(line: str) -> None:
    def run(text: str) -> None:
        lines, start = [], 0
        for index, part in enumerate(text.splitlines(keepends=True)):
            sentence = Sentence(index, start, start + len(part.rstrip()), part.rstrip())
            lines.append(Tagged(sentence, (Label.EFFICACY_CLAIM,), Label.EFFICACY_CLAIM, {}))
            start += len(part)
        assess_evidence(Document(text), lines)

    assert_linear(run, (line + "\n") * 300, (line + "\n") * 600, slack=0.1)


def test_claims_far_from_many_citations_take_linear_time() -> None:
    def run(text: str) -> None:
        sentences = segment(Document(text))
        scores = encoded(Evidence.CITED)  # so that each claim looks for one
        tagged = [
            Tagged(s, (Label.EFFICACY_CLAIM,) if s.text.startswith("It") else (), None, {}, evidence_scores=scores)
            for s in sentences
        ]
        assess_evidence(Document(text), tagged)

    def page(count: int) -> str:
        return (
            "It eased pain for many.\n" * count
            + "\n\nWe bake.\n" * 9
            + "Zinc: Lee J. J Sleep 2015;12(3):45-52.\n" * count
        )

    assert_linear(run, page(800), page(1_600), slack=0.1)
