r"""spaCy pipeline components, found by their entry points.

>>> import spacy
>>> nlp = spacy.blank("en")
>>> _ = nlp.add_pipe("health_claims_segmenter")
>>> [sentence.text for sentence in nlp("DEEPER SLEEP\nTake 2.5 mg. Ask Dr. May first.").sents]
['DEEPER SLEEP\n', 'Take 2.5 mg.', 'Ask Dr. May first.']
"""

from __future__ import annotations

import numpy as np
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
        starts = np.array([0, *(start for start, _ in split(doc.text))])
        sentences = np.searchsorted(starts, doc.to_array("IDX"), side="right")
        is_space = np.array([token.is_space for token in doc], dtype=bool)
        # white space goes to the sentence of the last visible token before it
        last_visible = np.maximum.accumulate(np.where(is_space, 0, np.arange(len(doc))))
        sentences = sentences[last_visible]
        opens = np.diff(sentences, prepend=-1) != 0
        doc.from_array(["SENT_START"], np.where(opens, 1, -1).astype(np.uint64).reshape(-1, 1))  # type: ignore[arg-type]
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
