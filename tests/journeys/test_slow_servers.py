"""A server of Bitrix24 that is slow or down takes nothing with it, under real processes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
import requests

from tests.emulator.launch import launch_form
from tests.support.databases import Sqlite
from tests.support.service import Service, running

CROWD = 120
"""People at once: four times as many as there are threads."""
THREADS = 32
BEARABLE = 4.0
"""Seconds on a busy test machine; without a bound it would be half a minute."""


@pytest.fixture
def service(sqlite: Sqlite) -> Iterator[Service]:
    """One process with few threads, installed on both portals."""
    with running(sqlite.migrated(), workers=1, threads=THREADS, bucket="1000:1000") as service:
        other = service.world.portal(service.world.portal_hosts[1])
        service.control.install(other.host)
        query, form = launch_form(service.world, other, 1)
        url = f"{service.world.app_url}/install"
        assert service.send("POST", url, params=query, data=form).status_code == 200
        service.control.finish(other.host)
        yield service


def open_page(service: Service, host: str) -> tuple[requests.Response, float]:
    """Somebody opens the application on a portal; gives the answer and the seconds it took."""
    query, form = launch_form(service.world, service.world.portal(host), 1)
    began = time.monotonic()
    answer = service.send("POST", f"{service.world.app_url}/", params=query, data=form)
    return answer, time.monotonic() - began


def session_on(service: Service, host: str) -> dict[str, str]:
    answer, _ = open_page(service, host)
    return {"X-Session": answer.headers["X-Session"]}


def seconds(service: Service, path: str, headers: dict[str, str] | None = None) -> float:
    """How long a page takes; it has to be a good one."""
    began = time.monotonic()
    answer = requests.get(f"{service.world.app_url}{path}", headers=headers or {}, timeout=60)
    assert answer.status_code == 200, answer.text
    return time.monotonic() - began


def others_are_served(service: Service, session: dict[str, str]) -> None:
    """Everybody but the crowd is served at once."""
    for _ in range(4):
        assert seconds(service, "/healthz") < BEARABLE
        assert seconds(service, "/flows", session) < BEARABLE


def crowd(service: Service, pool: ThreadPoolExecutor, host: str) -> list[Future]:
    """Many people open the application on one portal at the same moment."""
    return [pool.submit(open_page, service, host) for _ in range(CROWD)]


@pytest.mark.promise("a server that is slow or down takes nothing else with it")
@pytest.mark.threat("a crowd while an authorization server or a portal is slow")
@pytest.mark.slow
def test_a_slow_authorization_server_leaves_other_pages_alone(service: Service) -> None:
    one, two = service.world.portal_hosts
    working = session_on(service, two)
    service.control.delay("oauth/app.info", seconds=30, times=10_000)
    with ThreadPoolExecutor(CROWD) as pool:
        waiting = crowd(service, pool, one)
        time.sleep(0.5)
        others_are_served(service, working)
        answers = [future.result()[0] for future in waiting]
    assert {answer.status_code for answer in answers} == {502}
    assert all("Retry-After" in answer.headers for answer in answers)
    service.control.heal()
    assert open_page(service, one)[0].status_code == 200


@pytest.mark.promise("a server that is slow or down takes nothing else with it")
@pytest.mark.threat("a crowd while an authorization server or a portal is slow")
@pytest.mark.slow
def test_a_slow_portal_leaves_other_portals_alone(service: Service) -> None:
    one, two = service.world.portal_hosts
    working = session_on(service, two)
    service.control.delay("*", seconds=11, times=10_000, host=one)
    with ThreadPoolExecutor(CROWD) as pool:
        waiting = crowd(service, pool, one)
        time.sleep(6)
        others_are_served(service, working)
        service.control.heal()
        answers = [future.result()[0] for future in waiting]
    assert {answer.status_code for answer in answers} <= {200, 502}
