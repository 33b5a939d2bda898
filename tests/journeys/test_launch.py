"""Opening the application from the menu: the answer is the page, for that person and language."""

from __future__ import annotations

import pytest

from bx24app.store.models import OAuthTokenRow
from tests.emulator.entities import Portal
from tests.support.endpoint_harness import EndpointHarness, ancestors, meta, session_of, words_of


def page(doors: EndpointHarness, session: str) -> int:
    """The status of the list of flows for somebody with that session."""
    return doors.browser.get("/flows", headers={"X-Session": session}).status_code


def authorization(doors: EndpointHarness, portal: Portal) -> tuple[str, str, int]:
    found = doors.container.portals.find(portal.member_id)
    return found.authorization, found.authorization_reason, found.installer_id


def test_the_answer_is_the_page_and_its_session_opens_the_others(settled: EndpointHarness) -> None:
    answer = settled.frame("/", settled.a)
    assert answer.status_code == 200
    assert "IT help desk" in words_of(answer)
    assert (meta(answer, "portal"), ancestors(answer)) == ("http://localhost:8900",) * 2
    assert page(settled, session_of(answer)) == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("user_id", "status"), [(1, 200), (3, 200), (6, 200), (5, 403)])
def test_everybody_opens_it_with_their_own_grant(
    settled: EndpointHarness, user_id: int, status: int
) -> None:
    answer = settled.frame("/", settled.a, user_id)
    assert answer.status_code == status
    with settled.container.database.read() as session:
        stored = session.get(OAuthTokenRow, (settled.a.member_id, user_id))
    assert (stored is not None) == (status == 200)
    assert authorization(settled, settled.a) == ("ok", "", 1)


@pytest.mark.parametrize(
    ("lang", "shown"), [("ru", "ru"), ("en", "en"), ("de", "en"), ("", "en"), ("RU", "ru")]
)
def test_the_page_speaks_the_language_of_the_portal(
    settled: EndpointHarness, lang: str, shown: str
) -> None:
    answer = settled.frame("/", settled.a, query={"LANG": lang})
    assert f'<html lang="{shown}">' in answer.get_data(as_text=True)
    again = settled.browser.get("/flows", headers={"X-Session": session_of(answer)})
    assert f'<html lang="{shown}">' in again.get_data(as_text=True)


def test_the_portals_language_wins_over_the_browsers(settled: EndpointHarness) -> None:
    session = session_of(settled.frame("/", settled.b))
    headers = {"X-Session": session, "Accept-Language": "en"}
    answer = settled.browser.get("/flows", headers=headers)
    assert '<html lang="ru">' in answer.get_data(as_text=True)


def test_an_administrator_of_an_unknown_portal_installs_on_the_way(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.control.finish(doors.a.host)
    assert doors.frame("/", doors.a).status_code == 200
    assert doors.container.portals.find(doors.a.member_id).status == "active"
    assert len(doors.a.handlers) == 3


def test_anybody_else_of_an_unknown_portal_is_told_to_ask_one(doors: EndpointHarness) -> None:
    doors.control.install(doors.a.host)
    doors.control.finish(doors.a.host)
    answer = doors.frame("/", doors.a, 3)
    assert answer.status_code == 403
    assert "not fully installed on this Bitrix24 yet" in words_of(answer)
    assert ancestors(answer) == "http://localhost:8900"
    assert doors.container.portals.all() == []


def test_a_renamed_portal_is_known_again_by_its_identity(settled: EndpointHarness) -> None:
    settled.control.rename("new-name.example", settled.a.host)
    answer = settled.frame("/", settled.world.portal("new-name.example"))
    assert answer.status_code == 200
    assert ancestors(answer) == "http://new-name.example"
    domains = {portal.domain for portal in settled.container.portals.all()}
    assert domains == {"new-name.example", "localhost:8902"}


def test_a_portal_renamed_while_a_page_is_open_is_followed(settled: EndpointHarness) -> None:
    session = session_of(settled.frame("/", settled.a))
    settled.control.rename("new-name.example", settled.a.host)
    assert page(settled, session) == 200
    assert settled.container.portals.find(
        settled.world.portal("new-name.example").member_id
    ).domain == ("new-name.example")


def test_an_administrator_heals_what_is_lost_and_an_ordinary_person_does_not(
    settled: EndpointHarness,
) -> None:
    program = settled.program(settled.a)
    settled.control.revoke(settled.a.host, 1)
    assert program.get().json["code"] == "authorization_lost"
    assert authorization(settled, settled.a) == ("lost", "invalid_grant", 1)
    assert settled.frame("/", settled.a, 3).status_code == 200
    assert authorization(settled, settled.a) == ("lost", "invalid_grant", 1)
    settled.a.users[4].admin = True
    assert settled.frame("/", settled.a, 4).status_code == 200
    assert authorization(settled, settled.a) == ("ok", "", 4)
    assert program.get().status_code == 200


@pytest.mark.parametrize("trouble", ["delay", "cut", "html"])
def test_a_silent_authorization_server_is_told_in_words(
    settled: EndpointHarness, trouble: str
) -> None:
    before = settled.dump()
    how = {"seconds": 100.0} if trouble == "delay" else {}
    getattr(settled.control, trouble)("oauth/app.info", times=5, **how)
    answer = settled.frame("/", settled.a)
    assert answer.status_code == 502
    assert "Wait a minute and try again" in words_of(answer)
    assert ancestors(answer) == "http://localhost:8900"
    assert settled.dump() == before


def test_a_busy_portal_is_told_inside_the_page_of_the_person(settled: EndpointHarness) -> None:
    settled.control.fail("batch", "OVERLOAD_LIMIT", times=5)
    answer = settled.frame("/", settled.a)
    assert answer.status_code == 422
    assert "blocked REST on this portal" in words_of(answer)
    assert ancestors(answer) == "http://localhost:8900"
    assert page(settled, session_of(answer)) == 422
    settled.control.heal()
    assert page(settled, session_of(answer)) == 200
