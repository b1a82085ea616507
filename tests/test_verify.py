"""What the script of slow proofs runs, and what its exit code says of what it could not run."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

Calls = list[str]


@pytest.fixture
def verify(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify", root / "scripts" / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """The proofs that are run, in place of running them; the tests named `spark` are skipped."""
    made: Calls = []

    def call(command: list[str], **_: object) -> int:
        if "pytest" not in command:
            made.append("fuzz")
            return 0
        made.append("pytest")
        report = next(part for part in command if part.startswith("--junit-xml=")).partition("=")[2]
        skipped = '<skipped message="no Java"/>' if "kills" not in command else ""
        Path(report).write_text(
            f'<testsuites><testsuite><testcase name="spark">{skipped}</testcase></testsuite></testsuites>'
        )
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    return made


@pytest.mark.parametrize(
    ("arguments", "run"),
    [
        ([], ["pytest", "fuzz"]),
        (["-k", "kills"], ["pytest"]),
        (["-k", "fuzz"], ["fuzz"]),
        (["-kspark", "-x"], ["pytest"]),
    ],
)
def test_fuzzing_is_run_only_where_it_is_asked_for(
    verify: ModuleType, calls: Calls, monkeypatch: pytest.MonkeyPatch, arguments: list[str], run: list[str]
) -> None:
    monkeypatch.setattr(verify, "find_spec", lambda _: object())
    verify.main(arguments)
    assert calls == run


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["-k", "kills"], 0, ""),
        (["-k", "spark"], 3, "not proved: spark: no Java\n"),
        (["-k", "fuzz"], 3, "not proved: fuzz_readers: atheris is not installed: pip install atheris\n"),
    ],
)
def test_what_could_not_be_proved_is_told(
    verify: ModuleType,
    calls: Calls,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    monkeypatch.setattr(verify, "find_spec", lambda _: None)
    assert verify.main(arguments) == code
    assert capsys.readouterr().err == told
    assert len(calls) == (arguments != ["-k", "fuzz"])
