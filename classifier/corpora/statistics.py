"""Describe a corpus in the tables of its datasheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import isnan

from classifier.corpora.agreement import agreement
from classifier.corpora.passages import KINDS, SPLITS, Passage
from classifier.records import Evidence, Label, Severity

__all__ = ["agreement_tables", "markdown", "statistics_tables"]

Table = tuple[tuple[str, ...], Sequence[tuple[object, ...]]]


def statistics_tables(passages: Sequence[Passage]) -> Mapping[str, Table]:
    """Return title → (head, rows) of what the corpus holds."""
    units = [unit for passage in passages for unit in passage.units]
    total = len(units)
    kinds = Counter(kind for unit in units for kind in unit.kinds)
    evidence = Counter(unit.evidence for unit in units)
    severities = Counter(unit.severity for unit in units)
    areas = Counter(passage.product_area for passage in passages)
    return {
        "Size": (
            ("part", "passages", "units"),
            [
                (name, sum(p.split == name for p in passages), sum(len(p.units) for p in passages if p.split == name))
                for name in SPLITS
            ]
            + [("all", len(passages), total)],
        ),
        "Spread": (
            ("what", "kinds of it"),
            [
                ("product areas", len(areas)),
                ("page types", len({passage.page_type for passage in passages})),
                ("voices", len({passage.voice for passage in passages})),
                ("passages written after a page", sum(passage.source_sha256 is not None for passage in passages)),
            ],
        ),
        "Labels by page type": (
            ("page type", "passages", "units", *(label.value for label in Label), "none"),
            [
                _shares(name, [p for p in passages if p.page_type == name])
                for name in sorted({p.page_type for p in passages})
            ]
            + [_shares("all", passages)],
        ),
        "Evidence of efficacy units": (
            ("level", "units"),
            [(level.value, evidence[level]) for level in Evidence],
        ),
        "Severity of unsupported claims": (
            ("level", "units"),
            [(level.value, severities[level]) for level in reversed(Severity)],
        ),
        "Hard kinds": (("kind", "units"), [(kind, kinds[kind]) for kind in sorted(KINDS)]),
    }


def agreement_tables(passages: Sequence[Passage]) -> Mapping[str, Table]:
    """Return title → (head, rows) of how far the two annotators agree, before anyone decided between them."""
    whole = agreement(passages)
    per_kind = {kind: agreement(passages, kind) for kind in sorted(KINDS)}
    return {
        f"Labels, {whole.units} units labelled twice": (
            ("label", "Cohen's kappa", "Krippendorff's alpha", "F1"),
            [(label.value, whole.kappa[label], whole.alpha[label], whole.f1[label]) for label in Label]
            + [
                ("primary", whole.primary_kappa, whole.primary_alpha, ""),
                ("mean of the labels", "", "", whole.macro_f1),
            ],
        ),
        f"Evidence and severity, {whole.claims} units that both call efficacy claims": (
            ("what", "share of agreement"),
            [("evidence level", whole.evidence), ("severity", whole.severity)],
        ),
        "What is confused: pairs of primary labels": (
            ("one", "other", "units"),
            [(*pair, count) for pair, count in sorted(whole.confusion.items(), key=lambda item: -item[1])],
        ),
        "By hard kind": (
            ("kind", "units", "same primary label", "its kappa"),
            [
                (kind, one.units, one.primary_agreement, one.primary_kappa)
                for kind, one in per_kind.items()
                if one.units
            ],
        ),
    }


def markdown(tables: Mapping[str, Table]) -> str:
    """Render tables as Markdown, shares and coefficients with three digits.

    >>> print(markdown({"Size": (("part", "units"), [("all", 7)])}))
    ### Size
    <BLANKLINE>
    | part | units |
    |---|---|
    | all | 7 |
    """
    blocks = []
    for title, (head, rows) in tables.items():
        lines = [f"### {title}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        for row in rows:
            cells = map(_cell, row)
            lines.append(f"| {' | '.join(cells)} |")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _shares(name: str, passages: Sequence[Passage]) -> tuple[object, ...]:
    units = [unit for passage in passages for unit in passage.units]
    counts = [*(sum(label in unit.labels for unit in units) for label in Label), sum(not unit.labels for unit in units)]
    return (name, len(passages), len(units), *(f"{count / len(units):.0%}" if units else "–" for count in counts))


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return "–" if isnan(cell) else f"{cell:.3f}"
    return str(cell).replace("|", "\\|")
