"""The trained part: from the signs of a claim to one score a level. Arrays in `models/evidence/`, made by a script."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from classifier.errors import ModelError
from classifier.evidence.signs import CHANNELS
from classifier.records import Evidence

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["BUCKETS", "KIND", "Ranker", "columns_of", "load_ranker"]

KIND = "evidence-linear"
BUCKETS = 2**15


@dataclass(frozen=True, slots=True)
class Ranker:
    """One linear model a level over hashed signs.

    `coefficients` has the shape (buckets, levels), `intercepts` (levels,), `rarity` (buckets,).
    """

    coefficients: npt.NDArray[np.floating[Any]]
    intercepts: npt.NDArray[np.floating[Any]]
    rarity: npt.NDArray[np.floating[Any]]

    def scores(self, claims: Sequence[Mapping[str, Sequence[str]]]) -> list[dict[Evidence, float]]:
        """Return for the signs of each claim one score a level; the highest is the likeliest."""
        import numpy as np

        if not claims:
            return []
        groups = [columns_of(signs[channel]) for signs in claims for channel in CHANNELS]
        sizes = [len(group) for group in groups]
        columns = np.fromiter(chain.from_iterable(groups), np.intp, sum(sizes))
        group_of = np.repeat(np.arange(len(groups)), sizes)
        values = self.rarity[columns].astype(np.float64)
        lengths = np.sqrt(np.bincount(group_of, values * values, len(groups)))
        scales = np.tile([*CHANNELS.values()], len(claims)) / np.maximum(lengths, 1e-9)
        weighed = (values * scales[group_of])[:, None] * self.coefficients[columns]
        first = np.searchsorted(group_of, np.arange(0, len(groups), len(CHANNELS)))  # every claim has some facts
        found = np.add.reduceat(weighed, first) + self.intercepts
        return [dict(zip(Evidence, row, strict=True)) for row in found.tolist()]


def columns_of(signs: Sequence[str]) -> list[int]:
    """Return the columns that signs are hashed to, each once, in order.

    >>> columns_of(["sleep", "sleep", "deep"]) == sorted(columns_of(["deep", "sleep"]))
    True
    """
    return sorted({zlib.crc32(sign.encode("utf-8", "surrogatepass")) % BUCKETS for sign in signs})


@cache
def load_ranker() -> Ranker:
    """Load the shipped model. Raises `ModelError` where it is damaged or of another version."""
    from classifier.model_store import find_shipped, load_model

    folder = find_shipped("evidence")
    stored = load_model(folder)
    expected = {
        "kind": KIND,
        "levels": [level.value for level in Evidence],
        "channels": dict(CHANNELS),
        "buckets": BUCKETS,
    }
    for key, value in expected.items():
        if stored.config.get(key) != value:
            raise ModelError(f"{folder / 'config.json'}: {key} is not {value!r}; run scripts/train_evidence.py")
    shapes = {"coefficients": (BUCKETS, len(Evidence)), "intercepts": (len(Evidence),), "rarity": (BUCKETS,)}
    for name, shape in shapes.items():
        array = stored.arrays.get(name)
        if array is None or array.shape != shape or array.dtype.kind != "f":
            raise ModelError(f"{folder / name}.npy: missing, or not f of shape {shape}; run scripts/train_evidence.py")
    return Ranker(**{name: stored.arrays[name] for name in shapes})
