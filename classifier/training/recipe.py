"""From corpus files to a model folder: check, split, fit, measure, and put it in place of a worse one."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier import __version__
from classifier.corpora import Passage
from classifier.corpora.reading import LabelledText, fingerprint, read_labelled, refuse_leaks
from classifier.errors import ConfigurationError, ModelError
from classifier.evaluation import Evaluation, evaluate, figures_of, unseen
from classifier.fine_tuning import BASE, checkpoints
from classifier.model_store import find_model, load_model
from classifier.records import Label
from classifier.tagger import EncoderTagger, SentenceModel, Tagger, load_tagger, save_tagger
from classifier.training.accurate import encoder_tagger, fit_accurate
from classifier.training.card import model_card
from classifier.training.fitting import excerpts_of, said_by, train

__all__ = ["GUIDELINES", "MODELS", "Trained", "train_model"]

GUIDELINES = 2
"""The version of the labelling guidelines that the corpus follows."""

MODELS = ("fast", "accurate")
"""The kinds of model that can be trained."""

_FEWEST_GROUPS = 10  # documents; fewer teach nothing that could be measured
_LIBRARIES = ("numpy", "scikit-learn", "scipy")

Step = Callable[[str], None]
Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained: its folder, and how it does on the test part, if there is one.

    `kept` is the macro-F1 there of a better model that stood in the folder asked for; then `folder` is another.
    """

    folder: Path
    evaluation: Evaluation | None
    kept: float | None = None


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A fitted model, the passages it was trained on, what its configuration should say, and arrays beside it."""

    model: Tagger | EncoderTagger
    learnt: Sequence[Passage]
    about: Mapping[str, Any]
    arrays: Arrays


def train_model(
    paths: Sequence[Path],
    output: Path,
    *,
    model: str = "fast",
    base: str | None = None,
    fine_tune: bool = False,
    teacher: str | None = None,
    narrowing: int = 0,
    force: bool = False,
    tagger: Tagger | None = None,
    license: str | None = None,
    step: Step = lambda _: None,
    say: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Train a model on the train and validation parts of corpus files and save it as a model folder.

    The folder appears whole or not at all. A model in `output` that scores better on the test part stays there, unless
    `force`: the new one then stands beside it. `teacher` is, for the accurate model, a folder with the weights of a
    larger encoder to be trained first, for the fast one an accurate model of which what the encoder says is learnt too.
    With `narrowing` an encoder that is fine-tuned learns in so many further epochs to do with fewer states.
    `tagger` is an unfitted fast model with settings of its own, `license` goes into the card; `step` is told what is
    done next, `say` takes a line on what had to be assumed.

    Raises `ConfigurationError` before anything is fitted, with file, line and remedy, for data that is broken or leaks
    from one part into another.
    """
    _check_options(model, base, fine_tune=fine_tune, teacher=teacher, narrowing=narrowing)
    _check_output(output)
    step("reading and checking")
    text = read_labelled(paths)
    for remark in text.remarks:
        say(remark)
    refuse_leaks(text)
    seen = tuple(passage for passage in text.passages if passage.split != "test")
    _check_size(seen)
    test: Sequence[Passage] = text.part("test")
    if model == "accurate" and not fine_tune:
        test = _not_of(base or "accurate", test, say)
    elif model == "fast" and teacher is not None:
        test = _not_of(teacher, test, say)
    old = None if force else _old_model(output, test)
    checkpoint = output.with_name(f"{output.name}.training") if fine_tune else None
    fitted = (
        _fit_fast(seen, tagger, teacher, step)
        if model == "fast"
        else _fit_accurate(
            text, base, step, fine_tune=fine_tune, teacher=teacher, narrowing=narrowing, checkpoint=checkpoint
        )
    )
    step("measuring")
    evaluation = evaluate(fitted.model, test, name=output.name, sources=text.sources) if test else None
    if evaluation is None:
        say("there is no test part that the model had not seen, so nothing was measured; give more passages")
    candidate = Path(tempfile.mkdtemp(prefix=f"{output.name}.", suffix=".new", dir=output.parent))
    try:
        card = partial(model_card, output.name, kind=model, license=license)
        _save(fitted, candidate, text, card, evaluation)
        kept = _better(old, evaluation) if old and evaluation else None
        if kept is not None:
            return Trained(candidate, evaluation, kept)
        _put_in_place(candidate, output)
        if checkpoint is not None:
            for done in checkpoints(checkpoint):
                done.unlink(missing_ok=True)
    except BaseException:
        shutil.rmtree(candidate, ignore_errors=True)
        raise
    return Trained(output, evaluation)


def _check_options(model: str, base: str | None, *, fine_tune: bool, teacher: str | None, narrowing: int) -> None:
    if model not in MODELS:
        raise ConfigurationError(f"--model {model}: no such kind of model; use one of {', '.join(MODELS)}")
    for option, is_given in (("--base", base is not None), ("--fine-tune", fine_tune)):
        if is_given and model == "fast":
            raise ConfigurationError(
                f"{option}: the fast model starts from nothing; to add your labels to ours, name both corpora, "
                "or use --model accurate"
            )
    if teacher is not None and model == "accurate" and not fine_tune:
        raise ConfigurationError("--teacher: only an encoder that is trained can learn from another; add --fine-tune")
    if narrowing < 0:
        raise ConfigurationError(f"--narrowing {narrowing}: is a number of epochs; give 0 or more")
    if narrowing and not fine_tune:
        raise ConfigurationError("--narrowing: only an encoder that is trained can be narrowed; add --fine-tune")


def _check_output(output: Path) -> None:
    if not output.parent.is_dir():
        raise ConfigurationError(f"--output {output}: the folder {output.parent} does not exist; make it first")
    if not output.name:
        raise ConfigurationError(f"--output {output}: names no folder of its own; name one for the model")
    if output.exists() and not output.is_dir():
        raise ConfigurationError(f"--output {output}: is a file; name a folder")
    if output.exists() and any(output.iterdir()) and not (output / "manifest.json").is_file():
        raise ConfigurationError(f"--output {output}: holds files and no model; name an empty folder")


def _check_size(seen: Sequence[Passage]) -> None:
    groups = {passage.group for passage in seen}
    if len(groups) < _FEWEST_GROUPS:
        raise ConfigurationError(
            f"{len(groups)} documents to learn from, of at least {_FEWEST_GROUPS}; add more, or name our corpus too"
        )
    for label in Label:
        holders = {passage.group for passage in seen if any(label in unit.labels for unit in passage.units)}
        if len(holders) < _FEWEST_GROUPS // 2:
            raise ConfigurationError(
                f"{label.value} stands in {len(holders)} documents to learn from, of at least {_FEWEST_GROUPS // 2}; "
                "label more, or name our corpus too"
            )


def _fit_fast(seen: Sequence[Passage], tagger: Tagger | None, teacher: str | None, step: Step) -> _Fitted:
    """Fit the fast model, on excerpts too; what its teacher has learnt from counts as learnt from."""
    unfitted = tagger or Tagger()
    about: dict[str, Any] = {"C": unfitted.C, "folds": unfitted.folds}
    learnt = [*seen, *excerpts_of(seen)]
    said, of_teacher = None, set[int]()
    if teacher is not None:
        step("asking the teacher")
        said = said_by(encoder_tagger(teacher, option="--teacher"), learnt)
        about["teacher"], of_teacher, _ = _of_model(teacher)
    steps = iter([*(f"fitting, part {part} of {unfitted.folds + 1}" for part in range(2, unfitted.folds + 2)), ""])
    step(f"fitting, part 1 of {unfitted.folds + 1}")
    try:
        fitted = train(learnt, unfitted, said=said, advance=lambda: step(next(steps)))
    except ValueError as error:  # scikit-learn, where a part has no unit with a label, or none without
        raise ConfigurationError(f"too little to learn from: {error}; label more, or name our corpus too") from None
    rows = iter(fitted.held_out_)  # those of the excerpts are the last
    held_out = {fingerprint(passage.text): [next(rows) for _ in passage.units] for passage in seen}
    numbers = sorted(held_out.keys() | of_teacher)
    arrays: Arrays = {
        "learnt_from": np.array(numbers, dtype=np.uint64),
        "held_out": np.array([row for number in numbers for row in held_out.get(number, ())], dtype=np.float32),
        "held_out_units": np.array([len(held_out.get(number, ())) for number in numbers], dtype=np.int32),
    }
    return _Fitted(fitted, seen, about, arrays)


def _not_of(model: str, test: Sequence[Passage], say: Callable[[str], None]) -> Sequence[Passage]:
    """Return the test passages that a model has not learnt from: what its encoder has seen tests nothing made of it."""
    fresh = unseen(model, test)
    if len(fresh) < len(test):
        say(f"{model} has learnt from {len(test) - len(fresh)} of {len(test)} test passages; they are left out")
    return fresh


def _of_model(model: str) -> tuple[str, set[int], set[int]]:
    """Return a model's name with its digest, what it has learnt from, and of that what its encoder was trained on."""
    folder = find_model(model)
    stored = load_model(folder)
    known = [int(number) for number in stored.arrays.get("learnt_from", ())]
    units = stored.arrays.get("held_out_units", np.zeros(len(known), dtype=np.int32)).tolist()
    trained = {number for number, count in zip(known, units, strict=True) if not count}
    return f"{folder.name}@{stored.digest[:12]}", set(known), trained


def _fit_accurate(
    text: LabelledText,
    base: str | None,
    step: Step,
    *,
    fine_tune: bool,
    teacher: str | None,
    narrowing: int,
    checkpoint: Path | None,
) -> _Fitted:
    """Fit the head of the accurate model on an encoder, or the encoder too.

    What an encoder that stays as it is was trained on counts as learnt from.
    """
    name, of_base, trained = (Path(base or BASE).name, set(), set()) if fine_tune else _of_model(base or "accurate")
    learnt, validation = text.part("train"), text.part("validation")
    step("fitting")
    fitted = fit_accurate(
        learnt,
        validation,
        base=base,
        is_fine_tuned=fine_tune,
        teacher=teacher,
        narrowing=narrowing,
        checkpoint=checkpoint,
        step=step,
    )
    probabilities = {
        fingerprint(passage.text): fitted.predict_document(passage.document, passage.sentences)
        for passage in validation
        if fingerprint(passage.text) not in trained
    }
    seen = {fingerprint(passage.text) for passage in (*learnt, *validation)}
    numbers = sorted(seen | of_base)
    nothing = np.empty((0, len(Label)))
    arrays: Arrays = {
        "learnt_from": np.array(numbers, dtype=np.uint64),
        "held_out": np.concatenate([nothing, *(probabilities.get(number, nothing) for number in numbers)]).astype(
            np.float32
        ),
        "held_out_units": np.array([len(probabilities.get(number, nothing)) for number in numbers], dtype=np.int32),
    }
    about = {"base": name, "fine_tuned": fine_tune} | ({"teacher": Path(teacher).name} if teacher else {})
    about |= {"narrowing": narrowing} if narrowing else {}
    return _Fitted(fitted, learnt, about, arrays)


def _save(
    fitted: _Fitted,
    folder: Path,
    text: LabelledText,
    card: Callable[[Mapping[str, Any], Evaluation | None], str],
    evaluation: Evaluation | None,
) -> None:
    corpus = {
        "sha256": text.sha256,
        "passages": len(fitted.learnt),
        "units": sum(len(passage.units) for passage in fitted.learnt),
    }
    about = {
        **fitted.about,
        "healthclaims": __version__,
        "guidelines": GUIDELINES,
        "corpus": corpus,
        "libraries": {library: version(library) for library in _LIBRARIES},
    }
    metrics = evaluation.as_record() if evaluation else {}
    for long in ("mistakes", "groups"):
        metrics.pop(long, None)
    texts = {
        "metrics.json": json.dumps(metrics, indent=1) + "\n",
        "README.md": card(about, evaluation),
    }
    save_tagger(fitted.model, folder, about=about, texts=texts, arrays=fitted.arrays)


def _old_model(output: Path, test: Sequence[Passage]) -> tuple[SentenceModel, Sequence[Passage]] | None:
    """Return the model that stands in the folder and the test passages that it has not learnt from.

    Raises `ConfigurationError`, before anything is fitted, for one that cannot be compared.
    """
    if not output.exists() or not any(output.iterdir()):
        return None
    remedy = "use --force, or another folder"
    if not test:
        raise ConfigurationError(f"{output}: holds a model that cannot be compared without a test part; {remedy}")
    try:
        old, _ = load_tagger(output)
        fresh = unseen(output, test)
    except ModelError as error:
        raise ConfigurationError(f"{error}; it cannot be compared: {remedy}") from None
    if not fresh:
        raise ConfigurationError(f"{output}: holds a model that has learnt from the whole test part; {remedy}")
    return old, fresh


def _better(old: tuple[SentenceModel, Sequence[Passage]], evaluation: Evaluation) -> float | None:
    """Return the macro-F1 of the old model if it scores better on the test passages that neither has learnt from."""
    model, fresh = old
    names = {passage.doc_id for passage in fresh}
    there = evaluate(model, fresh).figures.macro_f1
    mask = np.array([name in names for name in evaluation.judged.documents])
    here = figures_of(evaluation.judged.where(mask)).macro_f1
    return there if there > here else None


def _put_in_place(candidate: Path, output: Path) -> None:
    """Rename the new folder to `output`; what stands there goes only when the new one is there."""
    candidate.chmod(0o755)
    if not output.exists():
        candidate.rename(output)
        return
    old = Path(tempfile.mkdtemp(prefix=f"{output.name}.", suffix=".old", dir=output.parent))
    output.rename(old / output.name)
    candidate.rename(output)
    shutil.rmtree(old)
