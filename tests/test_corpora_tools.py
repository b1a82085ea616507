from __future__ import annotations

import csv
import json
import random
import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from classifier import ConfigurationError, Evidence, Label
from classifier.corpora import (
    KINDS,
    SPLITS,
    Labelling,
    Passage,
    Unit,
    agreement,
    formats,
    read_corpus,
    read_files,
    split_of,
    to_record,
    write_split,
)
from classifier.corpora.formats import FORMATS, convert, csv_table, read_any, write_any
from classifier.corpora.formats.shared import Reading
from classifier.corpora.phrases import common_phrases, is_prescribed, opening_counts, phrase_counts, plain
from classifier.corpora.reading import read_labelled
from classifier.corpora.schema import find_faults, passage_schema
from classifier.corpora.statistics import agreement_tables, markdown, statistics_tables
from classifier.corpora.validation import near_duplicates, validate
from tests.conftest import ROOT, Run

CORPUS = sorted((ROOT / "corpus").glob("*.jsonl"))


@pytest.fixture(scope="module")
def passages() -> tuple[Passage, ...]:
    return read_corpus(CORPUS)


@pytest.mark.parametrize("path", CORPUS, ids=[path.name for path in CORPUS])
def test_every_line_of_the_corpus_is_written_as_it_was(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    for line, passage in zip(lines, read_corpus([path]), strict=True):
        assert to_record(passage) == json.loads(line)


def test_the_schema_names_the_kinds() -> None:
    assert set(passage_schema()["$defs"]["kind"]["enum"]) == KINDS


PLAIN: dict[str, Any] = {"labels": [], "primary": "none", "evidence": None, "severity": None}
PROMOTION = {**PLAIN, "labels": ["promotional"], "primary": "promotional"}
BARE_UNIT = {"start": 0, "end": 5, **PLAIN, "kinds": []}
BARE: dict[str, Any] = {
    "doc_id": "A1", "product_area": "tea", "page_type": "faq", "voice": "plain", "market": "us",
    "product_class": "food", "text": "Calm.", "units": [BARE_UNIT],
}  # fmt: skip


def with_unit(**changes: object) -> dict[str, Any]:
    return {**BARE, "units": [{**BARE_UNIT, **changes}]}


REFUSED: dict[str, tuple[Any, str]] = {
    **{
        f"no {key}": ({one: BARE[one] for one in BARE if one != key}, f"no key '{key}'; add it")
        for key in ("product_area", "page_type", "voice", "market", "product_class", "text", "units")
    },
    "class": ({**BARE, "product_class": "candy"}, 'product_class holds "candy"; use one of supplement, food'),
    "sha256": ({**BARE, "source_sha256": "abc"}, 'source_sha256 holds "abc"; give what matches ^[0-9a-f]{64}$'),
    "train_only": ({**BARE, "train_only": "yes"}, 'train_only holds "yes"; write true, or leave the key out'),
    "train_only 1": ({**BARE, "train_only": 1}, "train_only holds 1; write true"),
    "doc_id": ({**BARE, "doc_id": ""}, 'doc_id is ""; give it a text'),
    "key": ({**BARE, "colour": "red"}, "unknown key 'colour'; take it out; known are doc_id"),
    "unit key": (with_unit(rulling="rule 1"), "units[0]: unknown key 'rulling'; take it out; known are annotations"),
    "ruling": (with_unit(ruling=7), "units[0].ruling is 7, not text; give text"),
    "kind": (with_unit(kinds=["funny"]), 'units[0].kinds[0] holds "funny"; use one of boast'),
    "kinds": (with_unit(kinds=["boast", "boast"]), 'units[0].kinds holds one entry twice: ["boast", "boast"]'),
    "kinds as text": (with_unit(kinds="boast"), 'units[0].kinds is "boast", not a list; give a list'),
    "one annotation": (with_unit(annotations=[PLAIN]), "units[0].annotations has 1 entries; give 2 or more"),
    "three": (with_unit(annotations=[PLAIN] * 3), "units[0].annotations has 3 entries; give 2 at most"),
    "start": (with_unit(start=True), "units[0].start is true, not a whole number; give a whole number"),
    "below": (with_unit(start=-1), "units[0].start is -1; give 0 or more"),
    "evidence": (with_unit(evidence="some"), 'units[0].evidence holds "some"; use one of none, vague'),
    "no units": ({**BARE, "units": []}, "units has 0 entries; give 1 or more"),
    "no object": ([BARE], "the line is [{"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_schema_refuses_is_a_problem_with_its_line(tmp_path: Path, name: str) -> None:
    record, said = REFUSED[name]
    (tmp_path / "a.jsonl").write_text(f"{json.dumps({**BARE, 'doc_id': 'A0'})}\n{json.dumps(record)}\n")
    (problem, *_) = validate([tmp_path / "a.jsonl"])
    assert str(problem).startswith(f"{tmp_path}/a.jsonl:2: {said}")


@pytest.mark.parametrize("record", [BARE, *(record for record, _ in REFUSED.values())])
def test_the_schema_says_what_jsonschema_says(record: Any) -> None:
    assert any(True for _ in find_faults(record)) != jsonschema.Draft202012Validator(passage_schema()).is_valid(record)


def test_a_ruling_stands_only_where_annotators_differ(tmp_path: Path) -> None:
    for given, refused in (([PLAIN, PLAIN], True), ([PLAIN, PROMOTION], False)):
        (tmp_path / "a.jsonl").write_text(json.dumps(with_unit(ruling="rule 1", annotations=given)) + "\n")
        found = [problem.message for problem in validate([tmp_path / "a.jsonl"])]
        assert found == ["unit at 0: a ruling where no two annotators differ"] * refused


def test_a_unit_with_an_unknown_key_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(with_unit(rulling="rule 1")) + "\n")
    with pytest.raises(ConfigurationError, match=r"a\.jsonl:1: unit at 0: unknown key 'rulling'; known"):
        read_corpus([tmp_path / "a.jsonl"])
    assert read_labelled([tmp_path / "a.jsonl"], lenient=True).passages[0].text == "Calm."


def test_no_annotation_was_lost(passages: tuple[Passage, ...]) -> None:
    for passage in passages:
        for unit in passage.units:
            assert len(unit.annotations) == 2
            assert (unit.annotations[0] == unit.annotations[1]) == (unit.ruling is None)


def write(path: Path, *passages: Passage) -> Path:
    path.write_text("".join(json.dumps(to_record(passage)) + "\n" for passage in passages), encoding="utf-8")
    return path


def test_a_near_copy_is_found_and_told_apart_by_split(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    original = passages[0]
    copy = replace(original, doc_id="copy", group="copy", text=original.text.replace(" the ", " tha "))
    assert [(one.doc_id, two.doc_id) for one, two, _ in near_duplicates([*passages[:5], copy])] == [
        (original.doc_id, "copy")
    ]
    (problem,) = [p for p in validate([write(tmp_path / "a.jsonl", original, copy)]) if "of its phrases" in p.message]
    assert problem.place == f"{tmp_path}/a.jsonl:2"


def test_phrases_that_recur_are_found(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    text = "Our finest leaf of the valley calms you in number {}."
    template = [
        Passage(f"T{n}", text.format(n), (Unit(0, len(text.format(n)), passages[0].units[0].labelling),), f"T{n}")
        for n in range(10)
    ]
    problems = list(map(str, validate([write(tmp_path / "a.jsonl", *template)])))
    place = f"{tmp_path}/a.jsonl:1"
    said = "(100.0%), this passage first; word most of them differently"
    assert f"{place}: 10 of 10 units open with 'our finest leaf' {said}" in problems
    assert f"{place}: 10 of 10 passages hold 'finest leaf of the valley' {said}" in problems


def test_a_template_of_one_round_is_found_among_all(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    def round_of(name: str, text: str, first: int) -> Path:
        labelling = passages[0].units[0].labelling
        texts = [text.format(n) if n >= first else f"{n} plain words of {n * n}" for n in range(200)]
        made = [
            Passage(f"{name}{n}", one, (Unit(0, len(one), labelling),), f"{name}{n}") for n, one in enumerate(texts)
        ]
        return write(tmp_path / f"{name}.jsonl", *made)

    files = [round_of("a", "x{0} y{0} z{0}", 0), round_of("b", "Our finest leaf calms you {}", 192)]
    files += [round_of(name, "x{0} y{0} z{0}", 0) for name in "cdefgh"]
    (opening,) = [problem for problem in validate(files) if "open with" in problem.message]
    assert (opening.place, opening.message) == (
        f"{tmp_path}/b.jsonl:193",
        "8 of 200 units open with 'our finest leaf' (4.0%), this passage first",
    )


def test_only_whole_wordings_that_somebody_prescribes_may_recur() -> None:
    assert is_prescribed(plain("Not intended to diagnose, treat, cure, or prevent any disease."))
    assert is_prescribed("do not use")
    for text in ("better than placebo in a trial", "with few side effects at all", "if you are a runner"):
        assert not is_prescribed(text)


def broken(passage: Passage, **changes: object) -> Passage:
    return replace(passage, units=(replace(passage.units[0], **changes), *passage.units[1:]))  # type: ignore[arg-type]


def test_problems_of_labels_are_found_with_their_place(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    plain = Labelling((), None, None, None)
    claim = Labelling((Label.PROMOTIONAL,), Label.PROMOTIONAL, None, None)
    cases = {
        "labels that neither": broken(passages[0], labelling=claim, annotations=(plain, plain), ruling=None),
        "no ruling stands": broken(passages[0], annotations=(plain, claim), ruling=None),
        "tagged heading_topic": broken(passages[0], labelling=claim, annotations=(), kinds=("heading_topic",)),
    }
    for message, passage in cases.items():
        problems = list(validate([write(tmp_path / "a.jsonl", passage)]))
        assert any(message in problem.message for problem in problems), message
        assert all(problem.place.startswith(f"{tmp_path}/a.jsonl") and problem.remedy for problem in problems)


@pytest.fixture(scope="module")
def spread() -> tuple[Passage, ...]:
    """A few passages of every corpus file: some spread over it, and one of each part and way to be in it."""
    chosen: list[Passage] = []
    for path in CORPUS:
        found = read_corpus([path])
        kinds = {(p.split, p.train_only, p.group == p.doc_id): p.doc_id for p in found}
        wanted = {*kinds.values(), *(p.doc_id for p in found[:: len(found) // 4 + 1])}
        chosen += [p for p in found if p.doc_id in wanted]
    return tuple(chosen)


def gist(passage: Passage) -> Passage:
    """Return what CSV holds of a passage: text, labellings and its part."""
    units = tuple(Unit(unit.start, unit.end, unit.labelling) for unit in passage.units)
    return Passage(passage.doc_id, passage.text, units, passage.group, train_only=passage.train_only)


def test_the_spread_holds_every_file_and_every_way_into_a_part(spread: tuple[Passage, ...]) -> None:
    assert len(spread) >= 3 * len(CORPUS)
    assert {p.split for p in spread if not p.train_only} == set(SPLITS)
    assert {p.train_only for p in spread if split_of(p.group) != "train"} == {True, False}
    assert {p.group == p.doc_id for p in spread if p.split == "test"} == {True, False}
    gaps = {p.text[one.end : two.start] for p in spread for one, two in pairwise(p.units)}
    assert gaps >= {" ", "\n", "\n\n"}


@pytest.mark.parametrize("format", ["healthclaims", "prodigy", "label-studio", "spacy"])
def test_a_conversion_and_back_loses_nothing(spread: tuple[Passage, ...], tmp_path: Path, format: str) -> None:
    write_any(spread, tmp_path / "file", format)
    assert read_any(tmp_path / "file", format).passages == spread


@pytest.mark.parametrize("format", FORMATS)
def test_a_conversion_and_back_keeps_the_part(spread: tuple[Passage, ...], tmp_path: Path, format: str) -> None:
    write_any(spread, tmp_path / "file", format)
    back = read_any(tmp_path / "file", format).passages
    assert [(p.doc_id, p.group, p.train_only, p.split) for p in back] == [
        (p.doc_id, p.group, p.train_only, p.split) for p in spread
    ]


def test_csv_keeps_texts_and_labellings(spread: tuple[Passage, ...], tmp_path: Path) -> None:
    write_any(spread, tmp_path / "a.csv", "csv")
    back = read_any(tmp_path / "a.csv", "csv")
    assert back.passages == tuple(map(gist, spread))
    assert back.remarks == ()


def read_csv(folder: Path, *rows: str) -> Reading:
    (folder / "a.csv").write_text("\n".join(rows))
    return read_any(folder / "a.csv", "csv")


def test_csv_without_doc_id_is_one_document_a_row(tmp_path: Path) -> None:
    rows = '"Eases pain, fast.",efficacy_claim', "Buy now,promotional", "Store cool,"
    back = read_csv(tmp_path, "text,labels", *rows)
    assert [p.text for p in back.passages] == ["Eases pain, fast.", "Buy now", "Store cool"]
    assert [p.units[0].labels for p in back.passages] == [(Label.EFFICACY_CLAIM,), (Label.PROMOTIONAL,), ()]
    assert back.passages[0].units[0].evidence is Evidence.NONE
    assert "each row counts as a document of its own" in back.remarks[0]


def test_a_row_of_csv_without_its_doc_id_is_told_of(tmp_path: Path) -> None:
    back = read_csv(tmp_path, "text,labels,doc_id", "Calm.,,d", "Rest.,,d", "Buy now,promotional,", "Sleep., , ")
    assert [p.text for p in back.passages] == ["Calm.\nRest.", "Buy now", "Sleep."]
    assert back.remarks == (
        "doc_id is blank in 2 rows: each of them counts as a document of its own, without neighbours",
    )


def test_none_in_csv_is_no_label(tmp_path: Path) -> None:
    back = read_csv(tmp_path, "text,labels", "Calm.,none", "Rest.,None", "Buy now,promotional")
    assert [p.units[0].labels for p in back.passages] == [(), (), (Label.PROMOTIONAL,)]


def test_columns_of_csv_that_are_not_read_are_named(tmp_path: Path) -> None:
    back = read_csv(tmp_path, "text,labels,doc_id,start,end,colour", "Calm.,,d,0,5,red")
    assert back.remarks[0].startswith("columns that are not read: 'colour', 'end', 'start'; known are text, labels")


def test_the_split_of_csv_is_kept_or_its_loss_is_told(tmp_path: Path) -> None:
    hashed = {"P001": "train", "P002": "test"}
    assert {name: split_of(name) for name in hashed} == hashed
    rows = "Calm.,,P001,train", "Rest.,,P002,Train", "Sleep.,,P002,", "Brew.,,P003,test", "Sip.,,P004,"
    back = read_csv(tmp_path, "text,labels,doc_id,split", *rows)
    assert [(p.doc_id, p.split, p.train_only) for p in back.passages[:2]] == [
        ("P001", "train", False),
        ("P002", "train", True),
    ]
    assert split_of("P003") == back.passages[2].split == "train"
    assert "1 passages of split train are kept there by train_only" in back.remarks[0]
    assert back.remarks[1].startswith("passages change sides: 1 of split test are in train, as a hash of their group")
    assert len(back.remarks) == 2


def test_no_passage_changes_sides_in_silence(spread: tuple[Passage, ...], tmp_path: Path) -> None:
    """Neither where a table-maker left the groups out."""
    write_any(spread, tmp_path / "a.csv", "csv")
    with (
        (tmp_path / "a.csv").open(encoding="utf-8", newline="") as whole,
        (tmp_path / "b.csv").open("w", encoding="utf-8", newline="") as part,
    ):
        writer = csv.DictWriter(part, ["text", "labels", "doc_id", "split"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(csv.DictReader(whole))
    back = read_any(tmp_path / "b.csv", "csv")
    changed = [(one.split, two.split) for one, two in zip(spread, back.passages, strict=True) if one.split != two.split]
    assert changed
    assert all(before != "train" for before, _ in changed)
    (told,) = [remark for remark in back.remarks if "change sides" in remark]
    for (before, after), count in Counter(changed).items():
        assert f"{count} of split {before} are in {after}" in told


def test_doccano_keeps_text_and_labels(spread: tuple[Passage, ...], tmp_path: Path) -> None:
    write_any(spread, tmp_path / "a.jsonl", "doccano")
    back = read_any(tmp_path / "a.jsonl", "doccano")
    for before, after in zip(spread, back.passages, strict=True):
        assert after.text == before.text
        labelled = {(unit.start, unit.end): unit.labels for unit in before.units if unit.labels}
        assert {(unit.start, unit.end): unit.labels for unit in after.units if unit.labels} == labelled
    assert len(back.remarks) == 1


def test_doccano_without_groups_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "Calm.", "label": [], "meta": {"doc_id": "P001"}}\n')
    assert "1 texts have no meta.group: a hash of meta.doc_id" in read_any(tmp_path / "a.jsonl", "doccano").remarks[0]


def test_the_columns_of_csv_are_described_alike_in_help_and_corpus(call: Run) -> None:
    described = [line for line in (formats.__doc__ or "").split("| column |")[1].splitlines() if line.startswith("| `")]
    assert tuple(re.findall("`(\\w+)`", "".join(line.split(" | ")[0] for line in described))) == csv_table.COLUMNS
    readme = (ROOT / "corpus" / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in described if line not in readme] == []
    printed = call("corpus", "convert", "--help").stdout.splitlines()
    assert [line for line in described if line not in printed] == []


def test_labels_changed_in_a_tool_count(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    write_any(passages[:1], tmp_path / "a.jsonl", "prodigy")
    tasks = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    tasks[0]["accept"] = ["efficacy_claim", "promotional"]
    random.Random(0).shuffle(tasks)
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    (passage,) = read_any(tmp_path / "a.jsonl", "prodigy").passages
    assert passage.units[0].labels == (Label.EFFICACY_CLAIM, Label.PROMOTIONAL)
    assert passage.units[0].annotations == ()
    assert passage.units[1:] == passages[0].units[1:]


def test_a_conversion_prints_what_is_lost(run: Run, tmp_path: Path, passages: tuple[Passage, ...]) -> None:
    write(tmp_path / "a.jsonl", *passages[:3])
    done = run("corpus", "convert", "a.jsonl", "a.csv")
    assert done.returncode == 0
    assert "csv cannot hold: product area" in done.stderr
    assert done.stdout.startswith("a.csv: 3 passages")
    assert run("corpus", "convert", "a.csv", "b.spacy").returncode == 0
    done = run("corpus", "convert", "a.jsonl", "b.jsonl", "--to", "doccano")
    assert "doccano cannot hold: product area, page type and the like; primary label, evidence" in done.stderr


def test_a_conversion_prints_what_was_assumed_of_csv(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,labels,doc_id,split\nCalm.,none,P001,test\nRest.,,,\n")
    done = run("corpus", "convert", "a.csv", "b.jsonl")
    assert done.returncode == 0
    assert "healthclaims: doc_id is blank in 1 rows" in done.stderr
    assert "healthclaims: passages change sides: 1 of split test are in train" in done.stderr
    (tmp_path / "a.csv").write_text("text,labels\nCalm.,none\n")
    assert "healthclaims: no column doc_id" in run("corpus", "convert", "a.csv", "c.jsonl").stderr


@pytest.mark.parametrize("format", [name for name in FORMATS if name != "csv"])
def test_a_file_in_another_format_is_refused(tmp_path: Path, format: str) -> None:
    (tmp_path / "a").write_bytes(b'{"a": 1}\n')
    with pytest.raises(ConfigurationError, match="a"):
        read_any(tmp_path / "a", format)


def test_a_file_is_not_converted_onto_itself(tmp_path: Path, passages: tuple[Passage, ...]) -> None:
    path = write(tmp_path / "a.jsonl", passages[0])
    with pytest.raises(ConfigurationError, match="is also read"):
        convert(path, path, target_format="prodigy")
    assert read_corpus([path]) == (passages[0],)


def test_the_parts_of_a_split_make_the_whole(passages: tuple[Passage, ...], tmp_path: Path) -> None:
    write_split(passages, tmp_path)
    parts = read_corpus(sorted(tmp_path.glob("*.jsonl")))
    assert sorted(p.doc_id for p in parts) == sorted(p.doc_id for p in passages)


def test_agreement_of_equal_and_of_contrary_annotators() -> None:
    yes, no = Labelling((Label.PROMOTIONAL,), Label.PROMOTIONAL, None, None), Labelling((), None, None, None)

    def kappa(*pairs: tuple[Labelling, Labelling]) -> float:
        units = tuple(Unit(n, n + 1, pair[0], (), pair) for n, pair in enumerate(pairs))
        return agreement([Passage("A", "x" * len(units), units, "A")]).primary_kappa

    assert kappa((yes, yes), (no, no)) == 1
    assert kappa((yes, no), (no, yes)) == -1


def test_the_annotators_of_the_corpus_agree(passages: tuple[Passage, ...]) -> None:
    assert agreement(passages).primary_kappa >= 0.85


def test_the_tables_of_the_datasheet_are_those_of_the_command(passages: tuple[Passage, ...]) -> None:
    datasheet = (ROOT / "corpus" / "DATASHEET.md").read_text(encoding="utf-8")
    assert markdown(statistics_tables(passages)) in datasheet
    assert markdown(agreement_tables(read_files(CORPUS))) in datasheet


def test_the_corpus_reaches_its_targets(passages: tuple[Passage, ...]) -> None:
    units = [unit for passage in passages for unit in passage.units]
    kinds = Counter(kind for unit in units for kind in unit.kinds)
    evidence = Counter(unit.evidence for unit in units)
    assert len(units) >= 15_000
    assert len(passages) >= 1_300
    assert len({passage.product_area for passage in passages}) >= 70
    assert len({passage.page_type for passage in passages}) >= 16
    assert len({passage.voice for passage in passages}) >= 25
    assert min(kinds[kind] for kind in KINDS) >= 400
    assert min(evidence[level] for level in Evidence) >= 300
    assert sum(passage.source_sha256 is not None for passage in passages) >= len(passages) * 2 / 3


def test_the_tables_tell_the_phrases_that_recur(passages: tuple[Passage, ...]) -> None:
    text = "Our finest leaf calms you in number {}."
    labelling = passages[0].units[0].labelling
    many = [Passage(f"T{n}", text.format(n), (Unit(0, len(text.format(n)), labelling),), f"T{n}") for n in range(3)]
    tables = markdown(statistics_tables(many))
    assert opening_counts(many) == {"our finest leaf": 3}
    assert common_phrases(phrase_counts(many), 1) == [("our finest leaf calms you", 3)]
    assert "| our finest leaf | 3 |" in tables
    assert "those whose first three words open another too | 3 (100.0%) |" in tables


def test_agreement_is_told_for_each_file(tmp_path: Path, passages: tuple[Passage, ...]) -> None:
    files = [write(tmp_path / "a.jsonl", *passages[:5]), write(tmp_path / "b.jsonl", *passages[5:9])]
    tables = agreement_tables(read_files(files))
    assert [row[:2] for row in tables["By file"][1]] == [
        ("a.jsonl", sum(len(passage.units) for passage in passages[:5])),
        ("b.jsonl", sum(len(passage.units) for passage in passages[5:9])),
    ]


def test_the_shipped_corpus_is_valid(run: Run) -> None:
    done = run("corpus", "validate", *map(str, CORPUS))
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 problems\n", "")


@pytest.mark.parametrize("name", ["stats", "agreement"])
def test_the_commands_run_on_the_corpus(run: Run, name: str) -> None:
    done = run("corpus", name, *map(str, CORPUS))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_split_overwrites_nothing(run: Run, tmp_path: Path, passages: tuple[Passage, ...]) -> None:
    write(tmp_path / "a.jsonl", *passages[:20])
    assert run("corpus", "split", "a.jsonl", "--output", "parts").returncode == 0
    before = (tmp_path / "parts" / "test.jsonl").read_text()
    done = run("corpus", "split", "parts/train.jsonl", "--output", "parts")
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert (tmp_path / "parts" / "test.jsonl").read_text() == before


def test_label_studio_loses_no_label_in_silence(tmp_path: Path, passages: tuple[Passage, ...]) -> None:
    path = tmp_path / "a.json"
    write_any(passages[:1], path, "label-studio")
    tasks = json.loads(path.read_text(encoding="utf-8"))
    tasks[0]["annotations"].append({"was_cancelled": True, "result": []})
    path.write_text(json.dumps(tasks))
    assert read_any(path, "label-studio").passages == passages[:1]
    tasks[0]["annotations"][0]["result"][0]["value"]["start"] += 1
    path.write_text(json.dumps(tasks))
    with pytest.raises(ConfigurationError, match="none of its units"):
        read_any(path, "label-studio")


@pytest.mark.parametrize(
    "change", [{"doc_id": ["q"]}, {"market": 7}, {"colour": "red"}, {"text": "\ud800"}, {"units": [["a"]]}]
)
def test_a_passage_of_the_wrong_form_is_a_problem_with_its_place(
    tmp_path: Path, passages: tuple[Passage, ...], change: dict[str, object]
) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({**to_record(passages[0]), **change}) + "\n")
    (problem, *_) = validate([tmp_path / "a.jsonl"])
    assert problem.place == f"{tmp_path}/a.jsonl:1"


def test_nothing_to_compare_is_no_agreement(passages: tuple[Passage, ...]) -> None:
    bare = [replace(p, units=tuple(replace(unit, annotations=()) for unit in p.units)) for p in passages[:3]]
    tables = markdown(agreement_tables({Path("a.jsonl"): bare}))
    assert "1.000" not in tables
    assert "–" in tables
    assert "–" in markdown(statistics_tables([]))


def test_a_bad_corpus_exits_with_its_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("{}\n")
    assert run("corpus", "validate", "a.jsonl").returncode == 1
    assert run("corpus", "stats", "a.jsonl").returncode == 2
    assert run("corpus", "validate", "missing.jsonl").returncode == 2


FOREIGN = "Our tea eases pain.\nOrder today! It stands on a shelf."


def foreign_task(format: str, folder: Path) -> Path:
    """Write one text with two labelled spans, as a tool exports it that knows nothing of us."""
    spans = [(0, 20, "efficacy_claim"), (20, 32, "promotional")]
    if format == "spacy":
        import spacy
        from spacy.tokens import DocBin, Span

        doc = spacy.blank("en")(FOREIGN)
        doc.spans["health_claims"] = [Span(doc, 0, 5, "efficacy_claim"), Span(doc, 6, 9, "promotional")]
        DocBin(docs=[doc]).to_disk(folder / "mine.spacy")
        return folder / "mine.spacy"
    if format == "label-studio":
        results = [{"type": "labels", "value": {"start": s, "end": e, "labels": [label]}} for s, e, label in spans]
        task = {"id": 7, "data": {"text": FOREIGN}, "annotations": [{"result": results}]}
        (folder / "mine.json").write_text(json.dumps([task, {"data": {"text": "Unlabelled."}, "annotations": []}]))
        return folder / "mine.json"
    marks = [{"start": s, "end": e, "label": label} for s, e, label in spans]
    task = {"text": FOREIGN, "spans": marks, "answer": "accept", "_task_hash": 3}
    (folder / "mine.jsonl").write_text(json.dumps(task) + "\n" + json.dumps({**task, "answer": "reject"}) + "\n")
    return folder / "mine.jsonl"


@pytest.mark.parametrize("kind", ["spans under another name", "entities"])
def test_spacy_docs_of_others_are_read_by_their_only_spans(tmp_path: Path, kind: str) -> None:
    import spacy
    from spacy.tokens import DocBin, Span

    doc = spacy.blank("en")(FOREIGN)
    spans = [Span(doc, 0, 5, "efficacy_claim"), Span(doc, 6, 9, "promotional")]
    if kind == "entities":
        doc.set_ents(spans)
    else:
        doc.spans["sc"] = spans
    DocBin(docs=[doc]).to_disk(tmp_path / "mine.spacy")
    (passage,) = read_labelled([tmp_path / "mine.spacy"]).passages
    assert [unit.primary for unit in passage.units] == [Label.EFFICACY_CLAIM, Label.PROMOTIONAL, None]
    doc.spans["other"] = spans
    doc.spans["sc"] = spans
    DocBin(docs=[doc]).to_disk(tmp_path / "mine.spacy")
    with pytest.raises(ConfigurationError, match="doc 1: spans under other, sc; put those that are labels under"):
        read_labelled([tmp_path / "mine.spacy"])


@pytest.mark.parametrize("format", ["prodigy", "label-studio", "spacy"])
def test_labels_made_in_a_tool_from_texts_of_ones_own_are_read(tmp_path: Path, format: str) -> None:
    read = read_labelled([foreign_task(format, tmp_path)])
    (passage,) = read.passages
    assert [(passage.text[unit.start : unit.end], unit.primary) for unit in passage.units] == [
        ("Our tea eases pain.", Label.EFFICACY_CLAIM),
        ("Order today!", Label.PROMOTIONAL),
        ("It stands on a shelf.", None),
    ]
    assert "are implied" in read.remarks[-1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mine.jsonl", json.dumps({"text": "Eases pain.", "accept": ["efficacy_claim"], "answer": "accept"})),
        ("mine.jsonl", json.dumps({"text": "Eases pain.", "spans": [], "accept": ["efficacy_claim"]})),
        ("mine.jsonl", '{"text": "A", "answer": "ignore"}\n{"text": "Eases pain.", "accept": ["efficacy_claim"]}'),
        ("mine.jsonl", json.dumps({"text": "Eases pain.", "label": ["efficacy_claim"]})),
        (
            "mine.json",
            json.dumps(
                [
                    {
                        "data": {"text": "Eases pain."},
                        "annotations": [{"result": [{"value": {"choices": ["efficacy_claim"]}}]}],
                    }
                ]
            ),
        ),
    ],
)
def test_choices_label_the_whole_text(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (passage,) = read_labelled([tmp_path / name]).passages
    assert [(unit.start, unit.end, unit.labels) for unit in passage.units] == [(0, 11, (Label.EFFICACY_CLAIM,))]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "text,labels\nEases.,efficacy_claim\nEases.,eficacy\n", "a.csv:3: 'eficacy' is no label; use one of"),
        ("a.csv", "text,labels\n,promotional\n", "a.csv:2: no text; take the row out"),
        ("a.csv", "text,labels\nCalm, now,\n", "a.csv:2: more cells than the header has; put a text"),
        ("a.csv", "text,labels,split\nCalm,,dev\n", "a.csv:2: 'dev' is no split; use one of train, validation, test"),
        ("a.csv", "text,labels,train_only\nCalm,,perhaps\n", "a.csv:2: train_only is 'perhaps'; use true"),
        ("a.csv", "text,labels,before\nCalm,,line\n", "a.csv:2: before is line; give line breaks and blanks"),
        (
            "a.csv",
            "text,labels,doc_id,split\nCalm,,d,test\nRest,,d,train\n",
            "a.csv: d: its rows differ in split: test, train; give all of a document the same",
        ),
        ("a.csv", "text,labels,doc_id,group\nCalm,,d,g\nRest,,d,h\n", "a.csv: d: its rows differ in group: g, h"),
        ("a.csv", "text,labels,order\nEases.,,first\n", "a.csv:2: invalid literal"),
        ("a.csv", "text,labels,evidence\nEases.,efficacy_claim,some\n", "a.csv:2: 'some' is no evidence; use one of"),
        ("a.jsonl", '{"text": "Eases.", "label": [[0, 6, "good"]]}\n', "a.jsonl:1: 'good' is no label; use one of"),
        ("a.jsonl", '{"text": "Eases.", "label": []}\n{"label": []}\n', "a.jsonl:2: no 'text'"),
        ("a.jsonl", '{"text": "Eases.", "label": []}\n{"label', "a.jsonl:2: Unterminated string"),
        ("a.jsonl", '{"text": "Eases.", "accept": ["good"]}\n', "a.jsonl:1: 'good' is no label; use one of"),
        ("a.json", '[{"data": {}, "annotations": [{"result": []}]}]', "a.json: task 1: no 'text'"),
        (
            "a.json",
            '[{"data": {"text": "A"}, "annotations": [{"result": [{"value": {"taxonomy": [["x"]]}}]}]}]',
            "a.json: task 1: a result with no labels and no choices, but taxonomy",
        ),
        ("a.jsonl", '{"text": "A b", "label": [[1, 2, "promotional"]]}', "a.jsonl:1: the span 1..2 holds no text"),
        (
            "a.jsonl",
            '{"text": "A b", "label": [[true, 3, "promotional"]]}',
            "the span True..3 is no part of a text of 3",
        ),
        ("a.jsonl", '{"text": "A b", "label": [[0, 9, "promotional"]]}', "the span 0..9 is no part of a text of 3"),
        (
            "a.jsonl",
            '{"text": "A", "spans": [{"start": 0, "end": 1, "label": "promotional"}], "accept": ["promotional"]}',
            "a.jsonl:1: both spans and choices",
        ),
    ],
)
def test_what_is_broken_in_a_format_is_told_with_its_line(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_labelled([tmp_path / name])
    assert said in str(caught.value)
