"""`healthclaims rules`: what rules there are, what one means, whether those of a pack do what they should."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from classifier.cli.exits import DONE, FOUND, say
from classifier.errors import ConfigurationError
from classifier.policy import MARKETS, Pack, Rule

__all__ = ["add", "run"]

_WIDTH = 100


def add(commands: Any) -> None:
    """Add `rules` and its commands to those of the program."""
    rules = commands.add_parser(
        "rules",
        help="list and explain the rules, and test your own",
        description="List the rules of the packs, explain one, or run the examples of a pack of your own.",
        epilog="healthclaims rules COMMAND --help tells more of a command.",
    )
    inner = rules.add_subparsers(title="commands", metavar="COMMAND", dest="rules_command", required=True)
    listing = inner.add_parser(
        "list",
        help="list the rules",
        description="Print one line for each rule: its id, kind, severity, how far it was checked, and its title.",
    )
    listing.add_argument("--market", action="append", choices=MARKETS, help="only the rules of this market")
    explain = inner.add_parser(
        "explain",
        help="explain a rule",
        description="Print all of one rule: what it says, its legal basis, how far that was checked, examples.",
    )
    explain.add_argument("id", metavar="ID", help="the id of a rule, as `healthclaims rules list` prints it")
    for command in (listing, explain):
        command.add_argument("--policy", action="append", metavar="FILE", help="take this rule pack of yours in too")
    test = inner.add_parser(
        "test",
        help="run the examples of a rule pack",
        description="Run the flagged and passed examples of each rule of a pack. Exit code 1 if one fails.",
    )
    test.add_argument("file", metavar="FILE", help="a rule pack (TOML)")
    rules.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Run one of the commands of `rules`; return the exit code."""
    from classifier.policy import check_examples, load_packs, read_pack
    from classifier.review import WAIVER_RULES

    if options.rules_command == "test":
        pack = read_pack(options.file)
        failures = list(check_examples(pack))
        for failure in failures:
            say(str(failure))
        examples = sum(len(rule.flagged) + len(rule.passed) for rule in pack.rules)
        print(f"{options.file}: {len(pack.rules)} rules, {examples} examples, {len(failures)} failures")
        return FOUND if failures else DONE
    if options.rules_command == "list":
        chosen = options.market or ()
        packs = load_packs(chosen or MARKETS, options.policy or ())
        for pack in packs:
            if not chosen or pack.name != "support":
                _print_pack(pack)
        return DONE
    if options.id in WAIVER_RULES:
        _print(_explanation_of_waiver(options.id))
        return DONE
    for pack in load_packs(MARKETS, options.policy or ()):
        for rule in pack.rules:
            if rule.id == options.id:
                _print(_explanation(rule, pack))
                return DONE
    raise ConfigurationError(f"no rule is called {options.id!r}; healthclaims rules list shows them all")


def _print_pack(pack: Pack) -> None:
    _print(f"{pack.name}, version {pack.version}, last verified {pack.last_verified}: {len(pack.rules)} rules")
    for rule in pack.rules:
        severity = rule.severity or "claim's"
        state = "" if rule.enabled else " (off unless enabled)"
        _print(f"  {rule.id:28} {rule.kind:10} {severity:8} {rule.verification:10} {rule.title}{state}")


def _explanation(rule: Rule, pack: Pack) -> str:
    verified = {
        "verified": "the legal or official text was read",
        "secondary": "a source that quotes or sums it up was read",
        "unverified": "some or all of it was written from memory and not checked",
    }
    kinds = {"support": "what the text offers for a claim", "permission": "what the rules of a market say of it"}
    facts = {
        "says": rule.message,
        "explanation": rule.explanation,
        "kind": f"{rule.kind}: {kinds[rule.kind]}",
        "severity": rule.severity or "that of the claim",
        "markets": ", ".join(rule.markets) or "any",
        "product classes": ", ".join(rule.product_classes) or "any",
        "basis": rule.basis,
        "link": rule.link or "none",
        "verification": f"{rule.verification}: {verified[rule.verification]}",
        "last verified": rule.last_verified,
        "pack": f"{pack.name}, version {pack.version}",
    }
    lines = [f"{rule.id}: {rule.title}", "", *_wrapped(facts)]
    for name, examples in (("flagged", rule.flagged), ("passed", rule.passed)):
        lines += ["", f"{name}:", *(f"  {' / '.join(example.text.splitlines())}" for example in examples)]
    return "\n".join(lines)


def _explanation_of_waiver(name: str) -> str:
    from classifier.review import WAIVER_BASIS, WAIVER_RULES

    facts = {
        "explanation": WAIVER_RULES[name].explanation,
        "kind": "waiver: a waiver that does not hold",
        "severity": "low",
        "basis": WAIVER_BASIS,
    }
    return "\n".join([f"{name}: {WAIVER_RULES[name].title}", "", *_wrapped(facts)])


def _wrapped(facts: Mapping[str, str]) -> Iterator[str]:
    for name, fact in facts.items():
        yield from textwrap.wrap(
            fact, _WIDTH, initial_indent=f"{name}: ", subsequent_indent="  ", break_on_hyphens=False
        )


def _print(text: str) -> None:
    """Print without what a terminal would obey."""
    print("".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text))
