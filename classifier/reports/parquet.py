"""Reports as Parquet: one row a sentence. Needs pyarrow: `pip install "healthclaims[parquet]"`.

A document without sentences, and one with findings of its own, has one row more, in which `index` is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.errors import ConfigurationError
from classifier.records import Document, Finding, Label, Report, Reviewed

if TYPE_CHECKING:
    import pyarrow

__all__ = [
    "KEY_COLUMNS",
    "check_installed",
    "finding_row",
    "finding_type",
    "join_parts",
    "read_columns",
    "read_stamp",
    "schema",
    "to_rows",
    "write_part",
]

KEY_COLUMNS = ("source", "document", "sha256")
GROUP_ROWS = 50_000
_STAMP = b"healthclaims"


def check_installed() -> None:
    """Raise `ConfigurationError` where pyarrow is absent."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise ConfigurationError('Parquet needs pyarrow: pip install "healthclaims[parquet]"') from None


def finding_type() -> pyarrow.DataType:
    """Return the type of a finding."""
    import pyarrow as pa

    return pa.struct(
        [
            *(pa.field(name, pa.string()) for name in ("rule", "severity")),
            *(pa.field(name, pa.int32()) for name in ("start", "end")),
            *(
                pa.field(name, pa.string())
                for name in ("message", "basis", "title", "kind", "market", "link", "detail")
            ),
            *(pa.field(name, pa.string()) for name in ("set_aside", "set_aside_reason", "verification")),
        ]
    )


def schema(stamp: str) -> pyarrow.Schema:
    """Return the columns with their types; `stamp` says what makes the reports."""
    import pyarrow as pa

    fields = [
        *(pa.field(name, pa.string(), nullable=False) for name in ("document", "source", "sha256", "language")),
        *(pa.field(name, pa.string()) for name in ("location", "not_assessed")),
        *(pa.field(name, pa.int32()) for name in ("index", "start", "end")),
        *(pa.field(name, pa.string()) for name in ("text", "primary")),
        *(pa.field(label.value, pa.bool_()) for label in Label),
        *(pa.field(f"score_{label}", pa.float32()) for label in Label),
        pa.field("needs_review", pa.bool_()),
        *(pa.field(name, pa.string()) for name in ("evidence", "support", "severity")),
        pa.field("findings", pa.list_(finding_type()), nullable=False),
        pa.field("columns", pa.string()),
    ]
    return pa.schema(fields, metadata={_STAMP: stamp.encode()})


def to_rows(report: Report) -> list[dict[str, Any]]:
    """Return the rows of a report."""
    document = {
        "document": _text(report.document.id),
        "source": _text(report.document.source),
        "sha256": report.document.sha256,
        "language": report.context.language,
        "location": report.document.location,
        "not_assessed": report.not_assessed,
        "columns": _columns(report.document),
    }
    rows = [
        {**document, "location": report.document.location_at(sentence.start), **_sentence(sentence)}
        for sentence in report.sentences
    ]
    if report.findings or not rows:
        rows.append({**document, "findings": [finding_row(finding) for finding in report.findings]})
    return rows


def finding_row(finding: Finding) -> Mapping[str, Any]:
    """Return a finding as a value of `finding_type`."""
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "start": finding.start,
        "end": finding.end,
        "message": _text(finding.message),
        "basis": finding.basis,
        "title": finding.title,
        "kind": finding.kind,
        "market": finding.market,
        "link": finding.link,
        "detail": _text(finding.detail),
        "set_aside": finding.set_aside.by if finding.set_aside else None,
        "set_aside_reason": _text(finding.set_aside.reason) if finding.set_aside else None,
        "verification": finding.verification,
    }


def write_part(path: Path, rows: Sequence[Mapping[str, Any]], *, stamp: str) -> None:
    """Write rows as a file that appears whole or not at all."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    partial = path.with_suffix(".tmp")
    columns = schema(stamp)
    arrays = [pa.array([row.get(field.name) for row in rows], type=field.type) for field in columns]
    pq.write_table(pa.Table.from_arrays(arrays, schema=columns), partial, compression="zstd")
    partial.replace(path)


def join_parts(parts: Iterable[Path], target: Path, *, stamp: str) -> None:
    """Write the rows of parts to one file in groups of about `GROUP_ROWS`, and hold no more in memory than one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = schema(stamp)
    with pq.ParquetWriter(target, columns, compression="zstd") as writer:
        held: list[pa.Table] = []
        for part in parts:
            held.append(pq.read_table(part, schema=columns))
            if sum(table.num_rows for table in held) >= GROUP_ROWS:
                writer.write_table(pa.concat_tables(held))
                held = []
        if held:
            writer.write_table(pa.concat_tables(held))


def read_stamp(part: Path) -> str:
    """Return the stamp of a file."""
    import pyarrow.parquet as pq

    return str((pq.read_schema(part).metadata or {}).get(_STAMP, b"").decode())


def read_columns(part: Path, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a file, of the named columns alone."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(part) as file:
        for batch in file.iter_batches(columns=list(columns)):
            yield from batch.to_pylist()


def _sentence(sentence: Reviewed) -> Mapping[str, Any]:
    return {
        "index": sentence.index,
        "start": sentence.start,
        "end": sentence.end,
        "text": _text(sentence.text),
        "primary": sentence.primary.value if sentence.primary else "none",
        **{label.value: label in sentence.labels for label in Label},
        **{f"score_{label}": float(sentence.scores[label]) for label in Label},
        "needs_review": sentence.needs_review,
        "evidence": sentence.evidence.value if sentence.evidence else None,
        "support": sentence.support.value if sentence.support else None,
        "severity": sentence.severity.value if sentence.severity else None,
        "findings": [finding_row(finding) for finding in sentence.findings],
    }


def _columns(document: Document) -> str | None:
    """Return the columns that go along as a JSON object, None where there are none."""
    return _text(json.dumps(dict(document.columns), ensure_ascii=False)) if document.columns else None


def _text(text: str) -> str:
    """Replace what Parquet cannot hold: halves of surrogate pairs, as names of files may have them."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
