"""Every call that writes, twice at the same moment, in four processes on PostgreSQL: no fault."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from tests.emulator.events import event_form
from tests.emulator.launch import launch_form
from tests.support.browser_form import Controls
from tests.support.databases import Postgresql
from tests.support.samples import LEAST
from tests.support.service import Service, running

pytestmark = pytest.mark.slow

ROUNDS = 4
"""Each pair of calls is tried so often: a race is not lost each time."""

Call = Callable[[], requests.Response]
Pair = Callable[[Service, int], tuple[Call, Call]]


@pytest.fixture(scope="module")
def service(postgresql: Postgresql) -> Iterator[Service]:
    """Four processes, installed on portal A, without a rate limit in their way."""
    with running(postgresql.migrated(), workers=4, threads=8, bucket="10000:1000") as service:
        yield service


def api(service: Service, verb: str, below: str = "", **more: Any) -> Call:
    return lambda: service.send(verb, service.flows + below, **more)


def post(service: Service, path: str, **more: Any) -> Call:
    return lambda: service.send("POST", service.world.app_url + path, **more)


def launched(service: Service, path: str = "/", user_id: int = 1) -> Call:
    query, form = launch_form(service.world, service.portal, user_id)
    return post(service, path, params=query, data=form)


def told(service: Service, event: str, user_id: int | None = None) -> Call:
    form = event_form(service.world, service.portal, event, {"VERSION": 1}, user_id=user_id)
    return post(service, "/events", data=form)


def session(service: Service) -> dict[str, str]:
    """The header of a person's session."""
    page = service.open().text
    found = re.search(r'<meta name="session" content="([^"]*)"', page)
    assert found, page
    return {"X-Session": html.unescape(found[1])}


def a_flow(service: Service, name: str) -> int:
    made = service.send("POST", json=LEAST | {"name": name})
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


def again(call: Call) -> tuple[Call, Call]:
    return call, call


def installation_and_event(service: Service, number: int) -> tuple[Call, Call]:
    """As Bitrix24 sends them: the installer's page and the event come together."""
    assert told(service, "ONAPPUNINSTALL")().status_code in (200, 403)
    return launched(service, "/install"), told(service, "ONAPPINSTALL", 1)


def two_installations(service: Service, number: int) -> tuple[Call, Call]:
    told(service, "ONAPPUNINSTALL")()
    return launched(service, "/install"), launched(service, "/install")


def goodbye_and_launch(service: Service, number: int) -> tuple[Call, Call]:
    return told(service, "ONAPPUNINSTALL"), launched(service)


def by_key(service: Service, number: int) -> tuple[Call, Call]:
    name = f"by-key-{number}"
    headers = service.headers | {"Idempotency-Key": name}

    def call() -> requests.Response:
        return requests.post(
            service.flows, json=LEAST | {"name": name}, headers=headers, timeout=60
        )

    return again(call)


def keys(service: Service, number: int) -> tuple[Call, Call]:
    form = {"label": f"key {number}", "access": "write", "expires": "never"}
    headers = session(service)

    def call() -> requests.Response:
        url = service.world.app_url + "/settings/keys"
        return requests.post(url, data=form, headers=headers, timeout=60)

    return again(call)


def forms(service: Service, number: int) -> tuple[Call, Call]:
    """The form of a flow, as the browser got it, with another name."""
    headers, flow_id = session(service), a_flow(service, f"Form {number}")
    url = f"{service.world.app_url}/flows/{flow_id}"
    page = requests.get(f"{url}/edit", headers=headers, timeout=60).text
    controls = Controls()
    controls.feed(page)
    form = [pair for pair in controls.sent if pair[0] != "name"]
    form.append(("name", f"Form {number} saved"))
    return again(lambda: requests.post(url, data=form, headers=headers, timeout=60))


def connect(service: Service, number: int) -> tuple[Call, Call]:
    url = f"{service.world.app_url}/connect"
    query = {"domain": service.portal.host}
    return again(lambda: requests.get(url, params=query, allow_redirects=False, timeout=60))


def with_flow(verb: str, below: str, **more: Any) -> Pair:
    def pair(service: Service, number: int) -> tuple[Call, Call]:
        flow_id = a_flow(service, f"{verb} {below} {number}")
        return again(api(service, verb, f"/{flow_id}{below}", **more))

    return pair


def first_reads(service: Service, number: int) -> tuple[Call, Call]:
    """Of flows that the application has not seen."""
    name = f"Elsewhere {number}"
    flow_id = a_flow(service, name)
    return api(service, "GET", f"/{flow_id}"), api(service, "GET")


def expired(service: Service, number: int) -> tuple[Call, Call]:
    service.control.expire_tokens()
    return again(api(service, "GET"))


PAIRS: dict[str, Pair] = {
    "create, one name": lambda s, n: again(api(s, "POST", json=LEAST | {"name": f"Same {n}"})),
    "create, two names": lambda s, n: (
        api(s, "POST", json=LEAST | {"name": f"One {n}"}),
        api(s, "POST", json=LEAST | {"name": f"Two {n}"}),
    ),
    "create by key": by_key,
    "put by name": lambda s, n: again(api(s, "PUT", json=LEAST | {"name": f"Put {n}"})),
    "update": with_flow("PATCH", "", json={"plannedCompletionTime": 10_800}),
    "active": with_flow("PUT", "/active", json={"active": False}),
    "pinned": with_flow("PUT", "/pinned", json={"pinned": True}),
    "delete": with_flow("DELETE", ""),
    "first reads": first_reads,
    "refresh": expired,
    "launch": lambda s, n: (launched(s), launched(s)),
    "launch of two people": lambda s, n: (launched(s), launched(s, user_id=3)),
    "session and launch": lambda s, n: (launched(s, user_id=3), launched(s, user_id=3)),
    "form": forms,
    "API key": keys,
    "connect": connect,
    "update event": lambda s, n: (told(s, "ONAPPUPDATE", 1), told(s, "ONAPPUPDATE", 1)),
    "payment event": lambda s, n: again(told(s, "ONAPPPAYMENT")),
    "two goodbyes": lambda s, n: again(told(s, "ONAPPUNINSTALL")),
    "goodbye and launch": goodbye_and_launch,
    "two installations": two_installations,
    "installation and its event": installation_and_event,
}


@pytest.mark.parametrize("name", PAIRS)
def test_no_answer_is_a_fault_of_ours(name: str, service: Service) -> None:
    for number in range(ROUNDS):
        if launched(service)().status_code != 200:
            service.install()
        pair = PAIRS[name](service, number)
        barrier = Barrier(4)

        def one(call: Call, barrier: Barrier = barrier) -> requests.Response:
            barrier.wait()
            return call()

        # Each of the two is sent twice, so that it meets itself as well as the other one.
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(one, (*pair, *pair)))

        faults = [answer.text[:300] for answer in answers if answer.status_code == 500]
        assert not faults
        assert any(answer.status_code < 400 for answer in answers), [a.text[:200] for a in answers]
