"""The settings of a project: the nearest healthclaims.toml, or pyproject.toml with [tool.healthclaims], upward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.errors import ConfigurationError
from classifier.toml_text import parse_toml

__all__ = ["Settings", "find_settings", "parse_settings", "read_settings"]

_MAX_BYTES = 1_000_000
_KEYS = ("baseline", "fail_on", "market", "model", "policies", "product_class", "rules", "waivers")
_RULES = ("disable", "enable")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a project asks for; None or empty where it does not say.

    `enable` and `disable` name rules, or with `*` many of them; `policies` are paths of rule packs, `waivers` and
    `baseline` paths too, those of a file of settings relative to its folder; `source` is that file.
    """

    market: tuple[str, ...] = ()
    product_class: str | None = None
    model: str | None = None
    policies: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    fail_on: str | None = None
    waivers: str | None = None
    baseline: str | None = None
    source: str | None = None


def find_settings(folder: Path) -> Settings:
    """Return the settings that hold in a folder: those of the nearest file, or none at all."""
    try:
        start = folder.resolve()
    except OSError:
        return Settings()
    for place in (start, *start.parents):
        own, project = place / "healthclaims.toml", place / "pyproject.toml"
        if own.is_file():
            return read_settings(own)
        if project.is_file() and "healthclaims" in _table(_read(project), "tool", str(project)):
            return read_settings(project)
    return Settings()


def read_settings(path: Path) -> Settings:
    """Read a healthclaims.toml or a pyproject.toml."""
    return parse_settings(_read(path), source=str(path), folder=path.parent, in_tool=path.name == "pyproject.toml")


def parse_settings(data: Mapping[str, Any], *, source: str, folder: Path, in_tool: bool = False) -> Settings:
    """Check what a file of settings holds.

    Raises `ConfigurationError` with the file and the dotted key of what is unknown or of the wrong kind.
    """
    place = "tool.healthclaims." if in_tool else ""
    table = _table(_table(data, "tool", source), "healthclaims", source, "tool.") if in_tool else data
    _refuse_unknown(table, _KEYS, source, place)
    rules = _table(table, "rules", source, place)
    _refuse_unknown(rules, _RULES, source, f"{place}rules.")
    return Settings(
        market=_texts(table, "market", source, place, one_will_do=True),
        product_class=_text(table, "product_class", source, place),
        model=_text(table, "model", source, place),
        policies=tuple(str(folder / path) for path in _texts(table, "policies", source, place)),
        enable=_texts(rules, "enable", source, f"{place}rules."),
        disable=_texts(rules, "disable", source, f"{place}rules."),
        fail_on=_text(table, "fail_on", source, place),
        waivers=_path(table, "waivers", source, place, folder),
        baseline=_path(table, "baseline", source, place, folder),
        source=source,
    )


def _read(path: Path) -> Mapping[str, Any]:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ConfigurationError(f"{path}: larger than {_MAX_BYTES:,} bytes; that cannot be a file of settings")
        return parse_toml(data.decode("utf-8"), source=str(path))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None


def _table(data: Mapping[str, Any], key: str, source: str, place: str = "") -> Mapping[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise ConfigurationError(f"{source}: {place}{key}: give a table, not {type(value).__name__}")
    return value


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], source: str, place: str) -> None:
    for key in sorted(table.keys() - set(known)):
        raise ConfigurationError(f"{source}: {place}{key}: unknown key; known are {', '.join(known)}")


def _text(table: Mapping[str, Any], key: str, source: str, place: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise ConfigurationError(f"{source}: {place}{key}: give a text, not {type(value).__name__}")
    return value


def _path(table: Mapping[str, Any], key: str, source: str, place: str, folder: Path) -> str | None:
    value = _text(table, key, source, place)
    return str(folder / value) if value is not None else None


def _texts(
    table: Mapping[str, Any], key: str, source: str, place: str, *, one_will_do: bool = False
) -> tuple[str, ...]:
    value = table.get(key, [])
    if one_will_do and isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ConfigurationError(f"{source}: {place}{key}: give a list of texts")
    return tuple(value)
