from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from classifier import Assessor, Document, Report
from classifier.errors import ConfigurationError
from classifier.records import Finding, Severity
from classifier.review import (
    Collector,
    Review,
    compare,
    fingerprint_findings,
    normalise,
    open_review,
    parse_waivers,
    read_baseline,
    read_run,
    write_baseline,
)
from classifier.review.runs import RunDocument
from classifier.waiver_comments import find_comments
from tests.conftest import Run
from tests.linear import assert_linear

TODAY = datetime.date(2026, 11, 28)
RULES = frozenset(("support.none", "support.vague", "us.disease"))


def review_of(*entries: dict[str, Any], **options: Any) -> Review:
    waivers = parse_waivers({"waiver": list(entries)}, source="waivers.toml")
    return Review(waivers, own_rules=RULES, today=TODAY, **options)


def entry(**keys: Any) -> dict[str, Any]:
    return {
        "rule": "support.none",
        "quote": "Cures cancer.",
        "reason": "agreed",
        "owner": "A. Rivera",
        "expires": datetime.date(2027, 1, 1),
        **keys,
    }


def states(report: Report) -> list[tuple[str, str | None]]:
    return [(finding.rule, finding.set_aside.by if finding.set_aside else None) for finding in report.all_findings]


def assess(assessor: Assessor, text: str) -> Report:
    return assessor.assess(Document(text, language="en"))


@pytest.mark.parametrize(
    ("text", "waived"),
    [
        ("Relieves headaches. <!-- healthclaims: ignore support.none -- cited below -->", True),
        ("<!-- healthclaims: ignore support.vague, support.none -- cited below -->\n\nRelieves headaches.", True),
        ("Buy.\n<!--healthclaims: ignore support.none -- two\nlines -->\nRelieves headaches.\nBuy.", True),
        ("Relieves headaches.\n<!-- healthclaims: ignore support.none -- cited below -->\nBuy now!", False),
        ("Relieves headaches.\nBuy! <!-- healthclaims: ignore support.none -- cited below -->", False),
    ],
)
def test_a_waiver_in_the_text_speaks_of_its_line_or_the_next(assessor: Assessor, text: str, waived: bool) -> None:
    found = dict(states(review_of().apply(assess(assessor, text))))
    assert found["support.none"] == ("waiver" if waived else None)


def test_a_waiver_is_never_read_as_a_claim_or_as_evidence(assessor: Assessor) -> None:
    comment = "<!-- healthclaims: ignore support.none -- cures arthritis (PMID: 23439798) -->"
    plain, waived = assess(assessor, "Cures cancer."), assess(assessor, f"Cures cancer. {comment}")
    assert [sentence.text for sentence in waived.sentences] == ["Cures cancer."]
    assert waived.sentences[0].evidence == plain.sentences[0].evidence


def test_a_sentence_around_a_waiver_keeps_its_place(assessor: Assessor) -> None:
    text = "Cures <!-- healthclaims: ignore support.none -- agreed --> cancer."
    report = review_of().apply(assess(assessor, text))
    assert all(text[sentence.start : sentence.end] == sentence.text for sentence in report.sentences)
    assert ("support.none", "waiver") in states(report)


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("<!-- healthclaims: ignore support.none -->", "waiver.unreadable"),
        ("<!-- healthclaims: ingore support.none -- x -->", "waiver.unreadable"),
        ("<!-- healthclaims: ignore suport.none -- x -->", "waiver.unknown"),
        ("<!-- healthclaims: ignore support.vague -- x -->", "waiver.unused"),
    ],
)
def test_a_waiver_in_the_text_that_fails_is_a_finding(assessor: Assessor, comment: str, rule: str) -> None:
    text = f"Cures cancer. {comment}"
    report = review_of().apply(assess(assessor, text))
    assert states(report) == [("support.none", None), (rule, None)]
    (finding,) = report.findings
    assert text[finding.start : finding.end] == comment


IGNORE = "<!-- healthclaims: ignore support.none -- {} -->"


@pytest.mark.parametrize(
    "text",
    [
        f"Cures cancer. {IGNORE.format('one')} {IGNORE.format('two')}",
        f"{IGNORE.format('one')}\nCures cancer. {IGNORE.format('two')}",
        f"{IGNORE.format('one')}\n\n{IGNORE.format('two')}\nCures cancer.",
    ],
)
def test_two_waivers_in_the_text_that_speak_of_one_finding_are_both_used(assessor: Assessor, text: str) -> None:
    report = review_of().apply(assess(assessor, text))
    assert states(report) == [("support.none", "waiver")]
    assert report.all_findings[0].set_aside.reason == "two"  # type: ignore[union-attr]


def test_two_waivers_in_the_text_of_a_finding_on_the_document_are_both_used(assessor: Assessor) -> None:
    text = "\n\n".join(f"Green tea {number}. {IGNORE.format(number)}" for number in range(3))
    plain = assess(assessor, text)
    whole = Finding("support.none", Severity.LOW, 0, 0, "m", "b")
    report = review_of().apply(dataclasses.replace(plain, findings=(whole,)))
    assert states(report) == [("support.none", "waiver")]


def test_waivers_of_a_file_that_speak_of_one_finding_are_all_used(assessor: Assessor) -> None:
    review = review_of(entry(), entry(quote="Cures cancer now."), entry(expires=TODAY - datetime.timedelta(1)))
    for comment, owner in (("", "A. Rivera"), (IGNORE.format("in the text"), None)):
        report = review.apply(assess(assessor, f"Cures cancer. {comment}"))
        (finding,) = report.all_findings
        assert finding.set_aside is not None
        assert finding.set_aside.owner == owner
        assert review.met(report) == {"waivers.toml: waiver 1", "waivers.toml: waiver 2"}


def test_waivers_in_one_line_are_applied_in_linear_time(assessor: Assessor) -> None:
    plain = assess(assessor, "")
    whole = Finding("support.none", Severity.LOW, 0, 0, "m", "b")

    def apply(text: str) -> Report:
        findings = (whole,) * text.count("<")
        return review_of().apply(dataclasses.replace(plain, document=Document(text), findings=findings))

    assert_linear(apply, "Tea." + IGNORE.format("x") * 500, "Tea." + IGNORE.format("x") * 1000)


def test_waivers_in_the_text_can_be_told_not_to_hold(assessor: Assessor) -> None:
    text = "Cures cancer. <!-- healthclaims: ignore support.none -- trust me -->"
    assert states(review_of(reads_comments=False).apply(assess(assessor, text))) == [("support.none", None)]


@pytest.mark.parametrize("half", ["<!-- healthclaims: ignore support.none -- x --> ", "<!-- healthclaims: ", "\n<!--"])
def test_waivers_in_the_text_are_read_in_linear_time(half: str) -> None:
    assert_linear(find_comments, half * 4000, half * 8000)


def test_a_file_waives_a_wording_wherever_it_stands(assessor: Assessor) -> None:
    report = review_of(entry(quote="  • CURES   cancer  ")).apply(assess(assessor, "Buy now!\n\nCures cancer!"))
    (finding,) = report.all_findings
    assert finding.set_aside is not None
    assert (finding.set_aside.owner, finding.set_aside.where) == ("A. Rivera", "waivers.toml: waiver 1")


@pytest.mark.parametrize("quote", ["Cures cancer in dogs", "Never cures cancer."])
def test_a_longer_quote_covers_a_sentence_that_stands_in_it(assessor: Assessor, quote: str) -> None:
    assert ("support.none", "waiver") in states(review_of(entry(quote=quote)).apply(assess(assessor, "Cures cancer.")))


@pytest.mark.parametrize("quote", ["cancer", "Cures cancers", "Secures cancer"])
def test_a_shorter_or_another_quote_covers_nothing(assessor: Assessor, quote: str) -> None:
    report = review_of(entry(quote=quote)).apply(assess(assessor, "Cures cancer."))
    assert states(report) == [("support.none", None)]


def test_a_file_waives_a_rule_in_a_document(assessor: Assessor) -> None:
    report, other = assess(assessor, "Cures cancer. Eases joint pain."), assess(assessor, "Cures cancer.")
    review = review_of(entry(quote="Cures cancer.", document=report.document.sha256))
    assert states(review.apply(report)) == [("support.none", "waiver"), ("support.none", None)]
    assert states(review.apply(other)) == [("support.none", None)]


def test_an_expired_waiver_does_not_hold_and_is_a_finding(assessor: Assessor) -> None:
    report = assess(assessor, "Cures cancer.")
    last = review_of(entry(expires=TODAY)).apply(report)
    assert states(last) == [("support.none", "waiver")]
    after = review_of(entry(expires=TODAY - datetime.timedelta(1))).apply(report)
    assert states(after) == [("support.none", None), ("waiver.expired", None)]


def test_an_unknown_rule_in_a_file_is_a_finding_and_a_remark(assessor: Assessor) -> None:
    review = review_of(entry(rule="support.nun"))
    assert review.remarks == ("waivers.toml: waiver 1: no rule is called 'support.nun'; the nearest is support.none",)
    assert ("waiver.unknown", None) in states(review.apply(assess(assessor, "Cures cancer.")))
    assert ("waiver.unknown", None) not in states(review.apply(assess(assessor, "Eases joint pain.")))


def test_an_expired_waiver_in_a_file_is_told_of_whatever_the_documents() -> None:
    review = review_of(entry(expires=TODAY - datetime.timedelta(1)), entry())
    assert review.remarks == (
        "waivers.toml: waiver 1: the waiver of support.none expired on 2026-11-27; renew it, or take it out",
    )


def test_waivers_of_a_file_that_set_nothing_aside_are_told_of_at_the_end(call: Run, tmp_path: Path) -> None:
    waiver = '[[waiver]]\nrule = "{}"\nquote = "{}"\nreason = "r"\nowner = "o"\nexpires = {}\n'
    waivers = [
        ("support.none", "Our capsules relieve arthritis pain.", "2999-01-01"),
        ("support.none", "Not there.", "2999-01-01"),
        ("us.disease", "Not there.", "2999-01-01"),
        ("support.none", "Not there.", "2020-01-01"),
    ]
    (tmp_path / "w.toml").write_text("".join(waiver.format(*fields) for fields in waivers))
    (tmp_path / "a.txt").write_text("Our capsules relieve arthritis pain.")
    (tmp_path / "b.txt").write_text("Our tea is from Assam.")
    plain = ("--waivers", "w.toml", "--model", "fast", "--output")
    done = call("score", "a.txt", "b.txt", *plain, "one.jsonl")
    assert done.stderr.splitlines() == [
        "healthclaims: w.toml: waiver 4: the waiver of support.none expired on 2020-01-01; renew it, or take it out",
        "healthclaims: w.toml: waiver 2: set nothing aside in this run; take it out if no other text needs it",
    ]
    assert "nothing aside" not in call("score", "a.txt", "gone.txt", *plain, "two.jsonl").stderr
    (tmp_path / "three.jsonl.partial").write_bytes((tmp_path / "one.jsonl").read_bytes().splitlines(keepends=True)[0])
    resumed = call("score", "a.txt", "b.txt", "--resume", *plain, "three.jsonl")
    assert (resumed.returncode, "nothing aside" in resumed.stderr) == (0, False)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"waivers": []}, "waivers: unknown key"),
        ({"waiver": {}}, "two brackets"),
        ({"waiver": [entry(rul="x")]}, "waiver 1: rul: unknown key"),
        ({"waiver": [entry(reason="")]}, "reason: is missing"),
        ({"waiver": [entry(owner=7)]}, "owner: give a text"),
        ({"waiver": [entry(expires="2027-01-01")]}, "without quotes"),
        ({"waiver": [entry(quote=None)]}, "quote"),
        ({"waiver": [entry(quote=" … ")]}, "holds no words"),
        ({"waiver": [entry(document="abc")]}, "64 digits"),
        ({"waiver": [{key: value for key, value in entry().items() if key != "quote"}]}, "give a quote"),
    ],
)
def test_a_bad_file_of_waivers_is_refused(data: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_waivers(data, source="waivers.toml")


def test_every_shipped_rule_can_be_waived() -> None:
    assert {"support.none", "us.disease", "eu.unlisted"} <= open_review().rules


def test_a_baseline_knows_findings_by_their_words(assessor: Assessor, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    collector = Collector()
    collector.add(assess(assessor, "Cures cancer. Buy now!"))
    write_baseline(collector.findings, file)
    report = Review(baseline=read_baseline(file)).apply(
        assess(assessor, "New.\n\nBuy now!\n•  CURES cancer\nCures cancer.\nEases joint pain.")
    )
    assert states(report) == [("support.none", "baseline"), ("support.none", None), ("support.none", None)]


def test_a_baseline_has_the_same_bytes_whatever_the_order(assessor: Assessor, tmp_path: Path) -> None:
    reports = [assess(assessor, "Cures cancer."), assess(assessor, "Eases joint pain.")]
    for name, ordered in (("a", reports), ("b", reports[::-1])):
        collector = Collector()
        for report in ordered:
            collector.add(report)
        write_baseline(collector.findings, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "no baseline"),
        ('{"schema": "healthclaims.report/1"}', "no baseline"),
        ('{"schema": "healthclaims.baseline/1", "findings": [{}]}', "finding 1: has no fingerprint"),
    ],
)
def test_a_bad_baseline_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "baseline.json").write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        read_baseline(tmp_path / "baseline.json")


def test_fingerprints_tell_repetitions_apart(assessor: Assessor) -> None:
    prints = [found.fingerprints for found in fingerprint_findings(assess(assessor, "Cures cancer.\n" * 3))]
    assert len(set(prints)) == len(prints) == 3


BARE = "Deepens sleep.\nCalms the mind."


def test_a_baseline_knows_findings_on_a_document_by_its_name_and_by_its_text(call: Run, tmp_path: Path) -> None:
    options = ("--market", "us", "--product-class", "supplement", "--model", "fast")
    (tmp_path / "a.txt").write_text(BARE)
    call("score", "a.txt", *options, "--output", "before.jsonl", "--write-baseline", "base.json")
    known = (*options, "--baseline", "base.json", "--fail-on", "low", "--output", "after.jsonl")
    (tmp_path / "b.txt").write_text(BARE.replace("Calms", "  calms"))
    assert call("score", "b.txt", *known).returncode == 0
    (tmp_path / "a.txt").write_text(f"Order now.\n{BARE}")
    assert call("score", "a.txt", *known).returncode == 0
    (tmp_path / "c.txt").write_text(f"Order now.\n{BARE}")
    assert call("score", "c.txt", *known).returncode == 1


def test_a_row_that_moves_is_known_by_its_text(call: Run, tmp_path: Path) -> None:
    options = ("--market", "us", "--product-class", "supplement", "--model", "fast")
    table = tmp_path / "teas.csv"
    table.write_text(f'text\n"{BARE}"\n"Order now."\n')
    call("score", "teas.csv", *options, "--output", "old.jsonl", "--write-baseline", "base.json")
    table.write_text(f'text\n"Eases digestion."\n"{BARE}"\n"Order now."\n')
    call("score", "teas.csv", *options, "--output", "new.jsonl", "--baseline", "base.json")
    reports = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text().splitlines()]
    assert [[bool(f["set_aside"]) for f in report["findings"]] for report in reports] == [[False], [True], []]
    call("score", "teas.csv", *options, "--output", "plain.jsonl")
    difference = compare(read_run(tmp_path / "old.jsonl"), read_run(tmp_path / "plain.jsonl"))
    assert difference.counts == {"document new": 1, "finding new": 2}
    assert {change.document for change in difference.changes} == {"teas.csv:2"}


def test_documents_are_matched_by_their_own_names_and_rows_by_their_text() -> None:
    def document(name: str, text: str, source: str = "teas.csv") -> RunDocument:
        return RunDocument(name, source, text, {}, (), not_assessed=text)

    old = [document("sku", "a"), document("sku", "b"), document("teas.csv:4", "c"), document("teas.csv:5", "d")]
    new = [document("sku", "b"), document("sku", "a"), document("teas.csv:5", "c"), document("teas.csv:4", "e")]
    changes = compare(old, new).changes
    assert [(change.kind, change.document) for change in changes] == [
        ("document gone", "teas.csv:5"),
        ("document new", "teas.csv:4"),
    ]
    renamed = [document("b.txt", "b", "b.txt"), document("a.txt", "c", "a.txt")]
    changes = compare([document("a.txt", "a", "a.txt"), document("o.txt", "b", "o.txt")], renamed).changes
    assert [(change.document, change.old, change.new) for change in changes] == [("a.txt", "a", "c")]


def test_texts_are_normalised_in_linear_time() -> None:
    for half in ("." * 20_000 + "x", "• " * 10_000, " \n" * 10_000 + "x."):
        assert_linear(normalise, half, half * 2)


def test_two_runs_are_compared(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Relieves headaches.\nBuy now!\nOld words here.")
    (tmp_path / "b.txt").write_text("Same text here.")
    assert run("score", "a.txt", "b.txt", "--output", "old.jsonl").returncode == 0
    (tmp_path / "b.txt").rename(tmp_path / "c.txt")
    (tmp_path / "a.txt").write_text("Buy now!\n\nRELIEVES  headaches\nEases joint pain.")
    assert run("score", "a.txt", "c.txt", "--output", "new.jsonl").returncode == 0
    difference = compare(read_run(tmp_path / "old.jsonl"), read_run(tmp_path / "new.jsonl"))
    assert difference.counts == {"sentence gone": 1, "sentence new": 1, "finding new": 1}
    done = run("diff", "old.jsonl", "new.jsonl", "--fail-on", "medium")
    assert done.returncode == 1
    assert "+ finding new: support.none (medium)" in done.stdout
    lines = run("diff", "old.jsonl", "new.jsonl", "--format", "jsonl").stdout.splitlines()
    assert {json.loads(line)["kind"] for line in lines} == set(difference.counts)
    same = run("diff", "old.jsonl", "old.jsonl", "--fail-on", "low")
    assert (same.returncode, same.stdout) == (0, "no change\n")


def test_what_another_model_says_is_a_change(assessor: Assessor, tmp_path: Path) -> None:
    from classifier.reports.changes import change_lines
    from classifier.reports.jsonl import to_record

    old = to_record(assessor.assess(Document("Cures cancer.", id="page", language="en")))
    new = json.loads(json.dumps(old))
    new["versions"]["model"] = "another"
    new["sentences"][0] |= {"labels": ["promotional"], "primary": "promotional", "evidence": None, "findings": []}
    for name, record in (("old", old), ("new", new)):
        (tmp_path / name).write_text(json.dumps(record) + "\n")
    difference = compare(read_run(tmp_path / "old"), read_run(tmp_path / "new"))
    assert difference.counts == {"sentence changed": 3, "finding gone": 1}
    lines = list(change_lines(difference))
    assert lines[0].endswith("→ another")
    assert any("primary: efficacy_claim → promotional" in line for line in lines)


@pytest.mark.parametrize("line", ["{", "[]", '{"schema": "healthclaims.report/1"}', "[" * 100_000])
def test_what_is_no_report_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "run.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(ConfigurationError, match="line 2"):
        read_run(tmp_path / "run.jsonl")


def test_only_findings_that_count_fail_a_run(run: Run, tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("Cures cancer.")
    assert run("score", "page.txt", "--fail-on", "high", "--write-baseline", "base.json").returncode == 1
    done = run("score", "page.txt", "--fail-on", "low", "--baseline", "base.json", "--format", "jsonl")
    assert done.returncode == 0
    aside = json.loads(done.stdout)["sentences"][0]["findings"][0]["set_aside"]
    assert (aside["by"], aside["where"]) == ("baseline", "base.json")
    (tmp_path / "w.toml").write_text(
        '[[waiver]]\nrule = "support.none"\nquote = "Cures cancer"\nreason = "r"\nowner = "o"\nexpires = 2999-01-01\n'
    )
    assert run("score", "page.txt", "--fail-on", "low", "--waivers", "w.toml").returncode == 0
    (tmp_path / "healthclaims.toml").write_text('waivers = "w.toml"\n')
    assert run("score", "page.txt", "--fail-on", "low").returncode == 0
    assert run("score", "page.txt", "--waivers", "none.toml").returncode == 2


@pytest.mark.parametrize("suffix", ["html", "sarif", "csv"])
def test_a_run_writes_every_format(run: Run, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "page.txt").write_text("Cures cancer.")
    assert run("score", "page.txt", "gone.txt", "--output", f"review.{suffix}").returncode == 3
    assert "page.txt" in (tmp_path / f"review.{suffix}").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.partial"))


def test_the_hook_for_pre_commit_calls_a_command_that_there_is(root: Path) -> None:
    hook = (root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert "entry: healthclaims score --format table\n" in hook
    assert "args: [--fail-on, high]\n" in hook
