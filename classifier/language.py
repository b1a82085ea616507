"""Tell whether a text is English, so that no other language is scored in silence."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["detect_language"]

_SAMPLE = 5_000  # characters; a page shows its language in its first paragraphs
_SURE = 0.7  # probability from which another language is believed: product names look like Latin, but never this much
_ENGLISH_SHARE = 0.08
_ENGLISH = frozenset("the and of with your that this for you is are from by it our it's not they have will".split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of the language of `text`; "en" where nothing speaks clearly for another.

    >>> detect_language("Dieses Nahrungsergänzungsmittel lindert Gelenkschmerzen und stärkt das Immunsystem.")
    'de'
    >>> detect_language("Joint Saver Plus")
    'en'
    """
    sample = text[:_SAMPLE]
    words = _WORD.findall(sample.lower())
    if not words or sum(word in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words):
        return "en"
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= _SURE else "en"


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
