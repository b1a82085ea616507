"""Labelled corpora: read, validate, describe, compare annotators, convert.

The form is explained in `corpus/README.md` and fixed by `passage.schema.json` beside this file.
"""

from classifier.corpora.agreement import Agreement, agreement
from classifier.corpora.passages import (
    KINDS,
    SPLITS,
    Labelling,
    Passage,
    Unit,
    read_corpus,
    read_files,
    read_passages,
    split_of,
    to_record,
    write_split,
)

__all__ = [
    "KINDS",
    "SPLITS",
    "Agreement",
    "Labelling",
    "Passage",
    "Unit",
    "agreement",
    "read_corpus",
    "read_files",
    "read_passages",
    "split_of",
    "to_record",
    "write_split",
]
