"""What the encoder learns from: passages cut into windows anew for each epoch, some in excerpts, some words masked."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.corpora import KINDS, Passage
from classifier.encoder.windows import LONGEST_WINDOW, SentenceTokenizer, Window, reading, shortened, windows_of
from classifier.records import Evidence, Label, Severity

__all__ = ["Course", "Example", "Recipe", "Taught", "strides_of"]

_ASKED = 0.6  # of the sentences of a passage that is shown as the cascade shows it

Targets = tuple[npt.NDArray[np.float32], ...]
"""Labels, primary label, evidence level, severity and kinds, each of shape (units, choices)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast the encoder learns. `batch` counts windows, `threads` processor cores.

    `hidden` is the share of the words that are masked in training, so that no label hangs on one word alone; `excerpts`
    that of the passages which are cut into excerpts of one to three sentences, since users ask about such too. Several
    `seeds` make several trainings, alike but for chance, and the mean of their weights is kept (Wortsman et al. 2022,
    "Model soups"): used, it costs no more than one of them. `trust` is the weight of what a teacher says, if there is
    one, beside the labels. In `narrowing` further epochs, none unless they are asked for, the mean learns to do with
    fewer states (see `strides_of`), by the same labels and from what it was before: `likeness` is the weight of how far
    its embeddings are from those, `shortened` the share of the passages that it then sees as the cascade shows them: of
    some sentences, which are not asked about, the first tokens alone.
    """

    epochs: int = 4
    rate: float = 2e-4
    head_rate: float = 1e-3
    batch: int = 8
    warm_up: float = 0.1
    hidden: float = 0.1
    excerpts: float = 0.25
    layers: int | None = None
    seeds: tuple[int, ...] = (0, 1)
    trust: float = 0.5
    narrowing: int = 0
    likeness: float = 3.0
    shortened: float = 0.35
    threads: int = 2


def strides_of(layers: int) -> tuple[int, ...]:
    """Return how many tokens a state stands for in each layer of a narrowed encoder.

    >>> strides_of(6)
    (2, 2, 4, 4, 4, 4)
    """
    return tuple(2 if 3 * place < layers else 4 for place in range(layers))


@dataclass(frozen=True, slots=True)
class Taught:
    """What a teacher says of the units of a passage: probabilities of the labels, the primary one, and the evidence.

    Shapes (units, 4), (units, 5) and (units, 9): the primary label may be none, the last column.
    """

    labels: npt.NDArray[np.float32]
    primary: npt.NDArray[np.float32]
    evidence: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """A window to learn from, and the passage whose units it holds."""

    passage: Passage
    window: Window


class Course:
    """The passages as windows with their targets, cut anew for each epoch."""

    def __init__(
        self,
        passages: Sequence[Passage],
        tokenizer: SentenceTokenizer,
        recipe: Recipe,
        taught: Sequence[Taught] | None = None,
        *,
        shortened: float = 0.0,
    ) -> None:
        self.tokenizer = tokenizer
        self._shortened = shortened
        self._passages = passages
        self._recipe = recipe
        self._targets = {id(passage): _targets(passage) for passage in passages}
        if taught is not None:
            for passage, said in zip(passages, taught, strict=True):
                self._targets[id(passage)] = _mixed(self._targets[id(passage)], said, recipe.trust)

    def windows(self, passage: Passage) -> list[Window]:
        return list(self._cut(self.tokenizer.tokens_of(passage.text, passage.sentences)))

    def batches(self, epoch: int, seed: int) -> list[list[Example]]:
        """Cut the passages, some shorter, so that a sentence is seen in more than one company over the epochs."""
        chance = random.Random(1_000 * seed + epoch)
        examples = [
            Example(passage, self._with_hidden(window, chance))
            for passage in self._passages
            for window in self._windows_to_learn(passage, chance)
        ]
        chance.shuffle(examples)
        size = self._recipe.batch
        pool = size * 20  # windows of like length go together, so that little is padded
        found = []
        for start in range(0, len(examples), pool):
            part = sorted(examples[start : start + pool], key=lambda example: len(example.window.tokens))
            found += [part[at : at + size] for at in range(0, len(part), size)]
        chance.shuffle(found)
        return found

    def targets(self, batch: Sequence[Example]) -> Targets:
        """Return what the units of a batch should be; a row of nothing where a question does not apply."""
        rows = [
            [column[index] for column in self._targets[id(one.passage)]]
            for one in batch
            for index, _, _ in one.window.places
        ]
        return tuple(np.array(column) for column in zip(*rows, strict=True))

    def _windows_to_learn(self, passage: Passage, chance: random.Random) -> Iterator[Window]:
        rows = self.tokenizer.tokens_of(passage.text, passage.sentences)
        if self._shortened and chance.random() < self._shortened:
            asked = [chance.random() < _ASKED for _ in rows]
            yield from reading(self._cut(shortened(rows, passage.sentences, asked)), asked)
            return
        if chance.random() >= self._recipe.excerpts:
            yield from self._cut(rows, longest=chance.choice([LONGEST_WINDOW // 2, LONGEST_WINDOW, LONGEST_WINDOW]))
            return
        start = 0
        while start < len(rows):
            excerpt = rows[start : start + chance.randint(1, 3)]
            excerpt[0] = [self.tokenizer.new_block, *excerpt[0][1:]]  # as the first sentence of a document
            yield from self._cut(excerpt, first=start)
            start += len(excerpt)

    def _cut(self, rows: Sequence[list[int]], *, longest: int = LONGEST_WINDOW, first: int = 0) -> Iterator[Window]:
        tokenizer = self.tokenizer
        return windows_of(rows, opening=tokenizer.opening, closing=tokenizer.closing, longest=longest, first=first)

    def _with_hidden(self, window: Window, chance: random.Random) -> Window:
        tokenizer, share = self.tokenizer, self._recipe.hidden
        kept = {*tokenizer.markers, *tokenizer.opening, *tokenizer.closing, tokenizer.padding}
        return Window(
            tuple(
                tokenizer.hidden if chance.random() < share and token not in kept else token for token in window.tokens
            ),
            window.places,
        )


def _targets(passage: Passage) -> Targets:
    return (
        _chosen([unit.labels for unit in passage.units], list(Label)),
        _chosen([[unit.primary] for unit in passage.units], [*Label, None]),
        _chosen([[unit.evidence] for unit in passage.units], list(Evidence)),
        _chosen([[unit.severity] for unit in passage.units], list(Severity)),
        _chosen([unit.kinds for unit in passage.units], sorted(KINDS)),
    )


def _chosen(chosen: Sequence[Collection[Any]], choices: Sequence[Any]) -> npt.NDArray[np.float32]:
    rows = [[choice in one for choice in choices] for one in chosen]
    return np.array(rows, dtype=np.float32).reshape(len(rows), len(choices))


def _mixed(targets: Targets, taught: Taught, trust: float) -> Targets:
    """Mix the labels with what a teacher says; where a question does not apply, it says nothing."""
    labels, primary, evidence, *others = targets
    asked = evidence.sum(axis=1, keepdims=True)
    return (
        (1 - trust) * labels + trust * taught.labels,
        (1 - trust) * primary + trust * taught.primary,
        asked * ((1 - trust) * evidence + trust * taught.evidence),
        *others,
    )
