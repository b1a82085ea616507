"""The model card: what a model is, what it was trained on, and how it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from classifier.evaluation import Evaluation
from classifier.fine_tuning import BASE
from classifier.records import Label

__all__ = ["model_card"]

_KINDS = {
    "accurate": "A small sentence encoder ({encoder}) that reads whole pages, with a\n"
    "linear head, blended with the fast model; weights of eight bits, run by ONNX Runtime. Blend, thresholds and,\n"
    "where it cost nothing, the cascade, by which the encoder is not asked of sentences that claim no efficacy where\n"
    "the fast model is sure, come from the validation passages. A second head, if the encoder was trained on them,\n"
    "tells the evidence levels of claims.",
    "fast": "One logistic regression a label over hashed words, parts of words, layout, lexicon terms and what stands\n"
    "around, learnt from whole passages and, of some, from excerpts too; probabilities calibrated by a sigmoid,\n"
    "thresholds at half of the best F1, both from cross-validation over documents.",
}


def model_card(
    name: str,
    about: Mapping[str, Any],
    evaluation: Evaluation | None,
    *,
    kind: str = "fast",
    license: str | None = None,
) -> str:
    """Return the card in Markdown, with the figures as YAML that model hubs read."""
    corpus = about["corpus"]
    libraries = ", ".join(f"{library} {number}" for library, number in about["libraries"].items())
    licensed = f"license: {license}\n" if license else ""
    return f"""---
{licensed}language: en
library_name: healthclaims
pipeline_tag: text-classification
{_model_index(name, evaluation)}---
# healthclaims {name}

Tags sentences of English health-marketing copy as mechanism claim, efficacy claim, risk disclosure, promotional.
{_kind(kind, about)}

Trained on {corpus["passages"]} passages, {corpus["units"]} units (SHA-256 of the corpus {corpus["sha256"][:16]}…).
Guidelines version {about["guidelines"]}, healthclaims {about["healthclaims"]}, {libraries}.
{_figures(evaluation)}
The model says what a text claims and what it offers for its claims; it never says that a claim is true, false or
lawful. It reads English only. `metrics.json` holds all figures on the test part, with 95% intervals;
`healthclaims evaluate` prints them.
"""


def _kind(kind: str, about: Mapping[str, Any]) -> str:
    if "base" not in about:
        if "teacher" not in about:
            return _KINDS[kind]
        return (
            f"{_KINDS[kind]} What the encoder of the model\n{about['teacher']} says of the passages counts as much as "
            "the labels; it may\nhave been trained on some of them."
        )
    base = f"{BASE}, Apache-2.0" if about["base"] == BASE else about["base"]
    encoder = f"{base}, fine-tuned" if about["fine_tuned"] else f"that of the model {base}, as it was"
    if "teacher" in about:
        encoder += f" by the labels and by what {about['teacher']}, fine-tuned too, says"
    if "narrowing" in about:
        encoder += f", then narrowed in {about['narrowing']} epochs to a quarter of its states"
    return _KINDS[kind].format(encoder=encoder)


def _model_index(name: str, evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return ""
    figures = evaluation.figures
    metrics = [
        ("f1", "macro-F1", figures.macro_f1),
        ("f1", "micro-F1", figures.micro.f1),
        *(("f1", f"F1 {label.value}", one.ratio.f1) for label, one in figures.labels.items() if one.ratio.actual),
        ("accuracy", "accuracy of the primary label", figures.primary_accuracy),
    ]
    lines = "\n".join(f'    - {{type: {kind}, name: "{title}", value: {value:.4f}}}' for kind, title, value in metrics)
    return f"""model-index:
- name: {_quoted(name)}
  results:
  - task: {{type: text-classification, name: multi-label sentence tagging}}
    dataset: {{type: healthclaims-corpus, name: test part of the corpus, split: test}}
    metrics:
{lines}
"""


def _figures(evaluation: Evaluation | None) -> str:
    if evaluation is None:
        return "No passage fell into the test part, so nothing was measured.\n"
    figures = evaluation.figures
    rows = "\n".join(
        f"| {label} | {one.ratio.precision:.3f} | {one.ratio.recall:.3f} | {one.ratio.f1:.3f} "
        f"| {one.average_precision:.3f} |"
        for label, one in ((label, figures.labels[label]) for label in Label)
    )
    low, high = evaluation.intervals["macro_f1"].low, evaluation.intervals["macro_f1"].high
    caught = evaluation.review.caught[0.2]
    return f"""
On the {figures.units} units of the test part, sentences as labelled: macro-F1 {figures.macro_f1:.3f} (95% of resampled
documents: {low:.3f} to {high:.3f}), primary label right in {figures.primary_accuracy:.3f}, calibration error \
{figures.calibration_error:.3f}.
Review of the least sure fifth would catch {caught:.3f} of the wrong primary labels.

| label | precision | recall | F1 | average precision |
|---|---|---|---|---|
{rows}
"""


def _quoted(name: str) -> str:
    """Return a name as a YAML scalar: a JSON string is one."""
    import json

    return json.dumps(f"healthclaims-{name}")
