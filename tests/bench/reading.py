"""Reading: five hundred flows, complete, from a portal that could hold more."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bx24app.container import Container
from tests.bench import clients
from tests.bench.emulator_process import EmulatorProcess, emulator_process
from tests.bench.table import Row

FLOWS = 500
LIST, GET = "tasks.flow.Flow.list", "tasks.flow.Flow.get"

Ask = Callable[[str, dict[str, Any]], Any]


def rows(folder: Path) -> list[Row]:
    """The rows of the table."""
    with (
        emulator_process(folder, tls=True, flows=FLOWS) as place,
        clients.ours(place, folder) as house,
    ):
        reads = {
            "this app": lambda: through(house, place),
            f"b24pysdk {version('b24pysdk')}, batches by hand": lambda: official(place),
            "requests.Session, one by one": lambda: one_by_one(clients.asking(place)),
        }
        found = {who: measured(place, read) for who, read in reads.items()}
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


def measured(place: EmulatorProcess, read: Callable[[], list[Any]]) -> tuple[int, float]:
    """Requests and seconds that a way of reading takes."""
    place.deed("forget_journal")
    started = time.monotonic()
    flows = read()
    took = time.monotonic() - started
    assert len({flow["id"] for flow in flows}) == FLOWS
    assert all(flow["taskCreators"] is not None for flow in flows)
    journal = place.deed("journal", kind="rest")
    return sum(not entry["in_batch"] for entry in journal), took


def through(house: Container, place: EmulatorProcess) -> list[Any]:
    """This application."""
    return house.flows.list_all(
        house.access.as_installer(house.portals.find(place.member_id))
    ).items


def one_by_one(ask: Ask) -> list[Any]:
    """A page after the other, a flow after the other."""
    return [ask(GET, {"flowId": number}) for number in numbers(ask)]


def official(place: EmulatorProcess) -> list[Any]:
    """b24pysdk wraps neither the list nor this use of batches, but it can make both calls."""
    token = clients.token_of(place)
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
