from __future__ import annotations

import pytest

from classifier.language import detect_language

TEXTS = {
    "Deze capsules helpen tegen pijn in de gewrichten en zijn een goede steun voor het lichaam van iedereen.": "nl",
    "Er will schlafen, und sie will endlich Ruhe haben, deshalb nehmen beide jeden Abend diese Kapseln.": "de",
    "Este complemento alivia el dolor de las articulaciones y mejora la calidad del sueño.": "es",
    "Kapslerne hjælper dig med at sove bedre om natten, og de er lavet af naturlige urter.": "da",
    "Это средство помогает при болях в суставах и улучшает сон.": "ru",
    "この製品は睡眠の質を改善します。": "ja",
    "Valeriana officinalis, Passiflora incarnata, Melissa officinalis, Humulus lupulus": "en",
    "Unser Health & Sleep Support mit Skin Complex: die Formel für mehr Energie und daily Wellness.": "de",
    "Nyd din Sleep & Skin te hver aften: den er lavet af urter og giver ro, with love from Jylland.": "da",
    "Immune Support": "en",
    "JOINT SAVER PLUS 60 CT": "en",
    "5 mg": "en",
    "": "en",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_language_is_told(text: str) -> None:
    assert detect_language(text) == TEXTS[text]


def test_one_english_sentence_makes_no_page_english() -> None:
    german = "Diese Kapseln lindern Gelenkschmerzen und stärken das Immunsystem an jedem Tag. "
    assert detect_language("With the power of the sea and your body. " + german * 20) == "de"


def test_the_end_of_a_long_page_counts() -> None:
    german = "Diese Kapseln lindern Gelenkschmerzen und stärken das Immunsystem an jedem Tag. "
    assert detect_language("This is what you and the world need. " * 20 + german * 400) == "de"
