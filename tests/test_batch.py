from __future__ import annotations

import errno
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from classifier import Assessor
from classifier.batch import Counts, Tally
from classifier.batch.failures import Failures
from classifier.batch.progress import Bar, count_documents
from classifier.batch.tasks import Key, Reading, Recipe, Scorer
from classifier.batch.written import Written
from classifier.records import Document, Severity
from tests.conftest import Run

HIGH = "Our drops cure arthritis. Order now and save 20%!"
LOW = "Deeper sleep.\nCalm mood."
OUTPUTS = (".jsonl", ".db", ".parquet")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    for number in range(6):
        (tmp_path / "pages" / f"{number}.txt").write_text(f"{HIGH}\nNumber {number}.")
    (tmp_path / "pages" / "empty.txt").touch()
    rows = [{"text": LOW, "sku": "a"}, {"text": LOW, "sku": "a"}, {"text": HIGH, "sku": "\ud83d"}, {"no": "text"}]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def ids(path: Path) -> list[str]:
    if path.suffix == ".jsonl":
        return [json.loads(line)["document"]["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        rows = pq.read_table(path, columns=["document", "index"]).to_pylist()
        return [row["document"] for row in rows if not row["index"]]
    base = sqlite3.connect(path)
    found = [name for (name,) in base.execute("SELECT name FROM documents ORDER BY id")]
    base.close()
    return found


PATIENCE = 120  # seconds after which a test fails that would else wait for ever


@contextmanager
def waiting(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run that reads `later.txt`, a pipe: what is done within is done while it waits for the text."""
    os.mkfifo(folder / "later.txt")
    command = [sys.executable, "-m", "classifier", "score", *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        try:
            with open_when_read(folder / "later.txt", run) as later:
                yield run
                later.write(LOW)
            run.communicate(timeout=PATIENCE)
        finally:
            run.kill()


def open_when_read(pipe: Path, run: subprocess.Popen[bytes]) -> IO[str]:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return os.fdopen(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK), "w")
        except OSError:  # nobody reads it yet
            assert run.poll() is None
            assert time.monotonic() < end
            time.sleep(0.02)


@contextmanager
def silent_pipe(path: Path) -> Iterator[None]:
    """Make a pipe into which nobody writes; it ends after all where a test waits for it."""
    os.mkfifo(path)
    end = threading.Timer(PATIENCE, lambda: os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK)))
    end.start()
    try:
        yield
    finally:
        end.cancel()


@pytest.mark.usefixtures("pages")
def test_several_processes_write_the_same_bytes_as_one(call: Run, tmp_path: Path) -> None:
    one = call("score", "pages", "rows.jsonl", "missing.txt", "--output", "one.jsonl")
    two = call("score", "pages", "rows.jsonl", "missing.txt", "--output", "two.jsonl", "--jobs", "2")
    assert (one.returncode, two.returncode) == (3, 3)
    assert one.stdout == two.stdout
    assert one.stderr == two.stderr
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert (tmp_path / "one.jsonl.failures.jsonl").read_bytes() == (tmp_path / "two.jsonl.failures.jsonl").read_bytes()


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("format", ["table", "csv", "sarif", "html"])
def test_a_text_format_is_the_same_from_several_processes(call: Run, format: str) -> None:
    one, two = (
        re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "", call(*command, "--jobs", jobs).stdout)
        for command in [("score", "pages", "rows.jsonl", "--format", format)]
        for jobs in ("1", "2")
    )
    assert one.count("arthritis") >= 7
    assert one == two


@pytest.mark.usefixtures("pages")
def test_a_file_of_output_leaves_standard_output_to_the_summary(call: Run) -> None:
    done = call("score", "pages", "rows.jsonl", "--output", "run.jsonl")
    assert done.stdout.startswith("10 documents, 24 sentences, ")
    assert done.stdout.endswith(" low), 1 failure\n")
    assert call("score", "pages/1.txt").stdout.startswith("{")


@pytest.mark.usefixtures("pages")
def test_failures_are_told_in_a_file_that_a_run_without_any_takes_away(call: Run, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("Thé".encode("latin-1"))
    call("score", "pages/1.txt", "latin.txt", "missing.txt", "--output", "run.jsonl")
    failures = [json.loads(line) for line in (tmp_path / "run.jsonl.failures.jsonl").read_text().splitlines()]
    assert [failure["document"] for failure in failures] == ["latin.txt", "missing.txt"]
    assert "not UTF-8" in failures[0]["reason"]
    assert failures[1]["reason"] == "no such file or folder"
    assert call("score", "pages/1.txt", "--output", "run.jsonl").returncode == 0
    assert not (tmp_path / "run.jsonl.failures.jsonl").exists()
    call("score", "missing.txt", "--failures", "own.jsonl")
    assert "missing.txt" in (tmp_path / "own.jsonl").read_text()
    assert not list(tmp_path.glob("*.partial"))


def test_runs_into_two_outputs_of_one_stem_keep_their_failures_apart(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    assert call("score", "missing.txt", "--output", "run.jsonl").returncode == 3
    assert call("score", "a.txt", "--output", "run.db").returncode == 0
    assert "missing.txt" in (tmp_path / "run.jsonl.failures.jsonl").read_text()
    assert not (tmp_path / "run.db.failures.jsonl").exists()


def test_runs_into_two_outputs_at_once_keep_their_failures_apart(call: Run, tmp_path: Path) -> None:
    """The first run has met a failure and waits, while the second meets its own and ends."""
    (tmp_path / "a.txt").write_text(HIGH)
    with waiting(tmp_path, "missing.txt", "later.txt", "--output", "run.jsonl") as first:
        assert call("score", "a.txt", "gone.txt", "--output", "run.db").returncode == 3
    assert first.returncode == 3
    assert (ids(tmp_path / "run.jsonl"), ids(tmp_path / "run.db")) == (["later.txt"], ["a.txt"])
    for output, document in (("run.jsonl", "missing.txt"), ("run.db", "gone.txt")):
        (line,) = (tmp_path / f"{output}.failures.jsonl").read_text().splitlines()
        assert json.loads(line)["document"] == document


def test_two_runs_do_not_write_the_same_failures(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    with waiting(tmp_path, "missing.txt", "later.txt", "--output", "run.jsonl", "--failures", "own.jsonl") as first:
        second = call("score", "a.txt", "--output", "run.db", "--failures", "own.jsonl")
    assert (first.returncode, second.returncode) == (3, 2)
    assert "own.jsonl: another run is writing it" in second.stderr
    assert "missing.txt" in (tmp_path / "own.jsonl").read_text()
    assert sorted(path.name for path in tmp_path.glob("run*")) == ["run.jsonl"]


def test_an_output_appears_without_its_failures_rather_than_with_those_of_another_run(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    failures = tmp_path / "run.jsonl.failures.jsonl"
    call("score", "gone.txt", "--output", "run.jsonl")
    assert "gone.txt" in failures.read_text()

    def refused(_: Failures) -> None:
        raise OSError("no")

    with monkeypatch.context() as patch:
        patch.setattr(Failures, "finish", refused)
        assert call("score", "a.txt", "missing.txt", "--output", "run.jsonl").returncode == 2
    assert ids(tmp_path / "run.jsonl") == ["a.txt"]
    assert not failures.exists()  # what an earlier run left would tell wrong things of this output
    assert call("score", "a.txt", "missing.txt", "--output", "run.jsonl", "--resume").returncode == 3
    assert [json.loads(line)["document"] for line in failures.read_text().splitlines()] == ["missing.txt"]


def test_failures_have_a_file_of_their_own(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    done = call("score", "a.txt", "--output", "run.jsonl", "--failures", "run.jsonl")
    assert (done.returncode, "is the file of --output too" in done.stderr) == (2, True)
    os.mkfifo(tmp_path / "pipe")
    done = call("score", "a.txt", "--failures", "pipe")
    assert (done.returncode, "is a device or a pipe" in done.stderr) == (2, True)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.usefixtures("pages")
def test_failures_never_overwrite_what_is_read(call: Run, tmp_path: Path) -> None:
    text = (tmp_path / "rows.jsonl").read_text()
    for arguments in (["--failures", "rows.jsonl"], ["--output", "rows.jsonl"]):
        assert call("score", "rows.jsonl", *arguments).returncode == 2
    (tmp_path / "rows.db.failures.jsonl").write_text(text)
    assert call("score", "rows.db.failures.jsonl", "--output", "rows.db").returncode == 2
    assert (tmp_path / "rows.db.failures.jsonl").read_text() == (tmp_path / "rows.jsonl").read_text() == text


def test_a_document_that_is_larger_than_wanted_is_a_failure(call: Run, tmp_path: Path) -> None:
    (tmp_path / "small.txt").write_text("é" * 499)
    (tmp_path / "large.txt").write_text("é" * 500 + ".")
    done = call("score", "small.txt", "large.txt", "--max-document-size", "1k", "--output", "run.jsonl")
    assert done.returncode == 3
    assert "large.txt: too large: 1,001 bytes, where --max-document-size allows 1,000" in done.stderr
    assert ids(tmp_path / "run.jsonl") == ["small.txt"]


def test_a_document_that_never_ends_is_a_failure_and_the_others_are_scored(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    with silent_pipe(tmp_path / "pipe.txt"):
        done = call("score", "a.txt", "pipe.txt", "a.txt", "--output", "run.jsonl", "--time-limit", "5")
    assert done.returncode == 3
    assert "pipe.txt: took more than the 5 seconds of --time-limit" in done.stderr
    assert ids(tmp_path / "run.jsonl") == ["a.txt", "a.txt"]


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("suffix", OUTPUTS)
def test_a_run_that_is_interrupted_goes_on_where_it_was(
    call: Run, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from classifier.assessor import Assessor

    paths = ("score", "pages", "rows.jsonl", "pages/0.txt", "--id-column", "sku", "--fail-on", "high")
    assert call(*paths, "--output", f"whole{suffix}").returncode == 3
    judge, count = Assessor._judge, 0

    def interrupted(self: Assessor, *read: Any) -> object:
        nonlocal count
        count += 1
        if count == 7:
            raise KeyboardInterrupt
        return judge(self, *read)

    with monkeypatch.context() as patch:
        patch.setattr(Assessor, "_judge", interrupted)
        cut = call(*paths, "--output", f"run{suffix}")
    assert cut.returncode == 130
    assert "--resume goes on with it" in cut.stderr
    assert not (tmp_path / f"run{suffix}").exists()
    again = call(*paths, "--output", f"run{suffix}")
    assert again.returncode == 2
    assert "a run that was cut short has left" in again.stderr
    other = call(*paths, "--output", f"run{suffix}", "--resume", "--prefer", "recall")
    assert other.returncode == 2
    assert "made by another run (model was " in other.stderr
    done = call(*paths, "--output", f"run{suffix}", "--resume")
    assert done.returncode == 3
    assert "(5 from before)" in done.stdout
    assert ids(tmp_path / f"run{suffix}") == ids(tmp_path / f"whole{suffix}")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["pages", "rows.jsonl"]
        + [f"{name}{suffix}{more}" for name in ("run", "whole") for more in ("", ".failures.jsonl")]
    )


def test_a_run_that_was_cut_short_as_it_tidied_up_goes_on_in_order(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows.csv").write_text("text\nCalm.\nSleep.\nRest.\n")
    command = ("score", "rows.csv", "--model", "fast", "--output", "run.parquet")
    unlink = Path.unlink

    def interrupted(path: Path, **options: bool) -> None:
        if path.name.startswith("part-") and len(list(path.parent.iterdir())) < 3:
            raise KeyboardInterrupt
        unlink(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr("classifier.batch.stores._PART_DOCUMENTS", 1)
        patch.setattr(Path, "unlink", interrupted)
        assert call(*command).returncode == 130
    before = ids(tmp_path / "run.parquet")
    assert call(*command, "--resume").stdout.startswith("3 documents (2 from before)")
    assert ids(tmp_path / "run.parquet") == before == ["rows.csv:2", "rows.csv:3", "rows.csv:4"]


def test_a_run_does_not_read_what_it_is_writing(call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.batch.stores._PART_DOCUMENTS", 1)
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(LOW)
    for suffix in OUTPUTS:
        assert call("score", ".", "--model", "fast", "--output", f"run{suffix}").returncode == 0
        assert ids(tmp_path / f"run{suffix}") == ["./a.txt", "./b.txt"]
        (tmp_path / f"run{suffix}").unlink()


def test_an_output_for_which_there_is_no_room_is_told_and_gone_on_with(
    call: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows.csv").write_text("text\nCalm.\nSleep.\nRest.\n")
    command = ("score", "rows.csv", "--model", "fast", "--output")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for suffix, writing in ((".jsonl", "outputs.sync"), (".parquet", "stores.parquet.join_parts")):
        with monkeypatch.context() as patch:
            patch.setattr(f"classifier.batch.{writing}", full)
            done = call(*command, f"run{suffix}")
        assert (done.returncode, f"--output run{suffix}: cannot be written: no space left" in done.stderr) == (2, True)
        assert f"run{suffix}.partial; --resume goes on with it" in done.stderr
    with monkeypatch.context() as patch:
        patch.setattr("classifier.reports.sqlite._INDEXES", "PRAGMA max_page_count = 1; CREATE TABLE more AS SELECT 1;")
        done = call(*command, "run.db")
    assert (done.returncode, "--output run.db: cannot be written: database or disk is full" in done.stderr) == (2, True)
    for suffix in OUTPUTS:
        assert call(*command, f"run{suffix}", "--resume").returncode == 0
        assert ids(tmp_path / f"run{suffix}") == ["rows.csv:2", "rows.csv:3", "rows.csv:4"]


def test_the_exit_code_of_a_resumed_run_counts_what_was_done_before(call: Run, tmp_path: Path) -> None:
    for suffix in OUTPUTS:
        (tmp_path / "a.txt").write_text(HIGH)
        (tmp_path / "b.txt").write_text("Store in a cool place.")
        call("score", "a.txt", "--output", f"run{suffix}")
        cut_short(tmp_path / f"run{suffix}")
        done = call("score", "a.txt", "b.txt", "--output", f"run{suffix}", "--resume", "--fail-on", "high")
        assert done.returncode == 1
        assert done.stdout.startswith("2 documents (1 from before), 3 sentences, 1 unsupported claim (1 high")


def test_a_torn_line_is_cut_and_a_foreign_file_is_left_alone(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    (tmp_path / "b.txt").write_text(LOW)
    call("score", "a.txt", "b.txt", "--output", "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    for cut in (0, 5, 40, whole.index(b"\n"), whole.index(b"\n") + 1, len(whole) - 1, len(whole)):
        (tmp_path / "run.jsonl.partial").write_bytes(whole[:cut])
        assert call("score", "a.txt", "b.txt", "--output", "run.jsonl", "--resume").returncode == 0
        assert (tmp_path / "run.jsonl").read_bytes() == whole
    for suffix in (".jsonl", ".db"):
        (tmp_path / f"run{suffix}.partial").write_text("Dear diary,\nthis is not a run.\n")
        done = call("score", "a.txt", "--output", f"run{suffix}", "--resume")
        assert done.returncode == 2
        assert "is not what a run has left" in done.stderr
        assert (tmp_path / f"run{suffix}.partial").read_text().startswith("Dear diary")
    for line in ('{"context": null}', '{"context": [], "versions": {}}', '{"context": "x", "versions": {}}', "[1]"):
        (tmp_path / "run.jsonl.partial").write_text(f"{line}\n")
        done = call("score", "a.txt", "--output", "run.jsonl", "--resume")
        assert (done.returncode, "is not what a run has left" in done.stderr) == (2, True), done.stderr


def test_a_folder_of_others_is_left_alone_and_a_damaged_part_is_told(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(LOW)
    command = ("score", "a.txt", "--output", "run.parquet", "--resume", "--model", "fast")
    folder = tmp_path / "run.parquet.partial"
    folder.mkdir()
    for name, said in {"notes.txt": "is not what a run has left", "part-000001.rows": "is damaged"}.items():
        (folder / name).write_text("Dear diary")
        done = call(*command)
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
        (folder / name).unlink()
    assert call(*command).returncode == 0


def cut_short(path: Path) -> None:
    """Make of the output of a run what it would have left, had it been killed before its end."""
    partial = path.with_name(f"{path.name}.partial")
    if path.suffix == ".parquet":
        partial.mkdir()
        partial /= "part-000001.rows"
    path.rename(partial)


def test_a_text_that_has_changed_is_scored_anew_on_resume_and_its_old_report_is_told(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    call("score", "a.txt", "--output", "run.jsonl")
    cut_short(tmp_path / "run.jsonl")
    (tmp_path / "a.txt").write_text(LOW)
    done = call("score", "a.txt", "--output", "run.jsonl", "--resume")
    assert len(ids(tmp_path / "run.jsonl")) == 2
    assert "1 of the reports from before are on texts that have changed or are gone" in done.stderr


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("suffix", OUTPUTS)
def test_a_run_goes_on_where_its_paths_are_written_otherwise(call: Run, tmp_path: Path, suffix: str) -> None:
    call("score", "pages", "rows.jsonl", "--output", f"run{suffix}")
    before = ids(tmp_path / f"run{suffix}")
    for paths in (["./pages", "pages/../rows.jsonl"], [str(tmp_path / "pages"), str(tmp_path / "rows.jsonl")]):
        cut_short(tmp_path / f"run{suffix}")
        done = call("score", *paths, "--output", f"run{suffix}", "--resume")
        assert done.stdout.startswith("10 documents (10 from before)")
        assert "have changed or are gone" not in done.stderr
        assert ids(tmp_path / f"run{suffix}") == before


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize("suffix", OUTPUTS)
def test_a_run_that_meets_nothing_done_before_is_refused(call: Run, tmp_path: Path, suffix: str) -> None:
    call("score", "pages", "--output", f"run{suffix}")
    before = ids(tmp_path / f"run{suffix}")
    cut_short(tmp_path / f"run{suffix}")
    (tmp_path / "pages").rename(tmp_path / "moved")
    done = call("score", "moved", "--output", f"run{suffix}", "--resume")
    assert done.returncode == 2
    assert f"none of the 7 documents that are done in run{suffix}.partial" in done.stderr
    (tmp_path / "moved").rename(tmp_path / "pages")
    assert call("score", "pages", "--output", f"run{suffix}", "--resume").returncode == 0
    assert ids(tmp_path / f"run{suffix}") == before


@pytest.mark.parametrize("suffix", OUTPUTS)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--carry", "brand"], "reading was --id-column sku, is --id-column sku --carry brand"),
        (["--id-column", "brand"], "is --id-column brand"),
        (["--text-column", "brand"], "is --text-column brand --id-column sku"),
        (["--html"], "is --id-column sku --html"),
        (["--policy", "house.toml"], "'house': '1@"),
    ],
)
def test_a_run_goes_on_only_with_the_options_that_it_was_begun_with(
    call: Run, tmp_path: Path, suffix: str, options: list[str], said: str
) -> None:
    (tmp_path / "rows.csv").write_text(f"text,sku,brand\n{HIGH},1,A\n{LOW.splitlines()[0]},2,B\n")
    (tmp_path / "house.toml").write_text('name = "house"\nversion = "1"\nlast_verified = "2026"\nrule = []\n')
    started = ("score", "rows.csv", "--id-column", "sku", "--output", f"run{suffix}")
    call(*started)
    cut_short(tmp_path / f"run{suffix}")
    done = call(*started, "--resume", *options)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert "use the same options, or remove it to start anew" in done.stderr
    assert call(*started, "--resume").stdout.startswith("2 documents (2 from before)")
    assert ids(tmp_path / f"run{suffix}") == ["1", "2"]


def test_a_run_goes_on_only_with_the_rules_that_it_was_begun_with(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    call("score", "a.txt", "--output", "run.jsonl")
    cut_short(tmp_path / "run.jsonl")
    (tmp_path / "healthclaims.toml").write_text('[rules]\ndisable = ["support.none"]\n')
    done = call("score", "a.txt", "--output", "run.jsonl", "--resume")
    assert (done.returncode, "is {'support': '1-support.none'}" in done.stderr) == (2, True)


def test_a_smaller_limit_does_not_fail_what_is_done(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    call("score", "a.txt", "--output", "run.jsonl")
    cut_short(tmp_path / "run.jsonl")
    done = call("score", "a.txt", "--output", "run.jsonl", "--resume", "--max-document-size", "5")
    assert done.stdout.startswith("1 document (1 from before)")
    assert done.stdout.endswith("0 failures\n")


def test_two_runs_do_not_write_the_same_output(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    with waiting(tmp_path, "a.txt", "later.txt", "--output", "run.jsonl"):
        second = call("score", "a.txt", "--output", "run.jsonl", "--resume")
    assert second.returncode == 2
    assert "another run is writing it" in second.stderr
    assert ids(tmp_path / "run.jsonl") == ["a.txt", "later.txt"]


@pytest.mark.usefixtures("pages")
def test_a_baseline_is_the_same_from_several_processes_and_is_applied_in_each(call: Run, tmp_path: Path) -> None:
    for jobs in ("1", "2"):
        call("score", "pages", "--output", f"run{jobs}.jsonl", "--jobs", jobs, "--write-baseline", f"base{jobs}.json")
    assert (tmp_path / "base1.json").read_bytes() == (tmp_path / "base2.json").read_bytes()
    done = call(
        *("score", "pages", "--output", "run.db", "--jobs", "2", "--baseline", "base1.json", "--fail-on", "low"),
    )
    assert done.returncode == 0
    assert "findings set aside" in done.stdout


@pytest.mark.usefixtures("pages")
def test_a_run_goes_on_only_with_the_decisions_that_it_was_begun_with(call: Run, tmp_path: Path) -> None:
    call("score", "pages", "--output", "run.jsonl", "--write-baseline", "base.json")
    (tmp_path / "run.jsonl").rename(tmp_path / "run.jsonl.partial")
    done = call("score", "pages", "--output", "run.jsonl", "--resume", "--baseline", "base.json")
    assert (done.returncode, "decisions was None" in done.stderr) == (2, True)
    done = call("score", "pages", "--output", "run.jsonl", "--resume", "--write-baseline", "base.json")
    assert (done.returncode, "whole run" in done.stderr) == (2, True)


@pytest.mark.usefixtures("pages")
def test_a_database_holds_documents_sentences_and_findings(call: Run, tmp_path: Path) -> None:
    call("score", "pages", "rows.jsonl", "missing.txt", "--output", "run.db")
    base = sqlite3.connect(tmp_path / "run.db")
    (count,) = base.execute("SELECT count(*) FROM documents").fetchone()
    assert count == 10
    row = base.execute(
        "SELECT documents.name, sentences.text, findings.rule FROM findings "
        "JOIN sentences ON sentences.id = findings.sentence JOIN documents ON documents.id = findings.document "
        "WHERE sentences.document = documents.id ORDER BY findings.id"
    ).fetchone()
    assert row == ("pages/0.txt", "Our drops cure arthritis.", "support.none")
    claims = base.execute("SELECT document, severity, rules FROM unsupported_claims").fetchall()
    assert claims[0] == ("pages/0.txt", "high", "support.none")
    assert base.execute("SELECT name FROM worst_documents").fetchone() == ("pages/0.txt",)
    assert base.execute("SELECT rule FROM findings_by_rule_and_severity").fetchone() == ("support.none",)
    assert base.execute("SELECT reason FROM failures WHERE document = 'missing.txt'").fetchall() == [
        ("no such file or folder",)
    ]
    assert base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    plan = base.execute("EXPLAIN QUERY PLAN SELECT * FROM findings WHERE rule = 'support.none'").fetchone()
    assert "USING INDEX" in plan[-1]
    base.close()


def test_a_database_in_use_is_not_replaced(call: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(HIGH)
    call("score", "a.txt", "--output", "run.db")
    (tmp_path / "run.db-wal").write_bytes(b"x")
    done = call("score", "a.txt", "--output", "run.db")
    assert (done.returncode, "in use" in done.stderr) == (2, True)


@pytest.mark.usefixtures("pages")
def test_parquet_holds_a_row_a_sentence_and_one_for_a_document_without(call: Run, tmp_path: Path) -> None:
    import pandas

    call("score", "pages", "--output", "run.parquet")
    frame = pandas.read_parquet(tmp_path / "run.parquet")
    assert len(frame) == 6 * 3 + 1
    assert frame["index"].isna().sum() == 1
    assert [finding["rule"] for finding in frame["findings"].iloc[0]] == ["support.none"]
    assert frame["score_efficacy_claim"].iloc[0] > 0.5


@pytest.mark.usefixtures("pages")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "-1"], "no number from 0"),
        (["--jobs", "many"], "no number from 0"),
        (["--max-document-size", "0"], "is no size"),
        (["--max-document-size", "M"], "is no size"),
        (["--time-limit", "0"], "no number of seconds"),
        (["--time-limit", "nan"], "no number of seconds"),
        (["--resume"], "--resume: needs --output"),
        (["--resume", "--output", "run.txt"], "--resume: needs --output"),
        (["--format", "sqlite"], "name one with --output"),
        (["--failures", "no/folder.jsonl"], "does not exist"),
    ],
)
def test_bad_use_is_told(call: Run, arguments: list[str], message: str) -> None:
    done = call("score", "pages", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.usefixtures("pages")
def test_documents_are_counted_without_reading_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("text\na\nb")
    assert count_documents(["pages", "rows.jsonl", "table.csv", "missing.txt", "-"]) == 7 + 4 + 2 + 1 + 1
    with silent_pipe(tmp_path / "pipe.csv"):
        assert count_documents(["pages", "pipe.csv"]) is None
    assert count_documents(["-"], stdin_suffix=".html") == 1
    assert count_documents(["-"], stdin_suffix=".csv") is None
    assert count_documents(["-"], stdin_suffix=".jsonl.gz") is None


def test_documents_from_before_count_as_done_and_not_for_the_rate() -> None:
    from rich.console import Console
    from rich.progress import Progress

    now = 0.0
    progress = Progress(console=Console(file=io.StringIO()), get_time=lambda: now)
    bar = Bar(progress)
    bar.set_total(1_000)
    for _ in range(900):
        bar.skip()
    for _ in range(11):
        now += 1.0
        bar.advance()
    (task,) = progress.tasks
    assert (task.completed, task.speed, task.time_remaining) == (911, 1.0, 89.0)


def test_no_more_documents_are_done_than_there_are() -> None:
    from rich.console import Console
    from rich.progress import Progress

    progress = Progress(console=Console(file=io.StringIO()))
    bar = Bar(progress)
    for step in (bar.advance, bar.advance, lambda: bar.set_total(1), bar.advance, bar.skip):
        step()
        (task,) = progress.tasks
        assert task.percentage <= 100
    assert (task.completed, task.total, task.fields["of"]) == (4, 4, " of 4")


MEASURED = """
import os
from pathlib import Path
from classifier.assessor import Assessor
from classifier.cli import main

judge, count = Assessor._judge, 0

def measured(self, *read):
    global count
    count += 1
    if count in (500, 5_000):
        print(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    return judge(self, *read)

Assessor._judge = measured
assert main(["score", "rows.csv", "--model", "fast", "--output", "run.jsonl"]) == 0
"""


def test_a_few_files_are_read_ahead_large_ones_and_standard_input_one_by_one(
    assessor: Assessor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []
    for number in range(20):
        (tmp_path / f"{number}.txt").write_text("Calm. " * (20_000 if number < 2 else 1))
        names.append(str(tmp_path / f"{number}.txt"))
    read: list[str] = []

    def read_all(_: Reading, source: str) -> Iterator[Document]:
        read.append(source)
        yield Document(Path(source).read_text(), id=source, source=source, language="xx")

    monkeypatch.setattr(Reading, "read_all", read_all)
    scorer = Scorer(assessor, Recipe(lambda: assessor, str))
    results = scorer.score(iter(names))
    ahead = [len(read) for _ in results]
    assert ahead == [1, 2, *[18] * 16, 20, 20]
    typed = iter([Document("Calm.", id=str(number), source="-", language="xx") for number in range(3)])
    answers = scorer.score(typed)
    next(answers)
    assert next(typed).id == "1"


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc that tells the resident size")
def test_memory_does_not_grow_with_the_number_of_rows(root: Path, tmp_path: Path) -> None:
    rows = [f"Our drops number {number % 100} ease joint pain.\n" for number in range(5_100)]  # new words are kept
    (tmp_path / "rows.csv").write_text("".join(["text\n", *rows]))
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", MEASURED]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    after_few, after_many, _ = done.stdout.splitlines()
    assert int(after_many) - int(after_few) < 3_000_000  # bytes; the reports, had they been kept, take 6,600,000


def test_a_bag_of_keys_gives_each_once() -> None:
    written = Written()
    key = Key("a", "\ud83d", "0")
    written.add(key)
    written.add(key)
    assert [written.take(key) for _ in range(3)] == [True, True, False]
    assert not written.take(Key("a", "a", "1"))
    assert not written.holds("a")
    written.close()


def test_a_tally_keeps_the_worst() -> None:
    tally = Tally()
    for worst in (None, Severity.MEDIUM, Severity.LOW, None):
        tally.add(Counts(sentences=1, worst=worst))
    assert (tally.documents, tally.counts.sentences, tally.counts.worst) == (4, 4, Severity.MEDIUM)
