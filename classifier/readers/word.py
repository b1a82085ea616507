"""DOCX → its paragraphs, lists and tables in order, by way of lxml, which builds no tree of them."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from classifier.errors import UnreadableError
from classifier.readers.archives import opened_archive
from classifier.readers.extract import Extract, collect
from classifier.readers.options import ReadOptions
from classifier.readers.sources import Source, check_kind
from classifier.readers.word_lists import Lists
from classifier.records import Document

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read_word", "word_text"]

_CHUNK = 1 << 16
_OTHER_PARTS = re.compile(r"word/(header\d*|footer\d*|footnotes|endnotes)\.xml")
_BREAKS = {"br": "\n", "cr": "\n", "tab": " ", "ptab": " ", "noBreakHyphen": "\u2011"}
_OFF = ("0", "false", "off")

Line = tuple[str, str | None, bool]  # text, location, whether it is an item of a list


def read_word(source: Source, _: ReadOptions) -> Iterator[Document | UnreadableError]:
    """Yield the document that a Word file holds."""
    with source.seekable() as stream:
        head = stream.read(8)
        if not head:
            yield Document("", id=source.name, source=source.name)
            return
        check_kind(head, source, expected=b"PK\x03\x04")
        with opened_archive(stream, source.name) as archive:
            extract = word_text(archive, source.name)
    yield Document(extract.text, id=source.name, source=source.name, places=extract.places)


def word_text(archive: zipfile.ZipFile, source: str) -> Extract:
    """Return the text of a Word file: the body, then headers, footers and notes; deleted and hidden text is left out.

    Items of lists have their bullet or number, a row of a table is one line with `|` unless it only arranges the page.
    """
    names = set(archive.namelist())
    main = _main_part(archive, names, source)
    lists = Lists.of(
        *(_tree(archive, f"word/{name}.xml", names, source) for name in ("styles", "numbering")),
    )
    others = sorted(name for name in names if _OTHER_PARTS.fullmatch(name))
    return collect(_lines(archive, [main, *others], main, lists, source), "\n", source)


def _lines(
    archive: zipfile.ZipFile, parts: list[str], main: str, lists: Lists, source: str
) -> Iterator[tuple[str, str | None]]:
    """Yield the lines, with blank ones between paragraphs but not between the items of a list."""
    was_item: bool | None = None
    for part in parts:
        place = "" if part == main else f"{posixpath.basename(part).removesuffix('.xml')} "
        for text, location, is_item in _part_lines(archive, part, place, lists, source):
            if not text.strip():
                continue
            if was_item is not None and not (was_item and is_item):
                yield "", None
            yield text, location
            was_item = is_item


def _part_lines(archive: zipfile.ZipFile, part: str, place: str, lists: Lists, source: str) -> Iterator[Line]:
    from lxml import etree

    body = _Body(place, lists, source)
    target: Any = body  # the stubs want methods for comments too
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        with archive.open(part) as stream:
            while data := stream.read(_CHUNK):
                parser.feed(data)
                yield from body.taken()
        parser.close()
    except etree.XMLSyntaxError as error:
        raise UnreadableError(source, f"damaged: {part}: {error.msg}; open it in Word and save it again") from None
    yield from body.taken()


class _Body:
    """What lxml calls with each tag and text of a part: collects lines as paragraphs and rows end."""

    def __init__(self, place: str, lists: Lists, source: str) -> None:
        self._place, self._lists, self._source = place, lists, source
        self._count = 0
        self._paragraphs: list[_Paragraph] = []  # a text box stands inside a paragraph
        self._rows: list[list[list[Line]]] = []  # of open rows, the cells, each with its lines
        self._lines: list[Line] = []
        self._skipped = 0  # how many elements are open inside one that is left out
        self._takes_text = False

    def doctype(self, *_: object) -> None:
        raise UnreadableError(self._source, "declares a document type, as Word never does; it is not read")

    def start(self, tag: str, attributes: Any) -> None:
        name = tag.rpartition("}")[2]
        if self._skipped or name in ("Fallback", "pPrChange", "rPrChange", "moveFrom"):  # an older or second version
            self._skipped += 1
            return
        value = next((attributes[key] for key in attributes if key.rpartition("}")[2] == "val"), "")
        if name == "p":
            self._count += 1
            self._paragraphs.append(_Paragraph(f"{self._place}paragraph {self._count}"))
        elif name == "tr":
            self._rows.append([])
        elif name == "tc" and self._rows:
            self._rows[-1].append([])
        elif self._paragraphs:
            self._start_inside(name, value, self._paragraphs[-1])

    def _start_inside(self, name: str, value: str, paragraph: _Paragraph) -> None:
        if name == "r":
            paragraph.is_hidden = False
        elif name == "vanish":
            paragraph.is_hidden = value not in _OFF
        elif name == "pStyle":
            paragraph.style = value
        elif name == "numId":
            paragraph.number = value
        elif name == "ilvl":
            paragraph.level = value
        elif name == "t":
            self._takes_text = True
        elif name in _BREAKS and not paragraph.in_tabs:
            paragraph.add(_BREAKS[name])
        elif name == "tabs":
            paragraph.in_tabs = True

    def data(self, text: str) -> None:
        if self._takes_text and self._paragraphs:
            self._paragraphs[-1].add(text)

    def end(self, tag: str) -> None:
        name = tag.rpartition("}")[2]
        if self._skipped:
            self._skipped -= 1
        elif name == "t":
            self._takes_text = False
        elif name == "tabs" and self._paragraphs:
            self._paragraphs[-1].in_tabs = False
        elif name == "p" and self._paragraphs:
            self._add(self._line(self._paragraphs.pop()))
        elif name == "tr" and self._rows:
            for line in _row_lines(self._rows.pop()):
                self._add(line)

    def close(self) -> None:
        pass

    def taken(self) -> list[Line]:
        """Return the lines that are complete, and forget them."""
        lines, self._lines = self._lines, []
        return lines

    def _line(self, paragraph: _Paragraph) -> Line:
        text = "".join(paragraph.pieces).strip()
        if not text:
            return "", None, False
        mark = self._lists.mark(paragraph.style, paragraph.number, paragraph.level)
        return mark + text, paragraph.location, bool(mark)

    def _add(self, line: Line) -> None:
        if not line[0]:
            return
        if self._rows and self._rows[-1]:
            self._rows[-1][-1].append(line)
        else:
            self._lines.append(line)


class _Paragraph:
    """An open paragraph: its text so far and what makes it an item of a list."""

    def __init__(self, location: str) -> None:
        self.location = location
        self.pieces: list[str] = []
        self.style = self.number = self.level = ""
        self.is_hidden = self.in_tabs = False

    def add(self, text: str) -> None:
        if not self.is_hidden:
            self.pieces.append(text)


def _row_lines(cells: list[list[Line]]) -> list[Line]:
    """Return a row of data as one line; one whose cells hold several lines only arranges the page."""
    filled = [lines[0] for lines in cells if lines]
    if len(cells) < 2 or any(len(lines) > 1 or (lines and "\n" in lines[0][0]) for lines in cells) or not filled:
        return [line for lines in cells for line in lines]
    text = " | ".join(lines[0][0] if lines else "" for lines in cells)
    return [(f"| {text} |", filled[0][1], True)]


def _main_part(archive: zipfile.ZipFile, names: set[str], source: str) -> str:
    """Return the name of the part with the body, which the relations of the file tell."""
    relations = _tree(archive, "_rels/.rels", names, source)
    for relation in relations if relations is not None else ():
        if str(relation.get("Type", "")).endswith("/officeDocument"):
            name = str(relation.get("Target", "")).lstrip("/")
            if name in names and name.startswith("word/"):
                return name
    if "word/document.xml" in names:
        return "word/document.xml"
    raise UnreadableError(source, "holds no Word document; is its suffix right?")


def _tree(archive: zipfile.ZipFile, name: str, names: set[str], source: str) -> _Element | None:
    """Parse a small part; None where the file has none."""
    from lxml import etree

    if name not in names:
        return None
    if archive.getinfo(name).file_size > 8 * 1024 * 1024:
        raise UnreadableError(source, f"{name} is too large; open the file in Word and save it again")
    data = archive.read(name)
    if b"<!DOCTYPE" in data.replace(b"\0", b""):
        raise UnreadableError(source, "declares a document type, as Word never does; it is not read")
    try:
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise UnreadableError(source, f"damaged: {name}: {error.msg}; open it in Word and save it again") from None
