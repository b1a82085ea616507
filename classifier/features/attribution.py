"""What each word of a sentence, and what stands around it, adds to the margins of a linear model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from classifier.features.channels import CHANNELS, WEIGHED, Floats, channels
from classifier.features.pages import Pages
from classifier.features.words import term_index

__all__ = ["attribute"]

_NAMES = {
    "counts": "word lists that meet",
    "layout": "layout",
    "before": "sentences before and after",
    "after": "sentences before and after",
    "heading": "heading and list stem",
    "stem": "heading and list stem",
    "surroundings": "what stands around",
}


def attribute(pages: Pages, row: int, idf: Floats, coefficients: Floats) -> tuple[Floats, Mapping[str, Floats]]:
    """Part the margins of one sentence, without the intercepts, exactly.

    Returns what each of its tokens adds, of shape (tokens, labels), and what the surroundings add, by name. A pair
    of words counts half for each, a term of several words in equal parts.
    """
    first, end = int(pages.starts[row]), int(pages.starts[row + 1])
    words = np.zeros((end - first, len(coefficients)))
    around: dict[str, Floats] = {}
    for name, (rows, columns) in channels(pages):
        chosen = rows == row
        own = columns[chosen]
        if not len(own):
            continue
        values = idf[own].astype(np.float64) if name in WEIGHED else np.ones(len(own))
        shares = (CHANNELS[name] * values / np.sqrt((values**2).sum()))[:, None] * coefficients[:, own].T
        if name == "words":
            words += shares
        elif name == "pairs":
            if len(words):
                shares[[0, -1]] *= 2  # beside the ends of the sentence there is one word alone
                words += (shares[1:] + shares[:-1]) / 2
            else:
                around["layout"] = around.get("layout", 0) + shares.sum(axis=0)
        elif name == "parts":
            lengths = np.diff(pages.words.part_ends)[pages.tokens[first:end]]
            np.add.at(words, np.repeat(np.arange(end - first), lengths), shares)
        elif name == "terms":
            lengths = term_index().length[pages.terms[chosen]]
            for start, length, share in zip(pages.term_starts[chosen] - first, lengths, shares, strict=True):
                words[start : start + length] += share / length
        else:
            around[_NAMES[name]] = around.get(_NAMES[name], 0) + shares.sum(axis=0)
    return words, around
