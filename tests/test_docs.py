"""The documents are tested: their commands run, every command and option is described, no link is dead."""

from __future__ import annotations

import argparse
import ast
import doctest
import re
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.cli import build_parser

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("corpus/*.md"), *ROOT.glob("models/*/README.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = dict.fromkeys(re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
PAGES = {
    "page.html": "<h1>Calm</h1><p>Eases joint pain.</p>",
    "page.txt": "Eases joint pain.",
    "page.md": "# Calm\n\nEases joint pain.",
    "pages/a.txt": "Calms.",
    "mails/b/c.txt": "Buy now!",
    "baseline.json": '{"schema": "healthclaims.baseline/1", "findings": []}',
    "before.jsonl": "",
    "after.jsonl": "",
    "products.csv": "sku,copy\n1,Eases joint pain.\n",
}
COMMANDS = [
    line.split("  #")[0].removeprefix("$ ").strip()
    for language, block in BLOCKS
    for line in block.splitlines()
    if language in ("sh", "console") and line.removeprefix("$ ").startswith("healthclaims ")
]


def test_the_readme_has_commands() -> None:
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_runs(command: str, tmp_path: Path) -> None:
    for name, text in PAGES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    shell = command.replace("healthclaims", f"{sys.executable} -m classifier", 1)
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.sub(r"healthclaims: [\d,]+ documents, .*, 0 failures\n", "", done.stderr) == ""  # at most its summary


def test_the_printed_summary_is_that_of_the_example() -> None:
    command = [sys.executable, "-m", "classifier", "score", "corpus/examples/passionflower.txt", "--format", "table"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    printed = next(block for language, block in BLOCKS if language == "text")
    assert " ".join(printed.split()) in " ".join(done.stdout.split())


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    code = "".join(block for language, block in BLOCKS if language == "python")
    test = doctest.DocTestParser().get_doctest(code, {}, "README.md", str(tmp_path), 0)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


def test_continuous_integration_runs_the_two_lines_of_the_readme() -> None:
    lines = [line for _, block in BLOCKS for line in block.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    for line in lines:
        assert line in (ROOT / ".ci" / "run").read_text()
    assert lines[1] in (ROOT / "CONTRIBUTING.md").read_text()


def commands_of(parser: argparse.ArgumentParser, name: str) -> dict[str, argparse.ArgumentParser]:
    """Return every command below a parser by its whole name."""
    found = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, command in action.choices.items():
                found[f"{name} {word}"] = command
                found.update(commands_of(command, f"{name} {word}"))
    return found


COMMAND_PARSERS = commands_of(build_parser(), "healthclaims")


@pytest.mark.parametrize("name", COMMAND_PARSERS)
def test_every_command_and_option_is_documented(name: str) -> None:
    assert name in README
    for action in COMMAND_PARSERS[name]._actions:
        if not isinstance(action, argparse._SubParsersAction):
            assert action.help
        for option in action.option_strings:
            if option not in ("-h", "--help"):
                assert f"`{option}" in README or f"\n{option}" in README, option


@pytest.mark.parametrize("document", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_no_link_is_dead(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("script", sorted(ROOT.glob("scripts/*.py")), ids=lambda path: path.name)
def test_a_script_is_documented_and_tells_how_to_call_it(script: Path) -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    assert f"scripts/{script.name}" in text
    assert f"python scripts/{script.name}" in (ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or "")
