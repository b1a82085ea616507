"""Accuracy and speed that a change must not break. The floors lie below what README.md reports, for other machines."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import spacy

from classifier import Assessor, Label, load, split
from classifier.corpora import read_corpus
from classifier.evaluation import evaluate

LABELS_FLOOR = 0.88  # macro-F1
SPANS_FLOOR = 0.985  # exact sentence spans
CURES = {
    "Cures gout.": True,
    "Cures cancer.": True,
    "A sure cure for piles": True,
    "Cured my eczema in a week!": True,
    "Psoriasis cured for good": True,
    "There is no cure for arthritis.": False,
    "Not intended to diagnose, treat, cure or prevent any disease.": False,
    "Is there a cure for lupus?": False,
    "Let the resin cure overnight.": False,
}
"""Lines, and whether they claim efficacy."""
MISTAKEN: dict[str, list[str]] = {"accurate": [], "fast": []}  # what the README says that they still miss


def test_the_tagger_on_the_test_passages(assessor: Assessor, root: Path) -> None:
    passages = [p for p in read_corpus(sorted((root / "corpus").glob("*.jsonl"))) if p.split == "test"]
    figures = evaluate(assessor.tagger, passages).figures
    assert figures.macro_f1 >= LABELS_FLOOR
    assert figures.calibration_error <= 0.05


@pytest.mark.parametrize("model", ["accurate", "fast"])
def test_cures_that_are_claimed_and_that_are_not(model: str) -> None:
    reader = load(model)
    wrong = []
    for line, is_claim in CURES.items():
        read = reader.assess(f"Order today and save 20%.\n\n{line}\n\nFree shipping.").sentences[1]
        if (Label.EFFICACY_CLAIM in read.labels) is not is_claim:
            wrong.append(line)
    assert wrong == MISTAKEN[model]


def test_the_splitter_on_the_corpus(root: Path) -> None:
    hit = predicted = actual = 0
    names = ("seed", "hard", *(f"round{number}" for number in range(1, 22)))  # later authors joined sentences in a unit
    for passage in read_corpus([root / "corpus" / f"{name}.jsonl" for name in names]):
        found, gold = set(split(passage.text)), {(unit.start, unit.end) for unit in passage.units}
        hit, predicted, actual = hit + len(found & gold), predicted + len(found), actual + len(gold)
    assert 2 * hit / (predicted + actual) >= 0.975  # its authors put units on one line that no stop parts


def test_the_splitter_is_no_slower_than_the_sentencizer(root: Path) -> None:
    texts = [passage.text for passage in read_corpus([root / "corpus" / "seed.jsonl"])]
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")

    def seconds(*, ours: bool) -> float:
        start = time.process_time()
        for text in texts:
            split(text) if ours else list(nlp(text).sents)
        return time.process_time() - start

    ours, theirs = (min(seconds(ours=which) for _ in range(3)) for which in (True, False))
    assert ours < theirs


@pytest.fixture(scope="module")
def figures(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What the yardstick says of all real pages together."""
    folder = tmp_path_factory.mktemp("real")
    yardstick, gold = shared / "tools" / "score_reports.py", sorted((shared / "realworld_dev").glob("*.jsonl"))

    def run(*command: object) -> str:
        return subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout

    run(sys.executable, yardstick, "write", *gold, folder / "pages")
    run(sys.executable, "-m", "classifier", "score", folder / "pages", "--output", folder / "reports.jsonl")
    figures = json.loads(run(sys.executable, yardstick, "score", *gold, folder / "reports.jsonl", "--json"))
    assert isinstance(figures, dict)
    return figures


def test_every_real_page_has_its_report(figures: dict[str, object]) -> None:
    assert figures["missing_documents"] == []


@pytest.mark.parametrize(
    ("name", "floor"), [("macro_f1", 0.8), ("sentence_span_f1", SPANS_FLOOR), ("primary_accuracy", 0.8)]
)
def test_real_pages(figures: dict[str, float], name: str, floor: float) -> None:
    assert figures[name] >= floor


def test_the_seed_article(assessor: Assessor, shared: Path) -> None:
    document = json.loads((shared / "realworld_dev" / "seed.jsonl").read_text(encoding="utf-8").splitlines()[0])
    found = {(s.start, s.end): s for s in assessor.assess(document["text"]).sentences}
    claims = [u for u in document["units"] if u["evidence"] not in (None, "cited", "authorised")]
    flagged = [u for u in claims if found[u["start"], u["end"]].is_flagged]
    assert len(flagged) >= 0.7 * len(claims)  # 13 of 18; the fast model finds more of this article
    risk = next(s for s in found.values() if "withdrawal symptoms" in s.text)
    assert risk.primary is Label.RISK_DISCLOSURE
    for sentence in found.values():
        if "receptors" in sentence.text:
            assert Label.MECHANISM_CLAIM in sentence.labels
