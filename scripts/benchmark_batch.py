#!/usr/bin/env python3
"""Measure scoring of many documents: from files to each output, on one core and two, memory, and time per stage.

python scripts/benchmark_batch.py [--model accurate|fast] [--documents 2000] [--repeats 3] [--jobs 2]
                                  [--memory 1000 10000 100000]

Prints Markdown tables. The peer of several processes is as many runs of one process at once, each over its share of the
files: that is what the machine gives where nothing is shared, and no more can be asked for. Memory is the highest
resident size of the process that reads and writes, with `--jobs` of them, over rows of one sentence, so that a million
take minutes; `--memory` without numbers leaves it out, `--documents 0` all else:

python scripts/benchmark_batch.py --model fast --documents 0 --memory 1000 1000000
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
OUTPUTS = ("run.jsonl", "run.db", "run.parquet", "run.csv", "run.sarif", "run.html", "run.txt")
SENTENCES = (
    "Our drops number {n} cure arthritis.",
    "Order today and save {n}%!",
    "In a randomised trial of {n} adults, sleep got better (Doe et al., 2019).",
    "It works by calming the nerves, and it eases the mind within {n} minutes.",
    "Do not take it with more than {n} glasses of wine, nor during pregnancy.",
    "Deeper sleep",
)
_PEAK = "import resource, sys; from classifier.cli import main; code = main(sys.argv[1:]); "
_PEAK += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"


def text(number: int, *, sentences: int = 12) -> str:
    generator = random.Random(number)
    return "\n".join(generator.choice(SENTENCES).format(n=number) for _ in range(sentences))


def write_rows(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            stream.write(json.dumps({"text": text(number, sentences=1)}) + "\n")


def write_files(folder: Path, numbers: Iterable[int]) -> None:
    folder.mkdir()
    for number in numbers:
        (folder / f"{number:07}.txt").write_text(text(number), encoding="utf-8")


def run(folder: Path, source: str, output: str, *, model: str, jobs: int) -> tuple[float, int]:
    """Return the seconds and the highest resident size in kB of the process that reads and writes."""
    command = [sys.executable, "-c", _PEAK, "score", source, "--output", output, "--jobs", str(jobs)]
    command += ["--model", model]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return time.perf_counter() - start, int(done.stderr.splitlines()[-1])


def outputs(folder: Path, count: int, model: str, jobs: int, repeats: int) -> None:
    write_files(folder / "one", range(1))
    write_files(folder / "files", range(count))
    shares = [f"share{number}" for number in range(jobs)]
    for number, name in enumerate(shares):
        write_files(folder / name, range(number, count, jobs))

    def together(source: str, output: str, number: int) -> float:
        return run(folder, source, f"{source}-{number}-{output}", model=model, jobs=number)[0]

    def apart(sources: Sequence[str], output: str) -> float:
        with ThreadPoolExecutor(jobs) as pool:
            start = time.perf_counter()
            names = [f"apart-{number}-{output}" for number in range(jobs)]
            list(pool.map(lambda source, name: run(folder, source, name, model=model, jobs=1), sources, names))
            return time.perf_counter() - start

    print(f"\n{count:,} files of 12 sentences each, the model {model}, best of {repeats}, start-up taken off\n")
    print(f"| output | documents/s, 1 core | {jobs} cores | {jobs} runs apart | cores: times | apart: times |")
    print("|---|" + "---:|" * 5)
    for output in OUTPUTS:
        starts, spans = [], []
        for _ in range(repeats):
            starts.append([together("one", output, 1), together("one", output, jobs), apart(["one"] * jobs, output)])
            spans.append([together("files", output, 1), together("files", output, jobs), apart(shares, output)])
        rates = [
            count / (min(whole) - min(start))
            for whole, start in zip(zip(*spans, strict=True), zip(*starts, strict=True), strict=True)
        ]
        cells = [f"{rate:,.0f}" for rate in rates] + [f"{rate / rates[0]:.2f}" for rate in rates[1:]]
        print(f"| {output} | " + " | ".join(cells) + " |", flush=True)


def memory(folder: Path, counts: Sequence[int], model: str, jobs: int) -> None:
    print(f"\nHighest resident size of the parent, rows of a sentence, --jobs {jobs}\n\n| documents | MB |\n|---|---|")
    points = []
    for count in counts:
        write_rows(folder / "rows.jsonl", count)
        _, peak = run(folder, "rows.jsonl", "memory.jsonl", model=model, jobs=jobs)
        points.append((count, peak / 1024))
        print(f"| {count:,} | {peak / 1024:.0f} |", flush=True)
    if len(points) > 1:
        mean_x = sum(x for x, _ in points) / len(points)
        mean_y = sum(y for _, y in points) / len(points)
        slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
        print(f"\nSlope {slope * 1024:.4f} kB a document")


def stages(folder: Path, count: int, model: str) -> None:
    """Time the stages of one process, one after the other."""
    import classifier
    from classifier.assessor import batches_of
    from classifier.evidence import assess_evidence
    from classifier.language import detect_language
    from classifier.readers import read
    from classifier.reports.writing import FORMATS, STORES, preparation
    from classifier.tagger import tag_documents

    assessor = classifier.load(model)
    shares: dict[str, float] = {}

    def timed(name: str, work: Callable[[], T]) -> T:
        start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        result = work()
        shares[name] = shares.get(name, 0.0) + resource.getrusage(resource.RUSAGE_SELF).ru_utime - start
        return result

    found = timed("read", lambda: list(islice(read([str(folder / "files")]), count)))
    documents = [document for document in found if isinstance(document, classifier.Document)]
    timed("language", lambda: [detect_language(document.text) for document in documents])
    sentences = timed("segment", lambda: [classifier.segment(document) for document in documents])
    pairs = list(zip(documents, sentences, strict=True))
    batches = [*batches_of(pairs, lambda pair: len(pair[0].text))]
    tagged = timed("tag", lambda: [*chain.from_iterable(tag_documents(assessor.tagger, batch) for batch in batches)])
    timed("evidence", lambda: [assess_evidence(*pair) for pair in zip(documents, tagged, strict=True)])
    reports = timed("all of assess", lambda: [*assessor.assess_many(documents)])
    parts = ("language", "segment", "tag", "evidence")
    shares["rules and the rest"] = max(0.0, shares["all of assess"] - sum(shares[part] for part in parts))
    for output in (*FORMATS, *STORES):
        timed(f"render {output}", partial(list, map(preparation(output), reports)))
    total = shares["read"] + shares.pop("all of assess") + shares["render jsonl"]
    print("\n| stage | ms a document | share of files to JSON Lines |\n|---|---|---|")
    for name, seconds in shares.items():
        is_other = name.startswith("render ") and name != "render jsonl"
        share = "" if is_other else f"{seconds / total:.0%}"
        print(f"| {name} | {1000 * seconds / len(documents):.2f} | {share} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="accurate", help="accurate (the default), fast or a model folder")
    parser.add_argument("--documents", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.documents:
            outputs(folder, options.documents, options.model, options.jobs, options.repeats)
        if options.memory:
            memory(folder, options.memory, options.model, options.jobs)
        if options.documents:  # last: a process that starts after it would be said to be as large as this one by then
            stages(folder, min(500, options.documents), options.model)


if __name__ == "__main__":
    main()
