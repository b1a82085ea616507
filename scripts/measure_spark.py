#!/usr/bin/env python3
"""Measure what two Spark workers get through, from Parquet to Parquet, and what a billion sentences would cost.

python scripts/measure_spark.py [--documents 1500] [--model accurate]

Documents are the corpus's test passages, over and over, which no model has learnt from. A first job loads the models;
of the second all processor time counts, Spark's own too. It needs Linux, Java 17 and `pip install -e ".[spark]"`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).parent.parent
PARTS = 8  # of the rows, so that no worker waits long for the other


def processor_seconds() -> float:
    """Return the processor time of all processes that descend from this one: Spark's and those of its workers."""
    parents, spent = {}, {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        parents[int(status.parent.name)] = int(fields[1])
        spent[int(status.parent.name)] = sum(map(int, fields[11:15]))  # its own and that of children that have ended
    found = {os.getpid()}
    while new := {process for process, parent in parents.items() if parent in found} - found:
        found |= new
    return sum(spent.get(process, 0) for process in found) / os.sysconf("SC_CLK_TCK")


def measure(model: str, count: int, folder: Path) -> tuple[int, float]:
    """Return how many sentences were assessed, and the processor seconds that it took."""
    import pyspark
    from pyspark.sql import SparkSession

    from classifier.corpora import read_corpus
    from classifier.spark import assess_dataframe

    passages = read_corpus(sorted((ROOT / "corpus").glob("*.jsonl")))
    texts = [passage.text for passage in passages if passage.split == "test"]
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.executorEnv.PYTHONPATH", str(ROOT))
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    rows = list(enumerate(islice(cycle(texts), count)))
    spark.createDataFrame(rows, "id long, copy string").repartition(PARTS).write.parquet(str(folder / "in"))
    frame = spark.read.parquet(str(folder / "in")).repartition(PARTS)
    assess_dataframe(frame.limit(100).repartition(PARTS), text_column="copy", id_column="id", model=model).count()
    start = processor_seconds()
    assess_dataframe(frame, text_column="copy", id_column="id", model=model).write.parquet(str(folder / "out"))
    seconds = processor_seconds() - start
    sentences = spark.read.parquet(str(folder / "out")).where("index is not null").count()
    logs = Path(pyspark.__file__).parent / "work" / spark.sparkContext.applicationId
    spark.stop()
    shutil.rmtree(logs, ignore_errors=True)
    return sentences, seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1_500)
    parser.add_argument("--model", default="accurate")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sentences, seconds = measure(arguments.model, arguments.documents, Path(folder))
    rate = sentences / seconds
    print(
        f"{arguments.model}: {sentences:,} sentences of {arguments.documents:,} documents, {seconds:.0f} core-seconds"
    )
    print(f"a billion: 10⁹ ÷ {rate:,.0f} a core and second ÷ 3,600 = {1e9 / rate / 3600:,.0f} core-hours")
    return 0


if __name__ == "__main__":
    sys.exit(main())
