"""What the text offers for each efficacy claim: evidence level and cues, and the severity of what it leaves open.

This first version looks inside the sentence itself. Where several patterns match, the best level counts, except that a
citation of animal or laboratory work stays preclinical.
"""

from __future__ import annotations

import re

from classifier.lexicons import find_terms
from classifier.patterns import Pattern, load_evidence_patterns
from classifier.records import Assessed, Cue, Evidence, Label, Severity, Support, Tagged

__all__ = ["assess_evidence", "find_evidence", "severity_of"]

_LONGEST = 20_000  # characters of a sentence that are searched; no sentence of prose is longer
_STUDY = re.compile(r"(?i)\b(?:stud(?:y|ies)|trials?|rct|meta-anal|review|placebo|participants|volunteers|n ?= ?\d)")
_RESULT = re.compile(
    r"(?i)\b(?:by|to|from|of|than|an?|average)\s+(?:\w+\s+)?\d|%|\b(?:significant|found|show|reduc|improv|increas|decreas|"
    r"lower|fell|rose|drop|report|experienc|result|effect|help|reliev|eas|associat|less|more|better|fewer)"
)
_REPLACES_MEDICINE = re.compile(
    r"(?i)\b(?:instead\s+of|alternatives?\s+to|replac(?:e|es|ing|ement\s+for)|without\s+the\s+need\s+for|no\s+(?:more\s+)?"
    r"need\s+for|ditch|stop\s+taking|throw\s+away|better\s+than|as\s+well\s+as)\s+(?:your\s+|the\s+|any\s+)?"
    r"(?:\w+\s+)?(?:drugs?|medications?|medicines?|pills|statins?|insulin|antibiotics?|antidepressants?|chemo(?:therapy)?|"
    r"painkillers|surgery|injections?)\b"
)
_SEVERITIES = {"diseases": Severity.HIGH, "functions": Severity.MEDIUM, "wellness": Severity.LOW}


def assess_evidence(tagged: Tagged) -> Assessed:
    """Judge what a tagged sentence offers for its efficacy claim, if it makes one."""
    if Label.EFFICACY_CLAIM not in tagged.labels:
        return Assessed(tagged)
    evidence, cue = find_evidence(tagged.text)
    cues = (_place(cue, tagged.start),) if cue else ()
    if evidence.support is Support.SUPPORTED:
        return Assessed(tagged, evidence, None, cues)
    severity, cue = severity_of(tagged.text)
    return Assessed(tagged, evidence, severity, (*cues, _place(cue, tagged.start)) if cue else cues)


def find_evidence(sentence: str) -> tuple[Evidence, Cue | None]:
    """Return the best evidence level that a sentence offers, and the span that shows it, counted from its start.

    >>> find_evidence("Studies show that it relieves pain.")[0]
    <Evidence.VAGUE: 'vague'>
    >>> find_evidence("In mice it relieved pain (PMID: 23439798).")[0]
    <Evidence.PRECLINICAL: 'preclinical'>
    """
    sentence = sentence[:_LONGEST]
    lowered = sentence.lower()
    first: dict[Evidence, Cue] = {}
    for pattern in load_evidence_patterns():
        if pattern.level not in first and any(literal in lowered for literal in pattern.literals):
            cue = _find(pattern, sentence)
            if cue is not None:
                first[pattern.level] = cue
    if Evidence.DESCRIBED in first and not (_STUDY.search(sentence) and _RESULT.search(sentence)):
        first.setdefault(Evidence.VAGUE, first.pop(Evidence.DESCRIBED))
        if not _STUDY.search(sentence):
            del first[Evidence.VAGUE]
    if Evidence.PRECLINICAL in first:
        first.pop(Evidence.CITED, None)
        first.pop(Evidence.DESCRIBED, None)
    best = max(first, key=list(Evidence).index, default=Evidence.NONE)
    return best, first.get(best)


def severity_of(sentence: str) -> tuple[Severity, Cue | None]:
    """Return how much a claim promises, and the words that say so, counted from its start.

    A claim in which no list knows a word is taken to name a function, as nearly all of them do.

    >>> severity_of("Say goodbye to arthritis")[0], severity_of("Deeper sleep")[0], severity_of("Feel your best")[0]
    (<Severity.HIGH: 'high'>, <Severity.MEDIUM: 'medium'>, <Severity.LOW: 'low'>)
    """
    sentence = sentence[:_LONGEST]
    replaced = _REPLACES_MEDICINE.search(sentence)
    if replaced:
        return Severity.HIGH, Cue("severity", *replaced.span(), replaced.group(), "replaces_medicine")
    terms = find_terms(sentence)
    for lexicon, severity in _SEVERITIES.items():
        for term in terms:
            if term.lexicon == lexicon:
                return severity, Cue("severity", term.start, term.end, sentence[term.start : term.end], lexicon)
    return Severity.MEDIUM, None


def _find(pattern: Pattern, sentence: str) -> Cue | None:
    match = pattern.regex.search(sentence)
    return Cue("evidence", *match.span(), match.group(), pattern.id) if match else None


def _place(cue: Cue, offset: int) -> Cue:
    """Count a cue's offsets from the start of the document."""
    return Cue(cue.kind, cue.start + offset, cue.end + offset, cue.text, cue.rule)
