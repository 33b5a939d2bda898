"""Fixtures of the journeys in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.emulator.browser import launched
from tests.support.app_harness import SETTINGS
from tests.support.browser_harness import AppWindow, BrowserHarness, built
from tests.support.databases import Sqlite


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all; every test gets a window of its own."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def shared_served_app(sqlite: Sqlite) -> Iterator[BrowserHarness]:
    """A world with the application in it."""
    with built(sqlite.migrated()) as served_app:
        yield served_app


@pytest.fixture
def served_app(shared_served_app: BrowserHarness) -> BrowserHarness:
    """The world as it was at first; the application remembers what portals ever told it."""
    shared_served_app.world.reset()
    shared_served_app.app.secret_key = SETTINGS["secret_key"]
    return shared_served_app


@pytest.fixture
def window(served_app: BrowserHarness, browser: Browser) -> Iterator[AppWindow]:
    """Alice of the English portal, with the application installed and open."""
    served_app.install("en")
    with served_app.window(browser) as window:
        window.open()
        yield window
