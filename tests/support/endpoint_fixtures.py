"""Fixtures of the endpoints: nothing is installed yet, events wait, requests are recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.databases import Sqlite
from tests.support.endpoint_harness import EndpointHarness


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
def installed_endpoints(endpoints: EndpointHarness) -> EndpointHarness:
    """Both portals have finished their installation."""
    endpoints.install_and_deliver()
    return endpoints


@pytest.fixture(scope="module")
def shared_endpoints(sqlite: Sqlite) -> Iterator[EndpointHarness]:
    """The same for all tests of a module, which must leave no trace in it."""
    with EndpointHarness.open_empty(sqlite.migrated()) as endpoints:
        endpoints.install_and_deliver()
        yield endpoints
