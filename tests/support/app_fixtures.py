"""Fixtures: the application, wired to the emulated Bitrix24 and installed on its portals."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.databases import Postgresql, Sqlite
from tests.support.installed_worlds import InstalledWorlds


@pytest.fixture(scope="session")
def installed_worlds(sqlite: Sqlite) -> InstalledWorlds:
    """Worlds with the application installed on both portals, and SQLite databases."""
    return InstalledWorlds(sqlite)


@pytest.fixture(scope="session")
def installed_postgresql(postgresql: Postgresql) -> InstalledWorlds:
    """The same with PostgreSQL databases."""
    return InstalledWorlds(postgresql)


@pytest.fixture
def installed_app(installed_worlds: InstalledWorlds) -> Iterator[AppHarness]:
    """The application, installed on both portals of the default world; its database is SQLite."""
    world, url = installed_worlds.copy()
    with AppHarness.open(url, world=world) as installed_app:
        yield installed_app


@pytest.fixture(params=["installed_worlds", "installed_postgresql"], ids=["sqlite", "postgresql"])
def stored_app(request: pytest.FixtureRequest) -> Iterator[AppHarness]:
    """The same with each kind of database."""
    world, url = request.getfixturevalue(request.param).copy()
    with AppHarness.open(url, world=world) as installed_app:
        yield installed_app


@pytest.fixture(scope="module")
def shared_app(installed_worlds: InstalledWorlds) -> Iterator[AppHarness]:
    """The same for all tests of a module, which leave it as they find it."""
    world, url = installed_worlds.copy()
    with AppHarness.open(url, world=world) as installed_app:
        yield installed_app


@pytest.fixture
def api(installed_app: AppHarness) -> Api:
    """A program with the key of portal A."""
    return installed_app.program(installed_app.a)


@pytest.fixture
def stored_api(stored_app: AppHarness) -> Api:
    """A program with the key of portal A, once for each kind of database."""
    return stored_app.program(stored_app.a)


@pytest.fixture(scope="session")
def turned_clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that turns the clock of whatever loads it; needs the system's C compiler."""
    made = tmp_path_factory.mktemp("clock") / "turned_clock.so"
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "there is no C compiler; on Debian: apt-get install gcc libc6-dev"
    source = Path(__file__).with_name("turned_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source], check=True)
    return made
