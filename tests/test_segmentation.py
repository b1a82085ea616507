from __future__ import annotations

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Document, segment, split
from tests.linear import assert_linear

# each case: a text with ¦ where one sentence ends and the next begins
CASES = {
    "bullets of every sort": "• one¦\n- two¦\n* three¦\n✓ four¦\n✔️ five¦\n1. six¦\n2) seven¦\n🔥 eight¦\n– nine",
    "headings with no full stop": "How It Works¦\nThe leaf calms the mind.¦\n\nBenefits",
    "table rows": "| Point | Tea. Hot | Capsule |¦\n| Dose | 2 cups | 500 mg |",
    "hard-wrapped mail": (
        "This wonderful capsule has helped more than ten thousand people sleep through\nthe night and wake up rested.¦"
        " Order before the end of the month and you will get a\nsecond bottle for free."
    ),
    "short lines of a list": "Benefits:¦\n  deeper sleep¦\n  calm mood¦\n  clear skin",
    "all capitals": "WORKS FAST.¦ NO JITTERS.¦BUY NOW!",
    "run together": "It really works.¦Buy now!¦Is it safe?¦Yes it is.",
    "leaders": "Menthol 1% ..... Topical analgesic\n¦Zinc..........Skin protectant\n¦Tired.....¦ Then I tried it.",
    "ellipses": "Sleepless again... and again?¦ Wait…¦ There is hope.",
    "repeated marks": "Buy now!!!¦ Really?!¦ Yes.",
    "quotes and brackets after the stop": '"I love it."¦ (So do I.)¦ “Wow!”¦ Yes.',
    "speech goes on": '"Wow!" she said.¦ (free shipping!) on all orders.',
    "signature after a quotation": '"My knees feel new!" – Joan, Ohio',
    "marks after the stop": "Works™.¦ Calms®!¦ It lasts.[1]¦ It helps.¹¦ It holds.*¦ It ends.†",
    "reference number after the stop": "It eases stress.1 Users agree.2".replace(".1 ", ".1¦ "),
    "addresses": "See www.example.com/a.b?c=d. or mail a.b@example.co.uk today.",
    "hashtags": "#sleep #calm #zen",
    "decimals": "Take 2.5 mg or 1.000 IU, 2.5% in all.",
    "doses and units": "Take 500 mg. daily with food.¦ Each has 500 mg.¦ Take two.",
    "vitamin letters": "It has B-12.¦ It has vitamin C.¦ It has vitamins A and D.¦ Good.",
    "titles": "Dr. May and Mrs. Lee take St. John's wort vs. kava, e.g. at night.",
    "approximations": "It has approx. 50 mg, i.e. the No. 1 dose of Sept. 9 (Fig. 2).",
    "countries and companies": "It is made in the U.S. by Acme Inc. in Ohio.¦ It is sold in the U.S.¦ The firm grows.",
    "times": "Up at 3 a.m. again?¦ We open at 5 p.m.¦ The end.",
    "authors": "Smith et al. found less pain.¦ J. R. Lee agreed.",
    "reference entry": "[1] Lee JR, Oduya P. Magnesium and sleep. J Sleep Res. 2015;12(3):45-52.¦ A fine trial.",
    "emoji inside": "So 🔥 good!¦ Love it 😍!¦ Buy now.",
    "emoji after the stop": "Love it! 😍¦ Buy now.",
    "non-breaking space": "It helps.¦\u00a0Buy\u00a0now.",
    "zero-width characters": "It\u200b helps.\u200b¦ Buy now.",
    "carriage returns": "It helps¦\r\nBuy now¦\r\rLast",
    "question and answer": "Is it safe?¦ Yes.¦ Very.",
    "list number in a line": "1. Take two.¦ 2. Drink water.",
    "bullet alone on its line": "•\ndeeper sleep¦\n•\ncalm mood",
    "bullets in one line": "• one ¦• two ¦• three",
    "study that opens like a reference": "Abbasi et al. (2012) gave it.¦ They slept.¦ Our drops cure it.",
    "numbered reference": "1. Abbasi B, et al. (2012). Magnesium. J Sleep, 17(12), 1161–1169.",
    "run together after a unit": "Take 5 mg.¦It works.¦ Only $9.99.¦Buy now.",
    "emoji that cut a line": "🔥 Sleep ¦🔥 Calm",
    "long items under a stem": (
        "Benefits:¦\nsupports a healthy mood and a calm mind all the whole long day¦\n"
        "helps to maintain your normal blood flow and an even heart¦\npromotes deep sleep"
    ),
    "wrapped item that opens with a dash": (
        "- Our capsules have helped more than ten thousand people to sleep through\nthe night and wake up rested.¦\n"
        "- Two"
    ),
    "prices": "From $9.99.¦ 30 day guarantee.",
}


@pytest.mark.parametrize("name", CASES)
def test_split_handles(name: str) -> None:
    text = CASES[name].replace("¦", "")
    wanted = [sentence.strip() for sentence in CASES[name].split("¦")]
    assert [text[start:end] for start, end in split(text)] == wanted


texts = st.text() | st.text(st.sampled_from("aB1 .!?…\n\r\t\u00a0\u200b•-*✓🔥😍()[]\"”'’,;:|#>%$@/–é"), max_size=300)


@given(texts)
def test_every_visible_character_lies_in_exactly_one_sentence(text: str) -> None:
    spans = split(text)
    assert all(start < end for start, end in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    assert [c for c in covered if not c.isspace()] == [c for c in text if not c.isspace()]
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


@given(texts)
def test_sentences_quote_the_document(text: str) -> None:
    for sentence in segment(Document(text)):
        assert text[sentence.start : sentence.end] == sentence.text


@given(texts, st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_appended_blank_lines_change_nothing(text: str, newline: str) -> None:
    assert split(text.rstrip("\r")) == split(text.rstrip("\r") + newline * 3)


@pytest.mark.parametrize("space", [" ", "\t", "\x1f", "\u2003"])
def test_a_stop_after_a_wide_gap_is_no_error(space: str) -> None:
    text = f"Calms{space * 50}. It soothes."
    assert text[split(text)[-1][0] :].endswith("It soothes.")


HARD = {
    "no stop": "word ",
    "no space": "x",
    "stops": ".",
    "spaced stops": ". ",
    "capitals": "A. ",
    "run together": "aa.Bb",
    "ellipses": "... ",
    "marks without words": "! ",
    "quotes": '."',
    "opening brackets": "( ",
    "open reference": ".[1,",
    "references": "Lee JR et al ",
    "short lines": "word\n",
    "wrapped lines": "a line of just over fifty characters, with no stop at all\n",
    "blank lines": "\n",
    "carriage returns": "\r",
    "spaces": " ",
    "zero-width": "\u200b",
    "bullets": "• ",
    "lone bullets": "•\n",
    "emoji": ".😍",
    "digits": ".1",
}


def assert_split_is_linear(unit: str, characters: int) -> None:
    assert_linear(split, unit * (characters // 2 // len(unit)), unit * (characters // len(unit)))


@pytest.mark.parametrize("name", HARD)
def test_time_grows_linearly(name: str) -> None:
    assert_split_is_linear(HARD[name], 100_000)
    assert_split_is_linear("It works well. " + HARD[name], 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_time_grows_linearly_to_ten_million_characters(name: str) -> None:
    assert_split_is_linear(HARD[name], 10_000_000)


def test_ten_million_characters_without_a_stop_do_not_hang() -> None:
    start = time.process_time()
    spans = split("word " * 2_000_000)
    assert max(end - start for start, end in spans) <= 5_000
    assert time.process_time() - start < 20


def test_no_line_break_of_python_is_missed() -> None:
    breaks = [chr(c) for c in range(0x3000) if len(f"a{chr(c)}b".splitlines()) == 2]
    assert all(len(split(f"Sleep{character}Calm")) == 2 for character in breaks)
    assert not re.search(r"\w", "".join(breaks))
