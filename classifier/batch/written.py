"""The documents that a run which was cut short has done."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from classifier.batch.tasks import Key

__all__ = ["Written"]


class Written:
    """A bag of keys, each taken out once. It stands in a file without a name, so a million keys take little memory.

    A path counts as the same however it is written: `pages/a.txt`, `./pages/a.txt`, or from the root.

    >>> written = Written()
    >>> written.add(Key("a.txt", "a.txt", "e3b0"))
    >>> written.holds("a.txt"), written.take(Key("./a.txt", "./a.txt", "e3b0")), written.holds("a.txt")
    (True, True, False)
    >>> written.close()
    """

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("BEGIN")
        self._base.execute(
            "CREATE TABLE written (source TEXT, id TEXT, sha256 TEXT, times INTEGER, PRIMARY KEY (source, id, sha256))"
            " WITHOUT ROWID"
        )
        self._count = 0

    def close(self) -> None:
        self._base.close()

    def __len__(self) -> int:
        return self._count

    def add(self, key: Key) -> None:
        self._base.execute(
            "INSERT INTO written VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1",
            _written_alike(key),
        )
        self._count += 1

    def holds(self, source: str) -> bool:
        """Tell whether a document of this source is there."""
        if not self._count:
            return False
        row = self._base.execute(
            "SELECT 1 FROM written WHERE source = ? AND times > 0 LIMIT 1", (_plain(_whole(source)),)
        )
        return row.fetchone() is not None

    def take(self, key: Key) -> bool:
        """Take a key out; False if it is not there."""
        if not self._count:
            return False
        done = self._base.execute(
            "UPDATE written SET times = times - 1 WHERE source = ? AND id = ? AND sha256 = ? AND times > 0",
            _written_alike(key),
        )
        self._count -= done.rowcount
        return done.rowcount > 0


def _written_alike(key: Key) -> tuple[str, ...]:
    """Return a key as its path written from the root makes it; an id that begins with the path follows it."""
    source = _whole(key.source)
    rest = key.id.removeprefix(key.source)
    follows = key.source and key.id.startswith(key.source) and (not rest or rest.startswith(":"))
    name = source + rest if follows else key.id
    return _plain(source), _plain(name), key.sha256


def _whole(source: str) -> str:
    if source in ("", "-"):
        return source
    path = Path(source)
    if ".." in path.parts:  # what lies above a link is not told by its name
        return str(path.parent.resolve() / path.name)
    return os.path.abspath(source)  # noqa: PTH100  # a link stays the name that it is


def _plain(text: str) -> str:
    """Replace what no database takes as text, as the outputs do: names of files may hold halves of surrogate pairs."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
