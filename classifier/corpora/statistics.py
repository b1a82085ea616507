"""Describe a corpus in the tables of its datasheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isnan
from pathlib import Path

from classifier.corpora.agreement import agreement
from classifier.corpora.passages import KINDS, SPLITS, Passage, Unit
from classifier.corpora.phrases import common_phrases, opening_counts, phrase_counts, plain
from classifier.records import Evidence, Label, Severity

__all__ = ["agreement_tables", "markdown", "statistics_tables"]

TOP = 10
_PARTS = (*SPLITS, "all")

Table = tuple[tuple[str, ...], Sequence[tuple[object, ...]]]


def statistics_tables(passages: Sequence[Passage]) -> Mapping[str, Table]:
    """Return title → (head, rows) of what the corpus holds."""
    openings, phrases = opening_counts(passages), phrase_counts(passages)
    return {
        "Size": (
            ("part", "passages", "units"),
            [(name, len(inside), len(_units(inside))) for name, inside in _parts(passages).items()],
        ),
        "Spread": (
            ("what", "count"),
            [
                ("product areas, told apart by their wording", len({passage.product_area for passage in passages})),
                ("voices, told apart by their wording", len({passage.voice for passage in passages})),
                ("page types", len({passage.page_type for passage in passages})),
                ("passages written after a page", sum(passage.source_sha256 is not None for passage in passages)),
            ],
        ),
        "Most frequent words": (
            ("in", "words of four letters or more, each with the passages that have it"),
            [
                ("product areas", _frequent_words(passage.product_area for passage in passages)),
                ("voices", _frequent_words(passage.voice for passage in passages)),
            ],
        ),
        "By market": _by("market", passages, lambda passage: passage.market),
        "By product class": _by("product class", passages, lambda passage: passage.product_class),
        "Labels by page type": (
            ("page type", "passages", "units", *(label.value for label in Label), "none"),
            [
                _shares(name, [p for p in passages if p.page_type == name])
                for name in sorted({p.page_type for p in passages})
            ]
            + [_shares("all", passages)],
        ),
        "Evidence of efficacy units": (
            ("level", *_PARTS),
            _by_part(passages, [level.value for level in Evidence], lambda unit: filter(None, [unit.evidence])),
        ),
        "Severity of unsupported claims": (
            ("level", *_PARTS),
            _by_part(
                passages, [level.value for level in reversed(Severity)], lambda unit: filter(None, [unit.severity])
            ),
        ),
        "Hard kinds": (("kind", *_PARTS), _by_part(passages, sorted(KINDS), lambda unit: unit.kinds)),
        "Units that open alike": (
            ("what", "count"),
            [
                ("units of more than four words", sum(openings.values())),
                ("of them, those whose first three words open another too", _recurring(openings)),
            ],
        ),
        "Most common openings": (("first three words", "units"), list(openings.items())[:TOP]),
        "Most common runs of five words, but for what law or custom prescribes": (
            ("five words", "passages"),
            common_phrases(phrases, TOP),
        ),
    }


def agreement_tables(files: Mapping[Path, Sequence[Passage]]) -> Mapping[str, Table]:
    """Return title → (head, rows) of how far the two annotators agree, before anyone decided between them.

    `files` holds the passages of each file.
    """
    passages = [passage for inside in files.values() for passage in inside]
    whole = agreement(passages)
    per_kind = {kind: agreement(passages, kind) for kind in sorted(KINDS)}
    per_file = [(path.name, agreement(inside)) for path, inside in files.items()]
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
            ("what", "share of agreement", "Cohen's kappa"),
            [
                ("evidence level", whole.evidence, whole.evidence_kappa),
                ("severity", whole.severity, whole.severity_kappa),
            ],
        ),
        "What is confused: pairs of primary labels": (
            ("one", "other", "units"),
            [(*pair, count) for pair, count in sorted(whole.confusion.items(), key=lambda item: -item[1])],
        ),
        "By hard kind": (
            ("kind", "units", "same primary label", "its kappa", "its alpha", "F1, mean of the labels"),
            [
                (kind, one.units, one.primary_agreement, one.primary_kappa, one.primary_alpha, one.macro_f1)
                for kind, one in per_kind.items()
                if one.units
            ],
        ),
        "By file": (
            ("file", "units", "kappa of the primary label", "lowest kappa of a label", "which"),
            [
                (name, one.units, one.primary_kappa, one.weakest[1], one.weakest[0].value)
                for name, one in per_file
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


def _units(passages: Iterable[Passage]) -> list[Unit]:
    return [unit for passage in passages for unit in passage.units]


def _parts(passages: Sequence[Passage]) -> Mapping[str, Sequence[Passage]]:
    return {**{name: [p for p in passages if p.split == name] for name in SPLITS}, "all": passages}


def _by(what: str, passages: Sequence[Passage], value_of: Callable[[Passage], str]) -> Table:
    passage_counts, unit_counts = Counter(map(value_of, passages)), Counter[str]()
    for passage in passages:
        unit_counts[value_of(passage)] += len(passage.units)
    rows = [(value, passage_counts[value], units) for value, units in unit_counts.most_common()]
    return (what, "passages", "units"), rows


def _by_part(
    passages: Sequence[Passage], values: Iterable[str], values_of: Callable[[Unit], Iterable[str]]
) -> list[tuple[object, ...]]:
    counts = [
        Counter(value for unit in _units(inside) for value in values_of(unit)) for inside in _parts(passages).values()
    ]
    return [(value, *(one[value] for one in counts)) for value in values]


def _frequent_words(texts: Iterable[str]) -> str:
    counts = Counter(word for text in texts for word in dict.fromkeys(plain(text).split()) if len(word) > 3)
    return ", ".join(f"{word} {count}" for word, count in counts.most_common(2 * TOP))


def _recurring(openings: Mapping[str, int]) -> str:
    recurring = sum(count for count in openings.values() if count > 1)
    return f"{recurring} ({recurring / sum(openings.values()):.1%})" if openings else "–"


def _shares(name: str, passages: Sequence[Passage]) -> tuple[object, ...]:
    units = _units(passages)
    counts = [*(sum(label in unit.labels for unit in units) for label in Label), sum(not unit.labels for unit in units)]
    return (name, len(passages), len(units), *(f"{count / len(units):.0%}" if units else "–" for count in counts))


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return "–" if isnan(cell) else f"{cell:z.3f}"
    return str(cell).replace("|", "\\|")
