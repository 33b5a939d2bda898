"""Two installations on two addresses and one PostgreSQL: what held on one machine holds on both."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.emulator.events import event_form
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.databases import Postgresql
from tests.support.service import Service, gunicorn, settings, wait_until_ready

pytestmark = pytest.mark.slow
CALLS = 48
HOUR = 3600
ADDRESSES = ("127.0.0.1", "127.0.0.2")


class Machines:
    """Both, of which the portal knows the first one's address."""

    def __init__(self, service: Service, addresses: list[str]) -> None:
        """`service` is installed on portal A."""
        self.service, self.addresses = service, addresses

    def at_once(self, verb: str, path: str, calls: int, **more: object) -> list[int]:
        """Call both in turn, all at the same moment; gives the statuses."""
        with ThreadPoolExecutor(calls) as pool:
            asked = [
                pool.submit(self.service.send, verb, self.addresses[number % 2] + path, **more)
                for number in range(calls)
            ]
            return [call.result().status_code for call in asked]

    @property
    def flows(self) -> str:
        """The path of the portal's flows."""
        return urlsplit(self.service.flows).path


@contextmanager
def machines(url: str, bucket: str, second: Mapping[str, str] | None = None) -> Iterator[Machines]:
    """Two addresses with two workers each in front of one world.

    `second` goes into the environment of the second machine.
    """
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server((address, 0))) for address in ADDRESSES
        ]
        addresses = ["http://{}:{}".format(*each.getsockname()) for each in listeners]
        world = World.default(app_url=addresses[0])
        stack.enter_context(serve(world, create_emulator(world)))
        environment = settings(world, url) | {"BUCKET": bucket, "NO_PROXY": "127.0.0.1,127.0.0.2"}
        for listener, address, more in zip(listeners, addresses, ({}, second or {}), strict=True):
            process = stack.enter_context(gunicorn(environment | more, listener, 2, 32))
            wait_until_ready(address, process)
        service = Service(world, url)
        service.install()
        yield Machines(service, addresses)


@pytest.fixture
def ahead(request: pytest.FixtureRequest, turned_clock: Path, tmp_path: Path) -> dict[str, str]:
    """What turns the clock of the second machine by so many seconds."""
    turned = tmp_path / "turned"
    turned.write_text(str(request.param))
    return {"LD_PRELOAD": str(turned_clock), "TURNED_CLOCK": str(turned)} if request.param else {}


@pytest.mark.parametrize("ahead", [0, HOUR], indirect=True)
def test_one_refresh_however_many_ask_on_both(
    postgresql: Postgresql, ahead: dict[str, str]
) -> None:
    with machines(postgresql.migrated(), "10000:1000", ahead) as both:
        control = both.service.control
        for count, strict in enumerate([True] * 3 + [False], 1):
            control.rotation(strict)
            control.expire_tokens()
            control.delay("oauth/token", 0.15)
            assert both.at_once("GET", f"{both.flows}/exists?name=Any", CALLS) == [200] * CALLS
            assert both.service.world.auth.renewals == count


@pytest.mark.parametrize("ahead", [0, HOUR, -HOUR], indirect=True)
def test_both_together_keep_to_the_rate_of_one_portal(
    postgresql: Postgresql, ahead: dict[str, str]
) -> None:
    with machines(postgresql.migrated(), "20:4", ahead) as both:
        # Room for requests that were sent in time and arrive together on a busy machine; two
        # machines that did not share the rate would send 40 at once.
        both.service.control.bucket(26, 4)
        began = time.monotonic()
        assert both.at_once("GET", f"{both.flows}/exists?name=Any", CALLS) == [200] * CALLS
        assert time.monotonic() - began > (CALLS - 21) / 4 - 1, "they waited"
        assert both.service.control.counters()["refused"] == 0


def test_an_event_that_arrives_at_both_is_obeyed_once_and_by_both(postgresql: Postgresql) -> None:
    with machines(postgresql.migrated(), "10000:1000") as both:
        service = both.service
        goodbye = event_form(
            service.world, service.portal, "ONAPPUNINSTALL", {"VERSION": 1, "CLEAN": 1}
        )
        told = both.at_once("POST", "/events", 8, data=goodbye)
        assert 200 in told
        assert set(told) <= {200, 403, 404}
        assert set(both.at_once("GET", both.flows, 4)) <= {401, 404}
