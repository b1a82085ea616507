"""Choose thresholds for a wanted precision or recall on passages that the model's probabilities were not fitted to."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from classifier.corpora import Passage
from classifier.corpora.reading import fingerprint, read_labelled
from classifier.errors import ConfigurationError
from classifier.evaluation import label_matrix
from classifier.evaluation.judged import Floats
from classifier.model_store import find_model, load_model, save_changed
from classifier.records import Label
from classifier.tagger import SentenceModel, load_tagger
from classifier.thresholds import ThresholdChoice, threshold_for

__all__ = ["Tuned", "save_tuned", "tune"]


@dataclass(frozen=True, slots=True)
class Tuned:
    """Thresholds chosen for a model, on how many units of how many documents."""

    choices: dict[Label, ThresholdChoice]
    documents: int
    units: int


def tune(
    model: str | PathLike[str],
    paths: Sequence[Path],
    *,
    labels: Sequence[Label] = tuple(Label),
    precision: float | None = None,
    recall: float | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Tuned:
    """Return the thresholds that reach a precision or a recall on the validation part of a corpus.

    A passage that the model has learnt from counts with the probabilities that models had given it which had not seen
    it; a model that kept none is asked as it is, and `say` takes a line that the figures are then too good.
    """
    tagger, name = load_tagger(model)
    text = read_labelled(paths, lenient=True)
    passages = text.part("validation")
    if not passages:
        raise ConfigurationError(
            f"{paths[0]}: no passage falls into the validation part; give a larger corpus, on which to choose"
        )
    probabilities, too_good = _probabilities(tagger, model, passages)
    if too_good:
        say(f"{name} has learnt from {too_good} of {len(passages)} passages; these figures are too good")
    truth = label_matrix(passages)
    choices = {}
    for label in labels:
        column = list(Label).index(label)
        try:
            choices[label] = threshold_for(
                probabilities[:, column], truth[:, column], precision=precision, recall=recall
            )
        except ConfigurationError as error:
            raise ConfigurationError(f"{label.value}: {error}") from None
    return Tuned(choices, len(passages), len(truth))


def save_tuned(model: str | PathLike[str], tuned: Tuned, output: Path) -> None:
    """Write the model with the chosen thresholds to a new folder."""
    folder = find_model(model)
    thresholds = np.array(load_model(folder).arrays["thresholds"], dtype=float)
    for label, choice in tuned.choices.items():
        thresholds[list(Label).index(label)] = choice.threshold
    source = f"{folder.name}@{load_model(folder).digest[:12]}"
    save_changed(folder, output, {"thresholds": thresholds}, _texts(source, output.name, tuned))


def _texts(source: str, name: str, tuned: Tuned) -> dict[str, str]:
    """Return card and metrics anew: those of the source hold figures at other thresholds."""
    rows = "\n".join(
        f"| {label.value} | {one.threshold} | {one.precision:.3f} | {one.recall:.3f} |"
        for label, one in tuned.choices.items()
    )
    note = (
        f"The model {source}, with thresholds chosen on {tuned.units} units of {tuned.documents} documents of a "
        "validation part. Its card and metrics told of other thresholds; nothing was measured on a test part at these."
    )
    card = f"""# healthclaims {name}

{note} `healthclaims evaluate` measures.

| label | threshold | precision | recall |
|---|---|---|---|
{rows}
"""
    return {"README.md": card, "metrics.json": json.dumps({"note": note}, indent=1) + "\n"}


def _probabilities(
    tagger: SentenceModel, model: str | PathLike[str], passages: Sequence[Passage]
) -> tuple[Floats, int]:
    """Return probabilities of shape (units, labels), and how many passages the model had learnt from all the same."""
    arrays = load_model(find_model(model)).arrays
    known = [int(number) for number in arrays.get("learnt_from", ())]
    held_out: dict[int, Floats] = {}
    if "held_out" in arrays and "held_out_units" in arrays:
        parts = np.split(arrays["held_out"], np.cumsum(arrays["held_out_units"])[:-1])
        held_out = dict(zip(known, parts, strict=True))
    rows, too_good = [], 0
    for passage in passages:
        number = fingerprint(passage.text)
        kept = held_out.get(number)
        if kept is not None and kept.shape == (len(passage.units), len(Label)):
            rows.append(kept)
        else:
            too_good += number in known
            (prediction,) = tagger.predictions([(passage.document, passage.sentences)])
            rows.append(prediction.probabilities)
    return np.concatenate(rows), too_good
