"""Fixtures: the application, wired to the emulated Bitrix24 and installed on its portals."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.databases import Sqlite


@pytest.fixture
def installed_app(sqlite_url: str) -> Iterator[AppHarness]:
    """The application, installed on both portals of the default world; its database is SQLite."""
    with AppHarness.open(sqlite_url) as installed_app:
        installed_app.install_everywhere()
        yield installed_app


@pytest.fixture
def stored_app(database_url: str) -> Iterator[AppHarness]:
    """The same with each kind of database."""
    with AppHarness.open(database_url) as installed_app:
        installed_app.install_everywhere()
        yield installed_app


@pytest.fixture(scope="module")
def shared_app(sqlite: Sqlite) -> Iterator[AppHarness]:
    """The same for all tests of a module, which leave it as they find it."""
    with AppHarness.open(sqlite.migrated()) as installed_app:
        installed_app.install_everywhere()
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
