from __future__ import annotations

from pathlib import Path

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from classifier import split


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
