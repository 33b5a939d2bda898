"""`make simulate`: many seeded histories of bad luck.

SEEDS says how many, FIRST where to begin, PROCESSES how many work at once.
"""

from __future__ import annotations

import os
import sys
import tempfile
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.seeds import memory_folder, run_seeds

AT_ONCE = 100
"""Seeds that one process gets at a time."""


def main() -> int:
    """Run the seeds, print what failed in its shortest form, and give the exit code."""
    count, first = int(os.environ.get("SEEDS", "300")), int(os.environ.get("FIRST", "1"))
    processes = int(os.environ.get("PROCESSES", os.cpu_count() or 1))
    ranges = [
        range(begin, min(begin + AT_ONCE, first + count))
        for begin in range(first, first + count, AT_ONCE)
    ]
    failed = 0
    # Not forked: a process of its own each, and a new one after some work, against its own growth.
    pool = get_context("spawn").Pool(processes, maxtasksperchild=10)
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder, pool:
        done = pool.imap(partial(run_seeds, Path(folder)), ranges)
        for seeds, reports in zip(ranges, done, strict=True):
            for report in reports:
                failed += 1
                print(report, flush=True)
            print(f"up to seed {seeds[-1]}: {failed} failed", file=sys.stderr, flush=True)
    print(f"{count - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
