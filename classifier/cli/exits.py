"""Exit codes, and the one way of speaking on standard error."""

from __future__ import annotations

import os
import sys
from typing import IO

__all__ = ["BAD_USE", "DONE", "FOUND", "INTERRUPTED", "UNREAD", "say", "silence"]

DONE, FOUND, BAD_USE, UNREAD, INTERRUPTED = 0, 1, 2, 3, 130


def say(message: str) -> None:
    """Print one line on standard error, without what a terminal would obey; where nobody reads it, the work goes on."""
    if sys.stderr is None:
        return
    line = "".join(character if character.isprintable() else "\ufffd" for character in message)
    try:
        print(f"healthclaims: {line}", file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: IO[str]) -> None:
    """Let go to nowhere what is still written to a stream whose reader has left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
