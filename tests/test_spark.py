"""Spark: what a worker does, with no Spark at hand; and, by `scripts/verify.py`, two real workers."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import classifier
from classifier import Assessor, ConfigurationError, Label, ModelError, spark
from classifier.corpora import read_corpus
from classifier.model_store import find_model
from classifier.readers import MAX_DOCUMENT_BYTES
from classifier.spark import Job, assess_batches, assess_dataframe, result_schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TEXTS = [
    "Our tea cures arthritis. Order today!",
    None,
    "Do not use during pregnancy.",
    "Diese Kapseln lindern Gelenkschmerzen und stärken das Immunsystem.",
    "",
    "a" * (MAX_DOCUMENT_BYTES + 1),
    "Calms.\0It works.",
]


@pytest.fixture
def job(fast: Assessor) -> Iterator[Job]:
    spark._load_once.cache_clear()
    yield Job("fast", (), None, fast.versions)
    spark._load_once.cache_clear()


def batch(texts: Sequence[str | None], ids: Sequence[object] | None = None) -> pa.RecordBatch:
    names = pa.array(list(range(len(texts))) if ids is None else ids)
    return pa.RecordBatch.from_arrays([names, pa.array(texts, pa.string())], names=["document", "text"])


def expected_rows(assessor: Assessor, name: object, text: str | None) -> list[dict[str, Any]]:
    """The rows of a text by the report that one machine gives, as far as they can be told in few words."""
    report = assessor.assess(text or "")
    return [
        {
            "document": name,
            "index": sentence.index,
            "start": sentence.start,
            "end": sentence.end,
            "text": sentence.text,
            "labels": [label.value for label in sentence.labels],
            "primary": sentence.primary.value if sentence.primary else "none",
            "scores": {label.value: sentence.scores[label] for label in Label},
            "needs_review": sentence.needs_review,
            "evidence": sentence.evidence and sentence.evidence.value,
            "support": sentence.support and sentence.support.value,
            "severity": sentence.severity and sentence.severity.value,
            "flagged": sentence.is_flagged,
            "findings": [finding.rule for finding in sentence.findings],
            "error": None,
        }
        for sentence in report.sentences
    ]


def brief(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows whose findings are told by their rules."""
    return [{**row, "findings": [finding["rule"] for finding in row["findings"]]} for row in rows]


def rows_of(batches: Iterator[pa.RecordBatch]) -> list[dict[str, Any]]:
    return [row for one in batches for row in one.to_pylist()]


def test_a_row_is_a_sentence_as_one_machine_reports_it(job: Job, fast: Assessor) -> None:
    rows = rows_of(assess_batches([batch(TEXTS[:1]), batch(TEXTS[2:3], ["b"])], job))
    assert brief(rows) == [*expected_rows(fast, 0, TEXTS[0]), *expected_rows(fast, "b", TEXTS[2])]
    (finding,) = rows[0]["findings"]
    assert (finding["rule"], finding["severity"], finding["start"], finding["market"]) == (
        "support.none",
        "high",
        0,
        None,
    )


def test_a_text_that_cannot_be_scored_is_kept_with_the_reason(job: Job) -> None:
    rows = rows_of(assess_batches([batch(TEXTS)], job))
    errors = {row["document"]: row["error"] for row in rows}
    assert list(errors) == list(range(len(TEXTS)))
    assert errors[1] == "no text: the cell is empty"
    assert "another language" in errors[3]
    assert errors[4] == "empty: nothing to assess"
    assert "too large" in errors[5]
    assert [errors[number] for number in (0, 2, 6)] == [None, None, None]
    for row in rows:
        assert (row["index"] is None) == (row["error"] is not None)


def test_findings_on_the_document_have_a_row_of_their_own() -> None:
    american = classifier.load("fast", markets=["us"], product_class="supplement")
    rows = rows_of(assess_batches([batch(TEXTS[:1])], Job("fast", ("us",), "supplement", american.versions)))
    assert [row["index"] for row in rows] == [0, 1, None]
    assert [finding["rule"] for finding in rows[-1]["findings"]] == ["us.disclaimer.missing"]
    assert (rows[-1]["error"], rows[-1]["text"], rows[-1]["flagged"]) == (None, None, None)
    assert "us.disease" in [finding["rule"] for finding in rows[0]["findings"]]


def test_many_rows_come_in_parts(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows_of(assess_batches([batch(TEXTS)], job))
    monkeypatch.setattr(spark, "_MOST_ROWS", 2)
    parts = list(assess_batches([batch(TEXTS), batch([])], job))
    assert len(parts) > 3
    assert rows_of(iter(parts)) == whole


def test_a_worker_process_loads_the_model_once(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = []

    def count(model: str, **choices: Any) -> Assessor:
        loaded.append(model)
        return classifier.load(model, **choices)

    monkeypatch.setattr(spark, "load", count)
    for _ in range(3):  # three parts of the rows, each with the job as it arrives
        list(assess_batches([batch(TEXTS[:1])] * 2, replace(job)))
    assert len(loaded) == 1
    list(assess_batches([batch(TEXTS[:1])], replace(job, product_class="food")))
    assert len(loaded) == 2


def test_a_folder_travels_with_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(find_model("fast"), tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    job = spark._job(".", (), None)  # the shortest of names
    shutil.rmtree(tmp_path / "mine")  # another machine has no such folder
    assert job.versions.model.startswith("mine@")
    assert [row["text"] for row in rows_of(assess_batches([batch(["Calms."])], job))] == ["Calms."]
    damaged = {**(job.files or {}), "config.json": b"{}"}
    with pytest.raises(ModelError, match=r"config\.json"):
        spark._load_once(replace(job, product_class="food", files=damaged))


def test_a_worker_with_another_version_fails(job: Job) -> None:
    other = replace(job, versions=replace(job.versions, healthclaims="9.9"))
    with pytest.raises(ConfigurationError, match=r"the driver .*9\.9.*; install the same healthclaims on both"):
        next(assess_batches([batch(TEXTS[:1])], other))


def test_choices_that_cannot_be_meant_are_refused_before_any_worker_starts() -> None:
    for choices, error in (
        (("slow", (), None), ModelError),
        (("fast", ("mars",), None), ConfigurationError),
        (("fast", (), "hope"), ConfigurationError),
    ):
        with pytest.raises(error):
            spark._job(*choices)


# Two real workers.


@pytest.fixture(scope="module")
def session(root: Path) -> Iterator[SparkSession]:
    pyspark = pytest.importorskip("pyspark", reason="the extra spark is not installed")
    if shutil.which("java") is None:
        pytest.skip("no Java")
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        found = (
            SparkSession.builder.master("local-cluster[2,1,1024]")
            .config("spark.executorEnv.PYTHONPATH", str(root))
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .getOrCreate()
        )
        yield found
        logs = Path(pyspark.__file__).parent / "work" / found.sparkContext.applicationId
        found.stop()
        shutil.rmtree(logs, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Spark
class TestTwoWorkers:
    @pytest.mark.parametrize("model", ["accurate", "folder"])
    def test_they_give_the_rows_of_one_machine(
        self, session: SparkSession, root: Path, tmp_path: Path, model: str
    ) -> None:
        texts: list[str | None] = [passage.text for passage in read_corpus([root / "corpus" / "seed.jsonl"])[:60]]
        texts += [*TEXTS[:5], *TEXTS[6:]]
        where = str(shutil.copytree(find_model("fast"), tmp_path / "mine")) if model == "folder" else model
        choices: dict[str, Any] = {"markets": ["us", "eu"], "product_class": "supplement"}
        frame = session.createDataFrame(list(enumerate(texts)), "sku long, `the.copy` string").repartition(6)
        found = assess_dataframe(frame, text_column="the.copy", id_column="sku", model=where, **choices)
        if model == "folder":
            shutil.rmtree(where)
        rows = [row.asDict(recursive=True) for row in found.collect()]
        rows.sort(key=lambda row: (row["document"], row["index"] is None, row["index"]))
        on_one = classifier.load(find_model("fast") if model == "folder" else model, **choices)
        sentences = [row for row in rows if row["index"] is not None]
        assert brief(sentences) == [row for name, text in enumerate(texts) for row in expected_rows(on_one, name, text)]
        reports = [on_one.assess(text or "") for text in texts]
        assert [
            (row["document"], finding["rule"], finding["start"], finding["message"])
            for row in rows
            if row["index"] is None
            for finding in row["findings"]
        ] == [
            (name, finding.rule, finding.start, finding.message)
            for name, report in enumerate(reports)
            for finding in report.findings
        ]
        failed = {row["document"]: row["error"] for row in rows if row["error"] is not None}
        assert sorted(failed) == [61, 63, 64]

    def test_a_text_that_is_too_long_is_kept_and_named_by_its_hash(self, session: SparkSession) -> None:
        frame = session.createDataFrame([("Calms.",), (TEXTS[5],), (None,)], "copy string")
        found = assess_dataframe(frame, text_column="copy", model="fast").collect()
        errors = {row["document"]: row["error"] for row in found}
        assert errors.pop(classifier.Document("Calms.").sha256) is None
        assert errors.pop(None) == "no text: the cell is empty"
        assert "too large" in errors.pop(classifier.Document(str(TEXTS[5])).sha256)
        assert not errors

    def test_the_types_are_those_that_are_promised(self, session: SparkSession) -> None:
        frame = session.createDataFrame([(1.5, "Calms.")], "id double, text string")
        found = assess_dataframe(frame, text_column="text", id_column="id", model="fast")
        types = dict(found.dtypes)
        assert list(types) == result_schema(pa.float64()).names
        assert (types["document"], types["index"], types["labels"]) == ("double", "int", "array<string>")
        assert types["scores"].startswith("struct<mechanism_claim:double,")
        assert types["findings"].startswith("array<struct<rule:string,severity:string,start:int,")

    def test_columns_that_cannot_be_meant_are_refused(self, session: SparkSession) -> None:
        frame = session.createDataFrame([(1, "Calms.")], "id long, copy string")
        with pytest.raises(ConfigurationError, match=r"no column 'text' .*'copy'"):
            assess_dataframe(frame, text_column="text", model="fast")
        with pytest.raises(ConfigurationError, match="2 columns are called 'copy'"):
            assess_dataframe(frame.select("copy", "copy"), text_column="copy", model="fast")
        with pytest.raises(ConfigurationError, match="'id' is of type bigint; give one of strings"):
            assess_dataframe(frame, text_column="id", model="fast")

    def test_the_example_of_the_readme_runs(self, session: SparkSession, root: Path, tmp_path: Path) -> None:
        (code,) = re.findall(r"^```python\n(from pyspark.*?)^```", (root / "README.md").read_text(), re.M | re.S)
        pq.write_table(pa.table({"sku": ["a", "b"], "copy": ["Our tea cures arthritis.", "Calms."]}), tmp_path / "p")
        exec(code.replace("products.parquet", str(tmp_path / "p")).replace("claims.parquet", str(tmp_path / "out")), {})
        rows = session.read.parquet(str(tmp_path / "out")).where("document = 'a'").collect()
        assert [row["text"] for row in rows if row["index"] == 0] == ["Our tea cures arthritis."]
