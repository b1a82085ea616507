"""Sources told in words over a few sentences: the author or the journal here, the year there, the result elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier.evidence.linking import Link
from classifier.evidence.page import Line
from classifier.records import Evidence

__all__ = ["told_source"]

_REACH = 8  # sentences before and after a claim, in its section
_YEAR = re.compile(r"\b(?:19[5-9]|20[0-4])\d\b")
_NAME = r"(?:(?:Dr|Prof|Professor)\.?\s+){0,2}[A-Z][\w'’-]{1,20}"
_PRESS = (
    r"(?!(?:[A-Z][\w'’]{0,20}\s){0,3}(?:Weekly|Daily|Times|Post|News|Magazine|Today|Vogue|Forbes|Guardian|Mail|Herald|"
    r"Tribune|Street)\b)"
)  # no journal of science
_WHO_OR_WHERE = re.compile(
    r"\b[A-Z][\w'’-]{1,20}\s+(?:et\s+al\b|and\s+(?:(?:his|her|their)\s+)?(?:colleagues|co-?workers|co-?authors|team)\b)"
    rf"|\b(?:led|conducted|headed|written|authored|carried\s+out)\s+by\s+{_NAME}\s+[A-Z]"
    rf"|\b(?:[Ll]ead|[Ss]enior|[Ss]tudy|[Pp]rincipal)\s+(?:author|researcher|investigator|scientist)s?,?\s+{_NAME}"
    r"|\b(?:the\s+journal\s+(?:of\s+)?[*“\"‘']?[A-Z]|(?:Journal|Annals|Archives)\s+(?:of|for)\s+(?:the\s+)?[A-Z]|"
    rf"(?!Street\b)[A-Z]\w+\s+Journal\b|[Pp]ublished\s+(?:[a-z]+\s+){{0,2}}in\s+(?:the\s+)?[*“\"‘']?{_PRESS}[A-Z])"
    r"|[\[(](?:[A-Z][\w.&-]{1,20}\s){1,4}(?:19|20)\d\d[\])]"
)


def told_source(claim: Line, lines: Sequence[Line], *, is_new: bool = False) -> Link | None:
    """Return the nearest author or journal that a line in the section of a claim names, if a year stands by it.

    By it means in that line, or in one next to it that does not cite a study of its own. A claim that introduces a
    study, and so `is_new`, has its source in itself or after it.
    """
    around = lines[claim.index if is_new else max(claim.index - _REACH, 0) : claim.index + _REACH + 1]
    near = [line for line in around if line.section == claim.section]
    years = [_YEAR.search(line.text) is not None for line in near]
    lends = [has_year and not line.names_study for has_year, line in zip(years, near, strict=True)]
    for place in sorted(range(len(near)), key=lambda place: abs(near[place].index - claim.index)):
        if years[place] or any(lends[max(place - 1, 0) : place + 2]):
            line, found = near[place], _WHO_OR_WHERE.search(near[place].text)
            if found is not None:
                cue = line.cue("evidence", *found.span(), "told_source")
                return Link("told", Evidence.CITED, (cue,), "told_source", abs(line.index - claim.index))
    return None
