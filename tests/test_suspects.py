from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier import ConfigurationError, Label, UnreadableError
from classifier.corpora import Labelling, read_corpus
from classifier.corpora.reading import read_labelled
from classifier.corpora.suspects import Worthwhile, _different, find_suspects, find_worthwhile
from classifier.tagger import Tagger
from classifier.training import train
from tests.linear import assert_linear


@pytest.fixture(scope="module")
def tagger(small_corpus: Path) -> Tagger:
    return train(read_corpus([small_corpus]), Tagger(folds=3))


def test_planted_errors_lead_the_suspects(small_corpus: Path, tagger: Tagger) -> None:
    text = read_labelled([small_corpus])
    rows = [(number, place) for number, p in enumerate(text.passages) for place in range(len(p.units))]
    probabilities = tagger.held_out_[:, list(Label).index(Label.RISK_DISCLOSURE)]
    surest = np.argsort(-probabilities)[:30]
    plain = Labelling((), None, None, None)
    passages = list(text.passages)
    planted: set[tuple[str, int]] = set()
    for row in surest:
        number, place = rows[row]
        units = list(passages[number].units)
        if units[place].labels == (Label.RISK_DISCLOSURE,) and len(planted) < 4:
            units[place] = replace(units[place], labelling=plain)
            passages[number] = replace(passages[number], units=tuple(units))
            planted.add((passages[number].doc_id, units[place].start))
    changed = replace(text, passages=tuple(passages))
    found = find_suspects([], count=100, text=changed, tagger=tagger)
    risks = [(one.document, one.start) for one in found if one.label is Label.RISK_DISCLOSURE and not one.holds]
    assert len(planted) == 4
    assert planted <= set(risks)
    assert all(one.place.startswith(str(small_corpus)) for one in found)


def test_the_sentences_worth_labelling_are_unsure_and_differ(tagger: Tagger, tmp_path: Path) -> None:
    doubtful = "Many readers wonder whether the root could matter for their knees."
    page = tmp_path / "page.txt"
    page.write_text("\n".join([doubtful, doubtful + " Really.", "Buy now!", "Relieves arthritis pain.", doubtful]))
    found = find_worthwhile([], str(page), count=10, tagger=tagger)
    texts = [one.text for one in found]
    assert texts.count(doubtful) <= 1
    assert [one.confidence for one in found] == sorted(one.confidence for one in found)
    assert find_worthwhile([], str(page), count=2, tagger=tagger) == found[:2]
    for one in found:
        assert page.read_text()[one.start : one.start + len(one.text)] == one.text


def test_no_sentence_is_listed_beside_one_that_says_the_same() -> None:
    import random

    chance = random.Random(0)
    words = [f"w{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(40)]
    texts = [" ".join(chance.sample(words, chance.randint(1, 12))) for _ in range(300)]
    texts += [" ".join([texts[0], *(words[number::7])]) for number in range(7)] + texts[:40]
    candidates = [Worthwhile("page", number, text, (), 0.1) for number, text in enumerate(texts)]
    expected: list[set[str]] = []
    for text in texts:
        own = set(text.split())
        if not any(len(own & other) > 0.5 * len(own | other) for other in expected):
            expected.append(own)
    assert [set(one.text.split()) for one in _different(candidates, 1_000)] == expected


def test_listing_takes_time_linear_in_the_candidates() -> None:
    def listed(text: str) -> None:
        candidates = [Worthwhile("page", number, line, (), 0.1) for number, line in enumerate(text.splitlines())]
        assert len(list(_different(candidates, len(candidates)))) == len(candidates)

    lines = [f"the pill of the day {_named(number)}\n" for number in range(4_000)]
    assert_linear(listed, "".join(lines[:2_000]), "".join(lines))


def _named(number: int) -> str:
    letters = "".join(chr(97 + int(digit)) for digit in str(number))
    return " ".join(letters + end for end in "vwxyz")


def test_many_pages_give_the_sentences_that_one_gives(tagger: Tagger, tmp_path: Path) -> None:
    texts = [f"The {word} could help your {part}." for word in _WORDS for part in _WORDS if word != part]
    (tmp_path / "rows.csv").write_text("text\n" + "\n".join(texts))
    found = find_worthwhile([], str(tmp_path / "rows.csv"), count=1, tagger=tagger)
    every = find_worthwhile([], str(tmp_path / "rows.csv"), count=5, tagger=tagger)
    assert found == every[:1]
    assert every[0].confidence == min(one.confidence for one in every)


_WORDS = ("root", "knee", "tea", "sleep", "bark", "liver", "mood", "skin")


def test_a_wrong_count_is_refused_before_anything_is_fitted(small_corpus: Path) -> None:
    with pytest.raises(ConfigurationError, match="from 1 to 10,000"):
        find_suspects([small_corpus.with_name("missing.jsonl")], count=0)


def test_what_cannot_be_listed_is_refused(tagger: Tagger, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="from 1 to 10,000"):
        find_worthwhile([], "page.txt", count=0, tagger=tagger)
    with pytest.raises(UnreadableError):
        find_worthwhile([], str(tmp_path / "missing.txt"), count=1, tagger=tagger)


def test_the_records_are_plain_values(small_corpus: Path, tagger: Tagger) -> None:
    from dataclasses import asdict

    found = find_suspects([small_corpus], count=1, tagger=tagger)
    assert json.loads(json.dumps(asdict(found[0])))["label"] in list(Label)
