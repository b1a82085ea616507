"""Rule packs: rules as data, read and checked, and what they say of an assessed document.

Whether a claim is supported and whether a market permits it are two questions, and two kinds of finding.
"""

from classifier.policy.examples import Failure, check_examples
from classifier.policy.parse import load_pack, load_packs, parse_pack, read_pack
from classifier.policy.reviewing import review
from classifier.policy.rule import MARKETS, PRODUCT_CLASSES, Pack, Rule, When
from classifier.policy.selection import check_choices, select_rules

__all__ = [
    "MARKETS",
    "PRODUCT_CLASSES",
    "Failure",
    "Pack",
    "Rule",
    "When",
    "check_choices",
    "check_examples",
    "load_pack",
    "load_packs",
    "parse_pack",
    "read_pack",
    "review",
    "select_rules",
]
