from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from classifier import __version__
from classifier.readers import MAX_DOCUMENT_BYTES
from tests.conftest import Run

NEEDS_SCRIPT = pytest.mark.skipif(shutil.which("script") is None, reason="no `script` to make a terminal with")
SCORE_OPTIONS = ("--format", "--output", "--fail-on", "--model", "--text-column", "--id-column", "PATH")
CLAIM = "Our drops cure arthritis. Order now and save 20%!"
SUMMARY = r"healthclaims: [\d,]+ documents, .*, [\d,]+ failures?"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "page.txt").write_text(CLAIM)
    return Path("page.txt")


def test_off_a_terminal_reports_are_json_lines(run: Run, page: Path) -> None:
    done = run("score", str(page))
    (report,) = map(json.loads, done.stdout.splitlines())
    assert (done.returncode, done.stderr) == (0, "")
    digest = hashlib.sha256(CLAIM.encode()).hexdigest()
    assert report["document"] == {"id": "page.txt", "source": "page.txt", "sha256": digest, "columns": {}}
    assert [sentence["primary"] for sentence in report["sentences"]] == ["efficacy_claim", "promotional"]
    assert report["sentences"][0]["support"] == "unsupported"
    assert report["sentences"][0]["findings"][0]["rule"] == "support.none"


def test_a_table_shows_sentences_and_a_summary(run: Run, page: Path) -> None:
    done = run("score", str(page), "--format", "table")
    assert "Our drops cure arthritis." in done.stdout
    assert "page.txt: 2 sentences" in done.stdout
    assert "1 of 1 efficacy claims unsupported (1 high)" in done.stdout


def test_the_summary_of_many_documents_stands_beside_reports_that_are_redirected(run: Run, page: Path) -> None:
    done = run("score", str(page), str(page))
    assert len([json.loads(line) for line in done.stdout.splitlines()]) == 2
    assert done.stderr == (
        "healthclaims: 2 documents, 4 sentences, 2 unsupported claims (2 high, 0 medium, 0 low), 0 failures\n"
    )


def test_standard_input(run: Run) -> None:
    done = run("score", "-", stdin=CLAIM.encode())
    assert json.loads(done.stdout)["document"]["source"] == "-"


def test_both_names_of_the_model_work(run: Run, page: Path) -> None:
    for name in ("fast", "accurate"):
        report = json.loads(run("score", str(page), "--model", name).stdout)
        assert report["versions"]["model"].startswith(f"{name}@")


@pytest.mark.parametrize(
    ("level", "code"), [("never", 0), ("high", 1), ("medium", 1), ("low", 1)]
)  # the claim names a disease
def test_fail_on_a_severity(run: Run, page: Path, level: str, code: int) -> None:
    assert run("score", str(page), "--fail-on", level).returncode == code


def test_fail_on_high_lets_lesser_claims_pass(run: Run) -> None:
    done = run("score", "-", "--fail-on", "high", stdin=b"Helps you fall asleep. Deeper sleep.")
    assert done.returncode == 0


def test_output_goes_to_a_file_whose_suffix_tells_the_format(run: Run, page: Path, tmp_path: Path) -> None:
    done = run("score", str(page), "--output", "out.jsonl")
    assert (done.stderr, done.returncode) == ("", 0)
    assert done.stdout.startswith("1 document, 2 sentences, 1 unsupported claim")
    assert json.loads((tmp_path / "out.jsonl").read_text())["schema"] == "healthclaims.report/1"
    assert not list(tmp_path.glob("*.partial"))
    run("score", str(page), "--output", "out.txt")
    assert "efficacy claims unsupported" in (tmp_path / "out.txt").read_text()


@pytest.mark.parametrize("paths", [["."], ["*.txt"], ["page.txt"]])
def test_no_page_is_overwritten_by_its_report(run: Run, page: Path, tmp_path: Path, paths: list[str]) -> None:
    done = run("score", *paths, "--output", str(page), "--format", "jsonl")
    assert (done.returncode, (tmp_path / "page.txt").read_text()) == (2, CLAIM)


def test_a_link_stays_a_link_and_a_device_a_device(run: Run, page: Path, tmp_path: Path) -> None:
    (tmp_path / "real.jsonl").touch()
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    os.mkfifo(tmp_path / "pipe.jsonl")
    assert run("score", str(page), "--output", "link.jsonl").returncode == 0
    assert (tmp_path / "link.jsonl").is_symlink()
    assert (tmp_path / "real.jsonl").read_text().startswith("{")
    reader = subprocess.Popen(["cat", "pipe.jsonl"], cwd=tmp_path, stdout=subprocess.PIPE)
    assert run("score", str(page), "--output", "pipe.jsonl").returncode == 0
    assert reader.communicate()[0].startswith(b"{")
    assert (tmp_path / "pipe.jsonl").is_fifo()
    assert run("score", str(page), "--output", "-").stdout.startswith("{")


def test_unread_documents_are_told_and_the_others_scored(run: Run, page: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "binary.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "latin.txt").write_bytes("Thé".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "line.txt").write_bytes(b"x" * (5 * MAX_DOCUMENT_BYTES))
    paths = ["missing.txt", "empty.txt", "binary.txt", "latin.txt", "folder", "line.txt", str(page)]
    done = run("score", *paths)
    assert done.returncode == 3
    assert [json.loads(line)["document"]["id"] for line in done.stdout.splitlines()] == ["empty.txt", "page.txt"]
    *messages, summary = done.stderr.splitlines()
    assert len(messages) == 6
    assert re.fullmatch(SUMMARY, summary)
    for path, message in zip(paths, messages, strict=False):
        assert message.startswith(f"healthclaims: {path}: ")


def test_unread_wins_over_found(run: Run, page: Path) -> None:
    assert run("score", str(page), "missing.txt", "--fail-on", "low").returncode == 3


def test_an_empty_file_gives_an_empty_report(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    done = run("score", "empty.txt")
    assert (done.returncode, json.loads(done.stdout)["sentences"]) == (0, [])


def test_another_language_is_reported_and_not_scored(run: Run, tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_text("Diese Kapseln lindern Gelenkschmerzen und stärken das Immunsystem jeden Tag.")
    done = run("score", "de.txt")
    report = json.loads(done.stdout)
    assert (done.returncode, report["sentences"], report["context"]["language"]) == (0, [], "de")
    assert "only English is assessed" in report["not_assessed"]
    assert "de.txt: not assessed" in done.stderr
    assert "not assessed" in run("score", "de.txt", "--format", "table").stdout


BAD_USE = {
    "no such model": (["score", "page.txt", "--model", "none"], "no such model folder"),
    "no such folder": (["score", "page.txt", "--output", "no/out.jsonl"], "does not exist"),
    "unknown suffix": (["score", "page.txt", "--output", "out.xyz"], "no format has the suffix '.xyz'"),
    "own input": (["score", "page.txt", "--output", "page.txt", "--format", "jsonl"], "is also read"),
    "no path": (["score"], "the following arguments are required: PATH"),
    "no command": ([], "COMMAND"),
    "unknown level": (["score", "page.txt", "--fail-on", "some"], "invalid choice"),
}


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize("name", BAD_USE)
def test_bad_use_exits_with_2_and_says_why(run: Run, tmp_path: Path, name: str) -> None:
    arguments, message = BAD_USE[name]
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert (tmp_path / "page.txt").read_text() == CLAIM


@NEEDS_SCRIPT
def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": CLAIM}) for _ in range(300)))
    command = f"{sys.executable} -m classifier score a.jsonl --output out.jsonl"
    environment = {**os.environ, "TERM": "xterm"}
    shown = subprocess.run(
        ["script", "-qec", command, "/dev/null"], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    assert b"documents" in shown.stdout
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 300
    silent = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True)
    assert silent.stderr == b""


@NEEDS_SCRIPT
@pytest.mark.parametrize("width", [30, 60, 200])
def test_a_table_fits_its_terminal(tmp_path: Path, width: int) -> None:
    (tmp_path / "a.txt").write_text(CLAIM)
    environment = {**os.environ, "TERM": "xterm"}
    command = f"stty cols {width}; {sys.executable} -m classifier score a.txt --format table"
    done = subprocess.run(
        ["script", "-qec", command, "/dev/null"], cwd=tmp_path, env=environment, capture_output=True, check=True
    )
    lines = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", done.stdout).decode().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert any("arthritis" in line for line in lines)


@pytest.mark.parametrize(
    "arguments", [["a" * 5000], [""], ["page.txt", "--model", ""], ["page.txt", "--model", "a" * 5000]]
)
def test_no_argument_ends_in_a_traceback(run: Run, page: Path, arguments: list[str]) -> None:  # noqa: ARG001
    done = run("score", *arguments)
    assert done.returncode in (2, 3)
    assert len(done.stderr.splitlines()) == 1


def test_a_full_disk_is_one_clear_line(page: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m classifier score {page} > /dev/full"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no space left" in done.stderr


def test_hostile_text_does_not_reach_the_terminal(run: Run) -> None:
    done = run("score", "-", "--format", "table", stdin=b"Calm \x1b[31mred\x1b[0m \x07 mood [bold]x[/bold] [link=x]y")
    assert "\x1b" not in done.stdout
    assert "[bold]x[/bold]" in done.stdout
    assert "\x1b" not in run("score", "\x1b[31m.txt").stderr


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": f"{CLAIM} " * 50}) for _ in range(50)))
    for name in ("jsonl", "table"):
        command = f"{sys.executable} -m classifier score {tmp_path}/a.jsonl --format {name} | head -c 10"
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False)
        assert (done.returncode, re.sub(SUMMARY, "", done.stderr.decode())) == (0, "\n")


@pytest.mark.parametrize("name", ["table", "csv", "html"])
def test_a_reader_that_has_left_changes_no_exit_code_and_loses_no_baseline(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.txt").write_text(CLAIM)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "classifier", "score", "a.txt", "--format", name]
    done = subprocess.run(
        [*command, "--fail-on", "low", "--write-baseline", "b.json"],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")
    assert (tmp_path / "b.json").exists()


@pytest.mark.parametrize("gone", ["stdout", "stderr"])
def test_an_output_is_whole_and_the_exit_code_tells_where_nobody_reads_what_is_told(tmp_path: Path, gone: str) -> None:
    for name in ("a.txt", "c.txt"):
        (tmp_path / name).write_text(CLAIM)
    (tmp_path / "b.txt").write_bytes(b"\xff")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "classifier", "score", ".", "--output", "o.jsonl", "--model", "fast"]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, gone: writer}
    assert subprocess.run(command, cwd=tmp_path, check=False, **streams).returncode == 3  # type: ignore[call-overload]
    os.close(writer)
    assert len((tmp_path / "o.jsonl").read_text().splitlines()) == 2


def test_colours_can_be_asked_for_off_a_terminal(run: Run, page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b[" not in run("score", str(page), "--format", "table").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("score", str(page), "--format", "table").stdout


def test_an_interrupt_ends_the_run_with_130(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(CLAIM)
    os.mkfifo(tmp_path / "later.txt")  # the run waits here until it is interrupted
    process = subprocess.Popen(
        [sys.executable, "-m", "classifier", "score", "a.txt", "later.txt", "--output", "out.jsonl"],
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    while not list(tmp_path.glob("*.partial")):
        assert process.poll() is None
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 130
    assert stderr.decode().endswith("interrupted\n")
    assert not (tmp_path / "out.jsonl").exists()


def test_version(run: Run) -> None:
    assert run("--version").stdout == f"healthclaims {__version__}\n"


def test_help_shows_examples(run: Run) -> None:
    text = run("score", "--help").stdout
    assert "examples:" in text
    assert "exit codes:" in text
    for option in SCORE_OPTIONS:
        assert option in text
