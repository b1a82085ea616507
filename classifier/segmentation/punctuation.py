"""Punctuation: which stops end a sentence inside a logical line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from classifier.folding import RAISED_LETTERS
from classifier.segmentation.words import (
    BEFORE_NUMBER,
    COMPANY,
    EMOJI,
    INVISIBLE,
    LOWER_CONTINUES,
    REACTIONS,
    STARTERS,
    SUFFIXES,
    TITLES,
)

__all__ = ["portions", "sentences_of_line"]

_WORD = re.compile(r"\w+")
# Marks that cut one line into several items when the line itself opens with the same mark.
_INLINE_BULLET = re.compile(rf"(?:[•●▪■◆►▶➤‣✓✔☑✗✘✅❌]|[{EMOJI}])\ufe0f?(?=\s)")
# An entry of a reference list opens with names and initials, or "et al.". No stop in it ends a sentence, up to the
# pages that follow its year, as in "J Sleep 2015;12(3):45-52".
_REFERENCE = re.compile(
    r"""[\s>*•-]{0,8}(?:\[\d{1,3}\]|\d{1,3}[.)]|[¹²³⁰⁴-⁹]{1,3})?[ \t]{0,4}
    [A-Z][\w'’-]{1,30}(?:,?[ ][A-Z]{1,3}(?=[,.]|[ ]et[ ]al\b)|,[ ][A-Z]\.|[ ]et[ ]al\b)
    [^\n]{0,300}?\b(?:19|20)\d\d[a-z]?\b[ ]?;[ ]?[\d(][\w():,–-]{0,40}""",
    re.VERBOSE,
)
# One that is numbered and ends in pages, a DOI or an address is one unit as a whole.
_NUMBERED_REFERENCE = re.compile(
    r"""[\s>*•-]{0,8}(?:\[\d{1,3}\]|\d{1,3}[.)]|[¹²³⁰⁴-⁹]{1,3})[ \t]{0,4}
    [A-Z][\w'’-]{1,30}(?:,?[ ][A-Z]{1,3}(?=[,.]|[ ]et[ ]al\b)|,[ ][A-Z]\.|[ ]et[ ]al\b)
    [^\n]{0,400}?(?:\d[–-]\d{1,6}|\b10\.\d{4,9}/[^\s]{1,80}|https?://[^\s]{1,200})\.?""",
    re.VERBOSE,
)
_STOPS = re.compile(r"[.!?…]")
# A run of stops, then whatever still belongs to the sentence: quotes, brackets, reference marks, ™ and emoji.
_STOP = re.compile(
    rf"""(?P<stop>[.!?…](?:(?<=\.)(?:[ \u00a0]?\.)+[!?]*|[.!?…]*))
    (?P<tail>(?:
        ["'”’»)\]}}*†‡§¶‖™®©¹²³⁰⁴-⁹{RAISED_LETTERS}{INVISIBLE}]
      | [ ]?\[\d{{1,3}}(?:[ ]?[,–-][ ]?\d{{1,3}}){{0,20}}\]
      | [ ]?\(\d{{1,2}}(?:\.\d{{1,2}})?(?:,[ ]?\d{{1,2}}(?:\.\d{{1,2}})?){{0,5}}\)(?=\s+[A-Z]|\s*\Z)
      | (?<=[a-z)\]%][.])\d{{1,2}}(?:,\d{{1,2}}){{0,8}}(?=\s+[A-Z])
      | [{EMOJI}]
      | [ ][{REACTIONS}]
    )*)
    (?P<gap>[\s{INVISIBLE}]*)""",
    re.VERBOSE,
)
_OPENERS = "\"'“‘«([{*_#>¿¡"
_CLOSING_QUOTES = frozenset("\"'”’»")
_DASHES = frozenset("-–—―~")
# Words after which a single capital letter is a name's part and not an initial: "vitamin C. It …".
_LETTERED = re.compile(
    r"(?:\b(?:vitamins?|hepatitis|type|group|class|grade|plan|part|omega|strain|coenzyme) |\b[A-Z],? (?:and|or|&) )\Z",
    re.I,
)
_ITEM_NUMBER = re.compile(r"[^\w.]{0,8}(?:\d{1,3}(?:\.\d{1,2})?|[IVX]{2,4}|[^\W\d_])")
_YEAR_AND_VOLUME = re.compile(r"(?:19|20)\d\d(?: [A-Z][a-z]{2,8}(?: \d{1,2})?)?[a-z]? ?[;:] ?[\d(]")
_ACRONYM = re.compile(r"(?:[a-z]\.){1,4}[a-z]{1,2}")
_WORD_OR_APOSTROPHE = re.compile(r"[^\W_][\w'’]*")
_LONGEST_SENTENCE = 5_000  # characters
_LEAST_LEADER = 4  # stops
_LONGEST_LED = 60  # characters that a leader leads to
_LONGEST_WORD = 40  # characters looked at before and after a stop


def sentences_of_line(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of one logical line; marks without a word join the sentence before them."""
    if _STOPS.search(text, start, end - 1) is None and _INLINE_BULLET.match(text, start, end) is None:
        yield start, end  # most lines of a page: a heading, an item, one sentence with its stop at the end
        return
    sentence_start = sentence_end = start
    has_word = False
    for piece_start, piece_end in _pieces(text, start, end):
        piece_has_word = _WORD.search(text, piece_start, piece_end) is not None
        if has_word and piece_has_word:
            yield sentence_start, sentence_end
            sentence_start = piece_start
        sentence_end = piece_end
        has_word = has_word or piece_has_word
    yield sentence_start, sentence_end


def portions(text: str, span: tuple[int, int]) -> Sequence[tuple[int, int]]:
    """Cut what no sentence can be, more than `_LONGEST_SENTENCE` characters, into portions, at spaces if it can."""
    start, end = span
    if end - start <= _LONGEST_SENTENCE:
        return (span,)
    cuts = []
    while end - start > _LONGEST_SENTENCE:
        space = text.rfind(" ", start + 1, start + _LONGEST_SENTENCE)
        cut = space if space > 0 else start + _LONGEST_SENTENCE
        portion_end = cut
        while text[portion_end - 1].isspace():
            portion_end -= 1
        cuts.append((start, portion_end))
        start = cut
        while text[start].isspace():
            start += 1
    return [*cuts, (start, end)]


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut one logical line at its inline bullets and after each stop that ends a sentence."""
    reference = _REFERENCE.match(text, start, min(end, start + 400))
    unbroken = reference.end() if reference else start
    if text[start] == "|" or (end - start <= 500 and _NUMBERED_REFERENCE.fullmatch(text, start, end)):
        unbroken = end  # a table row, or a whole reference
    bullet = _INLINE_BULLET.match(text, start, end)
    same = re.compile(re.escape(bullet.group()) + r"(?=\s)") if bullet else None
    cuts = [match.start() for match in same.finditer(text, start + 1, end)] if same else []
    for item_start, item_end in zip([start, *cuts], [*cuts, end], strict=True):
        current = item_start
        for match in _STOP.finditer(text, item_start, item_end):
            if unbroken <= match.start() and match.end() < item_end and _ends_sentence(text, current, item_end, match):
                yield current, match.start("gap")
                current = match.end()
        yield current, current + len(text[current:item_end].rstrip())


def _ends_sentence(text: str, current: int, end: int, match: re.Match[str]) -> bool:
    """Decide whether the stop of `match` ends the sentence that began at `current`; the line ends at `end`."""
    stop, tail, after = match["stop"], match["tail"], match.end()
    if _leads_on(text, current, end, match):
        return False
    if match.start("gap") == after:
        return _runs_together(text, current, end, match)
    is_closed = ")" in tail or not _CLOSING_QUOTES.isdisjoint(tail)
    if text[after] in _DASHES:  # the signature of a quotation stays with it
        return not is_closed and end - after > 40
    following = _skip_openers(text, after, end)
    is_small = text[following].islower()
    if stop[-1] in "!?":
        return not (is_small and is_closed)
    if stop != ".":  # an ellipsis
        return text[following].isupper()
    if is_closed:
        return not is_small
    return _word_ends_sentence(text, current, match.start(), following, end)


def _leads_on(text: str, current: int, end: int, match: re.Match[str]) -> bool:
    """Whether a run of stops is a leader, as of a price list: "Menthol 1% ..... Analgesic".

    What it leads to is short and ends the line, with no stop: "I tried it...... Then I slept." are two sentences.
    """
    stops = match["stop"].count(".") + 3 * match["stop"].count("…")
    if stops < _LEAST_LEADER or end - match.end() > _LONGEST_LED or text[end - 1] in ".!?…":
        return False
    before = text[match.start() - 1] if match.start() > current else " "
    return before.isspace() or before in "%)" or before.isdigit() or stops > _LEAST_LEADER + 1


def _word_ends_sentence(text: str, current: int, stop: int, following: int, end: int) -> bool:
    """Decide for a single full stop from the word before it and the character at `following`."""
    floor = max(current, stop - _LONGEST_WORD)
    words = text[floor:stop].rsplit(None, 1)
    word = words[-1].lstrip(_OPENERS) if words else ""
    small = word.lower()
    is_item = stop - current <= 12 and _ITEM_NUMBER.fullmatch(text, current, stop)
    if is_item or small in TITLES or text[following] in "|/":
        return False
    character = text[following]
    if character.islower():
        return len(small) > 2 and small.isalpha() and small not in LOWER_CONTINUES
    if character.isdigit():
        return small not in BEFORE_NUMBER and _YEAR_AND_VOLUME.match(text, following, end) is None
    is_initial = len(word) == 1 and word.isupper()
    if is_initial and _LETTERED.search(text, floor, stop - 1):
        return True
    if is_initial or small in COMPANY or _ACRONYM.fullmatch(small):
        opening = _WORD_OR_APOSTROPHE.match(text, following, min(end, following + _LONGEST_WORD))
        return opening is None or opening.group().lower() in STARTERS
    return True


def _runs_together(text: str, current: int, end: int, match: re.Match[str]) -> bool:
    """Decide for a stop with no space after it: "works.Buy now" is two sentences, "example.Com" is none."""
    stop, after = match.start(), match.end()
    if not text[after].isupper() or match["tail"].endswith("("):
        return False
    floor = max(current, stop - _LONGEST_WORD)
    token = text[floor:stop].rsplit(None, 1)[-1] if stop > floor and not text[stop - 1].isspace() else ""
    word = token.rpartition("(")[2].rstrip(")")
    opening = _WORD_OR_APOSTROPHE.match(text, after, min(end, after + _LONGEST_WORD))
    if opening is None or "/" in token or "@" in token or not word:
        return False
    first = opening.group()
    if match["stop"] != ".":
        return True
    if first.lower() in STARTERS and first[1:].islower() and "." not in token.strip("0123456789.$£€"):
        return True  # "500 mg.It works", "vitamin C.Buy now"
    if not word.isalpha() or first.lower() in SUFFIXES or word.lower() in LOWER_CONTINUES:
        return False
    if word.isupper() and first.isupper():  # "NO JITTERS.BUY NOW", but not "U.S.A"
        return min(len(word), len(first)) > 2
    return len(word) > 1 and word[-1].islower() and (len(first) == 1 or not first.isupper())


def _skip_openers(text: str, position: int, end: int) -> int:
    """Return the position of the first character that is no opening quote, bracket or Markdown mark."""
    limit = min(end, position + 8) - 1
    while position < limit and text[position] in _OPENERS:
        position += 1
    return position
