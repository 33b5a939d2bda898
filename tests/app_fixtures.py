"""Fixtures of the application at home: wired to the emulated Bitrix24, installed on its portals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bx24app import portals
from bx24app.bitrix24 import client
from bx24app.flows import remote
from tests.database import Sqlite
from tests.home import Api, Home


@pytest.fixture
def home(sqlite_url: str) -> Iterator[Home]:
    """The application, installed on both portals of the default world; its memory is SQLite."""
    with Home.open(sqlite_url) as home:
        home.install_everywhere()
        yield home


@pytest.fixture
def stored_home(database_url: str) -> Iterator[Home]:
    """The same with each kind of database."""
    with Home.open(database_url) as home:
        home.install_everywhere()
        yield home


@pytest.fixture(scope="module")
def lasting_home(sqlite: Sqlite) -> Iterator[Home]:
    """The same for all tests of a module, which leave it as they find it."""
    with Home.open(sqlite.migrated()) as home:
        home.install_everywhere()
        yield home


@pytest.fixture
def api(home: Home) -> Api:
    """A program with the key of portal A."""
    return home.program(home.a)


@pytest.fixture
def stored_api(stored_home: Home) -> Api:
    """A program with the key of portal A, once for each kind of database."""
    return stored_home.program(stored_home.a)


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits: no pauses before repetitions, no patience with a busy portal."""
    monkeypatch.setattr(client, "PAUSE", 0.0)
    monkeypatch.setattr(remote, "LOOKS", (0.0, 0.0))
    monkeypatch.setattr(portals, "PROGRAM_PATIENCE", 0.05)
