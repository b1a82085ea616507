"""Model folders: arrays and JSON, never code. A folder is checked as a whole before anything in it is used.

A folder holds `manifest.json` (schema, size and SHA-256 of every other file, and a digest of itself), `config.json`,
one `<name>.npy` an array, `README.md`, the model card, and for an encoder its ONNX graph and its tokenizer. Any
changed, missing or additional file is refused.
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

__all__ = ["SHIPPED", "StoredModel", "find_model", "find_shipped", "load_model", "save_changed", "save_model"]

SCHEMA = "healthclaims.model/1"
SHIPPED = {"accurate": "accurate", "fast": "fast"}
"""The names of shipped models and their folders."""

_MANIFEST = "manifest.json"
_LARGEST_FILE = 512 * 1024 * 1024  # bytes
_LARGEST_MANIFEST = 1024 * 1024  # bytes
_WIDEST = 8  # bytes a number; wider ones differ from machine to machine
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}\.(?:npy|json|md|onnx)|README\.md")
_KINDS = frozenset("fiub")  # numbers and booleans: no objects, no structures


@dataclass(frozen=True, slots=True)
class StoredModel:
    """What a model folder holds, checked. `digest` names these very bytes; `blobs` are the files that are no arrays."""

    config: Mapping[str, Any]
    arrays: Mapping[str, npt.NDArray[Any]]
    digest: str
    blobs: Mapping[str, bytes]


def find_model(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the folder of a shipped model ("accurate", "fast") or of a path."""
    name = os.fspath(name_or_path)
    if name in SHIPPED:
        return find_shipped(SHIPPED[name])
    folder = Path(name)
    if not name or not os.path.isdir(name):  # noqa: PTH112  # unlike pathlib, it takes any name
        raise ModelError(f"{name}: no such model folder; give one, or a shipped model: {', '.join(sorted(SHIPPED))}")
    return folder


def find_shipped(folder: str) -> Path:
    """Return a folder of those that the package ships."""
    package = Path(__file__).parent
    installed = package / "_models"
    return (installed if installed.is_dir() else package.parent / "models") / folder


def save_model(
    folder: Path,
    config: Mapping[str, Any],
    arrays: Mapping[str, npt.NDArray[Any]],
    texts: Mapping[str, str],
    blobs: Mapping[str, bytes] | None = None,
) -> None:
    """Write a model folder. The same input gives the same bytes."""
    contents = {"config.json": _json(config), **{name: text.encode("utf-8") for name, text in texts.items()}}
    contents.update(blobs or {})
    contents.update({f"{name}.npy": _array_bytes(array) for name, array in arrays.items()})
    for name in contents:
        if not _NAME.fullmatch(name) or name == _MANIFEST:
            raise ModelError(f"{folder}: {name!r} is no name for a file of a model")
    _write(folder, contents)


def save_changed(source: Path, target: Path, arrays: Mapping[str, npt.NDArray[Any]], texts: Mapping[str, str]) -> None:
    """Write the model of one folder to a new one, with some of its arrays and texts replaced.

    Raises `ModelError` if the target exists, or if the source is not as it was written.
    """
    if target.exists():
        raise ModelError(f"{target}: exists already; name a new folder")
    manifest = _read_manifest(source)
    contents = {name: _read_checked(source / name, entry) for name, entry in manifest["files"].items()}
    contents.update({name: text.encode("utf-8") for name, text in texts.items()})
    contents.update({f"{name}.npy": _array_bytes(array) for name, array in arrays.items()})
    _write(target, contents)


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
    blobs = {name: data for name, data in contents.items() if name.endswith(".onnx") or name == "tokenizer.json"}
    return StoredModel(config, arrays, manifest["digest"], blobs)


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
    with path.open("rb") as file:
        data = file.read(_LARGEST_MANIFEST + 1)
    if len(data) > _LARGEST_MANIFEST:
        raise ModelError(f"{path}: larger than {_LARGEST_MANIFEST:,} bytes, so not a manifest; {_REMEDY}")
    try:
        manifest = json.loads(data)
        digest = manifest.pop("digest")
        schema = manifest["schema"]
        whole = (
            set(manifest) == {"schema", "files"}
            and all(_NAME.fullmatch(name) and _is_entry(entry) for name, entry in manifest["files"].items())
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


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) == {"bytes", "sha256"}
        and type(entry["bytes"]) is int
        and isinstance(entry["sha256"], str)
    )


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


_UNREADABLE = (
    AttributeError,
    LookupError,
    MemoryError,
    OverflowError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    tokenize.TokenError,
)  # what numpy raises for a header that is none


def _parse_array(path: Path, data: bytes) -> npt.NDArray[Any]:
    """Parse a file of `numpy.save`: the header first, so that it can claim no more than the file holds."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        read_header = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[
            version
        ]
        shape, is_fortran, dtype = read_header(stream)
        is_plain = dtype.kind in _KINDS and dtype.itemsize <= _WIDEST
        if not is_plain or math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
            raise ValueError(f"{dtype} of shape {shape}")
        array = np.frombuffer(data, dtype, offset=stream.tell()).reshape(shape, order="F" if is_fortran else "C")
    except _UNREADABLE as error:
        raise ModelError(f"{path}: not a plain array ({error}); {_REMEDY}") from None
    if not np.all(np.isfinite(array)):
        raise ModelError(f"{path}: not an array of finite numbers; {_REMEDY}")
    return array.copy()


def _json(record: Mapping[str, Any]) -> bytes:
    return (json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")


def _digest(manifest: Mapping[str, Any]) -> str:
    return hashlib.sha256(_json(manifest)).hexdigest()


def _array_bytes(array: npt.NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _write(folder: Path, contents: Mapping[str, bytes]) -> None:
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
