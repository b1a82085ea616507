"""Text taken out of a format that has places: pages, paragraphs, elements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from classifier.readers.decoding import check_size
from classifier.records import Place

__all__ = ["MAX_PLACES", "Extract", "collect", "join"]

MAX_PLACES = 200_000
"""The most places that are kept of one document, twice the sentences that one may have; later ones are unknown."""


@dataclass(frozen=True, slots=True)
class Extract:
    """A text, and where its parts stand in the file."""

    text: str
    places: tuple[Place, ...] = ()


def collect(parts: Iterable[tuple[str, str | None]], separator: str, source: str) -> Extract:
    r"""Put texts with their locations together; what has no location stands where the text before it does.

    Raises `UnreadableError` as soon as the whole is larger than a document may be.

    >>> collect([("Calm.", "page 1"), ("Rest.", "page 3")], "\n\n", "a.pdf").places
    (Place(start=0, location='page 1'), Place(start=7, location='page 3'))
    """
    texts: list[str] = []
    places: list[Place] = []
    start = size = 0
    for text, location in parts:
        if texts:
            start += len(separator)
        if location is not None:
            _add(places, Place(start, location))
        texts.append(text)
        start += len(text)
        size += len(text.encode("utf-8", "surrogatepass"))
        check_size(size, source)
    return Extract(separator.join(texts), tuple(places))


def join(extracts: Iterable[Extract], separator: str) -> Extract:
    """Put extracts together, each keeping its own places."""
    texts: list[str] = []
    places: list[Place] = []
    start = 0
    for extract in extracts:
        if texts:
            start += len(separator)
        for place in extract.places:
            _add(places, replace(place, start=place.start + start))
        texts.append(extract.text)
        start += len(extract.text)
    return Extract(separator.join(texts), tuple(places))


def _add(places: list[Place], place: Place) -> None:
    """Add a place unless it is the one before it once more."""
    if len(places) == MAX_PLACES:
        places.append(Place(place.start, None))
    elif len(places) < MAX_PLACES and not (places and places[-1].location == place.location):
        places.append(place)
