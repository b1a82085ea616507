"""The tagger: sentences → one calibrated probability a label, a threshold each, and the primary label.

Two models answer to one protocol, `SentenceModel`: `Tagger`, linear over hashed features, and `EncoderTagger`, which
blends it with a small sentence encoder.
"""

from classifier.tagger.decision import Prediction, SentenceModel, primary_label, tag, tag_documents
from classifier.tagger.encoded import EncoderTagger, Heads
from classifier.tagger.linear import Tagger
from classifier.tagger.storage import load_tagger, save_tagger

__all__ = [
    "EncoderTagger",
    "Heads",
    "Prediction",
    "SentenceModel",
    "Tagger",
    "load_tagger",
    "primary_label",
    "save_tagger",
    "tag",
    "tag_documents",
]
