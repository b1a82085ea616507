"""Evaluations as one HTML page that needs nothing beside itself: tables, and plots as inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan

from classifier.corpora.statistics import Table
from classifier.evaluation.evaluate import Evaluation
from classifier.evaluation.plots import confusion_plot, precision_recall_plot, reliability_plot, risk_coverage_plot
from classifier.evaluation.tables import evaluation_tables

__all__ = ["render_page"]

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 system-ui, sans-serif; color: #222; background: #fff; margin: 2rem auto; max-width: 76rem;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; } h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #e3e3e3; text-align: right; vertical-align: top; }
th:first-child, td:first-child, td.text { text-align: left; }
th { border-bottom: 2px solid #999; }
td.text { max-width: 46rem; overflow-wrap: anywhere; }
.plots { display: flex; flex-wrap: wrap; gap: 1.5rem; } figure { margin: 0; }
figcaption { font-weight: 600; } svg text { font: 12px system-ui, sans-serif; }
.wide { overflow-x: auto; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render_page(evaluations: Sequence[Evaluation], comparison: Mapping[str, Table]) -> str:
    """Return the page; `comparison` holds tables that stand first, of two models side by side."""
    sections = [_tables(comparison)]
    for evaluation in evaluations:
        plots = "".join(
            plot(evaluation) for plot in (precision_recall_plot, reliability_plot, confusion_plot, risk_coverage_plot)
        )
        sections.append(
            f'<h2>{escape(evaluation.model)}</h2><div class="plots">{plots}</div>'
            f"{_tables(evaluation_tables(evaluation))}"
        )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>healthclaims evaluate</title><style>{_STYLE}</style></head><body>"
        "<h1>How well the labels are found</h1>"
        f"{''.join(sections)}</body></html>\n"
    )


def _tables(tables: Mapping[str, Table]) -> str:
    return "".join(_table(title, *table) for title, table in tables.items())


def _table(title: str, head: Sequence[str], rows: Sequence[tuple[object, ...]]) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return f'<h3>{escape(title)}</h3><div class="wide"><table><tr>{heads}</tr>{body}</table></div>'


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return f"<td>{'–' if isnan(cell) else f'{cell:.3f}'}</td>"
    return f'<td class="text">{escape(cell)}</td>' if isinstance(cell, str) else f"<td>{cell}</td>"
