"""What stays the same of a finding when the text around it moves: its rule, its market, the words of its sentence."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from classifier.folding import fold
from classifier.records import Finding, Report

__all__ = ["fingerprint_findings", "normalise"]

_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑–—−", "-")})
_BULLET = re.compile(r"[^\w\"'(]+")
_STOPS = " .!:;,"


def normalise(text: str) -> str:
    r"""Return a text without what an editor changes in passing: case, space, kinds of quotes, bullets, the last stop.

    >>> normalise("•  It’s  Calm \n mood.") == normalise("it's calm mood")
    True
    """
    folded = unicodedata.normalize("NFKC", fold(text)[0]).casefold().translate(_QUOTES)
    text = " ".join(folded.split())
    bullet = _BULLET.match(text)
    return text[bullet.end() if bullet else 0 :].rstrip(_STOPS)


def fingerprint_findings(report: Report) -> Iterator[tuple[Finding, str, str]]:
    """Yield the findings of `report.all_findings`, each with its fingerprint and the words that it speaks of.

    The fingerprint is the SHA-256 of rule, market, words and how many times the same has come before in the document.
    The words are those of the sentence; for a finding on the whole document they are the document's id.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    spoken = [(finding, sentence.text) for sentence in report.sentences for finding in sentence.findings]
    for finding, words in [*spoken, *((finding, report.document.id) for finding in report.findings)]:
        key = (finding.rule, finding.market or "", normalise(words))
        number = seen[key]
        seen[key] += 1
        digest = hashlib.sha256("\0".join((*key, str(number))).encode("utf-8", "surrogatepass"))
        yield finding, digest.hexdigest(), words
