"""What the text offers for each efficacy claim: evidence level and cues, and the severity of what it leaves open.

This first version looks inside the sentence itself. Where several patterns match, the best level counts, except that a
citation of animal or laboratory work stays preclinical.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.folding import fold
from classifier.lexicons import find_terms
from classifier.patterns import Pattern, load_evidence_patterns
from classifier.records import Assessed, Cue, Document, Evidence, Label, Severity, Support, Tagged

__all__ = ["assess_evidence", "find_evidence", "severity_of"]

_PEOPLE = re.compile(
    r"(?i)\b(?:\d[\d,]{0,8}\s+(?:\w+\s+){0,3}?(?:adults|people|participants|patients|volunteers|subjects|men|women)|"
    r"clinical\s+trial|human\s+(?:trial|stud))"
)
_REPLACES_MEDICINE = re.compile(
    r"(?i)\b(?:instead\s+of|alternatives?\s+to|replac(?:e|es|ing|ement\s+for)|without\s+the\s+need\s+for|no\s+(?:more\s+)?"
    r"need\s+for|ditch|stop\s+taking|throw\s+away|better\s+than|as\s+well\s+as|come\s+off|get\s+off)\s+(?:your\s+|the\s+|any\s+)?"
    r"(?:\w+\s+)?(?:drugs?|meds|medications?|medicines?|pills|statins?|insulin|antibiotics?|antidepressants?|chemo(?:therapy)?|"
    r"painkillers|surgery|injections?)\b"
)
_SEVERITIES = {"diseases": Severity.HIGH, "functions": Severity.MEDIUM, "wellness": Severity.LOW}


def assess_evidence(document: Document, sentences: Sequence[Tagged]) -> tuple[Assessed, ...]:
    """Judge what a document offers for each of its efficacy claims."""
    return tuple(_assess_sentence(sentence) for sentence in sentences)


def _assess_sentence(tagged: Tagged) -> Assessed:
    if Label.EFFICACY_CLAIM not in tagged.labels:
        return Assessed(tagged)
    folded, places = fold(tagged.text)
    evidence, evidence_cue = find_evidence(folded)
    severity, severity_cue = severity_of(folded) if evidence.support is Support.UNSUPPORTED else (None, None)
    cues = tuple(_place(cue, places, tagged) for cue in (evidence_cue, severity_cue) if cue is not None)
    return Assessed(tagged, evidence, severity, cues)


def find_evidence(sentence: str) -> tuple[Evidence, Cue | None]:
    """Return the best evidence level that a sentence offers, and the span that shows it, counted from its start.

    >>> find_evidence("Studies show that it relieves pain.")[0]
    <Evidence.VAGUE: 'vague'>
    >>> find_evidence("In mice it relieved pain (PMID: 23439798).")[0]
    <Evidence.PRECLINICAL: 'preclinical'>
    """
    lowered = sentence.lower()
    first: dict[Evidence, Cue] = {}
    for pattern in load_evidence_patterns():
        if pattern.level not in first and any(literal in lowered for literal in pattern.literals):
            cue = _find(pattern, sentence)
            if cue is not None:
                first[pattern.level] = cue
    if Evidence.PRECLINICAL in first and not _PEOPLE.search(sentence):
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
    if match is None or (pattern.context is not None and pattern.context.search(sentence) is None):
        return None
    quote = match.group().rstrip(".,;) ") if pattern.level is Evidence.CITED else match.group()
    return Cue("evidence", match.start(), match.start() + len(quote), quote, pattern.id)


def _place(cue: Cue, places: Sequence[int], tagged: Tagged) -> Cue:
    """Turn a cue in the folded sentence into one in the document."""
    start, end = places[cue.start], places[cue.end - 1] + 1 if cue.end > cue.start else places[cue.start]
    return Cue(cue.kind, tagged.start + start, tagged.start + end, tagged.text[start:end], cue.rule)
