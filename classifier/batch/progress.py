"""How far a run is, how fast, and how long it will take, for a person at a terminal."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from classifier.batch.outputs import is_terminal
from classifier.errors import UnreadableError
from classifier.readers import expand, holds_many

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["Bar", "Steps", "count_documents", "show_progress"]

_LINES = {".csv": 1, ".tsv": 1, ".jsonl": 0, ".ndjson": 0}  # files of a document a line, with the lines that are none
_BLOCK = 1 << 20


class Steps(Protocol):
    """Take each document: `advance` one that this run has done, `skip` one that an earlier run had done."""

    def advance(self) -> None: ...

    def skip(self) -> None: ...


class _Unseen:
    def advance(self) -> None:
        pass

    def skip(self) -> None:
        pass


class Bar:
    """A bar of `rich`; what is skipped counts as done, but not for the rate nor for the time left."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("score", total=None, of="")

    def set_total(self, total: int | None) -> None:
        if total is not None:
            total = max(total, int(self._progress.tasks[0].completed))
            self._progress.update(self._task, total=total, of=f" of {total:,}")

    def advance(self) -> None:
        self._progress.advance(self._task)
        self._keep_total()

    def skip(self) -> None:
        self._progress.tasks[0].completed += 1  # `advance` would take it for a sample of the speed
        self._keep_total()

    def _keep_total(self) -> None:
        """Take in what the count did not know of: a file that was added since, for instance."""
        (task,) = self._progress.tasks
        if task.total is not None and task.completed > task.total:
            self.set_total(int(task.completed))


def count_documents(paths: Sequence[str], *, stdin_suffix: str = "") -> int | None:
    """Return how many documents there are, as far as lines tell; None where only reading would.

    A field of CSV that holds line ends counts as several.
    """
    count = 0
    for source in expand(paths):
        if isinstance(source, UnreadableError) or not holds_many(f"x{stdin_suffix}" if source == "-" else source):
            count += 1
        elif Path(source).suffix.lower() not in _LINES or not Path(source).is_file():
            return None
        else:
            count += max(0, _lines(Path(source)) - _LINES[Path(source).suffix.lower()])
    return count


def _lines(path: Path) -> int:
    lines, last = 0, b"\n"
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                lines += block.count(b"\n")
                last = block[-1:]
    except OSError:
        return 1
    return lines + (last != b"\n")


@contextmanager
def show_progress(paths: Sequence[str], *, wanted: bool, stdin_suffix: str = "") -> Iterator[Steps]:
    """Give what is to be told of each document; it shows a bar where standard error is a terminal."""
    if not wanted or not is_terminal(sys.stderr):
        yield _Unseen()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    class Rate(TextColumn):
        def render(self, task: Task):  # type: ignore[no-untyped-def]
            speed = task.finished_speed or task.speed
            self.text_format = f"{speed:,.1f}/s" if speed else ""
            return super().render(task)

    console = Console(stderr=True)
    columns = (
        BarColumn(),
        TextColumn("{task.completed:,}{task.fields[of]} documents"),
        Rate(""),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        bar = Bar(progress)

        def count() -> None:
            bar.set_total(count_documents(paths, stdin_suffix=stdin_suffix))

        threading.Thread(target=count, daemon=True).start()
        yield bar
