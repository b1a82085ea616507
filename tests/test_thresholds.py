from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import classifier
from classifier import ConfigurationError, Label
from classifier.thresholds import (
    REVIEWED_SHARE,
    best_threshold,
    calibrated_threshold,
    confidence,
    parse_threshold,
    review_band,
    threshold_for,
    with_thresholds,
)

SHARES = st.lists(st.tuples(st.floats(1e-9, 1 - 1e-6), st.booleans()), min_size=2, max_size=40)


@settings(max_examples=50)
@given(SHARES)
def test_a_chosen_threshold_reaches_what_was_wanted(rows: list[tuple[float, bool]]) -> None:
    probabilities, truth = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    if not truth.any():
        return
    choice = threshold_for(probabilities, truth, recall=0.8)
    found = probabilities >= choice.threshold
    assert (found & truth).sum() / truth.sum() == choice.recall >= 0.8
    assert (found & truth).sum() / found.sum() == pytest.approx(choice.precision)
    assert 0 < choice.threshold < 1


def test_a_precision_out_of_reach_is_refused_with_the_best_there_is() -> None:
    with pytest.raises(ConfigurationError, match=r"the best is 0\.500"):
        threshold_for(np.array([0.9, 0.8]), np.array([False, True]), precision=0.9)


def test_recall_is_preferred_at_the_price_of_precision() -> None:
    generator = np.random.default_rng(0)
    truth = generator.random(500) < 0.3
    probabilities = np.clip(generator.normal(0.35 + 0.25 * truth, 0.2), 0.001, 0.999)
    assert best_threshold(probabilities, truth, beta=2.0) < best_threshold(probabilities, truth)


def test_a_label_at_its_threshold_is_the_least_sure() -> None:
    thresholds = np.array([0.3, 0.5])
    sure, unsure = confidence(np.array([[0.999, 0.001], [0.3, 0.5]]), thresholds)
    assert unsure == 0
    assert sure > 0.99


def test_the_band_marks_the_share_that_is_reviewed() -> None:
    probabilities = np.random.default_rng(0).random((1000, 4))
    thresholds = np.full(4, 0.4)
    marked = confidence(probabilities, thresholds) < review_band(probabilities, thresholds)
    assert marked.mean() == pytest.approx(REVIEWED_SHARE, abs=0.005)


@pytest.mark.parametrize("option", ["efficacy_claim", "efficacy=0.3", "efficacy_claim=much", ""])
def test_a_threshold_that_cannot_be_meant_is_refused(option: str) -> None:
    with pytest.raises(ConfigurationError, match="labels are mechanism_claim"):
        parse_threshold(option)


@pytest.mark.parametrize(("name", "value"), [("efficacy_claim", 1.5), ("efficacy_claim", float("nan")), ("e", 0.5)])
def test_thresholds_of_python_are_checked(name: str, value: float) -> None:
    with pytest.raises(ConfigurationError):
        classifier.load(thresholds={name: value})


def test_other_thresholds_change_labels_and_are_told(assessor: classifier.Assessor) -> None:
    text = "Our capsules relieve arthritis pain."
    strict = classifier.load(thresholds={"efficacy_claim": 0.9999})
    assert Label.EFFICACY_CLAIM in assessor.assess(text).sentences[0].labels
    report = strict.assess(text)
    assert Label.EFFICACY_CLAIM not in report.sentences[0].labels
    assert report.versions.model.endswith("+efficacy_claim=0.9999")
    assert Label.EFFICACY_CLAIM in assessor.assess(text).sentences[0].labels  # the first model stays as it was


def test_preferring_recall_never_finds_less(assessor: classifier.Assessor, root: object) -> None:  # noqa: ARG001
    model = assessor.tagger
    assert np.all(with_thresholds(model, None, prefer="recall").thresholds_ <= model.thresholds_)


def test_of_calibrated_probabilities_the_threshold_is_where_the_measure_peaks_on_a_large_sample() -> None:
    generator = np.random.default_rng(0)
    probabilities = generator.beta(0.3, 0.9, 200_000)
    truth = generator.random(200_000) < probabilities
    for beta in (1.0, 2.0):
        peak = best_threshold(probabilities, truth, beta=beta)
        assert calibrated_threshold(probabilities, truth, beta=beta) == pytest.approx(peak, abs=0.03)
