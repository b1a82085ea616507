"""Score the rows of a pandas frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from classifier.assessor import Assessor, load
from classifier.errors import ConfigurationError, UnreadableError
from classifier.readers import check_text
from classifier.records import Document, Label, Report, Severity

if TYPE_CHECKING:
    import pandas

__all__ = ["COLUMNS", "assess_frame", "reports_of_texts", "rows_of_texts"]

_TEXT, _WHOLE, _TRUE, _REAL, _TEXTS = "string", "Int64", "boolean", "Float64", "object"
COLUMNS = {
    "index": _WHOLE,
    "start": _WHOLE,
    "end": _WHOLE,
    "text": _TEXT,
    "primary": _TEXT,
    **{label.value: _TRUE for label in Label},
    **{f"score_{label}": _REAL for label in Label},
    "needs_review": _TRUE,
    "evidence": _TEXT,
    "support": _TEXT,
    "severity": _TEXT,
    "findings": _TEXTS,
    "error": _TEXT,
}
"""The columns of a result and their types in pandas, each of which can hold that there is no value."""


def assess_frame(
    frame: pandas.DataFrame,
    text: str = "text",
    *,
    assessor: Assessor | None = None,
    model: str | PathLike[str] | None = None,
) -> pandas.DataFrame:
    """Score the texts of a column; return one row a sentence, under the index of the row that it comes from.

    `findings` lists the rules that found something. A row that cannot be scored, and a text without sentences, gives
    one row with no sentence; `error` says why. Give an `assessor` of your own, or a `model` to load.

    >>> import pandas
    >>> products = pandas.DataFrame({"copy": ["Cures arthritis. Buy now!", None]}, index=["tea", "oil"])
    >>> found = assess_frame(products, text="copy")
    >>> found[["text", "primary"]].dropna().values.tolist()
    [['Cures arthritis.', 'efficacy_claim'], ['Buy now!', 'promotional']]
    >>> found["error"].dropna().to_dict()
    {'oil': 'no text: the cell is empty'}
    """
    import pandas

    if text not in frame.columns:
        known = ", ".join(map(repr, frame.columns[:20])) or "none"
        raise ConfigurationError(f"assess_frame: no column {text!r} (there are: {known}); name one with text=")
    column = frame[text]
    if not isinstance(column, pandas.Series):
        raise ConfigurationError(f"assess_frame: {column.shape[1]} columns are called {text!r}; rename all but one")
    positions, rows = [], []
    for position, found in enumerate(rows_of_texts(column, assessor or load(model))):
        positions += [position] * len(found)
        rows += found
    result = pandas.DataFrame(rows, columns=list(COLUMNS), index=frame.index.take(positions))
    return result.astype(COLUMNS)


def rows_of_texts(texts: Iterable[object], assessor: Assessor) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the rows of each text, in order; of what cannot be scored one row with an error."""
    for found in reports_of_texts(texts, assessor):
        yield _rows(found) if isinstance(found, Report) else [{"error": found, "findings": []}]


def reports_of_texts(texts: Iterable[object], assessor: Assessor) -> Iterator[Report | str]:
    """Yield the report of each text, in order; of what is no text, or has no sentence to score, why there is none."""
    documents = list(map(_document, texts))
    reports = assessor.assess_each([document for document in documents if isinstance(document, Document)])
    for document in documents:
        yield document if isinstance(document, str) else _scored(next(reports))


def _scored(found: Report | Exception) -> Report | str:
    if isinstance(found, Exception):  # a row must not end the job; the failure is reported
        return f"a fault of healthclaims, please report it: {type(found).__name__}: {found}"[:500]
    return found if found.sentences else found.not_assessed or "empty: nothing to assess"


def _document(text: object) -> Document | str:
    """Return a text as a document, or what is wrong with it."""
    import pandas

    if pandas.isna(text) is True:  # type: ignore[call-overload]  # takes anything; a list gives an array
        return "no text: the cell is empty"
    if not isinstance(text, str):
        return f"no text but {type(text).__name__}"
    try:
        check_text(text, "-")
    except UnreadableError as error:
        return error.reason
    return Document(text)


def _rows(report: Report) -> list[Mapping[str, Any]]:
    return [
        {
            "index": sentence.index,
            "start": sentence.start,
            "end": sentence.end,
            "text": sentence.text,
            "primary": _value(sentence.primary) or "none",
            **{label.value: label in sentence.labels for label in Label},
            **{f"score_{label}": float(sentence.scores[label]) for label in Label},
            "needs_review": sentence.needs_review,
            "evidence": _value(sentence.evidence),
            "support": _value(sentence.support),
            "severity": _value(sentence.severity),
            "findings": [finding.rule for finding in sentence.findings],
        }
        for sentence in report.sentences
    ]


def _value(member: Label | Severity | object | None) -> str | None:
    return None if member is None else str(member)
