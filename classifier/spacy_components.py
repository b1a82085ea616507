r"""spaCy pipeline components, found by their entry points.

>>> import spacy
>>> nlp = spacy.blank("en")
>>> _ = nlp.add_pipe("health_claims_segmenter")
>>> [sentence.text for sentence in nlp("DEEPER SLEEP\nTake 2.5 mg. Ask Dr. May first.").sents]
['DEEPER SLEEP\n', 'Take 2.5 mg.', 'Ask Dr. May first.']
"""

from __future__ import annotations

from bisect import bisect_right

from spacy.language import Language
from spacy.tokens import Doc

from classifier.segmentation import split

__all__ = ["Segmenter", "make_segmenter"]


class Segmenter:
    """Set the sentence starts of a `Doc` as `classifier.split` finds them.

    A token belongs to the sentence in which it begins, so where a sentence ends inside a token ("works.Buy") the token
    keeps both, and white space goes to the sentence before it. It keeps no state, so there is nothing to serialise.
    """

    def __call__(self, doc: Doc) -> Doc:
        starts = [start for start, _ in split(doc.text)]
        previous = -1
        for token in doc:
            # the sentence that the token's last character lies in: a token across a boundary opens the new sentence
            sentence = max(bisect_right(starts, token.idx) - 1, 0)
            token.is_sent_start = sentence != previous and (not token.is_space or token.i == 0)
            if not token.is_space:
                previous = sentence
        return doc

    def to_bytes(self, **_: object) -> bytes:
        return b""

    def from_bytes(self, _: bytes, **__: object) -> Segmenter:
        return self

    def to_disk(self, *_: object, **__: object) -> None:
        """Write nothing: there is no state."""

    def from_disk(self, *_: object, **__: object) -> Segmenter:
        return self


@Language.factory("health_claims_segmenter", assigns=["token.is_sent_start", "doc.sents"])
def make_segmenter(nlp: Language, name: str) -> Segmenter:  # noqa: ARG001  # the signature that spaCy calls
    """Build the component; spaCy calls this for `nlp.add_pipe("health_claims_segmenter")`."""
    return Segmenter()
