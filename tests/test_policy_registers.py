from __future__ import annotations

import csv
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from classifier.policy.registers import Status, load_rows, match_register
from classifier.registers import load_register
from classifier.segmentation import split


def statuses(text: str, market: str) -> list[Status]:
    texts = ["", *(text[start:end] for start, end in split(text)), ""]
    return [
        match_register(market, own, before=before, after=after).status
        for before, own, after in zip(texts, texts[1:], texts[2:], strict=False)
    ]


@pytest.mark.parametrize("market", ["eu", "uk"])
def test_every_authorised_wording_is_listed_in_its_own_market(market: str) -> None:
    rows = load_rows(market)
    assert len(rows) > 260
    for row in rows:
        assert set(statuses(row.wording, market)) == {Status.LISTED}, row.wording


def test_revoked_claims_are_not_in_the_register() -> None:
    claim = "Monacolin K from red yeast rice contributes to the maintenance of normal blood cholesterol levels"
    assert match_register("eu", claim).status is not Status.LISTED
    assert match_register("uk", claim).status is Status.LISTED
    assert "not confirmed" in match_register("uk", claim).detail


CLAIMS = {
    "Zinc contributes to the normal function of the immune system.": Status.LISTED,
    "Vitamins C and D contribute to the normal function of the immune system!": Status.LISTED,
    "Vitamin B2 contributes to the reduction of tiredness and fatigue.": Status.LISTED,
    "Zinc supports normal immune function.": Status.REWORDED,
    "Zinc contributes to the normal function of the immune system and to deeper sleep.": Status.REWORDED,
    "Ashwagandha and zinc contribute to the normal function of the immune system.": Status.REWORDED,
    "Iron contributes to normal muscle function and magnesium to normal oxygen transport.": Status.REWORDED,
    "Zinc does not contribute to the normal function of the immune system.": Status.REWORDED,
    "Zinc contributes to normal protein synthesis and to the maintenance of normal hair.": Status.LISTED,
    "Zinc strengthens the immune system.": Status.EXAGGERATED,
    "Reduction in tiredness and fatigue": Status.EXAGGERATED,
    "MagnoMax contributes to the reduction of tiredness and fatigue.": Status.UNTIED,
    "Zinc contributes to deeper sleep.": Status.UNLISTED,
    "Ginkgo contributes to normal memory.": Status.UNLISTED,
    "Improves focus": Status.UNLISTED,
    "For a happier, healthier life": Status.GENERAL,
}


@pytest.mark.parametrize(("claim", "status"), CLAIMS.items(), ids=CLAIMS)
def test_a_claim_is_compared_with_the_register(claim: str, status: Status) -> None:
    assert match_register("eu", claim).status is status


def test_a_stem_may_name_the_nutrient() -> None:
    item = "contributes to normal muscle function"
    assert match_register("eu", item).status is Status.UNTIED
    assert match_register("eu", item, before="Magnesium:").status is Status.LISTED
    assert match_register("eu", item, before="Liquorice:").status is Status.UNTIED


def test_the_detail_quotes_the_nearest_wording_and_its_conditions() -> None:
    detail = match_register("eu", "Zinc boosts your immune system.").detail
    assert "'Zinc contributes to the normal function of the immune system'" in detail
    assert "a person must check: food is at least a 'source of' zinc" in detail


RISKS = {
    "Adequate calcium may reduce the risk of osteoporosis.": Status.LISTED,
    "Calcium cuts your risk of osteoporosis by 40%.": Status.EXAGGERATED,
    "Magnesium may reduce the risk of high blood pressure.": Status.QUALIFIER_MISSING,
    "Ginkgo may reduce the risk of dementia.": Status.UNLISTED,
    "Calcium builds strong bones.": Status.GENERAL,
}


@pytest.mark.parametrize(("claim", "status"), RISKS.items(), ids=RISKS)
def test_a_risk_claim_is_compared_with_the_american_list(claim: str, status: Status) -> None:
    assert match_register("us", claim).status is status


def test_a_qualifier_in_the_next_sentence_counts() -> None:
    claim = "Magnesium may reduce the risk of high blood pressure."
    qualifier = "FDA has concluded that the evidence is inconsistent and inconclusive."
    assert match_register("us", claim, after=qualifier).status is Status.LISTED
    assert match_register("us", claim, after="Side effects are unlikely.").status is Status.QUALIFIER_MISSING


@pytest.mark.parametrize("market", ["eu", "uk"])
@pytest.mark.parametrize(
    ("claim", "status"),
    [
        ("Iodine contributes to the normal growth of children.", Status.LISTED),
        ("Iodine contributes to the normal growth of children and adults.", Status.REWORDED),
        ("Iodine contributes to the normal growth of adults.", Status.REWORDED),
        ("Vitamin D contributes to the normal function of the immune system in adults.", Status.LISTED),
    ],
)
def test_what_is_listed_for_children_is_not_listed_for_adults(market: str, claim: str, status: Status) -> None:
    assert match_register(market, claim).status is status


def test_no_wording_from_memory_is_shipped() -> None:
    for entry in load_register("us"):
        assert not entry["wording"] or entry["verification"].startswith("verified"), entry["id"]
    for name in ("eu", "us"):
        assert len({entry["id"] for entry in load_register(name)}) == len(load_register(name))
        assert all(entry["source"] and entry["last_verified"] for entry in load_register(name))


# --- what regulators have judged, where it is at hand ----------------------------------------------------------------


@pytest.fixture(scope="module")
def lists() -> Path:
    folder = Path(__file__).parent.parent.parent / "shared" / "regulatory"
    if not folder.is_dir():
        pytest.skip("no researched lists beside the project")
    return folder


@pytest.fixture(scope="module")
def measure(root: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("measure_rules", root / "scripts" / "measure_rules.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


@pytest.mark.parametrize("market", ["eu", "uk"])
def test_no_refused_claim_is_listed(lists: Path, market: str) -> None:
    rows = list(read(lists / "eu_refused.csv"))
    assert len(rows) > 40
    for row in rows:
        assert Status.LISTED not in statuses(row["claim_wording"], market), row["claim_wording"]


def test_the_shipped_registers_hold_every_claim_that_is_not_revoked(lists: Path) -> None:
    kept = [row["claim_wording"] for row in read(lists / "eu_authorised.csv") if row["status"] != "revoked"]
    assert sorted(kept) == sorted(entry["wording"] for entry in load_register("eu"))
    assert len(list(read(lists / "us_authorised.csv"))) == len(load_register("us"))


@pytest.mark.parametrize("looked_at", [True, False], ids=["looked at", "other half"])
def test_phrases_are_judged_as_their_source_judged_them(lists: Path, measure: ModuleType, looked_at: bool) -> None:
    judged = agreed = 0
    for row in (*read(lists / "problem_phrases.csv"), *read(lists / "us_sf_examples.csv")):
        phrase, market = row["phrase"], row["jurisdiction"].lower()
        if not row["verification"].startswith("verified") or measure.is_looked_at(phrase) is not looked_at:
            continue
        issue = row.get("issue") or row["fda_view"]
        tied = f"{phrase} arthritis" if "tied to a condition" in issue else phrase
        found = measure.judge(tied, market, None)
        allowed = issue.startswith("structure/function")
        judged += 1
        agreed += bool(found) is not allowed if not allowed else not any(".disease" in rule for rule in found)
    assert judged >= 35
    assert agreed >= 0.95 * judged
