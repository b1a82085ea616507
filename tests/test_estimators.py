from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks
from threadpoolctl import threadpool_limits

from classifier import ConfigurationError, Label, load
from classifier.corpora import Passage, read_corpus
from classifier.estimators import COLUMNS, LinearHead, SentenceTagger, sentence_frame
from classifier.tagger import Tagger, save_tagger
from classifier.training import train

LABELS = list(Label)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Fit with one thread: on a busy machine the threads of a product of vectors wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def passages(root: Path) -> tuple[Passage, ...]:
    return read_corpus([root / "corpus" / "seed.jsonl"])[:20]


@pytest.fixture(scope="module")
def rows(passages: tuple[Passage, ...]) -> pandas.DataFrame:
    return sentence_frame(passages)


@pytest.fixture(scope="module")
def fitted(rows: pandas.DataFrame) -> SentenceTagger:
    """The estimator, fitted on documents in their order whose rows come last first."""
    backwards = pandas.concat([part[::-1] for _, part in rows.groupby("document", sort=False)])
    return SentenceTagger(C=1.0, folds=2).fit(backwards, backwards[LABELS], groups=backwards["group"])


# The head: all that scikit-learn checks.


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks([LinearHead()])  # type: ignore[untyped-decorator]
def test_the_head_passes_the_checks_of_scikit_learn(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def test_the_head_is_that_of_the_fast_model(rows: pandas.DataFrame) -> None:
    X, y = TfidfVectorizer().fit_transform(rows["text"]), rows[LABELS].to_numpy()
    head = LinearHead(C=10.0, folds=2).fit(X, y, groups=rows["document"])
    assert head.coef_.shape == (len(Label), X.shape[1])
    assert ((head.predict(X) == y).mean(axis=0) > 0.9).all()
    rates = head.predict_proba(X).mean(axis=0)
    assert np.abs(rates - y.mean(axis=0)).max() < 0.1
    assert np.allclose(head.predict_proba(X), head.predict_proba(csr_matrix(X).toarray()))


def test_the_head_is_calibrated_on_rows_that_it_has_not_seen() -> None:
    draw = np.random.default_rng(0)
    X, y = draw.normal(size=(400, 100)), draw.random((400, 2)) < 0.3  # nothing to learn: no probability may be sure
    probabilities = LinearHead(C=100.0).fit(X, y).predict_proba(X)
    assert np.abs(probabilities - 0.3).max() < 0.3


def test_the_head_wants_rows_of_both_kinds_for_each_label() -> None:
    y = np.array([[1, 0], [1, 1], [0, 0], [0, 0]])
    with pytest.raises(ValueError, match="1 rows of one class of a label, of 4 samples"):
        LinearHead().fit(np.eye(4), y)


# The text estimator: those checks of scikit-learn that look at no X, by name, and our own below.

CHECKS = [
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@pytest.mark.parametrize("name", CHECKS)
def test_the_text_estimator_passes_a_check_that_needs_no_numbers(name: str) -> None:
    getattr(estimator_checks, name)("SentenceTagger", SentenceTagger())


def test_fit_returns_itself_and_takes_x_and_y_first() -> None:
    assert list(inspect.signature(SentenceTagger.fit).parameters)[:3] == ["self", "X", "y"]


def test_before_fit_it_says_so(rows: pandas.DataFrame) -> None:
    for call in (SentenceTagger().predict, SentenceTagger().predict_proba):
        with pytest.raises(NotFittedError):
            call(rows)


def test_predictions_have_a_row_a_sentence_and_a_column_a_label(rows: pandas.DataFrame, fitted: SentenceTagger) -> None:
    probabilities, found = fitted.predict_proba(rows), fitted.predict(rows)
    assert probabilities.shape == found.shape == (len(rows), len(Label))
    assert fitted.classes_.tolist() == [label.value for label in Label]
    assert set(np.unique(found)) <= {0, 1}
    assert (found == rows[LABELS].to_numpy()).mean() > 0.95
    assert fitted.predict(rows.iloc[:0]).shape == (0, len(Label))


def test_it_is_the_fast_model(
    passages: tuple[Passage, ...], rows: pandas.DataFrame, fitted: SentenceTagger, tmp_path: Path
) -> None:
    fast = train(passages, Tagger(C=1.0, folds=2))
    assert np.array_equal(fitted.tagger_.coef_, fast.coef_)
    assert np.array_equal(fitted.tagger_.thresholds_, fast.thresholds_)
    expected = np.concatenate([fast.predict_document(p.document, p.sentences) for p in passages])
    assert np.allclose(fitted.predict_proba(rows), expected, atol=1e-9)
    save_tagger(fitted.tagger_, tmp_path / "mine", about={}, texts={})
    assert load(tmp_path / "mine").assess("Eases joint pain.").sentences


def test_rows_may_come_in_any_order(rows: pandas.DataFrame, fitted: SentenceTagger) -> None:
    shuffled = rows.sample(frac=1.0, random_state=0)
    found = pandas.DataFrame(fitted.predict_proba(shuffled), index=shuffled.index)
    assert np.array_equal(found.loc[rows.index].to_numpy(), fitted.predict_proba(rows))


def test_a_row_is_seen_with_the_rows_around_it(fitted: SentenceTagger) -> None:
    lists = ["Do not use if you have:", "• high blood pressure"], ["Helps with:", "• high blood pressure"]
    X = pandas.DataFrame(
        [(name, index, text) for name, texts in enumerate(lists) for index, text in enumerate(texts)], columns=COLUMNS
    )
    probabilities = fitted.predict_proba(X)
    assert not np.allclose(probabilities[1], probabilities[3])
    inside = fitted.predict_proba(X.assign(text=X["text"] + " "))  # nothing ends a line here
    assert not np.allclose(probabilities, inside)


def test_it_works_in_a_pipeline_and_changes_neither_parameters_nor_data(
    rows: pandas.DataFrame, fitted: SentenceTagger
) -> None:
    cleaning = FunctionTransformer(lambda X: X.assign(text=X["text"].str.replace("\N{ZERO WIDTH SPACE}", "")))
    pipeline, before = make_pipeline(cleaning, clone(fitted)), rows.copy()
    assert not hasattr(pipeline[-1], "tagger_")
    assert pipeline.fit(rows, rows[LABELS], sentencetagger__groups=rows["group"]) is pipeline
    pandas.testing.assert_frame_equal(rows, before)
    assert pipeline[-1].get_params() == {"C": 1.0, "folds": 2}
    assert np.array_equal(pipeline.predict_proba(rows), fitted.predict_proba(rows))
    assert 0.5 < pipeline.score(rows, rows[LABELS]) <= 1


def test_it_survives_pickling(rows: pandas.DataFrame, fitted: SentenceTagger) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict_proba(rows), fitted.predict_proba(rows))


def test_it_is_searched_grouped_by_document(passages: tuple[Passage, ...]) -> None:
    rows = sentence_frame(passages[:10])
    search = GridSearchCV(
        make_pipeline("passthrough", SentenceTagger(folds=2)),
        {"sentencetagger__C": [1e-6, 0.1]},
        cv=GroupKFold(2),
        scoring=["f1_macro", "average_precision"],
        refit="f1_macro",
        error_score="raise",
    ).fit(rows[[*COLUMNS]], rows[LABELS].astype(int), groups=rows["group"])
    assert len(set(search.cv_results_["mean_test_average_precision"])) == 2  # what is searched makes a difference
    assert search.predict(rows).shape == (len(rows), len(Label))
    assert search.cv_results_["mean_test_average_precision"].min() > 0.2


WRONG: dict[str, tuple[Callable[[pandas.DataFrame], Any], str]] = {
    "a list is no frame": (lambda X: X["text"].tolist(), "a list; give a pandas frame"),
    "no document": (lambda X: X.drop(columns="document"), "no column 'document'"),
    "no text in a row": (lambda X: X.assign(text=X["text"].mask(X["index"] == 0)), "row 0 has no text"),
    "a number for a text": (lambda X: X.assign(text=[*X["text"][:-1].astype(object), 3]), "a text of type int"),
    "places that are words": (lambda X: X.assign(index="first"), "index is of type .*; give numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_rows_that_cannot_be_meant_are_refused(name: str, rows: pandas.DataFrame, fitted: SentenceTagger) -> None:
    change, message = WRONG[name]
    with pytest.raises(ConfigurationError, match=message):
        fitted.predict(change(rows))
    with pytest.raises(ConfigurationError, match=message):
        clone(fitted).fit(change(rows), rows[LABELS])


def test_labels_that_cannot_be_meant_are_refused(rows: pandas.DataFrame) -> None:
    with pytest.raises(ConfigurationError, match=r"y: of shape \(\d+,\); give \d+ rows"):
        SentenceTagger().fit(rows, rows["promotional"])
    with pytest.raises(ConfigurationError, match="other values than 0 and 1"):
        SentenceTagger().fit(rows, rows[LABELS].astype(int) * 2)
