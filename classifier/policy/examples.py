"""Run the examples of a pack's rules, as the tests do for the shipped packs and `healthclaims rules test` for yours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from classifier.policy.reviewing import review
from classifier.policy.rule import Example, Pack, Rule
from classifier.records import Assessed, Context, Document, Evidence, Finding, Sentence, Tagged

__all__ = ["Failure", "check_examples", "findings_of"]


@dataclass(frozen=True, slots=True)
class Failure:
    """An example on which its rule did not do what it should."""

    rule: str
    text: str
    should_speak: bool

    def __str__(self) -> str:
        did = "is silent on a flagged example" if self.should_speak else "speaks of a passed example"
        return f"{self.rule}: {did}: {' / '.join(self.text.splitlines())!r}"


def check_examples(pack: Pack) -> Iterator[Failure]:
    """Yield the examples of a pack on which its rules fail."""
    for rule in pack.rules:
        for examples, should_speak in ((rule.flagged, True), (rule.passed, False)):
            for example in examples:
                speaks = any(finding.rule == rule.id for finding in findings_of(pack, rule, example))
                if speaks is not should_speak:
                    yield Failure(rule.id, example.text, should_speak)


def findings_of(pack: Pack, rule: Rule, example: Example) -> tuple[Finding, ...]:
    """Return what a pack finds in an example of one of its rules, each line of it one sentence with its labels."""
    document, sentences = _assess(example)
    product_class = example.product_class or (rule.product_classes[0] if rule.product_classes else "unknown")
    context = Context(markets=rule.markets, product_class=product_class, assumed=False)
    running = replace(pack, rules=tuple(replace(rule, enabled=True) for rule in pack.rules))
    reviewed, of_document = review(document, sentences, (running,), context)
    return (*(finding for sentence in reviewed for finding in sentence.findings), *of_document)


def _assess(example: Example) -> tuple[Document, tuple[Assessed, ...]]:
    document = Document(example.text, id="example", language="en")
    tagged: list[Tagged] = []
    given: list[Evidence | None] = []
    start = 0
    for part in example.parts:
        text = part.text.strip()
        if text:
            offset = start + part.text.index(text)
            sentence = Sentence(len(tagged), offset, offset + len(text), text)
            tagged.append(Tagged(sentence, part.labels, next(iter(part.labels), None), {}))
            given.append(part.evidence)
        start += len(part.text) + 1
    from classifier.evidence import assess_evidence  # here, since most runs check no examples

    assessed = assess_evidence(document, tagged)
    return document, tuple(
        sentence if evidence is None else replace(sentence, evidence=evidence)
        for sentence, evidence in zip(assessed, given, strict=True)
    )
