from __future__ import annotations

import math
import multiprocessing.resource_tracker
import multiprocessing.spawn
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from classifier.assessor import Assessor
from classifier.batch.processes import score_in_processes
from classifier.batch.tasks import Outcome, Recipe, Result, Task
from classifier.errors import ConfigurationError, ModelError, UnreadableError
from classifier.records import Document, Report, Versions
from tests.made_files import pdf


@dataclass(frozen=True)
class Obedient:
    """Assess documents by doing what they say; all of some documents before the first report, as an assessor may."""

    def assess_each(self, documents: Sequence[Document]) -> Iterator[Report | Exception]:
        yield from [*map(self.attempt, documents)]

    def attempt(self, document: Document) -> Report | Exception:
        try:
            return self.assess(document)
        except ValueError as error:
            return error

    def assess(self, document: Document) -> Report:
        word, _, rest = document.text.partition(" ")
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "die-once" and not Path(rest).exists():
            Path(rest).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "die-alone" and not Path(rest).exists():  # it survives its first turn, in the company of others
            Path(rest).touch()
        elif word == "die-alone" and not Path(f"{rest}-again").exists():
            Path(f"{rest}-again").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        elif word == "sleep":
            time.sleep(float(rest))
        elif word == "raise":
            raise ValueError(rest)
        return Report(document, (), Versions("0", "obedient"))


def obedient() -> Assessor:
    return Obedient()  # type: ignore[return-value]


def stillborn() -> Assessor:
    os._exit(7)


def no_model() -> Assessor:
    raise ModelError("no such model folder")


def told(report: Report) -> tuple[str, str, str | None]:
    return report.document.text, str(os.getpid()), os.environ.get("OMP_NUM_THREADS")


def run(texts: Iterator[str] | list[str], *, jobs: int = 2, time_limit: float | None = None) -> list[Result]:
    tasks = (Document(text, id=str(number)) for number, text in enumerate(texts))
    found = score_in_processes(tasks, Recipe(obedient, told), jobs=jobs, time_limit=time_limit)
    return [result for results in found for result in results]


def names(results: list[Result]) -> list[str]:
    return [result.key.id if isinstance(result, Outcome) else f"failed {result.source}" for result in results]


def test_results_come_in_the_order_of_the_documents_from_several_processes() -> None:
    results = run(["sleep 0.3", *("sleep 0.01" for _ in range(60))])
    assert names(results) == [str(number) for number in range(61)]
    payloads = [result.payload for result in results if isinstance(result, Outcome)]
    assert len({process for _, process, _ in payloads}) == 2
    assert {threads for _, _, threads in payloads} == {"1"}
    assert os.environ.get("OMP_NUM_THREADS") != "1" or "OMP_NUM_THREADS" in os.environ


def test_a_document_that_kills_its_process_is_reported_and_no_other() -> None:
    results = run(["say a", "die", "say b", "say c", "die", "say d"])
    assert names(results) == ["0", "failed 1", "2", "3", "failed 4", "5"]
    assert isinstance(results[1], UnreadableError)
    assert "ended its process 2 times (exit code -9)" in results[1].reason


def test_a_document_whose_process_was_killed_by_chance_is_done_again(tmp_path: Path) -> None:
    assert names(run([f"die-once {tmp_path}/a", "say b"])) == ["0", "1"]


def test_a_death_amid_several_is_laid_at_no_door_but_that_of_who_dies_alone(tmp_path: Path) -> None:
    """The first of a chunk is not blamed for another's deed: killed once by chance when alone, it is done again."""
    results = run([f"die-alone {tmp_path}/a", "say b", "die", "say c"], jobs=1)
    assert names(results) == ["0", "1", "failed 2", "3"]


def test_a_document_that_takes_too_long_is_reported_and_no_other() -> None:
    results = run(["say a", "sleep 60", "say b", "sleep 0.2"], jobs=1, time_limit=2)
    assert names(results) == ["0", "failed 1", "2", "3"]
    assert "2 seconds of --time-limit" in str(results[1])


def test_the_first_document_of_a_process_does_not_pay_for_what_is_read_when_first_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []
    monkeypatch.setattr(Obedient, "assess", lambda _, document: texts.append(document.text))
    Recipe(obedient, told).build()
    assert len(texts) == 1


def test_a_document_that_meets_a_fault_is_reported_and_no_other() -> None:
    results = run(["raise eggs", "say a"], jobs=1)
    assert names(results) == ["failed 0", "1"]
    assert "ValueError: eggs" in str(results[0])


def test_errors_among_the_tasks_keep_their_place() -> None:
    tasks: list[Task | UnreadableError] = [Document("a", id="a"), UnreadableError("b", "no"), Document("c", id="c")]
    found = list(score_in_processes(tasks, Recipe(obedient, told), jobs=2))
    assert names([result for results in found for result in results]) == ["a", "failed b", "c"]
    assert list(score_in_processes([], Recipe(obedient, told), jobs=2)) == []


def test_only_a_window_of_documents_is_in_flight() -> None:
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for _ in range(100_000):
            taken += 1
            yield "say a"

    tasks = (Document(text) for text in texts())
    with closing(score_in_processes(tasks, Recipe(obedient, told), jobs=2)) as found:
        next(found)
        assert taken <= 2 * 8 * 8 + 1
        long = (Document("say " + "a" * 6_000_000) for _ in range(100))
    with closing(score_in_processes(long, Recipe(obedient, len_of), jobs=1)) as found:
        next(found)
        assert len(list(long)) >= 95


def len_of(report: Report) -> int:
    return len(report.document.text)


def test_large_documents_and_large_results_never_wait_for_each_other() -> None:
    assert len(run(["say " + "a" * 3_000_000] * 6)) == 6


def test_a_model_that_cannot_be_loaded_is_one_clear_error() -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        list(score_in_processes([Document("a")], Recipe(no_model, told), jobs=2))
    with pytest.raises(ConfigurationError, match=r"ended before they were ready \(exit code 7\)"):
        list(score_in_processes([Document("a")], Recipe(stillborn, told), jobs=2))


@pytest.mark.skipif(not Path("/bin/false").exists(), reason="no program that ends at once")
def test_processes_that_end_before_they_have_read_what_they_are_sent_are_one_clear_error() -> None:
    """A recipe may hold a large baseline: who is sent more than a pipe takes may be gone."""
    recipe = Recipe(obedient, partial(named, "a" * 2_000_000))
    errors: list[Exception] = []

    def run() -> None:
        try:
            list(score_in_processes([Document("a")], recipe, jobs=1))
        except ConfigurationError as error:
            errors.append(error)

    multiprocessing.resource_tracker.ensure_running()  # it is a Python of its own, which shall live
    python = multiprocessing.spawn.get_executable()
    multiprocessing.spawn.set_executable("/bin/false")
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(60)
    finally:
        multiprocessing.spawn.set_executable(python)
    assert "ended before they were ready (exit code 1)" in str(errors)


def named(name: str, report: Report) -> tuple[str, str]:
    return name, report.document.text


def wait_for(is_true: Callable[[], object], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def readers_of(path: Path) -> list[int]:
    """Return the processes that a file was given to as their standard input."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and (entry / "fd" / "0").resolve() == path.resolve():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def seconds_used(process: int) -> float:
    """Return the processor time that a process has used; infinite once it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.inf
    return math.inf if fields[0] in "ZX" else (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for_its_end(process: int) -> None:
    """Wait for the end of a process, which must not do much more until then: a busy machine may make it late."""
    most = seconds_used(process) + 3
    while (used := seconds_used(process)) < math.inf:
        assert used < most
        time.sleep(0.05)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc to look for processes in")
def test_no_reader_of_a_file_outlives_a_run_that_was_killed(tmp_path: Path) -> None:
    page = tmp_path / "long.pdf"
    page.write_bytes(pdf(["Calm."] * 20_000))
    run = subprocess.Popen([sys.executable, "-m", "classifier", "score", str(page), "--model", "fast"])
    wait_for(lambda: readers_of(page), seconds=300)
    (reader,) = readers_of(page)
    wait_for(lambda: seconds_used(reader) > 1.5, seconds=300)  # it parses
    run.kill()
    run.wait()
    wait_for_its_end(reader)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc to look for processes in")
def test_no_reader_of_a_file_outlives_the_time_limit(tmp_path: Path) -> None:
    page = tmp_path / "long.pdf"
    page.write_bytes(pdf(["Calm."] * 20_000))
    (result,) = next(score_in_processes([str(page)], Recipe(obedient, told), jobs=1, time_limit=2))
    if "more than 10,000 pages" in str(result):
        pytest.skip("this machine reads it sooner than the run is cut short")
    assert "2 seconds of --time-limit" in str(result)
    for reader in readers_of(page):
        wait_for_its_end(reader)


LONG = """
import os, sys
from tests.test_batch_processes import *

if __name__ == "__main__":
    tasks = [Document("say a")] * 24 + [Document("sleep 600")] * 16
    for results in score_in_processes(tasks, Recipe(obedient, told), jobs=2):
        print(results[0].payload[1], flush=True)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc to look for processes in")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_process_outlives_the_run(root: Path, tmp_path: Path, sign: signal.Signals) -> None:
    (tmp_path / "long.py").write_text(LONG)
    environment = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.Popen(
        [sys.executable, "long.py"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert run.stdout is not None
    workers = {int(run.stdout.readline()) for _ in range(24)}
    run.send_signal(sign)
    run.communicate()
    wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers), seconds=20)
