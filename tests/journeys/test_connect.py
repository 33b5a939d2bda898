"""Authorizing a portal again: both ends of the code flow, and whoever tries to slip in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import update
from werkzeug.test import TestResponse

from bx24app.portals.reauthorization import MOST_OPEN_STATES
from bx24app.store.models import OAuthStateRow, PortalRow
from tests.support.app_harness import SETTINGS
from tests.support.endpoint_harness import AUDIT, EndpointHarness, ancestors, words_of


def begin(endpoints: EndpointHarness, domain: str = "localhost:8900") -> str:
    """Where the application sends a person who names that portal."""
    answer = endpoints.browser.get("/connect", query_string={"domain": domain})
    assert answer.status_code == 302
    return answer.headers["Location"]


def confirm(endpoints: EndpointHarness, location: str, user_id: int = 1) -> dict[str, str]:
    """What the portal sends back with a person who is logged in there."""
    session = requests.Session()
    session.mount("http://", endpoints.way_out)
    answer = session.get(f"{location}&as={user_id}", allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    target = urlsplit(answer.headers["Location"])
    assert target.path == "/connect/callback"
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def come_back(endpoints: EndpointHarness, sent: dict[str, str], **changes: str) -> TestResponse:
    return endpoints.browser.get("/connect/callback", query_string=sent | changes)


def authorization(endpoints: EndpointHarness) -> tuple[str, int]:
    portal = endpoints.container.portals.find(endpoints.a.member_id)
    return portal.authorization, portal.installer_id


@pytest.fixture
def lost(installed_endpoints: EndpointHarness) -> EndpointHarness:
    """Portal A's authorization is lost."""
    installed_endpoints.control.revoke(installed_endpoints.a.host)
    assert (
        installed_endpoints.program(installed_endpoints.a).get().json["code"]
        == "authorization_lost"
    )
    return installed_endpoints


def test_an_administrator_connects_again(lost: EndpointHarness) -> None:
    location = begin(lost)
    asked = urlsplit(location)
    assert (
        f"{asked.scheme}://{asked.netloc}{asked.path}" == "http://localhost:8900/oauth/authorize/"
    )
    assert parse_qs(asked.query)["client_id"] == [lost.world.app.client_id]
    answer = come_back(lost, confirm(lost, location))
    assert answer.status_code == 200
    assert "localhost:8900 is connected" in words_of(answer)
    assert ancestors(answer) == "'none'"
    assert authorization(lost) == ("ok", 1)
    assert lost.program(lost.a).get().status_code == 200


def test_bitrix24_may_send_people_back_to_the_application_url(lost: EndpointHarness) -> None:
    answer = lost.browser.get("/", query_string=confirm(lost, begin(lost)))
    assert answer.status_code == 200
    assert "localhost:8900 is connected" in words_of(answer)
    assert authorization(lost) == ("ok", 1)
    assert lost.browser.get("/", query_string={"code": "x", "state": "y"}).status_code == 400


def test_another_administrator_becomes_the_installer(lost: EndpointHarness) -> None:
    lost.a.users[4].admin = True
    assert come_back(lost, confirm(lost, begin(lost), 4)).status_code == 200
    assert authorization(lost) == ("ok", 4)


def test_it_asks_for_the_address_and_lets_the_form_lead_to_a_portal(
    installed_endpoints: EndpointHarness,
) -> None:
    answer = installed_endpoints.browser.get("/connect")
    assert answer.status_code == 200
    assert "Address of the portal" in words_of(answer)
    assert "form-action 'self' https:" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "typed", ["LOCALHOST:8900", " localhost:8900 ", "http://localhost:8900/stream/?a=b"]
)
def test_an_address_may_be_pasted(installed_endpoints: EndpointHarness, typed: str) -> None:
    assert begin(installed_endpoints, typed).startswith("http://localhost:8900/oauth/authorize/")


@pytest.mark.threat("our redirect as a way to a stranger's page")
@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ("unknown.bitrix24.com", 404),
        ("attacker.example", 404),
        ("localhost:8900.attacker.example", 400),
        ("localhost:8900@attacker.example", 400),
        ("//attacker.example", 400),
        ("https://attacker.example", 404),
        ("javascript:alert(1)", 400),
        ("localhost:8900\r\nSet-Cookie: a=b", 400),
        ("пример.рф", 400),
        ('"><script>alert(1)</script>', 400),
        ("a" * 5000, 400),
    ],
)
def test_nobody_is_sent_to_a_portal_that_is_none_of_ours(
    installed_endpoints: EndpointHarness, typed: str, status: int
) -> None:
    before = installed_endpoints.dump()
    answer = installed_endpoints.browser.get("/connect", query_string={"domain": typed})
    assert answer.status_code == status
    assert "Location" not in answer.headers
    assert "<script>" not in answer.get_data(as_text=True)
    assert installed_endpoints.dump() == before


def test_a_state_is_used_once(lost: EndpointHarness) -> None:
    sent = confirm(lost, begin(lost))
    assert come_back(lost, sent).status_code == 200
    again = come_back(lost, sent)
    assert again.status_code == 400
    assert "has expired or was used already" in words_of(again)


@pytest.mark.threat("a state that is made up, old or used")
def test_a_state_is_used_up_even_by_a_failure(lost: EndpointHarness) -> None:
    sent = confirm(lost, begin(lost))
    assert come_back(lost, sent, code="0" * 32).status_code == 400
    assert come_back(lost, sent).status_code == 400
    assert authorization(lost) == ("lost", 1)


def test_a_state_lasts_ten_minutes(lost: EndpointHarness) -> None:
    sent = confirm(lost, begin(lost))
    with lost.container.database.write() as session:
        session.execute(update(OAuthStateRow).values(expires_at=datetime.now(UTC) - timedelta(1)))
    assert come_back(lost, sent).status_code == 400
    assert authorization(lost) == ("lost", 1)


@pytest.mark.threat("a state that is made up, old or used")
@pytest.mark.parametrize("salt", ["connect", "session", "undo"])
def test_a_state_that_we_have_not_given_out_is_refused(lost: EndpointHarness, salt: str) -> None:
    key = SETTINGS["secret_key"] if salt != "connect" else "another-key"
    forged = URLSafeTimedSerializer(key, salt=salt).dumps("x" * 32)
    answer = come_back(lost, confirm(lost, begin(lost)), state=forged)
    assert answer.status_code == 400
    assert authorization(lost) == ("lost", 1)


@pytest.mark.parametrize("missing", [{"code": ""}, {"state": ""}, {"code": "a" * 3000}])
def test_a_return_without_its_parts_is_refused(
    lost: EndpointHarness, missing: dict[str, str]
) -> None:
    asked = len(lost.way_out.requests)
    answer = come_back(lost, {"code": "c", "state": urlsplit(begin(lost)).query} | missing)
    assert answer.status_code == 400
    assert len(lost.way_out.requests) == asked


def test_a_code_lasts_thirty_seconds(lost: EndpointHarness) -> None:
    sent = confirm(lost, begin(lost))
    lost.control.turn_clock(31)
    answer = come_back(lost, sent)
    assert answer.status_code == 400
    assert "Begin again" in words_of(answer)


@pytest.mark.threat("the code of another portal")
def test_the_code_of_another_portal_opens_nothing(lost: EndpointHarness) -> None:
    mine, theirs = begin(lost), begin(lost, "localhost:8902")
    code = confirm(lost, theirs)["code"]
    before = lost.dump(without=("oauth_states", *AUDIT))
    answer = come_back(lost, confirm(lost, mine), code=code)
    assert answer.status_code == 403
    assert lost.dump(without=("oauth_states", *AUDIT)) == before


@pytest.mark.promise(
    "fresh tokens that come along are stored after verification, and repair a lost authorization"
)
@pytest.mark.threat("the code of another portal")
def test_somebody_who_is_no_administrator_opens_nothing(lost: EndpointHarness) -> None:
    before = lost.dump(without=("oauth_states", *AUDIT))
    answer = come_back(lost, confirm(lost, begin(lost), 3))
    assert answer.status_code == 403
    assert "Only an administrator" in words_of(answer)
    assert lost.dump(without=("oauth_states", *AUDIT)) == before


def test_a_silent_authorization_server_is_told_in_words(lost: EndpointHarness) -> None:
    sent = confirm(lost, begin(lost))
    lost.control.lose("oauth/token")
    answer = come_back(lost, sent)
    assert answer.status_code == 502
    assert "authorization server does not answer." in words_of(answer)
    assert come_back(lost, confirm(lost, begin(lost))).status_code == 200


def test_a_portal_that_took_over_a_name_is_the_one_that_is_meant(
    installed_endpoints: EndpointHarness,
) -> None:
    former, portal = installed_endpoints.a, installed_endpoints.b
    installed_endpoints.control.rename("moved.example", former.host)
    former.former_hosts.clear()
    installed_endpoints.control.rename("localhost:8900", portal.host)
    assert installed_endpoints.frame("/", portal).status_code == 200
    assert installed_endpoints.container.portals.at("localhost:8900").member_id == portal.member_id


def test_old_attempts_are_cleared_away(installed_endpoints: EndpointHarness) -> None:
    for _ in range(3):
        begin(installed_endpoints)
    with installed_endpoints.container.database.write() as session:
        session.execute(update(OAuthStateRow).values(expires_at=datetime.now(UTC) - timedelta(1)))
    begin(installed_endpoints)
    assert len(installed_endpoints.dump()["oauth_states"]) == 1


@pytest.mark.threat("attempts without end")
def test_whoever_begins_without_end_fills_no_table(installed_endpoints: EndpointHarness) -> None:
    for _ in range(MOST_OPEN_STATES + 10):
        begin(installed_endpoints)
    last = confirm(installed_endpoints, begin(installed_endpoints))

    assert len(installed_endpoints.dump()["oauth_states"]) <= MOST_OPEN_STATES
    assert come_back(installed_endpoints, last).status_code == 200


def test_the_state_tells_nothing_and_is_stored_as_a_digest(
    installed_endpoints: EndpointHarness,
) -> None:
    state = parse_qs(urlsplit(begin(installed_endpoints)).query)["state"][0]
    assert state not in repr(installed_endpoints.dump())
    assert urlencode({"d": "localhost:8900"})[2:] not in state


def test_a_name_that_was_another_portals_before_leads_to_the_one_that_has_it_now(
    installed_endpoints: EndpointHarness,
) -> None:
    a, b = installed_endpoints.a, installed_endpoints.b
    with installed_endpoints.container.database.write() as session:
        former = session.get_one(PortalRow, b.member_id)
        former.domain, former.seen_at = a.host, former.seen_at - timedelta(days=1)
    assert installed_endpoints.container.portals.at(a.host).member_id == a.member_id
    assert installed_endpoints.frame("/", b).status_code == 200
    assert installed_endpoints.container.portals.at(b.host).member_id == b.member_id
