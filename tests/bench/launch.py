"""Launch: what a person waits for beyond Bitrix24's answers, with few and with many portals."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

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
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS, AppHarness

LAUNCHES = 30
STORES = (1, 10_000)


class Timed(WsgiAdapter):
    """The way out, which measures how long others take to answer."""

    seconds = 0.0

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Carry the request out and take its time."""
        started = time.perf_counter()
        try:
            return super().send(request, *args, **more)
        finally:
            self.seconds += time.perf_counter() - started


@pytest.mark.promise("make bench measures all of this beside other clients in one run")
def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    found = [measured(folder, count) for count in STORES]
    few = found[0][1]
    return [
        Row(
            f"launch, portals in the store: {count:,}",
            "this app",
            f"{calls:.0f} outgoing calls, {beyond * 1000:.1f} ms beyond them",
            f"{beyond / few:.2f}",
        )
        for count, (calls, beyond) in zip(STORES, found, strict=True)
    ]


@pytest.mark.promise("a launch makes three outgoing calls")
def measured(folder: Path, portals: int) -> tuple[float, float]:
    """Outgoing calls of a launch, and the median of the seconds beyond them."""
    url = f"sqlite:///{folder}/launch{portals}.sqlite3"
    schema.upgrade(url)
    world = World.default()
    way_out = Timed(create_emulator(world))
    app = create_app(Config(database_url=url, **SETTINGS), transport=way_out, bucket=UNLIMITED)
    harness = AppHarness(world, app, way_out)
    harness.install(harness.a)
    multiply(harness.container, portals)
    assert harness.launch(harness.a).status_code == 200
    calls, beyond = way_out.sent, []
    for _ in range(LAUNCHES):
        way_out.seconds, started = 0.0, time.perf_counter()
        assert harness.launch(harness.a).status_code == 200
        beyond.append(time.perf_counter() - started - way_out.seconds)
    harness.container.journal.close()
    harness.container.database.close()
    return (way_out.sent - calls) / LAUNCHES, statistics.median(beyond)


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
