from __future__ import annotations

from pathlib import Path

import pytest

import classifier
from classifier import ConfigurationError
from classifier.settings import Settings, find_settings, read_settings

GOOD = """
market = ["us", "eu"]
product_class = "supplement"
model = "fast"
policies = ["rules/mine.toml"]
fail_on = "high"
[rules]
disable = ["us.safety"]
enable = ["mine.*"]
"""


def test_every_key_is_read_and_paths_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "healthclaims.toml"
    path.write_text(GOOD)
    assert read_settings(path) == Settings(
        market=("us", "eu"),
        product_class="supplement",
        model="fast",
        policies=(str(tmp_path / "rules" / "mine.toml"),),
        enable=("mine.*",),
        disable=("us.safety",),
        fail_on="high",
        source=str(path),
    )


def test_one_market_needs_no_list(tmp_path: Path) -> None:
    path = tmp_path / "healthclaims.toml"
    path.write_text('market = "uk"')
    assert read_settings(path).market == ("uk",)


def test_the_nearest_file_upward_holds(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    (tmp_path / "healthclaims.toml").write_text('market = "us"')
    (tmp_path / "a" / "b" / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert find_settings(inner).market == ("us",)
    (tmp_path / "a" / "pyproject.toml").write_text('[tool.healthclaims]\nmarket = "eu"\n')
    assert find_settings(inner).market == ("eu",)
    (tmp_path / "a" / "healthclaims.toml").write_text('market = "uk"')
    assert find_settings(inner).market == ("uk",)


BAD = {
    "unknown key": ("healthclaims.toml", "colour = 1", r"healthclaims\.toml: colour: unknown key; known are"),
    "unknown rule key": ("healthclaims.toml", "[rules]\nof = 1", r"healthclaims\.toml: rules\.of: unknown key"),
    "in pyproject": (
        "pyproject.toml",
        "[tool.healthclaims]\nx = 1",
        r"pyproject\.toml: tool\.healthclaims\.x: unknown",
    ),
    "deep": ("pyproject.toml", "[tool.healthclaims.rules]\nx = 1", r"tool\.healthclaims\.rules\.x: unknown key"),
    "syntax": ("healthclaims.toml", "market = \n", r"healthclaims\.toml: .*line 1, column 10"),
    "kind": ("healthclaims.toml", "market = 3", r"market: give a list of texts"),
    "text": ("healthclaims.toml", "model = 3", r"model: give a text, not int"),
    "table": ("healthclaims.toml", "rules = 3", r"rules: give a table, not int"),
    "tool": ("pyproject.toml", "tool = 3", r"pyproject\.toml: tool: give a table, not int"),
    "bytes": ("healthclaims.toml", "market = '\udcff'", r"not UTF-8 at byte 10"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_settings_are_refused_with_file_and_key(tmp_path: Path, name: str) -> None:
    file, text, message = BAD[name]
    (tmp_path / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigurationError, match=message):
        find_settings(tmp_path)


def test_settings_reach_the_assessor_and_what_is_said_wins() -> None:
    settings = Settings(market=("eu",), product_class="food", disable=("us.safety",))
    assessor = classifier.load(settings=settings)
    assert [pack.name for pack in assessor.packs] == ["support", "eu"]
    assert (assessor.context.markets, assessor.context.product_class, assessor.context.assumed) == (
        ("eu",),
        "food",
        False,
    )
    assessor = classifier.load(markets=["us"], product_class="unknown", settings=settings)
    assert assessor.context == classifier.Context(markets=("us",), product_class="unknown", assumed=True)
    assert "us.safety" not in {rule.id for pack in assessor.packs for rule in pack.rules if rule.enabled}
    report = assessor.assess("Our tea cures arthritis.")
    assert report.context == assessor.context
    assert report.versions.policies.keys() == {"support", "us"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(market=("mars",), source="x.toml"), r"x\.toml: market: 'mars' is none of us, eu, uk"),
        (Settings(product_class="toy"), r"product_class: 'toy' is none of supplement"),
        (Settings(enable=("us.nothing",), source="x.toml"), r"x\.toml: rules\.enable: no rule is called 'us\.nothing'"),
        (Settings(policies=("no.toml",)), r"no\.toml: cannot be read: no such file"),
    ],
)
def test_what_does_not_exist_is_refused_before_a_model_is_loaded(settings: Settings, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        classifier.load("no such model", settings=settings)


def test_a_single_market_as_a_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="give a list of markets"):
        classifier.load(markets="us")
