"""What the rules of some packs say of an assessed document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from classifier.policy.checks import CHECKS
from classifier.policy.matching import find_span
from classifier.policy.reading import Hit, Reading
from classifier.policy.rule import Pack, Rule, When
from classifier.records import Assessed, Context, Document, Finding, Reviewed, Severity

__all__ = ["review"]

_ASSUMED_CLASSES = ("supplement", "food")  # whose rules apply where nobody says what is sold


def review(
    document: Document, sentences: Sequence[Assessed], packs: Sequence[Pack], context: Context
) -> tuple[tuple[Reviewed, ...], tuple[Finding, ...]]:
    """Return the sentences with the findings of the rules that speak of them, and those on the whole document."""
    reading = Reading(document, sentences)
    of_sentences: list[list[Finding]] = [[] for _ in sentences]
    of_document: list[Finding] = []
    spoken: dict[str, set[int]] = {}
    for pack in packs:
        for rule in pack.rules:
            markets = _markets(rule, context)
            if not markets or not _is_for(rule, context.product_class):
                continue
            hits = list(_hits(rule, reading, markets[0] or "", spoken))
            spoken.setdefault(rule.id, set()).update(hit.sentence for hit in hits if hit.sentence is not None)
            for market in markets if rule.enabled else ():  # others yield to a rule that is switched off, too
                for hit in hits:
                    finding = _finding(rule, hit, market, sentences)
                    (of_document if hit.sentence is None else of_sentences[hit.sentence]).append(finding)
    reviewed = (Reviewed(sentence, tuple(found)) for sentence, found in zip(sentences, of_sentences, strict=True))
    return tuple(reviewed), tuple(of_document)


def _markets(rule: Rule, context: Context) -> tuple[str | None, ...]:
    """Return the markets for which a rule speaks here; None alone for a rule that knows no market."""
    if not rule.markets:
        return (None,)
    return tuple(market for market in context.markets if market in rule.markets)


def _is_for(rule: Rule, product_class: str) -> bool:
    if not rule.product_classes or product_class in rule.product_classes:
        return True
    return product_class == "unknown" and any(name in rule.product_classes for name in _ASSUMED_CLASSES)


def _hits(rule: Rule, reading: Reading, market: str, spoken: dict[str, set[int]]) -> Iterator[Hit]:
    silent = set().union(*(spoken.get(name, ()) for name in rule.when.yields_to))
    if rule.when.check is not None:
        for hit in CHECKS[rule.when.check].run(rule.when, reading, market):
            if hit.sentence is None or hit.sentence not in silent:
                yield hit
        return
    for number in reading.bearing(rule.when.labels):
        if number not in silent and _is_met(rule.when, reading.sentences[number]) and not reading.view(number).is_empty:
            span = find_span(rule.when, reading, number)
            if span is not None:
                yield reading.hit(number, span)


def _is_met(when: When, sentence: Assessed) -> bool:
    """Tell whether what was assessed fits; this needs no look at the text."""
    if when.evidence and sentence.evidence not in when.evidence:
        return False
    return not when.severity or sentence.severity in when.severity


def _finding(rule: Rule, hit: Hit, market: str | None, sentences: Sequence[Assessed]) -> Finding:
    severity = rule.severity
    if severity is None:
        claimed = sentences[hit.sentence].severity if hit.sentence is not None else None
        severity = claimed or Severity.MEDIUM
    return Finding(
        rule=rule.id,
        severity=severity,
        start=hit.start,
        end=hit.end,
        message=rule.message,
        basis=rule.basis,
        title=rule.title,
        kind=rule.kind,
        market=market,
        link=rule.link,
        detail=hit.detail,
        verification=rule.verification,
    )
