"""The application as in production, on one address or several, installed on many portals."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bx24app.api_keys import ApiKeys
from bx24app.store.database import Database
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.launch import launch_form
from tests.emulator.more_portals import add_portals
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.service import Service, gunicorn, settings, wait_until_ready

UNDER_WAY = ("planned", "running")


@dataclass
class ManyPortals:
    """A running application and its portals; `service` calls it with a key of the operator."""

    service: Service
    portals: list[Portal]
    arbiters: list[int]
    """Gunicorn's main process at each address."""

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Call the API; gives the answer, which is a good one."""
        answer = self.service.send("POST", f"{self._api}{path}", json=body)
        assert answer.status_code in (201, 202), answer.text
        return dict(answer.json())

    def get(self, path: str) -> dict[str, Any]:
        """Look at something."""
        return dict(self.service.send("GET", f"{self._api}{path}").json())

    def ended(self, path: str, patience: float) -> dict[str, Any]:
        """A plan or rollout once it has ended; AssertionError after so many seconds."""
        end = time.monotonic() + patience
        while (found := self.get(path))["status"] in UNDER_WAY:
            assert time.monotonic() < end, f"not ended: {found}"
            time.sleep(0.2)
        return found

    def wait_for_flows(self, count: int) -> None:
        """Return once the portals have so many flows beside those that they began with."""
        while sum(len(portal.flows) - 4 for portal in self.portals) < count:
            time.sleep(0.01)

    @property
    def _api(self) -> str:
        return f"{self.service.world.app_url}/api/v1"


@contextmanager
def many_portals(
    database_url: str, workers: Sequence[int], count: int, more: Mapping[str, str]
) -> Iterator[ManyPortals]:
    """Serve `count` portals, and the application with so many workers at each of its addresses.

    `more` goes into the application's environment.
    """
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server((f"127.0.0.{number}", 0)))
            for number in range(1, len(workers) + 1)
        ]
        addresses = ["http://{}:{}".format(*each.getsockname()) for each in listeners]
        world = World.default(app_url=addresses[0])
        # Every address of this machine, so that one port serves portals of many hosts.
        stack.enter_context(serve(world, create_emulator(world), address="0.0.0.0"))  # noqa: S104
        port = world.portal_hosts[0].partition(":")[2]
        portals = add_portals(world, (f"127.0.1.{number}:{port}" for number in range(1, count + 1)))
        environment = settings(world, database_url) | {"BUCKET": "10000:1000", "NO_PROXY": "*"}
        arbiters = []
        for listener, number in zip(listeners, workers, strict=True):
            process = stack.enter_context(gunicorn(environment | more, listener, number, 16))
            arbiters.append(process.pid)
        for address in addresses:
            wait_until_ready(address, process)
        service = Service(world, database_url)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda portal: _install(service, portal), portals))
        database = Database(database_url)
        service.headers = {"Authorization": f"Bearer {ApiKeys(database).create(None, 'test')}"}
        database.close()
        yield ManyPortals(service, portals, arbiters)


def _install(service: Service, portal: Portal) -> None:
    control = Control(service.world)
    control.install(portal.host)
    query, form = launch_form(service.world, portal, 1)
    answer = service.send("POST", f"{service.world.app_url}/install", params=query, data=form)
    assert answer.status_code == 200, answer.text
    control.finish(portal.host)
