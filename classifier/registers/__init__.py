"""Registers of authorised claims as data: `eu.csv` (EU and GB lists), `us.csv`, and the words that matching knows."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["load_register", "load_vocabulary"]


@cache
def load_register(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of the register `eu` (which holds the GB list too) or `us`."""
    lines = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines()
    return tuple(csv.DictReader(lines))


@cache
def load_vocabulary() -> Mapping[str, Any]:
    """Return the names, spellings and verbs by which claims are compared with the registers."""
    return tomllib.loads(files(__package__).joinpath("vocabulary.toml").read_text(encoding="utf-8"))
