"""The rules that decide which evidence a claim takes, in the order of their say."""

from __future__ import annotations

from collections.abc import Callable, Collection

from classifier.evidence.authorisations import (
    authorised_stem,
    label_use,
    listed_wording,
    medicine_use,
    nutrient,
    own_authorised,
)
from classifier.evidence.cases import UNNAMED, Case, Decision
from classifier.evidence.linking import Link
from classifier.patterns import compile_lowered
from classifier.records import Cue, Evidence

__all__ = ["RULES", "decide", "heads", "introduces", "nothing", "tells_own_study"]

_RESULT = compile_lowered(
    r"(?i)\b(?:fell|rose|dropped|decreased|increased|improved|reduced|lowered|declined|reported|experienced|showed|shown(?!\s+to\b)|found|"
    r"observed|participants?|volunteers|subjects|the\s+(?:study|trial|authors?|investigators|researchers|results?|findings|group|"
    r"supplement\s+arm)|placebo|compared\s+(?:with|to)|versus|significant\w*|secondary|primary\s+result|scores?|concluded?|"
    r"conclusion|p\s?[<=]|on\s+average|\d+(?:\.\d+)?\s?(?:%|percent|points))"
)
_MEASURED = compile_lowered(
    r"(?i)\b(?:fell|rose|dropped|decreased|increased|improved|reduced|lowered|declined|gained|lost|shrank|slept|went\s+(?:up|down)|came\s+"
    r"down|resumed|halved|doubled|recovered|experienced|showed|(?:was|were|had|felt|became|scored)\s+(?:\w+\s+){0,4}?(?:lower|higher|fewer|"
    r"less|more|better|shorter|longer|milder|fresher|faster|reduced|smaller|improved)|\d+(?:\.\d+)?\s?(?:%|percent|points)\s+(?:\w+\s+)?"
    r"(?:reduction|improvement|increase|decrease|less|fewer|lower|more|better|with|had))"
)  # a result in the past tense
_STUDY_REACH = 3
_STUDY_NAMED = compile_lowered(r"(?i)\b(?:stud(?:y|ies)|trials?|data|findings|results?|meta-analys[ei]s)\b")
_GOES_ON = compile_lowered(
    r"(?i)^\W*(?:it|this|these|they|that|those|the\s+(?:same|study|trial|authors?|group|researchers|results?|effect|benefit)|"
    r"both|also|in\s+addition|additionally|moreover|furthermore|another|likewise|similarly|participants?|patients|users|"
    r"data|results|findings|he|she|his|her|their|its|after|by\s+(?:week|day|month)|in\s+(?:it|the\s+same)|secondary)\b"
)
_REPORTS = compile_lowered(r"(?i)^\W*(?:they|he|she|these|those|the\s+same|this\s+(?:effect|result|study))\b")
_ANOTHER_STUDY = compile_lowered(
    r"(?i)\b(?:an?|one|another|two|second|separate|different)\s+(?:[\w-]+\s+){0,6}?(?:stud(?:y|ies)|trials?|meta-analys[ei]s|review)\b"
)
_OWN_STUDY = compile_lowered(
    r"(?i)\b(?<!including )(?:unpublished|in-house)\s+(?:[\w-]+\s+){0,2}?(?:stud(?:y|ies)|trials?|tests?|data|"
    r"research)\b|\b(?:our|its|the\s+company's)\s+own\s+(?:[\w-]+\s+){0,3}?(?:stud(?:y|ies)|trials?|tests?|research)\b|"
    r"\b(?:study|trial|test)\s+of\s+(?:our|its)\s+own\b"
)  # a seller's, which nobody could look up
_THAT_STUDY = compile_lowered(
    r"(?i)(?<!unlike )\bin\s+(?:that|this|the\s+same)\s+(?:study|trial|review|analysis)\b(?!\s+(?:team|group|kit))"
)
_OTHER_STUDIES = compile_lowered(
    r"(?i)\b(?:additional|other|emerging|growing|further|(?:more\s+)?recent|subsequent|later|follow-up|some|many)\s+(?:\w+\s+)?"
    r"(?:studies|trials|research\w*|evidence|reviews|papers|groups|teams|investigators|scientists)\b"
)


def decide(case: Case, *, without: Collection[str] = ()) -> Decision:
    """Return what the first rule that speaks says of a claim, some rules left out."""
    for name, rule in RULES.items():
        link = rule(case) if name not in without else None
        if link is not None:
            return Decision(link.level, link.cues, name)
    return nothing(case, "none")


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


def nothing(case: Case, rule: str) -> Decision:
    """Find no evidence; quote the first mark that promised some, and the entry that it leads to."""
    marked = next((link for link in case.links if link.place == "mark"), None)
    return Decision(Evidence.NONE, marked.cues if marked is not None else (), rule)


def _own_citation(case: Case) -> Link | None:
    best = case.own(Evidence.PRECLINICAL)
    return case.own(Evidence.CITED) if best is None or best.place == "mark" else None


def _own_preclinical(case: Case) -> Link | None:
    return case.own(Evidence.PRECLINICAL)


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


def introduces(case: Case) -> bool:
    """Whether a claim reports a study or studies of its own that it does not name."""
    own, text = case.own(Evidence.DESCRIBED), case.claim.lowered
    if _ANOTHER_STUDY.search(text) is not None:
        return True
    if own is None:
        return _OTHER_STUDIES.search(text) is not None
    return own.rule in ("sample_size", "people_compared") and _GOES_ON.search(text) is None


def tells_own_study(case: Case) -> bool:
    """Whether a claim reports a study of the seller's own, by itself or going on with the sentence before."""
    text = case.claim.lowered
    if _OWN_STUDY.search(text) is not None:
        return True
    goes_on = case.before is not None and _THAT_STUDY.search(text) is not None
    return goes_on and case.before is not None and _OWN_STUDY.search(case.before.lowered) is not None


def _study_page(case: Case) -> Link | None:
    if tells_own_study(case):
        return None
    named = next(case.near("head", Evidence.CITED, reach=10_000), None)
    if (
        named is None
        or case.own(Evidence.TRADITIONAL, Evidence.AUTHORITY, Evidence.PRECLINICAL, Evidence.ANECDOTAL) is not None
    ):
        return None
    if not case.is_study and introduces(case):
        return None
    if not case.is_study and _RESULT.search(case.claim.lowered) is None:
        return None
    return named


def _is_shared(place: str, link: Link, *, tells_result: bool) -> bool:
    """Whether the citation of another sentence is the claim's too: right beside a result, or near for one outcome."""
    if place in ("before", "after"):
        return (tells_result and link.distance == 1) or (bool(link.same_outcome) and link.distance <= 2)
    return bool(link.same_outcome) or (link.same_outcome is None and place != "heading" and link.distance <= 2)


def _goes_on_with(case: Case, link: Link) -> bool:
    """Whether a claim tells of the study that the sentence before cites, by the words "in that study"."""
    is_the_one = link.distance == 1 and link.same_agent is not False and link.same_outcome is not False
    return is_the_one and _THAT_STUDY.search(case.claim.lowered) is not None


def _same_study(case: Case) -> Link | None:
    """Find a citation next to the claim, of the same outcome or of a study that the claim goes on to report."""
    if not any(link.level is Evidence.CITED for link in case.links):
        return None
    is_elsewhere = any(link.place == "mark" and link.rule == "unresolved_mark" for link in case.links)
    if is_elsewhere or tells_own_study(case):
        return next((link for link in case.near("after", Evidence.CITED, reach=1) if link.is_source), None)
    if case.own(Evidence.TRADITIONAL, Evidence.ANECDOTAL, Evidence.AUTHORITY, Evidence.PRECLINICAL) is not None:
        return None
    tells_result = _RESULT.search(case.claim.lowered) is not None
    places = ("after", "under") if introduces(case) else ("before", "after", "under", "stem", "heading")
    for place in places:
        for link in case.near(place, Evidence.CITED, reach=4):
            if link.is_source and (link.distance == 1 or (place == "after" and tells_result)):
                return link
            if _is_shared(place, link, tells_result=tells_result) or (place == "before" and _goes_on_with(case, link)):
                return link
    return None


def _new_study(case: Case) -> Link | None:
    """Find the trial that a medicine's page reports; it is no indication."""
    return case.own(Evidence.DESCRIBED) if case.is_medicine and _RESULT.search(case.claim.lowered) else None


def _own_described(case: Case) -> Link | None:
    return case.own(Evidence.DESCRIBED)


def _own_unnamed(case: Case) -> Link | None:
    for level in (Evidence.AUTHORITY, Evidence.TRADITIONAL, Evidence.ANECDOTAL, Evidence.VAGUE):
        link = case.own(level)
        if link is not None:
            return link
    return None


def _stem(case: Case) -> Link | None:
    levels = (Evidence.PRECLINICAL, Evidence.DESCRIBED, *UNNAMED)
    return next(case.near("stem", *levels), None)


def _results_of(case: Case) -> Link | None:
    """Find the study a little before of which the claim tells a further result."""
    before = (link for link in case.links if link.place == "before" and link.distance <= _STUDY_REACH)
    nearest = next((link for link in before if link.level not in (Evidence.NONE, Evidence.VAGUE)), None)
    if nearest is None or nearest.level is not Evidence.DESCRIBED or nearest.same_agent is False:
        return None
    if case.own(*UNNAMED, Evidence.PRECLINICAL) is not None or not _MEASURED.search(case.claim.lowered):
        return None
    return nearest


def _study_beneath(case: Case) -> Link | None:
    """Find the study right after a claim that speaks of one and does not describe it."""
    if case.own(Evidence.VAGUE) is None or not _STUDY_NAMED.search(case.claim.lowered):
        return None
    return next(
        (link for link in case.near("after", Evidence.DESCRIBED, reach=2) if link.same_outcome is not False), None
    )


def _going_on(case: Case) -> Link | None:
    """Take what the sentence before offers, where the claim goes on with it."""
    levels = (Evidence.PRECLINICAL, Evidence.DESCRIBED, Evidence.TRADITIONAL, Evidence.ANECDOTAL, Evidence.VAGUE)
    text = case.claim.lowered
    for link in case.near("before", *levels, reach=1):
        is_result = link.level in (Evidence.PRECLINICAL, Evidence.DESCRIBED) and _RESULT.search(text)
        if (is_result and _GOES_ON.search(text)) or (link.same_outcome and _REPORTS.search(text)):
            return link
    return None


def _heading_takes(case: Case) -> Link | None:
    """Take the best of what stands under a heading for its outcome, a study of people before all."""
    if not case.claim.is_heading:
        return None
    for levels in ((Evidence.DESCRIBED,), (Evidence.PRECLINICAL, *UNNAMED)):
        for link in case.near("under", *levels, reach=3):
            if link.same_outcome or (link.same_outcome is None and link.distance == 1):
                return link
    return None


RULES: dict[str, Callable[[Case], Link | None]] = {
    "label_use": label_use,
    "own_authorised": own_authorised,
    "nutrient": nutrient,
    "listed_wording": listed_wording,
    "own_citation": _own_citation,
    "testimonial": _testimonial,
    "own_preclinical": _own_preclinical,
    "new_study": _new_study,
    "medicine_use": medicine_use,
    "authorised_stem": authorised_stem,
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
