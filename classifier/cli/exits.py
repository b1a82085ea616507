"""Exit codes, and the one way of speaking on standard error."""

from __future__ import annotations

import sys

__all__ = ["BAD_USE", "DONE", "FOUND", "INTERRUPTED", "UNREAD", "say"]

DONE, FOUND, BAD_USE, UNREAD, INTERRUPTED = 0, 1, 2, 3, 130


def say(message: str) -> None:
    """Print one line on standard error, without what a terminal would obey."""
    if sys.stderr is None:
        return
    line = "".join(character if character.isprintable() else "\ufffd" for character in message)
    print(f"healthclaims: {line}", file=sys.stderr)
