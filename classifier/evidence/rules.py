"""The rules that decide which evidence a claim takes, in the order of their say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifier.evidence.linking import Link
from classifier.evidence.page import Line
from classifier.evidence.wordings import find_wording
from classifier.lexicons import find_meant_terms
from classifier.records import Cue, Evidence

__all__ = ["Case", "Decision", "choose", "decide", "heads"]

_RESULT = re.compile(
    r"(?i)\b(?:fell|rose|dropped|decreased|increased|improved|reduced|lowered|declined|reported|experienced|showed|shown|found|"
    r"observed|participants?|volunteers|subjects|the\s+(?:study|trial|authors?|investigators|researchers|results?|findings|group|"
    r"supplement\s+arm)|placebo|compared\s+(?:with|to)|versus|significant\w*|secondary|primary\s+result|scores?|concluded?|"
    r"conclusion|p\s?[<=]|on\s+average|\d+(?:\.\d+)?\s?(?:%|percent|points))"
)
_MEASURED = re.compile(
    r"(?i)\b(?:fell|rose|dropped|decreased|increased|improved|reduced|lowered|declined|gained|lost|shrank|slept|went\s+(?:up|down)|came\s+"
    r"down|resumed|halved|doubled|recovered|experienced|showed|(?:was|were|had|felt|became|scored)\s+(?:\w+\s+){0,4}?(?:lower|higher|fewer|"
    r"less|more|better|shorter|longer|milder|fresher|faster|reduced|smaller|improved)|\d+(?:\.\d+)?\s?(?:%|percent|points)\s+(?:\w+\s+)?"
    r"(?:reduction|improvement|increase|decrease|less|fewer|lower|more|better|with|had))"
)  # a result in the past tense
_STUDY_REACH = 3
_STUDY_NAMED = re.compile(r"(?i)\b(?:stud(?:y|ies)|trials?|data|findings|results?|meta-analys[ei]s)\b")
_GOES_ON = re.compile(
    r"(?i)^\W*(?:it|this|these|they|that|those|the\s+(?:same|study|trial|authors?|group|researchers|results?|effect|benefit)|"
    r"both|also|in\s+addition|additionally|moreover|furthermore|another|likewise|similarly|participants?|patients|users|"
    r"data|results|findings|he|she|his|her|their|its|after|by\s+(?:week|day|month)|in\s+(?:it|the\s+same)|secondary)\b"
)
_REPORTS = re.compile(r"(?i)^\W*(?:they|he|she|these|those|the\s+same|this\s+(?:effect|result|study))\b")
_AUTHORISED_FUNCTION = re.compile(
    r"(?i)\bcontribut(?:es?|ing)\s+to\s+(?:a\s+|the\s+)?(?:normal\s+\w+|maintenance\s+of\s+(?:\w+\s+)?normal|reduction\s+(?:of|in)\s+"
    r"(?:tiredness|fatigue)|electrolyte\s+balance|protection\s+of\s+(?:cells|dna)|regulation\s+of\s+hormonal|maternal\s+tissue|"
    r"growth\b|process\s+of\s+cell)|\bplays?\s+a\s+role\s+in\s+(?:the\s+)?(?:normal\s+\w+|process\s+of\s+cell)|"
    r"\b(?:needed|necessary)\s+for\s+(?:the\s+)?(?:normal|maintenance\s+of\s+normal)\s+\w+"
)
_FUNCTION = re.compile(
    r"(?i)^\W*(?:(?:a|the)\s+)?(?:normal\s+\w+|maintenance\s+of\s+(?:\w+\s+)?normal\s+\w+|reduction\s+(?:of|in)\s+(?:tiredness|fatigue)|"
    r"electrolyte\s+balance|protection\s+of\s+(?:cells|dna)|regulation\s+of\s+hormonal|maternal\s+tissue\s+growth|process\s+of\s+cell\s+"
    r"division)"
)  # as an item of a list that "contributes to" opens
_RISK_FACTOR = re.compile(
    r"(?i)\ba?\s?risk\s+factor\s+(?:in|for)\s+(?:the\s+)?(?:development\s+of\s+)?(?:coronary\s+)?(?:heart\s+disease|neural\s+tube\s+defects)"
)  # stands in the authorised wording itself
_BLEND = re.compile(r"(?i)\b(?:our|blend|formula|capsules?|drink|complex|say|many)\b")
_NUTRIENTS = frozenset(
    "vitamin a|vitamin b1|vitamin b2|vitamin b3|vitamin b5|vitamin b6|vitamin b12|folate|biotin|vitamin c|vitamin d|"
    "vitamin e|vitamin k|calcium|magnesium|zinc|iron|selenium|iodine|copper|manganese|chromium|potassium|molybdenum|"
    "fish oil|choline|protein|fluoride".split("|")
)
_MEDICINE_USE = re.compile(
    r"(?i)\b(?:is|are)\s+(?:(?:also|often|only|commonly)\s+)?(?:an?\s+(?:[\w-]+\s+){0,4})?(?:used|prescribed|given|taken|indicated|licensed|"
    r"approved|authori[sz]ed)\b.{0,60}?\b(?:to|for|in)\b|\b(?:medicines?|medications?|drugs?|inhaler|injection|antacid|antibiotic)\s+"
    r"(?:(?:that|which)\s+(?:is|are)\s+)?(?:used|taken|given|prescribed)\b|\bbelongs?\s+to\s+(?:a|the)\s+(?:group|family|class)|"
    r"\bfrom\s+the\s+(?:family|group)\s+of\s+medicines|\bis\s+for\s+(?:use|the)\b|"
    r"^(?-i:[A-Z])[\w®™-]+(?:\s+\([^)]{1,60}\))?\s+(?:treats|relieves|controls|prevents|lowers|reduces|works|helps)\b|"
    r"\bprescription\s+\w+|\btemporarily\b|\bis\s+an?\s+\w+\s+(?:prescribed|used)\b"
)
_BRANDED = re.compile(r"\b[A-Z]{4,}®?\b")
_USES_HEADING = re.compile(
    r"(?i)^\W*(?:drug\s+facts|(?:therapeutic\s+)?indications?(?:\s+(?:and|&)\s+usage)?|uses?|purposes?)\W*$"
)
_LABEL_WORDING = re.compile(
    r"(?i)^\W*(?:\d\.\d\s+)?(?:uses?:?\s+)?(?:temporarily\s+\w+|(?:helps?\s+(?:to\s+)?)?(?:relieves?|prevents?|treats?|reduces?|protects?|"
    r"controls?|provides?|shrinks|cures?)\s|for\s+(?:the\s+)?(?:\w+\s+)?(?:treatment|relief|prevention|management|use)\b|(?:\w+\s+){0,3}?"
    r"indicated\b|used\s+(?:to|for)\b|aids?\s|(?:\w+\s+){0,2}?(?:treatment|healing|reduction|relief|prevention|eradication)\s+of\b|"
    r"antacid|analgesic|antiseptic|laxative|expectorant|cough\s+suppressant|nasal\s+decongestant)"
)
_LABEL_LINE = re.compile(
    r"(?i)^\W*(?:(?:topical\s+|oral\s+|external\s+|first\s+aid\s+|skin\s+|nasal\s+|eye\s+|joint\s+pain\s+)*(?:anti\w{3,20}|analgesic|anesthetic|"
    r"anaesthetic|antacid|laxative|expectorant|decongestant|sunscreen|emollient|lubricant|protectant|sleep[\s-]aid|stool\s+softener|cough\s+"
    r"suppressant|pain\s+reliever|fever\s+reducer|acid\s+reducer|(?:wart|corn|callus)\s+remover|redness\s+reliever|astringent)"
    r"(?:\W{1,3}(?:pain|fever|nasal|topical|oral)?\s?(?:reliever|reducer|analgesic|antiseptic|protectant|remover))?\W*$|"
    r"(?:to\s+)?(?:temporarily\s+(?:reliev|reduc|protect|restor|increas|shrink)\w*|(?:for\s+(?:the\s+)?)?(?:temporary\s+)?(?:relief|removal|"
    r"treatment|increase|reduction|prevention|relaxation)\s+of|aids?\s+in|helps?\s+(?:prevent|protect|interfere)|to\s+(?:decrease|reduce|help)|"
    r"builds\s+(?:\w+\s+)?protection|protects\s+against|controls)\s)"
)
_ANOTHER_STUDY = re.compile(
    r"(?i)\b(?:an?|one|another|two|second|separate|different)\s+(?:[\w-]+\s+){0,6}?(?:stud(?:y|ies)|trials?|meta-analys[ei]s|review)\b"
)
_OTHER_STUDIES = re.compile(
    r"(?i)\b(?:additional|other|emerging|growing|further|more\s+recent|some|many)\s+(?:\w+\s+)?(?:studies|trials|research|evidence|reviews)\b"
)
_OF_MEDICINES = ("indication", "drug_facts_uses")  # wordings of a label that a supplement only borrows
_UNNAMED = (Evidence.VAGUE, Evidence.ANECDOTAL, Evidence.TRADITIONAL, Evidence.AUTHORITY)


@dataclass(frozen=True, slots=True)
class Decision:
    """The evidence that a claim takes, the spans that show it, and the rule that chose it."""

    level: Evidence
    cues: tuple[Cue, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules see of one claim."""

    claim: Line
    links: Sequence[Link]
    before: Line | None
    is_label: bool
    is_medicine: bool
    is_study: bool
    in_testimonial: bool
    is_supplement: bool = False

    def own(self, *levels: Evidence) -> Link | None:
        return next((link for link in self.links if link.place in ("here", "mark") and link.level in levels), None)

    def near(self, place: str, *levels: Evidence, reach: int = 8) -> Iterator[Link]:
        return (
            link
            for link in self.links
            if link.place == place and link.level in levels and link.distance <= reach and link.same_agent is not False
        )


def decide(case: Case) -> Decision:
    """Return what the first rule that speaks says of a claim."""
    for name, rule in RULES.items():
        link = rule(case)
        if link is not None:
            return Decision(link.level, link.cues, name)
    return Decision(Evidence.NONE, (), "none")


def choose(case: Case, ruled: Decision, scores: Mapping[Evidence, float]) -> Decision:
    """Return the rules' decision where they can show it, else the likeliest level that the page can show.

    `cited` needs a citation within the claim's reach, `authorised` an authorisation there or a medicine's page.
    """
    if ruled.rule in SURE:
        return ruled
    reached = {link.level for link in case.links if link.same_agent is not False}
    shown = set(scores) - {Evidence.CITED, Evidence.AUTHORISED}
    if Evidence.CITED in reached:
        shown.add(Evidence.CITED)
    if case.own(Evidence.AUTHORISED) is not None and _own_authorised(case) is None:
        reached.discard(Evidence.AUTHORISED)  # the authorisation is of something else than what is claimed
    if Evidence.AUTHORISED in reached or case.is_label or case.is_medicine or case.claim.part == "uses":
        shown.add(Evidence.AUTHORISED)
    best = max(shown, key=lambda level: scores[level])
    if best is ruled.level:
        return ruled
    if best is Evidence.NONE:
        return Decision(best, (), "trained")
    tagged = case.claim.tagged
    whole = Cue("evidence", tagged.start, tagged.end, tagged.text, "trained")
    cues = next((link.cues for link in case.links if link.level is best), (whole,))
    return Decision(best, cues, "trained")


def heads(heading: Case, claim: Case) -> bool:
    """Whether a claim is a heading of the next one: it stands right above it and is of the same outcome."""
    above, beneath = heading.claim, claim.claim
    return (
        above.is_heading
        and not beneath.is_heading
        and beneath.block <= above.block + 1
        and bool(above.topics.shares_outcome(beneath.topics))
        and above.topics.shares_agent(beneath.topics) is not False
    )


def _label_use(case: Case) -> Link | None:
    claim = case.claim
    if claim.part == "uses":
        found = (case.is_label or case.is_medicine) and case.own(*_UNNAMED) is None
        heading = claim.heading
        if not found and not case.is_supplement and heading is not None and _USES_HEADING.match(heading.text):
            found = _LABEL_WORDING.match(claim.text) is not None
    else:
        found = case.is_label and claim.part == "" and claim.opens_line and _LABEL_LINE.match(claim.text) is not None
    if not found:
        return None
    tagged = case.claim.tagged
    quote = Cue("evidence", tagged.start, tagged.end, tagged.text, "label_use")
    return Link("here", Evidence.AUTHORISED, (quote,), "label_use")


def _own_authorised(case: Case) -> Link | None:
    link = case.own(Evidence.AUTHORISED)
    if link is not None and case.is_supplement and link.rule in _OF_MEDICINES:
        return None
    if link is None or not link.rule.startswith("nutrient_claim"):
        return link
    quote, start = link.cues[0], case.claim.tagged.start
    return None if _names_disease_outside(case.claim, quote.start - start, quote.end - start) else link


def _names_disease_outside(claim: Line, start: int, end: int) -> bool:
    """Tell whether a claim names a disease beside the words of an authorised function, which say nothing of it."""
    factor = _RISK_FACTOR.search(claim.text)
    spans = [(start, end), factor.span()] if factor is not None else [(start, end)]
    terms = find_meant_terms(claim.text, ("diseases",))
    return any(all(term.end <= first or last <= term.start for first, last in spans) for term in terms)


def _nutrient(case: Case) -> Link | None:
    """Find an authorised function whose nutrient the sentence, its stem, its heading or the one before names."""
    claim = case.claim
    match = _AUTHORISED_FUNCTION.search(claim.text)
    if match is None and claim.stem is not None and "contribut" in claim.stem.text.lower():
        match = _FUNCTION.match(claim.text)
    if match is None or _BLEND.search(claim.text[: match.start()]):
        return None
    named = claim.topics.agents or next(
        (
            line.topics.agents
            for line in (case.before, claim.stem, claim.heading)
            if line is not None and line.topics.agents
        ),
        frozenset(),
    )
    if named.isdisjoint(_NUTRIENTS) or _names_disease_outside(claim, *match.span()):
        return None
    return Link(
        "here",
        Evidence.AUTHORISED,
        (claim.cue("evidence", match.start(), match.end(), "nutrient_function"),),
        "nutrient_function",
    )


def _listed_wording(case: Case) -> Link | None:
    """Find a wording of the register whose substance the sentence, its stem, its heading or the one before names."""
    claim = case.claim
    around = [line.text for line in (case.before, claim.stem, claim.heading) if line is not None]
    span = find_wording(claim.text, around)
    if span is None or _BLEND.search(claim.text[: span[0]]):
        return None
    return Link("here", Evidence.AUTHORISED, (claim.cue("evidence", *span, "listed_wording"),), "listed_wording")


def _medicine_use(case: Case) -> Link | None:
    """Find the use of a medicine in the words of its leaflet."""
    if not (case.is_medicine or case.is_label) or (case.claim.part == "other" and not case.claim.opens_line):
        return None
    match = _MEDICINE_USE.search(case.claim.text) or (case.is_medicine and _BRANDED.search(case.claim.text)) or None
    if match is None or case.own(*_UNNAMED) is not None:
        return None
    cue = case.claim.cue("evidence", match.start(), match.end(), "medicine_use")
    return Link("here", Evidence.AUTHORISED, (cue,), "medicine_use")


def _own_citation(case: Case) -> Link | None:
    best = case.own(Evidence.PRECLINICAL)
    return case.own(Evidence.CITED) if best is None or best.place == "mark" else None


def _own_preclinical(case: Case) -> Link | None:
    return case.own(Evidence.PRECLINICAL)


def _authorised_stem(case: Case) -> Link | None:
    return next(case.near("stem", Evidence.AUTHORISED), None)


def _testimonial(case: Case) -> Link | None:
    if not case.in_testimonial:
        return None
    tagged = case.claim.tagged
    return Link(
        "here",
        Evidence.ANECDOTAL,
        (Cue("evidence", tagged.start, tagged.end, tagged.text, "testimonial"),),
        "testimonial",
    )


def _introduces(case: Case) -> bool:
    """Whether a claim reports a study or studies of its own that it does not name."""
    own, text = case.own(Evidence.DESCRIBED), case.claim.text
    if own is None:
        return _OTHER_STUDIES.search(text) is not None
    is_counted = own.rule in ("sample_size", "people_compared") and _GOES_ON.search(text) is None
    return is_counted or _ANOTHER_STUDY.search(text) is not None


def _study_page(case: Case) -> Link | None:
    if case.own(Evidence.TRADITIONAL, Evidence.AUTHORITY, Evidence.PRECLINICAL, Evidence.ANECDOTAL) is not None:
        return None
    if not case.is_study and _introduces(case):
        return None
    if not case.is_study and _RESULT.search(case.claim.text) is None:
        return None
    return next(case.near("head", Evidence.CITED, reach=10_000), None)


def _same_study(case: Case) -> Link | None:
    """Find a citation next to the claim, of the same outcome or of a study that the claim goes on to report."""
    text = case.claim.text
    if case.own(Evidence.TRADITIONAL, Evidence.ANECDOTAL, Evidence.AUTHORITY, Evidence.PRECLINICAL) is not None:
        return None
    places = ("after", "under") if _introduces(case) else ("before", "after", "under", "stem", "heading")
    for place in places:
        for link in case.near(place, Evidence.CITED, reach=4):
            if link.is_source and (link.distance == 1 or (place == "after" and _RESULT.search(text))):
                return link
            if link.same_outcome:
                return link
            if link.same_outcome is None and place in ("under", "stem") and link.distance <= 2:
                return link
            if place == "before" and link.distance <= 2 and (_GOES_ON.search(text) or _RESULT.search(text)):
                return link
            if place == "after" and link.distance <= 1 and _RESULT.search(text):
                return link
    return None


def _new_study(case: Case) -> Link | None:
    """Find the trial that a medicine's page reports; it is no indication."""
    return case.own(Evidence.DESCRIBED) if case.is_medicine and _RESULT.search(case.claim.text) else None


def _own_described(case: Case) -> Link | None:
    return case.own(Evidence.DESCRIBED)


def _own_unnamed(case: Case) -> Link | None:
    for level in (Evidence.AUTHORITY, Evidence.TRADITIONAL, Evidence.ANECDOTAL, Evidence.VAGUE):
        link = case.own(level)
        if link is not None:
            return link
    return None


def _stem(case: Case) -> Link | None:
    levels = (Evidence.PRECLINICAL, Evidence.DESCRIBED, *_UNNAMED)
    return next(case.near("stem", *levels), None)


def _results_of(case: Case) -> Link | None:
    """Find the study a little before of which the claim tells a further result."""
    if case.own(*_UNNAMED, Evidence.PRECLINICAL) is not None or not _MEASURED.search(case.claim.text):
        return None
    before = (link for link in case.links if link.place == "before" and link.distance <= _STUDY_REACH)
    nearest = next((link for link in before if link.level not in (Evidence.NONE, Evidence.VAGUE)), None)
    return (
        nearest
        if nearest is not None and nearest.level is Evidence.DESCRIBED and nearest.same_agent is not False
        else None
    )


def _study_beneath(case: Case) -> Link | None:
    """Find the study right after a claim that speaks of one and does not describe it."""
    if case.own(Evidence.VAGUE) is None or not _STUDY_NAMED.search(case.claim.text):
        return None
    return next(
        (link for link in case.near("after", Evidence.DESCRIBED, reach=2) if link.same_outcome is not False), None
    )


def _going_on(case: Case) -> Link | None:
    """Take what the sentence before offers, where the claim goes on with it."""
    levels = (Evidence.PRECLINICAL, Evidence.DESCRIBED, Evidence.TRADITIONAL, Evidence.ANECDOTAL, Evidence.VAGUE)
    for link in case.near("before", *levels, reach=1):
        is_result = link.level in (Evidence.PRECLINICAL, Evidence.DESCRIBED) and _RESULT.search(case.claim.text)
        if (is_result and _GOES_ON.search(case.claim.text)) or (link.same_outcome and _REPORTS.search(case.claim.text)):
            return link
    return None


def _heading_takes(case: Case) -> Link | None:
    """Take the best of what stands under a heading for its outcome, a study of people before all."""
    if not case.claim.is_heading:
        return None
    for levels in ((Evidence.DESCRIBED,), (Evidence.PRECLINICAL, *_UNNAMED)):
        for link in case.near("under", *levels, reach=3):
            if link.same_outcome or (link.same_outcome is None and link.distance == 1):
                return link
    return None


RULES: dict[str, Callable[[Case], Link | None]] = {
    "label_use": _label_use,
    "own_authorised": _own_authorised,
    "nutrient": _nutrient,
    "listed_wording": _listed_wording,
    "own_citation": _own_citation,
    "testimonial": _testimonial,
    "own_preclinical": _own_preclinical,
    "new_study": _new_study,
    "medicine_use": _medicine_use,
    "authorised_stem": _authorised_stem,
    "study_page": _study_page,
    "same_study": _same_study,
    "own_described": _own_described,
    "study_beneath": _study_beneath,
    "own_unnamed": _own_unnamed,
    "stem": _stem,
    "results_of": _results_of,
    "going_on": _going_on,
    "heading_takes": _heading_takes,
}

SURE = frozenset(
    {"label_use", "own_authorised", "own_citation", "nutrient", "listed_wording"}
    | {"same_study", "study_page", "authorised_stem", "medicine_use"}
)
"""The rules that the trained part does not overrule."""
