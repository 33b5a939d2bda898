"""A portal gets another address: calls go on there, if the authorization server knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.support.endpoint_harness import EndpointHarness

FLOW = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "17"]],
}
NEW = "north.example:8900"


def domain(endpoints: EndpointHarness) -> str:
    """The address that the API shows."""
    portal = endpoints.program(endpoints.a).flows.removesuffix("/flows")
    return str(endpoints.program(endpoints.a).call("GET", portal).json["domain"])


def send_astray(endpoints: EndpointHarness, location: str) -> None:
    """Let the portal redirect every REST call to another place."""
    inner = endpoints.way_out.wsgi

    def astray(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["HTTP_HOST"].startswith("localhost:8900"):
            return inner(environ, start)
        start("302 Found", [("Location", location + environ["PATH_INFO"])])
        return [b""]

    endpoints.way_out.wsgi = astray


@pytest.mark.promise("a renamed portal gets the same POST again")
def test_calls_go_on_at_the_new_address(installed_endpoints: EndpointHarness) -> None:
    installed_endpoints.control.rename(NEW)
    api = installed_endpoints.program(installed_endpoints.a)
    assert api.get(101).status_code == 200
    assert domain(installed_endpoints) == NEW
    answer = api.post(FLOW)
    assert (answer.status_code, answer.json["name"]) == (201, "Contracts")


@pytest.mark.parametrize("write", [False, True])
def test_the_token_may_have_ended_when_the_portal_moves(
    write: bool, installed_endpoints: EndpointHarness
) -> None:
    # The old host redirects before anybody looks at the token.
    api = installed_endpoints.program(installed_endpoints.a)
    installed_endpoints.control.rename(NEW)
    installed_endpoints.control.expire_tokens(NEW)
    if write:
        assert api.post(FLOW).status_code == 201
    assert api.get(101).status_code == 200
    assert domain(installed_endpoints) == NEW


def test_a_write_that_meets_the_move_is_done_once(installed_endpoints: EndpointHarness) -> None:
    api = installed_endpoints.program(installed_endpoints.a)
    installed_endpoints.control.rename(NEW)
    installed_endpoints.control.forget_journal()
    assert api.put({"active": False}, "101/active").json["active"] is False
    writes = [
        entry
        for entry in installed_endpoints.control.journal(writes=True)
        if entry["kind"] == "rest"
    ]
    assert [(entry["method"], entry["host"]) for entry in writes] == [
        ("tasks.flow.Flow.activate", NEW)
    ]
    assert domain(installed_endpoints) == NEW


def test_the_old_address_is_asked_once_and_never_again(
    installed_endpoints: EndpointHarness,
) -> None:
    api = installed_endpoints.program(installed_endpoints.a)
    installed_endpoints.control.rename(NEW)
    api.get(101)
    installed_endpoints.way_out.requests.clear()
    api.get(101)
    assert installed_endpoints.way_out.hosts == {NEW}


@pytest.mark.promise("a renamed portal gets the same POST again")
def test_a_redirect_to_a_stranger_is_not_followed(installed_endpoints: EndpointHarness) -> None:
    send_astray(installed_endpoints, "http://stranger.example")
    installed_endpoints.way_out.requests.clear()
    api = installed_endpoints.program(installed_endpoints.a)
    answer = api.post(FLOW)
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert answer.json["mayHaveHappened"] is False
    assert "stranger.example" not in installed_endpoints.way_out.hosts
    assert domain(installed_endpoints) == "localhost:8900"


def test_a_redirect_in_circles_ends(installed_endpoints: EndpointHarness) -> None:
    send_astray(installed_endpoints, "http://localhost:8900")
    installed_endpoints.way_out.requests.clear()
    answer = installed_endpoints.program(installed_endpoints.a).get(101)
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert len(installed_endpoints.way_out.requests) < 12
