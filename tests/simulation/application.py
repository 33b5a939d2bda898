"""The application of a simulation: one process that can die, one database that can be away."""

from __future__ import annotations

import copy
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bx24app import create_app
from bx24app.config import Config
from bx24app.container import Container
from bx24app.portals.rate_limit import Bucket
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.launch import launch_form
from tests.emulator.state import Notice, World
from tests.simulation.misfortune import UnluckyAdapter
from tests.support.app_harness import IMPATIENT, SETTINGS
from tests.support.databases import Sqlite
from tests.support.lost_connections import Connections

MOST_SLEEPS = 2000
"""Within one history; more mean that something waits without end."""
REMEMBERED = {"clock", "portals", "apps", "auth", "faults", "limits", "journal", "outbox"}
"""What `World.reset` puts back."""
AFTER_A_CRASH = 20.0
"""Seconds until the process is there again; leases of the dead one have ended by then."""
START = 1_790_000_000.0
"""When every history begins, in epoch seconds: the same seed is the same history."""
NO_LIMIT = Bucket(burst=100_000, drain=100_000.0)


class SimulatedApp:
    """A world and the application in it, whose clock and luck the simulation decides about."""

    def __init__(self, sqlite: Sqlite) -> None:
        """Databases are copies of one of `sqlite`; nothing is built before `begin`."""
        self._sqlite = sqlite
        self.world = World.default()
        self.control = Control(self.world)
        self.connections = Connections()
        self.events: list[Notice] = []
        self.world.sender = self.events.append
        self.left: set[str] = set()
        """Portals that said goodbye, at least once."""
        self.heard: set[str] = set()
        """Portals whose last goodbye was obeyed."""
        self._killed: set[threading.Thread] = set()
        self._main = threading.current_thread()
        self.unlucky = self._adapter()
        self._config = Config(database_url=sqlite.migrated(), **SETTINGS)
        self._app = create_app(
            self._config, transport=self.unlucky, bucket=NO_LIMIT, timing=IMPATIENT
        )
        self._app.logger.disabled = True
        self._time: Any = None
        self._key = ""
        self._keys: dict[str, str] = {}
        self._compiled: Any = None
        self._portals: Any = None
        self._installed = Path(sqlite.migrated().removeprefix("sqlite:///"))

    @property
    def container(self) -> Container:
        """The services of the process that lives now."""
        found: Container = self._app.extensions["bx24app"]
        return found

    @property
    def portals(self) -> list[Portal]:
        """Both portals."""
        return [self.world.portal(host) for host in self.world.portal_hosts]

    @contextmanager
    def begin(self) -> Iterator[SimulatedApp]:
        """A fresh world and database, with the application installed on both portals."""
        with time_machine.travel(START, tick=False) as self._time, self._sleeping():
            if self._portals is None:
                self._install_everywhere()
            # A copy of what the installation has left costs a tenth of installing again.
            vars(self.world).update(copy.deepcopy(self._portals))
            self.events.clear()
            self.left.clear()
            self.heard.clear()
            url = self._sqlite.empty()
            shutil.copy(self._installed, url.removeprefix("sqlite:///"))
            self._config = Config(database_url=url, **SETTINGS)
            self.unlucky = self._adapter()
            self._build()
            yield self
            self._end()
            for left in self._sqlite.folder.glob(f"{Path(url).name}*"):
                left.unlink()

    def _install_everywhere(self) -> None:
        """Install once, and keep how the world and the database stand then."""
        self.world.reset()
        self._config = Config(database_url=f"sqlite:///{self._installed}", **SETTINGS)
        self._build()
        for portal in self.portals:
            self.control.install(portal.host)
            assert self.launch("/install", portal, 1).status_code == 200
            self.control.finish(portal.host)
        self.deliver()
        self._key = self.container.api_keys.create(None, "operator")
        self._keys = {
            portal.member_id: self.container.api_keys.create(portal.member_id, "portal")
            for portal in self.portals
        }
        self._end()
        kept = {name: value for name, value in vars(self.world).items() if name in REMEMBERED}
        self._portals = copy.deepcopy(kept)

    @contextmanager
    def _sleeping(self) -> Iterator[None]:
        """Whoever sleeps lets virtual time pass instead."""
        really, sleeps = time.sleep, count(1)

        def sleep(seconds: float) -> None:
            if threading.current_thread() is not self._main:
                if threading.current_thread() in self._killed:
                    raise SystemExit
                really(0.001)
                return
            if next(sleeps) > MOST_SLEEPS:
                raise AssertionError("something waits without end")
            self._time.shift(seconds)

        report = threading.excepthook

        def report_faults(args: threading.ExceptHookArgs) -> None:
            # As Python's own hook does; pytest's reports threads that end on purpose too.
            if args.exc_type is not SystemExit:
                report(args)

        time.sleep, threading.excepthook = sleep, report_faults
        try:
            yield
        finally:
            time.sleep, threading.excepthook = really, report

    def restart(self) -> None:
        """The process died: everything in memory is gone, another one comes up later."""
        # Threads of the dead process must not go on.
        self._killed |= set(threading.enumerate()) - {threading.current_thread()}
        self.connections.bury()
        self.unlucky.bury()
        self._end()
        self.pass_time(AFTER_A_CRASH)
        self._build()

    def pass_time(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self._time.shift(seconds)

    def turn_own_clock(self, seconds: float) -> None:
        """Turn the clock of the application's machine alone."""
        self._time.shift(seconds)
        self.world.clock.turned -= seconds

    def launch(self, path: str, portal: Portal, user_id: int) -> TestResponse:
        """Somebody opens or installs the application."""
        query, form = launch_form(self.world, portal, user_id)
        return self._app.test_client().post(path, query_string=query, data=form)

    def call(self, verb: str, below: str, body: Any = None, key: str = "") -> TestResponse:
        """The operator's program calls the API, with an idempotency `key` if one is given."""
        sent = {} if body is None else {"json": body}
        if verb == "PATCH":
            sent["content_type"] = "application/merge-patch+json"
        return self._app.test_client().open(
            f"/api/v1/portals{below}",
            method=verb,
            headers={"Authorization": f"Bearer {self._key}"}
            | ({"Idempotency-Key": key} if key else {}),
            **sent,
        )

    def deliver(self) -> list[TestResponse]:
        """Let the events in that wait."""
        waiting, self.events[:] = list(self.events), []
        client = self._app.test_client()
        return [self._send(client, notice) for notice in waiting]

    def _send(self, client: FlaskClient, notice: Notice) -> TestResponse:
        answer = client.post("/events", data=notice.form)
        if notice.form["event"] == "ONAPPUNINSTALL" and answer.status_code == 200:
            self.heard.add(notice.form["auth[member_id]"])
        return answer

    def uninstall(self, portal: Portal) -> None:
        """The portal removes the application; its goodbye waits to be delivered."""
        if portal.installation:
            self.left.add(portal.member_id)
            self.heard.discard(portal.member_id)
            self.control.uninstall(portal.host)

    def _meanwhile(self, what: str, host: str) -> None:
        portal = self.world.portal(host)
        if what == "goodbye":
            self.uninstall(portal)
            self.deliver()
        else:
            self.launch("/", portal, 1)

    def _adapter(self) -> UnluckyAdapter:
        return UnluckyAdapter(self.world, self.connections.kill, self._meanwhile)

    def has_key(self, portal: Portal) -> bool:
        """Whether the key that was made for a portal still works."""
        return self.container.api_keys.check(self._keys[portal.member_id]) is not None

    def _build(self) -> None:
        built = Container.build(
            self._config, transport=self.unlucky, bucket=NO_LIMIT, timing=IMPATIENT
        )
        self._app.extensions["bx24app"] = built
        # SQLAlchemy compiles each statement once an engine; a tenth of the time goes without this.
        engine: Any = built.database.engine
        first = self._compiled = self._compiled or engine
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        self.connections.watch(built)

    def _end(self) -> None:
        self.container.journal.close()
        self.container.database.close()
