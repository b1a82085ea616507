"""From a text to its report: segment → tag → evidence → policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import TYPE_CHECKING

from classifier.language import detect_language
from classifier.policy import Pack, check_choices, load_packs, review, select_rules
from classifier.records import Context, Document, Label, Report, Versions
from classifier.segmentation import segment
from classifier.settings import Settings
from classifier.waiver_comments import blank_comments, restore_text

if TYPE_CHECKING:
    from classifier.tagger import SentenceModel

__all__ = ["MAX_SENTENCES", "Assessor", "load"]

MAX_SENTENCES = 100_000
"""The most sentences that one document may have; a long book has fewer."""


@dataclass(frozen=True, slots=True)
class Assessor:
    """Assess documents with one model and some rule packs. It holds no state, so threads may share it.

    `context` is what every report takes for granted: the markets, and the class of what is sold.
    """

    tagger: SentenceModel
    packs: tuple[Pack, ...]
    versions: Versions
    context: Context = field(default_factory=Context)

    def assess(self, document: Document | str) -> Report:
        """Return what a document claims and what it offers for its claims.

        A document in another language than English is reported as not assessed, with no sentences.
        """
        from classifier.evidence import assess_evidence
        from classifier.tagger import tag

        if isinstance(document, str):
            document = Document(document)
        if not isinstance(document, Document):
            raise TypeError(f"assess takes a text or a Document, not {type(document).__name__}; decode bytes first")
        if document.language is None:
            document = replace(document, language=detect_language(document.text))
        assert document.language is not None
        language = document.language.lower().partition("-")[0]
        if language != "en":
            reason = f"the text is in another language ({language}); only English is assessed"
            context = replace(self.context, language=language)
            return Report(document, (), self.versions, context, not_assessed=reason)
        readable = blank_comments(document)
        sentences = segment(readable)
        if len(sentences) > MAX_SENTENCES:
            reason = f"more than {MAX_SENTENCES:,} sentences in one document; split it into its pages"
            return Report(document, (), self.versions, self.context, not_assessed=reason)
        tagged = tag(self.tagger, readable, sentences)
        assessed = assess_evidence(readable, tagged, product_class=self.context.product_class)
        reviewed, findings = review(readable, assessed, self.packs, self.context)
        if readable is not document:
            reviewed = restore_text(reviewed, document.text)
        return Report(document, reviewed, self.versions, self.context, findings)

    def assess_many(self, documents: Iterable[Document | str]) -> Iterator[Report]:
        """Yield the report of each document, in order, as they are asked for.

        A model that is quicker with several at a time may read ahead; this one takes them one by one.

        >>> [len(report.sentences) for report in load().assess_many(["Calms. Soothes.", "Buy now!"])]
        [2, 1]
        """
        for document in documents:
            yield self.assess(document)


def load(
    model: str | PathLike[str] | None = None,
    *,
    thresholds: Mapping[Label | str, float] | None = None,
    prefer: str | None = None,
    markets: Sequence[str] = (),
    product_class: str | None = None,
    policies: Sequence[str | PathLike[str]] = (),
    settings: Settings | None = None,
) -> Assessor:
    """Load a model by name ("accurate", "fast") or from its folder, with the rules that know no market.

    `prefer="recall"` takes the thresholds that the model holds for missing less; `thresholds` replaces those of single
    labels. `markets` ("us", "eu", "uk") add the rules of these markets, `policies` those of your own packs. What is
    given here wins over `settings`; no file of settings is read unless you do so with
    `classifier.settings.find_settings`. Raises `ModelError` for a folder that is missing, damaged or of another
    version, `ConfigurationError` for a market, a product class or a rule that does not exist, and for a pack that
    cannot be read.

    >>> report = load().assess("Our tea melts belly fat. Store in a cool place.")
    >>> [sentence.text for sentence in report.flagged]
    ['Our tea melts belly fat.']
    >>> report = load(markets=["us"], product_class="supplement").assess("Our tea cures arthritis.")
    >>> [finding.rule for finding in report.all_findings]
    ['support.none', 'us.disease', 'us.disclaimer.missing']
    """
    from classifier import __version__
    from classifier.shipped_data import shipped_digest
    from classifier.tagger import load_tagger

    settings = settings or Settings()
    where = f"{settings.source}: " if settings.source else ""
    wanted = markets or settings.market
    sold = product_class or settings.product_class or "unknown"
    check_choices(wanted, sold, where=where)
    chosen = tuple(dict.fromkeys(wanted))
    packs = select_rules(
        load_packs(chosen, policies or settings.policies),
        enable=settings.enable,
        disable=settings.disable,
        where=f"{where}rules.",
    )
    chosen_model = next(name for name in (model, settings.model, "accurate") if name is not None)
    tagger: SentenceModel
    tagger, name = load_tagger(chosen_model)
    if thresholds or prefer:
        from classifier.thresholds import with_thresholds

        tagger = with_thresholds(tagger, thresholds, prefer=prefer)
        name += "".join(f"+{part}" for part in (prefer, *_written(thresholds)) if part)
    versions: Mapping[str, str] = {pack.name: pack.edition for pack in packs}
    context = Context(markets=chosen, product_class=sold, assumed=sold == "unknown")
    return Assessor(tagger, packs, Versions(__version__, name, versions, shipped_digest()), context)


def _written(thresholds: Mapping[Label | str, float] | None) -> list[str]:
    return [f"{name}={value:g}" for name, value in sorted((thresholds or {}).items())]
