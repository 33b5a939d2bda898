"""Keeps what an installation on both portals leaves behind, so that tests begin after it."""

from __future__ import annotations

import pickle
import time
from typing import Any

from tests.emulator.state import World
from tests.support.app_harness import AppHarness
from tests.support.databases import Postgresql, Sqlite

FRESH_SECONDS = 60
"""How long an installation is copied: nothing in it may be older than a test expects."""
OWN = ("lock", "sender", "_furnish")
"""What is not part of a world's state."""


class InstalledWorlds:
    """Worlds with the application installed on both portals, each with a database that knows it."""

    def __init__(self, databases: Sqlite | Postgresql) -> None:
        """Nothing is installed before the first test asks for it."""
        self._databases = databases
        self._until = 0.0

    def copy(self) -> tuple[World, str]:
        """A world, and the address of a database, for one test alone."""
        if time.monotonic() > self._until:
            self._install()
        world = World.default()
        vars(world).update(pickle.loads(self._state))  # noqa: S301 - our own bytes
        return world, self._databases.copy_of(self._url)

    def _install(self) -> None:
        self._url = self._databases.migrated()
        with AppHarness.open(self._url) as installed_app:
            installed_app.install_everywhere()
            state: dict[str, Any] = vars(installed_app.world)
            self._state = pickle.dumps({k: v for k, v in state.items() if k not in OWN})
        self._until = time.monotonic() + FRESH_SECONDS
