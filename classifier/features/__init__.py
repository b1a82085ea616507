"""Sentences → the features that the tagger reads: words, their parts, layout, lexicon terms, and the surroundings.

`read_pages` turns documents with their sentences into arrays. `SentenceFeatures` makes of them the sparse matrix that a
model is trained on, `Tables` the margins of a trained model at once; both read the same arrays, so they cannot drift.
"""

from classifier.features.attribution import attribute
from classifier.features.channels import CHANNELS, SentenceFeatures
from classifier.features.pages import Pages, plain_text, read_pages, token_spans
from classifier.features.tables import Tables
from classifier.features.words import BUCKETS, Words

__all__ = [
    "BUCKETS",
    "CHANNELS",
    "Pages",
    "SentenceFeatures",
    "Tables",
    "Words",
    "attribute",
    "plain_text",
    "read_pages",
    "token_spans",
]
