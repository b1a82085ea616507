from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.policy import MARKETS, load_pack
from classifier.review import WAIVER_RULES
from tests.conftest import Run

PACK = r"""
name = "mine"
version = "1"
last_verified = "2026-01-01"
[[rule]]
id = "mine.miracle"
title = "A \u001b[31mmiracle"
severity = "high"
message = "Promises a miracle."
basis = "Our own style guide"
explanation = "We do not promise miracles."
when = { labels = [], pattern = '\bmiracles?\b' }
flagged = ["A miracle for your joints."]
passed = ["Good for your joints."]
"""
CLAIM = b"A miracle: our drops cure arthritis."


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(PACK)
    return tmp_path / "mine.toml"


def found(stdout: str) -> set[str]:
    report = json.loads(stdout)
    return {f["rule"] for s in (*report["sentences"], report) for f in s["findings"]}


def test_markets_and_a_product_class_add_their_rules_and_are_reported(run: Run) -> None:
    done = run("score", "-", "--market", "us", "--market", "uk", "--product-class", "supplement", stdin=CLAIM)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"support.none", "us.disease", "uk.disease"} <= found(done.stdout)
    assert json.loads(done.stdout)["context"]["markets"] == ["us", "uk"]
    assert json.loads(done.stdout)["context"]["assumed"] is False


def test_a_table_tells_each_rule_and_the_sentences_that_it_speaks_of(run: Run) -> None:
    waived = "Our tea cures asthma. <!-- healthclaims: ignore us.disease -- known -->"
    text = f"Our drops cure arthritis.\nA fine tea.\n{waived}".encode()
    done = run("score", "-", "--market", "us", "--product-class", "supplement", "--format", "table", stdin=text)
    lines = done.stdout.splitlines()
    assert "high   us.disease: Names a disease (criterion i): 1; set aside: 3" in lines
    assert "high   support.none: A claim with nothing offered for it: 1, 3" in lines
    assert "medium us.disclaimer.missing: Disclaimer missing: the text" in lines
    assert "2 of 2 efficacy claims unsupported" in " ".join(lines[-2:])


def test_an_assumed_product_class_is_said_to_be(run: Run) -> None:
    done = run("score", "-", "--market", "us", stdin=CLAIM)
    assert "product class unknown" in done.stderr
    assert json.loads(done.stdout)["context"] == {
        "markets": ["us"],
        "product_class": "unknown",
        "assumed": True,
        "language": "en",
        "decisions": None,
        "reading": None,
    }


def test_a_pack_of_ones_own_runs(run: Run, pack: Path) -> None:
    assert "mine.miracle" in found(run("score", "-", "--policy", str(pack), stdin=CLAIM).stdout)
    assert run("score", "-", "--policy", "no.toml", stdin=CLAIM).returncode == 2


def test_settings_of_the_folder_hold_and_the_command_line_wins(run: Run, pack: Path, tmp_path: Path) -> None:
    (tmp_path / "healthclaims.toml").write_text(
        f'market = "us"\nproduct_class = "food"\npolicies = ["{pack.name}"]\nfail_on = "high"\n'
        '[rules]\ndisable = ["support.*"]\n'
    )
    done = run("score", "-", stdin=CLAIM)
    assert done.returncode == 1
    assert found(done.stdout) == {"us.disease", "mine.miracle"}
    done = run("score", "-", "--market", "eu", "--fail-on", "never", stdin=CLAIM)
    assert done.returncode == 0
    assert {"eu.disease", "mine.miracle"} <= found(done.stdout)
    assert "us.disease" not in found(done.stdout)
    (tmp_path / "healthclaims.toml").write_text('fail_on = "always"')
    done = run("score", "-", stdin=CLAIM)
    assert (done.returncode, "fail_on: 'always' is none of high" in done.stderr) == (2, True)


def test_list_names_every_rule(run: Run, pack: Path) -> None:
    text = run("rules", "list", "--policy", str(pack)).stdout
    for name in ("support", *MARKETS):
        for rule in load_pack(name).rules:
            assert f"  {rule.id} " in text
    assert "mine.miracle" in text
    assert "\x1b" not in text
    only = run("rules", "list", "--market", "eu").stdout
    assert "eu.disease" in only
    assert "us.disease" not in only


def test_explain_tells_the_basis_and_how_far_it_was_checked(run: Run, pack: Path) -> None:
    text = run("rules", "explain", "us.otc.headings").stdout
    assert "basis: 21 CFR 201.66" in text
    assert "verification: unverified: some or all of it was written from memory" in text
    assert "flagged:" in text
    assert "We do not promise miracles." in run("rules", "explain", "mine.miracle", "--policy", str(pack)).stdout
    done = run("rules", "explain", "us.nothing")
    assert (done.returncode, "no rule is called 'us.nothing'" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", WAIVER_RULES)
def test_explain_knows_the_findings_on_waivers(call: Run, name: str) -> None:
    done = call("rules", "explain", name)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, f"{name}: {WAIVER_RULES[name].title}")


def test_test_runs_the_examples_of_a_pack(run: Run, pack: Path) -> None:
    done = run("rules", "test", str(pack))
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 rules, 2 examples, 0 failures" in done.stdout
    pack.write_text(PACK.replace("Good for", "No miracle for"))
    done = run("rules", "test", str(pack))
    assert done.returncode == 1
    assert "mine.miracle: speaks of a passed example: 'No miracle for your joints.'" in done.stderr
    pack.write_text(PACK.replace("basis =", "base ="))
    done = run("rules", "test", str(pack))
    assert (done.returncode, "rule[0].base: unknown key" in done.stderr) == (2, True)
