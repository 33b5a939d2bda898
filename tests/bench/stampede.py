"""Stampede: what becomes of one expired pair that many threads find at the same moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session

from bx24app.bitrix24.payloads import Launch
from bx24app.config import Config
from bx24app.container import Container
from bx24app.store import schema
from tests.bench.clients import UNLIMITED
from tests.bench.table import Row
from tests.contract.python_client import AUTHORIZATION, encrypted, install_everywhere, token
from tests.emulator.control import Control
from tests.emulator.launch import launch_form
from tests.emulator.state import World
from tests.support.app_harness import SETTINGS
from tests.support.databases import Postgresql, postgresql_server
from tests.support.service import Service, running

THREADS, CALLS, ROUNDS = 16, 64, 10
DELAY = 0.15
"""Seconds that the authorization server takes for a refresh."""
ROTATIONS = ("strict", "lenient")


@dataclass(frozen=True)
class Client:
    """A client with a pair: its call, and how its own clock is told that the token has ended."""

    call: Callable[[], Any]
    age: Callable[[], Any] = lambda: None


def official(world: World, folder: Path) -> Iterator[Client]:
    """b24pysdk: one token object, as its documentation shares it."""
    pair = token(world)
    yield Client(lambda: pair.get_client().profile().result)


def authlib(world: World, folder: Path) -> Iterator[Client]:
    """Authlib: one session that refreshes by itself."""
    portal = world.portal(world.portal_hosts[0])
    grant = world.install_pair(portal, 1)
    pair = {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "token_type": "bearer",
        "expires_at": int(time.time()) - 1,
    }
    session = OAuth2Session(
        world.app.client_id,
        world.app.client_secret,
        token=pair,
        token_endpoint=f"https://{AUTHORIZATION}/oauth/token/",
        token_endpoint_auth_method="client_secret_post",
    )

    def call() -> Any:
        answer = session.post(f"{world.endpoint(portal)}profile", json={}, timeout=60)
        answer.raise_for_status()
        return answer.json()["result"]

    # It looks at its own clock only, never at what the portal says.
    yield Client(call, lambda: session.token.update(expires_at=int(time.time()) - 1))


def ours(world: World, folder: Path) -> Iterator[Client]:
    """This application: an actor for each call, as each request of a person or program has one."""
    url = f"sqlite:///{folder}/{world.auth.strict}.sqlite3"
    schema.upgrade(url)
    settings = SETTINGS | {"auth_servers": (f"https://{AUTHORIZATION}",), "allow_http": False}
    container = Container.build(Config(**settings, database_url=url), bucket=UNLIMITED)
    portal = world.portal(world.portal_hosts[0])
    query, form = launch_form(world, portal, 1)
    container.installation.install(
        Launch.parse(
            {name: [value] for name, value in query.items()},
            {name: [value] for name, value in form.items()},
        )
    )
    yield Client(
        lambda: container.access.as_installer(container.portals.find(portal.member_id)).client.call(
            "profile"
        )
    )
    container.journal.close()
    container.database.close()


CLIENTS = {
    "this app": ours,
    f"b24pysdk {version('b24pysdk')}": official,
    f"Authlib {version('authlib')}": authlib,
}


@pytest.mark.promise("make bench measures all of this beside other clients in one run")
def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    found = []
    with encrypted() as world:
        for rotation in ROTATIONS:
            for who, client in CLIENTS.items():
                world.reset()
                install_everywhere(world).rotation(rotation == "strict")
                with contextmanager(client)(world, folder) as one:
                    result, ratio = judged(world, one)
                found.append(Row(f"{THREADS} threads, {rotation} rotation", who, result, ratio))
    return [*found, *processes(folder)]


def judged(world: World, client: Client) -> tuple[str, str]:
    """What a stampede of threads leaves behind."""
    control = Control(world)
    control.expire_tokens()
    control.delay("oauth/token", DELAY, times=10_000)
    barrier = Barrier(THREADS)

    def one(_: int) -> bool:
        barrier.wait()
        return works(client)

    with ThreadPoolExecutor(THREADS) as pool:
        failed = list(pool.map(one, range(THREADS))).count(False)
    asked = len(control.journal("oauth/token"))
    control.expire_tokens()
    client.age()
    alive = "alive" if works(client) else "dead"
    words = f"{asked} refreshes asked for, {failed} calls failed, the pair is {alive} afterwards"
    return words, f"{asked:.1f}"


def works(client: Client) -> bool:
    """Whether a call gives a result."""
    try:
        return bool(client.call())
    except Exception:
        return False


@pytest.mark.promise("one refresh however many ask")
def processes(folder: Path) -> Iterator[Row]:
    """Gunicorn with four processes of sixteen threads, on each kind of database."""
    with postgresql_server() as sockets:
        file = f"sqlite:///{folder}/processes.sqlite3"
        schema.upgrade(file)
        for name, url in (("SQLite", file), ("PostgreSQL", Postgresql(sockets).migrated())):
            with running(url, bucket="100000:10000") as service:
                for rotation in ROTATIONS:
                    service.control.rotation(rotation == "strict")
                    yield Row(f"4 processes, {name}, {rotation}", "this app", *rounds(service))


def rounds(service: Service) -> tuple[str, str]:
    """64 calls at once on an expired pair, ten times."""
    renewals, failed, slowest = service.world.auth.renewals, 0, 0.0
    for _ in range(ROUNDS):
        service.control.expire_tokens()
        service.control.delay("oauth/token", DELAY)
        answers = service.at_once(CALLS, "GET", f"{service.flows}/exists?name=Any")
        failed += sum(answer.status_code != 200 for answer in answers)
        slowest = max(slowest, *(answer.elapsed.total_seconds() for answer in answers))
    renewals = service.world.auth.renewals - renewals
    words = f"{renewals} refreshes in {ROUNDS} rounds, {failed} of {ROUNDS * CALLS} calls failed"
    return f"{words}, slowest {slowest:.1f} s", f"{renewals / ROUNDS:.1f}"
