"""HTML → the visible text with its block structure, by way of lxml."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from classifier.errors import UnreadableError

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["visible_text"]

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
_RAISED = re.compile(r"[\d,–-]{1,12}")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def visible_text(html: str, source: str = "-") -> str:
    r"""Return what a reader sees of a page: blocks on lines of their own, list items with their mark, rows with `|`.

    Raised digits become superscripts, so that reference marks survive: `sleep<sup>1</sup>` → `sleep¹`.
    Raises `UnreadableError` for a page nested too deeply to be parsed whole.

    >>> visible_text("<h1>Calm</h1><ul><li>Sleep <b>deeper</b><li>Wake rested</ul>")
    'Calm\n\n• Sleep deeper\n• Wake rested'
    """
    root = _parse(html, source)
    if root is None:
        return ""
    from lxml.etree import iterwalk

    page = _Page(_layout_tables(root))
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if _is_hidden(element):
                walk.skip_subtree()
            elif element.tag == "sup" and _RAISED.fullmatch(raised := _beginning(element)):
                page.add(raised.translate(_SUPERSCRIPT))
                walk.skip_subtree()
            elif element.tag == "input":
                page.add(element.get("value", "") if element.get("type") in ("submit", "button") else "")
            else:
                page.open(element)
        else:
            page.close(element)
            if element is not root:
                page.add(element.tail or "")
    return page.text()


class _Page:
    """The lines of a page as they are collected; white space collapses as it does in a browser."""

    def __init__(self, layout_tables: set[_Element]) -> None:
        self._layout_tables = layout_tables
        self._tables: list[bool] = []  # whether each open table holds data, so that its rows stay lines
        self._cells = self._preformatted = 0  # how many data cells and <pre> are open
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._mark = ""
        self._numbers: dict[_Element, int] = {}

    def open(self, element: _Element) -> None:
        name = element.tag
        if name == "br":
            self._end_line()
        elif name in _CELLS and self._in_data:
            self._pieces.append("| ")
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

    @property
    def _in_data(self) -> bool:
        return bool(self._tables) and self._tables[-1]

    def add(self, text: str) -> None:
        if self._preformatted:
            first, *others = text.split("\n")
            self._pieces.append(first)
            for line in others:
                self._end_line()
                self._pieces.append(line)
        elif text:
            self._pieces.append(text)

    def text(self) -> str:
        self._end_line()
        return "\n".join(self._lines).strip("\n")

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
            self._mark = ""

    def _end_block(self, name: str) -> None:
        self._end_line()
        if name in _PARAGRAPHS and not self._cells and self._lines and self._lines[-1]:
            self._lines.append("")


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
