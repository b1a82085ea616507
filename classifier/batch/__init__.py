"""Score many documents in a stream: read, assess, write and keep count, with memory that does not grow with the input.

| module | what it holds |
|---|---|
| `scoring` | `score`, which the command line calls |
| `tasks` | what is to be done for a document, and what came of it |
| `processes` | the same in several processes, in order, one bad document never taking others with it |
| `outputs`, `stores` | where reports go, and how a run that was cut short goes on |
| `places`, `written` | partial files and locks; which documents are done |
| `failures`, `progress`, `tally` | what failed, how far a run is, how much it met |
"""

from classifier.batch.outputs import FORMATS, choose_format
from classifier.batch.scoring import Reviewing, Running, score
from classifier.batch.tally import Counts, Tally

__all__ = ["FORMATS", "Counts", "Reviewing", "Running", "Tally", "choose_format", "score"]
