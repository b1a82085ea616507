"""From a text to its report: segment → tag → evidence → policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING

from classifier.language import detect_language
from classifier.policy import Pack, load_pack, review
from classifier.records import Context, Document, Report, Versions
from classifier.segmentation import segment

if TYPE_CHECKING:
    from classifier.tagger import Tagger

__all__ = ["MAX_SENTENCES", "Assessor", "load"]

MAX_SENTENCES = 100_000
"""The most sentences that one document may have; a long book has fewer."""


@dataclass(frozen=True, slots=True)
class Assessor:
    """Assess documents with one model and some rule packs. It holds no state, so threads may share it."""

    tagger: Tagger
    packs: tuple[Pack, ...]
    versions: Versions

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
            return Report(document, (), self.versions, Context(language=language), not_assessed=reason)
        sentences = segment(document)
        if len(sentences) > MAX_SENTENCES:
            reason = f"more than {MAX_SENTENCES:,} sentences in one document; split it into its pages"
            return Report(document, (), self.versions, Context(), not_assessed=reason)
        tagged = tag(self.tagger, document, sentences)
        context = Context()
        reviewed, findings = review(document, assess_evidence(document, tagged), self.packs, context)
        return Report(document, reviewed, self.versions, context, findings)


def load(model: str | PathLike[str] = "accurate") -> Assessor:
    """Load a model by name ("accurate", "fast") or from its folder, with the `support` rules.

    Raises `ModelError` for a folder that is missing, damaged or of another version.

    >>> report = load().assess("Our tea melts belly fat. Store in a cool place.")
    >>> [sentence.text for sentence in report.flagged]
    ['Our tea melts belly fat.']
    """
    from classifier import __version__
    from classifier.tagger import load_tagger

    tagger, name = load_tagger(model)
    packs = (load_pack("support"),)
    policies: Mapping[str, str] = {pack.name: pack.version for pack in packs}
    return Assessor(tagger, packs, Versions(__version__, name, policies))
