"""The rate limit: 150 calls from eight clients in four processes, at 50 and 2 a second."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest
import requests

from bx24app.store import schema
from tests.bench import clients, fast
from tests.bench.emulator_process import PROCESSES, EmulatorProcess, emulator_process
from tests.bench.table import Row
from tests.support.samples import numbered
from tests.support.service import Service, running

THRESHOLD, DRAIN = 50, 2.0
COUNT, SHARES, THREADS = 150, 4, 2
OTHERS = {
    f"b24pysdk {version('b24pysdk')}": clients.official,
    f"fast_bitrix24 {version('fast-bitrix24')}": fast.as_it_comes,
    "requests.Session": clients.bare,
}

Client = Callable[[EmulatorProcess], Callable[[], object]]


@pytest.mark.promise("make bench measures all of this beside other clients in one run")
def rows(folder: Path) -> list[Row]:
    """The rows of the table; all wait at the same time, each before a portal of its own."""
    actions = {"calls": alone, "creations": creations, "shared": shared}
    files = [folder / f"{name}.sqlite3" for name in actions]
    for file in files:
        schema.upgrade(f"sqlite:///{file}")
    with ThreadPoolExecutor(len(actions)) as pool:
        ours = list(pool.map(lambda action, file: action(file), actions.values(), files))
    theirs = [other(folder, who, client) for who, client in OTHERS.items()]
    return [ours[0], *theirs, *ours[1:]]


def ideal(requests_made: int) -> float:
    """Seconds that so many requests take at least."""
    return (requests_made - THRESHOLD) / DRAIN


@pytest.mark.promise("150 calls at 50")
def alone(file: Path) -> Row:
    """Single calls through this application."""
    with app(file) as service:
        started = time.monotonic()
        lost = flood(service)
        took = time.monotonic() - started
        return Row("150 calls at 50:2", "this app", said(service, lost, took), over(took, COUNT))


@pytest.mark.promise("150 creations: none lost")
def creations(file: Path) -> Row:
    """Flows made through the API of this application, two requests each."""
    with app(file) as service:
        started = time.monotonic()
        calls = [("POST", service.flows, numbered(number)) for number in range(COUNT)]
        answers = service.from_clients(SHARES * THREADS, calls)
        took = time.monotonic() - started
        lost = sum(answer.status_code != 201 for answer in answers)
        made = [one for one in service.portal.flows.values() if one.name.startswith("Flow ")]
        sent = [entry for entry in service.control.journal(kind="rest") if not entry["in_batch"]]
        words = f"{said(service, lost, took)}, {len(made)} flows of {len(sent)} requests"
        return Row("150 creations at 50:2", "this app", words, over(took, len(sent)))


@pytest.mark.promise("another application that takes half of the drain makes nobody lose")
def shared(file: Path) -> Row:
    """Single calls while another application takes half of the drain."""
    with app(file) as service:
        stop = threading.Event()
        eater = threading.Thread(target=eat, args=(service, stop))
        eater.start()
        started = time.monotonic()
        lost = flood(service)
        took = time.monotonic() - started
        stop.set()
        eater.join()
        words = f"{said(service, lost, took)}, the other one's refusals included"
        return Row("150 calls, half of the drain eaten", "this app", words)


def other(folder: Path, who: str, client: Client) -> Row:
    """Single calls of another client."""
    with (
        tempfile.TemporaryDirectory(dir=folder) as own,
        emulator_process(Path(own), tls=True) as emulator,
    ):
        emulator.control("bucket", threshold=THRESHOLD, rate=DRAIN)
        started = time.monotonic()
        shares = [len(range(number, COUNT, SHARES)) for number in range(SHARES)]
        with PROCESSES.Pool(SHARES) as pool:
            lost = sum(pool.starmap(share, [(emulator, client, count) for count in shares]))
        took = time.monotonic() - started
        refused = emulator.control("counters")["refused"]
    words = f"{COUNT - lost} done, {lost} lost, {refused} × 503, {took:.1f} s"
    return Row("150 calls at 50:2", who, words, over(took, COUNT))


def share(emulator: EmulatorProcess, client: Client, count: int) -> int:
    """What one process does; gives how many of its calls were lost."""
    call = client(emulator)

    def lost(_: int) -> bool:
        try:
            return not call()
        except Exception:
            return True

    # fast_bitrix24 brings its own loop and does not bear a second thread.
    with ThreadPoolExecutor(1 if client is fast.as_it_comes else THREADS) as pool:
        return sum(pool.map(lost, range(count)))


def app(file: Path) -> AbstractContextManager[Service]:
    """This application under Gunicorn, at its usual rate."""
    return settled(running(f"sqlite:///{file}", workers=SHARES))


@contextmanager
def settled(opening: AbstractContextManager[Service]) -> Iterator[Service]:
    """A service whose installation has drained, before a portal that begins to count now."""
    with opening as service:
        time.sleep(10)
        service.control.bucket(THRESHOLD, DRAIN)
        service.control.forget_journal()
        yield service


def flood(service: Service) -> int:
    """Single calls of eight clients; gives how many were lost."""
    calls = [("GET", f"{service.flows}/exists?name=Any", None)] * COUNT
    answers = service.from_clients(SHARES * THREADS, calls)
    return sum(answer.status_code != 200 for answer in answers)


def eat(service: Service, stop: threading.Event) -> None:
    """Another application on the same address: one call a second, whatever comes of it."""
    grant = service.world.install_pair(service.portal, 1, list(service.world.apps)[1])
    url = f"{service.world.endpoint(service.portal)}profile"
    with requests.Session() as session:
        session.trust_env = False
        while not stop.wait(2 / DRAIN):
            session.post(url, json={"auth": grant.access_token}, timeout=10)


def said(service: Service, lost: int, took: float) -> str:
    """What came of it, in words."""
    refused = service.world.limits.refused
    return f"{COUNT - lost} done, {lost} lost, {refused} × 503, {took:.1f} s"


def over(took: float, requests_made: int) -> str:
    """How many times the ideal time it took."""
    return f"{took / ideal(requests_made):.2f}"
