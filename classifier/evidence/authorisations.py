"""The rules by which a claim is authorised: a label's use, an approval, a nutrient's function, a listed wording."""

from __future__ import annotations

import re
from itertools import islice

from classifier.evidence.cases import UNNAMED, Case
from classifier.evidence.linking import Link
from classifier.evidence.page import Line
from classifier.evidence.page_kinds import opens_with_drug
from classifier.evidence.wordings import find_labelled, find_wording, promises_more
from classifier.lexicons import find_meant_terms
from classifier.records import Cue, Evidence

__all__ = [
    "authorised_stem",
    "is_worded_as_label",
    "label_use",
    "listed_wording",
    "may_be_authorised",
    "medicine_use",
    "nutrient",
    "own_authorised",
]

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
    r"(?i)\b(?:(?:high|raised)\s+(?:blood\s+)?cholesterol|(?:low\s+)?(?:maternal\s+)?folate(?:\s+status)?)\s+is\s+an?\s+risk\s+factor\s+"
    r"(?:in|for)\s+(?:the\s+)?(?:development\s+of\s+)?(?:coronary\s+)?(?:heart\s+disease|neural\s+tube\s+defects)|"
    r"\bdiets\s+low\s+in\s+saturated\s+fat\s+and\s+cholesterol\s+that\s+(?:include|contain|are\s+(?:high|rich)\s+in)\s+"
    r"(?:(?!our\b|pills?\b|drops?\b|tea\b|capsules?\b)[\w.-]+\s+){0,8}?(?:soluble\s+fib(?:er|re)|psyllium|oats?|barley|soy\s+protein|st[ae]nols?|"
    r"sterols?|fruits|vegetables|grains)\b(?:(?!our\b|pills?\b|drops?\b|tea\b|capsules?\b)[\s,]+[\w.-]+){0,8}?\s+may\s+reduce\s+the\s+risk\s+of\s+"
    r"(?:coronary\s+)?heart\s+disease"
)  # stands in the authorised wording itself
_WHICH = re.compile(r"(?i),\s+which\s+$")  # the nutrient, not the blend that holds it
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
_BRANDED = re.compile(
    r"^[A-Z]{4,}®?\b|\b[A-Z]{4,}(?:®|\s+\([^)\n]{1,60}\)|\s+(?:is|was|can|may|helps?|works?|has|provides|offers|controls?|lowers?|"
    r"reduces?|relieves?|treats?|prevents?|protects?|improves?|slows?|stops?)\b)|\b(?:with|of|on|taking|took|from|for)\s+[A-Z]{4,}\b"
)  # the name of a medicine in capitals, where a sentence has a name
_OFF_LABEL = re.compile(r"(?i)\boff[\s-]label\b")  # a use that nobody has authorised
_KINDS_OF_DEVICES = re.compile(
    r"(?i)\bFDA[\s-]+(?:approved|cleared|authori[sz]ed)\s+(?:[\w-]+\s+){0,4}?(?:devices|products|treatments|therapies|panels|masks|helmets|"
    r"caps|combs)\b"
)  # no device of which a reader could look up the clearance
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
_ACTIVE_LINE = re.compile(
    r"(?i)^\W*[a-z]+(?:[\s-][a-z]+){0,3}\s+\d[\d.,]{0,6}\s?(?:%|mg|mcg|g)(?:\s?\((?:in\s+each|nsaid|per)\b[^)\n]{0,30}\))?[\s.…·|:–—-]{1,60}"
    r"(?:purpose:?\s{0,2})?(?:(?:topical|oral|external|first\s+aid|skin|nasal|eye)\s+)?(?:analgesic|ana?esthetic|antacid|laxative|expectorant|"
    r"decongestant|sunscreen|emollient|lubricant|protectant|sleep[\s-]aid|stool\s+softener|cough\s+suppressant|pain\s+reliever|fever\s+reducer|"
    r"acid\s+reducer|(?:wart|corn|callus)\s+remover|redness\s+reliever|astringent|anti(?:fungal|septic|histamine|perspirant|[\s-]?itch|pruritic|"
    r"diarrh?o?eal|caries|cavity|emetic|tussive|flatulent|[\s-]?gas|microbial|bacterial|biotic|dandruff|gingivitis|plaque))"
    r"(?:/(?:pain\s+reliever|fever\s+reducer|analgesic|protectant))?\W*$"
)  # a row of Drug Facts: an active ingredient with its strength, and its purpose
_HEADINGS = 3  # looked at above a use: its own, and what stands over that
_OF_MEDICINES = frozenset(
    "indication drug_facts_uses cleared_for_use holds_clearance stated_approval approved_medicine device_class".split()
)  # wordings of labels and approvals that a supplement only borrows


def label_use(case: Case) -> Link | None:
    """Find a use in the uses of a label, or in its wording on an excerpt that lacks the heading."""
    claim = case.claim
    if claim.part == "uses":
        found = (case.is_label or case.is_medicine) and case.own(*UNNAMED) is None
        heading = claim.heading
        if not found and not case.is_supplement and heading is not None and _USES_HEADING.match(heading.text):
            found = _LABEL_WORDING.match(claim.text) is not None and not _stands_under_agent(claim)
    else:
        is_purpose = claim.part == "" and _LABEL_LINE.match(claim.text) is not None
        found = case.is_label and claim.opens_line and (is_purpose or _is_active_line(claim))
    if not found or _OFF_LABEL.search(claim.text) is not None:
        return None
    tagged = case.claim.tagged
    quote = Cue("evidence", tagged.start, tagged.end, tagged.text, "label_use")
    return Link("here", Evidence.AUTHORISED, (quote,), "label_use")


def _is_active_line(claim: Line) -> bool:
    """Whether a line is a row of Drug Facts on an ingredient that the monographs know."""
    if _ACTIVE_LINE.match(claim.text) is None or not opens_with_drug(claim.lowered):
        return False
    return not find_meant_terms(claim.text, ("diseases",))


def is_worded_as_label(claim: Line) -> bool:
    """Whether a claim uses the words of Drug Facts and of indications, not only their heading."""
    return any(regex.match(claim.text) is not None for regex in (_LABEL_WORDING, _LABEL_LINE)) or _is_active_line(claim)


def may_be_authorised(case: Case) -> bool:
    """Tell whether an encoder or the trained part may take a claim for authorised.

    A supplement needs the wording of an authorised claim in its reach: that of a medicine it borrows. Anything else
    needs a label or an authorisation in reach. Where there is neither, a use must stand under no agent of the word list
    and name none, and of other claims an encoder must have read the page: what is authorised of these agents the rules
    know better.
    """
    if case.own(Evidence.AUTHORISED) is not None and own_authorised(case) is None:
        return False  # the authorisation is of something else than what is claimed
    if _OFF_LABEL.search(case.claim.text) is not None:
        return False
    links = [link for link in case.links if link.level is Evidence.AUTHORISED and link.same_agent is not False]
    if case.is_supplement:
        return any(link.rule not in _OF_MEDICINES for link in links)
    if links or case.is_label or case.is_medicine:
        return True
    claim = case.claim
    if claim.named.agents:
        return False
    if claim.part == "uses":
        return not _stands_under_agent(claim)
    return bool(claim.tagged.evidence_scores)


def _stands_under_agent(claim: Line) -> bool:
    """Tell whether one of the nearest headings above names an agent of the word list."""
    return any(heading.named.agents for heading in islice(claim.headings, _HEADINGS))


def own_authorised(case: Case) -> Link | None:
    """Find the approval or the authorised claim in the sentence, where it covers all that the sentence claims."""
    if _KINDS_OF_DEVICES.search(case.claim.text) is not None:
        return None
    start = case.claim.tagged.start
    for link in case.owned(Evidence.AUTHORISED):
        if case.is_supplement and link.rule in _OF_MEDICINES:
            continue
        quote = link.cues[0]
        is_function = link.rule.startswith("nutrient_claim")
        if not is_function or not _claims_more_outside(case.claim, quote.start - start, quote.end - start):
            return link
    return None


def _claims_more_outside(claim: Line, start: int, end: int) -> bool:
    """Tell whether a claim promises more than an authorised function: a disease or a feat beside its words."""
    if promises_more(claim.text[:start]) or promises_more(claim.text[end:]):
        return True
    factor = _RISK_FACTOR.search(claim.text)
    spans = [(start, end), factor.span()] if factor is not None else [(start, end)]
    terms = find_meant_terms(claim.text, ("diseases",))
    return any(all(term.end <= first or last <= term.start for first, last in spans) for term in terms)


def nutrient(case: Case) -> Link | None:
    """Find an authorised function whose nutrient the sentence, its stem, its heading or the one before names."""
    claim = case.claim
    found = _function_of(claim)
    if found is None:
        return None
    span, named = found
    before = claim.text[: span[0]]
    if _BLEND.search(before) and not _WHICH.search(before):
        return None
    around = (line.topics.agents for line in (case.before, claim.stem, claim.heading) if line is not None)
    named = named or next(filter(None, around), frozenset())
    if named.isdisjoint(_NUTRIENTS) or _claims_more_outside(claim, *span):
        return None
    return Link("here", Evidence.AUTHORISED, (claim.cue("evidence", *span, "nutrient_function"),), "nutrient_function")


def _function_of(claim: Line) -> tuple[tuple[int, int], frozenset[str]] | None:
    """Return where a claim words an authorised function, and the agents that it names for it."""
    match = _AUTHORISED_FUNCTION.search(claim.text)
    if match is not None:
        return match.span(), claim.topics.agents
    if claim.stem is not None and "contribut" in claim.stem.text.lower():
        match = _FUNCTION.match(claim.text)
        if match is not None:
            return match.span(), claim.stem.topics.agents
    return None


def listed_wording(case: Case) -> Link | None:
    """Find a wording of the register whose substance the sentence, its stem, its heading or the one before names."""
    claim = case.claim
    around = [line.text for line in (case.before, claim.stem, claim.heading) if line is not None]
    span = find_labelled(claim.text) or find_wording(claim.text, around)
    if span is None or _BLEND.search(claim.text[: span[0]]):
        return None
    return Link("here", Evidence.AUTHORISED, (claim.cue("evidence", *span, "listed_wording"),), "listed_wording")


def medicine_use(case: Case) -> Link | None:
    """Find the use of a medicine in the words of its leaflet."""
    if not (case.is_medicine or case.is_label) or (case.claim.part == "other" and not case.claim.opens_line):
        return None
    match = _MEDICINE_USE.search(case.claim.text) or (case.is_medicine and _BRANDED.search(case.claim.text)) or None
    if match is None or case.own(*UNNAMED) is not None or case.claim.named.agents or _OFF_LABEL.search(case.claim.text):
        return None
    cue = case.claim.cue("evidence", match.start(), match.end(), "medicine_use")
    return Link("here", Evidence.AUTHORISED, (cue,), "medicine_use")


def authorised_stem(case: Case) -> Link | None:
    """Find the approval in the line that opens the claim's list."""
    links = case.near("stem", Evidence.AUTHORISED)
    return next((link for link in links if not case.is_supplement or link.rule not in _OF_MEDICINES), None)
