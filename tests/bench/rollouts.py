"""Rollouts: ten flows to many portals."""

from __future__ import annotations

import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from b24pysdk import BitrixApp, BitrixToken

from bx24app.bitrix24.payloads import Launch
from bx24app.blueprints.nodes import node_of
from bx24app.config import Config
from bx24app.container import Container
from bx24app.portals.author import OPERATOR
from bx24app.portals.rate_limit import Bucket
from bx24app.rollouts.rollout import Order
from bx24app.store import schema
from tests.bench.portals_process import OnePortal, PortalsProcess, portals_process
from tests.bench.table import Row
from tests.support.app_harness import SETTINGS
from tests.support.rollout_harness import document

PORTALS = 40
FLOWS = 10
PATIENCE = 600
LIST, CREATE = "tasks.flow.Flow.list", "tasks.flow.Flow.create"
TOGGLE = "tasks.flow.Flow.activate"


def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    ways: dict[str, Callable[[PortalsProcess], str]] = {
        "this app": lambda place: ours(place, folder),
        f"b24pysdk {version('b24pysdk')}, a plain loop": official,
    }
    found = {}
    for who, way in ways.items():
        # Fresh portals for each, since a flow is made once only.
        own = Path(tempfile.mkdtemp(dir=folder))
        with portals_process(own, PORTALS) as place:
            found[who] = measured(place, way)
    first = found["this app"][0]
    return [
        Row(f"{FLOWS} flows to {PORTALS} portals at 50:2", who, told, f"{took / first:.2f}")
        for who, (took, told) in found.items()
    ]


def measured(place: PortalsProcess, way: Callable[[PortalsProcess], str]) -> tuple[float, str]:
    """Seconds that a way takes, and what came of it."""
    place.control("forget_journal")
    started = time.monotonic()
    more = way(place)
    took = time.monotonic() - started
    journal = [one for one in place.control("journal", kind="rest") if not one["in_batch"]]
    statuses = Counter(one["status"] for one in journal)
    told = f"{took:.1f} s, {len(journal)} requests, {statuses[503]} × 503{more}"
    return took, told


def ours(place: PortalsProcess, folder: Path) -> str:
    """This application: one process with its eight background threads."""
    container = installed(place, folder)
    try:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        order = Order([one.member_id for one in place.portals], waves=[1, PORTALS])
        begun = container.rollouts.start(node_of(document(FLOWS)), order, OPERATOR)
        end = time.monotonic() + PATIENCE
        while not (now := container.rollouts.get(begun.id)).over and time.monotonic() < end:
            time.sleep(0.1)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert now.status == "done", now
        return f", each flow once, {grown:.0f} MB more"
    finally:
        container.runner.close()
        container.journal.close()
        container.database.close()


def installed(place: PortalsProcess, folder: Path) -> Container:
    """The application on all portals; its database is an SQLite file."""
    url = f"sqlite:///{folder}/rollouts.sqlite3"
    schema.upgrade(url)
    settings = SETTINGS | {"auth_servers": (place.auth,), "database_url": url}
    container = Container.build(Config(**settings), bucket=Bucket(burst=49, drain=2.0))
    for portal in place.portals:
        container.installation.install(
            Launch.parse(
                {name: [value] for name, value in portal.query.items()},
                {name: [value] for name, value in portal.form.items()},
            )
        )
    return container


def official(place: PortalsProcess) -> str:
    """What somebody writes in ten minutes: no look before, no repetition, one after the other."""
    for portal in place.portals:
        token = token_of(portal)
        there = {row["name"] for row in call(token, LIST, {"select": ["ID", "NAME"]})}
        for number in range(FLOWS):
            if f"Desk {number}" not in there:
                made = call(token, CREATE, {"flowData": flow(number)})
                if number % 2:
                    call(token, TOGGLE, {"flowId": int(made["id"])})
    return ""


def flow(number: int) -> dict[str, Any]:
    """The same flows in Bitrix24's own form."""
    return {
        "name": f"Desk {number}",
        "plannedCompletionTime": 14400,
        "distributionType": "queue",
        "responsibleList": [["user", "2"]],
        "taskCreators": [["meta-user", "all-users"]],
    }


def call(token: BitrixToken, method: str, params: dict[str, Any]) -> Any:
    """The result of a method."""
    return token.call_method(method, params)["result"]


def token_of(portal: OnePortal) -> BitrixToken:
    """The administrator's pair in the hands of b24pysdk."""
    app = BitrixApp(client_id=SETTINGS["client_id"], client_secret=SETTINGS["client_secret"])
    return BitrixToken(
        domain=portal.host, auth_token=portal.access_token, refresh_token=portal.refresh_token,
        expires=datetime.now(UTC) + timedelta(hours=1), expires_in=3600, bitrix_app=app,
    )  # fmt: skip
