"""Kill runs and their processes at random, resume, and compare with the run that nobody disturbed."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc to look for processes in")
PARTS = (
    "Our drops number {n} cure arthritis.",
    "Order today and save {n}%!",
    "In a randomised trial of {n} adults, sleep got better (Doe et al., 2019).",
    "It works by calming the nerves.",
    "Do not take it with {n} glasses of wine.",
    "Deeper sleep",
)


def make_documents(folder: Path, count: int, *, seed: int) -> None:
    """Write documents: most as rows of a table, some as files, one twice."""
    generator = random.Random(seed)
    texts = [
        "\n".join(part.format(n=number) for part in generator.choices(PARTS, k=generator.randint(0, 12)))
        for number in range(count)
    ]
    files = texts[: count // 10]
    (folder / "pages").mkdir()
    for number, text in enumerate(files):
        (folder / "pages" / f"{number:05}.txt").write_text(text)
    rows = [{"text": text, "sku": f"{number % (count // 3)}"} for number, text in enumerate(texts[len(files) :])]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*rows, rows[0]]))


def start(folder: Path, output: str, *, jobs: int) -> subprocess.Popen[bytes]:
    arguments = ["pages", "rows.jsonl", "pages/00000.txt", "--id-column", "sku", "--output", output]
    return subprocess.Popen(
        [sys.executable, "-m", "classifier", "score", *arguments, "--resume", "--jobs", str(jobs)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def workers_of(run: subprocess.Popen[bytes]) -> list[int]:
    try:
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]
    except OSError:
        return []


def size(path: Path) -> int:
    files = [path, path.with_name(path.name + "-wal"), *path.glob("*")]
    return sum(file.stat().st_size for file in files if file.is_file())


def disturb(folder: Path, output: str, *, kills: int, jobs: int, step: int, seed: int) -> int:
    """Run to the end with kills at random: of the run, or of one of its processes. Return how many were dealt."""
    generator = random.Random(seed)
    partial = folder / f"{output}.partial"
    dealt = 0
    while True:
        run = start(folder, output, jobs=jobs)
        while dealt < kills and run.poll() is None:
            goal = size(partial) + generator.randint(0, 2 * step)
            pause = time.monotonic() + generator.choice((0.05, 0.5, 8.0))
            while run.poll() is None and size(partial) < goal and time.monotonic() < pause:
                time.sleep(0.002)
            workers = workers_of(run)
            whom = run.pid if not workers or generator.random() < 0.6 else generator.choice(workers)
            try:
                os.kill(whom, signal.SIGKILL)
                dealt += 1
            except ProcessLookupError:
                continue
            if whom == run.pid:
                break
        _, errors = run.communicate()
        if run.returncode in (0, 3):
            return dealt
        assert run.returncode == -signal.SIGKILL, errors.decode()


def contents(path: Path) -> list[tuple[str, str]]:
    """Return the name of each document in an output, in order, and all that the output holds of it."""
    if path.suffix == ".jsonl":
        lines = path.read_text(encoding="utf-8").splitlines()
        return [(json.loads(line)["document"]["id"], line) for line in lines]
    return parquet_contents(path) if path.suffix == ".parquet" else database_contents(path)


def parquet_contents(path: Path) -> list[tuple[str, str]]:
    import pyarrow.parquet as pq

    found: list[list[dict[str, object]]] = []
    for row in pq.read_table(path).to_pylist():
        last = found[-1][-1] if found else {}
        is_same = all(row[name] == last.get(name) for name in ("document", "source", "sha256"))
        if row["index"] == 0 or not is_same or last["index"] is None:  # a row without an index is a document's last
            found.append([])
        found[-1].append(row)
    return [(str(rows[0]["document"]), repr(rows)) for rows in found]


def database_contents(path: Path) -> list[tuple[str, str]]:
    base = sqlite3.connect(path)
    base.row_factory = sqlite3.Row
    try:
        assert base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        parts: dict[int, list[str]] = {}
        names: dict[int, str] = {}
        for row in base.execute("SELECT * FROM documents ORDER BY id"):
            names[row["id"]] = row["name"]
            parts[row["id"]] = [repr(tuple(row)[1:])]
        for row in base.execute("SELECT * FROM sentences ORDER BY id"):
            parts[row["document"]].append(repr(tuple(row)[2:]))
        for row in base.execute(
            "SELECT findings.document, sentences.position, findings.* FROM findings "
            "LEFT JOIN sentences ON sentences.id = findings.sentence ORDER BY findings.id"
        ):
            parts[row["document"]].append(repr((row["position"], *tuple(row)[5:])))
        return [(names[number], "\n".join(parts[number])) for number in parts]
    finally:
        base.close()


def lost(whole: list[tuple[str, str]], run: list[tuple[str, str]]) -> list[str]:
    """Return the names of the documents of `whole` that `run` lacks; anything else that differs is an error."""
    rest = iter(run)
    expected = next(rest, None)
    missing = []
    for document in whole:
        if document == expected:
            expected = next(rest, None)
        else:
            missing.append(document[0])
    assert expected is None, f"doubled, changed or out of order: {expected}"
    return missing


def test_what_is_lost_is_told_and_what_is_doubled_or_changed_is_an_error() -> None:
    whole = [("a", "1"), ("b", "2"), ("b", "3")]
    assert lost(whole, whole) == []
    assert lost(whole, [("a", "1"), ("b", "3")]) == ["b"]
    for wrong in ([whole[0], whole[0], whole[2]], [whole[1], whole[0], whole[2]], [whole[0], ("b", "4"), whole[2]]):
        with pytest.raises(AssertionError, match="doubled"):
            lost(whole, wrong)


def test_the_documents_of_an_output_are_told_apart(tmp_path: Path) -> None:
    make_documents(tmp_path, 12, seed=1)
    outputs = [tmp_path / f"run{suffix}" for suffix in (".jsonl", ".db", ".parquet")]
    runs = [start(tmp_path, output.name, jobs=1) for output in outputs]
    for run in runs:
        _, errors = run.communicate()
        assert run.returncode == 0, errors.decode()
    lines, *others = ([name for name, _ in contents(output)] for output in outputs)
    assert len(lines) == 14
    assert others == [lines, lines]


def check(folder: Path, output: str, *, count: int, kills: int, jobs: int, step: int, seed: int) -> None:
    make_documents(folder, count, seed=seed)
    whole = start(folder, f"whole{output}", jobs=1)
    _, errors = whole.communicate()
    assert whole.returncode == 0, errors.decode()
    dealt = disturb(folder, f"run{output}", kills=kills, jobs=jobs, step=step, seed=seed)
    assert dealt >= 0.9 * kills  # the run may have ended before the last
    assert not list(folder.glob("*.partial*"))
    assert not list(folder.glob("*.lock"))
    failures = folder / f"run{output}.failures.jsonl"
    failed = [json.loads(line) for line in failures.read_text().splitlines()] if failures.exists() else []
    assert all("ended its process 2 times" in failure["reason"] for failure in failed)  # it met two kills
    missing = lost(contents(folder / f"whole{output}"), contents(folder / f"run{output}"))
    assert sorted(missing) == sorted(failure["document"] for failure in failed)
    if output == ".jsonl" and not failed:
        assert (folder / "run.jsonl").read_bytes() == (folder / "whole.jsonl").read_bytes()


@pytest.mark.parametrize(("output", "jobs"), [(".jsonl", 2), (".db", 1)])
def test_a_run_that_was_killed_goes_on_with_nothing_lost_and_nothing_doubled(
    tmp_path: Path, output: str, jobs: int
) -> None:
    check(tmp_path, output, count=120, kills=4, jobs=jobs, step=15_000, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("output", "jobs", "step"), [(".jsonl", 2, 60_000), (".jsonl", 1, 60_000), (".db", 2, 40_000), (".parquet", 2, 1)]
)
def test_fifty_kills_over_two_thousand_documents(tmp_path: Path, output: str, jobs: int, step: int) -> None:
    check(tmp_path, output, count=2_000, kills=50, jobs=jobs, step=step, seed=50)
