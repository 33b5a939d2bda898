"""Forged doors: whatever is made up, nothing is stored and no stranger is spoken to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.events import event_form
from tests.emulator.grants import Grant
from tests.emulator.launch import launch_form
from tests.support.endpoint_harness import EndpointHarness, session_of, unchanged

DOORS = ("/install", "/")
SERVERS = [
    "https://attacker.example/rest/",
    "http://attacker.example/rest/",
    "https://localhost:8901/rest/",
    "http://localhost:8901@attacker.example/rest/",
    "http://localhost:8901.attacker.example/rest/",
    "http://attacker.example#http://localhost:8901/rest/",
    "http://attacker.example\\@localhost:8901/rest/",
    "http://localhost:89010/rest/",
    "http://localhost:80/rest/",
    "http://localhost/rest/",
    "http://127.0.0.1:8901/rest/",
    "http://[::1]:8901/rest/",
    "http://169.254.169.254/latest/",
    "http://10.0.0.1/rest/",
    "http://2130706433:8901/rest/",
    "https://xn--oauth-btrix-abc.info/rest/",
    "//attacker.example/rest/",
    "file:///etc/passwd",
    "gopher://attacker.example/",
    "http://",
    "x",
]
DOMAINS = [
    "attacker.example",
    "localhost:8902",
    "localhost",
    "localhost:8900.attacker.example",
    "user@localhost:8900",
    "localhost:8900@attacker.example",
    "127.0.0.1:8900",
    "[::1]:8900",
    "169.254.169.254",
    "10.0.0.1",
    "localhost:8900/",
    "localhost:8900?",
    "localhost:8900#",
    "xn--localhost-9za:8900",
    "lосalhost:8900",
    "",
]


def other_application(doors: EndpointHarness) -> Grant:
    """A grant of the same administrator for somebody else's application."""
    client_id = next(client for client in doors.world.apps if client != doors.world.app.client_id)
    return doors.world.install_pair(doors.a, 1, client_id)


def own_portal(doors: EndpointHarness) -> Grant:
    """A grant of an administrator of another portal."""
    return doors.world.install_pair(doors.b, 1)


def expired(doors: EndpointHarness) -> Grant:
    """A grant that has ended."""
    grant = doors.world.install_pair(doors.a, 1)
    grant.expires = 0
    return grant


def revoked(doors: EndpointHarness) -> Grant:
    """A grant that was taken back."""
    grant = doors.world.install_pair(doors.a, 1)
    grant.revoked = True
    return grant


@pytest.fixture(params=["knows nobody", "knows the portals"])
def target(request: pytest.FixtureRequest, doors: EndpointHarness) -> EndpointHarness:
    """Doors with the application on both portals, which it has met or not."""
    if request.param == "knows the portals":
        return request.getfixturevalue("settled")
    for portal in (doors.a, doors.b):
        doors.control.install(portal.host)
    return doors


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("grant", [other_application, own_portal, expired, revoked])
def test_a_token_that_is_not_ours_of_this_portal(
    target: EndpointHarness, door: str, grant: Callable[[EndpointHarness], Grant]
) -> None:
    forged = grant(target)
    answer = unchanged(target, lambda: target.frame(door, target.a, grant=forged))
    assert answer.status_code == 403


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("member_id", ["b3341d7c482096ef33fa488e7d508664", "0" * 32, "A" * 64])
def test_a_member_id_of_somebody_else(target: EndpointHarness, door: str, member_id: str) -> None:
    answer = unchanged(target, lambda: target.frame(door, target.a, form={"member_id": member_id}))
    assert answer.status_code == 403


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("server", SERVERS)
def test_a_server_that_nobody_allowed_is_never_spoken_to(
    fortress: EndpointHarness, door: str, server: str
) -> None:
    changes = {"SERVER_ENDPOINT": server}
    answer = unchanged(fortress, lambda: fortress.frame(door, fortress.a, form=changes))
    assert answer.status_code in (400, 403)
    assert fortress.way_out.hosts == set()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_that_is_not_the_portals(
    fortress: EndpointHarness, door: str, domain: str
) -> None:
    answer = unchanged(fortress, lambda: fortress.frame(door, fortress.a, query={"DOMAIN": domain}))
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("name", ["ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL"])
@pytest.mark.parametrize("grant", [other_application, own_portal, expired, revoked])
def test_an_event_with_a_token_that_is_not_ours(
    target: EndpointHarness, name: str, grant: Callable[[EndpointHarness], Grant]
) -> None:
    forged = grant(target)
    changes = {
        "access_token": forged.access_token,
        "refresh_token": forged.refresh_token,
        "application_token": "0" * 32,
    }
    answer = unchanged(target, lambda: target.event(target.a, name, **changes))
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")


@pytest.mark.parametrize("server", SERVERS)
def test_an_event_that_names_a_server_of_its_own(fortress: EndpointHarness, server: str) -> None:
    changes = {"server_endpoint": server, "application_token": "0" * 32}
    answer = unchanged(fortress, lambda: fortress.event(fortress.a, "ONAPPINSTALL", 1, **changes))
    assert answer.status_code == 403
    assert fortress.way_out.hosts == set()


def test_the_application_token_of_one_portal_opens_no_other(fortress: EndpointHarness) -> None:
    changes = {"application_token": fortress.b.application_token}
    answer = unchanged(fortress, lambda: fortress.event(fortress.a, "ONAPPUNINSTALL", **changes))
    assert answer.status_code == 403


@pytest.mark.parametrize("token", [None, "", "0", "ec1b2074a9d3f5c81b6e40d27a95cf39"])
def test_a_goodbye_without_the_right_token(fortress: EndpointHarness, token: str | None) -> None:
    answer = unchanged(
        fortress, lambda: fortress.event(fortress.a, "ONAPPUNINSTALL", application_token=token)
    )
    assert answer.status_code == 403


def test_a_portal_without_a_known_token_is_not_ended_by_an_empty_one(
    doors: EndpointHarness,
) -> None:
    doors.control.install(doors.a.host)
    doors.frame("/install", doors.a, legacy=True)
    for token in (None, ""):
        answer = doors.event(doors.a, "ONAPPUNINSTALL", application_token=token)
        assert answer.status_code == 403
    assert len(doors.container.portals.all()) == 1


def test_an_ordinary_person_cannot_plant_an_application_token(settled: EndpointHarness) -> None:
    planted = "0" * 32
    settled.frame("/", settled.a, 3, form={"APPLICATION_TOKEN": planted})
    settled.frame("/install", settled.a, 3, form={"APPLICATION_TOKEN": planted})
    assert settled.event(settled.a, "ONAPPUNINSTALL", application_token=planted).status_code == 403
    assert settled.container.portals.knows_application_token(
        settled.a.member_id, settled.a.application_token
    )


@pytest.mark.parametrize("door", DOORS)
def test_a_launch_that_is_replayed_after_the_goodbye(settled: EndpointHarness, door: str) -> None:
    query, form = launch_form(settled.world, settled.a, 1)
    assert settled.browser.post(door, query_string=query, data=form).status_code == 200
    settled.control.uninstall(settled.a.host)
    settled.deliver()
    answer = unchanged(settled, lambda: settled.browser.post(door, query_string=query, data=form))
    assert answer.status_code == 403


def test_a_launch_that_is_replayed_is_the_same_person_again(settled: EndpointHarness) -> None:
    query, form = launch_form(settled.world, settled.a, 3)
    first, again = (settled.browser.post("/", query_string=query, data=form) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    settled.world.journal.clear()
    settled.browser.get("/flows", headers={"X-Session": session_of(again)})
    assert {entry.user_id for entry in settled.world.journal if entry.kind == "rest"} == {3}


def test_a_goodbye_that_is_replayed(settled: EndpointHarness) -> None:
    form = event_form(settled.world, settled.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    assert settled.receive(form).status_code == 200
    assert unchanged(settled, lambda: settled.receive(form)).status_code == 403


@pytest.mark.parametrize(
    "location",
    [
        "https://attacker.example/rest/profile",
        "http://localhost:8902/rest/profile",
        "http://169.254.169.254/rest/profile",
        "//attacker.example/rest/",
        "/rest/profile",
        "",
    ],
)
def test_a_redirect_of_a_portal_carries_no_token_to_a_stranger(
    settled: EndpointHarness, location: str
) -> None:
    session = session_of(settled.frame("/", settled.a))
    settled.way_out.redirects["localhost:8900"] = location or "\x20"
    settled.way_out.requests.clear()
    answers = [
        settled.browser.get("/flows", headers={"X-Session": session}),
        settled.frame("/install", settled.a),
        settled.program(settled.a).get(),
    ]
    assert {answer.status_code for answer in answers} == {502}
    assert settled.way_out.hosts <= {"localhost:8900", "localhost:8901"}
    assert settled.container.portals.find(settled.a.member_id).domain == "localhost:8900"


def test_a_redirect_of_the_authorization_server_is_not_followed(settled: EndpointHarness) -> None:
    settled.way_out.redirects["localhost:8901"] = "https://attacker.example/rest/app.info"
    answer = unchanged(settled, lambda: settled.frame("/", settled.a))
    assert answer.status_code == 502
