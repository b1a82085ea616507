"""HTML → the visible text with its block structure, by way of lxml."""

from __future__ import annotations

import re
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
_TAKEN_APART = _CELLS | {"pre"}
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

    page = _Page()
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            if _is_hidden(element):
                walk.skip_subtree()
            elif element.tag == "sup" and _RAISED.fullmatch(raised := "".join(element.itertext()).strip()):
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

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._mark = ""
        self._numbers: dict[_Element, int] = {}
        self._opened: list[_Element] = []  # the elements that change how text is taken: cells, rows, preformatted text

    def open(self, element: _Element) -> None:
        name = element.tag
        if name == "br":
            self._end_line()
        elif name in _CELLS:
            self._pieces.append("| ")
        elif name in _BLOCKS:
            self._end_block(name)
        if name == "li":
            self._mark = self._item_mark(element)
        if name in _TAKEN_APART:
            self._opened.append(element)
        self.add(element.text or "")

    def close(self, element: _Element) -> None:
        name = element.tag
        if self._opened and self._opened[-1] is element:
            self._opened.pop()
        if name in _CELLS:
            self._pieces.append(" ")
        elif name in _BLOCKS:
            if name == "tr" and any(piece.strip() for piece in self._pieces):
                self._pieces.append("|")
            self._end_block(name)
        if name == "li":
            self._mark = ""

    def add(self, text: str) -> None:
        if any(element.tag in ("pre",) for element in self._opened):
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
        if any(element.tag in _CELLS for element in self._opened):
            self._pieces.append(" ")  # a row stays one line whatever its cells hold
            return
        line = _SPACE.sub(" ", "".join(self._pieces)).strip(" ")
        self._pieces.clear()
        if line.strip("| "):
            self._lines.append(self._mark + line)
            self._mark = ""

    def _end_block(self, name: str) -> None:
        self._end_line()
        in_cell = any(element.tag in _CELLS for element in self._opened)
        if name in _PARAGRAPHS and not in_cell and self._lines and self._lines[-1]:
            self._lines.append("")


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
