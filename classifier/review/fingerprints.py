"""What stays the same of a finding when the text around it moves: its rule, its market, the words it speaks of."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from classifier.folding import fold
from classifier.records import Finding, Report

__all__ = ["Fingerprinted", "fingerprint_findings", "is_own_name", "normalise"]

_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑–—−", "-")})
_BULLET = re.compile(r"[^\w\"'(]+")
_STOPS = " .!:;,"
_LONGEST_QUOTE = 1000  # characters


@dataclass(frozen=True, slots=True)
class Fingerprinted:
    """A finding with what it is known again by: any one of `fingerprints` will do. `words` are those it stands at."""

    finding: Finding
    fingerprints: tuple[str, ...]
    words: str


def normalise(text: str) -> str:
    r"""Return a text without what an editor changes in passing: case, space, kinds of quotes, bullets, the last stop.

    >>> normalise("•  It’s  Calm \n mood.") == normalise("it's calm mood")
    True
    """
    folded = unicodedata.normalize("NFKC", fold(text)[0]).casefold().translate(_QUOTES)
    text = " ".join(folded.split())
    bullet = _BULLET.match(text)
    return text[bullet.end() if bullet else 0 :].rstrip(_STOPS)


def is_own_name(name: str, source: str) -> bool:
    """Tell whether a document's id is a path or what somebody called it, and not the number of a row, which moves.

    >>> is_own_name("tea.txt", "tea.txt"), is_own_name("SKU-7", "teas.csv"), is_own_name("teas.csv:7", "teas.csv")
    (True, True, False)
    """
    return name != "-" and not (name.startswith(f"{source}:") and name.rpartition(":")[2].isdecimal())


def fingerprint_findings(report: Report) -> Iterator[Fingerprinted]:
    """Yield the findings of `report.all_findings` with their fingerprints.

    A fingerprint is the SHA-256 of rule, market, words and how many times the same has come before in the document. The
    words are those of the sentence. A finding on the whole document has two: one of the document's id, unless that is
    a mere place in a file, by which it is known when the text is edited; and one of the whole text, by which it is
    known under another name.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    for sentence in report.sentences:
        for finding in sentence.findings:
            yield Fingerprinted(finding, (_fingerprint(finding, normalise(sentence.text), seen),), sentence.text)
    if not report.findings:
        return
    document = report.document
    known_by = [normalise(document.id)] if is_own_name(document.id, document.source) else []
    known_by.append(_sha256(normalise(document.text)))
    for finding in report.findings:
        words = document.text[finding.start : finding.end][:_LONGEST_QUOTE]
        yield Fingerprinted(finding, tuple(_fingerprint(finding, key, seen) for key in known_by), words)


def _fingerprint(finding: Finding, words: str, seen: Counter[tuple[str, str, str]]) -> str:
    key = (finding.rule, finding.market or "", words)
    number = seen[key]
    seen[key] += 1
    return _sha256("\0".join((*key, str(number))))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
