"""Taggers as model folders: arrays, JSON and, for an encoder, an ONNX graph."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.encoder import Encoder
from classifier.errors import ModelError
from classifier.features import BUCKETS, CHANNELS
from classifier.model_store import StoredModel, find_model, load_model, save_model
from classifier.records import Evidence, Label
from classifier.tagger.encoded import EncoderTagger, Heads
from classifier.tagger.linear import Tagger

__all__ = ["load_tagger", "save_tagger"]

LINEAR, ENCODER = "hashed-linear/3", "encoder-linear/2"
_FAST = "fast_"  # opens the names of the arrays of the fast model inside an accurate one

Arrays = Mapping[str, npt.NDArray[Any]]
Shapes = Mapping[str, tuple[tuple[int, ...], str]]


def save_tagger(
    tagger: Tagger | EncoderTagger,
    folder: Path,
    *,
    about: Mapping[str, Any],
    texts: Mapping[str, str],
    arrays: Arrays | None = None,
) -> None:
    """Save a fitted tagger as a model folder.

    `about` goes into its configuration, `texts` and `arrays`, of which the tagger needs none, become files beside it.
    """
    config = {**about, "labels": [label.value for label in Label], "channels": dict(CHANNELS), "buckets": BUCKETS}
    blobs: dict[str, bytes] = {}
    if isinstance(tagger, EncoderTagger):
        config["kind"] = ENCODER
        stored = {f"{_FAST}{name}": array for name, array in _linear_arrays(tagger.fast).items()}
        stored |= {
            **_heads_arrays(tagger.heads),
            "blend": tagger.blend_,
            "thresholds": tagger.thresholds_,
            "thresholds_recall": tagger.thresholds_recall_,
            "review_below": np.array([tagger.review_below_]),
            "sure_below": np.array([tagger.sure_below_]),
        }
        blobs = {"encoder.onnx": tagger.encoder.graph, "tokenizer.json": tagger.encoder.definition.encode("utf-8")}
    else:
        config["kind"] = LINEAR
        stored = _linear_arrays(tagger)
    save_model(folder, config, {**stored, **(arrays or {})}, texts, blobs)


def load_tagger(name_or_path: str | PathLike[str]) -> tuple[Tagger | EncoderTagger, str]:
    """Load a model folder, or a shipped model by name; return the tagger and the model's name with its digest."""
    folder = find_model(name_or_path)
    stored = load_model(folder)
    kind = stored.config.get("kind")
    expected = {
        "kind": kind if kind in (LINEAR, ENCODER) else f"{LINEAR} or {ENCODER}",
        "labels": [label.value for label in Label],
        "channels": dict(CHANNELS),
        "buckets": BUCKETS,
    }
    for key, value in expected.items():
        if stored.config.get(key) != value:
            raise ModelError(
                f"{folder / 'config.json'}: {key} is {stored.config.get(key)!r}, but this version wants {value!r}; "
                "use the version of healthclaims that the model was made with, or retrain"
            )
    tagger = _load_linear(folder, stored, "") if kind == LINEAR else _load_encoder(folder, stored)
    return tagger, f"{folder.name}@{stored.digest[:12]}"


def _linear_arrays(tagger: Tagger) -> dict[str, npt.NDArray[Any]]:
    """Return what a linear tagger has learnt; of the coefficients only the columns that training has seen."""
    columns = np.flatnonzero(np.any(tagger.coef_ != 0, axis=0))
    return {
        "idf": tagger.idf_,
        "columns": columns.astype(np.int32),
        "coefficients": tagger.coef_[:, columns],
        "intercepts": tagger.intercept_,
        "calibration": tagger.calibration_,
        "thresholds": tagger.thresholds_,
        "thresholds_recall": tagger.thresholds_recall_,
        "review_below": np.array([tagger.review_below_]),
    }


def _load_linear(folder: Path, stored: StoredModel, opening: str) -> Tagger:
    labels = len(Label)
    count = stored.arrays[f"{opening}columns"].size if f"{opening}columns" in stored.arrays else 0
    arrays = _checked(
        folder,
        stored,
        {
            "idf": ((BUCKETS,), "f"),
            "columns": ((count,), "i"),
            "coefficients": ((labels, count), "f"),
            "intercepts": ((labels,), "f"),
            "calibration": ((labels, 2), "f"),
            "thresholds": ((labels,), "f"),
            "thresholds_recall": ((labels,), "f"),
            "review_below": ((1,), "f"),
        },
        opening,
    )
    columns = arrays["columns"]
    if len(columns) and not 0 <= columns.min() <= columns.max() < BUCKETS:
        raise ModelError(f"{folder / opening}columns.npy: columns outside the features; train the model anew")
    tagger = Tagger()
    tagger.idf_ = arrays["idf"]
    tagger.coef_ = np.zeros((labels, BUCKETS), dtype=np.float32, order="F")
    tagger.coef_[:, columns] = arrays["coefficients"]
    tagger.intercept_ = arrays["intercepts"]
    tagger.calibration_ = arrays["calibration"]
    tagger.thresholds_ = arrays["thresholds"]
    tagger.thresholds_recall_ = arrays["thresholds_recall"]
    tagger.review_below_ = float(arrays["review_below"][0])
    return tagger


def _load_encoder(folder: Path, stored: StoredModel) -> EncoderTagger:
    for name in ("encoder.onnx", "tokenizer.json"):
        if name not in stored.blobs:
            raise ModelError(f"{folder / name}: missing; take the model from its source again")
    try:
        encoder = Encoder(stored.blobs["encoder.onnx"], stored.blobs["tokenizer.json"].decode("utf-8"))
    except (ModelError, UnicodeDecodeError) as error:
        raise ModelError(f"{folder}: {error}") from None
    labels = len(Label)
    arrays = _checked(
        folder,
        stored,
        {
            "coefficients": ((labels, encoder.width), "f"),
            "intercepts": ((labels,), "f"),
            "blend": ((labels, 3), "f"),
            "thresholds": ((labels,), "f"),
            "thresholds_recall": ((labels,), "f"),
            "review_below": ((1,), "f"),
            "sure_below": ((1,), "f"),
        },
        "",
    )
    evidence: Arrays = {}
    if any(f"evidence_{name}" in stored.arrays for name in ("coefficients", "intercepts")):
        levels = len(Evidence)
        shapes = {"evidence_coefficients": ((levels, encoder.width), "f"), "evidence_intercepts": ((levels,), "f")}
        evidence = _shaped(folder, stored, shapes, "")
    fast = _load_linear(folder, stored, _FAST)
    tagger = EncoderTagger(encoder, fast, Heads(arrays["coefficients"], arrays["intercepts"], **evidence))
    tagger.sure_below_ = float(arrays["sure_below"][0])
    if not 0 <= tagger.sure_below_ < 0.5:
        raise ModelError(f"{folder / 'sure_below'}.npy: not between 0 and 0.5; train the model anew")
    tagger.blend_ = arrays["blend"]
    tagger.thresholds_ = arrays["thresholds"]
    tagger.thresholds_recall_ = arrays["thresholds_recall"]
    tagger.review_below_ = float(arrays["review_below"][0])
    return tagger


def _heads_arrays(heads: Heads) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the heads that there are."""
    found = {
        "coefficients": heads.coefficients,
        "intercepts": heads.intercepts,
        "evidence_coefficients": heads.evidence_coefficients,
        "evidence_intercepts": heads.evidence_intercepts,
    }
    return {name: array.astype(np.float32) for name, array in found.items() if array is not None}


def _checked(folder: Path, stored: StoredModel, shapes: Shapes, opening: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the names in `shapes`, thresholds among them; refuse what is missing or cannot be."""
    found = _shaped(folder, stored, shapes, opening)
    for name in ("thresholds", "thresholds_recall"):
        if not np.all((found[name] > 0) & (found[name] < 1)):
            raise ModelError(f"{folder / opening}{name}.npy: not between 0 and 1; train the model anew")
    return found


def _shaped(folder: Path, stored: StoredModel, shapes: Shapes, opening: str) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the names in `shapes`; refuse what is missing or of another shape or kind."""
    found = {}
    for name, (shape, kind) in shapes.items():
        array = stored.arrays.get(f"{opening}{name}")
        if array is None or array.shape != shape or array.dtype.kind != kind:
            raise ModelError(
                f"{folder / opening}{name}.npy: missing, or not {kind} of shape {shape}; train the model anew"
            )
        found[name] = array
    return found
