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


def contents(path: Path) -> list[object]:
    """Return what an output holds of each document, in order, with what belongs to it."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return list(pq.read_table(path).to_pylist())
    base = sqlite3.connect(path)
    try:
        tables = ("documents", "sentences", "findings", "unsupported_claims")
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        return [row for table in tables for row in base.execute(f"SELECT * FROM {table}")]
    finally:
        base.close()


def documents(path: Path) -> int:
    if path.suffix == ".parquet":
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        indexes = pq.read_table(path, columns=["index"]).column("index")
        return int(pc.sum(pc.equal(pc.fill_null(indexes, 0), 0)).as_py())
    if path.suffix == ".jsonl":
        return len(path.read_bytes().splitlines())
    base = sqlite3.connect(path)
    (count,) = base.execute("SELECT count(*) FROM documents").fetchone()
    base.close()
    return int(count)


def check(folder: Path, output: str, *, count: int, kills: int, jobs: int, step: int, seed: int) -> None:
    make_documents(folder, count, seed=seed)
    whole = start(folder, f"whole{output}", jobs=1)
    _, errors = whole.communicate()
    assert whole.returncode == 0, errors.decode()
    dealt = disturb(folder, f"run{output}", kills=kills, jobs=jobs, step=step, seed=seed)
    assert dealt >= 0.9 * kills  # the run may have ended before the last
    assert not list(folder.glob("*.partial*"))
    assert not list(folder.glob("*.lock"))
    failures = folder / "run.failures.jsonl"
    if failures.exists():  # one document met two kills: it is told, and all others are there
        reasons = failures.read_text().splitlines()
        assert all("ended its process 2 times" in reason for reason in reasons)
        assert documents(folder / f"run{output}") + len(reasons) == documents(folder / f"whole{output}")
        return
    assert contents(folder / f"run{output}") == contents(folder / f"whole{output}")
    if output == ".jsonl":
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
