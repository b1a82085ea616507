"""Name the data that decide beside the model: rule packs, word lists, patterns, registers, the ranker of evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["digest_files", "shipped_digest"]

_FOLDERS = ("lexicons", "patterns", "policies", "registers")
_SUFFIXES = (".csv", ".toml", ".txt")


@cache
def shipped_digest() -> str:
    """Return a hash of the data that the package ships; the same on every machine."""
    from classifier.model_store import find_shipped

    found = {
        f"{folder}/{file.name}": file.read_bytes()
        for folder in _FOLDERS
        for file in files("classifier").joinpath(folder).iterdir()
        if file.name.endswith(_SUFFIXES)
    }
    manifest = find_shipped("evidence") / "manifest.json"  # which names the bytes of all files beside it
    return digest_files({**found, "evidence": manifest.read_bytes() if manifest.is_file() else b""})


def digest_files(found: Mapping[str, bytes]) -> str:
    r"""Return a hash of the names and the texts of some files, whatever their order and whatever ends their lines.

    >>> digest_files({"a": b"1\r\n", "b": b"2"}) == digest_files({"b": b"2", "a": b"1\n"})
    True
    """
    digest = hashlib.sha256()
    for name, data in sorted(found.items()):
        text = data.replace(b"\r\n", b"\n")
        digest.update(f"{name} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:12]
