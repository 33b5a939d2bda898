"""Reading: five hundred flows, complete, from a portal that could hold more."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bx24app.container import Container
from tests.bench import clients
from tests.bench.emulator_process import EmulatorProcess, emulator_process
from tests.bench.table import Row

FLOWS = 500
LIST, GET = "tasks.flow.Flow.list", "tasks.flow.Flow.get"

Ask = Callable[[str, dict[str, Any]], Any]


@pytest.mark.promise(
    "500 flows in at most 12 requests",
    "make bench measures all of this beside other clients in one run",
)
def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    with (
        emulator_process(folder, tls=True, flows=FLOWS) as emulator,
        clients.ours(emulator, folder) as container,
    ):
        reads = {
            "this app": lambda: through(container, emulator),
            f"b24pysdk {version('b24pysdk')}, batches by hand": lambda: official(emulator),
            "requests.Session, one by one": lambda: one_by_one(clients.asking(emulator)),
        }
        found = {who: measured(emulator, read) for who, read in reads.items()}
    least = found["this app"][0]
    return [
        Row(
            "500 flows", who, f"{made} requests, {seconds:.1f} s without limits", ratio(made, least)
        )
        for who, (made, seconds) in found.items()
    ]


def ratio(made: int, least: int) -> str:
    """How many times the fewest requests."""
    return f"{made / least:.1f}"


def measured(emulator: EmulatorProcess, read: Callable[[], list[Any]]) -> tuple[int, float]:
    """Requests and seconds that a way of reading takes."""
    emulator.control("forget_journal")
    started = time.monotonic()
    flows = read()
    took = time.monotonic() - started
    assert len({flow["id"] for flow in flows}) == FLOWS
    assert all(flow["taskCreators"] is not None for flow in flows)
    journal = emulator.control("journal", kind="rest")
    return sum(not entry["in_batch"] for entry in journal), took


def through(container: Container, emulator: EmulatorProcess) -> list[Any]:
    """This application."""
    return container.flows.list_all(
        container.access.as_installer(container.portals.find(emulator.member_id))
    ).items


def one_by_one(ask: Ask) -> list[Any]:
    """A page after the other, a flow after the other."""
    return [ask(GET, {"flowId": number}) for number in numbers(ask)]


def official(emulator: EmulatorProcess) -> list[Any]:
    """b24pysdk wraps neither the list nor this use of batches, but it can make both calls."""
    token = clients.token_of(emulator)
    ask: Ask = lambda method, params: token.call_method(method, params)["result"]  # noqa: E731
    calls = {f"f{number}": (GET, {"flowId": number}) for number in numbers(ask)}
    return list(token.call_batches(calls)["result"]["result"].values())


def numbers(ask: Ask) -> list[int]:
    """The numbers of all flows, fifty in a request, until a page is not full."""
    found: list[int] = []
    while True:
        page = ask(LIST, {"select": ["ID"], "order": {"ID": "ASC"}, "start": len(found)})
        found += [int(row["id"]) for row in page]
        if len(page) < 50:
            return found
