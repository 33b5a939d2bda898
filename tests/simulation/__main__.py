"""`make simulate`: many seeded histories of bad luck; SEEDS says how many, FIRST where to begin."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from tests.simulation.seeds import run_seeds
from tests.support.databases import Sqlite


def main() -> int:
    """Run the seeds, print what failed in its shortest form, and give the exit code."""
    logging.disable(logging.CRITICAL)
    count, first = int(os.environ.get("SEEDS", "300")), int(os.environ.get("FIRST", "1"))
    with tempfile.TemporaryDirectory() as folder:
        failures = list(run_seeds(Sqlite(Path(folder)), range(first, first + count)))
    for failure in failures:
        print(failure)
    print(f"{count - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
