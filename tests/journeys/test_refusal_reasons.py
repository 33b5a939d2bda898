"""Portals that cannot be served, and refused callers: the reason is kept where it is known."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from bx24app.bitrix24.connections import KeptConnections
from tests.emulator.entities import Portal
from tests.support.certificate import untrusted_server
from tests.support.databases import Sqlite
from tests.support.endpoint_harness import EndpointHarness, RecordingAdapter, words_of
from tests.support.passing_time import let_pass


@pytest.fixture
def production(sqlite: Sqlite) -> Iterator[EndpointHarness]:
    """The application with real names and https only; nothing is installed."""
    with EndpointHarness.open_empty(sqlite.migrated(), https=True) as endpoints:
        yield endpoints


def north(production: EndpointHarness) -> Portal:
    """Portal A under its real name."""
    return production.world.portal("north.example")


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> None:
    """Hear refusals of every level."""
    caplog.set_level(logging.INFO)


def refusals(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The reasons in the log lines about refusals, since the last look."""
    found = [
        str(record.__dict__["reason"])
        for record in caplog.records
        if record.getMessage() == "refused"
    ]
    caplog.clear()
    return found


def every_call(endpoints: EndpointHarness, portal: Portal) -> dict[str, TestResponse]:
    """What the portal sends us in all its ways."""
    endpoints.control.install(portal.host)
    return {
        "install": endpoints.frame("/install", portal),
        "launch": endpoints.frame("/", portal),
        "person": endpoints.frame("/", portal, 3),
        "event": endpoints.event(portal, "ONAPPINSTALL", 1),
        "update": endpoints.event(portal, "ONAPPUPDATE", 1),
    }


HOSTS = {
    "portal": "one_label_name",
    "intranet": "one_label_name",
    "1": "one_label_name",
    "portal.1": "one_label_name",
    "127.1": "one_label_name",
    "10.0.0.5": "private_address",
    "192.168.1.20": "private_address",
    "172.16.3.4": "private_address",
    "169.254.169.254": "private_address",
    "127.0.0.1": "private_address",
    "100.64.0.1": "private_address",
    "0.0.0.0": "private_address",  # noqa: S104
    "224.0.0.1": "private_address",
    "bx.localhost": "private_address",
    "[::1]": "private_address",
    "[fd00::1]": "private_address",
}


@pytest.mark.parametrize("host", HOSTS)
def test_a_portal_inside_a_network_is_refused_with_the_reason(
    host: str, production: EndpointHarness, caplog: pytest.LogCaptureFixture
) -> None:
    portal = north(production)
    production.control.rename(host, portal.host)
    production.way_out.requests.clear()
    answers = every_call(production, portal)
    wanted = HOSTS[host]
    # A host in brackets is no form of DOMAIN that any portal sends, so the launch is malformed.
    names = {wanted, "malformed_parameter"} if "[" in host else {wanted}
    assert set(refusals(caplog)) <= names
    assert {answer.status_code for answer in answers.values()} <= {400, 403}
    assert production.way_out.hosts <= {"oauth.example"}
    assert production.is_empty


@pytest.mark.parametrize("port", ["", ":8080", ":80"])
def test_a_portal_without_tls_is_refused_with_the_reason(
    port: str, production: EndpointHarness, caplog: pytest.LogCaptureFixture
) -> None:
    portal = north(production)
    production.control.rename(f"plain.example{port}", portal.host)
    # The authorization server keeps its https, only the portal has none.
    endpoint = f"http://{portal.host}/rest/"
    production.world.endpoint = lambda _: endpoint  # type: ignore[method-assign]
    answers = every_call(production, portal)
    assert set(refusals(caplog)) == {"http_portal"}
    assert {answer.status_code for answer in answers.values()} == {403}
    assert production.way_out.hosts <= {"oauth.example"}
    assert production.is_empty


@pytest.mark.parametrize(
    "named",
    ["alias.example", "north.example.evil.example", "evil-north.example", "north.example:8443"],
)
def test_another_name_of_the_portal_is_refused_with_the_reason(
    named: str, production: EndpointHarness, caplog: pytest.LogCaptureFixture
) -> None:
    production.control.install(north(production).host)
    for path, user_id in (("/install", 1), ("/", 1), ("/", 3)):
        answer = production.frame(path, north(production), user_id, query={"DOMAIN": named})
        assert (answer.status_code, refusals(caplog)) == (403, ["other_domain"])
    assert production.is_empty


@pytest.mark.parametrize("named", ["NORTH.example", "north.example:443"])
def test_the_same_name_in_another_spelling_is_the_portal(
    named: str, production: EndpointHarness
) -> None:
    production.control.install(north(production).host)
    answer = production.frame("/install", north(production), query={"DOMAIN": named})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/install", "/"])
@pytest.mark.parametrize("name", ["AUTH_ID", "member_id", "DOMAIN"])
@pytest.mark.parametrize("how", ["left out", "empty"])
def test_a_missing_parameter_is_named(
    path: str, name: str, how: str, installed_endpoints: EndpointHarness,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    changed = {name: None if how == "left out" else ""}
    where: dict[str, Any] = {"query" if name == "DOMAIN" else "form": changed}
    answer = installed_endpoints.frame(path, installed_endpoints.a, **where)
    assert (answer.status_code, name in words_of(answer)) == (400, True)
    assert refusals(caplog) in (["missing_parameter"], ["malformed_parameter"])


@pytest.mark.parametrize("name", ["event", "auth[member_id]"])
def test_a_parameter_that_an_event_lacks_is_logged_but_not_told(
    name: str, installed_endpoints: EndpointHarness, caplog: pytest.LogCaptureFixture
) -> None:
    form = {"event": "ONAPPUPDATE", "auth[member_id]": installed_endpoints.a.member_id}
    answer = installed_endpoints.receive({key: form[key] for key in form if key != name})
    assert (answer.status_code, answer.json["code"]) == (403, "not_proven")
    assert refusals(caplog) == ["missing_parameter"]


REFUSED: dict[str, tuple[Callable[[EndpointHarness], object], str, int, str]] = {
    "unpaid": (lambda app: app.control.payment(True), "payment_required", 402, "has ended"),
    "excluded": (lambda app: app.control.deny(1), "user_access_error", 403, "may not use"),
    "dismissed": (lambda app: app.control.dismiss(1), "user_access_error", 403, "may not use"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/", "/install"])
def test_people_read_why_they_are_refused(
    path: str, case: str, installed_endpoints: EndpointHarness, caplog: pytest.LogCaptureFixture
) -> None:
    trouble, _, status, words = REFUSED[case]
    trouble(installed_endpoints)
    refusals(caplog)
    answer = installed_endpoints.frame(path, installed_endpoints.a, 1)
    assert (answer.status_code, words in words_of(answer)) == (status, True)
    (found,) = refusals(caplog)
    assert found not in ("", "unproven", "not_proven")


class Mixed(RecordingAdapter):
    """Leads one host over a real connection, and everything else to the emulated world."""

    real: str = ""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """See RecordingAdapter."""
        if urlsplit(str(request.url)).netloc == self.real:
            return KeptConnections().send(request, *args, **more)  # type: ignore[no-any-return]
        return super().send(request, *args, **more)


def test_a_certificate_that_is_not_trusted_is_told(
    installed_endpoints: EndpointHarness, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Over real TLS: a portal that moves behind a certificate of its own."""
    endpoints = installed_endpoints
    program = endpoints.program(endpoints.a)
    endpoints.way_out.__class__ = Mixed
    with untrusted_server(tmp_path) as (host, requests_heard, _):
        endpoints.control.rename(host, endpoints.a.host)
        endpoints.way_out.real = host  # type: ignore[attr-defined]
        endpoints.world.endpoint = (  # type: ignore[method-assign]
            lambda portal: f"https://{host}/rest/" if portal is endpoints.a else "http://x.example/"
        )
        refusals(caplog)
        for path in ("/install", "/"):
            answer = endpoints.frame(path, endpoints.a, 1)
            assert answer.status_code == 502
            assert "certificate" in words_of(answer)
        assert set(refusals(caplog)) == {"untrusted_certificate"}
        let_pass(endpoints, minutes=1)
        told = program.get()
        assert (told.status_code, told.json["code"]) == (502, "portal_unreachable")
        assert "certificate" in told.json["detail"]
        # Neither a token nor anything else was sent.
        assert requests_heard == []


def test_an_authority_of_ones_own_is_honoured(
    sqlite: Sqlite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with untrusted_server(tmp_path) as (host, requests_heard, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        with EndpointHarness.open_empty(sqlite.migrated()) as endpoints:
            endpoints.install_and_deliver()
            endpoints.way_out.__class__ = Mixed
            endpoints.way_out.real = host  # type: ignore[attr-defined]
            endpoints.control.rename(host, endpoints.a.host)
            endpoints.world.endpoint = lambda _: f"https://{host}/rest/"  # type: ignore[method-assign]
            assert endpoints.frame("/", endpoints.a, 1).status_code == 502
    assert b"/rest/" in b"".join(requests_heard)
