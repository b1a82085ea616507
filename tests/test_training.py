from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier import ConfigurationError, Label, ModelError
from classifier.corpora import Labelling, Passage, read_corpus, to_record
from classifier.corpora.formats import write_any
from classifier.corpora.formats.shared import implied
from classifier.corpora.reading import detect_format, fingerprint, read_labelled
from classifier.evaluation import unseen
from classifier.fine_tuning import base_folder
from classifier.model_store import load_model, save_changed
from classifier.tagger import EncoderTagger, Tagger, load_tagger, save_tagger
from classifier.tagger.decision import sigmoid
from classifier.tagger.head import fit_head
from classifier.training import fitting, recipe, save_tuned, train_model, tune
from classifier.training.accurate import fit_accurate
from classifier.training.card import model_card
from classifier.training.fitting import excerpts_of
from classifier.training.recipe import Trained
from tests.conftest import Run

SMALL = {"folds": 2}


def write(path: Path, passages: list[Passage]) -> Path:
    path.write_text("".join(json.dumps(to_record(passage)) + "\n" for passage in passages), encoding="utf-8")
    return path


def quick(paths: list[Path], output: Path, *, force: bool = False) -> Trained:
    return train_model(paths, output, tagger=Tagger(**SMALL), force=force)


def test_a_model_folder_says_what_it_was_made_of(small_model: Path, small_corpus: Path) -> None:
    config = json.loads((small_model / "config.json").read_text())
    assert config["guidelines"] == 2
    assert config["corpus"]["sha256"] == read_labelled([small_corpus]).sha256
    assert set(config["libraries"]) == {"numpy", "scikit-learn", "scipy"}
    card = (small_model / "README.md").read_text()
    assert card.startswith("---\n")
    assert "model-index:" in card.split("---")[1]
    figures = json.loads((small_model / "metrics.json").read_text())["figures"]
    assert f"{figures['macro_f1']:.3f}" in card


def test_no_test_passage_was_learnt_from(small_model: Path, small_corpus: Path) -> None:
    passages = read_labelled([small_corpus]).passages
    learnt_from = set(load_model(small_model).arrays["learnt_from"].tolist())
    for passage in passages:
        assert (fingerprint(passage.text) in learnt_from) == (passage.split != "test")
    assert {p.doc_id for p in unseen(small_model, passages)} == {p.doc_id for p in passages if p.split == "test"}


def test_the_same_corpus_gives_the_same_bytes(small_corpus: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        quick([small_corpus], tmp_path / name / "model")
    for path in (tmp_path / "a" / "model").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / "model" / path.name).read_bytes()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["model"]


@pytest.mark.parametrize("name", ["csv", "prodigy", "label-studio", "doccano", "spacy"])
def test_every_format_is_told_by_itself(name: str, small_corpus: Path, tmp_path: Path) -> None:
    passages = read_corpus([small_corpus])[:3]
    suffix = {"csv": ".csv", "label-studio": ".json", "spacy": ".spacy"}.get(name, ".jsonl")
    path = tmp_path / f"corpus{suffix}"
    write_any(passages, path, name)
    assert detect_format(path) == name
    text = read_labelled([path])
    assert [p.doc_id for p in text.passages] == [p.doc_id for p in passages]
    assert [u.labels for p in text.passages for u in p.units] == [u.labels for p in passages for u in p.units]


def test_labels_of_ones_own_are_added_to_ours(small_corpus: Path, tmp_path: Path) -> None:
    passages = list(read_corpus([small_corpus]))
    write_any(passages[:5], tmp_path / "mine.csv", "csv")
    ours = write(tmp_path / "ours.jsonl", passages[5:])
    assert len(read_labelled([tmp_path / "mine.csv", ours]).passages) == len(passages)


def test_broken_data_is_refused_with_file_and_line(call: Run, small_corpus: Path, tmp_path: Path) -> None:
    lines = small_corpus.read_text().splitlines()
    record = json.loads(lines[2])
    record["units"][0]["end"] += 10_000
    (tmp_path / "bad.jsonl").write_text("\n".join([*lines[:2], json.dumps(record)]))
    done = call("train", "bad.jsonl", "--output", "model")
    assert done.returncode == 2
    assert "bad.jsonl:3: unit at 0: 0.." in done.stderr
    assert not (tmp_path / "model").exists()


def test_a_near_copy_across_the_split_is_refused_with_file_and_line(small_corpus: Path, tmp_path: Path) -> None:
    passages = list(read_corpus([small_corpus]))
    original = next(passage for passage in passages if passage.split == "test")
    copy = replace(original, doc_id="copy", group="copy", train_only=True)
    path = write(tmp_path / "leaks.jsonl", [*passages, copy])
    place = rf"leaks\.jsonl:{len(passages) + 1}"
    with pytest.raises(ConfigurationError, match=f"{place}: .* stand in {original.doc_id} too"):
        quick([path], tmp_path / "model")


def test_too_little_data_is_refused_with_a_remedy(small_corpus: Path, tmp_path: Path) -> None:
    passages = list(read_corpus([small_corpus]))
    with pytest.raises(ConfigurationError, match="documents to learn from, of at least"):
        quick([write(tmp_path / "few.jsonl", passages[:5])], tmp_path / "model")
    none = Labelling((), None, None, None)
    bare = [
        replace(p, units=tuple(replace(u, labelling=none) if Label.RISK_DISCLOSURE in u.labels else u for u in p.units))
        for p in passages
    ]
    with pytest.raises(ConfigurationError, match="risk_disclosure stands in 0 documents"):
        quick([write(tmp_path / "bare.jsonl", bare)], tmp_path / "model")


def test_a_better_model_is_not_overwritten(
    small_model: Path, small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(small_model, tmp_path / "model"))
    before = (folder / "manifest.json").read_bytes()
    upside_down = read_labelled([small_corpus])

    def wrong(*_: object, **__: object) -> object:  # every training passage says the opposite of what it should
        passages = tuple(
            replace(p, units=tuple(replace(u, labelling=p.units[-1 - i].labelling) for i, u in enumerate(p.units)))
            if p.split != "test"
            else p
            for p in upside_down.passages
        )
        return replace(upside_down, passages=passages)

    monkeypatch.setattr(recipe, "read_labelled", wrong)
    kept = quick([small_corpus], folder)
    assert kept.kept is not None
    assert kept.folder != folder
    assert load_tagger(kept.folder)
    assert (folder / "manifest.json").read_bytes() == before
    forced = quick([small_corpus], folder, force=True)
    assert (forced.folder, forced.kept) == (folder, None)
    assert (folder / "manifest.json").read_bytes() != before


def test_a_run_that_is_cut_short_leaves_the_old_model(
    small_model: Path, small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(small_model, tmp_path / "model"))
    before = (folder / "manifest.json").read_bytes()

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(recipe, "save_tagger", interrupt)
    with pytest.raises(KeyboardInterrupt):
        quick([small_corpus], folder, force=True)
    assert (folder / "manifest.json").read_bytes() == before
    assert load_tagger(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_of_strangers_is_refused_before_anything_is_fitted(small_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.md").write_text("mine")
    with pytest.raises(ConfigurationError, match="holds files and no model"):
        quick([small_corpus], tmp_path / "notes", force=True)
    assert (tmp_path / "notes" / "mine.md").read_text() == "mine"


def test_options_of_the_accurate_model_are_refused_for_the_fast_one(call: Run, small_corpus: Path) -> None:
    for option in (["--fine-tune"], ["--base", "accurate"], ["--teacher", "fast"]):
        done = call("train", str(small_corpus), "--output", "model", *option)
        assert (done.returncode, option[0] in done.stderr) == (2, True)


def test_the_card_says_that_an_encoder_was_narrowed() -> None:
    about = {"base": "mine", "fine_tuned": True, "corpus": dict.fromkeys(("passages", "units", "sha256"), "0")}
    about |= {"libraries": {}, "guidelines": 2, "healthclaims": "0"}
    plain, narrowed = (model_card("m", {**about, **more}, None, kind="accurate") for more in ({}, {"narrowing": 3}))
    assert "narrowed in 3 epochs to a quarter of its states" in narrowed
    assert "narrowed" not in plain


def test_what_is_no_encoder_is_refused_as_a_teacher(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--teacher .*: no config\.json in it"):
        base_folder(str(tmp_path), option="--teacher")


def test_a_teacher_is_refused_where_the_encoder_does_not_learn(small_corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--teacher: .* add --fine-tune"):
        train_model([small_corpus], tmp_path / "model", model="accurate", teacher="larger")
    with pytest.raises(ConfigurationError, match=r"--narrowing: .* add --fine-tune"):
        train_model([small_corpus], tmp_path / "model", model="accurate", narrowing=2)
    with pytest.raises(ConfigurationError, match=r"--narrowing -1: .* give 0 or more"):
        train_model([small_corpus], tmp_path / "model", model="accurate", fine_tune=True, narrowing=-1)


def told(passage: Passage) -> list[tuple[str, tuple[Label, ...]]]:
    return [(sentence.text, unit.labels) for sentence, unit in zip(passage.sentences, passage.units, strict=True)]


def test_some_passages_are_cut_into_excerpts(small_corpus: Path) -> None:
    passages = read_corpus([small_corpus])
    found = list(excerpts_of(passages))
    assert found == list(excerpts_of(passages))  # chance has a seed
    assert all(1 <= len(excerpt.units) <= 3 for excerpt in found)
    cut = {excerpt.doc_id.rpartition("/")[0] for excerpt in found}
    assert 0 < len(cut) < len(passages)
    for passage in passages:
        parts = [excerpt for excerpt in found if excerpt.doc_id.startswith(f"{passage.doc_id}/")]
        assert {excerpt.group for excerpt in parts} <= {passage.group}
        assert not parts or [unit for excerpt in parts for unit in told(excerpt)] == told(passage)


def test_the_fast_model_learns_from_excerpts_too(
    small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[list[str]] = []

    def train(passages: Sequence[Passage], *rest: Any, **options: Any) -> Tagger:
        learnt.append([passage.doc_id for passage in passages])
        return fitting.train(passages, *rest, **options)

    monkeypatch.setattr(recipe, "train", train)
    quick([small_corpus], tmp_path / "model")
    seen = [passage for passage in read_corpus([small_corpus]) if passage.split != "test"]
    assert learnt == [[passage.doc_id for passage in (*seen, *excerpts_of(seen))]]


def test_the_fast_model_learns_what_an_encoder_says_too(small_corpus: Path, tmp_path: Path) -> None:
    text = read_labelled([small_corpus])
    shipped, _ = load_tagger("accurate")
    assert isinstance(shipped, EncoderTagger)
    numbers = np.array(sorted([fingerprint(text.part("test")[0].text), 7]), dtype=np.uint64)
    arrays: dict[str, Any] = {"learnt_from": numbers, "held_out_units": np.zeros(2, dtype=np.int32)}
    save_tagger(shipped, tmp_path / "teacher", about={}, texts={}, arrays=arrays)
    teacher = str(tmp_path / "teacher")
    steps: list[str] = []
    unfitted = Tagger(**SMALL)
    trained = train_model([small_corpus], tmp_path / "taught", tagger=unfitted, teacher=teacher, step=steps.append)
    assert steps[:3] == ["reading and checking", "asking the teacher", f"fitting, part 1 of {unfitted.folds + 1}"]
    assert trained.evaluation is not None
    assert text.part("test")[0].doc_id not in trained.evaluation.judged.documents
    stored = load_model(tmp_path / "taught")
    assert set(numbers.tolist()) <= set(stored.arrays["learnt_from"].tolist())
    assert stored.config["teacher"] == load_tagger(teacher)[1]
    card = (tmp_path / "taught" / "README.md").read_text()
    assert f"What the encoder of the model\n{stored.config['teacher']} says of the passages" in card

    passages = text.part("test")
    encoder = shipped.margins([(one.document, one.sentences) for one in passages], is_cascade=False).encoded
    quick([small_corpus], tmp_path / "plain")
    taught, plain = (load_tagger(tmp_path / folder)[0] for folder in ("taught", "plain"))
    pages = [(one.document, one.sentences) for one in passages]
    near, far = (
        float(np.abs(np.concatenate([one.probabilities for one in model.predictions(pages)]) - sigmoid(encoder)).mean())
        for model in (taught, plain)
    )
    assert near < far


def test_a_head_learns_what_it_is_told_as_much_as_the_labels() -> None:
    rows = np.repeat(np.eye(2), 50, axis=0)
    labels = np.repeat([[True], [False]], 50, axis=0)
    said = np.repeat([[0.5], [0.0004]], 50, axis=0)
    parts = [(np.arange(100), np.arange(100))]
    margins = fit_head(rows, labels, parts, C=1e4, said=said).held_out
    assert sigmoid(margins[0, 0]) == pytest.approx(0.75, abs=0.01)  # between its label and what is said of it
    assert sigmoid(margins[99, 0]) < 0.01
    alone = fit_head(rows, labels, parts, C=1e4)
    assert np.array_equal(alone.held_out, fit_head(rows, labels, parts, C=1e4, said=labels.astype(float)).held_out)


def test_thresholds_are_tuned_on_what_the_model_had_not_seen(small_model: Path, small_corpus: Path) -> None:
    remarks: list[str] = []
    tuned = tune(small_model, [small_corpus], labels=[Label.EFFICACY_CLAIM], recall=0.9, say=remarks.append)
    assert remarks == []
    choice = tuned.choices[Label.EFFICACY_CLAIM]
    assert choice.recall >= 0.9
    stored = load_model(small_model).arrays
    numbers = stored["learnt_from"].tolist()
    parts = np.split(stored["held_out"], np.cumsum(stored["held_out_units"])[:-1])
    right = actual = 0
    for passage in read_labelled([small_corpus]).part("validation"):
        scores = parts[numbers.index(fingerprint(passage.text))][:, list(Label).index(Label.EFFICACY_CLAIM)]
        truth = np.array([Label.EFFICACY_CLAIM in unit.labels for unit in passage.units])
        right += int((truth & (scores >= choice.threshold)).sum())
        actual += int(truth.sum())
    assert right / actual == pytest.approx(choice.recall)


def test_a_tuned_model_is_a_new_folder(small_model: Path, small_corpus: Path, tmp_path: Path) -> None:
    tuned = tune(small_model, [small_corpus], labels=[Label.PROMOTIONAL], recall=0.95)
    save_tuned(small_model, tuned, tmp_path / "tuned")
    old, new = load_tagger(small_model)[0].thresholds_, load_tagger(tmp_path / "tuned")[0].thresholds_
    assert new[-1] == tuned.choices[Label.PROMOTIONAL].threshold
    assert np.array_equal(old[:-1], new[:-1])
    card = (tmp_path / "tuned" / "README.md").read_text()
    assert f"The model {load_tagger(small_model)[1]}, with thresholds" in card
    assert "macro-F1" not in card
    assert list(json.loads((tmp_path / "tuned" / "metrics.json").read_text())) == ["note"]
    with pytest.raises(ModelError, match="exists already"):
        save_tuned(small_model, tuned, tmp_path / "tuned")


def test_tune_prints_options_that_score_takes(call: Run, small_model: Path, small_corpus: Path, tmp_path: Path) -> None:
    done = call("tune", str(small_model), str(small_corpus), "--label", "efficacy_claim", "--recall", "0.9")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("--threshold efficacy_claim=0.")
    (tmp_path / "page.txt").write_text("Relieves arthritis pain.")
    scored = call("score", "page.txt", "--model", str(small_model), *done.stdout.split())
    assert scored.returncode == 0, scored.stderr
    assert "+efficacy_claim=0." in json.loads(scored.stdout)["versions"]["model"]
    assert call("score", "page.txt", "--model", str(small_model), "--prefer", "recall").returncode == 0
    assert call("tune", str(small_model), str(small_corpus)).returncode == 2


def test_what_the_base_has_learnt_from_is_learnt_from_and_not_judged(
    small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = read_labelled([small_corpus])
    shipped, _ = load_tagger("accurate")
    assert isinstance(shipped, EncoderTagger)
    known, validation = text.part("test")[0], text.part("validation")[0]
    numbers = np.array(sorted([fingerprint(known.text), fingerprint(validation.text), 7]), dtype=np.uint64)
    arrays: dict[str, Any] = {"learnt_from": numbers, "held_out_units": np.zeros(3, dtype=np.int32)}
    save_tagger(shipped, tmp_path / "base", about={}, texts={}, arrays=arrays)
    monkeypatch.setattr(recipe, "fit_accurate", lambda *_, **__: shipped)
    remarks: list[str] = []
    base = str(tmp_path / "base")
    trained = train_model([small_corpus], tmp_path / "model", model="accurate", base=base, say=remarks.append)
    assert any(f"{base} has learnt from 1 of" in remark for remark in remarks)
    assert trained.evaluation is not None
    assert known.doc_id not in trained.evaluation.judged.documents
    stored = load_model(tmp_path / "model")
    learnt_from = stored.arrays["learnt_from"].tolist()
    assert set(numbers.tolist()) <= set(learnt_from)
    units = dict(zip(learnt_from, stored.arrays["held_out_units"].tolist(), strict=True))
    assert [units[number] for number in numbers.tolist()] == [0, 0, 0]
    assert sum(units.values()) == len(stored.arrays["held_out"])
    card = (tmp_path / "model" / "README.md").read_text()
    assert stored.config["base"] == load_tagger(base)[1]
    assert f"(that of the model {stored.config['base']}, as it was)" in card
    assert f"Trained on {len(text.part('train'))} passages" in card


def test_an_accurate_model_wants_every_label_in_every_part(small_corpus: Path) -> None:
    text = read_labelled([small_corpus])
    train, validation = text.part("train"), text.part("validation")
    none = Labelling((), None, None, None)

    def bare(passages: Sequence[Passage]) -> list[Passage]:
        return [replace(p, units=tuple(replace(u, labelling=none) for u in p.units)) for p in passages]

    with pytest.raises(ConfigurationError, match="on no unit of the validation part"):
        fit_accurate(train, bare(validation))
    with pytest.raises(ConfigurationError, match="on no unit of the train part"):
        fit_accurate(bare(train), validation)
    with pytest.raises(ConfigurationError, match="on no unit of a part of the train part"):
        fit_accurate([train[0], *bare(train[1:])], validation)
    with pytest.raises(ConfigurationError, match="4 documents in the train part, of at least 5"):
        fit_accurate([replace(p, group=str(i % 4)) for i, p in enumerate(train)], validation)


def test_a_model_that_cannot_be_compared_is_refused_before_anything_is_fitted(
    small_model: Path, small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = np.array(sorted(fingerprint(p.text) for p in read_labelled([small_corpus]).passages), dtype=np.uint64)
    save_changed(small_model, tmp_path / "model", {"learnt_from": every}, {})
    monkeypatch.setattr(recipe, "_fit_fast", lambda *_: pytest.fail("something was fitted"))
    with pytest.raises(ConfigurationError, match="has learnt from the whole test part"):
        quick([small_corpus], tmp_path / "model")


def test_a_checkpoint_stays_until_the_model_is_in_its_place(
    small_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = tmp_path / "model.training"
    second, other = tmp_path / "model.training-1", tmp_path / "model.training-notes"
    for path in (checkpoint, second, other):
        path.write_text("days of work")
    shipped, _ = load_tagger("accurate")
    monkeypatch.setattr(recipe, "fit_accurate", lambda *_, **__: shipped)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(recipe, "_put_in_place", interrupt)
        train_model([small_corpus], tmp_path / "model", model="accurate", fine_tune=True)
    assert checkpoint.exists()
    assert second.exists()
    train_model([small_corpus], tmp_path / "model", model="accurate", fine_tune=True)
    assert not checkpoint.exists()
    assert not second.exists()
    assert other.exists()  # no file of ours
    assert "(all-MiniLM-L6-v2, Apache-2.0, fine-tuned)" in (tmp_path / "model" / "README.md").read_text()


@pytest.mark.parametrize("has_evidence", [True, False])
def test_an_encoder_keeps_its_head_for_evidence_only_if_somebody_labelled_evidence(
    monkeypatch: pytest.MonkeyPatch, small_corpus: Path, has_evidence: bool
) -> None:
    from classifier import fine_tuning

    shipped, _ = load_tagger("accurate")
    assert isinstance(shipped, EncoderTagger)
    tuned = fine_tuning.FineTuned(shipped.encoder.graph, shipped.encoder.definition, shipped.heads)
    monkeypatch.setattr(fine_tuning, "fine_tune", lambda *_, **__: tuned)
    passages = read_corpus([small_corpus])
    if not has_evidence:
        without = [replace(p, units=tuple(replace(u, labelling=implied(u.labels)) for u in p.units)) for p in passages]
        passages = tuple(without)
    train = [passage for passage in passages if passage.split == "train"]
    tagger = fit_accurate(train, train, is_fine_tuned=True)
    assert tagger.heads.judges_evidence is has_evidence
