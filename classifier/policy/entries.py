"""A table of a TOML file, read key by key; every complaint names the file and the dotted key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.errors import ConfigurationError

__all__ = ["Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One table: `source` is its file, `place` the dotted key that leads to it, with a dot at its end."""

    data: Mapping[str, Any]
    source: str
    place: str

    def error(self, key: str, reason: str) -> ConfigurationError:
        return ConfigurationError(f"{self.source}: {self.place}{key}: {reason}")

    def allow(self, known: Collection[str], *, needed: Collection[str] = ()) -> None:
        """Refuse keys that nobody knows, and ask for those that must be there."""
        for key in sorted(self.data.keys() - set(known)):
            raise self.error(key, f"unknown key; known are {', '.join(sorted(known))}")
        for key in sorted(set(needed) - self.data.keys()):
            raise self.error(key, "missing")

    def text(self, key: str, *, default: str | None = None) -> str:
        value = self.data.get(key, default)
        if value is None:
            raise self.error(key, "missing")
        if not isinstance(value, str):
            raise self.error(key, f"give a text, not {type(value).__name__}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"give true or false, not {type(value).__name__}")
        return value

    def choice(self, key: str, known: Sequence[str], *, default: str | None = None) -> str:
        value = self.text(key, default=default)
        if value not in known and value != default:
            raise self.error(key, f"{value!r} is none of {', '.join(known)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.error(key, "give a list of texts")
        return tuple(value)

    def choices(self, key: str, known: Sequence[str]) -> tuple[str, ...]:
        for value in self.texts(key):
            if value not in known:
                raise self.error(key, f"{value!r} is none of {', '.join(known)}")
        return self.texts(key)

    def table(self, key: str) -> Mapping[str, Any]:
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"give a table, not {type(value).__name__}")
        return value

    def tables(self, key: str) -> tuple[Entry, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.error(key, f"give tables, each under [[{key}]]")
        return tuple(Entry(entry, self.source, f"{self.place}{key}[{n}].") for n, entry in enumerate(value))
