"""Wordings of the register of authorised claims, looked for in a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import islice

from classifier.lexicons import find_meant_terms
from classifier.registers import load_register

__all__ = ["find_labelled", "find_wording", "promises_more"]

_VERB = re.compile(
    r"(?i)\b(?:(?P<contributes>contribut(?:es?|ing)\s+to)|(?P<shown>ha(?:s|ve)\s+been\s+shown\s+to)|"
    r"(?P<needed>(?:is|are)\s+needed\s+for)|(?P<helps>helps?(?:\s+to)?))\s+"
)
_LABELLED = re.compile(
    r"(?i)\W{0,8}(?P<substances>[^:–—\n]{3,60}?)\s{0,3}(?::|\s[–—-]\s)\s{0,3}"
    r"(?P<function>(?:normal|maintenance\s+of|reduction\s+of|protection\s+of|regulation\s+of)\b[^:\n]{3,80}?)[\s.*†]{0,4}$"
)
_JOINTS = re.compile(r"(?i)[,&+]|\band\b")
_DOSE = re.compile(
    r"\(\s?\d[^()a-z]{0,8}(?:mg|mcg|µg|g|iu|%)(?:\s(?:nrv|rda|dv))?\s?\)|\b\d[\d.,]{0,8}\s?(?:mg|mcg|µg|g|iu)\b",
    re.IGNORECASE,
)
_MOST_VERBS = 4  # of a sentence that are looked at
_FILLERS = re.compile(r"\b(?:the|a|an|normal|levels?)\b|[^\w\s]")
_OR = re.compile(r"/\w+")  # as in "lower/reduce"
_LEAST_WORDS = 2
_PROMISE = re.compile(
    r"(?i)\b(?:doubl(?:es?|ing)|tripl(?:es?|ing)|boost(?:s|ing)?|melt(?:s|ing)?|burn(?:s|ing)?|shed(?:s|ding)?|cur(?:es?|ing)|heal(?:s|ing)?|"
    r"revers(?:es?|ing)|eliminat(?:es?|ing)|banish(?:es|ing)?|eras(?:es?|ing)|skyrockets?|supercharges?|guarantees?|turns?\s+back|"
    r"(?:makes?|keeps?|gets?)\s+you)\b"
)  # verbs of no authorised function


def find_wording(sentence: str, around: Sequence[str] = ()) -> tuple[int, int] | None:
    """Return where a sentence says what the register lists for a substance that it, or a text around it, names.

    Articles and the word "normal" may be left out.

    >>> find_wording("Iron contributes to the formation of red blood cells and haemoglobin")
    (5, 68)
    >>> find_wording("Iron contributes to the formation of red blood cells and haemoglobin and cures cancer") is None
    True
    >>> find_wording("Honey contributes to the formation of red blood cells and haemoglobin") is None
    True
    """
    for match in islice(_VERB.finditer(sentence), _MOST_VERBS):
        said = _plain(_OR.sub("", sentence[match.end() :]))
        named = " " + _plain(" ".join((sentence[: match.start()], *around))) + " "
        for effect, substances in _effects(match.lastgroup or "").items():
            if (
                said.startswith(effect)
                and any(f" {substance} " in named for substance in substances)
                and not find_meant_terms(said[len(effect) :], ("diseases",))  # which the register says nothing of
                and not promises_more(said[len(effect) :])
            ):
                return match.start(), len(sentence.rstrip())
    return None


def find_labelled(line: str) -> tuple[int, int] | None:
    """Return where a line names substances and, after a colon or a dash, a function that the register lists for each.

    >>> find_labelled("• Vitamin C + zinc: normal function of the immune system")
    (2, 56)
    >>> find_labelled("Vitamin D: normal blood sugar") is None
    True
    """
    match = _LABELLED.match(line)
    if match is None:
        return None
    said = _plain(match["function"]).replace("functioning", "function")
    named = [_plain(part) for part in _JOINTS.split(_DOSE.sub("", match["substances"]))]
    for effect, substances in _effects("contributes").items():
        plain = effect.replace("functioning", "function")
        if said in (plain, plain.removeprefix("maintenance of ")) and substances.issuperset(named):
            return match.start("substances"), match.end("function")
    return None


def promises_more(text: str) -> bool:
    """Whether the words beside an authorised function promise a feat that no register lists.

    >>> promises_more("and melts belly fat"), promises_more("and to normal psychological function")
    (True, False)
    """
    return _PROMISE.search(text) is not None


@cache
def _effects(verb: str) -> Mapping[str, frozenset[str]]:
    """Return the effects that the register words with a verb, each with the substances that it is listed for."""
    effects: dict[str, set[str]] = {}
    for row in load_register("eu"):
        match = _VERB.search(row["wording"])
        if match is None or match.lastgroup != verb:
            continue
        effect = _plain(_OR.sub("", row["wording"][match.end() :].partition(". ")[0]))
        if len(effect.split()) >= _LEAST_WORDS:
            names = {_plain(row["substance"]), _plain(row["wording"][: match.start()])}
            effects.setdefault(effect, set()).update(name for name in names if name)
    return {effect: frozenset(names) for effect, names in effects.items()}


def _plain(text: str) -> str:
    return " ".join(_FILLERS.sub(" ", text.lower()).split())
