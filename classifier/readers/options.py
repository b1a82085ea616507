"""What a caller may say about the files that are read."""

from __future__ import annotations

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
    def columns(self) -> dict[str, str]:
        """The columns that must be there, each with the option that named it."""
        named = {self.text_column: "--text-column"}
        if self.id_column is not None:
            named.setdefault(self.id_column, "--id-column")
        for column in self.carried:
            named.setdefault(column, "--carry")
        return named
