from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Assessor, Document, Label, segment
from classifier.assessor import MAX_SENTENCES
from classifier.corpora import Passage, read_corpus
from classifier.features import SentenceFeatures, views
from classifier.tagger import Tagger, load_tagger, primary_label, save_tagger, tag
from classifier.training import label_matrix, train, views_of
from tests.linear import assert_linear


@pytest.fixture(scope="module")
def passages(root: Path) -> tuple[Passage, ...]:
    return read_corpus([root / "corpus" / "seed.jsonl"])[:40]


@pytest.fixture(scope="module")
def small(passages: tuple[Passage, ...]) -> Tagger:
    return train(passages, Tagger(buckets=2**12))


def test_probabilities_are_calibrated_and_in_range(small: Tagger, passages: tuple[Passage, ...]) -> None:
    probabilities = small.predict_proba(views_of(passages))
    assert probabilities.shape == (sum(len(passage.units) for passage in passages), len(Label))
    assert np.all((probabilities > 0) & (probabilities < 1))


def test_no_sentences_give_no_rows(small: Tagger) -> None:
    assert small.predict_proba([]).shape == (0, len(Label))
    assert tag(small, Document(""), ()) == ()


def test_training_learns_the_labels(small: Tagger, passages: tuple[Passage, ...]) -> None:
    right = small.predict(views_of(passages)) == label_matrix(passages)
    assert right.mean() > 0.95


def test_training_twice_gives_the_same_model_to_the_byte(
    small: Tagger, passages: tuple[Passage, ...], tmp_path: Path
) -> None:
    again = train(passages, Tagger(buckets=2**12))
    for name, tagger in (("one", small), ("two", again)):
        save_tagger(tagger, tmp_path / name, about={}, texts={})
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_saved_tagger_predicts_as_before(small: Tagger, passages: tuple[Passage, ...], tmp_path: Path) -> None:
    save_tagger(small, tmp_path, about={}, texts={})
    loaded, name = load_tagger(tmp_path)
    rows = views_of(passages[:5])
    assert np.array_equal(loaded.predict_proba(rows), small.predict_proba(rows))
    assert name.startswith(f"{tmp_path.name}@")


def test_features_do_not_depend_on_the_rows_beside_them(passages: tuple[Passage, ...]) -> None:
    rows = views_of(passages[:3])
    features = SentenceFeatures(2**10).fit(rows)
    whole = features.transform(rows)
    assert whole.shape == (len(rows), 2**10)
    assert abs(whole[5] - features.transform(rows[5:6])).max() < 1e-6


def test_a_sentence_is_seen_with_its_surroundings() -> None:
    text = "Do not use if you have:\n• high blood pressure\n\nHelps with:\n• high blood pressure"
    under_warning, under_promise = (list(views(text, segment(Document(text))))[i] for i in (1, 3))
    assert under_warning["words"] == under_promise["words"]
    assert under_warning["headings"] != under_promise["headings"]


@given(st.text(max_size=200))
def test_no_text_crashes_the_features(text: str) -> None:
    assert len(list(views(text, segment(Document(text))))) == len(segment(Document(text)))


PRIMARIES = [
    ({}, None),
    ({Label.PROMOTIONAL: 0.9}, Label.PROMOTIONAL),
    ({Label.EFFICACY_CLAIM: 0.6, Label.PROMOTIONAL: 0.9}, Label.EFFICACY_CLAIM),
    ({Label.EFFICACY_CLAIM: 0.4, Label.PROMOTIONAL: 0.9}, Label.PROMOTIONAL),
    ({Label.RISK_DISCLOSURE: 0.4, Label.PROMOTIONAL: 0.9}, Label.RISK_DISCLOSURE),
    ({Label.MECHANISM_CLAIM: 0.9, Label.EFFICACY_CLAIM: 0.6}, Label.MECHANISM_CLAIM),
    ({Label.EFFICACY_CLAIM: 0.6, Label.RISK_DISCLOSURE: 0.9}, Label.RISK_DISCLOSURE),
]


@pytest.mark.parametrize(("scores", "primary"), PRIMARIES)
def test_the_primary_label_follows_the_guidelines(scores: dict[Label, float], primary: Label | None) -> None:
    assert primary_label(list(scores), scores) is primary


@given(st.lists(st.sampled_from(Label), unique=True), st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_the_primary_label_is_one_of_the_labels(labels: list[Label], values: list[float]) -> None:
    primary = primary_label(labels, dict(zip(Label, values, strict=True)))
    assert (primary is None) == (not labels)
    assert primary is None or primary in labels


SURROGATES = st.characters() | st.characters(categories=["Cs"])


@given(st.text(SURROGATES, max_size=300))
def test_no_text_crashes_an_assessment(assessor: Assessor, text: str) -> None:
    report = assessor.assess(text)
    assert report.document.text == text
    for sentence in report.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert (sentence.evidence is not None) == (Label.EFFICACY_CLAIM in sentence.labels)
        assert all(0 <= sentence.scores[label] <= 1 for label in Label)
        assert bool(sentence.findings) == sentence.is_flagged


@given(st.text(max_size=100))
def test_blank_lines_at_the_end_change_no_sentence(assessor: Assessor, text: str) -> None:
    text = text.rstrip("\r")
    assert assessor.assess(text).sentences == assessor.assess(text + "\n\n\n").sentences


def test_hidden_characters_and_markup_change_no_label(assessor: Assessor) -> None:
    def labels(text: str) -> list[tuple[Label, ...]]:
        return [sentence.labels for sentence in assessor.assess(text).sentences]

    assert labels("Cures c\u200ban\u00adcer.") == labels("Cures cancer.")
    assert labels("ＣＵＲＥＳ cancer.") == labels("CURES cancer.")
    assert labels("[Relieves arthritis pain](https://shop.example/buy-now?best=offer)") == labels(
        "[Relieves arthritis pain]"
    )


def test_what_is_no_text_is_refused_by_name(assessor: Assessor) -> None:
    with pytest.raises(TypeError, match="decode bytes first"):
        assessor.assess(b"Cures cancer.")  # type: ignore[arg-type]


def test_a_variant_of_english_is_english(assessor: Assessor) -> None:
    assert assessor.assess(Document("Cures cancer.", language="en-GB")).sentences


def test_a_document_of_too_many_sentences_is_not_assessed(assessor: Assessor) -> None:
    report = assessor.assess("a\n" * (MAX_SENTENCES + 1))
    assert report.sentences == ()
    assert "split it" in str(report.not_assessed)


@pytest.mark.parametrize("unit", ["a\n", "word ", "It cures gout. ", "• x\n", "!", "sleep:\n"])
def test_an_assessment_takes_linear_time(assessor: Assessor, unit: str) -> None:
    assert_linear(
        lambda text: assessor.assess(Document(text, language="en")),
        unit * (20_000 // len(unit)),
        unit * (40_000 // len(unit)),
        slack=0.05,
    )
