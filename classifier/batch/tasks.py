"""What is to be done with each document, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from classifier.assessor import BATCH_WEIGHT, Assessor, batches_of
from classifier.batch.tally import Counts
from classifier.errors import UnreadableError
from classifier.readers import ReadOptions, read_files
from classifier.records import Document, Report
from classifier.review import Review, baseline_entries

__all__ = ["Key", "Outcome", "Reading", "Recipe", "Result", "Scorer", "Task", "weight"]


class Key(NamedTuple):
    """What tells whether a document is done: `sha256` is that of its text."""

    source: str
    id: str
    sha256: str

    @classmethod
    def of(cls, document: Document) -> Key:
        return cls(document.source, document.id, document.sha256)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a document. `payload` is what the output wants of the report, `note` what a person should know.

    `found` is what a baseline holds of it, where one is to be written; `met` names the waivers of a file that speak of
    findings which are set aside.
    """

    key: Key
    counts: Counts
    payload: Any
    note: str | None = None
    found: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    met: frozenset[str] = frozenset()


Task = str | Document
"""A file of one document, to be read where it is scored, or a document that has been read."""

Result = Outcome | UnreadableError


def weight(task: Task) -> int:
    """Return about how many characters a task will hold in memory."""
    if isinstance(task, Document):
        return len(task.text)
    try:
        return Path(task).stat().st_size
    except OSError:  # its reader will say so
        return 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How documents are read. `max_size` is the most bytes of text that one may have."""

    options: ReadOptions = field(default_factory=ReadOptions)
    max_size: int | None = None

    def read(self, source: str) -> Iterator[Document | UnreadableError]:
        """Yield the documents of a file that are not too large, or the errors that say why they could not be read."""
        return map(self.check, self.read_all(source))

    def read_all(self, source: str) -> Iterator[Document | UnreadableError]:
        """Yield the documents of a file, however large, or the errors that say why they could not be read."""
        try:
            yield from read_files([source], options=self.options)
        except Exception as error:  # one file must not end the run, whatever its reader meets
            yield _failure(source, error)

    def check(self, document: Document | UnreadableError) -> Document | UnreadableError:
        """Return the document, or an error if it is larger than wanted."""
        if isinstance(document, UnreadableError) or self.max_size is None or len(document.text) * 4 <= self.max_size:
            return document
        size = len(document.text.encode("utf-8", "surrogatepass"))
        if size <= self.max_size:
            return document
        return UnreadableError(
            document.id, f"too large: {size:,} bytes, where --max-document-size allows {self.max_size:,}"
        )


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a process makes its scorer; all of it can be sent to another process.

    `review` marks the findings that somebody has set aside, `collects` asks for what a baseline holds.
    """

    load: Callable[[], Assessor]
    prepare: Callable[[Report], Any]
    reading: Reading = Reading()
    review: Review | None = None
    collects: bool = False

    def build(self) -> Scorer:
        """Return a scorer with an assessor of its own, which has read all that is read when first needed.

        So the time of the first document is that of any other.
        """
        scorer = Scorer(self.load(), self)
        short = Document("Our tea eases joint pain. Order now and save!")  # so that its language is looked for
        for _ in scorer.score([short]):
            pass
        return scorer


@dataclass(frozen=True, slots=True)
class Scorer:
    """Score tasks, a few at once."""

    assessor: Assessor
    recipe: Recipe

    def score(self, tasks: Iterable[Task | UnreadableError]) -> Generator[list[Result], None, None]:
        """Yield what came of each task, in order; a file that holds several documents has several results.

        A few are read ahead and tagged together; an error among the tasks is its own result.
        """
        for readings in batches_of(map(self._read, tasks), _weight_of_reading):
            documents = [found for reading in readings for found in reading if isinstance(found, Document)]
            reports = self.assessor.assess_each(documents)
            for reading in readings:
                yield [
                    found if isinstance(found, UnreadableError) else self._outcome(found, next(reports))
                    for found in reading
                ]

    def reviewed(self, report: Report) -> Report:
        """Return a report with what people have decided."""
        return report if self.recipe.review is None else self.recipe.review.apply(report)

    def _read(self, task: Task | UnreadableError) -> list[Document | UnreadableError]:
        return [*self.recipe.reading.read(task)] if isinstance(task, str) else [task]

    def _outcome(self, document: Document, found: Report | Exception) -> Result:
        if isinstance(found, Exception):
            return _failure(document, found)
        try:
            report = self.reviewed(found)
            entries = baseline_entries(report) if self.recipe.collects else {}
            met = self.recipe.review.met(report) if self.recipe.review is not None else frozenset()
            prepared = self.recipe.prepare(report)
            return Outcome(Key.of(document), Counts.of_report(report), prepared, _note(report), entries, met)
        except Exception as error:  # one document must not end the run; the failure is reported
            return _failure(document, error)


def _weight_of_reading(reading: Sequence[Document | UnreadableError]) -> int:
    """Return how much of a batch a task fills: all of it what comes by standard input, whose writer may be waiting."""
    documents = [found for found in reading if isinstance(found, Document)]
    if any(document.source == "-" for document in documents):
        return BATCH_WEIGHT
    return sum(len(document.text) for document in documents)


def _failure(task: Task, error: Exception) -> UnreadableError:
    name = task.id if isinstance(task, Document) else task
    return UnreadableError(
        name, f"a fault of healthclaims: {type(error).__name__}: {error}"[:500] + "; please report it"
    )


def _note(report: Report) -> str | None:
    if report.not_assessed:
        return f"{report.document.id}: not assessed: {report.not_assessed}"
    if not report.sentences:
        return f"{report.document.id}: empty: nothing to assess"
    return None
