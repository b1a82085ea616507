"""Mail (`.eml`) → the subject, then the text of the body as its reader sees it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32

from classifier.errors import UnreadableError
from classifier.readers.decoding import check_size
from classifier.readers.extract import Extract, collect, join
from classifier.readers.html import visible_page
from classifier.readers.options import ReadOptions
from classifier.readers.sources import Source, read_bytes
from classifier.records import Document, Place

__all__ = ["mail_text", "read_mail"]

_MAX_PARTS = 100  # boundaries: the parser looks for each of those open in every line
_MAX_HEADER = 4_000  # characters of a header whose parameters are read, and of a subject
_BOUNDARY = re.compile(rb"boundary\s*\*?\d{0,3}\*?\s*=", re.IGNORECASE)
_CHARSETS = re.compile(r"ascii|utf-(?:8|16|32)(?:-[bl]e)?|iso8859-\d+|cp\d+|koi8-[rtu]|big5(?:hkscs)?|gb\w+|"
                       r"shift_jis\w*|euc_\w+|iso2022_\w+|mac-\w+|johab|hz|tis-620")  # fmt: skip
"""Codecs of texts. Python has others, which take far more time than their input is long."""


def read_mail(source: Source, _: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield the document that a mail holds."""
    extract = mail_text(read_bytes(source), source.name)
    yield Document(extract.text, id=source.name, source=source.name, places=extract.places)


def mail_text(data: bytes, source: str) -> Extract:
    r"""Return the subject and the parts of a mail that are shown; of alternatives the last that can be read.

    Raises `UnreadableError` for a text in an encoding that is unknown or not the one declared.

    >>> mail_text(b"Subject: Calm =?utf-8?q?caf=C3=A9?=\n\nRest.", "a.eml").text
    'Calm café\n\nRest.'
    """
    if len(_BOUNDARY.findall(data)) > _MAX_PARTS:
        raise UnreadableError(source, f"more than {_MAX_PARTS} nested parts; save its text alone")
    try:
        message = message_from_bytes(data, policy=compat32)
    except RecursionError:
        raise UnreadableError(source, "its parts are nested too deeply; save its text alone") from None
    if data.strip() and not message.keys():
        raise UnreadableError(source, "does not begin as a mail does, with headers; is its suffix right?")
    extracts = [Extract(subject, (Place(0, "subject"),)) for subject in [_subject(message, source)] if subject]
    size = 0
    for part in _shown(message, source):
        extract = _text(part, source)
        size += len(extract.text.encode("utf-8", "surrogatepass"))
        check_size(size, source)
        if extract.text.strip():
            extracts.append(extract)
    return join(extracts, "\n\n")


def _shown(message: Message, source: str) -> Iterator[Message]:
    """Yield the parts that a mail program shows, in order."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        for name in ("Content-Type", "Content-Disposition", "Content-Transfer-Encoding"):
            if len(str(part.get(name, ""))) > _MAX_HEADER:
                raise UnreadableError(source, f"its header {name} is too long to be read; save its text alone")
        payload = part.get_payload()
        if isinstance(payload, list):
            parts = [each for each in payload if isinstance(each, Message)]
            if part.get_content_type() == "multipart/alternative":
                parts = _best(parts)
            waiting.extend(reversed(parts))
        elif part.get_content_disposition() != "attachment" and _is_text(part):
            yield part


def _best(parts: list[Message]) -> list[Message]:
    """Return the last alternative that is text, or that holds parts of its own: senders put the richest last."""
    for part in reversed(parts):
        if part.is_multipart() or _is_text(part):
            return [part]
    return []


def _is_text(part: Message) -> bool:
    return part.get_content_type() in ("text/plain", "text/html")


def _text(part: Message, source: str) -> Extract:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    text = _decode(data, _charset(part), source).replace("\r\n", "\n")
    if part.get_content_type() == "text/html":
        page = visible_page(text, source)
        return Extract(
            page.text, tuple(Place(place.start, f"body {place.location or ''}".strip()) for place in page.places)
        )
    return collect([(text.strip("\n"), "body")], "\n", source)


def _charset(part: Message) -> str:
    try:
        charset = part.get_content_charset()
    except (UnicodeError, LookupError, ValueError):
        charset = None
    return charset or "utf-8"


def _subject(message: Message, source: str) -> str:
    raw = message.get("Subject")
    text = str(raw or "")[:_MAX_HEADER]
    try:
        pieces = decode_header(text)
    except HeaderParseError:
        pieces = [(text, None)]
    words = [
        piece if isinstance(piece, str) else _decode(piece, charset or "utf-8", source, errors="replace")
        for piece, charset in pieces
    ]
    return " ".join("".join(words).encode("utf-8", "replace").decode("utf-8").split())


def _decode(data: bytes, charset: str, source: str, *, errors: str = "strict") -> str:
    try:
        name = codecs.lookup("utf-8" if charset.lower() in ("us-ascii", "ascii") else charset).name
    except (LookupError, ValueError):
        name = ""
    if not _CHARSETS.fullmatch(name):
        raise UnreadableError(source, f"its encoding {charset[:40]!r} is not known; save its text as UTF-8")
    try:
        return data.decode(name, errors)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            source,
            f"not {charset[:40]}, as it says: byte 0x{data[error.start]:02x} at offset {error.start:,} of a part",
        ) from None
