"""Judge every efficacy claim of a document: its evidence with the spans that show it, and its severity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from classifier.evidence.cases import Case, Decision
from classifier.evidence.choosing import choose, is_sure
from classifier.evidence.linking import Citations, links_of, page_citation
from classifier.evidence.page import Line, read_page
from classifier.evidence.page_kinds import is_label, is_medicine, is_study, is_supplement
from classifier.evidence.ranking import load_ranker
from classifier.evidence.rules import decide, heads
from classifier.evidence.severity import severity_of
from classifier.evidence.signs import facts_of_page, signs_of
from classifier.evidence.testimonials import in_testimonials
from classifier.folding import lower
from classifier.records import Assessed, Document, Evidence, Label, Support, Tagged

__all__ = ["Reading", "assess_evidence", "read_cases"]

_NONE_PLACE = list(Evidence).index(Evidence.NONE)
_SURELY_NONE = math.log(0.9)  # `scripts/train_evidence.py` tells how many claims would be judged otherwise without it
_NO_MEDICINES = ("supplement", "food", "cosmetic")  # classes of which a medicine's label says nothing


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as the rules see it: its sentences on their page, and one case for each efficacy claim."""

    lines: tuple[Line, ...]
    cases: tuple[Case, ...]


def assess_evidence(
    document: Document, sentences: Sequence[Tagged], *, product_class: str = "unknown", use_trained: bool = True
) -> tuple[Assessed, ...]:
    """Judge what a document offers for each of its efficacy claims.

    Rules come first; where they cannot show a level, the encoder of the model ranks all levels, or, if it has none that
    judges evidence, a trained part of its own. Around a claim of which an encoder is sure that nothing supports it
    nothing is looked for. Of a supplement, a food or a cosmetic, by `product_class` or by its text, the
    words of a medicine's label show nothing.
    """
    if not any(Label.EFFICACY_CLAIM in sentence.labels for sentence in sentences):
        return tuple(map(Assessed, sentences))
    reading = read_cases(document, sentences, product_class, searches_all=not use_trained)
    decisions = {case.claim.index: decide(case) for case in reading.cases}
    if use_trained:
        unsure = [case for case in reading.cases if not is_sure(case, decisions[case.claim.index])]
        for case, scores in zip(unsure, _scores(unsure, reading.lines, decisions), strict=True):
            decisions[case.claim.index] = choose(case, decisions[case.claim.index], scores)
    cases = {case.claim.index: case for case in reading.cases}
    for place, case in cases.items():
        beneath = cases.get(place + 1)
        if beneath is not None and heads(case, beneath) and decisions[place].level.support is not Support.SUPPORTED:
            found = decisions[place + 1]
            if found.level in (Evidence.CITED, Evidence.DESCRIBED):
                decisions[place] = replace(found, rule="beneath")
    return tuple(
        _assess(cases[place].claim, decisions[place]) if place in cases else Assessed(sentence)
        for place, sentence in enumerate(sentences)
    )


def _scores(
    cases: Sequence[Case], lines: Sequence[Line], decisions: Mapping[int, Decision]
) -> Iterator[Mapping[Evidence, float]]:
    """Yield a score a level for each case, the encoder's if that has judged the claim."""
    asked = [case for case in cases if not case.claim.tagged.evidence_scores]
    ranks: Iterator[Mapping[Evidence, float]] = iter(())
    if asked:
        page = facts_of_page(lines, asked[0])
        ranks = iter(load_ranker().scores([signs_of(case, decisions[case.claim.index], page) for case in asked]))
    for case in cases:
        encoded = case.claim.tagged.evidence_scores
        yield dict(zip(Evidence, encoded, strict=True)) if encoded else next(ranks)


def read_cases(
    document: Document, sentences: Sequence[Tagged], product_class: str = "unknown", *, searches_all: bool = False
) -> Reading:
    """Return what the rules see of a document.

    `searches_all` looks around every claim, also where an encoder is sure that nothing supports it.
    """
    lines = tuple(read_page(document, sentences))
    lowered = lower(document.text)
    study = is_study(lowered)
    supplement = product_class in _NO_MEDICINES or is_supplement(lowered)
    label = not supplement and is_label(document.text, lowered)
    medicine = not supplement and is_medicine(document.text, lowered)
    citation = page_citation(lines, is_study=study)
    told = in_testimonials(lines)
    citations = Citations(lines)
    cases = []
    for line in lines:
        if Label.EFFICACY_CLAIM in line.tagged.labels:
            may_be_bare = not searches_all and not label and not medicine and citation is None
            bare = may_be_bare and _is_bare(line)
            links = () if bare else tuple(links_of(line, lines, citation))
            before = lines[line.index - 1] if line.index else None
            cases.append(
                Case(
                    line,
                    links,
                    before,
                    is_label=label,
                    is_medicine=medicine,
                    is_study=study,
                    in_testimonial=line.index in told,
                    is_supplement=supplement,
                    is_bare=bare,
                    citations=citations,
                )
            )
    return Reading(lines, tuple(cases))


def _is_bare(claim: Line) -> bool:
    """Whether an encoder is sure that nothing supports a claim of which its sentence and its stem offer nothing."""
    scores = claim.tagged.evidence_scores
    if not scores or scores[_NONE_PLACE] < _SURELY_NONE:
        return False
    return claim.stem is None and not claim.offers and not claim.marks


def _assess(claim: Line, decision: Decision) -> Assessed:
    if decision.level.support is Support.SUPPORTED:
        return Assessed(claim.tagged, decision.level, None, decision.cues)
    severity, cue = severity_of(claim.text)
    cues = decision.cues if cue is None else (*decision.cues, claim.cue(cue.kind, cue.start, cue.end, cue.rule))
    return Assessed(claim.tagged, decision.level, severity, cues)
