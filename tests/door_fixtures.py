"""Fixtures of the doors: nothing is installed yet, events wait, every outgoing request is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.doors import Doors
from tests.emulator.control import Control


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
    for portal in (doors.a, doors.b):
        Control(doors.world).install(portal.host)
        assert doors.frame("/install", portal).status_code == 200
        Control(doors.world).finish(portal.host)
    doors.deliver()
    return doors
