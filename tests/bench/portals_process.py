"""Many emulated portals in a process of their own, each with the application on it."""

from __future__ import annotations

import multiprocessing
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from tests.bench.emulator_process import certificate
from tests.emulator.control import Control
from tests.emulator.launch import launch_form
from tests.emulator.more_portals import add_portals
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator

PROCESSES = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class OnePortal:
    """What a client needs to call a portal as its administrator."""

    host: str
    member_id: str
    access_token: str
    refresh_token: str
    query: dict[str, str]
    """Of a launch by the administrator; see `form`."""
    form: dict[str, str]


@dataclass(frozen=True)
class PortalsProcess:
    """The process: its authorization server, its portals, and how to ask what they have seen."""

    auth: str
    portals: list[OnePortal]

    def control(self, name: str, **how: Any) -> Any:
        """Do something at the control endpoint of the emulator."""
        url = f"https://{self.portals[0].host}/_control/{name}"
        answer = requests.post(url, json=how, timeout=60)
        answer.raise_for_status()
        return answer.json()["result"]


@contextmanager
def portals_process(folder: Path, count: int) -> Iterator[PortalsProcess]:
    """Run it until the block ends; every portal takes 50 requests at once and 2 a second."""
    ours, theirs = PROCESSES.Pipe()
    addresses = [f"127.0.1.{number}" for number in range(1, count + 1)]
    files = certificate(folder, *addresses)
    process = PROCESSES.Process(target=_live, args=(theirs, files, addresses), daemon=True)
    process.start()
    os.environ |= {"NO_PROXY": "*", "REQUESTS_CA_BUNDLE": str(folder / "authority.pem")}
    try:
        yield ours.recv()
    finally:
        ours.send("enough")
        process.join()
        os.environ.pop("REQUESTS_CA_BUNDLE")


def _live(pipe: Connection, files: tuple[str, str], addresses: list[str]) -> None:
    """The life of the process: serve until somebody says that it is enough."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*files)
    world = World.default(scheme="https")
    world.sender = lambda notice: None
    # Every address of this machine, so that one port serves portals of many hosts.
    with serve(world, create_emulator(world), tls=tls, address="0.0.0.0"):  # noqa: S104
        port = world.portal_hosts[0].partition(":")[2]
        hosts = [f"{address}:{port}" for address in addresses]
        control, portals = Control(world), []
        for portal in add_portals(world, hosts):
            control.install(portal.host)
            control.finish(portal.host)
            control.bucket(50, 2, portal.host)
            pair = world.install_pair(portal, 1)
            query, form = launch_form(world, portal, 1)
            tokens = (pair.access_token, pair.refresh_token)
            portals.append(OnePortal(portal.host, portal.member_id, *tokens, query, form))
        pipe.send(PortalsProcess(world.auth_origin, portals))
        pipe.recv()
