"""Runs seeds, and shortens what fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tests.simulation.application import SimulatedApp
from tests.simulation.history import History, Step, drawn, shortened
from tests.support.databases import Sqlite


def run_steps(app: SimulatedApp, steps: Sequence[Step]) -> list[str]:
    """Live through one history from the beginning; gives what did not hold."""
    with app.begin():
        return History(app).run(steps)


def run_seeds(sqlite: Sqlite, seeds: Iterable[int]) -> Iterator[str]:
    """The report of each seed that fails: what did not hold, and its shortest history."""
    app = SimulatedApp(sqlite)
    for seed in seeds:
        steps = drawn(seed)
        faults = run_steps(app, steps)
        if faults:
            shortest = shortened(steps, lambda fewer: bool(run_steps(app, fewer)))
            lines = [f"seed {seed}:", *run_steps(app, shortest), *map(str, shortest)]
            yield "\n  ".join(lines)
