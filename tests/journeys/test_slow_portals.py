"""Portals that keep their people waiting leave the others alone, under a real process."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.emulator.launch import launch_form
from tests.support.databases import Sqlite
from tests.support.service import Service, running

PEOPLE = 40
"""On each slow portal at once."""
SLOW = 12
"""Seconds that a slow portal takes for everything."""
THREADS = 64
LOOKS = 8
SLOWER = 6.0
"""How many times as long something may take as before; the people come in the same process."""
LEAST = 0.5
"""Seconds; less than that is told from nothing on no busy machine."""

pytestmark = pytest.mark.slow


@pytest.fixture
def service(sqlite: Sqlite) -> Iterator[Service]:
    """One process, installed on the slow portal and on an innocent one."""
    with running(sqlite.migrated(), workers=1, threads=THREADS, bucket="1000:1000") as service:
        other = service.world.portal(service.world.portal_hosts[1])
        service.control.install(other.host)
        assert open_page(service, other.host, "/install").status_code == 200
        service.control.finish(other.host)
        yield service


def open_page(service: Service, host: str, path: str = "/") -> requests.Response:
    query, form = launch_form(service.world, service.world.portal(host), 1)
    return service.send("POST", f"{service.world.app_url}{path}", params=query, data=form)


def seconds(service: Service, path: str, session: str = "") -> float:
    """How long a good answer takes, in the middle of some."""
    taken = []
    for _ in range(LOOKS):
        began = time.monotonic()
        answer = requests.get(
            f"{service.world.app_url}{path}", headers={"X-Session": session}, timeout=60
        )
        assert answer.status_code == 200, answer.text
        taken.append(time.monotonic() - began)
    return statistics.median(taken)


def test_people_on_a_slow_portal_leave_the_others_alone(service: Service) -> None:
    slow, innocent = service.world.portal_hosts
    theirs, ours = (open_page(service, host).headers["X-Session"] for host in (slow, innocent))
    page, health = seconds(service, "/flows", ours), seconds(service, "/healthz")

    service.control.delay("*", seconds=SLOW, times=10_000, host=slow)
    with ThreadPoolExecutor(4 * PEOPLE) as pool:
        waiting = [
            pool.submit(
                requests.get, f"{service.world.app_url}/flows",
                headers={"X-Session": theirs}, timeout=60,
            )
            for _ in range(4 * PEOPLE)
        ]  # fmt: skip
        time.sleep(1)
        at_once = seconds(service, "/healthz"), seconds(service, "/flows", ours)
        time.sleep(6)
        later = seconds(service, "/healthz"), seconds(service, "/flows", ours)
        service.control.heal()
        answers = [future.result() for future in waiting]

    print("healthz, page:", (health, page), at_once, later)
    for looked in (at_once, later):
        assert looked[0] < max(LEAST, SLOWER * health)
        assert looked[1] < max(1.0, SLOWER * page)
    assert {answer.status_code for answer in answers} <= {200, 502}
