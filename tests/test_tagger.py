from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier import Assessor, Document, Label, Sentence, segment
from classifier.assessor import MAX_SENTENCES
from classifier.corpora import Passage, read_corpus
from classifier.features import SentenceFeatures, Words, read_pages
from classifier.features.tokens import FACTOR, Hashes, tokenise
from classifier.features.words import _SPREAD, scattered
from classifier.folding import lower
from classifier.tagger import Tagger, load_tagger, primary_label, save_tagger, tag
from classifier.training import label_matrix, pages_of, train
from tests.linear import assert_linear


@pytest.fixture(scope="module")
def passages(root: Path) -> tuple[Passage, ...]:
    return read_corpus([root / "corpus" / "seed.jsonl"])[:40]


@pytest.fixture(scope="module")
def small(passages: tuple[Passage, ...]) -> Tagger:
    return train(passages, Tagger(folds=3))


def test_probabilities_are_calibrated_and_in_range(small: Tagger, passages: tuple[Passage, ...]) -> None:
    probabilities = small.predict_proba(pages_of(passages))
    assert probabilities.shape == (sum(len(passage.units) for passage in passages), len(Label))
    assert np.all((probabilities > 0) & (probabilities < 1))


def test_no_sentences_give_no_rows(small: Tagger) -> None:
    assert small.predict_proba(pages_of([])).shape == (0, len(Label))
    assert tag(small, Document(""), ()) == ()


def test_training_learns_the_labels(small: Tagger, passages: tuple[Passage, ...]) -> None:
    right = small.predict(pages_of(passages)) == label_matrix(passages)
    assert right.mean() > 0.95


def test_training_twice_gives_the_same_model_to_the_byte(
    small: Tagger, passages: tuple[Passage, ...], tmp_path: Path
) -> None:
    again = train(passages, Tagger(folds=3))
    for name, tagger in (("one", small), ("two", again)):
        save_tagger(tagger, tmp_path / name, about={}, texts={})
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_tagger_that_has_predicted_can_be_copied_and_pickled(small: Tagger, passages: tuple[Passage, ...]) -> None:
    import copy
    import pickle

    page = (passages[0].document, passages[0].sentences)
    expected = small.predict_document(*page)
    for again in (copy.deepcopy(small), copy.copy(small), pickle.loads(pickle.dumps(small))):
        assert np.array_equal(again.predict_document(*page), expected)


def test_a_saved_tagger_predicts_as_before(small: Tagger, passages: tuple[Passage, ...], tmp_path: Path) -> None:
    save_tagger(small, tmp_path, about={}, texts={})
    loaded, name = load_tagger(tmp_path)
    for passage in passages[:5]:
        found = [model.predict_document(passage.document, passage.sentences) for model in (loaded, small)]
        assert np.array_equal(found[0], found[1])
    assert name.startswith(f"{tmp_path.name}@")


def test_tables_give_the_margins_of_the_matrix(small: Tagger, passages: tuple[Passage, ...]) -> None:
    pages = pages_of(passages, small.tables.words)
    features = SentenceFeatures()
    features.idf_ = small.idf_
    matrix = features.transform(pages)
    margins = matrix @ small.coef_.T.astype(np.float64) + small.intercept_
    assert np.abs(small.tables.margins(pages) - margins).max() < 1e-6


def test_documents_together_are_read_as_one_by_one(small: Tagger, passages: tuple[Passage, ...]) -> None:
    pages = [(passage.document, passage.sentences) for passage in passages[:6]]
    together = small.predict_documents([pages[0], (Document(""), ()), *pages[1:]])
    del together[1]
    for page, found in zip(pages, together, strict=True):
        assert np.allclose(found, small.predict_document(*page), atol=1e-12)


def test_a_sentence_is_seen_with_its_surroundings(small: Tagger) -> None:
    text = "Do not use if you have:\n• high blood pressure\n\nHelps with:\n• high blood pressure"
    document = Document(text)
    pages = read_pages([(text, segment(document))], Words())
    assert pages.stem.tolist() == [-1, 0, -1, 2]
    under_warning, under_promise = small.predict_document(document, segment(document))[[1, 3]]
    assert not np.allclose(under_warning, under_promise)


@given(st.text(max_size=200))
def test_no_text_crashes_the_features(text: str) -> None:
    sentences = segment(Document(text))
    pages = read_pages([(text, sentences)], Words())
    assert len(pages) == len(sentences)
    assert SentenceFeatures().fit(pages).transform(pages).shape[0] == len(sentences)


_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|0+(?:[.,]0+)*|[^\w\s]")


@given(st.lists(st.text(st.characters() | st.sampled_from("a'’.,0²٣_ Σİß😀"), max_size=60), max_size=4))
@example(["It's 1,000.5 mg.", "", "rock'n'roll 'quoted' ... 1.,2", "sleep² İSTANBUL ΣΑΣ"])
def test_tokens_are_words_numbers_and_marks(texts: list[str]) -> None:
    tokens = tokenise(texts)
    found = [_as_read(text) for text in texts]
    expected = [match.group() for text in found for match in _TOKEN.finditer(text)]
    whole = "".join(f"{text}\n" for text in found)
    assert [whole[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)] == expected
    assert np.diff(tokens.bounds).tolist() == [len(_TOKEN.findall(text)) for text in found]
    assert np.array_equal(tokens.hashes, tokenise(expected).hashes)
    assert len(set(tokens.hashes.tolist())) == len({token[:40] for token in expected})


def _as_read(text: str) -> str:
    return "".join("0" if one.isdigit() else "'" if one == "’" else lower(one) for one in text)


def test_a_long_text_has_the_hashes_of_its_parts() -> None:
    long = "sleep well, 24/7 " * 10_000
    assert np.array_equal(tokenise([long]).hashes, np.tile(tokenise(["sleep well, 24/7 "]).hashes, 10_000))


def test_the_parts_of_a_word_are_those_of_its_letters() -> None:
    words = Words()
    numbers = words.numbers_of(tokenise(["zinc Thé 20 zinc", "x" * 100])).tolist()
    assert numbers[0] == numbers[3] and len(words) == 4
    for word, number in zip(("<zinc>", "<thé>", "", f"<{'x' * 24}>"), [*numbers[:3], numbers[4]], strict=True):
        grams = [word[i : i + size] for i in range(len(word)) for size in (3, 4, 5) if i + size <= len(word)]
        hashes = [reduce(lambda hashed, one: (hashed * FACTOR + ord(one)) % 2**64, gram, 0) for gram in grams]
        start, end = words.part_ends[number : number + 2]
        assert words.parts[start:end].tolist() == scattered(np.array(hashes, np.uint64)).tolist()


@given(st.lists(st.lists(st.integers(0, 3000), max_size=400), max_size=12))
def test_a_type_keeps_its_number(batches: list[list[int]]) -> None:
    words, known = Words(), dict[int, int]()
    for batch in batches:
        text = " ".join(np.base_repr(number, 36).translate(_LETTERS) for number in batch)
        for number, found in zip(batch, words.numbers_of(tokenise([text])).tolist(), strict=True):
            assert known.setdefault(number, found) == found
    assert sorted(known.values()) == list(range(len(words)))


_LETTERS = {ord(digit): chr(0x0430 + int(digit)) for digit in "0123456789"}  # so that no token is a number


def test_what_only_a_caller_can_make_is_read(small: Tagger) -> None:
    text = "👡 shoes\n\nEases pain"
    sentences = [Sentence(0, 0, 7, text[:7]), Sentence(1, 8, 8, ""), Sentence(2, 9, 19, text[9:])]
    pages = read_pages([(text, sentences)], Words())
    assert (pages.layout[:, 0] >> 2 & 1).tolist() == [1, 0, 0]  # a bullet
    assert (pages.layout[:, 0] >> 3 & 1).tolist() == [0, 0, 1]  # a heading
    assert small.predict_document(Document(text), sentences).shape == (3, len(Label))


@pytest.mark.parametrize("unit", ["do not ", "a ", "sleepwell ", "👍", "1,0", "’"])
def test_reading_a_sentence_of_any_length_takes_linear_time(unit: str) -> None:
    def read(text: str) -> None:
        read_pages([(text, [Sentence(0, 0, len(text), text)])], Words())

    assert_linear(read, unit * 20_000, unit * 40_000, slack=0.05)


def test_words_that_share_their_bits_are_found_as_quickly() -> None:
    from time import process_time

    def seconds(hashes: Hashes) -> float:
        tokens = tokenise(["a " * len(hashes)])
        start = process_time()
        Words().numbers_of(replace(tokens, hashes=hashes))
        return process_time() - start

    spread = np.random.default_rng(0).integers(2**63, size=6_000, dtype=np.uint64)
    inverse = pow(int(_SPREAD), -1, 2**64)
    same_slot = np.array([((5 << 42) + i) * inverse % 2**64 for i in range(6_000)], np.uint64)
    assert min(seconds(same_slot) for _ in range(3)) < 4 * min(seconds(spread) for _ in range(3)) + 0.05


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
@example("ñýÔ")
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
def test_an_assessment_takes_linear_time(fast: Assessor, unit: str) -> None:
    assert_linear(
        lambda text: fast.assess(Document(text, language="en")),
        unit * (20_000 // len(unit)),
        unit * (40_000 // len(unit)),
        slack=0.05,
    )


def test_about_a_fifth_of_the_sentences_is_marked_for_review(assessor: Assessor, root: Path) -> None:
    passages = [p for p in read_corpus([root / "corpus" / "round9.jsonl"]) if p.split == "test"]
    marks = [one.needs_review for p in passages for one in tag(assessor.tagger, p.document, p.sentences)]
    assert 0.1 < sum(marks) / len(marks) < 0.3
