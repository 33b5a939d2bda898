"""A goodbye that arrives while something waits for the network: nothing is stored afterwards."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from bx24app.store.models import OAuthTokenRow, PortalRow
from tests.support.endpoint_harness import EndpointHarness


def leave(endpoints: EndpointHarness) -> None:
    """Portal A uninstalls, and its goodbye arrives."""
    endpoints.control.uninstall(endpoints.a.host)
    assert [answer.status_code for answer in endpoints.deliver()] == [200]


def leave_after(endpoints: EndpointHarness, answers: int) -> None:
    """Portal A leaves while the answer after so many others is on its way."""
    # The list is emptied from its end.
    waiting: list[Callable[[], None]] = [lambda: leave(endpoints)]
    endpoints.way_out.meanwhile[:] = waiting + [_nothing] * answers


def _nothing() -> None:
    """Do nothing."""


def stored(endpoints: EndpointHarness) -> tuple[int, int]:
    """How many rows of portal A there are: of the portal, of its tokens."""
    member_id = endpoints.a.member_id
    with endpoints.container.database.read() as session:
        rows = [
            session.scalar(select(func.count()).where(kind.member_id == member_id))
            for kind in (PortalRow, OAuthTokenRow)
        ]
    return rows[0] or 0, rows[1] or 0


CALLS: dict[str, Callable[[EndpointHarness], TestResponse]] = {
    "a launch": lambda endpoints: endpoints.frame("/", endpoints.a, 3),
    "an installer's launch": lambda endpoints: endpoints.frame("/", endpoints.a),
    "an installation": lambda endpoints: endpoints.frame("/install", endpoints.a),
    "an update": lambda endpoints: endpoints.event(endpoints.a, "ONAPPUPDATE", 1),
    "a new application token": lambda endpoints: endpoints.event(
        endpoints.a, "ONAPPINSTALL", 1, application_token="c" * 32
    ),
}


@pytest.mark.parametrize("answers", [0, 1, 2])
@pytest.mark.parametrize("name", CALLS)
def test_what_comes_late_brings_no_portal_back(
    name: str, answers: int, installed_endpoints: EndpointHarness
) -> None:
    endpoints = installed_endpoints
    assert stored(endpoints) == (1, 1)
    leave_after(endpoints, answers)
    answer = CALLS[name](endpoints)
    if endpoints.way_out.meanwhile:  # it made fewer requests than that
        return
    assert stored(endpoints) == (0, 0)
    # Where the last answer was the one, all work was done before the goodbye.
    assert answer.status_code in (200, 403, 502)
    # Later calls find nothing of it either, and the portal can be installed afresh.
    endpoints.control.install(endpoints.a.host)
    assert endpoints.frame("/install", endpoints.a).status_code == 200
    assert stored(endpoints) == (1, 1)


@pytest.mark.parametrize("answers", [0, 1, 2])
def test_a_confirmation_that_comes_late_brings_no_portal_back(
    answers: int, installed_endpoints: EndpointHarness
) -> None:
    endpoints = installed_endpoints
    begun = endpoints.browser.get("/connect", query_string={"domain": endpoints.a.host})
    session = requests.Session()
    session.mount("http://", endpoints.way_out)
    confirmed = session.get(f"{begun.headers['Location']}&as=1", allow_redirects=False, timeout=5)
    sent = parse_qs(urlsplit(confirmed.headers["Location"]).query)
    leave_after(endpoints, answers)
    answer = endpoints.browser.get(
        "/connect/callback", query_string={name: values[0] for name, values in sent.items()}
    )
    assert endpoints.way_out.meanwhile == []
    assert answer.status_code in (400, 403, 502)
    assert stored(endpoints) == (0, 0)
