"""Read documents: files, folders, globs and standard input → `Document`, one unreadable document never stopping others.

| suffix | read as | place of a sentence |
|---|---|---|
| `.txt`, `.text`, none, `-` (standard input) | the text as it stands; HTML if it opens as an HTML page does | |
| `.md`, `.markdown` | the Markdown source as it stands | |
| `.html`, `.htm`, `.xhtml` | the visible text with its block structure | XPath of its block |
| `.eml` | the subject, then the visible text of the body | subject, body with XPath |
| `.docx` | paragraphs, lists, tables, text boxes, notes, headers and footers | paragraph |
| `.pdf` | the text layer, page by page | page |
| `.csv`, `.tsv` | one document a row | line |
| `.jsonl`, `.ndjson` | one document a line | line |
| `.xlsx` | one document a row of each sheet | sheet and row |
| `.parquet` | one document a row | row |

The formats of text (all but `.docx`, `.pdf`, `.xlsx`, `.parquet`) are also read with `.gz` or `.zst` after the suffix.
Text is UTF-8, with or without a byte-order mark; only mail names its encodings. Nothing is decoded by guessing.
"""

from classifier.readers.decoding import MAX_DOCUMENT_BYTES, check_text, decode
from classifier.readers.documents import SUFFIXES, holds_many
from classifier.readers.files import expand, read, read_files
from classifier.readers.html import visible_page, visible_text
from classifier.readers.options import DEFAULT_TEXT_COLUMN, ReadOptions

__all__ = [
    "DEFAULT_TEXT_COLUMN",
    "MAX_DOCUMENT_BYTES",
    "SUFFIXES",
    "ReadOptions",
    "check_text",
    "decode",
    "expand",
    "holds_many",
    "read",
    "read_files",
    "visible_page",
    "visible_text",
]
