from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from classifier import Assessor, Document, load
from classifier.assessor import batches_of
from classifier.tagger import Tagger

TEXTS = [
    "Our tea eases joint pain.",
    "",
    "Unser Tee lindert Gelenkschmerzen und hilft gegen Erkältungen. Er schmeckt der ganzen Familie sehr gut.",
    "Cures gout. <!-- healthclaims: ignore support.none -- known -->",
    "Melts fat. " * 30,
    *(f"Balm number {number} relieves itching within minutes. Order now!" for number in range(30)),
]


@pytest.fixture(scope="module")
def fast() -> Assessor:
    return load("fast")


def test_several_documents_are_assessed_as_each_by_itself(fast: Assessor) -> None:
    assert [*fast.assess_many(TEXTS)] == [*map(fast.assess, TEXTS)]


def test_the_accurate_model_reads_several_documents_as_each_by_itself(assessor: Assessor) -> None:
    assert [*assessor.assess_many(TEXTS[:8])] == [*map(assessor.assess, TEXTS[:8])]


def test_only_a_few_documents_are_read_ahead(fast: Assessor) -> None:
    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for text in TEXTS:
            taken += 1
            yield text

    next(fast.assess_many(texts()))
    assert taken == 16
    assert [len(batch) for batch in batches_of(["a" * 60_000] * 5, len)] == [2, 2, 1]


def test_what_was_read_before_a_source_fails_is_assessed(fast: Assessor) -> None:
    def texts() -> Iterator[str]:
        yield from TEXTS[:2]
        raise OSError("unplugged")

    reports = fast.assess_many(texts())
    assert [next(reports).document.text, next(reports).document.text] == TEXTS[:2]
    with pytest.raises(OSError, match="unplugged"):
        next(reports)


def test_what_is_no_text_is_refused_where_its_report_is_due(fast: Assessor) -> None:
    reports = fast.assess_many(["Cures gout.", b"Cures gout.", "Calms."])  # type: ignore[list-item]
    assert next(reports).document.text == "Cures gout."
    with pytest.raises(TypeError, match="takes a text or a Document, not bytes"):
        next(reports)


@pytest.mark.parametrize("stage", ["_read", "_tag", "_judge"])
def test_a_document_that_meets_a_fault_takes_no_other_with_it(
    fast: Assessor, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions = Tagger.predictions
    if stage == "_tag":

        def faulty_model(self: Tagger, pages: Any) -> Any:
            if any(document.text == "bad" for document, _ in pages):
                raise ValueError("eggs")
            return predictions(self, pages)

        monkeypatch.setattr(Tagger, "predictions", faulty_model)
    else:
        whole = getattr(Assessor, stage)

        def faulty(self: Assessor, read: Any, *rest: Any) -> Any:
            if (read if isinstance(read, Document) else read.document).text == "bad":
                raise ValueError("eggs")
            return whole(self, read, *rest)

        monkeypatch.setattr(Assessor, stage, faulty)
    documents = [*map(Document, ["Cures gout.", "bad", "Calms.", "bad", "Buy now!"])]
    found = [str(one) if isinstance(one, Exception) else one.document.text for one in fast.assess_each(documents)]
    assert found == ["Cures gout.", "eggs", "Calms.", "eggs", "Buy now!"]
