"""Score in several processes: results in the order of the tasks, a bounded number in flight, the dead replaced.

A process gets its tasks by a pipe from this one, a few at a time, and only when it has answered all of the last: so
neither ever waits to write while the other does. When one dies, the tasks that it had not answered are given to fresh
ones, each alone; one that meets two deaths alone, or under a time limit first in the row, is reported, and no other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import NamedTuple

from classifier.batch.tasks import Recipe, Result, Task, weight
from classifier.errors import ConfigurationError, HealthClaimsError, UnreadableError

__all__ = ["score_in_processes"]

_CHUNK = 8  # tasks given at a time: enough that a process seldom waits for the next, few enough to spread the load
_CHUNK_WEIGHT = 100_000  # characters after which a chunk is full
_WINDOW = 8  # chunks a process, from the first that is not yet returned
_WINDOW_WEIGHT = 16_000_000  # characters of all texts in flight
_ATTEMPTS = 2  # a killer of memory may have met the wrong one
_STARTS = 3  # processes that may end one after the other before one is ready
_READY = "ready"
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)  # numpy, scikit-learn and ONNX would each take all cores in each process


class _Item(NamedTuple):
    """A task with its number and how often it was begun."""

    number: int
    task: Task
    attempts: int = 0


@dataclass(slots=True)
class _Worker:
    """A process, what it was given and has not answered, and since when the first of that is under way."""

    process: multiprocessing.process.BaseProcess
    connection: Connection
    items: deque[_Item] = field(default_factory=deque)
    is_ready: bool = False
    since: float = 0.0

    def give(self, items: Iterable[_Item]) -> None:
        self.items.extend(items)
        if self.is_ready:
            self.send()

    def send(self) -> None:
        self.since = time.monotonic()
        self.connection.send([item.task for item in self.items])

    def end(self) -> int | None:
        self.process.kill()
        self.process.join()
        self.connection.close()
        return self.process.exitcode


def score_in_processes(
    tasks: Iterable[Task | UnreadableError], recipe: Recipe, *, jobs: int, time_limit: float | None = None
) -> Generator[list[Result], None, None]:
    """Yield the results of each task, in order; an error among the tasks is its own result.

    A task that takes more than `time_limit` seconds is reported, and its process replaced. Close the iterator to end
    the processes early.
    """
    crew = _Crew(tasks, recipe, jobs, time_limit)
    try:
        yield from crew.run()
    finally:
        crew.end()


class _Crew:
    def __init__(
        self, tasks: Iterable[Task | UnreadableError], recipe: Recipe, jobs: int, time_limit: float | None
    ) -> None:
        self.tasks = enumerate(tasks)
        self.recipe = recipe
        self.jobs = jobs
        self.time_limit = time_limit
        self.workers: list[_Worker] = []
        self.again: deque[_Item] = deque()
        self.finished: dict[int, list[Result]] = {}
        self.weights: dict[int, int] = {}
        self.held = 0
        self.returned = 0
        self.taken = 0
        self.is_exhausted = False
        self.starts_failed = 0

    def run(self) -> Iterator[list[Result]]:
        while True:
            self._hand_out()
            while self.returned in self.finished:
                results = self.finished.pop(self.returned)
                self.held -= self.weights.pop(self.returned, 0)
                self.returned += 1
                yield results
            if any(worker.items for worker in self.workers):
                self._collect()
            elif self.is_exhausted and not self.again and not self.finished:
                return

    def end(self) -> None:
        for worker in self.workers:
            worker.end()
        self.workers = []

    def _hand_out(self) -> None:
        for position in range(self.jobs):
            worker = self.workers[position] if position < len(self.workers) else None
            if worker is not None and worker.items:
                continue
            items = self._next_items()
            if not items:
                return
            if worker is None:
                worker = self._start()
                self.workers.append(worker)
            try:
                worker.give(items)
            except OSError:  # it died while it waited
                self._replace(worker, blame=False)

    def _next_items(self) -> list[_Item]:
        if self.again:  # alone: should it kill its process once more, no other is in doubt
            return [self.again.popleft()]
        items: list[_Item] = []
        room = _CHUNK_WEIGHT
        while len(items) < _CHUNK and room > 0 and not self.is_exhausted:
            if self.taken - self.returned >= self.jobs * _CHUNK * _WINDOW:
                break
            if self.held >= _WINDOW_WEIGHT:
                break
            number, task = next(self.tasks, (-1, ""))
            if number < 0:
                self.is_exhausted = True
                break
            self.taken += 1
            if isinstance(task, UnreadableError):
                self.finished[number] = [task]
                continue
            self.weights[number] = weight(task)
            self.held += self.weights[number]
            room -= self.weights[number]
            items.append(_Item(number, task))
        return items

    def _collect(self) -> None:
        """Take what has come in; where nothing has in time, end whoever takes too long."""
        busy = {worker.connection: worker for worker in self.workers if worker.items}
        ready = wait(list(busy), self._time_left(busy.values()))
        for connection, worker in busy.items():
            if connection not in ready:
                if self._time_left([worker]) == 0:
                    self._give_up(worker)
                continue
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):
                self._replace(worker, blame=True)
                continue
            self._take(worker, message)

    def _take(self, worker: _Worker, message: object) -> None:
        if isinstance(message, HealthClaimsError):
            raise message
        if message == _READY:
            worker.is_ready = True
            self.starts_failed = 0
            try:
                worker.send()
            except OSError:
                self._replace(worker, blame=False)
            return
        assert isinstance(message, list)
        self.finished[worker.items.popleft().number] = message
        worker.since = time.monotonic()

    def _time_left(self, workers: Iterable[_Worker]) -> float | None:
        if self.time_limit is None:
            return None
        now = time.monotonic()
        left = [worker.since + self.time_limit - now for worker in workers if worker.is_ready]
        return max(0.0, min(left)) if left else None

    def _give_up(self, worker: _Worker) -> None:
        item = worker.items.popleft()
        reason = f"took more than the {self.time_limit:g} seconds of --time-limit; give it more, or split it"
        self.finished[item.number] = [UnreadableError(_name(item.task), reason)]
        self._replace(worker, blame=False)

    def _replace(self, worker: _Worker, *, blame: bool) -> None:
        """End a process and start another in its place; `blame` says that its first task may have killed it."""
        code = worker.end()
        if not worker.is_ready:
            self.starts_failed += 1
            if self.starts_failed >= _STARTS:
                raise ConfigurationError(
                    f"--jobs: {_STARTS} processes ended before they were ready (exit code {code}); "
                    "is there too little memory? Try fewer"
                )
        elif blame and worker.items and (self.time_limit is not None or len(worker.items) == 1):  # else any may have
            item = worker.items.popleft()
            item = item._replace(attempts=item.attempts + 1)
            if item.attempts < _ATTEMPTS:
                worker.items.appendleft(item)
            else:
                reason = f"ended its process {_ATTEMPTS} times (exit code {code}); is there too little memory for it?"
                self.finished[item.number] = [UnreadableError(_name(item.task), reason)]
        self.again.extend(worker.items)
        self.workers.remove(worker)

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _one_thread(), _no_interrupt():
            process.start()
        theirs.close()
        with suppress(OSError):  # it has died, as will be seen where its answer does not come
            ours.send((self.recipe, self.time_limit is not None))
        return _Worker(process, ours)


def _name(task: Task) -> str:
    return task if isinstance(task, str) else task.id


def _serve(connection: Connection) -> None:
    """Run in the other process: make the scorer that is sent for once, then answer tasks until nobody asks."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        recipe, is_timed = connection.recv()
        try:
            scorer = recipe.build()
        except HealthClaimsError as error:
            connection.send(error)
            return
        connection.send(_READY)
        while True:
            tasks = connection.recv()
            for part in [[task] for task in tasks] if is_timed else [tasks]:  # each has its own time, or all together
                for results in scorer.score(part):
                    connection.send(results)
    except (EOFError, OSError):
        return


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


@contextmanager
def _one_thread() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let a new process inherit that Ctrl-C is none of its business: this one gets it and ends the other."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
