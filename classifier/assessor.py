"""From a text to its report: segment → tag → evidence → policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import TYPE_CHECKING, TypeVar

from classifier.language import detect_language
from classifier.policy import Pack, check_choices, load_packs, review, select_rules
from classifier.records import Context, Document, Label, Report, Sentence, Tagged, Versions
from classifier.segmentation import segment
from classifier.settings import Settings
from classifier.waiver_comments import blank_comments, restore_text

if TYPE_CHECKING:
    from classifier.tagger import SentenceModel

__all__ = ["BATCH_WEIGHT", "MAX_SENTENCES", "Assessor", "batches_of", "load"]

T = TypeVar("T")

_BATCH = 16  # documents that are tagged at once; with more of them, little time is gained
BATCH_WEIGHT = 100_000
"""The characters of documents that are tagged at once; no more are added to them then."""

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
        from classifier.tagger import tag

        page = self._read(document)
        if isinstance(page, Report):
            return page
        return self._judge(page, tag(self.tagger, page.readable, page.sentences))

    def assess_many(self, documents: Iterable[Document | str]) -> Iterator[Report]:
        """Yield the report of each document, in order. A few documents are read ahead and tagged at once.

        What `assess` would raise for a document is raised where its report is due.

        >>> [len(report.sentences) for report in load().assess_many(["Calms. Soothes.", "Buy now!"])]
        [2, 1]
        """
        for found in self.assess_each(documents):
            if isinstance(found, Exception):
                raise found
            yield found

    def assess_each(self, documents: Iterable[Document | str]) -> Iterator[Report | Exception]:
        """Yield as `assess_many` does, but what `assess` would raise is yielded, and the other documents go on.

        >>> [type(found).__name__ for found in load().assess_each(["Buy now!", b"bytes", "Calms."])]
        ['Report', 'TypeError', 'Report']
        """
        for batch in batches_of(documents, _weight):
            read = [_attempt(self._read, document) for document in batch]
            tagged = iter(self._tag([page for page in read if isinstance(page, _Page)]))
            for page in read:
                if isinstance(page, _Page):
                    labels = next(tagged)
                    yield labels if isinstance(labels, Exception) else _attempt(self._judge, page, labels)
                else:
                    yield page

    def _tag(self, pages: Sequence[_Page]) -> Sequence[tuple[Tagged, ...] | Exception]:
        from classifier.tagger import tag, tag_documents

        found = _attempt(tag_documents, self.tagger, [(page.readable, page.sentences) for page in pages])
        if isinstance(found, Exception):  # one by one, the document that fails takes no other with it
            return [_attempt(tag, self.tagger, page.readable, page.sentences) for page in pages]
        return found

    def _read(self, document: Document | str) -> _Page | Report:
        """Split a document into sentences; return its report at once if it is not to be assessed."""
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
        return _Page(document, readable, sentences)

    def _judge(self, page: _Page, tagged: Sequence[Tagged]) -> Report:
        from classifier.evidence import assess_evidence

        assessed = assess_evidence(page.readable, tagged, product_class=self.context.product_class)
        reviewed, findings = review(page.readable, assessed, self.packs, self.context)
        if page.readable is not page.document:
            reviewed = restore_text(reviewed, page.document.text)
        return Report(page.document, reviewed, self.versions, self.context, findings)


@dataclass(frozen=True, slots=True)
class _Page:
    """A document, what is read of it (without the comments that waive findings), and its sentences."""

    document: Document
    readable: Document
    sentences: Sequence[Sentence]


def _weight(document: Document | str) -> int:
    text = document.text if isinstance(document, Document) else document
    return len(text) if isinstance(text, str) else 0  # what is no text is refused where its report is due


def batches_of(things: Iterable[T], weight: Callable[[T], int]) -> Iterator[list[T]]:
    """Yield things in order, a few at a time: up to 16, and none more after these weigh 100,000 characters.

    What comes before an error is yielded before it is raised.

    >>> [len(batch) for batch in batches_of("a" * 20, len)], [*batches_of(["a" * 100_000, "b"], len)][1:]
    ([16, 4], [['b']])
    """
    batch: list[T] = []
    room = BATCH_WEIGHT
    try:
        for thing in things:
            batch.append(thing)
            room -= weight(thing)
            if room <= 0 or len(batch) == _BATCH:
                yield batch
                batch, room = [], BATCH_WEIGHT
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _attempt(function: Callable[..., T], *values: object) -> T | Exception:
    try:
        return function(*values)
    except Exception as error:
        return error


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
