"""Score the documents of paths: read, assess, write."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from classifier.assessor import Assessor, load
from classifier.batch.failures import Failures
from classifier.batch.outputs import (
    RESUMABLE,
    JsonLines,
    Output,
    Stream,
    choose_format,
    is_terminal,
    stamp_of,
)
from classifier.batch.places import Place, lock
from classifier.batch.processes import score_in_processes
from classifier.batch.progress import Steps, show_progress
from classifier.batch.tally import Tally
from classifier.batch.tasks import Key, Outcome, Reading, Recipe, Result, Scorer, Task
from classifier.batch.written import Written
from classifier.errors import ConfigurationError, UnreadableError
from classifier.readers import ReadOptions, expand, holds_many
from classifier.records import Document, Label
from classifier.reports.writing import preparation
from classifier.review import Collector, open_review
from classifier.review import write_baseline as store_baseline
from classifier.settings import Settings

__all__ = ["Reviewing", "Running", "score"]


@dataclass(frozen=True, slots=True)
class Running:
    """How a run goes about many documents.

    `jobs` is the number of processes, 0 for one a core. `resume` goes on with what a run left that was cut short.
    `failures` is a file for what could not be read; by default it stands beside the output. `max_document_size` counts
    bytes of text, `time_limit` seconds.
    """

    jobs: int = 1
    resume: bool = False
    failures: str | None = None
    max_document_size: int | None = None
    time_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What people have decided about findings, and what the run shall write down of them.

    `waivers` and `baseline` are files; `reads_comments` tells whether waivers in the texts hold; `write_baseline` names
    the file that gets the findings of this run, with those of `baseline` that it has met again.
    """

    waivers: str | None = None
    baseline: str | None = None
    reads_comments: bool = True
    write_baseline: str | None = None


def score(
    paths: Sequence[str],
    *,
    model: str | None = None,
    thresholds: Mapping[Label | str, float] | None = None,
    prefer: str | None = None,
    settings: Settings | None = None,
    format: str | None = None,
    output: str | None = None,
    read_options: ReadOptions | None = None,
    reviewing: Reviewing = Reviewing(),
    running: Running = Running(),
    say: Callable[[str], None],
) -> Tally:
    """Score the documents of `paths` and write a report of each; `say` takes one line on each that went wrong.

    Raises `ConfigurationError` or `ModelError` before anything is written. A file of output appears whole or not at
    all: until the run ends it stands beside as `<output>.partial`, and stays there if the run is cut short.
    """
    output = None if output == "-" else output
    chosen = choose_format(format, output)
    place = _place(output)
    _check_resume(place, chosen, reviewing, running)
    failures = _failures_place(place, running)
    _check_places(paths, output, failures, reviewing.write_baseline)
    reading = Reading(read_options or ReadOptions(), running.max_document_size)
    make = partial(_load, reading.options, model, thresholds=thresholds, prefer=prefer, settings=settings)
    assessor = make()
    review = open_review(
        waivers=reviewing.waivers,
        baseline=reviewing.baseline,
        packs=assessor.packs,
        reads_comments=reviewing.reads_comments,
        say=say,
    )
    collects = reviewing.write_baseline is not None
    prepare = preparation(chosen, terminal=sys.stdout if output is None else None)
    recipe = Recipe(make, prepare, reading, review, collects=collects)
    scorer = Scorer(assessor, recipe)
    stamp = stamp_of(scorer.reviewed(assessor.assess(Document("", language="en"))))
    rules = {rule.id for pack in assessor.packs for rule in pack.rules if rule.enabled}
    tally, collector, met = Tally(), Collector(), set[str]()
    with ExitStack() as stack:
        out = stack.enter_context(closing(_open(output, place, chosen, stamp, running, stack)))
        written = stack.enter_context(closing(Written()))
        for key, counts in out.written():
            written.add(key)
            tally.add(counts)
            tally.resumed += 1
        _check_met(paths, written, tally, output)
        failed = stack.enter_context(closing(_open_failures(failures, stack)))
        is_free = output is not None or not is_terminal(sys.stdout)
        steps = stack.enter_context(show_progress(paths, wanted=is_free, stdin_suffix=reading.options.stdin_suffix))
        tasks = _tasks(paths, reading, written, steps)
        all_results = stack.enter_context(closing(_results(tasks, scorer, running)))
        del scorer, assessor  # several processes have their own
        try:
            with suppress(_ReaderLeftError):
                for results in all_results:
                    for result in results:
                        with _writing(output):
                            _put(result, out, failed, tally, say)
                        if isinstance(result, Outcome):
                            collector.merge(result.found)
                            met |= result.met
                        steps.advance()
            failed.withdraw()  # killed between these, a run leaves no file of failures rather than that of another run
            with suppress(_ReaderLeftError), _writing(output):
                out.finish()
        except BaseException:
            all_results.close()
            with suppress(OSError):  # what there is no room for is done again
                out.close()
            if place is not None and place.is_started:
                remedy = "; --resume goes on with it" if chosen in RESUMABLE else ""
                say(f"the run was cut short; what was done stands in {place.partial}{remedy}")
            raise
        failed.finish()
        if stale := len(written):
            say(f"{stale} of the reports from before are on texts that have changed or are gone; they stay in {output}")
        if not tally.resumed and not tally.unread:  # else nobody knows what the other reports would have met
            _say_all(review.unmet(met, rules), say)
    if reviewing.write_baseline is not None:
        store_baseline(collector.findings, reviewing.write_baseline)
    return tally


class _ReaderLeftError(Exception):
    """Whoever reads standard output has seen enough."""


@contextmanager
def _writing(output: str | None) -> Iterator[None]:
    """Tell apart what may go wrong in writing: a reader of standard output who leaves, and a file without room."""
    try:
        yield
    except OSError as error:
        if output is not None:
            raise ConfigurationError(f"--output {output}: cannot be written: {_reason(error)}") from None
        if not isinstance(error, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _ReaderLeftError from None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _say_all(lines: Sequence[str], say: Callable[[str], None]) -> None:
    for line in lines:
        say(line)


def _load(reading: ReadOptions, model: str | None, **options: Any) -> Assessor:
    """Load an assessor whose reports tell how they were read."""
    assessor = load(model, **options)
    return replace(assessor, context=replace(assessor.context, reading=reading.written))


def _results(
    tasks: Iterator[Task | UnreadableError], scorer: Scorer, running: Running
) -> Generator[list[Result], None, None]:
    """Return the results of each task in order, from this process or from several."""
    if running.jobs == 1 and running.time_limit is None:
        return scorer.score(tasks)
    jobs = running.jobs or os.cpu_count() or 1
    return score_in_processes(tasks, scorer.recipe, jobs=jobs, time_limit=running.time_limit)


def _put(result: Result, out: Output, failed: Failures, tally: Tally, say: Callable[[str], None]) -> None:
    if isinstance(result, UnreadableError):
        tally.unread += 1
        say(str(result))
        failed.add(result)
        out.fail(result)
        return
    tally.add(result.counts)
    if result.note:
        say(result.note)
    out.write(result)


def _tasks(paths: Sequence[str], reading: Reading, written: Written, steps: Steps) -> Iterator[Task | UnreadableError]:
    """Yield what is left to do.

    A file of one document is read where it is scored, so that neither its time nor its faults are this process's;
    unless an earlier run may have done it, which its text alone tells.
    """
    for source in expand(paths):
        if isinstance(source, UnreadableError):
            yield source
        elif source == "-" or holds_many(source) or written.holds(source):
            for document in reading.read_all(source):
                if isinstance(document, Document) and written.take(Key.of(document)):
                    steps.skip()
                else:
                    yield reading.check(document)
        else:
            yield source


def _check_met(paths: Sequence[str], written: Written, tally: Tally, output: str | None) -> None:
    if tally.resumed and not _meets(paths, written):
        raise ConfigurationError(
            f"--resume: none of the {tally.resumed:,} documents that are done in {output}.partial is to be read; "
            "give the paths of that run, in the same folder, or remove the partial output to start anew"
        )


def _meets(paths: Sequence[str], written: Written) -> bool:
    """Tell whether any file was begun before; the first tells, as a rule."""
    return any(isinstance(source, str) and written.holds(source) for source in expand(paths))


def _place(output: str | None) -> Place | None:
    """Return where a file of output stands; None for standard output, a device or a pipe."""
    if output is None or (Path(output).exists() and not Path(output).is_file() and not Path(output).is_dir()):
        return None
    return Place(_resolved(output, "--output"))  # a link keeps pointing at what it points at


def _resolved(name: str, option: str) -> Path:
    try:
        return Path(name).resolve()
    except (OSError, RuntimeError):
        raise ConfigurationError(f"{option} {name}: a link that leads to itself; name another file") from None


def _failures_place(place: Place | None, running: Running) -> Place | None:
    if running.failures is not None:
        return Place(_resolved(running.failures, "--failures"))
    return Place(place.failures) if place is not None else None


def _check_resume(place: Place | None, format: str, reviewing: Reviewing, running: Running) -> None:
    if running.resume and (place is None or format not in RESUMABLE):
        raise ConfigurationError(f"--resume: needs --output with a file of the format {', '.join(RESUMABLE)}")
    if running.resume and reviewing.write_baseline is not None:
        raise ConfigurationError(
            "--resume: --write-baseline needs the findings of a whole run; leave one of them out, "
            "and write the baseline in a run of its own"
        )


def _check_places(paths: Sequence[str], output: str | None, failures: Place | None, write_baseline: str | None) -> None:
    """Refuse places that cannot be meant; above all, no text that is read is overwritten."""
    taken: dict[Path, str] = {}
    failures_file = None if failures is None else failures.target
    named = (("--output", output), ("--failures", failures_file), ("--write-baseline", write_baseline))
    for option, name in named:
        if name is None:
            continue
        place = Path(name)
        try:
            if not place.parent.is_dir():
                raise ConfigurationError(f"{option} {place}: the folder {place.parent} does not exist; make it first")
            if place.is_dir():
                raise ConfigurationError(f"{option} {place}: is a folder; name a file in it")
            if option == "--failures" and place.exists() and not place.is_file():
                raise ConfigurationError(f"{option} {place}: is a device or a pipe; name a file")
            if (other := taken.setdefault(place.resolve(), option)) != option:
                raise ConfigurationError(f"{option} {place}: is the file of {other} too; name another")
            if place.is_file() and any(_is_same(place, file) for file in expand(paths)):
                raise ConfigurationError(f"{option} {place}: is also read; name another file, so that no text is lost")
        except OSError as error:
            raise ConfigurationError(f"{option} {place}: {_reason(error)}") from None


def _is_same(place: Path, file: str | UnreadableError) -> bool:
    return isinstance(file, str) and "\0" not in file and Path(file).exists() and place.samefile(file)


def _open_failures(place: Place | None, stack: ExitStack) -> Failures:
    if place is None:
        return Failures(None)
    try:
        stack.enter_context(lock(place, option="--failures"))
        return Failures(place)
    except OSError as error:
        raise ConfigurationError(f"--failures {place.target}: cannot be written: {_reason(error)}") from None


def _open(
    output: str | None, place: Place | None, format: str, stamp: str, running: Running, stack: ExitStack
) -> Output:
    if place is None:
        if output is not None:
            return Stream(format, stack.enter_context(Path(output).open("w", encoding="utf-8", errors="replace")))
        if sys.stdout is None:
            raise ConfigurationError("standard output is closed; name a file with --output")
        return Stream(format, sys.stdout)
    try:
        stack.enter_context(lock(place, option="--output"))
        if format not in RESUMABLE:
            return Stream(format, place)
        if place.is_started and not running.resume:
            raise ConfigurationError(
                f"--output {output}: a run that was cut short has left {place.partial.name}; "
                "go on with it by --resume, or remove it to start anew"
            )
        if format == "jsonl":
            return JsonLines(place, stamp=stamp)
        from classifier.batch import stores

        return (stores.SqliteFile if format == "sqlite" else stores.ParquetParts)(place, stamp=stamp)
    except OSError as error:
        raise ConfigurationError(f"--output {output}: cannot be written: {_reason(error)}") from None
