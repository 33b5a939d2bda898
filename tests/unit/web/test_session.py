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
TEN_HOURS = 10 * 3600


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


def flows(endpoints: EndpointHarness, value: str, path: str = "/flows") -> TestResponse:
    return endpoints.browser.get(path, headers={"X-Session": value})


@pytest.fixture
def session(installed_endpoints: EndpointHarness) -> str:
    return session_of(installed_endpoints.frame("/", installed_endpoints.a, 3))


@pytest.mark.promise("a session value opens its own portal")
@pytest.mark.threat("a session value that is made up")
def test_it_lasts_half_an_hour(installed_endpoints: EndpointHarness, session: str) -> None:
    assert flows(installed_endpoints, aged(session, HALF_AN_HOUR - 60)).status_code == 200
    ended = flows(installed_endpoints, aged(session, HALF_AN_HOUR + 1))
    assert ended.status_code == 401
    assert "Your session ended" in ended.get_data(as_text=True)


@pytest.mark.parametrize(("ahead", "status"), [(50, 200), (70, 401), (3600, 401), (86_400, 401)])
def test_one_that_is_dated_ahead_has_ended_unless_clocks_may_differ_so(
    ahead: int, status: int, installed_endpoints: EndpointHarness, session: str
) -> None:
    assert flows(installed_endpoints, aged(session, -ahead)).status_code == status


def test_use_renews_it_also_where_the_answer_is_a_refusal(
    installed_endpoints: EndpointHarness, session: str
) -> None:
    old = aged(session, HALF_AN_HOUR - 60)
    for path, status in (("/flows", 200), ("/flows/999999/edit", 404)):
        answer = flows(installed_endpoints, old, path)
        assert answer.status_code == status
        renewed = answer.headers["X-Session"]
        stamp = URLSafeTimedSerializer(SETTINGS["secret_key"], salt="session")
        _, signed_at = stamp.loads(renewed, return_timestamp=True)
        assert time.time() - signed_at.timestamp() < 60


def launched_ago(value: str, seconds: int) -> str:
    """The same session, launched so long ago and signed just now."""
    stamp = URLSafeTimedSerializer(SETTINGS["secret_key"], salt="session")
    *plain, launched_at = stamp.loads(value)
    return str(stamp.dumps([*plain, launched_at - seconds]))


@pytest.mark.parametrize(
    ("ago", "status"),
    [(TEN_HOURS - 60, 200), (TEN_HOURS + 1, 401), (-50, 200), (-70, 401)],
)
def test_it_ends_ten_hours_after_its_launch_however_much_it_is_used(
    ago: int, status: int, installed_endpoints: EndpointHarness, session: str
) -> None:
    answer = flows(installed_endpoints, launched_ago(session, ago))

    assert answer.status_code == status
    if status == 200:
        renewed = answer.headers["X-Session"]
        assert flows(installed_endpoints, launched_ago(renewed, 120)).status_code == (
            401 if ago > 0 else 200
        )


def test_an_ended_one_is_not_renewed_by_use(
    installed_endpoints: EndpointHarness, session: str
) -> None:
    assert "X-Session" not in flows(installed_endpoints, aged(session, HALF_AN_HOUR + 1)).headers


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "ż", "." * 5000])
def test_without_one_there_is_no_page(installed_endpoints: EndpointHarness, value: str) -> None:
    answer = flows(installed_endpoints, value)
    assert answer.status_code == 401
    assert "X-Session" not in answer.headers


@pytest.mark.threat("a session value that is made up")
def test_nobody_can_make_one(installed_endpoints: EndpointHarness, session: str) -> None:
    for forged in (
        aged(session, 0, key="another-key"),
        aged(session, 0, salt="connect"),
        aged(session, 0, salt="undo"),
        session[:-2] + ("A" if session[-2] != "A" else "B") + session[-1],
        f"A{session}",
    ):
        assert flows(installed_endpoints, forged).status_code == 401


@pytest.mark.threat("a session value that is made up")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(min_value=0), sign=st.characters(codec="ascii", categories=["L", "N"]))
def test_a_changed_character_anywhere_ends_it(
    installed_endpoints: EndpointHarness, session: str, at: int, sign: str
) -> None:
    at %= len(session) - 1  # the last one carries bits that base64 does not use
    forged = session[:at] + sign + session[at + 1 :]
    assert (flows(installed_endpoints, forged).status_code == 401) or forged == session


def test_it_stands_in_the_page_and_in_a_header_and_nowhere_else(
    installed_endpoints: EndpointHarness, session: str
) -> None:
    for path in ("/flows", "/flows/new", "/flows/103/edit", "/flows/103/delete"):
        for more in ({}, {"HX-Request": "true"}):
            answer = installed_endpoints.browser.get(path, headers={"X-Session": session} | more)
            page, value = answer.get_data(as_text=True), session_of(answer)
            without = page.replace(f'<meta name="session" content="{value}"', "", 1)
            signature = answer.headers["X-Session"].rpartition(".")[0].rpartition(".")[0]
            assert signature not in without
            assert [name for name, text in answer.headers if signature in text] == ["X-Session"]
    assert not any(session in str(request.url) for request in installed_endpoints.way_out.requests)


@pytest.mark.threat("a session value that is made up")
def test_an_address_or_a_cookie_is_not_where_it_is_looked_for(
    installed_endpoints: EndpointHarness, session: str
) -> None:
    assert (
        installed_endpoints.browser.get("/flows", query_string={"X-Session": session}).status_code
        == 401
    )
    assert (
        installed_endpoints.browser.get(
            "/flows", headers={"Cookie": f"X-Session={session}"}
        ).status_code
        == 401
    )
    assert (
        installed_endpoints.browser.post(
            "/flows/101/active", data={"X-Session": session}
        ).status_code
        == 401
    )


@pytest.mark.promise("a session value opens its own portal")
@pytest.mark.threat("a session value that is made up")
def test_it_opens_its_own_portal_only(installed_endpoints: EndpointHarness, session: str) -> None:
    there = session_of(installed_endpoints.frame("/", installed_endpoints.b, 3))
    assert "IT help desk" in flows(installed_endpoints, session).get_data(as_text=True)
    page = flows(installed_endpoints, there).get_data(as_text=True)
    assert "ИТ-поддержка" not in flows(installed_endpoints, session).get_data(as_text=True)
    assert "IT help desk" not in page
    assert 'content="http://localhost:8902"' in page
    assert flows(installed_endpoints, there, "/flows/101/edit").status_code == 404


@pytest.mark.promise("a session value opens its own portal")
def test_it_acts_as_its_own_person_only(installed_endpoints: EndpointHarness, session: str) -> None:
    installed_endpoints.world.journal.clear()
    flows(installed_endpoints, session)
    assert {
        entry.user_id for entry in installed_endpoints.world.journal if entry.kind == "rest"
    } == {3}


@pytest.mark.threat("a session value that is made up")
def test_it_ends_with_the_installation(installed_endpoints: EndpointHarness, session: str) -> None:
    installed_endpoints.control.uninstall(installed_endpoints.a.host)
    installed_endpoints.deliver()
    assert flows(installed_endpoints, session).status_code == 401
    installed_endpoints.control.reinstall(installed_endpoints.a.host)
    installed_endpoints.frame("/install", installed_endpoints.a)
    installed_endpoints.control.finish(installed_endpoints.a.host)
    assert flows(installed_endpoints, session).status_code == 401


def test_it_goes_with_a_dismissed_person(
    installed_endpoints: EndpointHarness, session: str
) -> None:
    installed_endpoints.control.dismiss(3, installed_endpoints.a.host)
    assert flows(installed_endpoints, session).status_code != 200


def test_a_fresh_token_of_the_portal_renews_it(
    installed_endpoints: EndpointHarness, session: str
) -> None:
    old = aged(session, 5 * HALF_AN_HOUR)
    grant = installed_endpoints.world.install_pair(installed_endpoints.a, 3)
    answer = installed_endpoints.browser.post(
        "/session", json=refreshed(installed_endpoints, grant), headers={"X-Session": old}
    )
    assert answer.status_code == 200
    assert flows(installed_endpoints, answer.json["session"]).status_code == 200


def test_renewing_keeps_the_language_of_the_page(installed_endpoints: EndpointHarness) -> None:
    russian = aged(
        session_of(installed_endpoints.frame("/", installed_endpoints.b)), HALF_AN_HOUR + 1
    )
    grant = installed_endpoints.world.install_pair(installed_endpoints.b, 1)
    body = refreshed(installed_endpoints, grant) | {
        "member_id": installed_endpoints.b.member_id,
        "DOMAIN": installed_endpoints.b.host,
    }
    answer = installed_endpoints.browser.post("/session", json=body, headers={"X-Session": russian})
    assert '<html lang="ru">' in flows(installed_endpoints, answer.json["session"]).get_data(
        as_text=True
    )


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
def test_a_forged_token_renews_nothing(
    installed_endpoints: EndpointHarness, session: str, changes: dict[str, object], status: int
) -> None:
    before = installed_endpoints.dump()
    body = (
        refreshed(
            installed_endpoints, installed_endpoints.world.install_pair(installed_endpoints.a, 3)
        )
        | changes
    )
    answer = installed_endpoints.browser.post("/session", json=body, headers={"X-Session": session})
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert installed_endpoints.dump() == before


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
def test_a_damaged_refresh_is_refused(installed_endpoints: EndpointHarness, body: bytes) -> None:
    answer = installed_endpoints.browser.post(
        "/session", data=body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json["code"] in ("malformed", "malformed_json")


def refreshed(endpoints: EndpointHarness, grant: object) -> dict[str, object]:
    """What the page's script sends after the portal has answered `refreshAuth`."""
    return {
        "AUTH_ID": grant.access_token, "AUTH_EXPIRES": "3600", "REFRESH_ID": grant.refresh_token,
        "member_id": endpoints.a.member_id, "DOMAIN": endpoints.a.host,
    }  # fmt: skip
