"""Tell whether a text is English, so that no other language is scored in silence."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from classifier.folding import fold

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["detect_language"]

_SAMPLE = 2_000  # characters from the start, the middle and the end of a text
_SURE = 0.7  # probability from which another language is believed
_ENGLISH_SHARE = 0.13
_DISTINCT = 3
_FEWEST = 6
# Words that stand in no other language in numbers; "is", "of", "for", "have", "pain" and the like do.
_ENGLISH = frozenset(
    "the and with your you that this these those from which their they our are not when while how what who where it's "
    "its about into than there been being should would could might because after before through during without made "
    "both every each feel many does helps don't you're we're".split()
)
# Words that another language may borrow, but not in numbers beside the small words of English.
_ENGLISH_TOO = _ENGLISH | frozenset(
    "blood skin weeks sleep health healthy treatment weight heart liver brain supports found lower reduced reduces "
    "improved improves studies women relief people years muscle daily adults less used patients taken known shown "
    "increased within can has more".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ASCII_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")  # the same in ASCII, quicker


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language of `text`; "en" where nothing speaks clearly for another.

    >>> detect_language("Dieses Nahrungsergänzungsmittel lindert Gelenkschmerzen und stärkt das Immunsystem.")
    'de'
    >>> detect_language("Joint Saver Plus")
    'en'
    """
    sample = _sample(text)
    plain = sample.lower().replace("’", "'")
    words = (_ASCII_WORD if plain.isascii() else _WORD).findall(plain)
    distinct = _ENGLISH.intersection(words)
    english = sum(map(_ENGLISH_TOO.__contains__, words))
    if len(words) < _FEWEST and sample.isascii():
        return "en"  # a product name tells nothing
    if not words or (len(distinct) >= _DISTINCT and english >= _ENGLISH_SHARE * len(words)):
        return "en"
    language, probability = _identifier().classify(sample)
    if probability < _SURE or language == "la":  # lists of plants read like Latin
        return "en"
    return str(language)


def _sample(text: str) -> str:
    text = text.strip()  # blank lines at the end would weigh in a short text
    if len(text) > 3 * _SAMPLE:
        middle = len(text) // 2
        text = "\n".join((text[:_SAMPLE], text[middle : middle + _SAMPLE], text[-_SAMPLE:]))
    return fold(text)[0]


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
