"""What changed between two runs: documents, sentences, what was said of a sentence, and findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from classifier.review.fingerprints import is_own_name, normalise
from classifier.review.runs import RunDocument, RunFinding, RunSentence
from classifier.vocabulary import Severity

__all__ = ["Change", "Difference", "compare"]

_COMPARED = ("labels", "primary", "evidence", "support", "severity")


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `kind` is one of `Difference.KINDS`; `old` and `new` are empty where there is nothing on that side.

    `severity` is that of the finding, for a change of findings.
    """

    kind: str
    document: str
    text: str = ""
    field: str = ""
    old: str = ""
    new: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """All changes between two runs, and the versions on both sides."""

    changes: tuple[Change, ...]
    old_versions: Mapping[str, str]
    new_versions: Mapping[str, str]

    KINDS = (
        *("document gone", "document new", "sentence gone", "sentence new", "sentence changed"),
        *("finding gone", "finding new", "finding changed"),
    )

    @property
    def counts(self) -> Mapping[str, int]:
        """How many changes there are of each kind, in the order of `KINDS`."""
        found = Counter(change.kind for change in self.changes)
        return {kind: found[kind] for kind in self.KINDS if found[kind]}

    @property
    def worst_new(self) -> Severity | None:
        """The highest severity among the new findings that count."""
        new = [change.severity for change in self.changes if change.kind == "finding new" and change.severity]
        return max(new, key=lambda severity: severity.rank, default=None)


def compare(old: Sequence[RunDocument], new: Sequence[RunDocument]) -> Difference:
    """Compare two runs. Documents are matched by name and text, else by name, else by text; sentences by their words.

    The number of a row, which moves, is no name: it matches what nothing else does.

    >>> compare((), ()).counts
    {}
    """
    return Difference(tuple(_changes(old, new)), _versions(old), _versions(new))


def _changes(old: Sequence[RunDocument], new: Sequence[RunDocument]) -> Iterator[Change]:
    pairs, gone, fresh = _paired(old, new)
    for document in gone:
        yield Change("document gone", document.id)
    for document in fresh:
        yield Change("document new", document.id)
        for sentence in document.sentences:
            yield from _findings((), sentence.findings, document.id, sentence.text)
        yield from _findings((), document.findings, document.id)
    for before, after in pairs:
        yield from _in_document(before, after)


def _paired(
    old: Sequence[RunDocument], new: Sequence[RunDocument]
) -> tuple[list[tuple[RunDocument, RunDocument]], list[RunDocument], list[RunDocument]]:
    pairs = []
    left, fresh = list(old), list(new)
    for key_of in (_name_and_text, _name, _text, _place):
        before = dict(_numbered(left, key_of))
        unmatched = []
        for key, document in _numbered(fresh, key_of):
            match = before.pop(key, None) if key[0] is not None else None
            if match is None:
                unmatched.append(document)
            else:
                pairs.append((match, document))
        left, fresh = list(before.values()), unmatched
    return pairs, left, fresh


def _name_and_text(document: RunDocument) -> str | None:
    return f"{document.sha256} {document.id}" if is_own_name(document.id, document.source) else None


def _name(document: RunDocument) -> str | None:
    return document.id if is_own_name(document.id, document.source) else None


def _text(document: RunDocument) -> str | None:
    return document.sha256


def _place(document: RunDocument) -> str | None:
    return document.id


def _numbered(
    documents: Sequence[RunDocument], key_of: Callable[[RunDocument], str | None]
) -> Iterator[tuple[tuple[str | None, int], RunDocument]]:
    seen: Counter[str | None] = Counter()
    for document in documents:
        key = key_of(document)
        yield (key, seen[key]), document
        seen[key] += 1


def _in_document(old: RunDocument, new: RunDocument) -> Iterator[Change]:
    if old.not_assessed != new.not_assessed:
        yield Change(
            "sentence changed", new.id, "", "assessed", old.not_assessed or "assessed", new.not_assessed or "assessed"
        )
    before = dict(_keyed(old.sentences))
    for key, sentence in _keyed(new.sentences):
        former = before.pop(key, None)
        if former is None:
            yield Change("sentence new", new.id, sentence.text)
            yield from _findings((), sentence.findings, new.id, sentence.text)
            continue
        for name in _COMPARED:
            was, now = _shown(getattr(former, name)), _shown(getattr(sentence, name))
            if was != now:
                yield Change("sentence changed", new.id, sentence.text, name, was, now)
        yield from _findings(former.findings, sentence.findings, new.id, sentence.text)
    for sentence in before.values():
        yield Change("sentence gone", new.id, sentence.text)
        yield from _findings(sentence.findings, (), new.id, sentence.text)
    yield from _findings(old.findings, new.findings, new.id)


def _keyed(sentences: Sequence[RunSentence]) -> Iterator[tuple[tuple[str, int], RunSentence]]:
    seen: Counter[str] = Counter()
    for sentence in sentences:
        words = normalise(sentence.text)
        yield (words, seen[words]), sentence
        seen[words] += 1


def _findings(old: Sequence[RunFinding], new: Sequence[RunFinding], document: str, text: str = "") -> Iterator[Change]:
    before, after = dict(_numbered_findings(old)), dict(_numbered_findings(new))
    for key, finding in after.items():
        former = before.get(key)
        severity = finding.severity if finding.set_aside is None else None
        if former is None:
            yield Change("finding new", document, text, finding.rule, "", _state(finding), severity)
        elif _state(former) != _state(finding):
            kind = "finding new" if former.set_aside and not finding.set_aside else "finding changed"
            yield Change(kind, document, text, finding.rule, _state(former), _state(finding), severity)
    for key, finding in before.items():
        if key not in after:
            yield Change("finding gone", document, text, finding.rule, _state(finding), "", finding.severity)


def _numbered_findings(findings: Sequence[RunFinding]) -> Iterator[tuple[tuple[str, str, int], RunFinding]]:
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        key = finding.rule, finding.market
        yield (*key, seen[key]), finding
        seen[key] += 1


def _state(finding: RunFinding) -> str:
    state = {None: "", "waiver": ", waived", "baseline": ", in the baseline"}.get(finding.set_aside, "")
    return f"{finding.market + ', ' if finding.market else ''}{finding.severity}{state}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "does not apply" if value is None else str(value)


def _versions(documents: Sequence[RunDocument]) -> Mapping[str, str]:
    found: dict[str, dict[str, None]] = {}
    for document in documents:
        policies = document.versions.get("policies")
        parts = {"healthclaims": document.versions.get("healthclaims"), "model": document.versions.get("model")}
        parts |= {f"rules {name}": version for name, version in policies.items()} if isinstance(policies, dict) else {}
        parts |= {"rules and word lists": data} if (data := document.versions.get("data")) else {}
        for name, version in parts.items():
            found.setdefault(name, {})[str(version)] = None
    return {name: ", ".join(versions) for name, versions in found.items()}
