"""Seeded histories of bad luck leave nothing untrue, doubled, lost or marked wrongly."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.simulation.seeds import run_seeds
from tests.support.databases import Sqlite

BATCHES = [range(first, first + 30) for first in range(1, 301, 30)]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Bad luck is logged at length; here only what does not hold is of interest."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_bad_luck_breaks_no_promise(seeds: range, sqlite: Sqlite) -> None:
    assert "\n".join(run_seeds(sqlite, seeds)) == ""
