"""What kind of page a text is: the label of a medicine, its leaflet, a supplement's page, a study's summary."""

from __future__ import annotations

import re

from classifier.patterns import compile_lowered

__all__ = ["is_label", "is_medicine", "is_study", "is_supplement", "opens_with_drug"]

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
_DRUGS = (
    r"(?:salicylic\s+acid|benzoyl\s+peroxide|lidocaine|menthol|camphor|methyl\s+salicylate|capsaicin|hydrocortisone|zinc\s+oxide|"
    r"titanium\s+dioxide|avobenzone|homosalate|octisalate|octocrylene|(?:ethyl|isopropyl)\s+alcohol|benzalkonium\s+chloride|bacitracin|"
    r"neomycin|polymyxin\s+b|clotrimazole|miconazole|tolnaftate|terbinafine|undecylenic\s+acid|coal\s+tar|pyrithione\s+zinc|selenium\s+"
    r"sulfide|ketoconazole|minoxidil|dimethicone|petrolatum|colloidal\s+oatmeal|calamine|pramoxine|benzocaine|dyclonine|glycerin|"
    r"propylene\s+glycol|polyethylene\s+glycol|carboxymethylcellulose|hypromellose|tetrahydrozoline|naphazoline|ketotifen|olopatadine|"
    r"pheniramine|diphenhydramine|doxylamine|loratadine|cetirizine|fexofenadine|chlorpheniramine|pseudoephedrine|phenylephrine|"
    r"oxymetazoline|dextromethorphan|guaifenesin|acetaminophen|paracetamol|ibuprofen|naproxen|aspirin|diclofenac|famotidine|"
    r"\w+prazole|calcium\s+carbonate|(?:magnesium|aluminum|aluminium)\s+hydroxide|simethicone|bismuth\s+subsalicylate|loperamide|"
    r"bisacodyl|sennosides|docusate|(?:stannous|sodium)\s+fluoride|potassium\s+nitrate|nicotine(?:\s+polacrilex)?|meclizine|"
    r"dimenhydrinate|permethrin|carbamide\s+peroxide|povidone[\s-]iodine|chlorhexidine|hydrogen\s+peroxide)"
)  # the active ingredients of the monographs for medicines without prescription
_DRUG = compile_lowered(rf"(?i)\b{_DRUGS}\b[^.\n]{{0,24}}?\d(?:[.,]\d+)?\s?(?:%|mg\b|mcg\b|g\b)")  # with its strength
_DRUG_LINE = compile_lowered(
    rf"(?im)^[^\w\n]{{0,4}}{_DRUGS}(?:\s(?:hydrochloride|hcl|hbr|maleate|sodium))?[^\w\n]{{0,4}}$"
)
_USES_LINE = compile_lowered(
    r"(?im)^[^\w\n]{0,4}use(?:s|\(s\))?:?\s(?:uses:?\s)?(?:temporarily|treats?|relieves?|reduces?|helps?)\s"
)
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
_SUPPLEMENT = compile_lowered(
    r"(?i)\b(?:supplement\s+facts|medical\s+food|not\s+intended\s+to\s+diagnose|homeopathic|homoeopathic|hpus|"
    r"(?<!any\s)(?<!other\s)(?<!herbal\s)(?<!taking\s)(?<!unlike\s)(?<!including\s)(?<!or\s)(?<!and\s)(?:dietary|food)\s+supplements?)\b"
)


def is_label(text: str, lowered: str) -> bool:
    """Whether a text, given also in lower case, has the structure of a medicine's label."""
    found = {part if part in _LABEL_PARTS else part.removesuffix("s") for part in _LABEL_PART.findall(lowered)}
    weight = sum(_LABEL_PARTS.get(part, 0) for part in found)
    if weight >= _LEAST_LABEL and not found <= _CAUTIONS:
        return True
    if weight < _LEAST_LABEL - 2:  # the names of a drug and a brand weigh two each, so it takes both
        return _names_brand(text) and _DRUG.search(lowered) is not None
    if _names_brand(text) or _DRUG.search(lowered) is not None:
        return True
    return _DRUG_LINE.search(lowered) is not None and _USES_LINE.search(lowered) is not None


def is_medicine(text: str, lowered: str) -> bool:
    """Whether a text, given also in lower case, reads like the leaflet or the advert of a medicine.

    The cautions of a supplement speak of doctors, medicines and side effects too: something must show the medicine.
    """
    if len({word.rstrip("s") for word in _MEDICINE.findall(lowered)}) < _LEAST_MEDICINE:
        return False
    return any(regex.search(lowered) for regex in (_SOLD_AS_MEDICINE, _DRUG)) or _names_brand(text)


def opens_with_drug(lowered: str) -> bool:
    """Whether a text in lower case opens with an ingredient of the monographs and its strength."""
    return _DRUG.match(lowered.lstrip("•-*■ ")) is not None


def _names_brand(text: str) -> bool:
    return _BRACKETS.search(text) is not None and _BRAND.search(text) is not None


def is_supplement(lowered: str) -> bool:
    """Whether a text in lower case calls its product a supplement, or homeopathic."""
    return _SUPPLEMENT.search(lowered) is not None


def is_study(lowered: str) -> bool:
    """Whether a text in lower case reads like the summary of one study."""
    return len({word[:6] for word in _STUDY.findall(lowered)}) >= _LEAST_STUDY
