from __future__ import annotations

import json
from pathlib import Path

from classifier import Assessor, Document
from classifier.batch.outputs import stamp_of
from classifier.reports.jsonl import to_record
from classifier.review import compare, read_run
from classifier.shipped_data import digest_files, shipped_digest


def test_a_change_in_any_file_changes_the_digest() -> None:
    assert digest_files({"a": b"1", "b": b"2"}) != digest_files({"a": b"1", "b": b"3"})
    assert digest_files({"a": b"1", "b": b"2"}) != digest_files({"a": b"12", "b": b""})
    assert digest_files({"a": b"1"}) != digest_files({"c": b"1"})


def test_reports_tell_the_shipped_data_and_so_do_resume_and_diff(fast: Assessor, tmp_path: Path) -> None:
    report = fast.assess(Document("Our tea calms.", language="en"))
    assert report.versions.data == shipped_digest()
    assert json.loads(stamp_of(report))["data"] == shipped_digest()
    old = json.loads(json.dumps(to_record(report)))
    new = {**old, "versions": {**old["versions"], "data": "another"}}
    for name, record in (("old", old), ("new", new)):
        (tmp_path / name).write_text(json.dumps(record) + "\n")
    difference = compare(read_run(tmp_path / "old"), read_run(tmp_path / "new"))
    assert difference.old_versions["rules and word lists"] == shipped_digest()
    assert difference.new_versions["rules and word lists"] == "another"
