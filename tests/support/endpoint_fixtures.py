"""Fixtures of the endpoints: nothing is installed yet, events wait, requests are recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.endpoint_harness import EndpointHarness
from tests.support.installed_worlds import InstalledWorlds


@pytest.fixture
def endpoints(sqlite_url: str) -> Iterator[EndpointHarness]:
    """An application that knows no portal yet; its database is SQLite."""
    with EndpointHarness.open_empty(sqlite_url) as endpoints:
        yield endpoints


@pytest.fixture
def stored_endpoints(database_url: str) -> Iterator[EndpointHarness]:
    """The same with each kind of database."""
    with EndpointHarness.open_empty(database_url) as endpoints:
        yield endpoints


@pytest.fixture
def installed_endpoints(installed_worlds: InstalledWorlds) -> Iterator[EndpointHarness]:
    """Both portals have finished their installation."""
    world, url = installed_worlds.copy()
    with EndpointHarness.open_empty(url, world=world) as endpoints:
        yield endpoints


@pytest.fixture(scope="module")
def shared_endpoints(installed_worlds: InstalledWorlds) -> Iterator[EndpointHarness]:
    """The same for all tests of a module, which must leave no trace in it."""
    world, url = installed_worlds.copy()
    with EndpointHarness.open_empty(url, world=world) as endpoints:
        yield endpoints
