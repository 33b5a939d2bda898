"""Opening the application from the menu: the answer is the page, for that person and language."""

from __future__ import annotations

import pytest

from bx24app.store.models import OAuthTokenRow
from tests.emulator.entities import Portal
from tests.support.endpoint_harness import EndpointHarness, ancestors, meta, session_of, words_of


def page(endpoints: EndpointHarness, session: str) -> int:
    """The status of the list of flows for somebody with that session."""
    return endpoints.browser.get("/flows", headers={"X-Session": session}).status_code


def authorization(endpoints: EndpointHarness, portal: Portal) -> tuple[str, str, int]:
    found = endpoints.container.portals.find(portal.member_id)
    return found.authorization, found.authorization_reason, found.installer_id


def test_the_answer_is_the_page_and_its_session_opens_the_others(
    installed_endpoints: EndpointHarness,
) -> None:
    answer = installed_endpoints.frame("/", installed_endpoints.a)
    assert answer.status_code == 200
    assert "IT help desk" in words_of(answer)
    assert (meta(answer, "portal"), ancestors(answer)) == ("http://localhost:8900",) * 2
    assert page(installed_endpoints, session_of(answer)) == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("user_id", "status"), [(1, 200), (3, 200), (6, 200), (5, 403)])
def test_everybody_opens_it_with_their_own_token(
    installed_endpoints: EndpointHarness, user_id: int, status: int
) -> None:
    answer = installed_endpoints.frame("/", installed_endpoints.a, user_id)
    assert answer.status_code == status
    with installed_endpoints.container.database.read() as session:
        stored = session.get(OAuthTokenRow, (installed_endpoints.a.member_id, user_id))
    assert (stored is not None) == (status == 200)
    assert authorization(installed_endpoints, installed_endpoints.a) == ("ok", "", 1)


@pytest.mark.parametrize(
    ("lang", "shown"), [("ru", "ru"), ("en", "en"), ("de", "en"), ("", "en"), ("RU", "ru")]
)
def test_the_page_speaks_the_language_of_the_portal(
    installed_endpoints: EndpointHarness, lang: str, shown: str
) -> None:
    answer = installed_endpoints.frame("/", installed_endpoints.a, query={"LANG": lang})
    assert f'<html lang="{shown}">' in answer.get_data(as_text=True)
    again = installed_endpoints.browser.get("/flows", headers={"X-Session": session_of(answer)})
    assert f'<html lang="{shown}">' in again.get_data(as_text=True)


def test_the_portals_language_wins_over_the_browsers(installed_endpoints: EndpointHarness) -> None:
    session = session_of(installed_endpoints.frame("/", installed_endpoints.b))
    headers = {"X-Session": session, "Accept-Language": "en"}
    answer = installed_endpoints.browser.get("/flows", headers=headers)
    assert '<html lang="ru">' in answer.get_data(as_text=True)


def test_an_administrator_of_an_unknown_portal_installs_on_the_way(
    endpoints: EndpointHarness,
) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.control.finish(endpoints.a.host)
    assert endpoints.frame("/", endpoints.a).status_code == 200
    assert endpoints.container.portals.find(endpoints.a.member_id).status == "active"
    assert len(endpoints.a.handlers) == 4


def test_anybody_else_of_an_unknown_portal_is_told_to_ask_one(endpoints: EndpointHarness) -> None:
    endpoints.control.install(endpoints.a.host)
    endpoints.control.finish(endpoints.a.host)
    answer = endpoints.frame("/", endpoints.a, 3)
    assert answer.status_code == 403
    assert "Not fully installed yet" in words_of(answer)
    assert ancestors(answer) == "http://localhost:8900"
    assert endpoints.container.portals.all() == []


def test_a_renamed_portal_is_known_again_by_its_identity(
    installed_endpoints: EndpointHarness,
) -> None:
    installed_endpoints.control.rename("new-name.example", installed_endpoints.a.host)
    answer = installed_endpoints.frame("/", installed_endpoints.world.portal("new-name.example"))
    assert answer.status_code == 200
    assert ancestors(answer) == "http://new-name.example"
    domains = {portal.domain for portal in installed_endpoints.container.portals.all()}
    assert domains == {"new-name.example", "localhost:8902"}


def test_a_portal_renamed_while_a_page_is_open_is_followed(
    installed_endpoints: EndpointHarness,
) -> None:
    session = session_of(installed_endpoints.frame("/", installed_endpoints.a))
    installed_endpoints.control.rename("new-name.example", installed_endpoints.a.host)
    assert page(installed_endpoints, session) == 200
    assert installed_endpoints.container.portals.find(
        installed_endpoints.world.portal("new-name.example").member_id
    ).domain == ("new-name.example")


def test_an_administrator_heals_what_is_lost_and_an_ordinary_person_does_not(
    installed_endpoints: EndpointHarness,
) -> None:
    program = installed_endpoints.program(installed_endpoints.a)
    installed_endpoints.control.revoke(installed_endpoints.a.host, 1)
    assert program.get().json["code"] == "authorization_lost"
    assert authorization(installed_endpoints, installed_endpoints.a) == ("lost", "invalid_grant", 1)
    assert installed_endpoints.frame("/", installed_endpoints.a, 3).status_code == 200
    assert authorization(installed_endpoints, installed_endpoints.a) == ("lost", "invalid_grant", 1)
    installed_endpoints.a.users[4].admin = True
    assert installed_endpoints.frame("/", installed_endpoints.a, 4).status_code == 200
    assert authorization(installed_endpoints, installed_endpoints.a) == ("ok", "", 4)
    assert program.get().status_code == 200


@pytest.mark.parametrize("trouble", ["delay", "cut", "html"])
def test_a_silent_authorization_server_is_told_in_words(
    installed_endpoints: EndpointHarness, trouble: str
) -> None:
    before = installed_endpoints.dump()
    how = {"seconds": 100.0} if trouble == "delay" else {}
    getattr(installed_endpoints.control, trouble)("oauth/app.info", times=5, **how)
    answer = installed_endpoints.frame("/", installed_endpoints.a)
    assert answer.status_code == 502
    assert "Wait a minute and try again" in words_of(answer)
    assert ancestors(answer) == "http://localhost:8900"
    assert installed_endpoints.dump() == before


def test_a_busy_portal_is_told_inside_the_page_of_the_person(
    installed_endpoints: EndpointHarness,
) -> None:
    installed_endpoints.control.fail("batch", "OVERLOAD_LIMIT", times=5)
    answer = installed_endpoints.frame("/", installed_endpoints.a)
    assert answer.status_code == 422
    assert "blocked REST on this portal" in words_of(answer)
    assert ancestors(answer) == "http://localhost:8900"
    assert page(installed_endpoints, session_of(answer)) == 422
    installed_endpoints.control.heal()
    assert page(installed_endpoints, session_of(answer)) == 200
