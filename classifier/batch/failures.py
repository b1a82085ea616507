"""The file of failures: one JSON object for each document that could not be read or scored."""

from __future__ import annotations

import json
from typing import IO

from classifier.batch.places import Place
from classifier.errors import ConfigurationError, UnreadableError

__all__ = ["Failures"]


class Failures:
    """Write failures to a file that is made with the first.

    Until the run ends it stands beside as `….partial`. A run that is resumed tries the failed again, so it starts anew.
    """

    def __init__(self, place: Place | None) -> None:
        self._place = place
        self._stream: IO[str] | None = None
        if place is not None:
            place.partial.unlink(missing_ok=True)

    def add(self, error: UnreadableError) -> None:
        """Write one line on a document."""
        if self._place is None:
            return
        try:
            if self._stream is None:
                self._place.create()
                self._stream = self._place.partial.open("w", encoding="utf-8", newline="\n", buffering=1)
            self._stream.write(json.dumps({"document": error.source, "reason": error.reason}) + "\n")
        except OSError as fault:
            reason = (fault.strerror or str(fault)).lower()
            raise ConfigurationError(f"--failures {self._place.target}: cannot be written: {reason}") from None

    def withdraw(self) -> None:
        """Take away the file of an earlier run, before the output appears of which it would tell what is wrong."""
        if self._place is not None:
            self._place.target.unlink(missing_ok=True)

    def finish(self) -> None:
        """Put the file in its place."""
        self.close()
        if self._place is not None and self._stream is not None:
            self._place.finish()

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
