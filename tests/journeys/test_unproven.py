"""What cannot be proven is asked about, and the reason of every refusal is kept."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.emulator.events import event_form
from tests.emulator.launch import launch_form
from tests.support.app_harness import AppHarness
from tests.support.endpoint_harness import EndpointHarness, words_of
from tests.support.passing_time import let_pass

APP_INFO, TOKEN = "oauth/app.info", "oauth/token"


@pytest.fixture
def untold(endpoints: EndpointHarness) -> EndpointHarness:
    """Portal A is installed and has never told its application token."""
    endpoints.control.install(endpoints.a.host)
    assert endpoints.frame("/install", endpoints.a, legacy=True).status_code == 200
    endpoints.control.finish(endpoints.a.host)
    endpoints.events.clear()
    assert endpoints.event(endpoints.a, "ONAPPINSTALL").status_code == 403
    return endpoints


def asked(endpoints: AppHarness) -> int:
    """How often an authorization server was asked anything."""
    return len(endpoints.control.journal(APP_INFO)) + len(endpoints.control.journal(TOKEN))


def test_a_goodbye_that_cannot_be_proven_is_asked_about(untold: EndpointHarness) -> None:
    goodbye = event_form(untold.world, untold.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    untold.control.uninstall(untold.a.host)
    assert untold.receive(goodbye).status_code == 200
    assert untold.is_empty


def test_a_forged_goodbye_costs_one_question(untold: EndpointHarness) -> None:
    goodbye = event_form(untold.world, untold.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    before = asked(untold)
    assert {untold.receive(goodbye).status_code for _ in range(20)} == {403}
    assert asked(untold) == before + 1
    assert untold.program(untold.a).get().status_code == 200
    let_pass(untold, minutes=11)
    assert untold.receive(goodbye).status_code == 403
    assert asked(untold) == before + 2


def test_the_answer_of_a_refresh_leads_to_a_portal_that_moved(installed_app: AppHarness) -> None:
    portal = installed_app.a
    program = installed_app.program(portal)
    installed_app.control.rename("moved.example", portal.host)
    portal.former_hosts.clear()  # the old address is dead
    let_pass(installed_app, hours=2)
    assert program.get().status_code == 200
    assert installed_app.container.portals.find(portal.member_id).domain == "moved.example"


def test_an_address_that_is_not_proven_is_not_stored(installed_app: AppHarness) -> None:
    portal = installed_app.a
    program = installed_app.program(portal)
    installed_app.control.rename("moved.example", portal.host)
    portal.former_hosts.clear()
    let_pass(installed_app, hours=2)
    installed_app.control.fail(APP_INFO, "expired_token", 1)
    program.get("exists?name=Any")
    stored = installed_app.container.portals.find(portal.member_id)
    assert stored.endpoint.startswith("http://localhost:8900/")


def test_a_launch_that_is_posted_again_keeps_the_fresh_token(
    installed_endpoints: EndpointHarness,
) -> None:
    endpoints = installed_endpoints
    query, form = launch_form(endpoints.world, endpoints.a, 1)
    program = endpoints.program(endpoints.a)

    def post() -> int:
        return endpoints.browser.post("/", query_string=query, data=form).status_code

    assert post() == 200
    stored = endpoints.container.tokens.stored(endpoints.a.member_id, 1)
    assert stored is not None
    endpoints.container.tokens.refreshed(endpoints.a.member_id, 1, stored)
    assert post() == 200
    let_pass(endpoints, hours=2)
    assert program.get().status_code == 200


@pytest.mark.parametrize("path", ["/", "/connect/callback"])
def test_a_person_who_says_no_is_told_so(endpoints: EndpointHarness, path: str) -> None:
    answer = endpoints.browser.get(path, query_string={"error": "access_denied", "state": "x"})
    assert answer.status_code == 200
    words = words_of(answer)
    assert "Access was not given" in words
    assert "Nothing was changed" in words
    assert "Begin again" in words
    assert 'action="/connect"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("options", ["undefined", "{", "\x00", "x" * 9000])
def test_what_nobody_reads_cannot_refuse_a_launch(
    installed_endpoints: EndpointHarness, options: str
) -> None:
    endpoints = installed_endpoints
    form = {"PLACEMENT_OPTIONS": options, "PLACEMENT": options}
    query: dict[str, str | None] = {"LANG": "a-very-long-language" * 20}
    assert endpoints.frame("/", endpoints.a, form=form, query=query).status_code == 200


def reason(caplog: pytest.LogCaptureFixture) -> str:
    """The reason in the last line about a refusal."""
    lines = [record for record in caplog.records if record.getMessage() == "refused"]
    return str(lines[-1].__dict__["reason"])


def test_a_refused_launch_leaves_its_reason(
    installed_endpoints: EndpointHarness, caplog: pytest.LogCaptureFixture
) -> None:
    endpoints = installed_endpoints
    caplog.set_level(logging.INFO)
    expired = endpoints.world.install_pair(endpoints.a, 1)
    expired.expires = 0
    endpoints.frame("/", endpoints.a, grant=expired)
    assert reason(caplog) == "expired_token"
    endpoints.frame("/", endpoints.a, form={"AUTH_ID": None})
    assert reason(caplog) == "missing_parameter"
    endpoints.frame("/", endpoints.a, query={"DOMAIN": "alias.example"})
    assert reason(caplog) == "other_domain"
    endpoints.frame("/", endpoints.a, form={"SERVER_ENDPOINT": "https://x.example/rest/"})
    assert reason(caplog) == "unknown_server"
    endpoints.frame("/", endpoints.a, grant=endpoints.world.install_pair(endpoints.b, 1))
    assert reason(caplog) == "other_portal"
    endpoints.event(endpoints.a, "ONTASKADD", application_token="0" * 32)
    assert reason(caplog) == "unknown_application_token"


def test_an_unpaid_or_excluded_person_reads_why(installed_endpoints: EndpointHarness) -> None:
    endpoints = installed_endpoints
    endpoints.control.payment(True)
    answer = endpoints.frame("/", endpoints.a, 3)
    assert (answer.status_code, "has ended" in words_of(answer)) == (402, True)
    endpoints.control.payment(False)
    endpoints.control.deny(3)
    answer = endpoints.frame("/", endpoints.a, 3)
    assert (answer.status_code, "may not use" in words_of(answer)) == (403, True)


@pytest.mark.parametrize("user_id", [1, 3])
def test_a_goodbye_during_a_launch_is_the_last_word(
    installed_endpoints: EndpointHarness, user_id: int
) -> None:
    endpoints = installed_endpoints
    query, form = launch_form(endpoints.world, endpoints.a, user_id)
    goodbye = event_form(endpoints.world, endpoints.a, "ONAPPUNINSTALL", {"CLEAN": 1})
    endpoints.way_out.meanwhile.append(lambda: endpoints.receive(goodbye))
    answer = endpoints.browser.post("/", query_string=query, data=form)
    assert answer.status_code == 403
    assert "Not fully installed" in words_of(answer)
    assert endpoints.container.portals.known(endpoints.a.member_id) is None


def test_the_token_is_never_sent_twice_to_the_authorization_server(
    installed_endpoints: EndpointHarness,
) -> None:
    installed_endpoints.way_out.requests.clear()
    installed_endpoints.frame("/", installed_endpoints.a)
    (request,) = [one for one in installed_endpoints.way_out.requests if "app.info" in str(one.url)]
    assert "Authorization" not in request.headers
    assert "auth=" in str(request.body)


def test_installation_and_its_event_at_once(stored_endpoints: EndpointHarness) -> None:
    endpoints = stored_endpoints
    for round_ in range(5):
        for portal in (endpoints.a, endpoints.b):
            endpoints.control.install(portal.host)
            query, form = launch_form(endpoints.world, portal, 1)
            installed = event_form(
                endpoints.world, portal, "ONAPPINSTALL", {"VERSION": 1}, user_id=1
            )
            with ThreadPoolExecutor(2) as pool:
                client = endpoints.app.test_client
                first = pool.submit(client().post, "/install", query_string=query, data=form)
                second = pool.submit(client().post, "/events", data=installed)
                answers = (first.result().status_code, second.result().status_code)
            assert (round_, answers) == (round_, (200, 200))
            endpoints.container.portals.forget(portal.member_id)
