"""Split marketing copy into sentences: layout first (lines, bullets, hard wraps), then punctuation.

Headlines, bullets, table rows and labels end without a full stop, so a line break ends a sentence unless the text is
hard-wrapped there, as mail is. Inside a line each run of stops is judged once, from the characters next to it. Time
grows linearly with the text: every pattern either is anchored or cannot fail once it has begun.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from classifier.records import Document, Sentence

__all__ = ["segment", "split"]

# What ends a line: newline in all its forms, form feed, the separators of Unicode.
_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
_VISIBLE = re.compile(r"\S")
_WORD = re.compile(r"\w+")

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"
# Faces, hearts and gestures close the sentence before them; other emoji open the next one.
_REACTIONS = (
    "\u2639\u263a\u2665\u2764\U0001f600-\U0001f64f\U0001f90d-\U0001f917\U0001f920-\U0001f92f\U0001f970-\U0001f97a"
    "\U0001f389\U0001f38a\U0001f44c-\U0001f44f\U0001f493-\U0001f49f\U0001f4aa\U0001f4af\U0001f525"
)

# A mark that opens a list item. A digit, letter or Roman number needs its stop or bracket, a dash needs its space.
_BULLET = re.compile(
    rf"""[\s{_INVISIBLE}>]{{0,40}}(?:
        [•●○◦▪▫■□◆◇►▶▸▹➤➔➜→⇒»·‣⁃∙※★☆✦✧]
      | [-–—*+~o](?=\s)
      | [(\[]?(?:\d{{1,3}}|[a-zA-Z]|[ivxIVX]{{1,5}})[.)\]](?=\s)
      | [{_EMOJI}]
    )""",
    re.VERBOSE,
)
# A line that holds nothing but such a mark: it belongs to the line below it.
_LONE_BULLET = re.compile(
    rf"[\s{_INVISIBLE}]{{0,40}}(?:[•●○◦▪▫■□◆►▶▸➤·‣⁃∙✓✔☑✗✘✅❌-]\ufe0f?|\d{{1,3}}[.)])[\s{_INVISIBLE}]*"
)
# Marks that cut one line into several items when the line itself opens with the same mark.
_INLINE_BULLET = re.compile(rf"(?:[•●▪■◆►▶➤‣✓✔☑✗✘✅❌]|[{_EMOJI}])\ufe0f?(?=\s)")
# A line whose break is never a wrap: a table row, a Markdown heading or rule, a mail header, a signature.
_STANDS_ALONE = re.compile(r"\s{0,20}(?:\||#{1,6}\s|[-=_*~#]{3}|[A-Z][A-Za-z-]{1,20}:\s|[-–—]{1,2}\s?[A-Z].{0,40}\Z)")
# Words that end no line but by a wrap: the sentence must go on below.
_DANGLING = re.compile(
    r"(?:^|\s)(?:a|an|the|this|that|these|your|our|my|their|its|of|in|to|for|from|by|with|without|on|at|as|and|or|but|than|"
    r"is|are|was|were|be|been|will|can|may|must|not|have|has|had|which|who|when|if|because)\Z",
    re.IGNORECASE,
)

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

# A run of stops, then whatever still belongs to the sentence: quotes, brackets, reference marks, ™ and emoji.
_STOP = re.compile(
    rf"""(?P<stop>\.(?:[ \u00a0]?\.)+[!?]*|[.!?…]+)
    (?P<tail>(?:
        ["'”’»)\]}}*†‡§¶™®©¹²³⁰⁴-⁹{_INVISIBLE}]
      | [ ]?\[\d{{1,3}}(?:[ ]?[,–-][ ]?\d{{1,3}}){{0,20}}\]
      | [ ]?\(\d{{1,2}}(?:\.\d{{1,2}})?(?:,[ ]?\d{{1,2}}(?:\.\d{{1,2}})?){{0,5}}\)(?=\s+[A-Z]|\s*\Z)
      | (?<=[a-z)\]%][.])\d{{1,2}}(?:,\d{{1,2}}){{0,8}}(?=\s+[A-Z])
      | [{_EMOJI}]
      | [ ][{_REACTIONS}]
    )*)
    (?P<gap>[\s{_INVISIBLE}]*)""",
    re.VERBOSE,
)

_OPENERS = "\"'“‘«([{*_#>¿¡"
_CLOSING_QUOTES = frozenset("\"'”’»")
_CLOSERS = frozenset(".!?…:;)\"'”’»*")
_DASHES = frozenset("-–—―~")

# Never the last word of a sentence.
_TITLES = frozenset(
    "dr drs mr mrs ms mx prof rev hon gen col capt lt sgt gov sen rep mt ft messrs st ste vs eg ie e.g i.e cf ca viz "
    "approx al et esp incl excl resp pat ing".split()
)
# Abbreviations only where a number follows.
_BEFORE_NUMBER = frozenset(
    "no nos nr fig figs vol vols p pp pg ch chap sec sect art par para eq ref refs tab ex lot cat item reg "
    "jan feb mar apr jun jul aug sep sept oct nov dec tel ext ph est max min avg abt approx u.s § rs".split()
)
# May end a sentence; they do so where a capital follows that usually opens one.
_COMPANY = frozenset(
    "inc ltd co corp llc plc gmbh bros jr sr etc dept univ assn intl u.s u.k e.u u.s.a a.m p.m ph.d m.d d.c d.o n.d "
    "r.d b.sc m.sc b.a m.a d.v.m r.n b.c a.d d.d.s d.m.d o.d ave blvd rd sq hwy mag mfg est max min avg ext spp sp var "
    "subsp admin assoc ala ariz ark calif colo conn fla ga ill ind kan ky mass mich minn miss neb nev okla ore pa tenn "
    "tex va vt wash wis".split()
)
# Units: a stop after them ends the sentence unless a small letter follows.
_UNITS = frozenset(
    "mg mcg ug g gm kg ml cl dl l oz fl lb lbs iu cfu tsp tbsp tbs caps cap tabs tab hr hrs sec secs min mins wk wks "
    "mo mos yr yrs ft in cm mm pt pts qt gal qty ct pc pcs pkg temp wt ht dia amt misc orig ver ed eds trans".split()
)
_LOWER_CONTINUES = _TITLES | _BEFORE_NUMBER | _COMPANY | _UNITS
# Words after which a single capital letter is a name's part and not an initial: "vitamin C. It …".
_LETTERED = re.compile(
    r"(?:\b(?:vitamins?|hepatitis|type|group|class|grade|plan|part|omega|strain|coenzyme) |\b[A-Z],? (?:and|or|&) )\Z",
    re.I,
)
_STARTERS = frozenset(
    "the this that these those it its it's it’s we we're our you you'll your they their he she his her there here in "
    "on at for from with without by as if when while after before since until to and but or so because although "
    "however though unlike a an some many most much more several all each every both few no not only even just also "
    "what why how who which where i i'm i've i’ve my me one two three another other use take do don't did does is are "
    "was were has have can could may might must will would should let get try buy order call click visit learn see "
    "read now then today studies research scientists experts users people women men patients results please always "
    "never keep store made simply once".split()
)
# What may stand after a dot inside a name: "example.Com", "Node.Js".
_SUFFIXES = frozenset("com net org co io uk eu us de info biz shop store js html htm php pdf jpg png asp".split())

_ITEM_NUMBER = re.compile(r"[^\w.]{0,8}(?:\d{1,3}(?:\.\d{1,2})?|[IVX]{2,4}|[^\W\d_])")
_YEAR_AND_VOLUME = re.compile(r"(?:19|20)\d\d(?: [A-Z][a-z]{2,8}(?: \d{1,2})?)?[a-z]? ?[;:] ?[\d(]")
_ACRONYM = re.compile(r"(?:[a-z]\.){1,4}[a-z]{1,2}")
_WORD_OR_APOSTROPHE = re.compile(r"[^\W_][\w'’]*")
_LONGEST_WORD = 40  # characters looked at before and after a stop

_WRAP_WIDTHS = range(45, 101)  # characters; printed mail and plain-text pages are wrapped somewhere in here
_WRAP_SLACK = 12  # characters that a ragged line may fall short of the width
_SHORTEST_WRAPPED = 25  # characters of a line that is wrapped by hand, as a word at its end tells


def split(text: str) -> list[tuple[int, int]]:
    r"""Return the half-open character spans of the sentences of `text`, in order.

    Every character that is not white space lies in exactly one span.

    >>> text = "• Deeper sleep\n• Calm mood\nTake 2.5 mg. It works.Buy now!!! 😍"
    >>> [text[start:end] for start, end in split(text)]
    ['• Deeper sleep', '• Calm mood', 'Take 2.5 mg.', 'It works.', 'Buy now!!! 😍']
    """
    return [span for start, end in _layout(text) for span in _punctuate(text, start, end)]


def segment(document: Document) -> tuple[Sentence, ...]:
    """Split a document into its sentences.

    >>> [sentence.text for sentence in segment(Document("Dr. May sleeps. So can you!"))]
    ['Dr. May sleeps.', 'So can you!']
    """
    text = document.text
    return tuple(Sentence(i, start, end, text[start:end]) for i, (start, end) in enumerate(split(text)))


# Layout: which line breaks end a sentence


def _layout(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of logical lines: physical lines, joined where the text is hard-wrapped."""
    block: list[tuple[int, int]] = []
    previous = 0
    for line in _LINE.finditer(text):
        start, end = line.span()
        visible = _VISIBLE.search(text, start, end)
        if block and (visible is None or _is_blank_between(text, previous, start)):
            yield from _join(text, block)
            block = []
        if visible is not None:
            block.append((visible.start(), start + len(line.group().rstrip())))
        previous = end
    yield from _join(text, block)


def _is_blank_between(text: str, previous: int, start: int) -> bool:
    gap = text[previous:start]
    return len(gap) > 1 and gap != "\r\n"


def _join(text: str, block: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join the lines of a block (no blank line inside) at its hard wraps and at bullets alone on their line."""
    if not block:
        return
    wraps = _wraps(text, block) if len(block) > 1 else frozenset()
    start, end = block[0]
    lone = len(block) > 1 and _LONE_BULLET.fullmatch(text, start, end) is not None
    for number, (next_start, next_end) in enumerate(block[1:]):
        if not lone and number not in wraps:
            yield start, end
            start = next_start
        end = next_end
        lone = number + 2 < len(block) and _LONE_BULLET.fullmatch(text, next_start, next_end) is not None
    yield start, end


def _wraps(text: str, block: list[tuple[int, int]]) -> frozenset[int]:
    """Return the numbers of the lines after which the break is a hard wrap.

    A wrapped line is full: the first word below it would not have fitted. A block counts as wrapped where some break
    falls inside a sentence (no stop before, a small letter after) and no such break comes early.
    """
    width = max((end - start for start, end in block if text.find(" ", start, end) >= 0), default=0)
    if width not in _WRAP_WIDTHS or all(text[start].islower() for start, _ in block):
        return frozenset()
    if text[block[0][1] - 1] == ":" and all(text[start].islower() for start, _ in block[1:]):
        return frozenset()  # the items of a list under their stem
    full: set[int] = set()
    inside = early = 0
    for number in range(len(block) - 1):
        start, end = block[number]
        next_start, next_end = block[number + 1]
        if _BULLET.match(text, next_start, next_end) or _STANDS_ALONE.match(text, next_start, next_end):
            continue
        word_end = text.find(" ", next_start, next_end)
        word = (next_end if word_end < 0 else word_end) - next_start
        is_inside = (text[end - 1].isalnum() or text[end - 1] in ",-") and text[next_start].islower()
        is_full = end - start + 1 + word > width - _WRAP_SLACK
        is_dangling = end - start >= _SHORTEST_WRAPPED and _DANGLING.search(text, end - 12, end) is not None
        goes_on = is_inside or is_dangling or text[end - 1] in ".!?,;" or text[start:next_end].isupper()
        if (is_full or (is_dangling and is_inside)) and goes_on and not _STANDS_ALONE.match(text, start, end):
            full.add(number)
            inside += is_inside
        else:
            early += is_inside
    if inside <= early:
        return frozenset()
    if len(full) == 1:  # one long line above a short one is no proof of wrapping unless both make a sentence
        (number,) = full
        if text[block[0][0]].islower() or text[block[number + 1][1] - 1] not in _CLOSERS:
            return frozenset()
    return frozenset(full)


# Punctuation: which stops end a sentence


def _punctuate(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences of one logical line; marks without a word join the sentence before them."""
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


def _word_ends_sentence(text: str, current: int, stop: int, following: int, end: int) -> bool:
    """Decide for a single full stop from the word before it and the character at `following`."""
    floor = max(current, stop - _LONGEST_WORD)
    word = text[floor:stop].rsplit(None, 1)[-1].lstrip(_OPENERS) if stop > floor else ""
    small = word.lower()
    is_item = stop - current <= 12 and _ITEM_NUMBER.fullmatch(text, current, stop)
    if is_item or small in _TITLES or text[following] in "|/":
        return False
    character = text[following]
    if character.islower():
        return len(small) > 2 and small.isalpha() and small not in _LOWER_CONTINUES
    if character.isdigit():
        return small not in _BEFORE_NUMBER and _YEAR_AND_VOLUME.match(text, following, end) is None
    is_initial = len(word) == 1 and word.isupper()
    if is_initial and _LETTERED.search(text, floor, stop - 1):
        return True
    if is_initial or small in _COMPANY or _ACRONYM.fullmatch(small):
        opening = _WORD_OR_APOSTROPHE.match(text, following, min(end, following + _LONGEST_WORD))
        return opening is None or opening.group().lower() in _STARTERS
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
    if first.lower() in _STARTERS and first[1:].islower() and "." not in token.strip("0123456789.$£€"):
        return True  # "500 mg.It works", "vitamin C.Buy now"
    if not word.isalpha() or first.lower() in _SUFFIXES or word.lower() in _LOWER_CONTINUES:
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
