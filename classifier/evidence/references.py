"""Reference marks and what they lead to: footnotes and the entries of reference lists, found line by line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from classifier.evidence.offers import YEAR, denies_effect, find_offers, speaks_of_people
from classifier.folding import PLAIN, RAISED, RAISED_LETTERS
from classifier.records import Evidence

__all__ = ["SIGNS", "Entry", "Mark", "find_marks", "read_entries"]

SIGNS = "†‡§¶‖Δ"
"""Signs beside the asterisk that mark notes."""

_LONGEST_ENTRY = 600  # characters that are looked at
_MOST_KEYS = 20  # notes that one mark may name: [1-20]
_SUPERSCRIPTS = str.maketrans(RAISED + "⁻", PLAIN + "-")
_NOTE = r"(?:i{2,3}|i[vx]|vi{1,3}|[a-z])"  # the letter of a note, or its small Roman numeral
_NOTES = rf"{_NOTE}(?:,\s?{_NOTE}){{0,5}}"
_RAISED_NOTE = rf"(?<![{RAISED_LETTERS}])(?:ⁱ{{2,3}}|ⁱ[ᵛˣ]|ᵛⁱ{{1,3}}|[{RAISED_LETTERS}])(?![{RAISED_LETTERS}])"
_HEADING = re.compile(
    r"(?i)^[\W_]{0,6}(?:\w+\s+){0,2}(?:references?|sources?|citations?|bibliography|literature(?:\s+cited)?|footnotes?|"
    r"endnotes|studies\s+cited|further\s+reading)\b[^\w\n]{0,4}$"
)
_ENTRY = re.compile(
    r"^[\s>|]{0,8}(?:[-•·]\s{0,3})?(?:"
    rf"(?i:ref)\.?\s?#?(?P<ref>\d{{1,4}}):?\s|\[\^?(?P<bracket>\w{{1,4}})\]:?|\((?P<round>\d{{1,3}}|{_NOTE})\)|"
    rf"(?P<plain>\d{{1,3}})(?:[.)]|\s)(?=\s{{0,3}}\S)|(?P<letter>{_NOTE})[.)](?=\s)|"
    rf"(?P<super>[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,3}}|{_RAISED_NOTE})|<sup>\s{{0,2}}(?P<tag>\w{{1,4}})\s{{0,2}}</sup>|\^(?P<caret>\d{{1,3}})|"
    rf"(?P<sign>(?!\*{{2}}[^*\n]{{1,80}}\*{{2}})[*#{SIGNS}]{{1,4}}|\\\*{{1,3}})(?=\s{{0,3}}[^\s*#]))\s{{0,3}}"
)
_MARK = re.compile(
    rf"(?=[{RAISED}\[(rR<^*#\d{SIGNS}])(?:"  # what a mark opens with; all else is passed over at once
    r"(?P<super>(?<!\bm)(?<!\dm)(?<!\b[ckm]m)(?<!\d[ckm]m)(?<!\b10)[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}(?:[,⁻–-][⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}){0,9}|"
    rf"(?<=[\w.,;:)%!?”\"'’]){_RAISED_NOTE}(?:,{_RAISED_NOTE}){{0,5}})|"
    rf"\[\^?(?P<bracket>\d{{1,3}}(?:\s{{0,2}}[,;–-]\s{{0,2}}\d{{1,3}}){{0,9}}|{_NOTES})\]|"
    rf"\((?P<round>(?:(?i:refs?)\.?\s)?\d{{1,3}}(?:\s{{0,2}}[,;–-]\s{{0,2}}\d{{1,3}}){{0,9}}|{_NOTES}(?=\)\s?(?:[^\w\s(]|$)))\)|"
    rf"(?i:ref)\s?#(?P<ref>\d{{1,4}})|<sup>\s{{0,2}}(?P<tag>[\d,\s–-]{{1,20}}|{_NOTES})\s{{0,2}}</sup>|\^(?P<caret>\d{{1,3}})|"
    rf"(?P<sign>(?<=[\w.,;:)%!?”\"'’™®\\{SIGNS}])\*{{1,4}}(?![\w*])|(?<=[\w.)%!?”\"'’™®])#(?![\w*])|"
    rf"(?<=[\w.,;:)%!?”\"'’™®*{SIGNS}])(?:†{{1,3}}|‡{{1,3}}|§{{1,3}}|¶{{1,3}}|‖{{1,3}}|Δ{{1,3}})(?!\w))|"
    r"(?:(?<=[a-z)%][.,!?:])|(?<=[a-z.!?]\*)|(?<=[a-z]{3})|(?<=[”\"%]))(?P<plain>\d{1,2}(?:[,–-]\d{1,2}){0,4})(?=[\s.,;:!?]|$)|"
    r"(?:(?<=[a-z)%][.!?]\s)|(?<=[a-zA-Z]{2}\s)|(?<=\d%\s))(?P<last>\d{1,2}(?:,\s?\d{1,2}){0,4})(?=[.!]?\s{0,2}$))"
)
_EMPHASIS = re.compile(r"(?<![^\s(\[\"“])\*{1,4}(?=\w)")  # which opens bold or slanted words in Markdown
_NUMBERED = frozenset(
    "type phase stage grade level class step part omega vitamin factor coq covid spf day week month year hour age "
    "number top of to or and by for from in at over under about than only aged just around nearly after before".split()
)  # words whose number is no mark
_HEADED = re.compile(
    r"(?i)[\W_]{0,6}(?:(?:scientific|clinical|study)\s)?(?:references?|sources?|citations?|bibliography)"
    r"(?:\s(?:cited|used|(?:are\s)?available(?:\son\srequest|\sin\sstore|\sor|\s)*))?\s?:\s{0,3}(?=(?:\d{1,3}[.)]|\[\d{1,3}\]|\(\d{1,3}\))\s{0,3}[a-z])"
)  # a heading before the first of several sources in one line
_NEXT = {
    kind: re.compile(rf"(?<=[.;:)\]\d])\s{{1,3}}(?={opens}\s{{0,3}}[A-Z])")
    for kind, opens in (
        ("plain", r"(\d{1,3})[.)]"),
        ("bracket", r"\[(\d{1,3})\]"),
        ("round", r"\((\d{1,3})\)"),
        ("super", r"([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})"),
    )
}  # where the next of several sources in one line may open
_MAY_BE_ITEMS = ("plain", "letter", "round", "bracket")  # marks that lists and headings open with too
_DISCLAIMER = re.compile(
    r"(?i)\b(?:not\s+(?:been\s+)?(?:evaluated|reviewed|assessed|intended|a\s+substitute)|(?:results?|experiences?)\s+"
    r"(?:may|can|will|might|do)\s+vary|individual\s+results|actual\s+(?:customer|user)|terms\s+apply|daily\s+value|"
    r"nutrient\s+reference|consult|compared\s+to|trademark|price|shipping|offer)\b"
)
_SURVEY = re.compile(r"(?i)\b(?:survey|self[\s-]assess|consumer|users?\b|customers?\b|perception|questionnaire)")
_BUYER = re.compile(r"(?i)\b(?:customers?|buyers?|shoppers?|founders?)\b")
_AUTHOR = re.compile(
    r"(?!Vitamin\b)(?:[A-Z][\w'’-]{1,25}\s+){1,2}(?:[A-Z]\.?-?){1,3}[.,:]?\s|[A-Z][\w'’-]{1,25},\s+(?:[A-Z]\.\s?){1,3}|"
    r"[A-Z][\w'’-]{1,25}\s+(?:&|and)\s+[A-Z][\w'’-]{1,25}[\s,.(]{1,3}(?=(?:19|20)\d\d)"
)  # a surname with initials, or two before a year, which opens an entry
_UNNUMBERED = re.compile(r"[\s>|]{0,8}(?:[-•·]\s{0,3})?(?:[\^↑]\s?)?(?=" + _AUTHOR.pattern + ")")
_BACK = " \t↩↑\ufe0e"  # what leads back from a note, and the selector that makes it plain text


@dataclass(frozen=True, slots=True)
class Entry:
    """A footnote or an entry of a reference list. `level` is what it offers: `none` for a disclaimer."""

    key: str
    start: int
    end: int
    text: str
    level: Evidence
    listed: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A reference mark in a sentence with the keys that it names."""

    keys: tuple[str, ...]
    start: int
    end: int


def read_entries(text: str) -> Mapping[str, Entry]:
    r"""Return the footnotes and listed references of a text by their keys: `1`, `a`, `*`, `†`.

    The last entry with a key counts, but one that offers evidence goes before one that offers none.

    >>> entries = read_entries("Eases pain.[1] Calms.*\n[1] Lee J. Pain 2012;3:45-51.\n* Results may vary.")
    >>> [(entry.key, entry.level.value) for entry in entries.values()]
    [('1', 'cited'), ('*', 'none')]
    """
    entries: dict[str, Entry] = {}
    for entry in _entries(text):
        known = entries.get(entry.key)
        if known is None or known.level is Evidence.NONE or entry.level is not Evidence.NONE:
            entries[entry.key] = entry
    return entries


def find_marks(sentence: str, entries: Mapping[str, Entry]) -> Iterator[Mark]:
    """Yield the reference marks of a sentence, those at its very start left out.

    Bare numbers, and letters that are not raised, are marks only where there is such a note. What a letter in round
    brackets stands before, a word for instance, it may open as an item.
    """
    opened = Counter(_EMPHASIS.findall(sentence) if "*" in sentence else ())
    for match in _MARK.finditer(sentence):
        if opened[match.group()]:
            opened[match.group()] -= 1  # it closes the emphasis
            continue
        kind = match.lastgroup or ""
        keys = tuple(_keys(match.group(kind)))
        is_sure = kind in ("super", "sign", "tag") or (kind == "bracket" and keys[0].isdigit())
        if kind == "last" and not _NUMBERED.isdisjoint(_numbered(sentence[: match.start()])):
            continue
        if match.start() > 0 and keys and (is_sure or all(key in entries for key in keys)):
            yield Mark(keys, match.start(), match.end())


def _numbered(before: str) -> tuple[str, str]:
    """Return the last word, as it stands and without its plural."""
    word = before.rsplit(None, 1)[-1].lower()
    return word, word.removesuffix("s")


def _keys(named: str) -> Iterator[str]:
    plain = _plain(named)
    if not any(character.isdigit() for character in plain):
        yield from filter(None, map(str.strip, plain.split(",")))
        return
    first = None
    for number, joint in re.findall(r"(\d{1,4})\s{0,2}([–-]?)", plain):
        if first is not None:
            yield from map(str, range(first + 1, min(int(number), first + _MOST_KEYS)))
        yield str(int(number))
        first = int(number) if joint else None


def _plain(named: str) -> str:
    return named.translate(_SUPERSCRIPTS).lower().replace("\\", "")


class _Opened(NamedTuple):
    """An entry of which the end is not met yet: its mark, and where its text starts."""

    mark: str
    start: int
    may_be_item: bool

    def is_whole(self, text: str, end: int) -> bool:
        """Whether it may end here: it has its year, and ends like a sentence or in its pages."""
        return text[end - 1] in ".)]0123456789" and YEAR.search(text, self.start, self.limit(end)) is not None

    def limit(self, end: int) -> int:
        return min(end, self.start + _LONGEST_ENTRY)

    def close(self, text: str, end: int, *, listed: bool) -> Iterator[Entry]:
        quote = text[self.start : self.limit(end)]
        level = _level(quote, listed=listed)
        if self.may_be_item and not listed and level in (Evidence.NONE, Evidence.VAGUE):
            return  # a step, a heading or an item of a list
        key = _plain(self.mark)
        yield Entry(
            str(int(key)) if key.isdecimal() else key, self.start, self.start + len(quote), quote, level, listed
        )


def _entries(text: str) -> Iterator[Entry]:
    """Yield entries: a line that opens with a mark, and the lines after it up to its end.

    Those of a list that bears no numbers are counted.
    """
    counted: int | None = None  # the entries without numbers of a list so far; None outside of lists
    opened: _Opened | None = None
    bears_marks = False  # whether the list's entries have marks
    opens_block = True  # whether a line stands under a blank line or a heading, and not right after an entry
    end = position = 0
    for line in _entry_lines(text):
        stripped = line.strip()
        match = _ENTRY.match(line)
        is_heading = _HEADING.match(stripped) is not None
        if opened is not None and (match is not None or not stripped or is_heading or opened.is_whole(text, end)):
            yield from opened.close(text, end, listed=counted is not None)
            opened, opens_block = None, False
        if is_heading:
            counted, bears_marks, opens_block = 0, False, True
        elif match is not None:
            kind = match.lastgroup or ""
            opened, bears_marks = _Opened(match.group(kind), position + match.end(), kind in _MAY_BE_ITEMS), True
        elif counted is not None and opened is None and (author := _UNNUMBERED.match(line)) and YEAR.search(line):
            counted += 1
            if not bears_marks:
                opened = _Opened(str(counted), position + author.end(), may_be_item=False)
        elif stripped and opened is None and opens_block and not YEAR.search(stripped[:_LONGEST_ENTRY]):
            counted = None
        opens_block = opens_block or not stripped
        position += len(line)
        end = position - (len(line) - len(line.rstrip().rstrip(_BACK)))
    if opened is not None:
        yield from opened.close(text, end, listed=counted is not None)


def _entry_lines(text: str) -> Iterator[str]:
    r"""Yield the lines of a text, those that hold several numbered sources in a row cut before each of them.

    >>> list(_entry_lines("1. Lee J. Pain 2012;3:45. 2. Ono K. Sleep 2015.\n1. Wash 2. Dry"))
    ['1. Lee J. Pain 2012;3:45. ', '2. Ono K. Sleep 2015.\n', '1. Wash 2. Dry']
    >>> list(_entry_lines("¹ 204 dentists. ² Lee J. Pain 2012;3:45."))
    ['¹ 204 dentists. ', '² Lee J. Pain 2012;3:45.']
    >>> list(_entry_lines("Sources: (9) Lee J. Pain 2012;3:45 (10) Ono K. Sleep 2015."))
    ['Sources: ', '(9) Lee J. Pain 2012;3:45 ', '(10) Ono K. Sleep 2015.']
    >>> list(_entry_lines("References available on request: 1. Lee, Pain Primer. 2. Ono K. Sleep 2015."))
    ['References available on request: ', '1. Lee, Pain Primer. ', '2. Ono K. Sleep 2015.']
    """
    for line in text.splitlines(keepends=True):
        headed = _HEADED.match(line)
        if headed is not None:
            yield headed.group()
            line = line[headed.end() :]
        match = _ENTRY.match(line)
        kind = match.lastgroup or "" if match is not None else ""
        start = 0
        mark = _plain(match.group(kind)) if match is not None and kind in _NEXT else ""
        if match is not None and mark.isdecimal():
            number = int(mark)
            for cut in _NEXT[kind].finditer(line, match.end()):
                if int(_plain(cut.group(1))) != number + 1:
                    continue
                if headed is None and kind != "super" and YEAR.search(line, start, cut.start()) is None:
                    break  # the steps of a list
                yield line[start : cut.end()]
                start, number = cut.end(), number + 1
        yield line[start:]


def _level(entry: str, *, listed: bool) -> Evidence:
    if denies_effect(entry):
        return Evidence.NONE
    levels = {offer.level for offer in find_offers(entry)}
    if Evidence.PRECLINICAL in levels and not speaks_of_people(entry):
        return Evidence.PRECLINICAL
    names_author = listed or (_AUTHOR.match(entry) is not None and _BUYER.search(entry) is None)
    if Evidence.CITED in levels or (names_author and YEAR.search(entry)):
        return Evidence.CITED
    if Evidence.AUTHORISED in levels:
        return Evidence.AUTHORISED
    if _DISCLAIMER.search(entry):
        return Evidence.NONE
    if _SURVEY.search(entry):
        return Evidence.ANECDOTAL
    if Evidence.DESCRIBED in levels:
        return Evidence.DESCRIBED
    return Evidence.VAGUE if listed or levels or "data on file" in entry.lower() else Evidence.NONE
