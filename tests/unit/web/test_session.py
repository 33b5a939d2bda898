"""The session value: signed, short-lived, of one person on one installation of one portal."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from werkzeug.test import TestResponse

from tests.support.app_harness import SETTINGS
from tests.support.endpoint_harness import EndpointHarness, session_of

HALF_AN_HOUR = 30 * 60


class Turned(TimestampSigner):
    """A signer whose clock is behind."""

    behind = 0

    def get_timestamp(self) -> int:
        """The time that will be signed."""
        return int(time.time()) - self.behind


def aged(
    value: str, seconds: int, *, salt: str = "session", key: str = SETTINGS["secret_key"]
) -> str:
    """The same session as it would have been signed that long ago."""
    plain = URLSafeTimedSerializer(SETTINGS["secret_key"], salt="session").loads(value)
    signer = type("Behind", (Turned,), {"behind": seconds})
    return URLSafeTimedSerializer(key, salt=salt, signer=signer).dumps(plain)


def flows(doors: EndpointHarness, value: str, path: str = "/flows") -> TestResponse:
    return doors.browser.get(path, headers={"X-Session": value})


@pytest.fixture
def session(settled: EndpointHarness) -> str:
    return session_of(settled.frame("/", settled.a, 3))


def test_it_lasts_half_an_hour(settled: EndpointHarness, session: str) -> None:
    assert flows(settled, aged(session, HALF_AN_HOUR - 60)).status_code == 200
    ended = flows(settled, aged(session, HALF_AN_HOUR + 1))
    assert ended.status_code == 401
    assert "Your session ended" in ended.get_data(as_text=True)


def test_use_renews_it_also_where_the_answer_is_a_refusal(
    settled: EndpointHarness, session: str
) -> None:
    old = aged(session, HALF_AN_HOUR - 60)
    for path, status in (("/flows", 200), ("/flows/999999/edit", 404)):
        answer = flows(settled, old, path)
        assert answer.status_code == status
        renewed = answer.headers["X-Session"]
        stamp = URLSafeTimedSerializer(SETTINGS["secret_key"], salt="session")
        _, signed_at = stamp.loads(renewed, return_timestamp=True)
        assert time.time() - signed_at.timestamp() < 60


def test_an_ended_one_is_not_renewed_by_use(settled: EndpointHarness, session: str) -> None:
    assert "X-Session" not in flows(settled, aged(session, HALF_AN_HOUR + 1)).headers


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "ż", "." * 5000])
def test_without_one_there_is_no_page(settled: EndpointHarness, value: str) -> None:
    answer = flows(settled, value)
    assert answer.status_code == 401
    assert "X-Session" not in answer.headers


def test_nobody_can_make_one(settled: EndpointHarness, session: str) -> None:
    for forged in (
        aged(session, 0, key="another-key"),
        aged(session, 0, salt="connect"),
        aged(session, 0, salt="undo"),
        session[:-2] + ("A" if session[-2] != "A" else "B") + session[-1],
        f"A{session}",
    ):
        assert flows(settled, forged).status_code == 401


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(min_value=0), sign=st.characters(codec="ascii", categories=["L", "N"]))
def test_a_changed_character_anywhere_ends_it(
    settled: EndpointHarness, session: str, at: int, sign: str
) -> None:
    at %= len(session) - 1  # the last one carries bits that base64 does not use
    forged = session[:at] + sign + session[at + 1 :]
    assert (flows(settled, forged).status_code == 401) or forged == session


def test_it_stands_in_the_page_and_in_a_header_and_nowhere_else(
    settled: EndpointHarness, session: str
) -> None:
    for path in ("/flows", "/flows/new", "/flows/103/edit", "/flows/103/delete"):
        for more in ({}, {"HX-Request": "true"}):
            answer = settled.browser.get(path, headers={"X-Session": session} | more)
            page, value = answer.get_data(as_text=True), session_of(answer)
            without = page.replace(f'<meta name="session" content="{value}">', "", 1)
            signature = answer.headers["X-Session"].rpartition(".")[0].rpartition(".")[0]
            assert signature not in without
            assert [name for name, text in answer.headers if signature in text] == ["X-Session"]
    assert not any(session in str(request.url) for request in settled.way_out.requests)


def test_an_address_or_a_cookie_is_not_where_it_is_looked_for(
    settled: EndpointHarness, session: str
) -> None:
    assert settled.browser.get("/flows", query_string={"X-Session": session}).status_code == 401
    assert (
        settled.browser.get("/flows", headers={"Cookie": f"X-Session={session}"}).status_code == 401
    )
    assert settled.browser.post("/flows/101/active", data={"X-Session": session}).status_code == 401


def test_it_opens_its_own_portal_only(settled: EndpointHarness, session: str) -> None:
    there = session_of(settled.frame("/", settled.b, 3))
    assert "IT help desk" in flows(settled, session).get_data(as_text=True)
    page = flows(settled, there).get_data(as_text=True)
    assert "ИТ-поддержка" not in flows(settled, session).get_data(as_text=True)
    assert "IT help desk" not in page
    assert 'content="http://localhost:8902"' in page
    assert flows(settled, there, "/flows/101/edit").status_code == 404


def test_it_acts_as_its_own_person_only(settled: EndpointHarness, session: str) -> None:
    settled.world.journal.clear()
    flows(settled, session)
    assert {entry.user_id for entry in settled.world.journal if entry.kind == "rest"} == {3}


def test_it_ends_with_the_installation(settled: EndpointHarness, session: str) -> None:
    settled.control.uninstall(settled.a.host)
    settled.deliver()
    assert flows(settled, session).status_code == 401
    settled.control.reinstall(settled.a.host)
    settled.frame("/install", settled.a)
    settled.control.finish(settled.a.host)
    assert flows(settled, session).status_code == 401


def test_it_goes_with_a_dismissed_person(settled: EndpointHarness, session: str) -> None:
    settled.control.dismiss(3, settled.a.host)
    assert flows(settled, session).status_code != 200


def test_a_fresh_grant_of_the_portal_renews_it(settled: EndpointHarness, session: str) -> None:
    old = aged(session, 5 * HALF_AN_HOUR)
    grant = settled.world.install_pair(settled.a, 3)
    answer = settled.browser.post(
        "/session", json=refreshed(settled, grant), headers={"X-Session": old}
    )
    assert answer.status_code == 200
    assert flows(settled, answer.json["session"]).status_code == 200


def test_renewing_keeps_the_language_of_the_page(settled: EndpointHarness) -> None:
    russian = aged(session_of(settled.frame("/", settled.b)), HALF_AN_HOUR + 1)
    grant = settled.world.install_pair(settled.b, 1)
    body = refreshed(settled, grant) | {"member_id": settled.b.member_id, "DOMAIN": settled.b.host}
    answer = settled.browser.post("/session", json=body, headers={"X-Session": russian})
    assert '<html lang="ru">' in flows(settled, answer.json["session"]).get_data(as_text=True)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"AUTH_ID": "0" * 70}, 403),
        ({"AUTH_ID": None}, 400),
        ({"AUTH_ID": ["a"]}, 400),
        ({"AUTH_ID": {"a": 1}}, 400),
        ({"member_id": "b3341d7c482096ef33fa488e7d508664"}, 403),
        ({"DOMAIN": "localhost:8902"}, 403),
        ({"DOMAIN": "attacker.example"}, 403),
        ({"SERVER_ENDPOINT": "https://attacker.example/rest/"}, 403),
    ],
)
def test_a_forged_grant_renews_nothing(
    settled: EndpointHarness, session: str, changes: dict[str, object], status: int
) -> None:
    before = settled.dump()
    body = refreshed(settled, settled.world.install_pair(settled.a, 3)) | changes
    answer = settled.browser.post("/session", json=body, headers={"X-Session": session})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert settled.dump() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'"text"',
        b"\xff\xfe",
        b"[" * 50_000,
        b'{"a":' * 10_000,
        b"9" * 5000,
    ],
)
def test_a_damaged_renewal_is_refused(settled: EndpointHarness, body: bytes) -> None:
    answer = settled.browser.post("/session", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["code"] in ("malformed", "malformed_json")


def refreshed(doors: EndpointHarness, grant: object) -> dict[str, object]:
    """What the page's script sends after the portal has answered `refreshAuth`."""
    return {
        "AUTH_ID": grant.access_token, "AUTH_EXPIRES": "3600", "REFRESH_ID": grant.refresh_token,
        "member_id": doors.a.member_id, "DOMAIN": doors.a.host,
    }  # fmt: skip
