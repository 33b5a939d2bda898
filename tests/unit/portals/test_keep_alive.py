"""Keep-alive: a grant that nobody has used for months is renewed, once, and no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.support.app_harness import AppHarness
from tests.support.passing_time import let_pass

TOKEN = "oauth/token"


def keep_alive(home: AppHarness) -> int:
    """What the operator's daily command does, without its pauses."""
    return int(home.container.tokens.keep_alive(pause=0))


def refreshed(home: AppHarness) -> int:
    """Pairs that the authorization server has handed out."""
    return home.world.auth.renewals


def test_nothing_is_renewed_that_was_used_in_the_last_months(home: AppHarness) -> None:
    let_pass(home, days=149)
    assert keep_alive(home) == 0
    assert refreshed(home) == 0


def test_an_unused_grant_outlives_its_half_year(home: AppHarness) -> None:
    let_pass(home, days=151)
    assert keep_alive(home) == 2  # one on each portal
    assert keep_alive(home) == 0
    let_pass(home, days=100)  # 251 since the installation
    assert home.program(home.a).get("exists?name=Any").status_code == 200


def test_without_it_a_grant_dies_after_half_a_year(home: AppHarness) -> None:
    let_pass(home, days=181)
    assert home.program(home.a).get("exists?name=Any").json["code"] == "authorization_lost"


def test_two_operators_at_once_renew_each_grant_once(stored_home: AppHarness) -> None:
    let_pass(stored_home, days=151)
    stored_home.control.delay(TOKEN, 0.2, times=10)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep_alive, [stored_home] * 4))
    assert refreshed(stored_home) == 2


def test_the_longest_unused_go_first_and_no_more_than_wanted(home: AppHarness) -> None:
    let_pass(home, days=20)
    home.launch(home.a)
    let_pass(home, days=151)
    assert home.container.tokens.keep_alive(limit=1, pause=0) == 1
    assert [entry["member_id"] for entry in home.control.journal(TOKEN)] == [home.b.member_id]


def test_the_lost_and_the_silent_are_left_alone(home: AppHarness) -> None:
    let_pass(home, days=151)
    home.control.fail(TOKEN, "invalid_grant", 1)
    home.control.html(TOKEN, 502, 1)
    assert keep_alive(home) == 2
    assert keep_alive(home) == 0
    let_pass(home, seconds=3)
    assert keep_alive(home) == 1  # the one that got no answer
    assert refreshed(home) == 1
