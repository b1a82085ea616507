#!/usr/bin/env python3
"""Measure the sentence splitter beside others: exact spans, and speed on one core.

    python scripts/measure_segmentation.py [GOLD.jsonl...]

GOLD holds one passage a line with `text` and `units` (`start`, `end`); default: the corpus, and the measuring texts in
../shared/realworld_dev where they are. F1 counts spans that are exactly right, outer white space aside. Speed is
sentences a second over the same documents, each splitter timed five times in turn, the best run counted; spaCy's
includes its tokenizer, without which `sentencizer` cannot work. Peers that are not installed are left out
(`pip install pysbd`).
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path

from classifier import split

ROOT = Path(__file__).parent.parent
Spans = list[tuple[int, int]]
Splitter = Callable[[str], Spans]


def spacy_splitter(component: str) -> Splitter:
    """Return a splitter of a blank English pipeline with one component."""
    import spacy

    nlp = spacy.blank("en")
    nlp.add_pipe(component)
    nlp.max_length = 10**9
    return lambda text: [(sentence.start_char, sentence.end_char) for sentence in nlp(text).sents]


def by_line(splitter: Splitter) -> Splitter:
    """Return a splitter that works on each line by itself."""

    def split_lines(text: str) -> Spans:
        return [
            (line.start() + start, line.start() + end)
            for line in re.finditer(r"[^\n]+", text)
            for start, end in splitter(line.group())
        ]

    return split_lines


def pysbd_splitter() -> Splitter:
    import pysbd

    segmenter = pysbd.Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [(span.start, span.end) for span in segmenter.segment(text)]


def trimmed(text: str, spans: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    found = set()
    for start, end in spans:
        piece = text[start:end]
        if piece.strip():
            found.add((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
    return found


def exact_f1(splitter: Splitter, documents: list[dict[str, object]]) -> float:
    hit = predicted = actual = 0
    for document in documents:
        text = str(document["text"])
        units = document["units"]
        assert isinstance(units, list)
        gold = trimmed(text, [(unit["start"], unit["end"]) for unit in units])
        found = trimmed(text, splitter(text))
        hit, predicted, actual = hit + len(gold & found), predicted + len(found), actual + len(gold)
    return 2 * hit / (predicted + actual)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    real = sorted((ROOT.parent / "shared" / "realworld_dev").glob("*.jsonl"))
    parser.add_argument("gold", nargs="*", type=Path, default=[*sorted((ROOT / "corpus").glob("*.jsonl")), *real])
    options = parser.parse_args()
    files: dict[str, list[dict[str, object]]] = {}
    for path in options.gold:
        is_ours = path.parent == ROOT / "corpus"
        documents = files.setdefault("corpus" if is_ours else f"{path.parent.name}/{path.stem}", [])
        documents.extend(json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip())
    splitters: dict[str, Splitter] = {
        "healthclaims": split,
        "healthclaims in spaCy": spacy_splitter("health_claims_segmenter"),
        "spaCy sentencizer": spacy_splitter("sentencizer"),
        "spaCy sentencizer by line": by_line(spacy_splitter("sentencizer")),
    }
    if find_spec("pysbd"):
        splitters["pysbd by line"] = by_line(pysbd_splitter())

    texts = [str(document["text"]) for documents in files.values() for document in documents]
    best = dict.fromkeys(splitters, 0.0)
    for _ in range(5):
        for name, splitter in splitters.items():
            start = time.process_time()
            count = sum(len(splitter(text)) for text in texts)
            best[name] = max(best[name], count / (time.process_time() - start))
    peer = best["spaCy sentencizer"]

    if real and set(real) <= set(options.gold):
        files["all of realworld_dev"] = [
            document for path in real for document in files[f"{path.parent.name}/{path.stem}"]
        ]
    print("| splitter | " + " | ".join(files) + " | speed, sentencizer = 1 |")
    print("|---" * (len(files) + 2) + "|")
    for name, splitter in splitters.items():
        figures = [f"{exact_f1(splitter, documents):.3f}" for documents in files.values()]
        print(f"| {name} | " + " | ".join(figures) + f" | {best[name] / peer:.1f} |")


if __name__ == "__main__":
    main()
