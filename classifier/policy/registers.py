"""Compare a claim with a market's register: listed, near a listed one, or not on it.

The registers of the EU and of Great Britain list whole wordings; a claim is listed where it holds every word of one
that carries meaning, the nutrient and the verb among them. The American list pairs substances and diseases, and the
qualifier is part of the claim. Nobody can tell from a text whether the food meets the conditions of a listed claim.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from classifier.lexicons import find_meant_terms
from classifier.registers import load_register, load_vocabulary

__all__ = ["Match", "Row", "Status", "load_rows", "match_register"]


class Status(StrEnum):
    """What a register says of a claim."""

    LISTED = "listed"
    QUALIFIER_MISSING = "qualifier_missing"  # a listed relation of substance and disease without its qualifier
    REWORDED = "reworded"  # near a listed wording: whether it means the same is for a person
    EXAGGERATED = "exaggerated"  # a listed effect, promised more strongly than the list does
    UNTIED = "untied"  # a listed effect, tied to no nutrient
    UNLISTED = "unlisted"
    GENERAL = "general"  # wellness that names no function


@dataclass(frozen=True, slots=True)
class Row:
    """One claim of a register; each set of words holds those that may stand for one another.

    `needed` is what a listed claim must hold, `effect` what of it names the effect: neither the nutrient nor what all
    wordings share. `runs_on` tells that the wording is of more than one sentence.
    """

    id: str
    wording: str
    conditions: str
    restriction: str
    claim_type: str
    verification: str
    subject: frozenset[str] = frozenset()
    needed: tuple[frozenset[str], ...] = ()
    effect: tuple[frozenset[str], ...] = ()
    words: frozenset[str] = frozenset()
    runs_on: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """What a register says of a claim, and the row that it is or comes nearest to."""

    status: Status
    row: Row | None = None
    extra: tuple[str, ...] = ()

    def is_of(self, claim_types: Sequence[str], text: str) -> bool:
        """Tell whether the row is of one of some types and names every disease that a claim names."""
        if self.row is None or self.row.claim_type not in claim_types:
            return False
        diseases = (term.term for term in find_meant_terms(text) if term.lexicon == "diseases")
        return all(_flat(disease) <= self.row.words for disease in diseases)

    @property
    def detail(self) -> str:
        if self.row is None:
            return ""
        said = f"{'listed' if self.status is Status.LISTED else 'nearest listed'} wording: {self.row.wording!r}"
        if not self.row.wording:
            said = f"nearest listed claim: {self.row.id}"
        if self.extra:
            said += f"; also said here: {', '.join(self.extra)}"
        if self.row.verification and not self.row.verification.startswith("verified"):
            said += f"; {self.row.verification}"
        conditions = "; ".join(part for part in (self.row.conditions, self.row.restriction) if part)
        return f"{said}; a person must check: {conditions}" if conditions else said


_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*(?:/[^\W_]+(?:['’-][^\W_]+)*)*")
_OPTIONAL = re.compile(r"\([^()]{0,300}\)|\[[^\[\]]{0,300}\]|<[^<>]{0,100}>")
_VITAMINS = re.compile(r"\bvitamins?((?:[\s,&]{1,3}(?:and\s)?[a-ek]\d{0,2}\b){1,8})", re.IGNORECASE)
_VITAMIN = re.compile(r"\b[a-ek]\d{0,2}\b", re.IGNORECASE)
_RISK = re.compile(
    r"(?i)\b(?:reduc|lower|cut|decreas|lessen|minimi[sz])\w*\b.{0,60}\brisk|\brisk\b.{0,40}\breduc|anticarcinogenic"
)
_DENIED = re.compile(r"(?i)\b(?:not(?!\s+only)|never|cannot|neither|no\s+longer)\b|n['’]t\b")
_DOUBT = (
    r"\b(?:limited|inconclusive|not\s+conclusive|inconsistent|not\s+consistent|highly\s+un(?:certain|likely)|unlikely|"
    r"little\s+scientific|preliminary|does\s+not\s+prove|not\s+prove|supportive\s+but|does\s+not\s+endorse)\b"
)
_SOURCE = r"\b(?:evidence|research|scientific|studies|fda|food\s+and\s+drug\s+administration)\b"
_QUALIFIER = re.compile(rf"(?i){_DOUBT}.{{0,40}}?{_SOURCE}|{_SOURCE}.{{0,40}}?{_DOUBT}|little\s+scientific\s+evidence")
_DEGREE = re.compile(r"(?i)\d\s?%|\bper\s?cent\b|\bhalf\b|\bby\s+\d|\bwill\b|\bprevents?\b|\beliminates?\b")
_MAY = re.compile(r"(?i)\b(?:may|might)\b")


def match_register(market: str, text: str, *, before: str = "", after: str = "") -> Match:
    """Say what the register of `us`, `eu` or `uk` holds of a claim that stands between two other texts.

    >>> match_register("eu", "Zinc contributes to the normal function of the immune system.").status
    <Status.LISTED: 'listed'>
    >>> match_register("eu", "Zinc boosts your immune system!").status
    <Status.EXAGGERATED: 'exaggerated'>
    >>> match_register("uk", "Ashwagandha contributes to normal sleep.").status
    <Status.UNLISTED: 'unlisted'>
    """
    if market == "us":
        return _match_risk(text, before, after)
    return _match_wording(market, text, before, after)


@cache
def load_rows(market: str) -> tuple[Row, ...]:
    """Return the rows that hold in the EU or the UK."""
    return tuple(_row(entry) for entry in load_register("eu") if market in entry["market"].split("+"))


@cache
def _index(market: str) -> Mapping[str, tuple[Row, ...]]:
    """Map each word that names an effect to the rows that it stands in."""
    index: dict[str, list[Row]] = {}
    for row in load_rows(market):
        for word in frozenset().union(*(row.effect or row.needed)):
            index.setdefault(word, []).append(row)
    return {word: tuple(rows) for word, rows in index.items()}


def _row(entry: Mapping[str, str]) -> Row:
    plain = _OPTIONAL.sub(" ", entry["wording"])
    needed = tuple(words for words in map(frozenset, _tokens(plain)) if not words & _words("stop"))
    named = frozenset(word for words in _tokens(entry["substance"]) for word in words)
    subject = frozenset(word for words in needed for word in words if word in named and word not in _words("generic"))
    facts = ("id", "wording", "conditions", "restriction", "claim_type", "verification")
    return Row(
        **{fact: entry[fact] for fact in facts},
        subject=subject,
        needed=needed,
        effect=tuple(words for words in needed if not words & subject and not words & _words("generic")),
        words=frozenset(word for words in _tokens(entry["wording"]) for word in words),
        runs_on=". " in entry["wording"].strip(),
    )


def _match_wording(market: str, text: str, before: str, after: str) -> Match:
    own, following, preceding = _flat(text), _flat(after), _flat(before)
    index = _index(market)
    rows = dict.fromkeys(row for word in sorted(own) for row in index.get(word, ()))
    whole = [row for row in rows if _is_held(row, own, following, preceding)]
    if whole:
        return _judge_listed(whole, text, own)
    near = [(share, row) for row in rows if row.subject and row.subject <= own and (share := _share(row, own)) >= 0.5]
    if near:
        row = max(near, key=lambda pair: pair[0])[1]
        strong = own & _words("strong") - row.words
        told = own & (_words("soft") | {"contribute", "role", "need"})
        return Match(Status.REWORDED if told and not strong else Status.EXAGGERATED, row, tuple(sorted(strong)))
    untied = next((row for row in rows if row.subject and _is_effect_held(row, own)), None)
    if untied is not None:
        return Match(Status.UNTIED if "contribute" in own else Status.EXAGGERATED, untied)
    return Match(Status.GENERAL if _is_general(text, own) else Status.UNLISTED)


def _is_held(row: Row, own: frozenset[str], after: frozenset[str], before: frozenset[str]) -> bool:
    """Tell whether a claim holds all words of a row.

    What comes before may name the nutrient, as the stem of a list does; a wording of two sentences may run on.
    """
    if all(words & own or (words & row.subject and words & before) for words in row.needed):
        return True
    if not row.runs_on or not any(words & own for words in row.effect):
        return False
    return any(all(words & (own | other) for words in row.needed) for other in (after, before))


def _judge_listed(rows: Sequence[Row], text: str, own: frozenset[str]) -> Match:
    whole = [row for row in rows if _is_in_order(row, text)]
    row = max(whole or rows, key=lambda row: len(row.needed))
    said = frozenset().union(*(row.words for row in rows))
    strong = own & _words("strong") - said
    if strong:
        return Match(Status.EXAGGERATED, row, tuple(sorted(strong)))
    extra = {
        term.term
        for term in find_meant_terms(text)
        if term.lexicon in ("diseases", "functions") and not _flat(term.term) <= said
    }
    extra |= own & _words("botanicals") - said
    if row.words & _words("audiences"):
        extra |= own & _words("audiences") - said  # listed for some people, said of others too
    is_denied = _DENIED.search(text) is not None and _DENIED.search(row.wording) is None
    status = Status.REWORDED if extra or is_denied or not whole else Status.LISTED
    return Match(status, row, tuple(sorted(extra)))


def _is_in_order(row: Row, text: str) -> bool:
    """Tell whether a claim ties a row's subject to its effect: where it names another, both precede the verb."""
    words = [frozenset(words) for words in _tokens(text)]
    said = frozenset().union(*words)
    others = (said & _subjects()) - row.words
    if not others:
        return True
    verb = next((place for place, word in enumerate(words) if word & _words("canonical")), len(words))
    named = others | (row.subject & said)
    return max(place for place, word in enumerate(words) if word & named) < verb


@cache
def _subjects() -> frozenset[str]:
    """Return the words that name a substance of the registers more often than an effect."""
    rows = load_rows("eu") + load_rows("uk")
    subjects = Counter(word for row in rows for word in row.subject)
    effects = Counter(word for row in rows for words in row.effect for word in words)
    return frozenset(word for word, count in subjects.items() if count > effects[word] and len(word) > 2)


def _share(row: Row, own: frozenset[str]) -> float:
    """Return how much of a row's effect a claim names; words such as blood and system alone name none."""
    held = [words for words in row.effect if words & own]
    if not held or (all(words & _words("weak") for words in held) and len(held) < len(row.effect)):
        return 0.0
    return len(held) / len(row.effect)


def _is_effect_held(row: Row, own: frozenset[str]) -> bool:
    others = [words for words in row.needed if not words & row.subject and "contribute" not in words]
    return len(others) >= 3 and bool(row.effect) and all(words & own for words in others)


def _is_general(text: str, own: frozenset[str]) -> bool:
    """Tell whether a claim speaks of wellness alone: it has a word for it, and none that names a function."""
    if own & _words("specific"):
        return False
    terms = find_meant_terms(text)
    if any(
        term.lexicon in ("diseases", "functions", "biology") and not _flat(term.term) <= _words("general")
        for term in terms
    ):
        return False
    return bool(own & _words("general")) or any(term.lexicon == "wellness" for term in terms)


def _match_risk(text: str, before: str, after: str) -> Match:
    if not _RISK.search(text):
        return Match(Status.GENERAL)
    words = f" {' '.join(_plain(text))} "
    listed: list[Row] = []
    qualified: list[Row] = []
    for entry in load_register("us"):
        if not all(_names(words, part) for part in entry["named"].split(";")) or not _names(words, entry["disease"]):
            continue
        (qualified if entry["claim_type"] == "qhc" else listed).append(_us_row(entry["id"]))
    if qualified and _QUALIFIER.search(f"{before} {text} {after}"):
        return Match(Status.LISTED, qualified[0])
    if listed:
        exact = _MAY.search(text) and not _DEGREE.search(text)
        return Match(Status.LISTED if exact else Status.EXAGGERATED, listed[0])
    return Match(Status.QUALIFIER_MISSING, qualified[0]) if qualified else Match(Status.UNLISTED)


@cache
def _us_row(id: str) -> Row:
    entry = next(entry for entry in load_register("us") if entry["id"] == id)
    return Row(id, entry["wording"], entry["conditions"], "", entry["claim_type"], entry["verification"])


def _names(words: str, alternatives: str) -> bool:
    return any(f" {name.replace('-', ' ')} " in words for name in alternatives.split("/"))


def _plain(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", _VITAMINS.sub(_spread, text.lower()))


def _spread(match: re.Match[str]) -> str:
    """Write "vitamins C and D" as "vitamin c vitamin d"."""
    return " ".join(f" vitamin {letter.lower()}" for letter in _VITAMIN.findall(match[1]))


def _flat(text: str) -> frozenset[str]:
    return frozenset(word for words in _tokens(text) for word in words) - {"a"}


def _tokens(text: str) -> Iterable[tuple[str, ...]]:
    """Yield the words of a text in one spelling; words parted by a slash may stand for one another."""
    lowered = _VITAMINS.sub(_spread, text.lower().replace("’", "'"))
    for name, plain in _names_of_substances():
        if name in lowered:
            lowered = lowered.replace(name, plain)
    lowered = re.sub(r"\bvitamin ([a-ek]\d{0,2})\b", r"vitamin_\1", lowered).replace("vitamin_", "vitaminx")
    for match in _TOKEN.finditer(lowered):
        if "-" in match[0] and "/" not in match[0]:
            yield from ((_spell(part),) for part in match[0].split("-"))
        else:
            yield tuple(_spell(part) for part in match[0].split("/"))


@cache
def _names_of_substances() -> tuple[tuple[str, str], ...]:
    return tuple(load_vocabulary()["names"].items())


@cache
def _spellings() -> dict[str, str]:
    return dict(load_vocabulary()["spellings"])


@cache
def _words(name: str) -> frozenset[str]:
    """Return one of the vocabulary's lists, each word in the one spelling."""
    return frozenset(_spell(word) for word in load_vocabulary()[name].split())


def _spell(word: str) -> str:
    spellings = _spellings()
    if word in spellings:
        return spellings[word]
    if len(word) > 3 and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return spellings.get(word, word)
