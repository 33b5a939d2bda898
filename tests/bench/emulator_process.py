"""An emulated Bitrix24 in a process of its own, so that its work is not taken for a client's."""

from __future__ import annotations

import multiprocessing
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests
import trustme

from tests.emulator.control import Control
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator

APP_URL = "http://127.0.0.1:8000"
PROCESSES = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class EmulatorProcess:
    """Where things are, and what a client needs to call portal A as its administrator."""

    scheme: str
    portal: str
    auth: str
    member_id: str
    access_token: str
    refresh_token: str
    webhook: str
    query: dict[str, str]
    """Of a launch by the administrator; see `form`."""
    form: dict[str, str]

    @property
    def endpoint(self) -> str:
        """The REST base of the portal."""
        return f"{self.scheme}://{self.portal}/rest/"

    def control(self, name: str, **how: Any) -> Any:
        """Do something at the control endpoint of the emulator."""
        answer = requests.post(
            f"{self.scheme}://{self.portal}/_control/{name}", json=how, timeout=60
        )
        answer.raise_for_status()
        return answer.json()["result"]


@contextmanager
def emulator_process(folder: Path, *, tls: bool, flows: int = 0) -> Iterator[EmulatorProcess]:
    """Run it until the block ends; with TLS, this process trusts its certificate."""
    files = certificate(folder) if tls else None
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_live, args=(theirs, files, flows), daemon=True)
    process.start()
    before = os.environ.get("REQUESTS_CA_BUNDLE")
    if files:
        os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "authority.pem")
    os.environ["NO_PROXY"] = "localhost,127.0.0.1"
    try:
        yield ours.recv()
    finally:
        ours.send("enough")
        process.join()
        os.environ.pop("REQUESTS_CA_BUNDLE", None)
        if before:
            os.environ["REQUESTS_CA_BUNDLE"] = before


def certificate(folder: Path, *names: str) -> tuple[str, str]:
    """Files with a certificate of this machine and its key, and `authority.pem` beside them."""
    authority = trustme.CA()
    site = authority.issue_cert("localhost", "127.0.0.1", *names)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    site.private_key_pem.write_to_path(str(folder / "key.pem"))
    for part in site.cert_chain_pems:
        part.write_to_path(str(folder / "site.pem"), append=True)
    return str(folder / "site.pem"), str(folder / "key.pem")


def _live(pipe: Connection, files: tuple[str, str] | None, flows: int) -> None:
    """The life of the process: serve until somebody says that it is enough."""
    context = None
    if files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
    world = World.default(app_url=APP_URL, scheme="https" if files else "http")
    world.sender = lambda notice: None
    with serve(world, create_emulator(world), tls=context):
        control = Control(world)
        control.install()
        control.finish()
        _furnish(world, flows)
        pipe.send(_described(world))
        pipe.recv()


def _furnish(world: World, flows: int) -> None:
    """Give the portal more flows than it has."""
    portal = Control(world).portal()
    for number in range(1000, 1000 + flows - len(portal.flows)):
        portal.flows[number] = deepcopy(portal.flows[101])
        portal.flows[number].id, portal.flows[number].name = number, f"Flow {number}"


def _described(world: World) -> EmulatorProcess:
    portal = Control(world).portal()
    grant = world.install_pair(portal, 1)
    form = {
        "AUTH_ID": grant.access_token,
        "AUTH_EXPIRES": "3600",
        "REFRESH_ID": grant.refresh_token,
        "SERVER_ENDPOINT": world.server_endpoint,
        "APPLICATION_TOKEN": portal.application_token,
        "member_id": portal.member_id,
        "status": "F",
        "PLACEMENT": "DEFAULT",
        "PLACEMENT_OPTIONS": "[]",
    }
    return EmulatorProcess(
        scheme=world.scheme,
        portal=portal.host,
        auth=world.auth_origin,
        member_id=portal.member_id,
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
        webhook=world.webhook(portal, 1),
        query={"DOMAIN": portal.host, "PROTOCOL": "1", "LANG": "en", "APP_SID": "bench"},
        form=form,
    )
