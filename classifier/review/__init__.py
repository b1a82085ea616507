"""What people decide about findings: waivers, a baseline, and what changed between two runs."""

from classifier.review.applying import WAIVER_BASIS, WAIVER_RULES, Review, open_review
from classifier.review.baseline import Baseline, Collector, baseline_entries, read_baseline, write_baseline
from classifier.review.differences import Change, Difference, compare
from classifier.review.fingerprints import Fingerprinted, fingerprint_findings, normalise
from classifier.review.runs import read_run
from classifier.review.waivers import Waiver, parse_waivers, read_waivers

__all__ = [
    "WAIVER_BASIS",
    "WAIVER_RULES",
    "Baseline",
    "Change",
    "Collector",
    "Difference",
    "Fingerprinted",
    "Review",
    "Waiver",
    "baseline_entries",
    "compare",
    "fingerprint_findings",
    "normalise",
    "open_review",
    "parse_waivers",
    "read_baseline",
    "read_run",
    "read_waivers",
    "write_baseline",
]
