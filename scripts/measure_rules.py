#!/usr/bin/env python3
"""Judge phrases that regulators have judged, and print how far the rules agree, as Markdown tables.

    python scripts/measure_rules.py [--lists FOLDER] [--half looked-at|other] [--model]

FOLDER (default: ../shared/regulatory) holds problem_phrases.csv, us_sf_examples.csv, eu_refused.csv and
eu_authorised.csv. A phrase is of the half looked at while rules were written where the first byte of its SHA-256 is
even. Rules were adjusted to that half only; but their author had read both lists once before, so the other half is no
blind test. Each phrase is judged as a claim for a supplement; a verb that the source calls medicinal "when tied to a
condition" is judged with "arthritis" behind it. With --model the shipped model says what is a claim.

Agreement of a phrase that was refused: a permission rule of its market speaks of it ("any"), and one of the kind that
the source names ("kind"). Of a phrase that is allowed: no rule on diseases or risks speaks of it.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from classifier import Assessor, Context, Document, Label, Tagged, load, segment
from classifier.evidence import assess_evidence
from classifier.policy import load_packs, review
from classifier.records import Assessed

ROOT = Path(__file__).parent.parent
NOT_OF_THE_CLAIM = (".statement.", ".supplement.", ".disclaimer.", ".listed", ".establishment", ".safety", ".warning.")

# What the source calls an issue, and the rules that say the same.
KINDS = (
    ("known-false weight-loss", ("us.weight.",)),
    ("implied disease claim by syllogism", ("us.disease", "us.implied_chain")),
    ("testimonial", ("us.testimonial", "us.disease")),
    ("general", (".general",)),
    ("exaggerated", (".exaggerated", ".untied", ".reworded")),
    ("medicinal", (".disease", ".medicinal")),
    ("disease", (".disease", ".risk.", ".children")),
    ("implied protection", (".disease", ".medicinal")),
    ("botanical", (".botanical", ".unlisted", ".disease")),
    ("authorised", (".unlisted", ".botanical", ".exaggerated", ".untied", ".reworded")),
    ("can be health claims", (".unlisted", ".botanical", ".exaggerated", ".untied", ".general")),
)


def is_looked_at(phrase: str) -> bool:
    return hashlib.sha256(phrase.encode("utf-8")).digest()[0] % 2 == 0


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def judge(text: str, market: str, assessor: Assessor | None) -> set[str]:
    """Return the permission rules of a market that speak of a phrase, but for those on what else the text must hold."""
    context = Context(markets=(market,), product_class="supplement", assumed=False)
    if assessor is not None:
        report = replace(assessor, packs=load_packs((market,)), context=context).assess(Document(text, language="en"))
        found = report.all_findings
    else:
        document = Document(text, language="en")
        efficacy = (Label.EFFICACY_CLAIM,)
        tagged = [Tagged(sentence, efficacy, efficacy[0], {}) for sentence in segment(document)]
        sentences: tuple[Assessed, ...] = assess_evidence(document, tagged)
        reviewed, of_document = review(document, sentences, load_packs((market,)), context)
        found = (*(finding for sentence in reviewed for finding in sentence.findings), *of_document)
    return {
        finding.rule
        for finding in found
        if finding.market and not any(part in finding.rule for part in NOT_OF_THE_CLAIM)
    }


def wanted(issue: str) -> tuple[str, ...]:
    return next((rules for word, rules in KINDS if word in issue), ())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=Path, default=ROOT.parent / "shared" / "regulatory")
    parser.add_argument("--half", choices=("looked-at", "other"), help="only this half")
    parser.add_argument("--model", action="store_true", help="let the shipped model say what is a claim")
    options = parser.parse_args()
    if not (options.lists / "problem_phrases.csv").is_file():
        sys.exit(f"measure_rules: no lists in {options.lists}")
    assessor = load() if options.model else None
    counts: Counter[tuple[str, str, str]] = Counter()
    misses: dict[str, list[str]] = {"looked-at": [], "other": []}
    rows = [*read(options.lists / "problem_phrases.csv"), *read(options.lists / "us_sf_examples.csv")]
    for row in rows:
        phrase = row["phrase"]
        half = "looked-at" if is_looked_at(phrase) else "other"
        if not row["verification"].startswith("verified") or options.half not in (None, half):
            continue
        market = row["jurisdiction"].lower()
        issue = row.get("issue") or row["fda_view"]
        if issue.startswith("structure/function"):
            rules = judge(phrase, market, assessor)
            agrees = {"any": not any(".disease" in rule or ".risk." in rule for rule in rules)}
            name = f"{market}: allowed"
        else:
            rules = judge(f"{phrase} arthritis" if "tied to a condition" in issue else phrase, market, assessor)
            hit = any(part in rule for rule in rules for part in wanted(issue))
            agrees = {"any": bool(rules), "kind": hit}
            name = f"{market}: refused"
        for key, value in agrees.items():
            counts[half, name, key] += value
            counts[half, name, f"{key} of"] += 1
        if not all(agrees.values()):
            misses[half].append(f"- {market}: {phrase!r} ({issue}): {', '.join(sorted(rules)) or 'no rule'}")
    print_table(counts)
    for half, lines in misses.items():
        if options.half in (None, half):
            print(f"\nMisses in the half {half} ({len(lines)}):\n")
            print("\n".join(lines))
    print_registers(options.lists)


def print_table(counts: Counter[tuple[str, str, str]]) -> None:
    halves = sorted({half for half, _, _ in counts})
    print("| phrases | " + " | ".join(f"{half}: any | {half}: kind" for half in halves) + " |")
    print("|---" * (1 + 2 * len(halves)) + "|")
    for name in sorted({name for _, name, _ in counts}):
        cells = []
        for half in halves:
            for key in ("any", "kind"):
                total = counts[half, name, f"{key} of"]
                cells.append(f"{counts[half, name, key]} of {total}" if total else "")
        print(f"| {name} | " + " | ".join(cells) + " |")


def print_registers(lists: Path) -> None:
    """Print what the registers say of the wordings that were authorised and of those that were refused."""
    print("\n| wordings | market | sentences | listed | near a listed one | not listed |\n|---|---|---|---|---|---|")
    for name, path in (("authorised", "eu_authorised.csv"), ("refused", "eu_refused.csv")):
        for market, place in (("eu", "EU"), ("uk", "GB")):
            said: Counter[str] = Counter()
            for row in read(lists / path):
                if row["status"] == "revoked" or (name == "authorised" and place not in row["jurisdiction"].split("+")):
                    continue
                said.update(statuses(row["claim_wording"], market))
            near = said["reworded"] + said["exaggerated"] + said["untied"]
            rest = said["unlisted"] + said["general"]
            print(f"| {name} | {market} | {said.total()} | {said['listed']} | {near} | {rest} |")


def statuses(text: str, market: str) -> list[str]:
    """Return what a register says of each sentence of a wording."""
    from classifier.policy.registers import match_register

    texts = [sentence.text for sentence in segment(Document(text))]
    around = ["", *texts, ""]
    return [
        match_register(market, own, before=around[place], after=around[place + 2]).status.value
        for place, own in enumerate(texts)
    ]


if __name__ == "__main__":
    main()
