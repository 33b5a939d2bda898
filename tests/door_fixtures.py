"""Fixtures of the doors: nothing is installed yet, events wait, every outgoing request is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database import Sqlite
from tests.doors import Doors


@pytest.fixture
def doors(sqlite_url: str) -> Iterator[Doors]:
    """The doors of an application that knows nobody; its memory is SQLite."""
    with Doors.ajar(sqlite_url) as doors:
        yield doors


@pytest.fixture
def stored_doors(database_url: str) -> Iterator[Doors]:
    """The same with each kind of database."""
    with Doors.ajar(database_url) as doors:
        yield doors


@pytest.fixture
def settled(doors: Doors) -> Doors:
    """Doors where both portals have finished their installation."""
    doors.settle()
    return doors


@pytest.fixture(scope="module")
def fortress(sqlite: Sqlite) -> Iterator[Doors]:
    """The same for all tests of a module, which must leave no trace in it."""
    with Doors.ajar(sqlite.migrated()) as doors:
        doors.settle()
        yield doors
