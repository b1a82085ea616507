"""Say why: the words that carried each label of a sentence, the evidence cues, and the rules that spoke.

For the fast model the contributions are exact: in log-odds, they and the bias add up to the probability. For any other
model they are what the log-odds lose when a word is left out (occlusion), which need not add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from os import PathLike
from typing import TYPE_CHECKING

from classifier.assessor import Assessor, load
from classifier.errors import ConfigurationError
from classifier.records import Document, Label, Report, Reviewed, Sentence

if TYPE_CHECKING:
    from classifier.tagger import SentenceModel, Tagger

__all__ = ["Contribution", "Explanation", "LabelExplanation", "explain"]

MOST_SENTENCES = 50
"""The most sentences that one call explains."""

_MOST_WORDS = 200  # of a sentence that are left out one by one


@dataclass(frozen=True, slots=True)
class Contribution:
    """How much one word carried a label, in log-odds; `start` and `end` count in the document, half-open."""

    start: int
    end: int
    text: str
    value: float


@dataclass(frozen=True, slots=True)
class LabelExplanation:
    """Why a label holds or does not: `words` in their order, `surroundings` by name, and the model's `bias`.

    `is_exact` tells that all of them add up to the log-odds of the probability.
    """

    probability: float
    threshold: float
    words: tuple[Contribution, ...]
    surroundings: Mapping[str, float]
    bias: float
    is_exact: bool

    @property
    def holds(self) -> bool:
        return self.probability >= self.threshold

    @property
    def leading(self) -> tuple[Contribution, ...]:
        """The words that spoke most for the label, the strongest first."""
        return tuple(sorted((word for word in self.words if word.value > 0), key=lambda word: -word.value))

    @property
    def opposing(self) -> tuple[Contribution, ...]:
        """The words that spoke most against the label, the strongest first."""
        return tuple(sorted((word for word in self.words if word.value < 0), key=lambda word: word.value))


@dataclass(frozen=True, slots=True)
class Explanation:
    """A sentence as it was reviewed, cues and findings included, with an explanation for each label."""

    reviewed: Reviewed
    labels: Mapping[Label, LabelExplanation]


def explain(
    text: str | Document, *, model: str | PathLike[str] = "accurate", assessor: Assessor | None = None
) -> tuple[Explanation, ...]:
    """Explain the sentences of a text; `assessor` spares loading the model again.

    >>> (one,) = explain("Relieves arthritis pain.", model="fast")
    >>> why = one.labels[Label.EFFICACY_CLAIM]
    >>> why.holds, why.leading[0].text
    (True, 'Relieves')
    """
    assessor = assessor or load(model)
    report = assessor.assess(text)
    if report.not_assessed:
        raise ConfigurationError(f"not assessed: {report.not_assessed}")
    if len(report.sentences) > MOST_SENTENCES:
        raise ConfigurationError(
            f"{len(report.sentences)} sentences, of at most {MOST_SENTENCES} that are explained at once; give fewer"
        )
    return tuple(_explanations(assessor.tagger, report))


def _explanations(model: SentenceModel, report: Report) -> Iterator[Explanation]:
    from classifier.tagger import Tagger

    sentences = [reviewed.assessed.tagged.sentence for reviewed in report.sentences]
    if not sentences:
        return
    if isinstance(model, Tagger):
        yield from _exact(model, report, sentences)
    else:
        for reviewed, sentence in zip(report.sentences, sentences, strict=True):
            yield Explanation(reviewed, _occluded(model, report.document, sentences, sentence))


def _exact(tagger: Tagger, report: Report, sentences: Sequence[Sentence]) -> Iterator[Explanation]:
    """Part the log-odds of a linear model among the words and the surroundings of each sentence."""
    from classifier.features import attribute, read_pages, token_spans

    slopes, offsets = tagger.calibration_[:, 0], tagger.calibration_[:, 1]
    bias = slopes * tagger.intercept_ + offsets
    pages = read_pages([(report.document.text, sentences)], tagger.tables.words)
    for row, (reviewed, sentence) in enumerate(zip(report.sentences, sentences, strict=True)):
        words, around = attribute(pages, row, tagger.idf_, tagger.coef_)
        spans = token_spans(sentence.text)
        totals = bias + slopes * (words.sum(axis=0) + sum(around.values()))
        yield Explanation(
            reviewed,
            {
                label: LabelExplanation(
                    probability=_probability(float(totals[column])),
                    threshold=float(tagger.thresholds_[column]),
                    words=tuple(
                        _contribution(sentence, start, end, float(slopes[column] * value))
                        for (start, end), value in zip(spans, words[:, column], strict=True)
                    ),
                    surroundings={name: float(slopes[column] * value[column]) for name, value in around.items()},
                    bias=float(bias[column]),
                    is_exact=True,
                )
                for column, label in enumerate(Label)
            },
        )


def _occluded(
    model: SentenceModel, document: Document, sentences: Sequence[Sentence], sentence: Sentence
) -> Mapping[Label, LabelExplanation]:
    """Leave out one word after the other and see what the log-odds lose."""
    from classifier.features import token_spans

    def probabilities(document: Document, sentences: Sequence[Sentence]) -> Sequence[float]:
        (prediction,) = model.predictions([(document, sentences)])
        return [*map(float, prediction.probabilities[sentence.index])]

    whole = probabilities(document, sentences)
    text = sentence.text
    spans = [(start, end) for start, end in token_spans(text) if text[start].isalnum()][:_MOST_WORDS]
    without = []
    for start, end in spans:
        changed_document, changed = _without(document, sentences, sentence, start, end)
        without.append(probabilities(changed_document, changed))
    return {
        label: LabelExplanation(
            probability=float(whole[column]),
            threshold=float(model.thresholds_[column]),
            words=tuple(
                _contribution(sentence, start, end, _log_odds(whole[column]) - _log_odds(row[column]))
                for (start, end), row in zip(spans, without, strict=True)
            ),
            surroundings={},
            bias=0.0,
            is_exact=False,
        )
        for column, label in enumerate(Label)
    }


def _without(
    document: Document, sentences: Sequence[Sentence], sentence: Sentence, start: int, end: int
) -> tuple[Document, Sequence[Sentence]]:
    """Return the document and its sentences with one word blanked out, so that no offset moves."""
    gap = " " * (end - start)
    place = sentence.start
    text = document.text[: place + start] + gap + document.text[place + end :]
    blanked = replace(sentence, text=sentence.text[:start] + gap + sentence.text[end:])
    changed = [blanked if other.index == sentence.index else other for other in sentences]
    return replace(document, text=text), changed


def _contribution(sentence: Sentence, start: int, end: int, value: float) -> Contribution:
    return Contribution(sentence.start + start, sentence.start + end, sentence.text[start:end], value)


def _probability(log_odds: float) -> float:
    return 1.0 / (1.0 + exp(-min(30.0, max(-30.0, log_odds))))


def _log_odds(probability: float) -> float:
    clipped = min(max(float(probability), 1e-9), 1 - 1e-9)
    return log(clipped / (1 - clipped))
