"""Fixtures of the journeys in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.database import Sqlite
from tests.emulator.browser import launched
from tests.home import SETTINGS
from tests.journeys.stage import Desk, Stage, built


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all; every test gets a window of its own."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def theatre(sqlite: Sqlite) -> Iterator[Stage]:
    """A world with the application in it."""
    with built(sqlite.migrated()) as stage:
        yield stage


@pytest.fixture
def stage(theatre: Stage) -> Stage:
    """The world as it was at first; the application remembers what portals ever told it."""
    theatre.world.reset()
    theatre.app.secret_key = SETTINGS["secret_key"]
    return theatre


@pytest.fixture
def desk(stage: Stage, browser: Browser) -> Iterator[Desk]:
    """Alice of the English portal, with the application installed and open."""
    stage.install("en")
    with stage.desk(browser) as desk:
        desk.open()
        yield desk
