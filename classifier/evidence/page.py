"""The page around each sentence: blocks, headings, sections, list stems, and the parts of a medicine's label."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from classifier.evidence.offers import Offer, best_offer, find_offers, names_source
from classifier.evidence.references import Entry, Mark, find_marks, read_entries
from classifier.evidence.topics import Topics, topics_of
from classifier.folding import fold, lower
from classifier.patterns import compile_lowered
from classifier.records import Cue, Document, Evidence, Tagged

__all__ = ["Line", "is_label", "is_medicine", "is_study", "is_supplement", "names_drug", "read_page"]

_LONGEST_HEADING = 12  # words
_MOST_CHARACTERS = 2_000  # of a sentence that are looked at
_ONE_LINE = str.maketrans("\n\r\u2028", "   ")  # a sentence that is wrapped reads as one line
_BLANK = re.compile(r"\n[^\S\n]*\n|\r[^\S\r\n]*\r|\u2029")
_BULLET = re.compile(r"\s{0,8}(?:[-*•·■▪●○◦✓✔☑→»–]|\d{1,2}[.)](?=\s))")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+(?:[.,]\d+)*|[^\w\s]")
_DIGIT = re.compile(r"\d")
_MOST_TOKENS = 80
_OPENS = r"(?i)^[\W_]{0,6}(?:\d{1,2}[.)]\s{0,3})?(?:otc\s{0,2}[-–:]\s{0,2})?"
_USES = re.compile(
    _OPENS
    + r"(?:other\s+)?(?:uses?\s{0,3}(?:[:(\n]|$|(?=(?:temporarily|reliev|for|treat|help|remov|control|prevent|reduc)))|"
    r"uses\b|purposes?\b(?!\s+of)|indications?\b|indicated\s+for|what\s.{1,80}\bused\s+for\b|what\s.{1,60}\bis\s+for\b|"
    r"why\s+is\s.{1,40}\bprescribed|active\s+ingredients?(?:\s*\([^)]{1,40}\))?[\s,/&]{1,3}(?:and\s+)?purposes?\b|"
    r"doctors\s+(?:give|prescribe)\b.{0,60}:$|.{0,60}\bis\s+(?:used|indicated)\s+(?:to|for|in)\b.{0,80}:$|approved\s+uses?\b)"
)
_OTHER_PARTS = re.compile(
    _OPENS
    + r"(?:.{0,30}\bwarnings?\b|directions?\b|do\s+not\b|ask\s+(?:a|your)\s+(?:doctor|pharmacist)|when\s+using|stop\s+"
    r"(?:use|and)|keep\s+out|if\s+(?:pregnant|swallowed)|(?:in)?active\s+ingredients?|other\s+in(?:gredients|formation)|"
    r"questions\b|dos(?:age|e|ing)\b|your\s+dose|contra-?indications?|side\s+effects?|adverse|precautions?|how\s+(?:to|should|do)"
    r"\b|storage|store\b|description\b|clinical\s+(?:pharmacology|studies)|important\s+safety|before\s+(?:you|taking|using)|"
    r"interactions?\b|.{0,20}\balert\b|overdos|mechanism\s+of\s+action|pharmac|adult\w*\b:|use\s+in\s+specific|what\s+(?:should|are|else)"
    r"|who\s+should|possible\s+side|contents?\s+of|package|limitations?\s+of\s+use)"
)
_LABEL_PARTS = {
    "drug facts": 2, "active ingredient": 2, "inactive ingredient": 1, "indications": 2, "contraindications": 2,
    "uses": 1, "purpose": 1, "warnings": 1, "directions": 1, "side effects": 1, "adverse reactions": 2,
    "important safety information": 2, "prescription medicine": 2, "prescription only": 2, "package leaflet": 2,
    "boxed warning": 2, "monograph": 2, "medication guide": 2, "patient information": 2,
    "consumer medicine information": 3, "leaflet": 2, "medicinal product": 2, "active substance": 2,
    "approved use": 3, "limitations of use": 3, "intended use": 2, "recommended use or purpose": 4,
    "film-coated tablet": 2, "coated tablet": 2, "undesirable effect": 2, "this medication": 2,
    "what is this medication": 1, "who should not take": 2, "important warning": 2, "date cleared": 2,
    "package insert": 2, "brief summary": 1, "mechanism of action": 1, "tablet": 1, "your doctor": 1, "npn": 2,
    "510(k)": 2, "indicated": 1, "why is this medicine prescribed": 3, "tell your doctor": 1,
    "your healthcare provider": 1, "ask a doctor": 1, "when using this product": 1, "stop use": 1,
    "poison control": 1, "dosage and administration": 2, "ndc": 1, "pharmacist": 1, "medicine": 1, "do not take": 1,
}  # fmt: skip
_CAUTIONS = frozenset(
    "side effects|your doctor|tell your doctor|your healthcare provider|ask a doctor|pharmacist|medicine|stop use|"
    "prescription medicine|do not take|warnings|directions|tablet".split("|")
)  # parts that the labels of supplements have too
_LABEL_PART = compile_lowered(
    r"(?i)\b(?:" + "|".join(re.escape(part) for part in sorted(_LABEL_PARTS, key=len, reverse=True)) + r")s?(?!\w)"
)
_DRUG = compile_lowered(
    r"(?i)\b(?:salicylic\s+acid|benzoyl\s+peroxide|lidocaine|menthol|camphor|methyl\s+salicylate|capsaicin|hydrocortisone|zinc\s+oxide|"
    r"titanium\s+dioxide|avobenzone|homosalate|octisalate|octocrylene|(?:ethyl|isopropyl)\s+alcohol|benzalkonium\s+chloride|bacitracin|"
    r"neomycin|polymyxin\s+b|clotrimazole|miconazole|tolnaftate|terbinafine|undecylenic\s+acid|coal\s+tar|pyrithione\s+zinc|selenium\s+"
    r"sulfide|ketoconazole|minoxidil|dimethicone|petrolatum|colloidal\s+oatmeal|calamine|pramoxine|benzocaine|dyclonine|glycerin|"
    r"propylene\s+glycol|polyethylene\s+glycol|carboxymethylcellulose|hypromellose|tetrahydrozoline|naphazoline|ketotifen|olopatadine|"
    r"pheniramine|diphenhydramine|doxylamine|loratadine|cetirizine|fexofenadine|chlorpheniramine|pseudoephedrine|phenylephrine|"
    r"oxymetazoline|dextromethorphan|guaifenesin|acetaminophen|paracetamol|ibuprofen|naproxen|aspirin|diclofenac|famotidine|"
    r"\w+prazole|calcium\s+carbonate|(?:magnesium|aluminum|aluminium)\s+hydroxide|simethicone|bismuth\s+subsalicylate|loperamide|"
    r"bisacodyl|sennosides|docusate|(?:stannous|sodium)\s+fluoride|potassium\s+nitrate|nicotine(?:\s+polacrilex)?|meclizine|"
    r"dimenhydrinate|permethrin|carbamide\s+peroxide|povidone[\s-]iodine|chlorhexidine|hydrogen\s+peroxide)\b[^.\n]{0,24}?"
    r"\d(?:[.,]\d+)?\s?(?:%|mg\b|mcg\b|g\b)"
)  # an active ingredient of the monographs for medicines without prescription, with its strength
_GENERIC = (
    r"\([a-z]{5,20}(?:[\s/,-]+(?:and\s+)?[a-z]{4,20}){0,4}(?:\s\w{3,12})?\)\s+"
    r"(?:is|was|tablets?|capsules?|injection|cream|gel|nasal|oral|solution|inhal\w+|for|[\d.]+\s?m?c?g)"
)  # the generic name of a medicine in its brackets, and what follows it
_BRACKETS = re.compile(_GENERIC)
_BRAND = re.compile(r"\b[A-Z][A-Za-z]{3,20}\s?(?:®|™)?\s?(?:\w+\s)?" + _GENERIC)
_LEAST_LABEL = 4
_MEDICINE = compile_lowered(
    r"(?i)\b(?:your\s+(?:doctor|healthcare\s+provider|pharmacist)|side\s+effects?|prescri(?:ption|bed)|medicines?|mg\s+tablets?|"
    r"tablets?|injections?|missed?\s+dose|dialysis|kidney\s+(?:disease|problems)|liver\s+(?:disease|problems|damage)|active\s+substance|"
    r"leaflet|clinical\s+trials?|allergic\s+reactions?|pregnant|overdose|ask\s+a\s+doctor|drug\s+facts|approved|maximum\s+dose)\b"
)
_LEAST_MEDICINE = 6
_SOLD_AS_MEDICINE = compile_lowered(
    r"(?i)\b(?:is\s+an?\s+(?:\w+\s+)?prescription\b|prescription[\s-](?:only|strength|treatment)|prescribing\s+information|\d\s?m?c?g\s+"
    r"tablets?|active\s+substance|leaflet|drug\s+facts|medication\s+guide|important\s+safety\s+information|missed?\s+(?:a\s+)?dose|"
    r"(?<!not\s)(?:(?:is|are|been|was)\s+|fda[\s-])approved|indicated\s+for|belongs?\s+to\s+(?:a|the)\s+(?:group|family|class)|(?:this|the)\s+"
    r"(?:medicine|medication|drug)\s+(?:is|works|may|can|used|for|that)|"
    r"\w{4,}(?:mab|statin|gliptin|gliflozin|sartan|pril|olol|azole|cillin|mycin|floxacin|triptan|dipine|oxetine|xaban|glutide|profen)|"
    r"tirzepatide|metformin|sildenafil|tadalafil|levothyroxine|insulin\s+injection)\b"
)  # what a supplement's warnings do not say of it
_STUDY = compile_lowered(
    r"(?i)\b(?:abstract|randomi[sz]ed|placebo|participants|the\s+authors?|conclusions?|results?:|findings|methods?|p\s?[=<]\s?0?\.\d|"
    r"double-blind|baseline|volunteers|trial|funding|limitations|registered|citation:|published|doi)"
)
_LEAST_STUDY = 5
_PRONOUN = re.compile(r"(?i)^\W*(?:(?:in|after|during|according)\s.{0,60}?\b)?(?:it|they|its|their|this|these)\b")
_ANTECEDENTS = 8  # sentences before one that opens with a pronoun, which are looked at for what it stands for
_SUPPLEMENT = compile_lowered(
    r"(?i)\b(?:supplement\s+facts|(?:dietary|food)\s+supplements?|not\s+intended\s+to\s+diagnose|homeopathic|homoeopathic)\b"
)


@dataclass(frozen=True, eq=False, repr=False)
class Line:
    """A sentence where it stands on the page.

    `block` counts blocks between blank lines, `section` headings; `heading` and `stem` are the lines above it that head
    it or open its list; `part` is the part of a label that it stands in: `uses`, `other` or nothing; `entries` are
    those of the page, which its marks may name; `previous` is the sentence before it.
    """

    tagged: Tagged
    text: str
    places: Sequence[int]
    block: int
    section: int
    heading: Line | None
    stem: Line | None
    part: str
    opens_line: bool
    closes_line: bool
    is_heading: bool
    entries: Mapping[str, Entry]
    previous: Line | None

    @property
    def index(self) -> int:
        return self.tagged.index

    @cached_property
    def lowered(self) -> str:
        return lower(self.text)

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        return find_offers(self.text)

    @cached_property
    def best(self) -> Offer | None:
        return best_offer(self.text, self.offers)

    @property
    def names_study(self) -> bool:
        """Whether it names a human study that a reader could find."""
        return self.best is not None and self.best.level is Evidence.CITED

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        return tuple(find_marks(self.text, self.entries))

    @cached_property
    def tokens(self) -> list[str]:
        """Its first words, numbers and marks, in lower case and with every digit a zero."""
        plain = _DIGIT.sub("0", self.text.lower().replace("’", "'"))
        return _TOKEN.findall(plain)[:_MOST_TOKENS]

    @cached_property
    def named(self) -> Topics:
        """What its own words name."""
        return topics_of(self.text)

    @cached_property
    def topics(self) -> Topics:
        """What it is about: a pronoun stands for the nearest agents before it in the section."""
        if self.named.agents or _PRONOUN.match(self.text) is None:
            return self.named
        line = self.previous
        for _ in range(_ANTECEDENTS):
            if line is None or line.section != self.section:
                break
            if line.named.agents:
                return replace(self.named, agents=line.named.agents)
            line = line.previous
        return self.named

    def cue(self, kind: str, start: int, end: int, rule: str) -> Cue:
        """Turn a span of the folded sentence into a cue of the document."""
        first = self.places[start]
        last = self.places[end - 1] + 1 if end > start else first
        return Cue(kind, self.tagged.start + first, self.tagged.start + last, self.tagged.text[first:last], rule)

    @property
    def headings(self) -> Iterator[Line]:
        """The headings above it, the nearest first."""
        heading = self.heading
        while heading is not None:
            yield heading
            heading = heading.heading

    @property
    def is_bullet(self) -> bool:
        return self.opens_line and _BULLET.match(self.text) is not None


def read_page(document: Document, sentences: Sequence[Tagged]) -> Iterator[Line]:
    """Yield the sentences of a document in order, each with its place on the page."""
    entries = read_entries(document.text)
    block = section = 0
    heading: Line | None = None
    listed: _List | None = None
    last: Line | None = None
    part = _Part()
    for position, tagged in enumerate(sentences):
        before, after = _gaps(document.text, sentences, position)
        if position > 0 and _BLANK.search(before) is not None:
            block += 1
            part = part.after_blank()
            if listed is not None and (listed.is_begun or not listed.stem.text.rstrip("* ").endswith(":")):
                listed = None
        text, places = fold(tagged.text[:_MOST_CHARACTERS].translate(_ONE_LINE))
        opens_line, closes_line = "\n" in before or "\r" in before, "\n" in after or "\r" in after
        part = part.after(text, opens_line=opens_line)
        is_short = _is_heading(text, opens_line=opens_line, closes_line=closes_line)
        if listed is not None:
            listed = listed.after(text, is_short=is_short, opens_line=opens_line)
        is_heading = is_short and listed is None
        above = _above(heading, last) if is_heading else heading
        section += is_heading
        stem = listed.stem if listed is not None else None
        line = Line(
            tagged,
            text,
            places,
            block,
            section,
            above,
            stem,
            part.name,
            opens_line,
            closes_line,
            is_heading,
            entries,
            last,
        )
        yield line
        if is_heading:
            heading = line
        if text.rstrip("* ").endswith((":", " to", " for", " with", "…", "...")) and not line.is_bullet:
            listed = _List(line)
        last = line


def _above(heading: Line | None, last: Line | None) -> Line | None:
    """Return what heads a heading: the first one of those that follow each other directly."""
    if last is None or not last.is_heading or last.heading is None:
        return heading
    return last.heading if last.heading.section == last.section - 1 else heading


def _gaps(text: str, sentences: Sequence[Tagged], position: int) -> tuple[str, str]:
    """Return what stands before and after a sentence up to its neighbours."""
    is_last = position + 1 == len(sentences)
    before = text[sentences[position - 1].end : sentences[position].start] if position else "\n"
    return before, "\n" if is_last else text[sentences[position].end : sentences[position + 1].start]


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of a label that the reading stands in, and whether it holds anything yet."""

    name: str = ""
    is_filled: bool = False

    def after_blank(self) -> _Part:
        return _Part() if self.is_filled else self

    def after(self, text: str, *, opens_line: bool) -> _Part:
        if opens_line and _USES.match(text) is not None:
            return _Part("uses", is_filled=len(text.split()) > 3)
        if opens_line and _OTHER_PARTS.match(text):
            return _Part("other")
        return _Part(self.name, is_filled=True) if self.name else self


@dataclass(frozen=True, slots=True)
class _List:
    """A list that a stem has opened; `bullets` tells whether its first item has a bullet."""

    stem: Line
    is_begun: bool = False
    bullets: bool = False

    def after(self, text: str, *, is_short: bool, opens_line: bool) -> _List | None:
        """Return the list after a further sentence, or None where it has ended."""
        is_bullet = opens_line and _BULLET.match(text) is not None
        if not self.is_begun:
            return _List(self.stem, is_begun=True, bullets=is_bullet) if opens_line else None
        if not opens_line or is_bullet == self.bullets:
            return (
                self
                if self.bullets or is_short or not opens_line or text[:1].islower() or len(text.split()) < 16
                else None
            )
        return None


def is_label(text: str, lowered: str) -> bool:
    """Whether a text, given also in lower case, has the structure of a medicine's label."""
    found = {part if part in _LABEL_PARTS else part.removesuffix("s") for part in _LABEL_PART.findall(lowered)}
    weight = sum(_LABEL_PARTS.get(part, 0) for part in found)
    if weight >= _LEAST_LABEL and not found <= _CAUTIONS:
        return True
    if weight < _LEAST_LABEL - 2:  # the names of a drug and a brand weigh two each, so it takes both
        return _names_brand(text) and names_drug(lowered)
    return _names_brand(text) or names_drug(lowered)


def is_medicine(text: str, lowered: str) -> bool:
    """Whether a text, given also in lower case, reads like the leaflet or the advert of a medicine.

    The cautions of a supplement speak of doctors, medicines and side effects too: something must show the medicine.
    """
    if len({word.rstrip("s") for word in _MEDICINE.findall(lowered)}) < _LEAST_MEDICINE:
        return False
    return any(regex.search(lowered) for regex in (_SOLD_AS_MEDICINE, _DRUG)) or _names_brand(text)


def names_drug(lowered: str) -> bool:
    """Whether a text in lower case names an ingredient of the monographs with its strength."""
    return _DRUG.search(lowered) is not None


def _names_brand(text: str) -> bool:
    return _BRACKETS.search(text) is not None and _BRAND.search(text) is not None


def is_supplement(lowered: str) -> bool:
    """Whether a text in lower case calls its product a supplement, or homeopathic."""
    return _SUPPLEMENT.search(lowered) is not None


def is_study(lowered: str) -> bool:
    """Whether a text in lower case reads like the summary of one study."""
    return len({word[:6] for word in _STUDY.findall(lowered)}) >= _LEAST_STUDY


def _is_heading(text: str, *, opens_line: bool, closes_line: bool) -> bool:
    return (
        opens_line
        and closes_line
        and len(text.split()) <= _LONGEST_HEADING
        and text.rstrip("*_ ")[-1:] not in ".,;:"
        and (_BULLET.match(text) is None or text[:1].isdigit())
        and not names_source(text)
    )
