"""Score many documents in a stream: read, assess, write, and keep count."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from classifier.assessor import load
from classifier.errors import ConfigurationError, UnreadableError
from classifier.readers import DEFAULT_TEXT_COLUMN, expand, read_files
from classifier.records import Report, Severity

__all__ = ["FORMATS", "Tally", "choose_format", "score"]

FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".txt": "table"}
"""The suffixes of `--output` and the formats that they stand for."""


@dataclass(slots=True)
class Tally:
    """What a run has met so far. `worst` is the highest severity among the findings."""

    documents: int = 0
    unread: int = 0
    worst: Severity | None = None

    def add(self, report: Report) -> None:
        self.documents += 1
        for finding in report.all_findings:
            if self.worst is None or finding.severity.rank > self.worst.rank:
                self.worst = finding.severity


def score(
    paths: Sequence[str],
    *,
    model: str = "accurate",
    format: str | None = None,
    output: str | None = None,
    text_column: str = DEFAULT_TEXT_COLUMN,
    id_column: str | None = None,
    say: Callable[[str], None],
) -> Tally:
    """Score the documents of `paths` and write a report of each; `say` takes one line on each that went wrong.

    Raises `ConfigurationError` or `ModelError` before anything is written. A file of output appears whole or not at
    all: until the run ends it stands beside as `<output>.….partial`, and stays there if the run is cut short.
    """
    output = None if output == "-" else output
    chosen = choose_format(format, output)
    files = list(expand(paths))
    if output is not None:
        _check_output(Path(output), [file for file in files if isinstance(file, str)])
    assessor = load(model)
    tally = Tally()
    readings = read_files(files, text_column=text_column, id_column=id_column)
    shows_progress = output is not None or not _is_terminal(sys.stdout)
    try:
        with _opened(output, say) as stream, _progress(shown=shows_progress) as advance:
            write = _writer(chosen, stream)
            for reading in readings:
                if isinstance(reading, UnreadableError):
                    tally.unread += 1
                    say(str(reading))
                    continue
                report = assessor.assess(reading)
                tally.add(report)
                if report.not_assessed:
                    say(f"{reading.id}: not assessed: {report.not_assessed}")
                elif not report.sentences:
                    say(f"{reading.id}: empty: nothing to assess")
                write(report)
                advance()
    except BrokenPipeError:  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return tally


def choose_format(format: str | None, output: str | None) -> str:
    """Return `format`, else what the suffix of `output` stands for, else table on a terminal and jsonl off it."""
    if format is not None:
        return format
    if output is None:
        return "table" if _is_terminal(sys.stdout) else "jsonl"
    suffix = Path(output).suffix.lower()
    if suffix not in FORMATS:
        raise ConfigurationError(
            f"--output {output}: no format has the suffix {suffix!r}; use one of {', '.join(FORMATS)}, or --format"
        )
    return FORMATS[suffix]


def _is_terminal(stream: IO[str] | None) -> bool:
    return stream is not None and stream.isatty()


def _check_output(output: Path, files: Sequence[str]) -> None:
    try:
        if not output.parent.is_dir():
            raise ConfigurationError(f"--output {output}: the folder {output.parent} does not exist; make it first")
        if output.is_dir():
            raise ConfigurationError(f"--output {output}: is a folder; name a file in it")
        if output.exists() and any(Path(file).exists() and output.samefile(file) for file in files):
            raise ConfigurationError(f"--output {output}: is also read; name another file, so that no text is lost")
    except OSError as error:
        raise ConfigurationError(f"--output {output}: {(error.strerror or str(error)).lower()}") from None


@contextmanager
def _opened(output: str | None, say: Callable[[str], None]) -> Iterator[IO[str]]:
    if output is None:
        if sys.stdout is None:
            raise ConfigurationError("standard output is closed; name a file with --output")
        yield sys.stdout
        sys.stdout.flush()
        return
    is_special = Path(output).exists() and not Path(output).is_file()  # a device or a pipe is written to, not replaced
    target = Path(output) if is_special else Path(output).resolve()  # a link keeps pointing at what it points at
    try:
        partial = target if is_special else _new_file(target)
        stream = partial.open("w", encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise ConfigurationError(f"--output {output}: cannot be written: {(error.strerror or '').lower()}") from None
    try:
        with stream:
            yield stream
    except BaseException:
        if not is_special and partial.stat().st_size:
            say(f"the run was cut short; what was done stands in {partial}")
        elif not is_special:
            partial.unlink()
        raise
    if not is_special:
        partial.replace(target)


@contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[], None]]:
    """Show how many documents are done and how fast, where standard error is a terminal that shows nothing else."""
    if not shown or not _is_terminal(sys.stderr):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} documents"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("score", total=None)
        yield lambda: progress.advance(task)


def _new_file(target: Path) -> Path:
    """Make an empty file beside the target that nobody else uses, with the target's rights or those of a new file."""
    handle, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".partial", dir=target.parent)
    os.close(handle)
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~mask)
    return Path(name)


def _writer(format: str, stream: IO[str]) -> Callable[[Report], None]:
    if format == "jsonl":
        from classifier.reports.jsonl import render

        def write_line(report: Report) -> None:
            stream.write(render(report) + "\n")

        return write_line

    from classifier.reports.table import console_for, print_report

    console = console_for(stream)
    return lambda report: print_report(report, console)
