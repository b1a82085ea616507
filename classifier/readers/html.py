"""HTML → the visible text with its block structure, by way of lxml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from classifier.errors import UnreadableError
from classifier.folding import PLAIN, RAISED
from classifier.readers.extract import Extract, collect

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["visible_page", "visible_text"]

_HIDDEN = frozenset(
    "head script style template noscript svg math canvas iframe object embed audio video map select datalist "
    "textarea".split()
)
_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre figure section article hr fieldset".split())
_BLOCKS = _PARAGRAPHS | frozenset(
    "html body address aside button caption center dd details div dt figcaption footer form header label legend li "
    "main nav option search summary tr tbody thead tfoot".split()
)
_CELLS = frozenset(("td", "th"))
_TABLE_PARTS = frozenset("caption tbody thead tfoot tr".split())
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MARK = re.compile(r"[\d,–-]{1,12}|[a-z]|[ivx]{2,4}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,20}")
_LONGEST_PATH = 300  # characters of an XPath; of deeper elements the nearest ancestor that fits is named
_SUPERSCRIPT = str.maketrans(PLAIN, RAISED)


def visible_text(html: str, source: str = "-") -> str:
    r"""Return what a reader sees of a page: blocks on lines of their own, list items with their mark, rows with `|`.

    Raised numbers and letters become superscripts, so that reference marks survive: `sleep<sup>1</sup>` → `sleep¹`.
    Raises `UnreadableError` for a page nested too deeply to be parsed whole.

    >>> visible_text("<h1>Calm</h1><ul><li>Sleep <b>deeper</b><li>Wake rested</ul>")
    'Calm\n\n• Sleep deeper\n• Wake rested'
    """
    return visible_page(html, source).text


def visible_page(html: str, source: str = "-") -> Extract:
    """Return the visible text with the XPath of the block in which each line begins.

    >>> visible_page("<h1>Calm</h1><p>Sleep <b>deeper</b>").places
    (Place(start=0, location='/html/body/h1[1]'), Place(start=6, location='/html/body/p[1]'))
    """
    root = _parse(html, source)
    if root is None:
        return Extract("")
    from lxml.etree import iterwalk

    page = _Page(_layout_tables(root))
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            page.close(element)
            if element is not root:
                page.add(element.tail or "")
        elif not page.enter(element):
            walk.skip_subtree()
    return page.extract(source)


@dataclass(slots=True)
class _Step:
    """An open element: its XPath, that of the block around it, and how many children of each name it had so far."""

    path: str
    block: str
    is_hidden: bool
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, name: str) -> int:
        number = self.counts[name] = self.counts.get(name, 0) + 1
        return number


class _Page:
    """The lines of a page as they are collected; white space collapses as it does in a browser."""

    def __init__(self, layout_tables: set[_Element]) -> None:
        self._layout_tables = layout_tables
        self._tables: list[bool] = []  # whether each open table holds data, so that its rows stay lines
        self._cells = self._preformatted = 0  # how many data cells and <pre> are open
        self._steps: list[_Step] = []
        self._lines: list[str] = []
        self._paths: list[str | None] = []  # of the block in which each line begins
        self._path: str | None = None
        self._pieces: list[str] = []
        self._mark = ""
        self._numbers: dict[_Element, int] = {}

    def enter(self, element: _Element) -> bool:
        """Open an element; tell whether what it holds is still to be read."""
        is_hidden = _is_hidden(element)
        self._steps.append(self._step(element, is_hidden=is_hidden))
        if is_hidden:
            return False
        if element.tag == "sup" and _MARK.fullmatch(raised := _beginning(element)):
            self.add(raised.translate(_SUPERSCRIPT))
            return False
        if element.tag == "input":
            self.add(element.get("value", "") if element.get("type") in ("submit", "button") else "")
        else:
            self._open(element)
        return True

    def _step(self, element: _Element, *, is_hidden: bool) -> _Step:
        name = str(element.tag)
        if not self._steps:
            return _Step(f"/{name}", f"/{name}", is_hidden)
        parent = self._steps[-1]
        number = parent.count("*")
        if len(self._steps) == 1 and name == "body":
            step = "/body"
        elif _NAME.fullmatch(name):
            step = f"/{name}[{parent.count(name)}]"
        else:  # a prefix or another odd name, which XPath would read as something else
            step = f"/*[{number}]"
        path = parent.path
        if not path or len(path) + len(step) > _LONGEST_PATH:
            return _Step("", parent.block, is_hidden)
        path += step
        return _Step(path, path if name in _BLOCKS or name in _CELLS else parent.block, is_hidden)

    def _open(self, element: _Element) -> None:
        name = element.tag
        if name == "br":
            self._end_line()
        elif name in _CELLS and self._in_data:
            self._pieces.append(" | ")  # what a broken table holds outside of its cells may stand right before
            self._cells += 1
        elif name in _BLOCKS or name in _CELLS:
            self._end_block(name)
        if name == "table":
            self._tables.append(element not in self._layout_tables)
        elif name == "li":
            self._mark = self._item_mark(element)
        self._preformatted += name == "pre"
        self.add(element.text or "")

    def close(self, element: _Element) -> None:
        name = element.tag
        if self._steps[-1].is_hidden:
            self._steps.pop()
            return
        if name in _CELLS and self._in_data:
            self._pieces.append(" ")
            self._cells -= 1
        elif name in _BLOCKS or name in _CELLS:
            if name == "tr" and self._in_data and any(piece.strip() for piece in self._pieces):
                self._pieces.append("|")
            self._end_block(name)
        if name == "table":
            self._tables.pop()
        elif name == "li":
            self._mark = ""
        self._preformatted -= name == "pre"
        self._steps.pop()

    @property
    def _in_data(self) -> bool:
        return bool(self._tables) and self._tables[-1]

    def add(self, text: str) -> None:
        if self._preformatted:
            first, *others = text.split("\n")
            self._add_piece(first)
            for line in others:
                self._end_line()
                self._add_piece(line)
        elif text:
            self._add_piece(text)

    def _add_piece(self, text: str) -> None:
        if self._path is None and text and not text.isspace():
            self._path = self._steps[-1].block if self._steps else None
        self._pieces.append(text)

    def extract(self, source: str) -> Extract:
        self._end_line()
        if self._lines and not self._lines[-1]:
            self._lines.pop()
        return collect(zip(self._lines, self._paths, strict=False), "\n", source)

    def _item_mark(self, item: _Element) -> str:
        """Return the mark that a browser draws before a list item: a bullet, or its number in an ordered list."""
        parent = item.getparent()
        if parent is None or parent.tag != "ol":
            return "• "
        number = _number(item.get("value")) or self._numbers.get(parent) or _number(parent.get("start")) or 1
        self._numbers[parent] = number + 1
        return f"{number}. "

    def _end_line(self) -> None:
        if self._cells:
            self._pieces.append(" ")  # a row of data is one line
            return
        line = _SPACE.sub(" ", "".join(self._pieces)).strip(" ")
        self._pieces.clear()
        if line.strip("| "):
            self._lines.append(self._mark + line)
            self._paths.append(self._path)
            self._mark = ""
        self._path = None

    def _end_block(self, name: str) -> None:
        self._end_line()
        if name in _PARAGRAPHS and not self._cells and self._lines and self._lines[-1]:
            self._lines.append("")
            self._paths.append(None)


def _layout_tables(root: _Element) -> set[_Element]:
    """Return the tables that only arrange a page: those that hold blocks, line breaks or other tables."""
    from lxml.etree import iterwalk

    layout: set[_Element] = set()
    tables: list[_Element] = []
    for event, element in iterwalk(root, events=("start", "end")):
        if event == "start":
            if tables and (element.tag == "br" or (element.tag in _BLOCKS and element.tag not in _TABLE_PARTS)):
                layout.add(tables[-1])
            if element.tag == "table":
                tables.append(element)
        elif element.tag == "table":
            tables.pop()
    return layout


def _beginning(element: _Element) -> str:
    """Return the text of an element, no more of it than a reference mark has."""
    return "".join(map(str, islice(element.itertext(), 4)))[:20].strip()


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 7 else None


def _is_hidden(element: _Element) -> bool:
    if element.tag in _HIDDEN or element.get("hidden") is not None:
        return True
    if element.tag == "dialog":
        return element.get("open") is None
    declarations = (declaration.partition(":") for declaration in (element.get("style") or "").lower().split(";"))
    return any(
        (name.strip(), value.split("!")[0].strip()) in (("display", "none"), ("visibility", "hidden"))
        for name, _, value in declarations
    )


def _parse(html: str, source: str) -> _Element | None:
    from lxml import etree

    if not html.strip():
        return None
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True, recover=True
    )
    root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    if any("depth" in error.message.lower() for error in parser.error_log):
        raise UnreadableError(source, "HTML nested too deeply to be read whole; save the page as text")
    return root
