"""Three hundred seeded histories of bad luck, and what the simulation itself must be able to do."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.application import SimulatedApp
from tests.simulation.history import Step, drawn, shortened
from tests.simulation.seeds import failures_of, memory_folder, run_steps
from tests.support.databases import Sqlite

SEEDS = 300
CHUNK = 15
"""Seeds in one test, so that both processes of a test run have work to the end."""
FOUND = [
    pytest.param(
        [
            Step("hour", 0, 7, {}, 6, False),
            Step("create by key", 0, 3, {}, -1, False),
            Step("list", 1, 1, {}, 4, True),
            Step("switch", 1, 1, {3: "null"}, -1, False),
            Step("create", 1, 2, {}, 4, False),
        ],
        id="3005: the database is away while a refusal is explained",
    ),
    pytest.param(
        [Step("create", 0, 5), Step("create", 0, 2, {0: "null"}, 4)],
        id="4609: the database is away before a creation is sent, so nothing can have been made",
    ),
    pytest.param(
        [Step("create", 0, 5), Step("create", 0, 2, {0: "null", 1: "broken"})],
        id="a creation of a taken name is not sent, and nobody has said that the name is taken",
    ),
    pytest.param(
        [Step("create", 0, 5), Step("create", 0, 2, {0: "null", 1: "lost"})],
        id="the refusal of a taken name is lost, and nobody has said that the name is taken",
    ),
]
"""Histories that did not hold once, by their seeds."""


@pytest.fixture(scope="module")
def simulated_app() -> Iterator[SimulatedApp]:
    """One application for all histories; each begins with a database of its own."""
    with tempfile.TemporaryDirectory(dir=memory_folder()) as folder:
        app = SimulatedApp(Sqlite(Path(folder)))
        # Some ten thousand lines, which nobody reads.
        logging.disable(logging.CRITICAL)
        yield app
        logging.disable(logging.NOTSET)


@pytest.mark.parametrize("first", range(1, SEEDS + 1, CHUNK))
def test_no_history_of_bad_luck_breaks_what_must_hold(
    first: int, simulated_app: SimulatedApp
) -> None:
    failures = list(failures_of(simulated_app, range(first, first + CHUNK)))

    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("steps", FOUND)
def test_what_a_seed_has_found_holds_now(steps: list[Step], simulated_app: SimulatedApp) -> None:
    assert run_steps(simulated_app, steps) == []


def test_a_seed_is_always_the_same_history() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_a_history_is_shortened_to_the_steps_that_it_needs() -> None:
    steps = drawn(7)

    shortest = shortened(steps, lambda fewer: steps[3] in fewer and steps[9] in fewer)

    assert shortest == [steps[3], steps[9]]


def test_a_process_that_dies_writes_nothing_any_more(simulated_app: SimulatedApp) -> None:
    steps = [Step("create by key", 0, 4, {}, number, killed=True) for number in range(12)]

    assert run_steps(simulated_app, steps) == []
