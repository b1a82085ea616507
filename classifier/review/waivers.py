"""A file of waivers: TOML, one `[[waiver]]` a decision, checked key by key."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from classifier.errors import ConfigurationError
from classifier.review.fingerprints import normalise
from classifier.toml_text import parse_toml

__all__ = ["Waiver", "parse_waivers", "read_waivers"]

_MAX_BYTES = 5_000_000
_KEYS = ("document", "expires", "owner", "quote", "reason", "rule")
_REQUIRED = ("expires", "owner", "reason", "rule")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody's decision that a rule's finding is accepted: in one document, for one wording, or both.

    `document` is the SHA-256 of a document's text, `quote` the accepted wording: a sentence that stands in it word by
    word is covered. `expires` is the last day on which it holds, `where` file and number.
    """

    rule: str
    reason: str
    owner: str
    expires: datetime.date
    document: str | None = None
    quote: str | None = None
    where: str = ""
    _padded: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_padded", f" {normalise(self.quote)} " if self.quote is not None else "")

    def covers(self, sha256: str, sentence: str | None) -> bool:
        """Tell whether it speaks of a normalised sentence of a document, or of the whole document (None)."""
        if self.document is not None and self.document != sha256:
            return False
        if self.quote is None:
            return True
        return sentence is not None and bool(sentence) and _holds(self._padded, sentence)

    def holds_on(self, day: datetime.date) -> bool:
        return day <= self.expires


def read_waivers(path: str | PathLike[str]) -> tuple[Waiver, ...]:
    """Read a file of waivers.

    Raises `ConfigurationError` with the file, the number of the waiver and the key.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ConfigurationError(f"{path}: larger than {_MAX_BYTES:,} bytes; split it, or write a baseline instead")
        return parse_waivers(parse_toml(data.decode("utf-8"), source=str(path)), source=str(path))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def parse_waivers(data: Mapping[str, Any], *, source: str) -> tuple[Waiver, ...]:
    """Check what a file of waivers holds.

    >>> from datetime import date
    >>> entry = {"rule": "support.none", "quote": "Calm mood", "reason": "trial", "owner": "QA"}
    >>> entry["expires"] = date(2030, 1, 1)
    >>> parse_waivers({"waiver": [entry]}, source="waivers.toml")[0].where
    'waivers.toml: waiver 1'
    """
    for key in sorted(data.keys() - {"waiver"}):
        raise ConfigurationError(f"{source}: {key}: unknown key; each waiver is a [[waiver]] table")
    entries = data.get("waiver", [])
    if not isinstance(entries, list):
        raise ConfigurationError(f"{source}: waiver: write [[waiver]], with two brackets on each side")
    return tuple(_waiver(entry, f"{source}: waiver {number}") for number, entry in enumerate(entries, 1))


def _waiver(entry: Any, where: str) -> Waiver:
    if not isinstance(entry, dict):
        raise ConfigurationError(f"{where}: give a table, not {type(entry).__name__}")
    for key in sorted(entry.keys() - set(_KEYS)):
        raise ConfigurationError(f"{where}: {key}: unknown key; known are {', '.join(_KEYS)}")
    for key in _REQUIRED:
        if entry.get(key) in (None, ""):
            raise ConfigurationError(f"{where}: {key}: is missing; a waiver needs {', '.join(_REQUIRED)}")
    for key in set(_KEYS) - {"expires"}:
        if key in entry and not isinstance(entry[key], str):
            raise ConfigurationError(f"{where}: {key}: give a text, not {type(entry[key]).__name__}")
    expires = entry["expires"]
    if isinstance(expires, datetime.datetime) or not isinstance(expires, datetime.date):
        raise ConfigurationError(f"{where}: expires: give a day without quotes, such as 2027-06-30")
    document, quote = _reach(entry, where)
    return Waiver(entry["rule"], entry["reason"], entry["owner"], expires, document, quote, where)


def _reach(entry: Mapping[str, Any], where: str) -> tuple[str | None, str | None]:
    """Return the document and the quote that a waiver is for."""
    document, quote = entry.get("document"), entry.get("quote")
    if document is None and quote is None:
        raise ConfigurationError(f"{where}: give a quote, or the sha256 of a document, so that not all texts are meant")
    if document is not None and _SHA256.fullmatch(document) is None:
        raise ConfigurationError(f"{where}: document: give the sha256 that the report holds, 64 digits 0-9 and a-f")
    if quote is not None and not normalise(quote):
        raise ConfigurationError(f"{where}: quote: holds no words; quote the sentence")
    return document, quote


def _holds(padded: str, sentence: str) -> bool:
    """Tell whether a sentence stands in a quote, and not as part of a longer word."""
    place = padded.find(sentence)
    while place >= 0:
        end = place + len(sentence)
        if not padded[place - 1].isalnum() and not padded[end].isalnum():
            return True
        place = padded.find(sentence, place + 1)
    return False
