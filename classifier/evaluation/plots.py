"""Plots as inline SVG, drawn by hand: nothing to install and nothing to load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil

import numpy as np
from sklearn.metrics import precision_recall_curve

from classifier.evaluation.evaluate import Evaluation
from classifier.evaluation.judged import PRIMARIES
from classifier.records import Label

__all__ = ["confusion_plot", "precision_recall_plot", "reliability_plot", "risk_coverage_plot"]

COLOURS = {
    Label.MECHANISM_CLAIM: "#1f6fb4",
    Label.EFFICACY_CLAIM: "#b3338c",
    Label.RISK_DISCLOSURE: "#b8860b",
    Label.PROMOTIONAL: "#128277",
}
_LEFT, _TOP, _SIDE = 52, 16, 300  # the square in which a plot is drawn
_WIDTH, _HEIGHT = _LEFT + _SIDE + 20, _TOP + _SIDE + 46
_MOST_POINTS = 200
Point = tuple[float, float]


def precision_recall_plot(evaluation: Evaluation) -> str:
    """Return a curve a label, with a dot where the model's threshold stands."""
    judged, parts = evaluation.judged, []
    for column, label in enumerate(Label):
        truth, ratio = judged.truth[:, column], evaluation.figures.labels[label].ratio
        if not truth.any():
            continue
        precision, recall, _ = precision_recall_curve(truth, judged.scores[:, column])
        parts.append(_line(_thinned(list(zip(recall, precision, strict=True))), COLOURS[label]))
        if ratio.found:
            parts.append(_dot(ratio.recall, ratio.precision, COLOURS[label]))
    return _plot("Precision and recall", "recall", "precision", parts, _legend())


def reliability_plot(evaluation: Evaluation) -> str:
    """Return, for ten bins of probability, how often the label holds; on the diagonal a model is calibrated."""
    judged, parts = evaluation.judged, [_line([(0, 0), (1, 1)], "#999", dashed=True)]
    for column, label in enumerate(Label):
        scores, truth = judged.scores[:, column], judged.truth[:, column]
        bins = np.minimum((scores * 10).astype(int), 9)
        points = [
            (float(scores[bins == place].mean()), float(truth[bins == place].mean()))
            for place in range(10)
            if (bins == place).sum() >= 5  # a share of fewer says nothing
        ]
        parts.append(_line(points, COLOURS[label]))
        parts += [_dot(*point, COLOURS[label]) for point in points]
    return _plot("Reliability", "probability", "share that holds", parts, _legend(top=_TOP + 18))


def risk_coverage_plot(evaluation: Evaluation) -> str:
    """Return the share of wrong primary labels among the surest units, by the share of units kept."""
    points = list(evaluation.review.risk.items())
    top = max(1, ceil(max(risk for _, risk in points) * 20)) / 20  # so that the axis has round numbers
    scaled = [(share, risk / top) for share, risk in points]
    line = _line(scaled, "#333")
    return _plot("Error by share kept", "share of units kept, the surest first", "wrong primary", [line], "", top=top)


def confusion_plot(evaluation: Evaluation) -> str:
    """Return what was filed as what: rows are the primary labels, columns what was found."""
    names = [label.value.split("_")[0] if label else "none" for label in PRIMARIES]
    counts = np.zeros((len(names), len(names)), dtype=int)
    np.add.at(counts, (evaluation.judged.primary, evaluation.judged.primary_found), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell, left, top = 74, 84, 40
    parts = []
    for row, name in enumerate(names):
        y = top + row * cell
        parts.append(_text(left - 8, y + cell / 2 + 4, name, anchor="end"))
        parts.append(_text(left + row * cell + cell / 2, top - 8, name))
        for column in range(len(names)):
            x, share = left + column * cell, float(shares[row, column])
            parts.append(
                f'<rect x="{x}" y="{y}" width="{cell - 2}" height="{cell - 2}" fill="#1f6fb4" '
                f'fill-opacity="{0.06 + 0.94 * share:.3f}"/>'
            )
            colour = "#fff" if share > 0.5 else "#222"
            parts.append(_text(x + cell / 2 - 1, y + cell / 2 + 4, str(counts[row, column]), colour=colour))
    width, height = left + cell * len(names) + 10, top + cell * len(names) + 34
    parts.append(_text(left + cell * len(names) / 2, height - 10, "found (columns), labelled (rows)"))
    return _svg("Primary labels", width, height, parts)


def _plot(title: str, across: str, up: str, parts: Sequence[str], legend: str, *, top: float = 1.0) -> str:
    grid = []
    for step in range(6):
        share = step / 5
        x, y = _place(share, share)
        grid.append(f'<path d="M{_LEFT} {y:.1f}h{_SIDE}M{x:.1f} {_TOP}v{_SIDE}" stroke="#e3e3e3"/>')
        grid.append(_text(x, _TOP + _SIDE + 16, f"{share:.1f}"))
        grid.append(_text(_LEFT - 6, y + 4, f"{share * top:.2f}" if top != 1.0 else f"{share:.1f}", anchor="end"))
    labels = [
        _text(_LEFT + _SIDE / 2, _HEIGHT - 8, across),
        f'<g transform="translate(13 {_TOP + _SIDE / 2}) rotate(-90)">{_text(0, 0, up)}</g>',
    ]
    return _svg(title, _WIDTH, _HEIGHT, [*grid, *parts, *labels, legend])


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg role="img" aria-label="{escape(title)}" '
        f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}">{"".join(parts)}</svg></figure>'
    )


def _legend(top: float = _TOP + _SIDE - 70) -> str:
    names: Mapping[str, str] = {label.value: colour for label, colour in COLOURS.items()}
    rows = []
    for row, (name, colour) in enumerate(names.items()):
        y = top + row * 17
        rows.append(f'<rect x="{_LEFT + 10}" y="{y - 9}" width="12" height="10" fill="{colour}"/>')
        rows.append(_text(_LEFT + 28, y, name, anchor="start"))
    return "".join(rows)


def _place(x: float, y: float) -> Point:
    return _LEFT + x * _SIDE, _TOP + (1 - y) * _SIDE


def _line(points: Sequence[Point], colour: str, *, dashed: bool = False) -> str:
    if not points:
        return ""
    path = "L".join("{:.1f} {:.1f}".format(*_place(x, y)) for x, y in points)
    dashes = ' stroke-dasharray="4 4"' if dashed else ""
    return f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'


def _dot(x: float, y: float, colour: str) -> str:
    left, top = _place(x, y)
    return f'<circle cx="{left:.1f}" cy="{top:.1f}" r="4" fill="{colour}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "middle", colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    step = max(1, len(points) // _MOST_POINTS)
    return [*points[::step], points[-1]]
