"""The programs of one portal take up half of the application at most, under real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from bx24app.places import MOST
from tests.database import Sqlite
from tests.service import Service, running

CROWD, THREADS = MOST + 30, MOST + 4
BEARABLE = 2.0
"""Seconds on a busy test machine; the crowd waits for eight."""

pytestmark = pytest.mark.slow


@pytest.fixture
def service(sqlite: Sqlite) -> Iterator[Service]:
    """One process before a portal that takes four requests a second."""
    with running(sqlite.migrated(), workers=1, threads=THREADS, bucket="4:4") as service:
        yield service


def test_a_crowd_of_programs_leaves_room(service: Service) -> None:
    with ThreadPoolExecutor(CROWD) as pool:
        waiting = [
            pool.submit(service.send, "GET", f"{service.flows}/exists?name=Any")
            for _ in range(CROWD)
        ]
        time.sleep(2)
        for _ in range(4):
            began = time.monotonic()
            answer = requests.get(f"{service.world.app_url}/healthz", timeout=60)
            assert (answer.status_code, time.monotonic() - began < BEARABLE) == (200, True)
        answers = [future.result() for future in waiting]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert len(refused) >= CROWD - MOST - 10  # some may have come when others had gone
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (503, "portal_busy")
        assert int(answer.headers["Retry-After"]) > 0
    assert service.send("GET", f"{service.flows}/exists?name=Any").status_code == 200
