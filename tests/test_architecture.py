"""Who may import whom: a module imports only from rows above its own, or from those named before it in its row."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROWS = [
    ["errors", "vocabulary", "documents", "records", "toml_text", "settings"],
    [
        "folding",
        "language",
        "waiver_comments",
        "lexicons",
        "patterns",
        "registers",
        "readers",
        "segmentation",
        "features",
    ],
    ["model_store", "shipped_data", "evidence", "policy", "thresholds", "encoder", "tagger"],
    ["assessor", "frames", "explain"],
    ["corpora", "review", "reports"],
    [
        "evaluation",
        "fine_tuning_course",
        "fine_tuning_fusion",
        "fine_tuning_network",
        "fine_tuning",
        "training",
        "batch",
    ],
    ["estimators", "spacy_components", "spark", "web", "cli"],
]
ORDER = [name for row in ROWS for name in row]
PACKAGE = Path(__file__).parent.parent / "classifier"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name not in ("__main__.py",))

# Heavy libraries and the modules that may import them when they are imported themselves.
HEAVY = {
    *("lxml", "numpy", "openpyxl", "pandas", "py3langid", "pyarrow", "pypdf", "pyspark", "rich", "scipy", "sklearn"),
    *("onnxruntime", "spacy", "tokenizers", "torch", "transformers"),
}
MAY_BE_HEAVY = {
    "encoder",
    "estimators",
    "features",
    "fine_tuning",
    "fine_tuning_course",
    "fine_tuning_fusion",
    "fine_tuning_network",
    "model_store",
    "tagger",
    "thresholds",
    "training",
    "evaluation",
    "spacy_components",
    "reports.table",
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__") or "__init__"


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports, as `classifier.x.y`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


@pytest.mark.parametrize("path", MODULES, ids=map(name_of, MODULES))
def test_a_module_imports_only_what_stands_before_it(path: Path) -> None:
    own = name_of(path).split(".")[0]
    if own == "__init__":
        return
    assert own in ORDER, f"{own} has no row in the design"
    for module in imports_of(path):
        if module.startswith("classifier."):
            other = module.split(".")[1]
            assert other == own or ORDER.index(other) < ORDER.index(own), f"{own} imports {other}"


@pytest.mark.parametrize("path", MODULES, ids=map(name_of, MODULES))
def test_heavy_libraries_are_imported_where_they_are_needed(path: Path) -> None:
    if {name_of(path), name_of(path).split(".")[0]} & MAY_BE_HEAVY:
        return
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("arguments", [[], ["--help"], ["score", "--help"], ["train", "--help"]], ids=" ".join)
def test_help_is_quick_as_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    """Without arguments: the package by itself."""
    code = "import sys, classifier\n"
    if arguments:
        code += f"from classifier.cli import main\ntry: main({arguments!r})\nexcept SystemExit: pass\n"
    code += f"sys.exit(str({HEAVY!r} & sys.modules.keys() or ''))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_scoring_english_loads_only_what_it_needs(root: Path) -> None:
    page = root / "corpus" / "examples" / "passionflower.txt"
    code = f"import sys; from classifier.cli import main; code = main(['score', {str(page)!r}, '--format', 'csv']); "
    code += "found = {'spacy', 'py3langid', 'sklearn', 'scipy', 'pandas'} & sys.modules.keys(); "
    code += "sys.exit(code or found or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_files_are_small_enough_to_read_in_one_sitting() -> None:
    for path in MODULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path


def test_no_module_opens_a_network_connection_or_a_pickle() -> None:
    banned = {"pickle", "marshal", "shelve", "joblib", "dill", "cloudpickle", "socket", "urllib", "http", "requests"}
    for path in MODULES:
        assert not {module.split(".")[0] for module in imports_of(path)} & banned, path
        names = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
        assert not names & {"eval", "exec"}, path
