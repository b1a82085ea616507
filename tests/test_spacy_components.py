from __future__ import annotations

import json
import pickle
import shutil
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from classifier import Assessor, ConfigurationError, Label, ModelError, load, split
from classifier.model_store import find_model
from classifier.reports.jsonl import render
from classifier.spacy_components import make_tagger

PAGE = "DEEPER SLEEP\nOur tea cures arthritis. It calms the nerves! Order today. Do not use during pregnancy.\n"


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("health_claims_segmenter")
    return nlp


def test_the_component_finds_the_sentences_of_the_function(nlp: Language) -> None:
    text = "DEEPER SLEEP\n• Calm mood\nAsk Dr. May first. It works!"
    assert [sentence.text.strip() for sentence in nlp(text).sents] == [text[start:end] for start, end in split(text)]


@given(st.text(st.sampled_from("aB1 .!\n•-"), max_size=60))
def test_every_token_lies_in_one_sentence(nlp: Language, text: str) -> None:
    doc = nlp(text)
    assert "".join(sentence.text_with_ws for sentence in doc.sents) == doc.text


def test_sentences_survive_bytes_and_disk(nlp: Language, tmp_path: Path) -> None:
    text = "Deeper sleep\nIt works! Buy now."
    doc = nlp(text)
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert [s.text for s in again.sents] == [s.text for s in doc.sents]
    nlp.to_disk(tmp_path)
    assert [s.text for s in spacy.load(tmp_path)(text).sents] == [s.text for s in doc.sents]


def test_two_processes_give_the_same(nlp: Language) -> None:
    texts = ["Deeper sleep\nIt works! Buy now."] * 4
    one, two = ([[s.text for s in doc.sents] for doc in nlp.pipe(texts, n_process=n)] for n in (1, 2))
    assert one == two


# The whole.


@pytest.fixture(scope="module")
def whole() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("health_claims", config={"model": "fast"})
    return nlp


def records(doc: Doc, name: str = "health_claims") -> tuple[object, object]:
    """What a component has written, in a form that can be compared."""
    group = doc.spans[name]
    return [(span.start, span.end, span.label_) for span in group], group.attrs


def test_the_factories_are_found_by_entry_points() -> None:
    names = {"health_claims", "health_claims_segmenter", "health_claims_tagger"}
    assert names <= {point.name for point in entry_points(group="spacy_factories")}


def test_the_spans_are_the_labels_of_the_report(whole: Language, fast: Assessor) -> None:
    doc, report = whole(PAGE), fast.assess(PAGE)
    group = doc.spans["health_claims"]
    held = [(sentence, label) for sentence in report.sentences for label in sentence.labels]
    assert len(held) >= 4
    assert [span.label_ for span in group] == [label.value for _, label in held]
    assert [span.text for span in group] == [sentence.text for sentence, _ in held]
    assert group.attrs["scores"] == [sentence.scores[label] for sentence, label in held]
    assert group.attrs["sentences"] == [sentence.index for sentence, _ in held]
    assert group.attrs["report"] == json.loads(render(report))
    flagged = [span.text for span, is_flagged in zip(group, group.attrs["flagged"], strict=True) if is_flagged]
    assert flagged == [sentence.text for sentence in report.flagged]
    assert [sentence.text.strip() for sentence in doc.sents] == [sentence.text for sentence in report.sentences]


@given(st.text(st.sampled_from("aB1 .!\n•-é"), max_size=60))
def test_every_span_covers_its_sentence(whole: Language, text: str) -> None:
    doc = whole(text)
    group = doc.spans["health_claims"]
    for span, index in zip(group, group.attrs["sentences"], strict=True):
        sentence = group.attrs["report"]["sentences"][index]
        assert span.start_char <= sentence["start"]
        assert sentence["end"] <= span.end_char


def test_a_sentence_that_ends_inside_a_token_has_the_whole_token() -> None:
    nlp = spacy.blank("en")
    nlp.tokenizer = spacy.tokenizer.Tokenizer(nlp.vocab)  # white space alone ends a token
    nlp.add_pipe("health_claims", config={"model": "fast"})
    doc = nlp("It cures arthritis!!!Order today.")
    texts = dict.fromkeys(span.text for span in doc.spans["health_claims"])
    assert list(texts) == ["It cures arthritis!!!Order", "arthritis!!!Order today."]


def test_sentences_of_others_stay_as_they_are() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    expected = [sentence.text for sentence in nlp(PAGE).sents]
    nlp.add_pipe("health_claims", config={"model": "fast"})
    assert [sentence.text for sentence in nlp(PAGE).sents] == expected
    assert nlp(PAGE).spans["health_claims"].attrs["report"]["sentences"][0]["text"] == "DEEPER SLEEP"


def test_what_is_not_assessed_says_why(whole: Language) -> None:
    group = whole("Diese Kapseln lindern Gelenkschmerzen und stärken das Immunsystem.").spans["health_claims"]
    assert len(group) == 0
    assert "another language" in group.attrs["report"]["not_assessed"]


def test_all_survives_bytes_copies_and_bins(whole: Language) -> None:
    doc = whole(PAGE)
    stored = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    (of_bin,) = DocBin().from_bytes(stored).get_docs(whole.vocab)
    for again in (Doc(whole.vocab).from_bytes(doc.to_bytes()), doc.copy(), of_bin):
        assert records(again) == records(doc)
    json.dumps(doc.spans["health_claims"].attrs)


def test_two_in_one_pipeline_do_not_touch_each_other(whole: Language) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("health_claims", config={"model": "fast"})
    american = {"model": "fast", "markets": ["us"], "product_class": "supplement"}
    nlp.add_pipe("health_claims", name="american", config=american)
    doc = nlp(PAGE)
    assert records(doc) == records(whole(PAGE))
    assert records(doc, "american")[0] == records(doc)[0]
    assert doc.spans["american"].attrs["report"] == json.loads(
        render(load("fast", markets=["us"], product_class="supplement").assess(PAGE))
    )


def test_no_extension_is_set_in_the_process(whole: Language) -> None:
    doc = whole(PAGE)
    for one in (doc, doc[:1], doc[0]):
        assert [name for name in dir(one._) if "health" in name or "claim" in name] == []
    assert doc.user_data == {}


def test_two_processes_give_the_same_reports(whole: Language) -> None:
    texts = [PAGE, "Cures gout.", "", "Order today."] * 3
    one, two = ([records(doc) for doc in whole.pipe(texts, n_process=n, batch_size=2)] for n in (1, 2))
    assert one == two


@pytest.mark.parametrize("factory", ["health_claims", "health_claims_tagger"])
def test_a_component_is_pickled_with_its_settings(factory: str) -> None:
    nlp = spacy.blank("en")
    component = pickle.loads(pickle.dumps(nlp.add_pipe(factory, name="mine", config={"model": "fast"})))
    assert records(component(nlp.make_doc(PAGE)), "mine") == records(nlp(PAGE), "mine")


def test_a_pipeline_is_saved_and_loaded_with_its_settings(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    settings = {"model": "fast", "markets": ["us", "eu"], "product_class": "food"}
    nlp.add_pipe("health_claims", name="mine", config=settings)
    nlp.add_pipe("health_claims_tagger", config={"model": "fast"})
    nlp.to_disk(tmp_path)
    assert not [path.name for path in tmp_path.iterdir() if path.name in nlp.pipe_names]  # the config says it all
    for again in (spacy.load(tmp_path), spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())):
        assert again.pipe_names == ["mine", "health_claims_tagger"]
        for name in again.pipe_names:
            assert records(again(PAGE), name) == records(nlp(PAGE), name)


def test_a_model_of_ones_own_is_named_by_its_folder(tmp_path: Path) -> None:
    mine = shutil.copytree(find_model("fast"), tmp_path / "mine")
    nlp = spacy.blank("en")
    nlp.add_pipe("health_claims", config={"model": str(mine)})
    nlp.to_disk(tmp_path / "pipeline")
    moved = mine.rename(tmp_path / "moved")
    with pytest.raises(ModelError, match="no such model folder"):
        spacy.load(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline", config={"components": {"health_claims": {"model": str(moved)}}})
    assert records(again(PAGE))[0] == records(nlp(PAGE))[0]


def test_settings_that_cannot_be_meant_are_refused_where_the_component_is_added() -> None:
    nlp = spacy.blank("en")
    with pytest.raises(ConfigurationError, match="'mars' is none of us, eu, uk"):
        nlp.add_pipe("health_claims", config={"model": "fast", "markets": ["mars"]})
    with pytest.raises(ModelError, match="no such model folder"):
        nlp.add_pipe("health_claims", config={"model": "slow"})


# The tagger by itself.


def test_the_tagger_labels_the_sentences_of_the_pipeline() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("health_claims_tagger", config={"model": "fast"})
    doc = nlp("Our tea cures arthritis.  Order\ntoday!")
    group = doc.spans["health_claims_tagger"]
    assert [(span.text, span.label_) for span in group] == [
        ("Our tea cures arthritis.", "efficacy_claim"),
        ("Order\ntoday!", "promotional"),
    ]
    assert list(group.attrs) == ["scores"]
    assert all(0 < score < 1 for score in group.attrs["scores"])


@pytest.mark.parametrize("text", ["", "\n", "  \n \n", "Calms.\n\n \n"])
def test_white_space_is_no_sentence_to_the_tagger(text: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    tagger = make_tagger(None, "tagger", "fast")
    tagger.tagger.thresholds_ = np.full(len(Label), 1e-9)  # all labels hold
    doc = tagger(nlp(text))
    assert [span.text for span in doc.spans["tagger"]] == ["Calms."] * (len(Label) if text.strip() else 0)


def test_the_tagger_agrees_with_the_whole_on_our_sentences(whole: Language) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("health_claims_tagger", config={"model": "fast"})
    doc, expected = nlp(PAGE), whole(PAGE)
    assert records(doc, "health_claims_tagger")[0] == records(expected)[0]
    scores = [group.attrs["scores"] for group in (doc.spans["health_claims_tagger"], expected.spans["health_claims"])]
    assert scores[0] == scores[1]
    assert {span.label_ for span in expected.spans["health_claims"]} <= {label.value for label in Label}
