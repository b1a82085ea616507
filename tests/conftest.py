"""What tests share: the project's folders, the model loaded once, and a way to run the command."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

import classifier
from classifier.cli import main

settings.register_profile("healthclaims", deadline=None)  # busy machines stall; time has tests of its own
settings.load_profile("healthclaims")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as in a job of the background; children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parent.parent
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measuring texts beside the project; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "realworld_dev").is_dir():
        pytest.skip("no measuring texts beside the project")
    return folder


@pytest.fixture(scope="session")
def assessor() -> classifier.Assessor:
    return classifier.load()


@pytest.fixture(scope="session")
def fast() -> classifier.Assessor:
    return classifier.load("fast")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `healthclaims` in an empty folder, as a user would."""

    def call(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "classifier", *arguments],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        )

    return call


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call `healthclaims` in an empty folder without a process of its own, which would load everything anew."""

    def within(*arguments: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(tmp_path)
        try:
            code = main(arguments)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return within


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cut of the corpus that trains in seconds, with passages in each part of the split."""
    path = tmp_path_factory.mktemp("corpus") / "small.jsonl"
    lines = (ROOT / "corpus" / "seed.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:60]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small_model(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder trained on `small_corpus`."""
    from classifier.tagger import Tagger
    from classifier.training import train_model

    folder = tmp_path_factory.mktemp("models") / "small"
    return train_model([small_corpus], folder, tagger=Tagger(folds=3)).folder
