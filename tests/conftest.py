"""Fixtures that every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.databases import Postgresql, Sqlite, postgresql_server

if TYPE_CHECKING:  # pytest itself has to import its plugins
    from tests.support.secrecy import Watch

settings.register_profile("same", derandomize=True, database=None)
settings.load_profile("same")  # everybody sees the same examples; CONTRIBUTING tells how to get new

pytest_plugins = [
    "tests.support.app_fixtures",
    "tests.support.endpoint_fixtures",
    "tests.support.secrecy",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a second try to what a browser does: on a busy machine it may lose a click.

    A click that comes while the portal moves or resizes its frame can miss the frame's document.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    """The maker of SQLite databases."""
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(watch: Watch) -> Iterator[Postgresql]:
    """The maker of PostgreSQL databases; its server lives as long as the test run."""
    with postgresql_server() as sockets:
        databases = Postgresql(sockets)
        yield databases
        for name, stored in databases.everything():
            watch.look(f"database {name}", stored)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Sqlite | Postgresql:
    """A maker of databases: the test runs once with each kind."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def database_url(databases: Sqlite | Postgresql) -> str:
    """A database of the test's own at the current schema, once SQLite and once PostgreSQL."""
    return databases.migrated()


@pytest.fixture
def sqlite_url(sqlite: Sqlite) -> str:
    """An SQLite database of the test's own at the current schema."""
    return sqlite.migrated()
