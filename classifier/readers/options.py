"""What a caller may say about the files that are read."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

__all__ = ["DEFAULT_TEXT_COLUMN", "ReadOptions"]

DEFAULT_TEXT_COLUMN = "text"


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """Which columns of a table (keys of JSON Lines) to read, and how.

    `carried` names columns that go along to the report; `is_html` says that the text column holds HTML. Standard input
    is read as a file whose name ends in `stdin_suffix`; by default as text.
    """

    text_column: str = DEFAULT_TEXT_COLUMN
    id_column: str | None = None
    carried: tuple[str, ...] = ()
    is_html: bool = False
    stdin_suffix: str = ""

    @property
    def written(self) -> str | None:
        """What differs from the default, as options of the command line; None where nothing does.

        >>> ReadOptions(text_column="the copy", carried=("sku", "brand")).written
        "--text-column 'the copy' --carry sku --carry brand"
        """
        words = [
            *(["--text-column", self.text_column] if self.text_column != DEFAULT_TEXT_COLUMN else []),
            *(["--id-column", self.id_column] if self.id_column is not None else []),
            *(word for column in self.carried for word in ("--carry", column)),
            *(["--html"] if self.is_html else []),
            *(["--stdin-as", self.stdin_suffix] if self.stdin_suffix else []),
        ]
        return shlex.join(words) or None

    @property
    def columns(self) -> dict[str, str]:
        """The columns that must be there, each with the option that named it."""
        named = {self.text_column: "--text-column"}
        if self.id_column is not None:
            named.setdefault(self.id_column, "--id-column")
        for column in self.carried:
            named.setdefault(column, "--carry")
        return named
