"""Fixtures of the application at home: wired to the emulated Bitrix24, installed on its portals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.databases import Sqlite


@pytest.fixture
def home(sqlite_url: str) -> Iterator[AppHarness]:
    """The application, installed on both portals of the default world; its memory is SQLite."""
    with AppHarness.open(sqlite_url) as home:
        home.install_everywhere()
        yield home


@pytest.fixture
def stored_home(database_url: str) -> Iterator[AppHarness]:
    """The same with each kind of database."""
    with AppHarness.open(database_url) as home:
        home.install_everywhere()
        yield home


@pytest.fixture(scope="module")
def lasting_home(sqlite: Sqlite) -> Iterator[AppHarness]:
    """The same for all tests of a module, which leave it as they find it."""
    with AppHarness.open(sqlite.migrated()) as home:
        home.install_everywhere()
        yield home


@pytest.fixture
def api(home: AppHarness) -> Api:
    """A program with the key of portal A."""
    return home.program(home.a)


@pytest.fixture
def stored_api(stored_home: AppHarness) -> Api:
    """A program with the key of portal A, once for each kind of database."""
    return stored_home.program(stored_home.a)
