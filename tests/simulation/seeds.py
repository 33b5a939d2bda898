"""Runs seeds, and shortens what fails."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.application import SimulatedApp
from tests.simulation.history import History, Step, drawn, shortened
from tests.support.databases import Sqlite

MEMORY = "/dev/shm"


def run_steps(app: SimulatedApp, steps: Sequence[Step]) -> list[str]:
    """Live through one history from the beginning; gives what did not hold."""
    with app.begin():
        return History(app).run(steps)


def run_seeds(folder: Path, seeds: Sequence[int]) -> list[str]:
    """The reports of the seeds that fail, run in one process with databases below `folder`."""
    logging.disable(logging.CRITICAL)
    with TemporaryDirectory(dir=folder) as own:
        return list(failures_of(SimulatedApp(Sqlite(Path(own))), seeds))


def failures_of(app: SimulatedApp, seeds: Iterable[int]) -> Iterator[str]:
    """The report of each seed that fails: what did not hold, and its shortest history."""
    for seed in seeds:
        steps = drawn(seed)
        if run_steps(app, steps):
            shortest = shortened(steps, lambda fewer: bool(run_steps(app, fewer)))
            lines = [f"seed {seed}:", *run_steps(app, shortest), *map(str, shortest)]
            yield "\n  ".join(lines)


def memory_folder() -> str | None:
    """A folder that needs no disk, where the system has one; a third of the time goes otherwise."""
    return MEMORY if os.access(MEMORY, os.W_OK) else None
