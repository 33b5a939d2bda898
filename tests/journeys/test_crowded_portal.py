"""The programs of one portal take up half of the application at most, under real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from bx24app.bitrix24.bulkhead import PATIENCE, PROGRAMS_PER_PORTAL
from tests.support.databases import Sqlite
from tests.support.service import Service, running

CROWD = PROGRAMS_PER_PORTAL + 30
BEARABLE = 4.0
"""Seconds on a busy test machine; the crowd waits for many more."""

pytestmark = pytest.mark.slow


@pytest.fixture
def service(sqlite: Sqlite) -> Iterator[Service]:
    """One process before a portal that takes two requests a second."""
    with running(
        sqlite.migrated(), workers=1, threads=PROGRAMS_PER_PORTAL + 4, bucket="2:2"
    ) as service:
        yield service


@pytest.mark.promise("the programs of one portal leave room for people and for other portals")
def test_a_crowd_of_programs_leaves_room(service: Service) -> None:
    address = f"{service.flows}/exists?name=Any"
    with ThreadPoolExecutor(CROWD) as pool:
        waiting = [pool.submit(service.send, "GET", address) for _ in range(CROWD)]
        time.sleep(PATIENCE + 2)
        for _ in range(4):
            began = time.monotonic()
            answer = requests.get(f"{service.world.app_url}/healthz", timeout=60)
            assert (answer.status_code, time.monotonic() - began < BEARABLE) == (200, True)
        answers = [future.result() for future in waiting]
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (503, "portal_busy")
        assert int(answer.headers["Retry-After"]) > 0
    assert service.send("GET", address).status_code == 200


def test_a_crowd_at_a_quick_portal_is_served_to_the_last(sqlite: Sqlite) -> None:
    with running(
        sqlite.migrated(), workers=1, threads=2 * PROGRAMS_PER_PORTAL, bucket="500:500"
    ) as service:
        answers = service.at_once(
            2 * PROGRAMS_PER_PORTAL, "GET", f"{service.flows}/exists?name=Any"
        )
        assert {answer.status_code for answer in answers} == {200}
