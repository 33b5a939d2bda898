"""What programs learn of a portal's rate limit, and how long they may be kept waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from bx24app.container import Timing
from bx24app.portals.rate_limit import Bucket
from bx24app.portals.rate_statements import FILL
from tests.support.app_harness import IMPATIENT, Api, AppHarness
from tests.support.passing_time import let_rest

NAMES = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def told(answer: TestResponse) -> tuple[int, ...]:
    """Limit, remaining and reset of an answer; empty where it tells nothing."""
    return tuple(int(answer.headers[name]) for name in NAMES if name in answer.headers)


Limited = Callable[..., AppHarness]


@pytest.fixture
def limited(sqlite_url: str) -> Iterator[Limited]:
    """Makes the application for portals that take so many requests at once and a second."""
    with ExitStack() as closing:

        def make(burst: int = 11, drain: float = 0.1, timing: Timing = IMPATIENT) -> AppHarness:
            app = closing.enter_context(AppHarness.open(sqlite_url, Bucket(burst, drain), timing))
            app.install_everywhere()
            # As if the requests of the installation were long ago.
            let_rest(app, app.a.member_id)
            return app

        yield make


def fill(app: AppHarness, seconds: float) -> None:
    """Let portal A's bucket be empty only after so many seconds."""
    values = {"member_id": app.a.member_id, "due": time.time() + seconds, "longest": 120.0}
    with app.container.database.write() as session:
        session.execute(FILL, values)


def test_each_request_to_the_portal_takes_one(limited: Limited) -> None:
    app = limited()
    api = app.program(app.a)

    assert told(api.call("GET", api.flows.removesuffix("/flows"))) == (10, 10, 0)
    assert told(api.get(101)) == (10, 9, 10)
    assert told(api.get(101)) == (10, 8, 20)


@pytest.mark.parametrize("query", [{"limit": 0}, {"no": "such"}])
def test_refusals_tell_it_too(query: dict[str, str], api: Api) -> None:
    answer = api.get(query_string=query)

    assert answer.status_code == 400
    assert len(told(answer)) == 3
    assert len(told(api.get(999))) == 3
    assert len(told(api.post({}))) == 3


def test_nothing_is_told_without_a_key_of_the_portal(api: Api, installed_app: AppHarness) -> None:
    stranger = f"/api/v1/portals/{installed_app.b.member_id}/flows"

    assert told(installed_app.browser.get(api.flows)) == ()
    assert told(api.call("GET", "/api/v1/portals")) == ()
    assert told(api.call("GET", stranger)) == ()


@pytest.mark.parametrize(
    "wait", ["wait=1", "respond-async, Wait=1; x=y", 'wait="1"', "wait=1,wait=9"]
)
def test_the_waiting_is_bounded(wait: str, limited: Limited) -> None:
    app = limited(drain=0.5, timing=replace(IMPATIENT, program_patience=60.0))
    fill(app, 40)
    began = time.monotonic()

    answer = app.program(app.a).get(101, headers={"Prefer": wait})

    assert time.monotonic() - began < 3
    assert (answer.status_code, answer.json["code"]) == (503, "portal_busy")
    assert int(answer.headers["Retry-After"]) >= 1
    assert told(answer)[1] == 0


def test_what_is_free_soon_is_waited_for(limited: Limited) -> None:
    app = limited(drain=2.0, timing=replace(IMPATIENT, program_patience=60.0))
    api = app.program(app.a)
    fill(app, 5.5)

    assert api.get(101, headers={"Prefer": "wait=0"}).status_code == 503
    assert api.get(101, headers={"Prefer": "wait=5"}).status_code == 200


@pytest.mark.parametrize(
    "wait",
    ["wait", "wait=", "wait=-1", "wait=soon", "wait=1.5", "wait=٣", "wait=99999999999", ";,="],
)
def test_senseless_values_are_ignored(wait: str, api: Api) -> None:
    assert api.get(101, headers={"Prefer": wait}).status_code == 200
