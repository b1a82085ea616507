"""Rules take linear time on hostile text, and expressions that could not are refused."""

from __future__ import annotations

import pytest

from classifier.policy import MARKETS, load_packs
from classifier.policy.expressions import MAX_SEARCHED, compile_expression
from tests.linear import assert_linear
from tests.test_policy import DISCLAIMER, findings

HOSTILE = [
    *"a |lose |risk of |reduce |vitamin c and |FDA |not intended to treat |do not cure or |(|the flu |x-y/z ".split("|")
]


@pytest.mark.parametrize("part", HOSTILE)
def test_one_long_sentence_takes_linear_time(part: str) -> None:
    load_packs(MARKETS)
    assert_linear(lambda text: findings(text), part * 800, part * 1_600, slack=0.05)


@pytest.mark.parametrize("part", HOSTILE)
def test_the_searched_part_of_a_sentence_takes_linear_time(part: str) -> None:
    load_packs(MARKETS)
    whole = (part * 1_000)[:MAX_SEARCHED]
    assert_linear(lambda text: findings(text), whole[: MAX_SEARCHED // 2], whole, slack=0.05)


@pytest.mark.parametrize(
    "line",
    [
        "Cures arthritis.",
        "Feel your best*",
        "Zinc boosts immunity.",
        "Inflammation causes arthritis.",
        f"{DISCLAIMER}",
        "Calms:",
    ],
)
def test_many_sentences_take_linear_time(line: str) -> None:
    load_packs(MARKETS)
    assert_linear(lambda text: findings(text), f"{line}\n" * 60, f"{line}\n" * 120, slack=0.05)


@pytest.mark.parametrize(
    "bad",
    [
        r"(a+)+b",
        r"(a|aa)+b",
        r"(?:\w*\s*)*x",
        r"(a{0,50}){0,50}",
        r"(?=(a+)+b)c",
        r"(x(a+)*)?y+(?:z*){11,}",
        r"(?:a*){8}b",
        r"(?:a+){0,10}b",
        r"\w*\w*\w*x",
        r"(?:\w+\s?){0,10}x",
        r"(?:a+){12}b",
        r"(?=x\w*\d*y)",
    ],
)
def test_an_expression_that_can_run_away_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="a repeat inside a repeat"):
        compile_expression(bad, {})


@pytest.mark.parametrize("good", [r"a+b+", r"(?:\w+\s+){0,4}x", r"[ab]+c", r"(?:ab){3}", r"\w+[^\w]+\w+", r"a*bc*"])
def test_an_expression_that_cannot_is_taken(good: str) -> None:
    assert compile_expression(good, {}).pattern == good
