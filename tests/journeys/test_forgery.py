"""Forged launches and events: nothing is stored, only the authorization server is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.emulator.events import event_form
from tests.emulator.grants import Grant
from tests.emulator.launch import launch_form
from tests.support.endpoint_harness import EndpointHarness, session_of, unchanged

ENDPOINTS = ("/install", "/")
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


def other_application(endpoints: EndpointHarness) -> Grant:
    """A token of the same administrator for somebody else's application."""
    client_id = next(
        client for client in endpoints.world.apps if client != endpoints.world.app.client_id
    )
    return endpoints.world.install_pair(endpoints.a, 1, client_id)


def own_portal(endpoints: EndpointHarness) -> Grant:
    """A token of an administrator of another portal."""
    return endpoints.world.install_pair(endpoints.b, 1)


def expired(endpoints: EndpointHarness) -> Grant:
    """A token that has expired."""
    grant = endpoints.world.install_pair(endpoints.a, 1)
    grant.expires = 0
    return grant


def revoked(endpoints: EndpointHarness) -> Grant:
    """A token that was revoked."""
    grant = endpoints.world.install_pair(endpoints.a, 1)
    grant.revoked = True
    return grant


@pytest.fixture(params=["knows nobody", "knows the portals"])
def target(request: pytest.FixtureRequest, endpoints: EndpointHarness) -> EndpointHarness:
    """Both portals have the application; it has seen their installation or not."""
    if request.param == "knows the portals":
        return request.getfixturevalue("installed_endpoints")
    for portal in (endpoints.a, endpoints.b):
        endpoints.control.install(portal.host)
    return endpoints


@pytest.mark.threat("a made-up, expired or revoked token")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("grant", [other_application, own_portal, expired, revoked])
def test_a_token_that_is_not_ours_of_this_portal(
    target: EndpointHarness, path: str, grant: Callable[[EndpointHarness], Grant]
) -> None:
    forged = grant(target)
    answer = unchanged(target, lambda: target.frame(path, target.a, grant=forged))
    assert answer.status_code == 403


@pytest.mark.threat("a made-up, expired or revoked token")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("member_id", ["b3341d7c482096ef33fa488e7d508664", "0" * 32, "A" * 64])
def test_a_member_id_of_somebody_else(target: EndpointHarness, path: str, member_id: str) -> None:
    answer = unchanged(target, lambda: target.frame(path, target.a, form={"member_id": member_id}))
    assert answer.status_code == 403


@pytest.mark.threat("a SERVER_ENDPOINT of the attacker's")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("server", SERVERS)
def test_a_server_that_nobody_allowed_is_never_spoken_to(
    shared_endpoints: EndpointHarness, path: str, server: str
) -> None:
    changes = {"SERVER_ENDPOINT": server}
    answer = unchanged(
        shared_endpoints, lambda: shared_endpoints.frame(path, shared_endpoints.a, form=changes)
    )
    assert answer.status_code in (400, 403)
    assert shared_endpoints.way_out.hosts == set()


@pytest.mark.threat("a forged DOMAIN")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_that_is_not_the_portals(
    shared_endpoints: EndpointHarness, path: str, domain: str
) -> None:
    answer = unchanged(
        shared_endpoints,
        lambda: shared_endpoints.frame(path, shared_endpoints.a, query={"DOMAIN": domain}),
    )
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


@pytest.mark.threat("a SERVER_ENDPOINT of the attacker's")
@pytest.mark.parametrize("server", SERVERS)
def test_an_event_that_names_a_server_of_its_own(
    shared_endpoints: EndpointHarness, server: str
) -> None:
    changes = {"server_endpoint": server, "application_token": "0" * 32}
    answer = unchanged(
        shared_endpoints,
        lambda: shared_endpoints.event(shared_endpoints.a, "ONAPPINSTALL", 1, **changes),
    )
    assert answer.status_code == 403
    assert shared_endpoints.way_out.hosts == set()


@pytest.mark.threat("a forged event, above all an uninstallation")
def test_the_application_token_of_one_portal_opens_no_other(
    shared_endpoints: EndpointHarness,
) -> None:
    changes = {"application_token": shared_endpoints.b.application_token}
    answer = unchanged(
        shared_endpoints,
        lambda: shared_endpoints.event(shared_endpoints.a, "ONAPPUNINSTALL", **changes),
    )
    assert answer.status_code == 403


@pytest.mark.threat("a forged event, above all an uninstallation")
@pytest.mark.parametrize("token", [None, "", "0", "ec1b2074a9d3f5c81b6e40d27a95cf39"])
def test_a_goodbye_without_the_right_token(
    shared_endpoints: EndpointHarness, token: str | None
) -> None:
    answer = unchanged(
        shared_endpoints,
        lambda: shared_endpoints.event(
            shared_endpoints.a, "ONAPPUNINSTALL", application_token=token
        ),
    )
    assert answer.status_code == 403


@pytest.mark.threat("a forged event, above all an uninstallation")
def test_a_portal_without_a_known_token_is_not_ended_by_an_empty_one(
    endpoints: EndpointHarness,
) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.frame("/install", endpoints.a, legacy=True)
    for token in (None, ""):
        answer = endpoints.event(endpoints.a, "ONAPPUNINSTALL", application_token=token)
        assert answer.status_code == 403
    assert len(endpoints.container.portals.all()) == 1


@pytest.mark.threat("an ordinary person who plants an application token")
def test_an_ordinary_person_cannot_plant_an_application_token(
    installed_endpoints: EndpointHarness,
) -> None:
    planted = "0" * 32
    installed_endpoints.frame("/", installed_endpoints.a, 3, form={"APPLICATION_TOKEN": planted})
    installed_endpoints.frame(
        "/install", installed_endpoints.a, 3, form={"APPLICATION_TOKEN": planted}
    )
    assert (
        installed_endpoints.event(
            installed_endpoints.a, "ONAPPUNINSTALL", application_token=planted
        ).status_code
        == 403
    )
    assert installed_endpoints.container.portals.knows_application_token(
        installed_endpoints.a.member_id, installed_endpoints.a.application_token
    )


@pytest.mark.threat("a replayed launch")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_launch_that_is_replayed_after_the_goodbye(
    installed_endpoints: EndpointHarness, path: str
) -> None:
    query, form = launch_form(installed_endpoints.world, installed_endpoints.a, 1)
    assert installed_endpoints.browser.post(path, query_string=query, data=form).status_code == 200
    installed_endpoints.control.uninstall(installed_endpoints.a.host)
    installed_endpoints.deliver()
    answer = unchanged(
        installed_endpoints,
        lambda: installed_endpoints.browser.post(path, query_string=query, data=form),
    )
    assert answer.status_code == 403


@pytest.mark.threat("a replayed launch")
def test_a_launch_that_is_replayed_is_the_same_person_again(
    installed_endpoints: EndpointHarness,
) -> None:
    query, form = launch_form(installed_endpoints.world, installed_endpoints.a, 3)
    first, again = (
        installed_endpoints.browser.post("/", query_string=query, data=form) for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (200, 200)
    installed_endpoints.world.journal.clear()
    installed_endpoints.browser.get("/flows", headers={"X-Session": session_of(again)})
    assert {
        entry.user_id for entry in installed_endpoints.world.journal if entry.kind == "rest"
    } == {3}


@pytest.mark.threat("a replayed or late uninstallation event")
def test_a_goodbye_that_is_replayed(installed_endpoints: EndpointHarness) -> None:
    form = event_form(
        installed_endpoints.world, installed_endpoints.a, "ONAPPUNINSTALL", {"CLEAN": 1}
    )
    assert installed_endpoints.receive(form).status_code == 200
    assert (
        unchanged(installed_endpoints, lambda: installed_endpoints.receive(form)).status_code == 403
    )


@pytest.mark.threat("a portal that redirects our calls")
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
    installed_endpoints: EndpointHarness, location: str
) -> None:
    session = session_of(installed_endpoints.frame("/", installed_endpoints.a))
    installed_endpoints.way_out.redirects["localhost:8900"] = location or "\x20"
    installed_endpoints.way_out.requests.clear()
    answers = [
        installed_endpoints.browser.get("/flows", headers={"X-Session": session}),
        installed_endpoints.frame("/install", installed_endpoints.a),
        installed_endpoints.program(installed_endpoints.a).get(),
    ]
    assert {answer.status_code for answer in answers} == {502}
    assert installed_endpoints.way_out.hosts <= {"localhost:8900", "localhost:8901"}
    assert (
        installed_endpoints.container.portals.find(installed_endpoints.a.member_id).domain
        == "localhost:8900"
    )


@pytest.mark.threat("a portal that redirects our calls")
def test_a_redirect_of_the_authorization_server_is_not_followed(
    installed_endpoints: EndpointHarness,
) -> None:
    installed_endpoints.way_out.redirects["localhost:8901"] = (
        "https://attacker.example/rest/app.info"
    )
    answer = unchanged(
        installed_endpoints, lambda: installed_endpoints.frame("/", installed_endpoints.a)
    )
    assert answer.status_code == 502
