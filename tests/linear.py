"""Hold a function to linear time on machines that are busy with other things."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

__all__ = ["assert_linear"]


def assert_linear(run: Callable[[str], object], half: str, whole: str, *, slack: float = 0.02) -> None:
    """Assert that twice the input takes at most 2.5 times the time, or `slack` seconds more.

    Processor time counts, the collector of garbage is off, and a busy machine gets four attempts: what is quadratic
    fails them all.
    """
    seconds = (0.0, 0.0)
    for _ in range(4):
        seconds = _seconds(run, half), _seconds(run, whole)
        if seconds[1] <= 2.5 * seconds[0] + slack:
            return
    raise AssertionError(f"{seconds[0]:.3f} s for {len(half):,} characters, {seconds[1]:.3f} s for {len(whole):,}")


def _seconds(run: Callable[[str], object], text: str) -> float:
    times = []
    for _ in range(2):
        gc.collect(1)
        gc.disable()
        try:
            start = time.process_time()
            run(text)
            times.append(time.process_time() - start)
        finally:
            gc.enable()
    return min(times)
