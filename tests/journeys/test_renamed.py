"""A portal gets another address: calls go on there, if the authorization server knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.support.endpoint_harness import EndpointHarness

FLOW = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "17"]],
}
NEW = "north.example:8900"


def domain(doors: EndpointHarness) -> str:
    """The address that the API shows."""
    portal = doors.program(doors.a).flows.removesuffix("/flows")
    return str(doors.program(doors.a).call("GET", portal).json["domain"])


def send_astray(doors: EndpointHarness, location: str) -> None:
    """Let the portal redirect every REST call to another place."""
    inner = doors.way_out.wsgi

    def astray(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["HTTP_HOST"].startswith("localhost:8900"):
            return inner(environ, start)
        start("302 Found", [("Location", location + environ["PATH_INFO"])])
        return [b""]

    doors.way_out.wsgi = astray


def test_calls_go_on_at_the_new_address(settled: EndpointHarness) -> None:
    settled.control.rename(NEW)
    api = settled.program(settled.a)
    assert api.get(101).status_code == 200
    assert domain(settled) == NEW
    answer = api.post(FLOW)
    assert (answer.status_code, answer.json["name"]) == (201, "Contracts")


def test_a_write_that_meets_the_move_is_done_once(settled: EndpointHarness) -> None:
    api = settled.program(settled.a)
    settled.control.rename(NEW)
    settled.control.forget_journal()
    assert api.put({"active": False}, "101/active").json["active"] is False
    writes = [entry for entry in settled.control.journal(writes=True) if entry["kind"] == "rest"]
    assert [(entry["method"], entry["host"]) for entry in writes] == [
        ("tasks.flow.Flow.activate", NEW)
    ]
    assert domain(settled) == NEW


def test_the_old_address_is_asked_once_and_never_again(settled: EndpointHarness) -> None:
    api = settled.program(settled.a)
    settled.control.rename(NEW)
    api.get(101)
    settled.way_out.requests.clear()
    api.get(101)
    assert settled.way_out.hosts == {NEW}


def test_a_redirect_to_a_stranger_is_not_followed(settled: EndpointHarness) -> None:
    send_astray(settled, "http://stranger.example")
    settled.way_out.requests.clear()
    api = settled.program(settled.a)
    answer = api.post(FLOW)
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert answer.json["mayHaveHappened"] is False
    assert "stranger.example" not in settled.way_out.hosts
    assert domain(settled) == "localhost:8900"


def test_a_redirect_in_circles_ends(settled: EndpointHarness) -> None:
    send_astray(settled, "http://localhost:8900")
    settled.way_out.requests.clear()
    answer = settled.program(settled.a).get(101)
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert len(settled.way_out.requests) < 12
