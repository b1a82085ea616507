"""Documents → windows of tokens: many sentences each, with a little of what stands before and after."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, compress, islice
from string import punctuation
from typing import TYPE_CHECKING

from classifier.errors import ModelError
from classifier.features.pages import line_ends, plain_text
from classifier.records import Sentence

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = [
    "LONGEST_WINDOW",
    "MARKERS",
    "STRIDES",
    "SentenceTokenizer",
    "Window",
    "reading",
    "shortened",
    "windows_of",
]

MARKERS = {"same line": "[unused1]", "new line": "[unused2]", "new block": "[unused3]", "capitals": "[unused4]"}
"""Tokens that tell the layout: one of the first three opens every sentence."""

_SPECIAL = (("<s>", "</s>", "<pad>", "<mask>"), ("[CLS]", "[SEP]", "[PAD]", "[MASK]"))  # of MPNet, of BERT

LONGEST_WINDOW = 300  # tokens; a sentence that would pass it opens the next window
_BEFORE = 32  # tokens of the sentences before a window; they count among its own
_AFTER = (
    16  # tokens of the sentence after it; so a whole window has 320 at most, which matrix units like better than 300
)
_GLANCE = 8  # tokens of a sentence that is there for others' sake alone
STRIDES = (1, 2, 4, 8)  # tokens for which a state of an encoder may stand: all of them divide the three above
_LONGEST_SENTENCE = 120  # tokens; what follows in a longer one is not read
_LONGEST_TEXT = 2_000  # characters of a sentence that are looked at for its tokens
_MOST_WORDS = 2**15  # whose tokens are remembered
_DIGIT = re.compile(r"\d")
_LONGEST_WORD = 40  # characters; a longer one is cut into tokens anew each time

Tokens = list[int]


@dataclass(frozen=True, slots=True)
class Window:
    """Tokens to encode at once; `places` are the sentences to be read off: index, start and end among the tokens."""

    tokens: tuple[int, ...]
    places: tuple[tuple[int, int, int], ...]

    def without(self, padding: int) -> Window:
        """Return the window without the tokens that only fill it up.

        >>> Window((1, 5, 0, 6, 7, 0, 2, 0), ((3, 1, 3), (4, 3, 6))).without(0)
        Window(tokens=(1, 5, 6, 7, 2), places=((3, 1, 2), (4, 2, 4)))
        """
        is_kept = [token != padding for token in self.tokens]
        ends = [0, *accumulate(map(int, is_kept))]
        places = tuple((index, ends[start], ends[end]) for index, start, end in self.places)
        return Window(tuple(compress(self.tokens, is_kept)), places)


class SentenceTokenizer:
    """Turn sentences into tokens of the encoder's vocabulary, each opened by a marker of its layout."""

    def __init__(self, definition: str, *, stride: int = 1) -> None:
        """Take the text of a `tokenizer.json` of Hugging Face tokenizers.

        An encoder that joins its states, `stride` of them to one, wants sentences of a multiple of so many tokens:
        each is filled up with `padding`, and so are what opens and what closes a window.
        """
        from tokenizers import Tokenizer
        from tokenizers.models import WordPiece
        from tokenizers.normalizers import BertNormalizer
        from tokenizers.pre_tokenizers import BertPreTokenizer

        try:
            self._tokenizer: Tokenizer = Tokenizer.from_str(definition)
        except Exception as error:  # the library raises nothing narrower
            raise ModelError(
                f"tokenizer.json: cannot be read ({error}); take the model from its source again"
            ) from None
        parts = self._tokenizer.normalizer, self._tokenizer.pre_tokenizer
        if not (isinstance(parts[0], BertNormalizer) and isinstance(parts[1], BertPreTokenizer)):
            raise ModelError("tokenizer.json: does not cut at white space first; use a tokenizer of BERT or MPNet")
        self._ignores_case = bool(parts[0].lowercase)
        model, added = self._tokenizer.model, self._tokenizer.get_added_tokens_decoder().values()
        is_plain = isinstance(model, WordPiece) and all(token.special for token in added)
        self._longest_known = model.max_input_chars_per_word if is_plain else 0  # of words that are looked up at once
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenizer.encode_special_tokens = True  # a page that writes "[SEP]" means these five characters
        special = next((names for names in _SPECIAL if self._tokenizer.token_to_id(names[0]) is not None), _SPECIAL[-1])
        names = (*MARKERS.values(), *special)
        found = [self._tokenizer.token_to_id(name) for name in names]
        numbers = [number for number in found if number is not None]
        if len(numbers) < len(names):
            raise ModelError(f"tokenizer.json: lacks {names[found.index(None)]}; use a vocabulary of BERT or MPNet")
        self.markers = tuple(numbers[: len(MARKERS)])
        self._same_line, self._new_line, self.new_block, self._capitals = self.markers
        opening, closing, self.padding, self.hidden = numbers[len(MARKERS) :]
        self._stride = stride
        self.opening, self.closing = self._filled([opening]), self._filled([closing])
        self._known: dict[str, Tokens] = {}

    def tokens_of(self, text: str, sentences: Sequence[Sentence]) -> list[Tokens]:
        """Return the tokens of each sentence of a document."""
        words = [plain_text(sentence.text)[:_LONGEST_TEXT].split() for sentence in sentences]
        known = self._tokens_of_words(set(chain.from_iterable(words)))
        rows = []
        ended = 0
        for position, (sentence, row) in enumerate(zip(sentences, words, strict=True)):
            breaks = line_ends(text[ended : sentence.start]) if position else 2
            opening = [self._same_line if breaks == 0 else self._new_line if breaks == 1 else self.new_block]
            if sentence.text.isupper():
                opening.append(self._capitals)
            opening += islice(chain.from_iterable(map(known.__getitem__, row)), _LONGEST_SENTENCE)
            rows.append(self._filled(opening))
            ended = sentence.end
        return rows

    def _filled(self, tokens: Tokens) -> Tokens:
        return tokens + [self.padding] * (-len(tokens) % self._stride)

    def _tokens_of_words(self, words: Collection[str]) -> Mapping[str, Tokens]:
        """Return the tokens of what stands between white space; most words come again and are remembered."""
        known = self._known  # another thread may put a new one in its place, but takes nothing out of this one
        found = {word: known[word] for word in words if word in known}
        fresh = [word for word in words if word not in found]
        if fresh:
            plain = {word: tokens for word in fresh if (tokens := self._plain_tokens(word))}
            others = [word for word in fresh if word not in plain]
            encoded = self._tokenizer.encode_batch_fast(others, add_special_tokens=False)
            found |= plain
            found.update(zip(others, (encoding.ids[:_LONGEST_SENTENCE] for encoding in encoded), strict=True))
            if len(known) + len(fresh) > _MOST_WORDS:
                known = self._known = {}
            known.update((word, found[word]) for word in fresh[:_MOST_WORDS] if len(word) <= _LONGEST_WORD)
        return found

    def _plain_tokens(self, word: str) -> Tokens | None:
        """Return the tokens of what the vocabulary has whole, perhaps with a mark behind it, as it has most words."""
        stem, mark = (word, "") if word[-1].isalnum() else (word[:-1], word[-1])
        if not stem.isascii() or not stem.isalnum() or (mark and mark not in punctuation):
            return None
        if len(stem) > self._longest_known:
            return None
        number = self._tokenizer.token_to_id(stem.lower() if self._ignores_case else stem)
        if not mark or number is None:
            return None if number is None else [number]
        behind = self._tokenizer.token_to_id(mark)
        return None if behind is None else [number, behind]


def windows_of(
    rows: Sequence[Tokens], *, opening: Tokens, closing: Tokens, longest: int = LONGEST_WINDOW, first: int = 0
) -> Iterator[Window]:
    """Cut the sentences of a document into windows; each sentence is read off exactly one.

    A window holds whole sentences, the sentences before it that have room and the start of what stands after. `first`
    is added to the indices of the sentences.

    >>> rows = [[1] * 100, [2] * 100, [3] * 100]
    >>> [[place[0] for place in window.places] for window in windows_of(rows, opening=[8], closing=[9])]
    [[0, 1], [2]]
    """
    position = 0
    while position < len(rows):
        tokens = [*opening, *_before(rows, position)]
        places: list[tuple[int, int, int]] = []
        while position < len(rows) and (not places or len(tokens) + len(rows[position]) <= longest):
            places.append((first + position, len(tokens), len(tokens) + len(rows[position])))
            tokens += rows[position]
            position += 1
        if position < len(rows):
            tokens += rows[position][:_AFTER]
        tokens += closing
        yield Window(tuple(tokens), tuple(places))


def shortened(rows: Sequence[Tokens], sentences: Sequence[Sentence], asked: Sequence[bool]) -> list[Tokens]:
    """Return the tokens of the sentences, of those that are not asked about the first alone.

    They are there for the others' sake; what holds a number, as what cites or tells of a study does, stays whole.
    """
    return [
        row if is_asked or _DIGIT.search(sentence.text) else row[:_GLANCE]
        for row, sentence, is_asked in zip(rows, sentences, asked, strict=True)
    ]


def reading(windows: Iterable[Window], asked: Sequence[bool], *, first: int = 0) -> Iterator[Window]:
    """Yield the windows of which only what is asked about is read off, and none of which nothing is."""
    for window in windows:
        places = tuple(place for place in window.places if asked[place[0] - first])
        if places:
            yield Window(window.tokens, places)


def _before(rows: Sequence[Tokens], position: int) -> Tokens:
    """Return the sentences before a window, as many whole ones as have room, at least the start of one."""
    found: list[Tokens] = []
    room = _BEFORE
    for row in reversed(rows[max(position - _BEFORE, 0) : position]):
        if len(row) > room:
            break
        found.append(row)
        room -= len(row)
    if position and not found:
        return rows[position - 1][:_BEFORE]
    return [token for row in reversed(found) for token in row]
