"""Assess the texts of a Spark frame. Needs Java 17 and, on every machine, `pip install "healthclaims[spark]"`.

Each row of the result is a sentence. What holds on one machine holds here: a text that cannot be scored is kept, with
the reason, and stops no other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.assessor import Assessor, load
from classifier.errors import ConfigurationError
from classifier.frames import reports_of_texts
from classifier.model_store import SHIPPED, find_model
from classifier.records import Label, Report, Versions
from classifier.reports.jsonl import sentence_record
from classifier.reports.parquet import finding_row, finding_type

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame

__all__ = ["Job", "assess_batches", "assess_dataframe", "result_schema"]

_MOST_ROWS = 5_000  # of the result that are held at once


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker has to know. It loads `model` from its own package, or from `files`, the model that came along.

    `versions` are those of the driver, which the worker must meet.
    """

    model: str
    markets: tuple[str, ...]
    product_class: str | None
    versions: Versions = field(hash=False)
    files: Mapping[str, bytes] | None = field(default=None, compare=False, repr=False)


def assess_dataframe(
    df: DataFrame,
    *,
    text_column: str,
    id_column: str | None = None,
    model: str | PathLike[str] = "accurate",
    markets: Sequence[str] = (),
    product_class: str | None = None,
) -> DataFrame:
    """Assess the texts of a column; return one row a sentence, with the columns of `result_schema`.

    `document` is what `id_column` holds, of the type that it has there; without one it is `sha2(text, 256)`. The row of
    a text that cannot be scored has no `index` and says why in `error`; findings on a whole document stand in a row of
    their own that has neither. Each worker process loads the model once: a shipped one from the package that is
    installed there, a folder from the job, with which it travels.

    Raises `ConfigurationError` for a column that is not there, or not of strings, and what `classifier.load` raises. A
    worker whose package or model is another than the driver's fails the job.
    """
    import pyarrow
    from pyspark.sql import functions
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StringType, StructField, StructType

    text = functions.col(_quoted(df, text_column))
    kind = df.schema[text_column].dataType
    if not isinstance(kind, StringType):
        raise ConfigurationError(f"column {text_column!r} is of type {kind.simpleString()}; give one of strings")
    identity = functions.sha2(text, 256) if id_column is None else functions.col(_quoted(df, id_column))
    job = _job(model, tuple(markets), product_class)
    rows = df.select(identity.alias("document"), text.alias("text"))

    def work(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        return assess_batches(batches, job)

    document = StructField("document", rows.schema["document"].dataType)
    _, *others = from_arrow_schema(result_schema(pyarrow.null()))
    return rows.mapInArrow(work, StructType([document, *others]))


def assess_batches(batches: Iterable[pyarrow.RecordBatch], job: Job) -> Iterator[pyarrow.RecordBatch]:
    """Assess batches with the columns `document` and `text`; this is what a worker does with its part of the rows."""
    import pyarrow as pa

    assessor = _load_once(job)
    for batch in batches:
        documents, texts = batch.columns
        schema = result_schema(documents.type)
        places: list[int] = []
        rows: list[Mapping[str, Any]] = []
        for place, found in enumerate(reports_of_texts(texts.to_pylist(), assessor)):
            new = _rows(found)
            rows += new
            places += [place] * len(new)
            if len(rows) >= _MOST_ROWS or place + 1 == len(texts):
                values = [pa.array([row.get(field.name) for row in rows], field.type) for field in list(schema)[1:]]
                yield pa.RecordBatch.from_arrays([documents.take(pa.array(places)), *values], schema=schema)
                places, rows = [], []


def result_schema(document: pyarrow.DataType) -> pyarrow.Schema:
    """Return the columns of a result with their types, `document` of the type given; each may be null."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("document", document),
            *(pa.field(name, pa.int32()) for name in ("index", "start", "end")),
            pa.field("text", pa.string()),
            pa.field("labels", pa.list_(pa.string())),
            pa.field("primary", pa.string()),
            pa.field("scores", pa.struct([pa.field(label.value, pa.float64()) for label in Label])),
            pa.field("needs_review", pa.bool_()),
            *(pa.field(name, pa.string()) for name in ("evidence", "support", "severity")),
            pa.field("flagged", pa.bool_()),
            pa.field("findings", pa.list_(finding_type())),
            pa.field("error", pa.string()),
        ]
    )


def _rows(found: Report | str) -> list[Mapping[str, Any]]:
    """Return the rows of a report, or of what there is instead of one."""
    if isinstance(found, str):
        return [{"findings": [], "error": found}]
    rows: list[Mapping[str, Any]] = [
        {
            **sentence_record(sentence, None),
            "flagged": sentence.is_flagged,
            "findings": [finding_row(finding) for finding in sentence.findings],
        }
        for sentence in found.sentences
    ]
    if found.findings:
        rows.append({"findings": [finding_row(finding) for finding in found.findings]})
    return rows


def _quoted(df: DataFrame, name: str) -> str:
    """Return the name of a column so that Spark reads no path in it; refuse one that is not there, or there twice."""
    if df.columns.count(name) != 1:
        problem = f"{df.columns.count(name)} columns are called" if name in df.columns else "no column"
        raise ConfigurationError(f"{problem} {name!r} (there are: {', '.join(map(repr, df.columns[:20]))}); name one")
    return "`" + name.replace("`", "``") + "`"


def _job(model: str | PathLike[str], markets: tuple[str, ...], product_class: str | None) -> Job:
    """Return the job for these choices, tried here so that no worker has to fail for them."""
    load_here = partial(load, markets=markets, product_class=product_class)
    name = fspath(model)
    if name in SHIPPED:
        return Job(name, markets, product_class, load_here(name).versions)
    folder = find_model(name).resolve()
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return Job(folder.name, markets, product_class, load_here(folder).versions, files)


@lru_cache(maxsize=2)  # a worker process has one job after the other, seldom two by turns
def _load_once(job: Job) -> Assessor:
    """Load what a job asks for; a worker process that has done so for another part of the rows has it already."""
    load_here = partial(load, markets=job.markets, product_class=job.product_class)
    if job.files is None:
        assessor = load_here(job.model)
    else:
        with tempfile.TemporaryDirectory() as parent:
            folder = Path(parent, job.model)
            folder.mkdir()
            for name, data in job.files.items():
                (folder / name).write_bytes(data)
            assessor = load_here(folder)
    if assessor.versions != job.versions:
        raise ConfigurationError(
            f"this worker has {assessor.versions}, the driver {job.versions}; install the same healthclaims on both"
        )
    return assessor
