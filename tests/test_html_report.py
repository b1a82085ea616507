from __future__ import annotations

import datetime
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Assessor, Cue, Document, Finding, Report, Severity
from classifier.errors import UnreadableError
from classifier.records import Label, SetAside
from classifier.reports.html import HtmlWriter, prepare, views, writer
from classifier.reports.html.text import visible

NOW = datetime.datetime(2026, 11, 28, 21, 40, tzinfo=datetime.UTC)
VOID = {"meta", "br", "input"}
HOSTILE = [
    "<script>alert(1)</script>",
    "</span></div></details><h1>owned</h1>",
    "\"><img src=x onerror='alert(1)'>",
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }} {% raw %}",
    "<!-- --> ]]> </style><style>*{display:none}</style>",
    "calm\x00\x08\x1b[2J mood\x85",
    "one\x01two\x02three\x03four",
    "half \ud800 pair \udc00",
    "\u202eecnedive\u2066",
    "javascript:alert(1)",
]


class Reader(HTMLParser):
    """Read a page: its elements with attributes, its text, and whether all that is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)


def page_of(*reports: Report, unread: tuple[UnreadableError, ...] = ()) -> str:
    stream = io.StringIO()
    page = HtmlWriter(stream, now=NOW)
    for report in reports:
        page.write(prepare(report))
    for error in unread:
        page.unread(error)
    page.close()
    return stream.getvalue()


def hostile_report(report: Report, text: str) -> Report:
    """A report in which every text field is hostile."""
    finding = Finding(text, Severity.HIGH, 0, 4, text, text, text, "support", text, f"https://x/{text}", text)
    aside = replace(finding, link=text, set_aside=SetAside("waiver", text, text, datetime.date(2027, 1, 1), text))
    sentence = report.sentences[0]
    assessed = replace(sentence.assessed, cues=(Cue(text, 1, 3, text, text), Cue("evidence", 2, 900, text, text)))
    return replace(
        report,
        document=replace(report.document, id=text, source=f"{text}.txt", location=text),
        sentences=(replace(sentence, assessed=assessed, findings=(finding, aside)), *report.sentences[1:]),
        findings=(finding, aside),
        versions=replace(report.versions, model=text, policies={text: text}),
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(assessor: Assessor, text: str) -> None:
    def page_with(words: str) -> str:
        report = assessor.assess(Document(f"Cures {words} cancer.\n{words}\n\n{words} eases pain.", language="en"))
        return page_of(hostile_report(report, words), unread=(UnreadableError(words, words),))

    page = page_with(text)
    read = Reader(page)
    assert {tag for tag, _ in read.elements} <= {tag for tag, _ in Reader(page_with("mild")).elements} | {"b"}
    for tag, attributes in read.elements:
        assert not any(name.startswith("on") or name in ("style", "src") for name in attributes), tag
        target = attributes.get("href") or "#"
        assert target.startswith(("#", "https://", "http://"))
    shown = " ".join("".join(read.texts).split())
    assert " ".join(visible(text).split()) in shown
    page.encode("utf-8")
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page) is None


def test_the_page_needs_no_network_and_runs_nothing(assessor: Assessor) -> None:
    page = page_of(assessor.assess("Cures cancer."))
    read = Reader(page)
    policy = next(attributes["content"] for _, attributes in read.elements if "http-equiv" in attributes)
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert {tag for tag, _ in read.elements}.isdisjoint({"script", "img", "link", "iframe", "object", "form"})
    assert not re.search(r"url\(|@import", page)


def test_the_policy_lets_the_style_in(assessor: Assessor) -> None:
    import base64
    import hashlib

    page = page_of(assessor.assess("Cures cancer."))
    match = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert match is not None
    assert base64.b64encode(hashlib.sha256(match[1].encode()).digest()).decode() in page


def test_the_document_stands_there_as_it_reads(assessor: Assessor) -> None:
    text = "DEEPER SLEEP\n\n• Calm mood\n• Cures arthritis. Buy   now!\n-----\nTake 2 & rest <b>well</b>.\n"
    shown = views.view(assessor.assess(text), most=10**6)
    read = "\n".join("".join(part for piece in block.pieces for part, _ in piece.parts) for block in shown.blocks)
    assert read.split() == text.split()
    assert [block.is_after_blank for block in shown.blocks][:3] == [False, True, False]


@settings(max_examples=50)
@given(st.text(st.sampled_from("Cures pain.\n\r \t•-|a"), max_size=60))
def test_no_word_of_a_document_is_lost(assessor: Assessor, text: str) -> None:
    report = assessor.assess(Document(text, language="en"))
    shown = views.view(report, most=10**6)
    read = "\n".join("".join(part for piece in block.pieces for part, _ in piece.parts) for block in shown.blocks)
    if report.sentences:
        assert read.split() == text.split()


def test_a_note_tells_reason_evidence_words_and_basis(assessor: Assessor) -> None:
    text = "".join(Reader(page_of(assessor.assess("Studies show that it relieves arthritis."))).texts)
    told = ("Quoted evidence", "Studies show", "arthritis", "support.vague", "Labelling guidelines", "verified", "High")
    for said in told:
        assert said in text


def test_labels_are_told_by_letter_and_line_not_by_colour_alone(assessor: Assessor) -> None:
    page = page_of(assessor.assess("Our tea relieves arthritis pain."))
    assert '<abbr class="tag t-e" title="Efficacy claim">E</abbr>' in page
    styles = re.findall(r"\.p-\w \.w \{[^}]*border-bottom: \dpx (\w+)", page)
    assert len(styles) == len(set(styles)) == len(Label)


def test_the_page_says_what_was_not_looked_at_and_what_made_it(assessor: Assessor) -> None:
    reports = assessor.assess("Cures cancer."), assessor.assess(Document("Bonjour", id="lettre", language="fr"))
    page = page_of(*reports, unread=(UnreadableError("x.pdf", "no such file"),))
    text = "".join(Reader(page).texts)
    for said in ("x.pdf: no such file", "lettre", "another language", "2026-11-28T21:40:00Z", "No market", "assumed"):
        assert said in text
    assert reports[0].document.sha256 in text
    assert reports[0].versions.model in text


def test_what_is_set_aside_is_shown_and_counted_apart(assessor: Assessor) -> None:
    report = assessor.assess("Cures cancer.")
    aside = SetAside("waiver", "agreed with counsel", "A. Rivera", datetime.date(2027, 6, 30))
    sentence = report.sentences[0]
    marked = tuple(replace(finding, set_aside=aside) for finding in sentence.findings)
    text = "".join(Reader(page_of(replace(report, sentences=(replace(sentence, findings=marked),)))).texts)
    assert "agreed with counsel" in text
    assert "until 2027-06-30" in text
    assert "1 set aside" in text


def test_a_page_stays_small_enough_to_open(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_CHARACTERS", 100)
    report = assessor.assess(Document("Cures cancer.\n" * 20, id="long", language="en"))
    text = "".join(Reader(page_of(report, replace(report, document=replace(report.document, id="next")))).texts)
    assert text.count("Cures cancer.") < 20
    assert "sentences of this document are counted above and not shown" in text
    assert "1 documents are counted and not shown" in text


def test_a_later_document_is_shown_as_far_as_it_fits(assessor: Assessor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_CHARACTERS", 100)
    short = assessor.assess(Document("Calm mood.", id="short", language="en"))
    long = assessor.assess(Document("Cures cancer.\n" * 20, id="long", language="en"))
    text = "".join(Reader(page_of(short, long, short)).texts)
    assert text.count("Cures cancer.") == 6
    assert "the last 14 sentences of this document are counted above and not shown" in text
    assert text.count("Calm mood.") == 2


def test_an_empty_run_gives_a_page() -> None:
    assert "0 documents" in "".join(Reader(page_of()).texts)
