"""Tokens: what becomes of a portal whose token is not refreshed, and what repairs it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bx24app.store.models import OAuthTokenRow
from tests.support.app_harness import Api, AppHarness
from tests.support.passing_time import let_pass

TOKEN = "oauth/token"
LOST = (409, "authorization_lost")
GONE = (409, "portal_gone")
UNREACHABLE = (502, "portal_unreachable")
NOT_PERMITTED = (403, "not_permitted")
REFUSALS = {
    # the server's word: what a caller gets, a part of the sentence, status, whether it may pass
    "invalid_grant": (LOST, "can restore it by opening the application", "active", False),
    "expired_token": (LOST, "can restore it by opening the application", "active", False),
    "NOT_INSTALLED": (UNREACHABLE, "This is not confirmed yet", "active", True),
    "APPLICATION_NOT_FOUND": (UNREACHABLE, "This is not confirmed yet", "active", True),
    "ERROR_OAUTH": (UNREACHABLE, "This is not confirmed yet", "active", True),
    "PAYMENT_REQUIRED": ((402, "payment_required"), "has ended", "blocked", True),
    "user_access_error": (NOT_PERMITTED, "may not use the application any more", "active", True),
    "invalid_scope": (NOT_PERMITTED, "does not permit this", "active", True),
    "insufficient_scope": (NOT_PERMITTED, "does not permit this", "active", True),
    "invalid_client": (LOST, "has to check BX24_CLIENT_ID", "active", True),
    "wrong_client": (LOST, "has to check BX24_CLIENT_ID", "active", True),
    "unauthorized_client": (LOST, "has to check BX24_CLIENT_ID", "active", True),
    "invalid_request": (LOST, "no longer works", "active", True),
    "unsupported_grant_type": (LOST, "no longer works", "active", True),
}
PASSING = [word for word, (*_, passes) in REFUSALS.items() if passes]
SILENCES: dict[str, dict[str, Any]] = {
    "error 500": {"fail": {"error": "INTERNAL_SERVER_ERROR", "status": 500}},
    "a server error by name": {"fail": {"error": "server_error"}},
    "not available": {"fail": {"error": "temporarily_unavailable"}},
    "something new": {"fail": {"error": "SOMETHING_NEW"}},
    "a closed portal": {"fail": {"error": "PORTAL_DELETED"}},
    "error 503": {"fail": {"error": "QUERY_LIMIT_EXCEEDED"}},
    "overload": {"fail": {"error": "OVERLOAD_LIMIT"}},
    "time limit": {"fail": {"error": "OPERATION_TIME_LIMIT"}},
    "a gateway's page": {"html": {"status": 502}},
    "a page that says all is well": {"html": {"status": 200}},
    "nothing there": {"html": {"status": 404}},
    "no answer in time": {"delay": {"seconds": 60}, "html": {"status": 504}},
    "a broken connection": {"cut": {}},
}


def asked(installed_app: AppHarness) -> int:
    """How often the token endpoint was asked, with or without success."""
    return len(installed_app.control.journal(TOKEN))


def outcome(api: Api) -> tuple[int, str]:
    """Status and code of a call that needs the portal; 200 and nothing where it works."""
    answer = api.get("exists?name=Any")
    return answer.status_code, "" if answer.status_code == 200 else answer.json["code"]


def outcome_in_a_crowd(api: Api) -> tuple[int, str]:
    """The same for a program that comes again where too many wait for the portal."""
    for _ in range(100):
        found = outcome(api)
        if found != (503, "portal_busy"):
            return found
        time.sleep(0.05)
    return found


def portal(api: Api) -> dict[str, Any]:
    """What the API says about the portal."""
    return dict(api.call("GET", api.flows.removesuffix("/flows")).json)


def break_refresh(installed_app: AppHarness, **trouble: dict[str, Any]) -> None:
    """Let the stored access tokens end and the next refresh fail."""
    let_pass(installed_app, hours=2)
    for action, how in trouble.items():
        getattr(installed_app.control, action)(TOKEN, **how)


@pytest.mark.promise(
    "a revoked token costs two refreshes at most for fifty calls",
    "every refusal has its state and its sentence",
)
@pytest.mark.parametrize("word", REFUSALS)
def test_a_refusal_has_its_state_and_is_not_asked_for_again(
    word: str, installed_app: AppHarness, api: Api
) -> None:
    expected, sentence, status, _ = REFUSALS[word]
    break_refresh(installed_app, fail={"error": word, "times": 100})
    assert {outcome(api) for _ in range(10)} == {expected}
    assert asked(installed_app) == 1
    assert sentence in api.get("exists?name=Any").json["detail"]
    seen = portal(api)
    assert (seen["status"], seen["authorization"]) == (status, "lost")
    assert seen["authorizationReason"] == word.lower()


@pytest.mark.parametrize("whose", ["another portal's", "another person's"])
def test_a_pair_of_somebody_else_is_not_taken(
    whose: str, installed_app: AppHarness, api: Api
) -> None:
    let_pass(installed_app, hours=2)
    installed_app.control.forget_journal()
    there, user_id = (installed_app.b, 1) if whose == "another portal's" else (installed_app.a, 3)
    auth, client_id = installed_app.world.auth, installed_app.world.app.client_id
    for refresh_token, grant in list(auth.by_refresh.items()):
        if (grant.member_id, grant.user_id) == (installed_app.a.member_id, 1):
            auth.by_refresh[refresh_token] = auth.mint(
                installed_app.world.clock.now(), client_id, there.member_id, user_id, grant.scope
            )

    assert outcome(api) == LOST

    assert portal(api)["authorizationReason"] == "foreign_token"
    assert installed_app.control.journal(kind="rest") == []
    installed_app.launch(installed_app.a)
    assert outcome(api) == (200, "")


@pytest.mark.promise("every refusal has its state and its sentence")
@pytest.mark.parametrize("word", PASSING)
def test_a_refusal_that_may_pass_passes(word: str, installed_app: AppHarness, api: Api) -> None:
    break_refresh(installed_app, fail={"error": word, "times": 2})
    assert outcome(api) == REFUSALS[word][0]
    let_pass(installed_app, seconds=61)
    # Said again after the pause, that we are not installed is no suspicion any more.
    said_twice = GONE if REFUSALS[word][0] == UNREACHABLE else REFUSALS[word][0]
    assert outcome(api) == said_twice
    let_pass(installed_app, seconds=61)
    assert outcome(api) == said_twice
    assert asked(installed_app) == 2  # the second pause is longer than the first
    let_pass(installed_app, seconds=61)
    assert outcome(api) == (200, "")
    assert portal(api)["authorization"] == "ok"


@pytest.mark.parametrize("word", sorted(REFUSALS.keys() - PASSING))
def test_one_word_against_a_token_is_not_for_good(
    word: str, installed_app: AppHarness, api: Api
) -> None:
    break_refresh(installed_app, fail={"error": word})
    assert outcome(api) == REFUSALS[word][0]
    let_pass(installed_app, seconds=61)
    assert outcome(api) == (200, "")
    assert portal(api)["authorization"] == "ok"


@pytest.mark.promise(
    "fresh tokens that come along are stored after verification, and repair a lost authorization"
)
@pytest.mark.parametrize("word", sorted(REFUSALS.keys() - PASSING))
def test_a_refusal_for_good_lasts_until_a_fresh_pair_comes(
    word: str, installed_app: AppHarness, api: Api
) -> None:
    break_refresh(installed_app, fail={"error": word, "times": 2})
    assert outcome(api) == REFUSALS[word][0]
    for _ in range(2):
        let_pass(installed_app, days=2)
        assert outcome(api) == REFUSALS[word][0]
    assert asked(installed_app) == 2
    installed_app.launch(installed_app.a)
    assert portal(installed_app.program(installed_app.a))["authorization"] == "ok"
    assert outcome(installed_app.program(installed_app.a)) == (200, "")


@pytest.mark.promise("no token is thrown away for a 5xx")
@pytest.mark.parametrize("what", SILENCES)
def test_silence_costs_nobody_a_token(what: str, installed_app: AppHarness, api: Api) -> None:
    break_refresh(installed_app, **SILENCES[what])
    answer = api.get("exists?name=Any")
    assert (answer.status_code, answer.json["code"]) == (502, "portal_unreachable")
    assert answer.json["mayHaveHappened"] is False
    assert outcome(api) == (502, "portal_unreachable")
    assert asked(installed_app) == 1
    assert portal(api)["authorization"] == "ok"
    let_pass(installed_app, seconds=2.1)
    assert outcome(api) == (200, "")


@pytest.mark.promise("no token is thrown away for a 5xx")
def test_the_pauses_of_a_silent_server_grow(installed_app: AppHarness, api: Api) -> None:
    break_refresh(installed_app, html={"times": 1000})
    counts = []
    for _ in range(60):
        let_pass(installed_app, minutes=1)
        outcome(api)
        counts.append(asked(installed_app))
    assert counts[4] >= 4  # 2, 4, 8, 16 … seconds at first
    assert 12 <= counts[-1] <= 16  # every ten minutes in the end


@pytest.mark.promise("a pair that got lost on the way is told once")
@pytest.mark.parametrize("strict", [True, False])
def test_a_pair_that_got_lost_on_its_way(strict: bool, installed_app: AppHarness, api: Api) -> None:
    installed_app.control.rotation(strict)
    break_refresh(installed_app, lose={})
    assert outcome(api) == (502, "portal_unreachable")
    let_pass(installed_app, seconds=3)
    if not strict:
        assert outcome(api) == (200, "")
        return
    assert {outcome(api) for _ in range(50)} == {LOST}
    assert portal(api)["authorizationReason"] == "interrupted_refresh"
    assert asked(installed_app) == 2


@pytest.mark.promise("a revoked token costs two refreshes at most for fifty calls")
def test_a_revoked_token_costs_one_refresh_for_fifty_calls_at_once(
    installed_app: AppHarness,
) -> None:
    installed_app.control.revoke()
    programs = [installed_app.program(installed_app.a) for _ in range(50)]
    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(outcome_in_a_crowd, programs)) == {LOST}
    assert asked(installed_app) <= 2


@pytest.mark.promise(
    "fresh tokens that come along are stored after verification, and repair a lost authorization"
)
@pytest.mark.parametrize("event", ["ONAPPINSTALL", "ONAPPUPDATE"])
def test_an_event_with_a_fresh_pair_heals(event: str, installed_app: AppHarness, api: Api) -> None:
    installed_app.control.revoke()
    assert outcome(api) == LOST
    grant = installed_app.world.install_pair(installed_app.a, 1)
    form = {
        "event": event,
        "auth[member_id]": installed_app.a.member_id,
        "auth[application_token]": installed_app.a.application_token,
        "auth[access_token]": grant.access_token,
        "auth[refresh_token]": grant.refresh_token,
        "auth[expires_in]": "3600",
        "auth[server_endpoint]": installed_app.world.server_endpoint,
    }
    assert installed_app.receive(form).status_code == 200
    assert outcome(api) == (200, "")


def test_being_crowded_among_ourselves_is_not_the_servers_silence(
    installed_app: AppHarness, api: Api
) -> None:
    let_pass(installed_app, hours=2)
    bulkheads = installed_app.container.tokens._oauth._http.bulkheads
    server = f"{installed_app.world.auth_origin} refreshes"
    bulkheads.build(server, 1, 0.01)
    with bulkheads.to(server).slot():
        time.sleep(0.05)
        for _ in range(3):
            assert outcome(api) == (502, "portal_unreachable")

    assert (outcome(api), asked(installed_app)) == ((200, ""), 1)


def test_a_crowd_of_launches_leaves_room_for_refreshes(installed_app: AppHarness, api: Api) -> None:
    let_pass(installed_app, hours=2)
    bulkheads = installed_app.container.tokens._oauth._http.bulkheads
    bulkheads.build(installed_app.world.auth_origin, 1, 0.01)
    with bulkheads.to(installed_app.world.auth_origin).slot():
        time.sleep(0.05)
        assert outcome(api) == (200, "")


@pytest.mark.parametrize("back", [{"hours": 7}, {"days": 1}])
@pytest.mark.parametrize("name", ["lease_until", "retry_at"])
def test_what_our_own_clock_dated_too_far_ahead_holds_nobody_up(
    name: str, back: dict[str, float], installed_app: AppHarness, api: Api
) -> None:
    let_pass(installed_app, hours=2)
    with installed_app.container.database.write() as session:
        row = session.get_one(OAuthTokenRow, (installed_app.a.member_id, 1))
        setattr(row, name, datetime.now(UTC) + timedelta(**back))
        row.lease_by = "gone"

    assert outcome(api) == (200, "")


def test_a_refusal_from_before_the_clock_went_back_is_asked_again(
    installed_app: AppHarness, api: Api
) -> None:
    let_pass(installed_app, hours=2)
    installed_app.control.fail(TOKEN, error="invalid_client")
    assert outcome(api) == LOST
    with installed_app.container.database.write() as session:
        row = session.get_one(OAuthTokenRow, (installed_app.a.member_id, 1))
        row.retry_at = datetime.now(UTC) + timedelta(days=1)

    assert outcome(api) == (200, "")
