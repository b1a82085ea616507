from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import classifier
from classifier import Assessor, ConfigurationError, Label
from classifier.explain import MOST_SENTENCES, _occluded
from classifier.reports.explanation import explanation_record, explanation_text
from classifier.tagger import Tagger
from tests.conftest import Run

TEXT = "Helps with:\n• calmer evenings\nStudies show that it relieves arthritis pain. Do not use during pregnancy."


@pytest.fixture(scope="module")
def fast() -> Assessor:
    assessor = classifier.load("fast")
    assert isinstance(assessor.tagger, Tagger)
    return assessor


def test_the_contributions_add_up_to_the_probability(fast: Assessor) -> None:
    for one in classifier.explain(TEXT, assessor=fast):
        for label, why in one.labels.items():
            total = why.bias + sum(word.value for word in why.words) + sum(why.surroundings.values())
            assert 1 / (1 + np.exp(-total)) == pytest.approx(why.probability, abs=1e-6)
            assert why.probability == pytest.approx(one.reviewed.scores[label], abs=1e-4)
            assert why.holds == (label in one.reviewed.labels)


@settings(max_examples=30)
@given(st.text(max_size=120))
def test_no_text_breaks_the_sum(fast: Assessor, text: str) -> None:
    for one in classifier.explain(classifier.Document(text, language="en"), assessor=fast):
        for label, why in one.labels.items():
            assert why.probability == pytest.approx(one.reviewed.scores[label], abs=1e-3)


def test_words_stand_where_they_are_said_to(fast: Assessor) -> None:
    text = "[Relieves](https://shop.example/x) c\u200bancer pain in İstanbul."
    (one,) = classifier.explain(text, assessor=fast)
    words = one.labels[Label.EFFICACY_CLAIM].words
    assert all(text[word.start : word.end] == word.text for word in words)
    assert next(word.text for word in words if word.text.isalpha()) == "Relieves"
    assert "c\u200bancer" in [word.text for word in words]


def test_the_words_that_carry_a_claim_lead(fast: Assessor) -> None:
    (one,) = classifier.explain("It relieves arthritis pain.", assessor=fast)
    assert {word.text for word in one.labels[Label.EFFICACY_CLAIM].leading[:3]} <= {"relieves", "arthritis", "pain"}


def test_any_other_model_is_explained_by_leaving_words_out(fast: Assessor) -> None:
    text = "It relieves arthritis pain."
    report = fast.assess(text)
    sentences = [reviewed.assessed.tagged.sentence for reviewed in report.sentences]
    why = _occluded(fast.tagger, report.document, sentences, sentences[0])[Label.EFFICACY_CLAIM]
    assert not why.is_exact
    assert {word.text for word in why.leading[:2]} <= {"relieves", "arthritis", "pain"}
    assert [word.text for word in why.words] == ["It", "relieves", "arthritis", "pain"]


def test_cues_and_rules_are_told(fast: Assessor) -> None:
    one = classifier.explain("Studies show that it relieves arthritis pain.", assessor=fast)[0]
    text = explanation_text(one)
    assert "support.vague: " in text
    assert "'Studies show'" in text
    assert explanation_record(one)["findings"][0]["rule"] == "support.vague"


def test_the_command_explains_as_text_and_json(call: Run) -> None:
    done = call("explain", TEXT, "--model", "fast")
    assert done.returncode == 0, done.stderr
    assert "efficacy_claim: holds" in done.stdout
    records = json.loads(call("explain", TEXT, "--model", "fast", "--format", "json").stdout)
    assert [record["primary"] for record in records][-1] == "risk_disclosure"
    assert "\x1b" not in call("explain", "Calm \x1b[31mred", "--model", "fast").stdout


def test_what_cannot_be_explained_is_refused(fast: Assessor) -> None:
    with pytest.raises(ConfigurationError, match="give fewer"):
        classifier.explain("It cures gout.\n" * (MOST_SENTENCES + 1), assessor=fast)
    with pytest.raises(ConfigurationError, match="only English"):
        classifier.explain("Diese Kapseln lindern Gelenkschmerzen und stärken das Immunsystem.", assessor=fast)
    assert classifier.explain("", assessor=fast) == ()
