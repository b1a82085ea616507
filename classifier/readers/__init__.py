"""Read documents: files, folders, globs and standard input → `Document`, one unreadable document never stopping others.

| suffix | read as |
|---|---|
| `.txt`, `.text`, none, `-` (standard input) | the text as it stands; HTML if it opens as an HTML page does |
| `.md`, `.markdown` | the Markdown source as it stands |
| `.html`, `.htm`, `.xhtml` | the visible text with its block structure |
| `.csv` | one document a row |
| `.jsonl`, `.ndjson` | one document a line |

All input is UTF-8, with or without a byte-order mark. Nothing is decoded by guessing.
"""

from classifier.readers.decoding import MAX_DOCUMENT_BYTES, decode
from classifier.readers.files import SUFFIXES, expand, read, read_files
from classifier.readers.html import visible_text
from classifier.readers.rows import DEFAULT_TEXT_COLUMN

__all__ = [
    "DEFAULT_TEXT_COLUMN",
    "MAX_DOCUMENT_BYTES",
    "SUFFIXES",
    "decode",
    "expand",
    "read",
    "read_files",
    "visible_text",
]
