"""A text to assess, and where in its file each part of it stands."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass

__all__ = ["Document", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its file a text stands from `start` on: a page, a paragraph, an XPath; None where nobody knows."""

    start: int
    location: str | None


@dataclass(frozen=True, slots=True)
class Document:
    """A text to assess. `id` names it in reports, `source` is the path as given (`-` for standard input).

    `language` is an ISO 639-1 code, or None as long as nobody has looked; `location` is the place in a file of many
    documents, `places` are those inside the document, by `start`; `columns` are names and values carried along.
    """

    text: str
    id: str = "-"
    source: str = "-"
    language: str | None = None
    location: str | None = None
    places: tuple[Place, ...] = ()
    columns: tuple[tuple[str, str | int | float | bool | None], ...] = ()

    def location_at(self, offset: int) -> str | None:
        r"""Return where the character at an offset stands in the file: the document's place, then that inside it.

        >>> places = (Place(0, "page 1"), Place(7, "page 2"))
        >>> Document("Calm.\n\nRest.", location="line 3", places=places).location_at(7)
        'line 3, page 2'
        """
        number = bisect_right(self.places, offset, key=lambda place: place.start)
        inside = self.places[number - 1].location if number else None
        return ", ".join(part for part in (self.location, inside) if part is not None) or None

    @property
    def sha256(self) -> str:
        """Hex digest of the text in UTF-8."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
