"""Model folders: arrays and JSON, never code. A folder is checked as a whole before anything in it is used.

A folder holds `manifest.json` (schema, size and SHA-256 of every other file, and a digest of itself), `config.json`,
one `<name>.npy` an array, and `README.md`, the model card. Any changed, missing or additional file is refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.errors import ModelError

__all__ = ["SHIPPED", "StoredModel", "find_model", "load_model", "save_model"]

SCHEMA = "healthclaims.model/1"
SHIPPED = {"accurate": "baseline", "fast": "baseline"}
"""The names of shipped models and their folders. One model answers to both until there are two."""

_MANIFEST = "manifest.json"
_LARGEST_FILE = 512 * 1024 * 1024  # bytes
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}\.(?:npy|json|md)|README\.md")
_KINDS = frozenset("fiub")  # numbers and booleans: no objects, no structures


@dataclass(frozen=True, slots=True)
class StoredModel:
    """What a model folder holds, checked. `digest` names these very bytes."""

    config: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]
    digest: str


def find_model(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the folder of a shipped model ("accurate", "fast") or of a path."""
    name = os.fspath(name_or_path)
    if name in SHIPPED:
        package = Path(__file__).parent
        installed = package / "_models"
        return (installed if installed.is_dir() else package.parent / "models") / SHIPPED[name]
    folder = Path(name)
    if not name or not os.path.isdir(name):  # noqa: PTH112  # unlike pathlib, it takes any name
        raise ModelError(f"{name}: no such model folder; give one, or a shipped model: {', '.join(sorted(SHIPPED))}")
    return folder


def save_model(
    folder: Path, config: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], texts: Mapping[str, str]
) -> None:
    """Write a model folder. The same input gives the same bytes."""
    contents = {"config.json": _json(config), **{name: text.encode("utf-8") for name, text in texts.items()}}
    for name, array in arrays.items():
        stream = io.BytesIO()
        np.lib.format.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
        contents[f"{name}.npy"] = stream.getvalue()
    for name in contents:
        if not _NAME.fullmatch(name) or name == _MANIFEST:
            raise ModelError(f"{folder}: {name!r} is no name for a file of a model")
    _clear(folder)
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    manifest = {
        "schema": SCHEMA,
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(contents.items())
        },
    }
    (folder / _MANIFEST).write_bytes(_json({**manifest, "digest": _digest(manifest)}))


def load_model(folder: Path) -> StoredModel:
    """Check a model folder and load it.

    Raises `ModelError` with the file and a remedy where anything is missing, added, changed, too large or not a plain
    array.
    """
    try:
        return _load(folder)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be read: {(error.strerror or str(error)).lower()}") from None


def _load(folder: Path) -> StoredModel:
    manifest = _read_manifest(folder)
    listed: Mapping[str, Mapping[str, Any]] = manifest["files"]
    found = {path.name for path in folder.iterdir()}
    for name in sorted(found - listed.keys() - {_MANIFEST}):
        raise ModelError(f"{folder / name}: not part of this model; remove it, or take the model from its source again")
    contents = {name: _read_checked(folder / name, entry) for name, entry in sorted(listed.items())}
    try:
        config = json.loads(contents["config.json"])
        if not isinstance(config, dict):
            raise TypeError
    except (KeyError, RecursionError, TypeError, ValueError):
        raise ModelError(f"{folder / 'config.json'}: missing or not valid JSON; {_REMEDY}") from None
    arrays = {
        name.removesuffix(".npy"): _parse_array(folder / name, data)
        for name, data in contents.items()
        if name.endswith(".npy")
    }
    return StoredModel(config, arrays, manifest["digest"])


_REMEDY = "take the model from its source again, or train it anew"


def _clear(folder: Path) -> None:
    """Make the folder, or take out the model that it holds; refuse one that holds anything else."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {path.name for path in folder.iterdir()}
    if not found:
        return
    try:
        listed = set(_read_manifest(folder)["files"])
    except ModelError:
        raise ModelError(f"{folder}: holds files and no model; name an empty folder") from None
    strangers = sorted(found - listed - {_MANIFEST})
    if strangers:
        raise ModelError(f"{folder}: holds {strangers[0]!r}, which is no part of a model; name an empty folder")
    for name in found:
        (folder / name).unlink()


def _read_manifest(folder: Path) -> Mapping[str, Any]:
    path = folder / _MANIFEST
    if not path.is_file():
        raise ModelError(f"{path}: missing, so {folder} is no model; {_REMEDY}")
    data = path.read_bytes()[: 1024 * 1024]
    try:
        manifest = json.loads(data)
        digest = manifest.pop("digest")
        schema = manifest["schema"]
        whole = (
            set(manifest) == {"schema", "files"}
            and all(
                _NAME.fullmatch(name) and set(entry) == {"bytes", "sha256"} for name, entry in manifest["files"].items()
            )
            and _digest(manifest) == digest
            and _json({**manifest, "digest": digest}) == data
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ModelError(f"{path}: not a manifest; {_REMEDY}") from None
    if schema != SCHEMA:
        raise ModelError(
            f"{path}: schema {schema!r}, but this version reads {SCHEMA!r}; update healthclaims or retrain"
        )
    if not whole:
        raise ModelError(f"{path}: changed since it was written; {_REMEDY}")
    return {**manifest, "digest": digest}


def _read_checked(path: Path, entry: Mapping[str, Any]) -> bytes:
    if path.is_symlink() or not path.is_file():
        raise ModelError(f"{path}: missing; {_REMEDY}")
    size = path.stat().st_size
    if size != entry["bytes"] or size > _LARGEST_FILE:
        raise ModelError(f"{path}: {size:,} bytes where {entry['bytes']:,} were written; {_REMEDY}")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise ModelError(f"{path}: changed since it was written; {_REMEDY}")
    return data


def _parse_array(path: Path, data: bytes) -> npt.NDArray[Any]:
    """Parse a file of `numpy.save`: the header first, so that it can claim no more than the file holds."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[
            version
        ]
        shape, is_fortran, dtype = read_header(stream)
        if dtype.kind not in _KINDS or math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
            raise ValueError(f"{dtype} of shape {shape}")
        array = np.frombuffer(data, dtype, offset=stream.tell()).reshape(shape, order="F" if is_fortran else "C")
    except (KeyError, MemoryError, OverflowError, SyntaxError, TypeError, ValueError, tokenize.TokenError) as error:
        raise ModelError(f"{path}: not a plain array ({error}); {_REMEDY}") from None
    if not np.all(np.isfinite(array)):
        raise ModelError(f"{path}: not an array of finite numbers; {_REMEDY}")
    return array.copy()


def _json(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def _digest(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(_json(manifest)).hexdigest()
