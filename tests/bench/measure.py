"""CPU time of calls, as a ratio within one run."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Mapping

from tests.bench.clients import TOGETHER, Call

ROUNDS, CALLS = 40, TOGETHER
REFERENCE = "requests.Session"


def measure(calls: Mapping[str, Call], rounds: int = ROUNDS) -> dict[str, tuple[float, float]]:
    """Microseconds of CPU a call, and the ratio to the reference, of each client.

    All take turns in short rounds; the ratio is the median of the rounds' ratios, so that what
    else the machine does meets all of them.
    """
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(CALLS):
            call()
    for _ in range(rounds):
        gc.collect()
        for name, call in calls.items():
            started = time.process_time()
            for _ in range(CALLS):
                call()
            spent[name].append((time.process_time() - started) / CALLS * 1e6)
    reference = spent[REFERENCE]
    return {
        name: (
            statistics.median(values),
            statistics.median(a / b for a, b in zip(values, reference, strict=True)),
        )
        for name, values in spent.items()
    }
