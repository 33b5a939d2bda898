"""One refusal is a suspicion: shown with its date, asked about again, ended by a success."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.endpoint_harness import EndpointHarness, verified
from tests.support.passing_time import let_pass
from tests.support.samples import LEAST

TOKEN = "oauth/token"
CONTEXT = {"status": 401, "description": "Current user can't be authorized in this context"}


def portal(api: Api) -> dict[str, Any]:
    """What the API says about the portal."""
    return dict(api.call("GET", api.flows.removesuffix("/flows")).json)


def attention(api: Api) -> list[str]:
    """The codes of what an operator should know."""
    return [one["code"] for one in portal(api)["attention"]]


def code(api: Api) -> str:
    """The code of a call's refusal; empty where it works."""
    return str((api.get("exists?name=Any").json or {}).get("code", ""))


def test_a_closed_portal_is_away_and_nothing_else(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.fail("*", "PORTAL_DELETED", 1)
    answer = api.get()
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert answer.json["retryable"] is True
    assert (portal(api)["status"], attention(api)) == ("active", [])
    assert api.get().status_code == 200


@pytest.mark.parametrize("word", ["ERROR_OAUTH", "APPLICATION_NOT_FOUND", "NOT_INSTALLED"])
def test_one_refusal_of_a_portal_is_a_suspicion(
    word: str, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.fail("*", word, 1)
    answer = api.get()
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert (answer.json["retryable"], answer.json["mayHaveHappened"]) == (True, False)
    assert portal(api)["status"] == "active"
    (seen,) = portal(api)["attention"]
    assert (seen["code"], bool(seen["message"]), bool(seen["since"])) == (
        "suspected_gone",
        True,
        True,
    )
    assert api.get().status_code == 200
    assert (portal(api)["status"], attention(api)) == ("active", [])


def test_a_refused_refresh_is_a_suspicion_too(installed_app: AppHarness, api: Api) -> None:
    let_pass(installed_app, hours=2)
    installed_app.control.fail(TOKEN, "ERROR_OAUTH", 1)
    answer = api.get()
    assert answer.json["code"] == "portal_unreachable"
    assert 50 <= int(answer.headers["Retry-After"]) <= 60
    assert attention(api) == ["suspected_gone"]
    let_pass(installed_app, seconds=61)
    assert code(api) == ""
    assert attention(api) == []


@pytest.mark.parametrize("word", ["ERROR_OAUTH", "APPLICATION_NOT_FOUND", "NOT_INSTALLED"])
def test_a_refresh_that_is_refused_again_after_the_pause_is_believed(
    word: str, installed_app: AppHarness, api: Api
) -> None:
    let_pass(installed_app, hours=2)
    installed_app.control.fail(TOKEN, word, 2)
    assert [code(api) for _ in range(3)] == ["portal_unreachable"] * 3
    assert portal(api)["status"] == "active"
    let_pass(installed_app, seconds=61)
    assert [code(api) for _ in range(3)] == ["portal_gone"] * 3
    assert (portal(api)["status"], attention(api)) == ("uninstalled", ["suspected_gone"])
    let_pass(installed_app, minutes=3)
    assert code(api) == ""
    assert (portal(api)["status"], attention(api)) == ("active", [])


@pytest.mark.parametrize("word", ["ERROR_OAUTH", "APPLICATION_NOT_FOUND", "NOT_INSTALLED"])
def test_a_portal_that_goes_on_refusing_is_not_gone_while_its_server_vouches(
    word: str, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.fail("*", word, 1000, host=installed_app.a.host)
    installed_app.control.forget_journal()
    for call in (api.get, lambda: api.get(101), lambda: api.patch(101, {"description": "x"})):
        assert call().json["code"] == "portal_unreachable"
    assert (portal(api)["status"], attention(api)) == ("active", ["suspected_gone"])
    # One question to the server for all of them, and nothing was refreshed.
    assert len(installed_app.control.journal("oauth/app.info")) == 1
    assert installed_app.control.journal(TOKEN) == []


def test_a_suspicion_inside_a_batch_is_one_too(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.fail("tasks.flow.Flow.isExists", "ERROR_OAUTH", 1)
    answer = api.post(LEAST)
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert attention(api) == ["suspected_gone"]
    assert api.post(LEAST).status_code == 201
    assert attention(api) == []


def test_a_person_reads_that_it_is_not_confirmed(installed_app: AppHarness) -> None:
    installed_app.control.fail("*", "ERROR_OAUTH", 9, host=installed_app.a.host)
    page = installed_app.launch(installed_app.a)
    assert page.status_code == 502
    assert "This is not confirmed yet" in page.get_data(as_text=True)


@pytest.mark.parametrize("word", ["authorization_error", "NO_AUTH_FOUND", "invalid_grant"])
def test_a_token_that_is_refused_once_is_not_lost(
    word: str, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.fail("*", word, 1, status=401)
    answer = api.get(101)
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert (answer.json["retryable"], answer.json["mayHaveHappened"]) == (True, False)
    assert attention(api) == []
    assert api.get(101).status_code == 200
    installed_app.control.fail("*", word, 1, status=401)
    answer = api.patch(101, {"description": "Other"})
    assert (answer.json["code"], answer.json["mayHaveHappened"]) == ("portal_unreachable", True)
    assert api.patch(101, {"description": "Other"}).status_code == 200


def test_a_server_that_is_silent_confirms_nothing(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.fail("*", "ERROR_OAUTH", 1, host=installed_app.a.host)
    installed_app.control.html("oauth/app.info", 502, 1)
    installed_app.control.forget_journal()
    assert code(api) == "portal_unreachable"
    assert installed_app.control.journal(TOKEN) == []
    assert code(api) == ""


def test_keys_and_other_peoples_tokens_survive_a_suspicion(
    installed_endpoints: EndpointHarness,
) -> None:
    endpoints = installed_endpoints
    endpoints.frame("/", endpoints.a, 3)
    program = endpoints.program(endpoints.a)
    endpoints.control.fail("*", "ERROR_OAUTH", host=endpoints.a.host)
    assert code(program) == "portal_unreachable"
    for path in ("/", "/install"):
        assert endpoints.frame(path, endpoints.a, 1).status_code == 200
    assert endpoints.frame("/", endpoints.a, 1).status_code == 200
    assert program.get().status_code == 200
    assert sorted(endpoints.container.tokens.users(endpoints.a.member_id)) == [1, 3]


def test_a_suspicion_that_is_not_confirmed_removes_nothing(
    installed_app: AppHarness, api: Api
) -> None:
    for _ in range(3):
        installed_app.control.fail("*", "ERROR_OAUTH", 1, host=installed_app.a.host)
        assert code(api) == "portal_unreachable"
        assert verified(installed_app) == "1 asked, 0 removed."
        let_pass(installed_app, hours=21)
    assert api.get().status_code == 200


def test_a_confirmed_suspicion_is_shown_and_ends_with_the_first_success(
    installed_endpoints: EndpointHarness,
) -> None:
    endpoints = installed_endpoints
    endpoints.control.uninstall(endpoints.a.host)
    endpoints.events.clear()
    program = endpoints.program(endpoints.a)
    assert code(program) == "portal_gone"
    assert verified(endpoints) == "1 asked, 0 removed."
    assert (portal(program)["status"], attention(program)) == ("uninstalled", ["suspected_gone"])
    listed = endpoints.app.test_cli_runner().invoke(args=["portals", "list"]).stdout
    assert "suspected_gone" in listed.splitlines()[0]

    endpoints.control.install(endpoints.a.host)
    endpoints.control.finish(endpoints.a.host)
    endpoints.events.clear()
    assert endpoints.frame("/", endpoints.a).status_code == 200
    assert (portal(program)["status"], attention(program)) == ("active", [])
    assert program.get().status_code == 200
    assert {handler.event for handler in endpoints.a.handlers} >= {"ONAPPUNINSTALL"}


def test_an_installation_that_was_never_finished_is_seen_and_removed(
    endpoints: EndpointHarness,
) -> None:
    endpoints.control.install(endpoints.a.host)
    assert endpoints.frame("/install", endpoints.a).status_code == 200
    program = endpoints.program(endpoints.a)
    assert attention(program) == ["installation_unfinished"]
    endpoints.control.uninstall(endpoints.a.host)
    let_pass(endpoints, days=8)
    assert verified(endpoints) == "1 asked, 0 removed."
    let_pass(endpoints, hours=20)
    assert verified(endpoints) == "1 asked, 1 removed."
    assert endpoints.is_empty


def test_a_finished_installation_that_nobody_told_of_is_found(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.frame("/install", endpoints.a)
    endpoints.control.finish(endpoints.a.host)
    endpoints.events.clear()
    let_pass(endpoints, days=8)
    assert verified(endpoints) == "1 asked, 0 removed."
    assert portal(endpoints.program(endpoints.a))["status"] == "active"


def test_everybody_counts_an_unpaid_portal_as_blocked(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.payment(True)
    assert code(api) == "payment_required"
    assert (portal(api)["status"], attention(api)) == ("blocked", ["payment_required"])
    numbers = installed_app.browser.get("/metrics").get_data(as_text=True)
    assert 'bx24app_portals{status="blocked"} 1.0' in numbers
    assert 'bx24app_portals{status="active"} 1.0' in numbers
    installed_app.control.payment(False)
    assert code(api) == ""
    assert (portal(api)["status"], attention(api)) == ("active", [])


@pytest.mark.parametrize("news", ["launch", "event", "call"])
def test_good_news_ends_the_pause_after_a_payment(
    news: str, installed_app: AppHarness, api: Api
) -> None:
    installed_app.launch(installed_app.a, 3)
    installed_app.control.expire_tokens(user_id=1)
    installed_app.control.payment(True)
    for _ in range(4):
        assert code(api) == "payment_required"
        let_pass(installed_app, minutes=5)
    installed_app.control.payment(False)
    assert code(api) == "payment_required"  # the pause
    if news == "launch":
        assert installed_app.launch(installed_app.a, 3).status_code == 200
    elif news == "event":
        installed_app.control.send_event("ONAPPPAYMENT", {})
    else:
        person = installed_app.container.portals.find(installed_app.a.member_id)
        assert installed_app.container.access.as_person(person, 3).directory.me().id == 3
    assert code(api) == ""
    assert portal(api)["status"] == "active"


def test_a_dismissed_installer_is_a_lost_authorization_that_another_administrator_heals(
    installed_app: AppHarness, api: Api
) -> None:
    installed_app.a.users[4].admin = True
    installed_app.control.fail("*", "ACCESS_DENIED", 4, host=installed_app.a.host, **CONTEXT)
    for call in (api.get, lambda: api.get(101)):
        assert call().json["code"] == "authorization_lost"
    assert attention(api) == ["authorization_lost"]
    assert installed_app.launch(installed_app.a, 4).status_code == 200
    assert (portal(api)["installerId"], attention(api)) == (4, [])
    assert api.get().status_code == 200


def test_an_installer_who_is_no_administrator_any_more_is_told_as_such(
    installed_app: AppHarness, api: Api
) -> None:
    installed_app.a.users[4].admin = True
    installed_app.a.users[1].admin = False
    answers = {api.get(flow_id).status_code for flow_id in installed_app.a.flows}
    assert answers <= {200, 409}
    assert 409 in answers
    assert portal(api)["authorizationReason"] == "not_administrator"
    assert installed_app.launch(installed_app.a, 3).status_code == 200
    assert attention(api) == ["authorization_lost"]
    assert installed_app.launch(installed_app.a, 4).status_code == 200
    assert {api.get(flow_id).status_code for flow_id in installed_app.a.flows} == {200}


def test_a_plan_without_rest_costs_nobody_an_authorization(
    installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.fail("*", "ACCESS_DENIED", 9)
    assert api.get().json["code"] == "not_permitted"
    assert attention(api) == []
