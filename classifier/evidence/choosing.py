"""Between the rules and what an encoder, or the trained part, says of the evidence of a claim."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from classifier.evidence.authorisations import is_worded_as_label, may_be_authorised
from classifier.evidence.cases import Case, Decision
from classifier.evidence.linking import Link, nearest_citation
from classifier.evidence.rules import decide, introduces, nothing, tells_own_study
from classifier.evidence.told_sources import told_source
from classifier.records import Cue, Evidence

__all__ = ["choose", "is_sure"]

# The rules that neither an encoder nor the trained part overrules. What `own_described` found, an encoder may only find
# to be cited; what `label_use` and `medicine_use` found, only to have no evidence. It may doubt that the citation of a
# neighbour is the claim's.
_SURE = frozenset(
    {"own_authorised", "own_citation", "nutrient", "listed_wording"}
    | {"same_study", "study_page", "authorised_stem", "stem"}
)
_USES = ("label_use", "medicine_use")
_OF_A_NEIGHBOUR = "same_study"
_OF_ITS_OWN = ("mark", "after", "under")  # where the citation of a study stands that a claim introduces
_CITED = list(Evidence).index(Evidence.CITED)
_HARDLY = math.log(0.05)  # that the citation of a neighbour is the claim's too
_PERHAPS = math.log(0.4)  # that a study which a claim describes is named elsewhere
_NONE = list(Evidence).index(Evidence.NONE)
_DOUBT = math.log(0.8)


def is_sure(case: Case, ruled: Decision) -> bool:
    """Whether the rules' decision on a claim stands, whatever an encoder or the trained part says."""
    scores = case.claim.tagged.evidence_scores
    is_doubted = ruled.rule == _OF_A_NEIGHBOUR and bool(scores) and scores[_CITED] < _HARDLY
    return ruled.rule in _SURE and not is_doubted


def choose(case: Case, ruled: Decision, scores: Mapping[Evidence, float]) -> Decision:
    """Return the rules' decision where they can show it, else the likeliest level that the page can show.

    `cited` needs a citation within the claim's reach; where the encoder has judged the claim too, which reads the page
    around, a source told in words is enough, or a citation close by that no rule ties to it. A bare claim has no
    evidence, whatever the scores.
    """
    if ruled.rule == "own_described":
        return _found_again(case, scores) or ruled
    if ruled.rule in _USES:
        return choose(case, decide(case, without=_USES), scores) if _is_doubted(case) else ruled
    if is_sure(case, ruled):
        return ruled
    if ruled.rule == _OF_A_NEIGHBOUR:
        return choose(case, decide(case, without=(_OF_A_NEIGHBOUR,)), scores)
    return _ranked(case, ruled, scores)


def _ranked(case: Case, ruled: Decision, scores: Mapping[Evidence, float]) -> Decision:
    """Return the rules' decision, or that of the scores where they find another level that the page can show."""
    if case.is_bare:
        return nothing(case, "bare")
    links = [link for link in case.links if not link.is_about_another]
    if introduces(case):  # what stands before cites another study
        links = [link for link in links if link.level is not Evidence.CITED or link.place in _OF_ITS_OWN]
    shown = set(scores) - {Evidence.CITED, Evidence.AUTHORISED}
    may_be_cited = not tells_own_study(case)
    if may_be_cited and any(link.level is Evidence.CITED for link in links):
        shown.add(Evidence.CITED)
    if may_be_authorised(case):
        shown.add(Evidence.AUTHORISED)
    sought = shown | {Evidence.CITED} if may_be_cited and case.claim.tagged.evidence_scores else shown
    best = _likeliest(scores, sought)
    if best not in shown:
        found = _source_around(case)
        if found is None:
            best = _likeliest(scores, shown)
        else:
            links.append(found)
    return ruled if best is ruled.level else _shown(case, best, links)


def _source_around(case: Case) -> Link | None:
    """Return a source that no rule ties to a claim, for an encoder that finds it to be cited."""
    is_new = introduces(case)
    found = told_source(case.claim, case.citations.lines, is_new=is_new)
    return found or nearest_citation(case.claim, case.citations, is_new=is_new)


def _shown(case: Case, level: Evidence, links: Sequence[Link]) -> Decision:
    """Return a level with the first of the links that shows it, else with the claim itself."""
    if level is Evidence.NONE:
        return nothing(case, "trained")
    tagged = case.claim.tagged
    whole = Cue("evidence", tagged.start, tagged.end, tagged.text, "trained")
    return Decision(level, next((link.cues for link in links if link.level is level), (whole,)), "trained")


def _is_doubted(case: Case) -> bool:
    """Whether an encoder, which reads the page, is sure that what the rules call a medicine's use is none.

    The words of a label stand against it.
    """
    scores = case.claim.tagged.evidence_scores
    return bool(scores) and scores[_NONE] >= _DOUBT and not is_worded_as_label(case.claim)


def _found_again(case: Case, scores: Mapping[Evidence, float]) -> Decision | None:
    """Return the citation around that an encoder, which reads the page, takes a described study to be from."""
    if not case.claim.tagged.evidence_scores or scores[Evidence.CITED] < _PERHAPS or tells_own_study(case):
        return None
    around = (link for link in case.links if link.place != "head" and not link.is_about_another)
    links = (link for link in around if link.level is Evidence.CITED)
    found = next(links, None) or told_source(case.claim, case.citations.lines, is_new=introduces(case))
    return None if found is None else Decision(found.level, found.cues, "trained")


def _likeliest(scores: Mapping[Evidence, float], levels: Collection[Evidence]) -> Evidence:
    return max((level for level in scores if level in levels), key=lambda level: scores[level])
