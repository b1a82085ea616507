from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from classifier import ConfigurationError
from classifier.corpora import SPLITS, read_corpus, split_of

UNIT: dict[str, Any] = {
    "start": 0, "end": 5, "labels": [], "primary": "none", "evidence": None, "severity": None
}  # fmt: skip
CLAIM = {**UNIT, "labels": ["efficacy_claim"], "primary": "efficacy_claim", "evidence": "none", "severity": "low"}
PASSAGE: dict[str, Any] = {
    "doc_id": "A1", "product_area": "tea", "page_type": "faq", "text": "Calm.", "units": [UNIT]
}  # fmt: skip


def write(path: Path, *passages: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(passage) + "\n" for passage in passages))
    return path


def test_the_shipped_corpus_is_read(root: Path) -> None:
    passages = read_corpus(sorted((root / "corpus").glob("*.jsonl")))
    assert len(passages) > 100
    for passage in passages:
        assert [sentence.text for sentence in passage.sentences] == [
            passage.text[unit.start : unit.end] for unit in passage.units
        ]


def test_the_parts_have_their_shares_and_share_no_group(root: Path) -> None:
    passages = read_corpus(sorted((root / "corpus").glob("*.jsonl")))
    divided = [passage for passage in passages if not passage.train_only]
    counts = Counter(passage.split for passage in divided)
    assert counts.keys() == SPLITS.keys()
    for name, share in SPLITS.items():
        assert counts[name] / len(divided) == pytest.approx(share / 100, abs=0.06)
    assert all(len({p.split for p in passages if p.group == group}) == 1 for group in {p.group for p in passages})


def test_a_split_is_fixed_by_the_name() -> None:
    assert [split_of(name) for name in ("P001", "P002", "P003", "A01")] == ["train", "test", "train", "train"]
    counts = Counter(split_of(f"x{number}") for number in range(10_000))
    assert counts["test"] / 10_000 == pytest.approx(0.15, abs=0.02)


BAD = {
    "offsets": ({**PASSAGE, "units": [{**UNIT, "end": 9}]}, "0..9 is no trimmed span of a text of 5 characters"),
    "left out": ({**PASSAGE, "text": "Calm. Rest."}, "no unit covers 'Rest.' at 5"),
    "overlap": ({**PASSAGE, "units": [UNIT, {**UNIT, "start": 3}]}, "overlaps the one before it"),
    "label": ({**PASSAGE, "units": [{**UNIT, "labels": ["claim"]}]}, "'claim' is not a valid Label"),
    "primary": ({**PASSAGE, "units": [{**UNIT, "primary": "promotional"}]}, "is none of its labels"),
    "evidence": ({**PASSAGE, "units": [{**UNIT, "evidence": "none"}]}, "evidence belongs to efficacy claims"),
    "severity": ({**PASSAGE, "units": [{**CLAIM, "severity": None}]}, "severity belongs to unsupported"),
    "key": ({key: value for key, value in PASSAGE.items() if key != "text"}, "no key 'text'"),
}


@pytest.mark.parametrize("name", BAD)
def test_broken_data_is_refused_with_file_and_line(tmp_path: Path, name: str) -> None:
    record, message = BAD[name]
    path = write(tmp_path / "a.jsonl", {**PASSAGE, "doc_id": "A0"}, record)
    with pytest.raises(ConfigurationError) as caught:
        read_corpus([path])
    assert str(caught.value).startswith(f"{path}:2: ")
    assert message in str(caught.value)


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="doc_id 'A1' is used twice"):
        read_corpus([write(tmp_path / "a.jsonl", PASSAGE, PASSAGE)])
