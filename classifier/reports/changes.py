"""What changed between two runs, as lines for a person and as JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from classifier.reports.table import printable
from classifier.review import Change, Difference

__all__ = ["change_lines", "change_records"]

_SIGNS = {"gone": "-", "new": "+", "changed": "~"}


def change_lines(difference: Difference) -> Iterator[str]:
    """Yield the versions that differ, each change below its document and sentence, and what there is of each kind."""
    for name in sorted(difference.old_versions.keys() | difference.new_versions.keys()):
        old, new = difference.old_versions.get(name, "none"), difference.new_versions.get(name, "none")
        if old != new:
            yield printable(f"{name}: {old} → {new}")
    document = text = None
    for change in difference.changes:
        if change.document != document:
            document, text = change.document, None
            yield printable(document)
        if change.text != text:
            text = change.text
            if text:
                yield f"  “{printable(text)}”"
        yield f"    {_SIGNS[change.kind.rpartition(' ')[2]]} {printable(_told(change))}"
    counts = ", ".join(_counted(count, kind) for kind, count in difference.counts.items())
    yield counts or "no change"


def change_records(difference: Difference) -> Iterator[str]:
    """Yield each change as one line of JSON."""
    for change in difference.changes:
        yield json.dumps(asdict(change))


def _counted(count: int, kind: str) -> str:
    what, _, how = kind.rpartition(" ")
    return f"{count} {what}{'' if count == 1 else 's'} {how}"


def _told(change: Change) -> str:
    what = f"{change.kind}: {change.field}" if change.field else change.kind
    if change.old and change.new:
        return f"{what}: {change.old} → {change.new}"
    return f"{what} ({change.old or change.new})" if change.old or change.new else what
