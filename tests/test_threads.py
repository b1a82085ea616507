"""One assessor serves several threads: they get what a thread alone gets."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import classifier
from classifier.reports.jsonl import to_record

TEXTS = [
    "Our drops cure arthritis. Order now and save 20%!",
    "# Sleep\n\nIn a randomised trial of 120 adults, sleep got better (Doe, 2019).\n\n- Deeper sleep\n- Calm mood",
    "It works by calming the nerves. Do not take it with wine.",
    "Diese Kapseln lindern Gelenkschmerzen und stärken das Immunsystem jeden Tag.",
    "",
    "Buy now!!! <!-- healthclaims: ignore support.none: agreed --> Eases joint pain [1].\n\n[1] Doe J, 2020.",
]


@pytest.mark.parametrize("name", ["fast", "assessor"])
def test_eight_threads_report_what_one_does(request: pytest.FixtureRequest, name: str) -> None:
    shared: classifier.Assessor = request.getfixturevalue(name)
    documents = [classifier.Document(f"{text}\nNumber {number}.") for number in range(4) for text in TEXTS]
    with ThreadPoolExecutor(8) as threads:  # first, while what is built once and kept is not there
        found = list(threads.map(lambda document: to_record(shared.assess(document)), documents))
    assert found == [to_record(shared.assess(document)) for document in documents]


FRESH = """
import json, sys, threading
import classifier
from classifier.reports.jsonl import to_record

texts = json.load(sys.stdin)
together = threading.Barrier(8)
found = [None] * 8

def work(number):
    together.wait()
    assessor = classifier.load("fast")
    found[number] = [to_record(assessor.assess(text)) for text in texts]

threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(found))
"""


def test_threads_may_load_at_once_in_a_process_that_has_loaded_nothing(root: Path, fast: classifier.Assessor) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FRESH], input=json.dumps(TEXTS), capture_output=True, text=True, cwd=root, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    wanted = json.loads(json.dumps([to_record(fast.assess(text)) for text in TEXTS]))
    assert json.loads(done.stdout) == [wanted] * 8
