from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from classifier import ModelError, load
from classifier.evidence.ranking import load_ranker
from classifier.model_store import find_model, find_shipped, load_model, save_model

CONFIG = {"kind": "test", "labels": ["a"]}
ARRAYS = {"weights": np.arange(6, dtype=np.float32).reshape(2, 3), "columns": np.array([1, 2], dtype=np.int32)}
TEXTS = {"README.md": "# card\n", "metrics.json": "{}\n"}
SHIPPED_FILES = [
    (model, path.name)
    for model in ("fast", "accurate", "evidence")
    for path in sorted(find_shipped(model).iterdir())
    if path.is_file()
]


def changed(path: Path) -> None:
    """Flip a bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    save_model(tmp_path / "model", CONFIG, ARRAYS, TEXTS)
    stored = load_model(tmp_path / "model")
    assert stored.config == CONFIG
    assert all(np.array_equal(stored.arrays[name], array) for name, array in ARRAYS.items())


def test_two_dumps_of_one_model_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save_model(tmp_path / name, CONFIG, ARRAYS, TEXTS)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_folder_of_strangers_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    with pytest.raises(ModelError, match="name an empty folder"):
        save_model(tmp_path, CONFIG, ARRAYS, TEXTS)
    save_model(tmp_path / "model", CONFIG, ARRAYS, TEXTS)
    (tmp_path / "model" / "notes.md").write_text("mine")
    with pytest.raises(ModelError, match=r"notes\.md"):
        save_model(tmp_path / "model", CONFIG, ARRAYS, TEXTS)
    assert (tmp_path / "model" / "notes.md").read_text() == "mine"


def test_saving_over_a_model_leaves_nothing_of_it(tmp_path: Path) -> None:
    save_model(tmp_path, CONFIG, {**ARRAYS, "old": np.zeros(1)}, TEXTS)
    save_model(tmp_path, CONFIG, ARRAYS, TEXTS)
    assert "old" not in load_model(tmp_path).arrays


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find_model("fast"), tmp_path / "model"))


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of all shipped models, to be left as they were."""
    folder = tmp_path_factory.mktemp("models")
    for model in {model for model, _ in SHIPPED_FILES}:
        shutil.copytree(find_shipped(model), folder / model)
    return folder


@pytest.mark.parametrize(("model", "name"), SHIPPED_FILES)
@pytest.mark.parametrize("harm", [changed, truncated, Path.unlink])
def test_a_file_that_is_not_as_it_was_written_is_refused(
    harm: Callable[[Path], None], model: str, name: str, copies: Path
) -> None:
    path = copies / model / name
    whole = path.read_bytes()
    harm(path)
    try:
        with pytest.raises(ModelError, match=rf"{re.escape(name)}.*; take the model from its source again"):
            load_model(path.parent)
    finally:
        path.write_bytes(whole)


def test_the_part_that_ranks_evidence_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(find_shipped("evidence"), tmp_path / "evidence"))
    changed(folder / "rarity.npy")
    monkeypatch.setattr("classifier.model_store.find_shipped", lambda _: folder)
    with pytest.raises(ModelError, match=r"rarity\.npy"):
        load_ranker.__wrapped__()


def test_an_added_file_is_refused(copy: Path) -> None:
    (copy / "extra.py").write_text("raise SystemExit")
    with pytest.raises(ModelError, match=r"extra\.py: not part of this model"):
        load(copy)


def test_a_link_out_of_the_folder_is_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "idf.npy").rename(tmp_path / "idf.npy")
    (copy / "idf.npy").symlink_to(tmp_path / "idf.npy")
    with pytest.raises(ModelError, match=r"idf\.npy"):
        load(copy)


def forged(folder: Path, name: str, data: bytes) -> Path:
    """Put data into a model and forge its manifest, as someone would who means harm."""
    import hashlib

    (folder / name).write_bytes(data)
    return with_entry(folder, name, {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})


def with_entry(folder: Path, name: str, entry: object) -> Path:
    import hashlib

    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = entry
    del manifest["digest"]
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    manifest["digest"] = hashlib.sha256(text.encode()).hexdigest()
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    (folder / "manifest.json").write_text(text)
    return folder


def test_a_pickle_is_never_opened(copy: Path, tmp_path: Path) -> None:
    import io
    import pickle

    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (str(tmp_path / "harm"),))

    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([Harm()], dtype=object), allow_pickle=True)
    for data in (stream.getvalue(), pickle.dumps(Harm())):
        with pytest.raises(ModelError, match="not a plain array"):
            load(forged(copy, "idf.npy", data))
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "array",
    [np.full((4,), np.nan), np.full((4,), np.inf), np.array(["a"] * 4), np.zeros((4, 4)), np.zeros(0)],
    ids=["nan", "inf", "text", "wrong shape", "empty"],
)
def test_an_array_that_cannot_be_meant_is_refused(copy: Path, array: np.ndarray) -> None:
    import io

    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    with pytest.raises(ModelError, match="intercepts"):
        load(forged(copy, "intercepts.npy", stream.getvalue()))


@pytest.mark.parametrize("config", [b"[]", b"null", b"[" * 50_000, b"{}", b'{"buckets": 1.5}'])
def test_a_forged_configuration_is_refused(copy: Path, config: bytes) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        load(forged(copy, "config.json", config))


@pytest.mark.parametrize("array", [np.zeros(()), np.zeros(3), np.array([True]), np.array([-1]), np.array([2**30])])
def test_forged_columns_are_refused(copy: Path, array: np.ndarray) -> None:
    import io

    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    with pytest.raises(ModelError, match=r"columns|coefficients"):
        load(forged(copy, "columns.npy", stream.getvalue()))


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999,), }",
        b"{'descr': '<f4",
        b"\0\0",
        b"a" + b".a" * 4_000,
        b"1" + b"+1" * 4_000,
        b"{'descr': ('<f4',), 'fortran_order': False, 'shape': (2,), }",
        b"{'descr': '<f16', 'fortran_order': False, 'shape': (), }",
    ],
    ids=["too large", "cut short", "nothing", "attributes", "sums", "tuple", "wide"],
)
def test_a_forged_header_is_refused(copy: Path, header: bytes) -> None:
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"\0" * (16 if b"f16" in header else 8)
    with pytest.raises(ModelError, match="not a plain array"):
        load(forged(copy, "idf.npy", data))


@pytest.mark.parametrize(
    "entry",
    [
        {"bytes": "12", "sha256": "0" * 64},
        {"bytes": None, "sha256": "0" * 64},
        {"bytes": True, "sha256": "0" * 64},
        {"bytes": 12, "sha256": None},
        ["bytes", "sha256"],
        None,
    ],
)
def test_a_forged_entry_of_the_manifest_is_refused(copy: Path, entry: object) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json"):
        load(with_entry(copy, "idf.npy", entry))


def test_no_more_of_a_manifest_is_read_than_one_can_hold(copy: Path) -> None:
    with (copy / "manifest.json").open("r+b") as file:
        file.truncate(2 * 1024**3)  # sparse
    with pytest.raises(ModelError, match=r"manifest\.json: larger than"):
        load(copy)


def test_a_name_that_leaves_the_folder_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["files"]["../../etc/passwd"] = {"bytes": 1, "sha256": "0" * 64}
    (copy / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match=r"manifest\.json"):
        load(copy)


def test_another_kind_of_model_is_refused_with_a_remedy(tmp_path: Path) -> None:
    save_model(tmp_path, {**CONFIG, "kind": "other"}, ARRAYS, TEXTS)
    with pytest.raises(ModelError, match=r"kind is 'other'.*retrain"):
        load(tmp_path)


def test_an_unknown_model_names_those_that_are_shipped() -> None:
    with pytest.raises(ModelError, match="shipped model: accurate, fast"):
        load("accurrate")
