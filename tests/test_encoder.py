from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import Metaspace

import classifier
from classifier import ConfigurationError, Document, Evidence, Label, ModelError, Sentence, segment
from classifier.corpora import Passage, read_corpus
from classifier.encoder import MARKERS, STRIDE, Encoder, SentenceTokenizer, windows, windows_of
from classifier.encoder.windows import LONGEST_WINDOW, STRIDES, reading, shortened
from classifier.features.pages import plain_text
from classifier.model_store import find_model
from classifier.tagger import EncoderTagger, Heads, load_tagger, save_tagger, tag
from classifier.tagger.encoded import unsure_rows
from tests.linear import assert_linear

ROWS = st.lists(st.lists(st.integers(10, 99), min_size=1, max_size=121), max_size=60)


@pytest.fixture(scope="module")
def tagger() -> EncoderTagger:
    model, _ = load_tagger("accurate")
    assert isinstance(model, EncoderTagger)
    return model


@pytest.fixture(scope="module")
def definition() -> str:
    return (find_model("accurate") / "tokenizer.json").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def passages(root: Path) -> tuple[Passage, ...]:
    return read_corpus([root / "corpus" / "round10.jsonl"])[:8]


@given(ROWS, st.integers(0, 5))
def test_every_sentence_is_read_off_one_window_at_its_own_tokens(rows: list[list[int]], first: int) -> None:
    found = list(windows_of(rows, opening=[1], closing=[2], first=first))
    places = [place for window in found for place in window.places]
    assert [index for index, _, _ in places] == list(range(first, first + len(rows)))
    for window in found:
        assert window.tokens[0] == 1
        assert window.tokens[-1] == 2
        assert len(window.tokens) <= LONGEST_WINDOW + 121 + 42
        for index, start, end in window.places:
            assert list(window.tokens[start:end]) == rows[index - first]


def test_a_window_holds_what_stands_before_and_after() -> None:
    rows = [[10 + index] * 100 for index in range(4)]
    _, middle, *_ = windows_of(rows, opening=[1], closing=[2])
    assert 11 in middle.tokens[: middle.places[0][1]]
    assert 13 in middle.tokens[middle.places[-1][2] :] or middle.places[-1][0] == 3


def test_the_layout_opens_every_sentence(definition: str) -> None:
    tokenizer = SentenceTokenizer(definition)
    same, line, block, capitals = tokenizer.markers
    document = Document("DEEP SLEEP\nIt calms. It soothes.\n\nBuy now")
    rows = tokenizer.tokens_of(document.text, segment(document))
    assert [row[0] for row in rows] == [block, line, same, block]
    assert rows[0][1] == capitals
    assert len(MARKERS) == 4


@given(st.text(max_size=80) | st.text("aé 中́\u200b[SEP]#-\t\x1c\x85", max_size=40))
def test_the_tokens_of_words_are_those_of_the_whole_text(definition: str, text: str) -> None:
    tokenizer = SentenceTokenizer(definition)
    whole = Tokenizer.from_str(definition)
    whole.no_padding()
    whole.no_truncation()
    whole.encode_special_tokens = True
    plain = " ".join(plain_text(text).split())
    ((_, *found),) = tokenizer.tokens_of(text, [Sentence(0, 0, len(text), text)])
    expected = whole.encode(plain, add_special_tokens=False).ids
    assert found in (expected, [tokenizer.markers[-1], *expected])


def test_the_words_of_passages_have_the_tokens_that_the_library_gives_them(
    definition: str, passages: tuple[Passage, ...]
) -> None:
    whole = Tokenizer.from_str(definition)
    whole.no_padding()
    whole.no_truncation()
    whole.encode_special_tokens = True
    tokenizer = SentenceTokenizer(definition)
    words = {word for passage in passages for word in passage.text.split()}
    words |= {
        "A",
        "pain!",
        "PAIN?",
        "B12",
        "b12,",
        "x2.",
        "é.",
        "it's",
        "...",
        ",",
        "unaffable;",
        "[SEP]",
        "12)",
        "pain…",
    }
    plain = [word for word in words if tokenizer._plain_tokens(word)]
    assert len(plain) > len(words) / 2
    found = tokenizer._tokens_of_words(words)
    assert found == {word: whole.encode(word, add_special_tokens=False).ids for word in words}


@pytest.mark.parametrize("change", ["model", "added", "length"])
def test_words_are_looked_up_at_once_only_where_the_library_would_find_them_whole(definition: str, change: str) -> None:
    data = json.loads(definition)
    if change == "added":
        token = {"id": 9932, "content": "ai", "single_word": False, "lstrip": False, "rstrip": False}
        data["added_tokens"].append({**token, "normalized": True, "special": False})
    elif change == "length":
        data["model"]["max_input_chars_per_word"] = 3
    else:
        data["model"] = {"type": "WordLevel", "vocab": data["model"]["vocab"], "unk_token": "[UNK]"}
    changed = json.dumps(data)
    whole, tokenizer = Tokenizer.from_str(changed), SentenceTokenizer(changed)
    whole.no_padding()
    words = ["pain", "it", "pain!"]
    assert tokenizer._tokens_of_words(words) == {w: whole.encode(w, add_special_tokens=False).ids for w in words}
    assert tokenizer._plain_tokens("pain") is None


def test_only_so_many_words_are_remembered(definition: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_MOST_WORDS", 5)
    tokenizer = SentenceTokenizer(definition)
    for text in ("one two three four", "five six seven", "one two", "a b c d e f g h i", "! " * 9 + "-" * 2_000):
        rows = tokenizer.tokens_of(text, [Sentence(0, 0, len(text), text)])
        assert rows == SentenceTokenizer(definition).tokens_of(text, [Sentence(0, 0, len(text), text)])
        assert len(tokenizer._known) <= 5
        assert max(map(len, tokenizer._known)) <= 40


@pytest.mark.parametrize(
    "text", ["It eases pain. " * 300, "ease" * 300, "-" * 3_000, "word " * 115 + "anti-inflammatory" * 9]
)
def test_of_a_long_sentence_as_many_tokens_are_read_as_of_the_whole_text(definition: str, text: str) -> None:
    whole = Tokenizer.from_str(definition)
    whole.no_padding()
    whole.no_truncation()
    ((_, *found),) = SentenceTokenizer(definition).tokens_of(text, [Sentence(0, 0, len(text), text)])
    assert found == whole.encode(text[:2_000], add_special_tokens=False).ids[:120]


def test_a_tokenizer_that_does_not_cut_at_white_space_is_refused(definition: str) -> None:
    other = Tokenizer.from_str(definition)
    other.pre_tokenizer = Metaspace()
    with pytest.raises(ModelError, match="does not cut at white space"):
        SentenceTokenizer(other.to_str())


@given(st.text(st.characters() | st.characters(categories=["Cs"]), max_size=200))
def test_no_text_crashes_the_encoder(tagger: EncoderTagger, text: str) -> None:
    document = Document(text)
    sentences = segment(document)
    probabilities = tagger.predict_document(document, sentences)
    assert probabilities.shape == (len(sentences), 4)
    assert np.all((probabilities > 0) & (probabilities < 1))


def test_documents_together_are_read_as_one_by_one(tagger: EncoderTagger, passages: tuple[Passage, ...]) -> None:
    pages = [(passage.document, passage.sentences) for passage in passages]
    together = tagger.predict_documents(pages)
    for page, found in zip(pages, together, strict=True):
        assert np.array_equal(found, tagger.predict_document(*page))


def test_the_cascade_asks_of_what_the_fast_model_is_unsure_of_and_of_its_claims(
    tagger: EncoderTagger, passages: tuple[Passage, ...]
) -> None:
    pages = [(passage.document, passage.sentences) for passage in passages]
    sure = EncoderTagger(tagger.encoder, tagger.fast, tagger.heads, sure_below=0.1)
    sure.thresholds_ = tagger.thresholds_
    margins = sure.margins(pages, is_cascade=True)
    claims = margins.fast[:, list(Label).index(Label.EFFICACY_CLAIM)] > 0
    unsure = unsure_rows(margins.fast, 0.1)
    asked = ~np.isnan(margins.encoded).any(axis=1)
    assert np.array_equal(asked, unsure | claims)
    assert (claims & ~unsure).any()
    assert not asked.all()
    assert margins.evidence is not None
    assert np.array_equal(asked, ~np.isnan(margins.evidence).any(axis=1))
    every = tagger.margins(pages, is_cascade=False).encoded
    assert np.mean((every[asked] > 0) == (margins.encoded[asked] > 0)) > 0.97  # with the others shortened
    sure.thresholds_ = np.array([0.5, 0.001, 0.5, 0.5])  # who wants every claim gets its evidence judged too
    asked = ~np.isnan(sure.margins(pages, is_cascade=True).encoded).any(axis=1)
    assert np.array_equal(asked, unsure | (margins.fast[:, 1] >= np.log(0.001 / 0.999)))


def test_without_a_head_for_evidence_the_cascade_asks_of_no_sure_sentence(
    tagger: EncoderTagger, passages: tuple[Passage, ...]
) -> None:
    pages = [(passage.document, passage.sentences) for passage in passages]
    heads = Heads(tagger.heads.coefficients, tagger.heads.intercepts)
    half_sure = EncoderTagger(tagger.encoder, tagger.fast, heads, sure_below=0.499)
    half_sure.blend_ = tagger.blend_
    fast = tagger.fast.predict_documents(pages)
    for found, plain in zip(half_sure.predict_documents(pages), fast, strict=True):
        assert np.allclose(found, plain)


def test_what_is_not_asked_about_is_there_by_its_first_tokens(tagger: EncoderTagger) -> None:
    lines = ["This sentence eases many kinds of pain and of worry."] * 60
    lines[5] = "This sentence, by 2 authors, eases many kinds of pain."
    document = Document("\n".join(lines))
    sentences = segment(document)
    asked = [number % 7 == 3 for number in range(60)]
    some = tagger.encoder.windows(document.text, sentences, asked=asked, first=5)
    every = tagger.encoder.windows(document.text, sentences, first=5)
    assert [place[0] for window in some for place in window.places] == [5 + number for number in range(3, 60, 7)]
    assert sum(len(window.tokens) for window in some) < 0.8 * sum(len(window.tokens) for window in every)
    assert tagger.encoder.windows(document.text, sentences, asked=[False] * 60) == []
    rows = tagger.encoder.tokenizer.tokens_of(document.text, sentences)
    seen = [token for number, row in enumerate(rows) for token in (row if asked[number] or number == 5 else row[:8])]
    opened = len(tagger.encoder.tokenizer.opening)
    assert list(some[0].tokens[opened : opened + 192]) == seen[:192]
    whole = {place[0]: window.tokens[place[1] : place[2]] for window in every for place in window.places}
    for window in some:
        assert all(window.tokens[start:end] == whole[index] for index, start, end in window.places)


def test_a_saved_tagger_predicts_as_before(
    tagger: EncoderTagger, passages: tuple[Passage, ...], tmp_path: Path
) -> None:
    save_tagger(tagger, tmp_path / "again", about={}, texts={})
    loaded, _ = load_tagger(tmp_path / "again")
    page = (passages[0].document, passages[0].sentences)
    assert np.array_equal(loaded.predict_document(*page), tagger.predict_document(*page))


def test_the_evidence_of_each_sentence_that_was_encoded_adds_up_to_one(
    tagger: EncoderTagger, passages: tuple[Passage, ...]
) -> None:
    pages = [(passage.document, passage.sentences) for passage in passages]
    every = tagger.margins(pages, is_cascade=False).evidence
    assert every is not None
    assert every.shape == (sum(len(sentences) for _, sentences in pages), len(Evidence))
    assert np.allclose(np.exp(every).sum(axis=1), 1)
    left_out = EncoderTagger(tagger.encoder, tagger.fast, tagger.heads, sure_below=0.499)
    left_out.blend_, left_out.thresholds_, left_out.review_below_ = tagger.blend_, tagger.thresholds_, 0.0
    found = tag(left_out, *pages[0])
    assert {bool(one.evidence_scores) for one in found if Label.EFFICACY_CLAIM in one.labels} == {True}
    assert () in {one.evidence_scores for one in found}


def test_an_encoder_without_a_head_for_evidence_says_nothing_of_it(
    tagger: EncoderTagger, passages: tuple[Passage, ...], tmp_path: Path
) -> None:
    plain = EncoderTagger(tagger.encoder, tagger.fast, Heads(tagger.heads.coefficients, tagger.heads.intercepts))
    for name in ("blend_", "thresholds_", "thresholds_recall_", "review_below_"):
        setattr(plain, name, getattr(tagger, name))
    save_tagger(plain, tmp_path / "plain", about={}, texts={})
    loaded, _ = load_tagger(tmp_path / "plain")
    assert {one.evidence_scores for one in tag(loaded, passages[0].document, passages[0].sentences)} == {()}


@pytest.mark.parametrize("shape", [(len(Evidence), 5), (3, 768), (0, 768)])
def test_a_head_for_evidence_of_another_shape_is_refused(
    tagger: EncoderTagger, tmp_path: Path, shape: tuple[int, int]
) -> None:
    heads = replace(tagger.heads, evidence_coefficients=np.zeros(shape))
    broken = EncoderTagger(tagger.encoder, tagger.fast, heads)
    for name in ("blend_", "thresholds_", "thresholds_recall_", "review_below_"):
        setattr(broken, name, getattr(tagger, name))
    save_tagger(broken, tmp_path / "broken", about={}, texts={})
    with pytest.raises(ModelError, match=r"evidence_coefficients\.npy: missing, or not f of shape"):
        load_tagger(tmp_path / "broken")


@pytest.mark.parametrize("graph", [b"", b"\x00" * 100, b"not a graph", b"\x08\x07\x12\x04evil"])
def test_what_is_no_graph_is_refused(definition: str, graph: bytes) -> None:
    with pytest.raises(ModelError, match=r"encoder\.onnx: cannot be run"):
        Encoder(graph, definition)


def graph_of(weight: Any, *names: str) -> bytes:
    """A graph that looks its states up in a table, with the inputs of these names."""
    onnx = pytest.importorskip("onnx")
    make, axes = onnx.helper.make_tensor_value_info, ["windows", "tokens"]
    take = onnx.helper.make_node("Gather", [weight.name, "input_ids"], ["states"])
    inputs = [make(name, onnx.TensorProto.INT64, axes) for name in names]
    outputs = [make("states", onnx.TensorProto.FLOAT, [*axes, 32])]
    graph = onnx.helper.make_graph([take], "g", inputs, outputs, [weight])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def test_a_graph_that_points_to_other_files_is_refused(definition: str, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    (tmp_path / "outside.bin").write_bytes(b"\x00" * 4096)
    weight = onnx.TensorProto(
        name="w", data_type=onnx.TensorProto.FLOAT, dims=[32, 32], data_location=onnx.TensorProto.EXTERNAL
    )
    weight.external_data.add(key="location", value=str(tmp_path / "outside.bin"))
    with pytest.raises(ModelError):
        Encoder(graph_of(weight, "input_ids"), definition)


def test_a_graph_that_wants_a_mask_is_refused(definition: str) -> None:
    onnx = pytest.importorskip("onnx")
    table = onnx.numpy_helper.from_array(np.zeros((32, 32), np.float32), "w")
    assert Encoder(graph_of(table, "input_ids"), definition).width == 64
    with pytest.raises(ModelError, match="attention_mask"):
        Encoder(graph_of(table, "input_ids", "attention_mask"), definition)


@pytest.mark.parametrize("broken", ["", "{}", "[", '{"model": {"type": "BPE", "vocab": {}, "merges": []}}'])
def test_what_is_no_tokenizer_is_refused(broken: str) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        SentenceTokenizer(broken)


@pytest.mark.parametrize("unit", ["word ", "It cures gout. "])
def test_encoding_takes_linear_time(unit: str) -> None:
    assessor = classifier.load("accurate")
    assert_linear(
        lambda text: assessor.assess(Document(text, language="en")),
        unit * (6_000 // len(unit)),
        unit * (12_000 // len(unit)),
        slack=0.2,
    )


@pytest.mark.parametrize("rise", [0, 0.4, 3, 10])
def test_the_rate_never_falls_below_nothing(rise: float) -> None:
    from classifier.fine_tuning import share_of_rate

    shares = [share_of_rate(step, rise=rise, updates=10) for step in range(13)]
    assert all(share >= 0 for share in shares)
    assert max(shares) >= 0.9
    assert shares[-2:] == [0, 0] or rise == 10


def test_a_training_is_named_by_its_passages_weights_and_recipe(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    from classifier.fine_tuning import Recipe, _digest

    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (tmp_path / name).write_text(name)
    named = _digest(passages, [tmp_path], Recipe())
    assert named == _digest(passages, [tmp_path], Recipe())
    bare = replace(passages[0].units[0], labelling=passages[0].units[-1].labelling)
    other = replace(passages[0], units=(bare, *passages[0].units[1:]))
    others = {_digest((other, *passages[1:]), [tmp_path], Recipe()), _digest(passages, [tmp_path], Recipe(rate=1e-5))}
    others.add(_digest(passages, [tmp_path, tmp_path], Recipe()))  # with a teacher
    (tmp_path / "model.safetensors").write_text("other")
    others.add(_digest(passages, [tmp_path], Recipe()))
    assert len(others - {named}) == 4


@pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="the extra train is not installed")
@pytest.mark.slow
def test_fine_tuning_goes_on_from_its_checkpoint(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    from classifier.fine_tuning import Recipe, base_folder, fine_tune

    recipe = Recipe(epochs=2, layers=2, narrowing=1)
    seen: list[int] = []

    def stop_after_one(epoch: int, _: object) -> None:
        seen.append(epoch)
        if len(seen) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fine_tune(passages, recipe=recipe, checkpoint=tmp_path / "training", after_epoch=stop_after_one)
    done = fine_tune(passages, recipe=recipe, checkpoint=tmp_path / "training", after_epoch=stop_after_one)
    assert seen == [1, 2, 1, 2, 1]  # of two seeds and the narrowing
    assert {path.name for path in tmp_path.iterdir()} == {"training", "training-1", "training-narrow"}
    teacher = str(base_folder())  # no larger one is at hand
    lines: list[str] = []
    fine_tune(passages, recipe=recipe, teacher=teacher, checkpoint=tmp_path / "taught", say=lines.append)
    assert "teacher, training 1 of 1, epoch 2 of 2, 100%" in lines
    assert (tmp_path / "taught-teacher").is_file()
    for others, changed, file in (
        (passages[1:], recipe, "training"),
        (passages, replace(recipe, seeds=(1,)), "training"),
        (passages, replace(recipe, seeds=(0,)), "training-narrow"),
        (passages, replace(recipe, narrowing=2), "training-narrow"),
    ):
        with pytest.raises(ConfigurationError, match=rf"{file}: was left by .* remove it"):
            fine_tune(others, recipe=changed, checkpoint=tmp_path / "training")
    encoder = Encoder(done.graph, done.definition)
    assert len(encoder.tokenizer.opening) == 4  # tokens a state
    embeddings = encoder.embed_documents([(p.text, p.sentences) for p in passages])
    assert embeddings.shape == (sum(len(p.units) for p in passages), done.heads.coefficients.shape[1])


def test_only_an_encoder_of_berts_form_can_be_narrowed(tmp_path: Path) -> None:
    from classifier.fine_tuning import _check_narrowing

    for kind in ("bert", "mpnet"):
        (tmp_path / "config.json").write_text(json.dumps({"model_type": kind}))
        if kind == "bert":
            _check_narrowing(tmp_path)
        else:
            with pytest.raises(ConfigurationError, match=r"--narrowing: .* of the form mpnet.*--base"):
                _check_narrowing(tmp_path)


@pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="the extra train is not installed")
@pytest.mark.slow
def test_a_narrowed_encoder_becomes_like_what_it_was(passages: tuple[Passage, ...]) -> None:
    import torch

    from classifier.fine_tuning import Recipe, _Training, base_folder
    from classifier.fine_tuning_course import strides_of
    from classifier.fine_tuning_network import Network

    training = _Training(passages, [base_folder()], Recipe(layers=2, narrowing=8, seeds=(0,)), lambda _: None, None)
    markers = training._course.tokenizer.markers
    wide = Network(base_folder(), markers, layers=2).eval()
    untaught = Network(base_folder(), markers, layers=2, strides=strides_of(2)).eval()
    untaught.start_from(wide)
    narrow = training.narrowed(wide, None)
    course = training._course_of(stride=4)
    windows = [window for passage in passages for window in course.windows(passage)]
    padding = course.tokenizer.padding
    with torch.no_grad():
        wanted = wide.embed([window.without(padding) for window in windows], padding)
        before, after = (float(wide.unlikeness(net.embed(windows, padding), wanted)) for net in (untaught, narrow))
    assert after < 0.7 * before


@pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="the extra train is not installed")
@pytest.mark.parametrize(
    ("kind", "strides"), [("Bert", None), ("MPNet", None), ("Bert", (1, 4)), ("Bert", (2, 2)), ("Bert", (1, 1))]
)
@pytest.mark.parametrize("length", [4, 40])
def test_an_exported_encoder_says_what_its_network_says(
    kind: str, strides: tuple[int, ...] | None, length: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx
    import onnxruntime
    import torch
    import transformers

    from classifier.fine_tuning_network import Network, export

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    getattr(transformers, f"{kind}Model")(config).save_pretrained(tmp_path)
    network = Network(tmp_path, (1, 2, 3, 4), strides=strides).eval()
    tokens = torch.randint(5, 50, (1, length))
    network.settle()
    with torch.no_grad():
        wanted = network.encoder(tokens).last_hidden_state.numpy()
    assert wanted.shape == (1, length // network.strides[-1], 32)
    graphs = [export(network, tmp_path)]
    monkeypatch.setattr("classifier.fine_tuning_network.fuse_attention", lambda *_: None)
    graphs.append(export(network, tmp_path))
    fused, found = (
        onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"]).run(None, {"input_ids": tokens.numpy()})
        for graph in graphs
    )
    assert np.abs(found[0] - wanted).max() < 0.1  # weights of eight bits
    assert np.abs(fused[0] - found[0]).max() < 1e-5
    steps = [node.op_type for node in onnx.load_from_string(graphs[0]).graph.node]
    assert steps.count("QAttention") == (2 if kind == "Bert" else 0)


@pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="the extra train is not installed")
def test_a_network_that_merges_embeds_as_its_export_and_whatever_the_company(
    passages: tuple[Passage, ...], definition: str, tmp_path: Path
) -> None:
    import torch

    from classifier.fine_tuning import base_folder
    from classifier.fine_tuning_network import Network, export

    network = Network(base_folder(), SentenceTokenizer(definition).markers, layers=3, strides=(1, 2, 4)).eval()
    encoder = Encoder(export(network, tmp_path), definition)
    found = encoder.embed_documents([(passage.text, passage.sentences) for passage in passages])
    windows = [window for one in passages for window in encoder.windows(one.text, one.sentences)]
    padding = encoder.tokenizer.padding
    with torch.no_grad():
        alone = torch.cat([network.embed([window], padding) for window in windows]).numpy()
        together = network.embed(windows, padding).numpy()
    assert len({len(window.tokens) for window in windows}) > 1
    for other, least in ((together, 0.999), (found, 0.97)):  # numbers of half the bits; weights of eight bits
        likeness = (alone * other).sum(1) / np.linalg.norm(alone, axis=1) / np.linalg.norm(other, axis=1)
        assert likeness.min() > least


@pytest.mark.parametrize("stride", STRIDES)
def test_sentences_and_windows_are_filled_up_to_the_stride(
    passages: tuple[Passage, ...], definition: str, stride: int
) -> None:
    plain, filled = SentenceTokenizer(definition), SentenceTokenizer(definition, stride=stride)
    for passage in passages:
        rows = filled.tokens_of(passage.text, passage.sentences)
        for row, bare in zip(rows, plain.tokens_of(passage.text, passage.sentences), strict=True):
            assert row == bare + [filled.padding] * (len(row) - len(bare))
            assert len(row) - len(bare) < stride
        cut = shortened(rows, passage.sentences, [number % 3 == 0 for number in range(len(rows))])
        for window in (
            *windows_of(rows, opening=filled.opening, closing=filled.closing),
            *windows_of(cut, opening=filled.opening, closing=filled.closing),
        ):
            ends = [len(window.tokens), *(end for _, *place in window.places for end in place)]
            assert all(end % stride == 0 for end in ends)


@pytest.mark.parametrize("stride", ["3", "0", "-1", "many", "2"])
def test_a_graph_of_an_unknown_or_wrong_stride_is_refused(definition: str, stride: str) -> None:
    onnx = pytest.importorskip("onnx")
    table = onnx.numpy_helper.from_array(np.zeros((32, 32), np.float32), "w")
    graph = onnx.load_from_string(graph_of(table, "input_ids"))
    onnx.helper.set_model_props(graph, {STRIDE: stride})
    with pytest.raises(ModelError, match=r"encoder\.onnx: cannot be run \(.*tokens_a_state|invalid literal"):
        Encoder(graph.SerializeToString(), definition)


@pytest.mark.skipif(not (find_spec("torch") and find_spec("transformers")), reason="the extra train is not installed")
def test_the_mean_of_trainings_is_that_of_their_weights() -> None:
    import torch

    from classifier.fine_tuning import base_folder
    from classifier.fine_tuning_network import Network, averaged

    networks = []
    for seed in range(3):
        torch.manual_seed(seed)
        networks.append(Network(base_folder(), [1, 2, 3, 4], layers=1))
    expected = torch.stack([network.labels.weight.detach() for network in networks]).mean(0)
    assert not torch.allclose(networks[0].labels.weight, expected)
    assert torch.allclose(averaged(networks).labels.weight, expected, atol=1e-6)


def test_some_passages_are_learnt_from_in_excerpts(passages: tuple[Passage, ...], definition: str) -> None:
    from classifier.fine_tuning_course import Course, Recipe

    whole, cut = (Course(passages, SentenceTokenizer(definition), Recipe(excerpts=share)) for share in (0.0, 1.0))
    for course, most in ((whole, 1_000), (cut, 3)):
        windows = [one.window for batch in course.batches(0, 0) for one in batch]
        assert max(len(window.places) for window in windows) <= most
        assert sum(len(window.places) for window in windows) == sum(len(passage.units) for passage in passages)
    firsts = {one.window.tokens[1] for batch in cut.batches(0, 0) for one in batch}
    assert firsts == {cut.tokenizer.new_block}


def test_some_passages_are_shown_as_the_cascade_shows_them(passages: tuple[Passage, ...], definition: str) -> None:
    from classifier.fine_tuning_course import Course, Recipe

    tokenizer = SentenceTokenizer(definition, stride=4)
    recipe = Recipe(hidden=0.0, excerpts=0.0)
    whole, cut = (Course(passages, tokenizer, recipe, shortened=share) for share in (0.0, 1.0))
    units = sum(len(passage.units) for passage in passages)
    seen = []
    for course in (whole, cut):
        examples = [one for batch in course.batches(0, 0) for one in batch]
        windows = [one.window for one in examples]
        assert all(end % 4 == 0 for window in windows for _, *place in window.places for end in place)
        read = sum(len(window.places) for window in windows)
        seen.append((read, sum(len(window.tokens) for window in windows)))
    assert seen[0][0] == units
    assert 0.4 * units < seen[1][0] < 0.8 * units
    for passage in passages:
        shown = [one.window for one in examples if one.passage is passage]
        read_off = {index for window in shown for index, _, _ in window.places}
        asked = [index in read_off for index in range(len(passage.units))]
        rows = shortened(tokenizer.tokens_of(passage.text, passage.sentences), passage.sentences, asked)
        cuts = windows_of(rows, opening=tokenizer.opening, closing=tokenizer.closing)
        assert sorted(map(repr, shown)) == sorted(map(repr, reading(cuts, asked)))


def test_what_a_teacher_says_is_mixed_with_the_labels(passages: tuple[Passage, ...], definition: str) -> None:
    from classifier.fine_tuning_course import Course, Recipe, Taught

    taught = [
        Taught(*(np.full((len(p.units), choices), 1 / choices, np.float32) for choices in (4, 5, 9))) for p in passages
    ]
    batches = [
        Course(passages, SentenceTokenizer(definition), Recipe(trust=trust), said)
        for trust, said in ((0.5, None), (0.0, taught), (0.25, taught))
    ]
    plain, unheard, mixed = (
        course.targets([one for batch in course.batches(0, 0) for one in batch]) for course in batches
    )
    for there, here in zip(plain, unheard, strict=True):
        np.testing.assert_array_equal(there, here)
    labels, primary, evidence, severity, kinds = plain
    asked = evidence.sum(axis=1) > 0
    assert 0 < asked.sum() < len(asked)
    np.testing.assert_allclose(mixed[0], 0.75 * labels + 0.25 / 4)
    np.testing.assert_allclose(mixed[1], 0.75 * primary + 0.25 / 5)
    np.testing.assert_allclose(mixed[2], np.where(asked[:, None], 0.75 * evidence + 0.25 / 9, 0))
    np.testing.assert_array_equal(mixed[3], severity)
    np.testing.assert_array_equal(mixed[4], kinds)


def test_the_tokens_of_both_vocabularies_are_known(definition: str) -> None:
    there = json.loads(definition)
    names = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
    vocabulary = there["model"]["vocab"]
    other = definition
    for old, new in names.items():
        other = other.replace(f'"{old}"', f'"{new}"')
    tokenizer = SentenceTokenizer(other)
    assert [*tokenizer.opening, *tokenizer.closing, tokenizer.padding, tokenizer.hidden] == [
        vocabulary[n] for n in names
    ]
