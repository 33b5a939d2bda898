"""Keep-alive: a token that nobody has used for months is refreshed, once, and no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.app_harness import AppHarness
from tests.support.passing_time import let_pass

TOKEN = "oauth/token"


def keep_alive(installed_app: AppHarness) -> int:
    """What the operator's daily command does, without its pauses."""
    return int(installed_app.container.tokens.keep_alive(pause=0))


def refreshed(installed_app: AppHarness) -> int:
    """Pairs that the authorization server has handed out."""
    return installed_app.world.auth.renewals


@pytest.mark.promise("never on a schedule")
def test_nothing_is_refreshed_that_was_used_in_the_last_months(installed_app: AppHarness) -> None:
    let_pass(installed_app, days=149)
    assert keep_alive(installed_app) == 0
    assert refreshed(installed_app) == 0


@pytest.mark.promise("never on a schedule")
def test_an_unused_token_outlives_its_half_year(installed_app: AppHarness) -> None:
    let_pass(installed_app, days=151)
    assert keep_alive(installed_app) == 2  # one on each portal
    assert keep_alive(installed_app) == 0
    let_pass(installed_app, days=100)  # 251 since the installation
    assert installed_app.program(installed_app.a).get("exists?name=Any").status_code == 200


def test_without_it_a_token_dies_after_half_a_year(installed_app: AppHarness) -> None:
    let_pass(installed_app, days=181)
    assert (
        installed_app.program(installed_app.a).get("exists?name=Any").json["code"]
        == "authorization_lost"
    )


@pytest.mark.promise("never on a schedule")
def test_two_operators_at_once_renew_each_token_once(stored_app: AppHarness) -> None:
    let_pass(stored_app, days=151)
    stored_app.control.delay(TOKEN, 0.2, times=10)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep_alive, [stored_app] * 4))
    assert refreshed(stored_app) == 2


def test_the_longest_unused_go_first_and_no_more_than_wanted(installed_app: AppHarness) -> None:
    let_pass(installed_app, days=20)
    installed_app.launch(installed_app.a)
    let_pass(installed_app, days=151)
    assert installed_app.container.tokens.keep_alive(limit=1, pause=0) == 1
    assert [entry["member_id"] for entry in installed_app.control.journal(TOKEN)] == [
        installed_app.b.member_id
    ]


def test_the_lost_and_the_silent_are_left_alone(installed_app: AppHarness) -> None:
    let_pass(installed_app, days=151)
    installed_app.control.fail(TOKEN, "invalid_grant", 1)
    installed_app.control.html(TOKEN, 502, 1)
    assert keep_alive(installed_app) == 2
    assert keep_alive(installed_app) == 0
    let_pass(installed_app, seconds=3)
    assert keep_alive(installed_app) == 1  # the one that got no answer
    assert refreshed(installed_app) == 1
