"""Read TOML that people write: rule packs, waivers, settings."""

from __future__ import annotations

import tomllib
from typing import Any

from classifier.errors import ConfigurationError

__all__ = ["parse_toml"]

_AT_THE_END = "(at end of document)"


def parse_toml(text: str, *, source: str) -> dict[str, Any]:
    r"""Return what a TOML text holds.

    Raises `ConfigurationError` with `source` and the line of a syntax error.

    >>> parse_toml("flagged = [\n", source="house.toml")
    Traceback (most recent call last):
    classifier.errors.ConfigurationError: house.toml: Invalid value (at end of document, line 1)
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        last = text.rstrip().count("\n") + 1
        said = str(error).replace(_AT_THE_END, f"{_AT_THE_END[:-1]}, line {last})")
        raise ConfigurationError(f"{source}: {said}") from None
