from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from classifier import Document, Evidence, Label, Sentence
from classifier.corpora import Labelling, Passage, Unit
from classifier.corpora.statistics import markdown
from classifier.evaluation import Evaluation, compare, evaluate, judge
from classifier.evaluation.page import render_page
from classifier.evaluation.review import review_figures
from classifier.evaluation.tables import evaluation_tables
from classifier.records import Severity
from classifier.tagger import Prediction
from tests.conftest import Run

E, M, R, P = Label.EFFICACY_CLAIM, Label.MECHANISM_CLAIM, Label.RISK_DISCLOSURE, Label.PROMOTIONAL
UNITS = [
    ("Relieves itching.", (E,), {E: 0.9}),
    ("In 40 adults it cut pain (PMID: 23439798).", (E,), {E: 0.8}),
    ("Buy now!", (P,), {E: 0.6, P: 0.9}),
    ("May cause drowsiness.", (R,), {}),
    ("It binds receptors.", (M,), {M: 0.9}),
    ("Store in a cool place.", (), {}),
]


class Oracle:
    """A model that says what `UNITS` tell it to."""

    thresholds_ = np.full(4, 0.5)
    thresholds_recall_ = np.full(4, 0.3)
    review_below_ = 0.0

    def predictions(self, pages: Sequence[tuple[Document, Sequence[Sentence]]]) -> list[Prediction]:
        return [Prediction(self.probabilities(sentences)) for _, sentences in pages]

    def probabilities(self, sentences: Sequence[Sentence]) -> npt.NDArray[np.floating]:
        scores = {text: given for text, _, given in UNITS}
        return np.array([[scores[s.text.split(" #")[0]].get(label, 0.1) for label in Label] for s in sentences])


def passage(name: str, units: Sequence[tuple[str, tuple[Label, ...], object]] = UNITS) -> Passage:
    text, found = "", []
    for words, labels, _ in units:
        start = len(text)
        text += words + "\n"
        evidence = (Evidence.CITED if "PMID" in words else Evidence.NONE) if E in labels else None
        severity = Severity.MEDIUM if evidence is Evidence.NONE else None
        labelling = Labelling(labels, labels[0] if labels else None, evidence, severity)
        found.append(Unit(start, start + len(words), labelling, ("fragment",)))
    return Passage(name, text, tuple(found), name, page_type="advert")


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(Oracle(), [passage("a"), passage("b")], name="oracle", sources={"a": "a.jsonl", "b": "b.jsonl"})


def test_the_figures_are_those_of_counting_by_hand(evaluation: Evaluation) -> None:
    figures = evaluation.figures
    assert (figures.documents, figures.units) == (2, 12)
    efficacy = figures.labels[E].ratio
    assert (efficacy.precision, efficacy.recall, efficacy.f1) == pytest.approx((2 / 3, 1, 0.8))
    assert [figures.labels[label].ratio.f1 for label in (M, R, P)] == [1, 0, 1]
    assert figures.macro_f1 == pytest.approx((1 + 0.8 + 0 + 1) / 4)
    assert figures.micro.f1 == pytest.approx(2 * 8 / (10 + 10))
    assert figures.exact_match == pytest.approx(4 / 6)
    assert figures.primary_accuracy == pytest.approx(4 / 6)
    assert figures.labels[E].average_precision == 1
    assert figures.labels[R].brier == pytest.approx((0.9**2 + 5 * 0.1**2) / 6)
    assert figures.labels[R].brier_of_base_rate == pytest.approx(1 / 6 * 5 / 6)


def test_flags_and_evidence_are_counted(evaluation: Evaluation) -> None:
    figures = evaluation.figures
    assert (figures.flag.right, figures.flag.found, figures.flag.actual) == (2, 4, 2)
    assert (figures.flag_every_claim.right, figures.flag_every_claim.found) == (2, 6)
    assert figures.evidence.supported.f1 == 1
    assert (figures.evidence.claims, figures.evidence.accuracy) == (4, 1.0)
    assert figures.evidence.levels[Evidence.CITED].actual == 2


def test_evidence_can_be_judged_without_the_labels_of_the_model() -> None:
    judged = judge(Oracle(), [passage("a")], gold_labels=True)
    assert judged.is_flagged.tolist() == [True, False, False, False, False, False]
    assert judged.found[2].tolist() == [False, True, False, True]  # which the labels of the model stay


def test_intervals_hold_the_figure_and_documents_are_drawn_whole() -> None:
    good = [replace(passage(f"g{i}", UNITS[4:]), page_type="good") for i in range(10)]
    bad = [passage(f"b{i}", UNITS[2:4]) for i in range(10)]
    spread = evaluate(Oracle(), good + bad).intervals["primary_accuracy"]
    assert spread.low < spread.value < spread.high
    one = evaluate(Oracle(), good[:1]).intervals["primary_accuracy"]
    assert (one.low, one.value, one.high) == (1, 1, 1)


def test_two_models_are_compared_in_pairs() -> None:
    class Better(Oracle):
        def probabilities(self, sentences: Sequence[Sentence]) -> npt.NDArray[np.floating]:
            truth = {text: labels for text, labels, _ in UNITS}
            return np.array([[0.9 if label in truth[s.text] else 0.1 for label in Label] for s in sentences])

    passages = [passage(f"p{i}") for i in range(8)]
    worse, better = judge(Oracle(), passages), judge(Better(), passages)
    found = compare(worse, better)["macro_f1"]
    assert found.difference.value == pytest.approx(1 - 0.7)
    assert found.difference.low > 0
    assert found.p_value == pytest.approx(2 / 1001)
    same = compare(worse, worse)["macro_f1"]
    assert (same.difference.value, same.p_value) == (0, 1)


def test_review_catches_what_is_least_sure(evaluation: Evaluation) -> None:
    judged = evaluation.judged
    wrong = judged.primary != judged.primary_found
    shy = replace(judged, confidence=np.where(wrong, 0.1, 0.9))
    assert review_figures(shy).caught[0.3] == 1
    assert review_figures(shy).risk[0.5] == 0
    assert review_figures(shy).risk[1.0] == pytest.approx(wrong.mean())
    bold = replace(judged, confidence=np.where(wrong, 0.9, 0.1))
    assert review_figures(bold).caught[0.3] == 0


def test_the_worst_mistakes_are_the_surest(evaluation: Evaluation) -> None:
    assert [(one.document, one.text, one.label, one.truth, one.score) for one in evaluation.mistakes] == [
        ("a", "May cause drowsiness.", R, True, 0.1),  # four fifths of the way from the threshold to 0
        ("b", "May cause drowsiness.", R, True, 0.1),
        ("a", "Buy now!", E, False, 0.6),  # one fifth of the way to 1
        ("b", "Buy now!", E, False, 0.6),
    ]
    assert evaluate(Oracle(), [passage("a"), passage("b")], mistakes=1).mistakes == evaluation.mistakes[:1]


def test_groups_are_judged_apart(evaluation: Evaluation) -> None:
    assert list(evaluation.groups["source file"]) == ["a.jsonl", "b.jsonl"]
    assert evaluation.groups["page type"]["advert"].units == 12
    assert evaluation.groups["hard kind"]["fragment"].units == 12
    assert "product area" not in evaluation.groups  # nothing is known of it


def test_a_figure_that_is_not_defined_is_none_and_a_dash() -> None:
    nothing = evaluate(Oracle(), [passage("a", UNITS[5:])])
    record = json.loads(json.dumps(nothing.as_record(), allow_nan=False))
    assert record["figures"]["labels"]["efficacy_claim"]["precision"] is None
    assert "–" in markdown(evaluation_tables(nothing))


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.sources += [name for name, _ in attrs if name in ("src", "href", "xlink:href") or name[:2] == "on"]


def test_the_page_stands_alone_and_escapes_every_text() -> None:
    hostile = passage("<script>alert(1)</script>", [("Buy now! #<img src=x onerror=alert(1)>", (), {})])
    page = render_page([evaluate(Oracle(), [hostile, passage("b")], name="<b>")], {})
    tags = Tags()
    tags.feed(page)
    assert not {"script", "img", "b", "link", "iframe"} & set(tags.names)
    assert tags.sources == []
    assert tags.names.count("svg") == 4
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_a_bar_in_a_text_breaks_no_table() -> None:
    table = markdown(evaluation_tables(evaluate(Oracle(), [passage("a|b", [("Buy now! #|", (), {})])])))
    rows = [line for line in table.splitlines() if "Buy now" in line]
    assert rows
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)


def test_the_command_writes_tables_json_and_a_page(
    call: Run, small_model: Path, small_corpus: Path, tmp_path: Path
) -> None:
    arguments = ("evaluate", str(small_model), str(small_corpus))
    shown = call(*arguments)
    assert shown.returncode == 0, shown.stderr
    assert "macro-F1 of the labels" in shown.stdout
    record = json.loads(call(*arguments, "--format", "json", "--gold-labels").stdout)
    stored = json.loads((small_model / "metrics.json").read_text())
    assert record["figures"]["macro_f1"] == stored["figures"]["macro_f1"]  # the test part, and nothing else
    assert record["evidence_by_gold_labels"]
    done = call(*arguments, "--against", str(small_model), "--output", "page.html")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "page.html").read_text().count("<svg") == 8
    assert call(*arguments, "--output", "page.xyz").returncode == 2


def test_passages_that_no_form_of_ours_knows_are_judged_too(call: Run, small_model: Path, tmp_path: Path) -> None:
    record = {
        "doc_id": "page",
        "url": "https://shop.example",
        "text": "Relieves pain.",
        "units": [
            {
                "start": 0,
                "end": 14,
                "labels": ["efficacy_claim"],
                "primary": "efficacy_claim",
                "evidence": "none",
                "severity": "medium",
                "agreed": True,
            }
        ],
    }
    (tmp_path / "gold").mkdir()
    (tmp_path / "gold" / "pages.jsonl").write_text(json.dumps(record))
    done = call("evaluate", str(small_model), "gold", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["figures"]["units"] == 1
