"""Between the rules and what an encoder, or the trained part, says of the evidence of a claim."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

from classifier.evidence.authorisations import is_worded_as_label, may_be_authorised
from classifier.evidence.cases import Case, Decision
from classifier.evidence.linking import Link, nearest_citation
from classifier.evidence.rules import decide, nothing, tells_own_study
from classifier.records import Cue, Evidence

__all__ = ["SURE", "choose"]

SURE = frozenset(
    {"own_authorised", "own_citation", "nutrient", "listed_wording"}
    | {"same_study", "study_page", "authorised_stem", "stem"}
)
"""The rules that neither an encoder nor the trained part overrules.

What `own_described` found, an encoder may only find to be cited; what `label_use` and `medicine_use` found, only to
have no evidence.
"""

_USES = ("label_use", "medicine_use")
_NONE = list(Evidence).index(Evidence.NONE)
_DOUBT = math.log(0.8)


def choose(case: Case, ruled: Decision, scores: Mapping[Evidence, float]) -> Decision:
    """Return the rules' decision where they can show it, else the likeliest level that the page can show.

    `cited` needs a citation within the claim's reach; where the encoder has judged the claim too, which reads the page
    around, one of the same agent anywhere on the page is enough. A bare claim has no evidence, whatever the scores.
    """
    if ruled.rule == "own_described":
        return _found_again(case, scores) or ruled
    if ruled.rule in _USES:
        return choose(case, decide(case, without=_USES), scores) if _is_doubted(case) else ruled
    if ruled.rule in SURE:
        return ruled
    return _ranked(case, ruled, scores)


def _ranked(case: Case, ruled: Decision, scores: Mapping[Evidence, float]) -> Decision:
    """Return the rules' decision, or that of the scores where they find another level that the page can show."""
    if case.is_bare:
        return nothing(case, "bare")
    links = [link for link in case.links if not link.is_about_another]
    shown = set(scores) - {Evidence.CITED, Evidence.AUTHORISED}
    may_be_cited = not tells_own_study(case)
    if may_be_cited and any(link.level is Evidence.CITED for link in links):
        shown.add(Evidence.CITED)
    if may_be_authorised(case):
        shown.add(Evidence.AUTHORISED)
    sought = shown | {Evidence.CITED} if may_be_cited and case.claim.tagged.evidence_scores else shown
    best = _likeliest(scores, sought)
    if best not in shown:
        far = nearest_citation(case.claim, case.citations)
        if far is None:
            best = _likeliest(scores, shown)
        else:
            links.append(far)
    return ruled if best is ruled.level else _shown(case, best, links)


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
    if not case.claim.tagged.evidence_scores or _likeliest(scores, scores) is not Evidence.CITED:
        return None
    if tells_own_study(case):
        return None
    around = (link for link in case.links if link.place != "head" and not link.is_about_another)
    links = (link for link in around if link.level is Evidence.CITED)
    return next((Decision(link.level, link.cues, "trained") for link in links), None)


def _likeliest(scores: Mapping[Evidence, float], levels: Collection[Evidence]) -> Evidence:
    return max((level for level in scores if level in levels), key=lambda level: scores[level])
