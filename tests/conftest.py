"""What tests share: the project's folders, the model loaded once, and a way to run the command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

import classifier

settings.register_profile("healthclaims", deadline=None)  # busy machines stall; time has tests of its own
settings.load_profile("healthclaims")

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
