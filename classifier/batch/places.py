"""Files that appear whole or not at all, and are written by one run at a time."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from classifier.errors import ConfigurationError

__all__ = ["Place", "lock", "sync"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an output ends, `target`, and where it stands until it is whole, `partial`."""

    target: Path

    @property
    def partial(self) -> Path:
        return self.target.with_name(f"{self.target.name}.partial")

    @property
    def failures(self) -> Path:
        """Where the failures of the run go unless another place is named.

        >>> Place(Path("run.db")).failures.name
        'run.db.failures.jsonl'
        """
        return self.target.with_name(f"{self.target.name}.failures.jsonl")  # its whole name: run.jsonl stands beside

    @property
    def is_started(self) -> bool:
        """Whether a run that was cut short has left something."""
        return os.path.lexists(self.partial)

    def create(self) -> None:
        """Make the partial file, empty, with the target's rights or those of a new file.

        Raises `FileExistsError` if there is one.
        """
        os.close(os.open(self.partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if self.target.exists():
            self.partial.chmod(stat.S_IMODE(self.target.stat().st_mode))

    def finish(self) -> None:
        """Put the partial file in the place of the target, at once."""
        self.partial.replace(self.target)


def sync(path: Path) -> None:
    """Make sure that what was written stands on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def lock(place: Place, *, option: str) -> Iterator[None]:
    """Keep other runs from the file that `option` named; the lock ends with this process, however it ends."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    path = place.target.with_name(f"{place.target.name}.lock")
    flags = os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW
    handle = os.open(path, flags, 0o666)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(handle), path.stat())  # its last owner may have taken it away
        except OSError:
            is_ours = False
        if not is_ours:
            raise ConfigurationError(
                f"{option} {place.target}: another run is writing it; wait for its end, or name another file"
            )
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)
