"""Launch: what a person waits for beyond Bitrix24's answers, with few and with many portals."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from sqlalchemy import insert, select

from bx24app import create_app
from bx24app.config import Config
from bx24app.container import Container
from bx24app.store import schema
from bx24app.store.models import OAuthTokenRow, PortalRow
from tests.bench.clients import UNLIMITED
from tests.bench.table import Row
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.launch import launch_form
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS, AppHarness

LAUNCHES = 30
DELAY = 0.15
"""Seconds that are added to every outgoing call."""
STORES = (1, 10_000)


class Timed(WsgiAdapter):
    """The way out, which measures how long others keep us waiting, and can make that longer."""

    def __init__(self, app: Any, delay: float = 0.0) -> None:
        """Each answer takes `delay` seconds more."""
        super().__init__(app)
        self._delay = delay
        self._spans: list[tuple[float, float]] = []

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Carry the request out and take its time."""
        started = time.perf_counter()
        try:
            time.sleep(self._delay)
            return super().send(request, *args, **more)
        finally:
            self._spans.append((started, time.perf_counter()))

    def take(self) -> float:
        """Seconds in which at least one answer was awaited, since the last look."""
        waited, until = 0.0, 0.0
        for began, ended in sorted(self._spans):
            waited += max(0.0, ended - max(began, until))
            until = max(until, ended)
        self._spans.clear()
        return waited


@pytest.mark.promise("make bench measures all of this beside other clients in one run")
def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    found = [measured(folder, count) for count in STORES]
    few = found[0].beyond
    delayed = measured(folder, 1, DELAY)
    return [
        *(
            Row(
                f"launch, portals in the store: {count:,}",
                "this app",
                f"{one.calls:.0f} outgoing calls, {one.beyond * 1000:.1f} ms beyond them",
                f"{one.beyond / few:.2f}",
            )
            for count, one in zip(STORES, found, strict=True)
        ),
        Row(
            f"launch, {DELAY * 1000:.0f} ms more for each outgoing call",
            "this app",
            f"first byte after {delayed.whole * 1000:.0f} ms",
            f"{delayed.whole / DELAY:.2f}",
        ),
    ]


class Measured(NamedTuple):
    """What a launch takes, in seconds; medians of many."""

    calls: float
    whole: float
    beyond: float
    """Without the time in which an answer was awaited."""


@pytest.mark.promise("a launch makes two outgoing calls, which go out together")
def measured(folder: Path, portals: int, delay: float = 0.0) -> Measured:
    """Measure launches with so many portals in the store."""
    url = f"sqlite:///{folder}/launch{portals}-{delay}.sqlite3"
    schema.upgrade(url)
    world = World.default()
    way_out = Timed(create_emulator(world), delay)
    app = create_app(Config(database_url=url, **SETTINGS), transport=way_out, bucket=UNLIMITED)
    harness = AppHarness(world, app, way_out)
    harness.install(harness.a)
    multiply(harness.container, portals)
    assert harness.launch(harness.a).status_code == 200
    calls, whole, beyond = way_out.sent, [], []
    for _ in range(LAUNCHES):
        way_out.take()
        started = time.perf_counter()
        query, form = launch_form(world, harness.a, 1)
        answer = harness.browser.post("/", query_string=query, data=form, buffered=False)
        assert answer.status_code == 200
        whole.append(time.perf_counter() - started)
        beyond.append(whole[-1] - way_out.take())
        # Handlers are looked at once the answer has been given, see `handshake.launch`.
        answer.close()
        way_out.take()
    harness.container.journal.close()
    harness.container.database.close()
    # The look at the handlers is no call that anybody waits for.
    calls_of_one = (way_out.sent - calls) / LAUNCHES - 1
    return Measured(calls_of_one, statistics.median(whole), statistics.median(beyond))


def multiply(container: Container, portals: int) -> None:
    """Fill the store with other portals, each with a token."""
    with container.database.write() as session:
        portal = session.scalars(select(PortalRow)).one()
        token = session.scalars(select(OAuthTokenRow)).one()
        for number in range(1, portals):
            own = {"member_id": f"portal{number}", "domain": f"portal{number}.example"}
            session.execute(insert(PortalRow), copied(portal) | own)
            session.execute(insert(OAuthTokenRow), copied(token) | {"member_id": own["member_id"]})


def copied(row: PortalRow | OAuthTokenRow) -> dict[str, Any]:
    """The columns of a row."""
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}
