"""Which rules of some packs run, and which markets and classes of product there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from classifier.errors import ConfigurationError
from classifier.policy.parse import load_pack
from classifier.policy.rule import MARKETS, PRODUCT_CLASSES, Pack

__all__ = ["check_choices", "select_rules"]


def check_choices(markets: Sequence[str], product_class: str, *, where: str = "") -> None:
    """Refuse a market and a product class that do not exist."""
    if isinstance(markets, str):
        raise ConfigurationError(f"{where}market: give a list of markets, such as [{markets!r}]")
    for market in markets:
        if market not in MARKETS:
            raise ConfigurationError(f"{where}market: {market!r} is none of {', '.join(MARKETS)}")
    if product_class not in PRODUCT_CLASSES:
        raise ConfigurationError(f"{where}product_class: {product_class!r} is none of {', '.join(PRODUCT_CLASSES)}")


def select_rules(
    packs: Sequence[Pack], *, enable: Sequence[str] = (), disable: Sequence[str] = (), where: str = ""
) -> tuple[Pack, ...]:
    """Return packs whose rules are enabled that are on by themselves or by `enable`, and not off by `disable`.

    The others stay in their packs, so that what yields to them still does.

    Names may hold `*` for any letters. A plain name that no pack knows is refused; one with a `*` may match nothing, so
    that the same settings do for several markets. `disable` wins.
    """
    for key, names in (("enable", enable), ("disable", disable)):
        _refuse_unknown([name for name in names if "*" not in name], packs, f"{where}{key}")
    return tuple(_switch(pack, enable, disable) for pack in packs)


def _switch(pack: Pack, enable: Sequence[str], disable: Sequence[str]) -> Pack:
    rules = tuple(
        replace(rule, enabled=(rule.enabled or _is_named(rule.id, enable)) and not _is_named(rule.id, disable))
        for rule in pack.rules
    )
    switched = tuple(
        f"{'+' if new.enabled else '-'}{new.id}"
        for old, new in zip(pack.rules, rules, strict=True)
        if old.enabled != new.enabled
    )
    return replace(pack, rules=rules, switched=switched)


def _refuse_unknown(names: Sequence[str], packs: Sequence[Pack], where: str) -> None:
    if not names:
        return
    known = {rule.id for pack in (*packs, *map(load_pack, ("support", *MARKETS))) for rule in pack.rules}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            remedy = f"did you mean {near[0]!r}?" if near else "healthclaims rules list shows them all"
            raise ConfigurationError(f"{where}: no rule is called {name!r}; {remedy}")


def _is_named(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
