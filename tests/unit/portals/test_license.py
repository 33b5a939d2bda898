"""How fast a portal may be asked, by its plan: Enterprise ones take more, until they refuse it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bx24app.portals.rate_limit import ENTERPRISE, Bucket
from tests.support.app_harness import Api, AppHarness
from tests.support.passing_time import let_pass, let_rest

ORDINARY = 48
LARGE = 248


@pytest.fixture
def fresh_app(sqlite_url: str) -> Iterator[AppHarness]:
    """The application, installed nowhere yet."""
    with AppHarness.open(sqlite_url) as harness:
        yield harness


@pytest.fixture
def enterprise_app(fresh_app: AppHarness) -> AppHarness:
    """The application as it runs in production, installed on a portal with an Enterprise plan."""
    fresh_app.container.rate_limits._bucket = Bucket()
    fresh_app.control.plan(code="en_ent")
    fresh_app.install_everywhere()
    return fresh_app


def limit(api: Api) -> int:
    """The requests at once that an answer names."""
    return int(api.call("GET", api.flows.removesuffix("/flows")).headers["X-RateLimit-Limit"])


def batches(app: AppHarness) -> int:
    """How many requests named the method that tells the plan, since the last look."""
    made = app.control.journal("app.info")
    app.control.forget_journal()
    return len(made)


def test_an_enterprise_portal_takes_more(enterprise_app: AppHarness) -> None:
    assert limit(enterprise_app.program(enterprise_app.a)) == LARGE
    assert limit(enterprise_app.program(enterprise_app.b)) == ORDINARY
    assert (ENTERPRISE.burst, ENTERPRISE.drain) == (249, 5.0)


def test_more_than_an_ordinary_burst_goes_out_at_once(enterprise_app: AppHarness) -> None:
    api = enterprise_app.program(enterprise_app.a)
    assert {api.get(101).status_code for _ in range(60)} == {200}


@pytest.mark.parametrize(
    "told",
    [None, [], True, "ent", {}, {"LICENSE_FAMILY": None}, {"LICENSE_FAMILY": ["ent"]},
     {"LICENSE_FAMILY": "company"}, {"LICENSE_FAMILY": "x" * 5000}, {"LICENSE": "en_ent"}],
)  # fmt: skip
def test_a_plan_that_is_not_told_is_an_ordinary_one(told: Any, fresh_app: AppHarness) -> None:
    fresh_app.container.rate_limits._bucket = Bucket()
    fresh_app.control.answer("app.info", told, times=9, host=fresh_app.a.host)
    fresh_app.install_everywhere()
    assert limit(fresh_app.program(fresh_app.a)) == ORDINARY


def test_a_portal_that_does_not_tell_its_plan_is_installed_all_the_same(
    fresh_app: AppHarness,
) -> None:
    fresh_app.control.plan(code="en_ent")
    fresh_app.control.fail("app.info", "ERROR_METHOD_NOT_FOUND", 1, host=fresh_app.a.host)
    fresh_app.install_everywhere()
    assert fresh_app.program(fresh_app.a).get().status_code == 200


def test_another_plan_is_noticed_a_day_later_without_a_request(enterprise_app: AppHarness) -> None:
    api = enterprise_app.program(enterprise_app.a)
    enterprise_app.control.plan(code="en_std")
    batches(enterprise_app)
    assert api.get(101).status_code == 200
    assert (batches(enterprise_app), limit(api)) == (0, LARGE)
    let_pass(enterprise_app, hours=25)
    assert api.get(101).status_code == 200  # this refreshes the token
    enterprise_app.control.forget_journal()
    requests = enterprise_app.control.journal
    assert api.get().status_code == 200
    asked = [entry for entry in requests(kind="rest") if not entry["in_batch"]]
    told = [entry for entry in requests("app.info") if entry["in_batch"]]
    assert (len(told), {entry["method"] for entry in asked}) == (1, {"batch"})
    assert limit(api) == ORDINARY
    assert api.get().status_code == 200
    assert len([entry for entry in requests("app.info") if entry["in_batch"]]) == 1


def test_a_person_who_opens_the_list_tells_it_too(enterprise_app: AppHarness) -> None:
    enterprise_app.control.plan(code="en_std")
    let_pass(enterprise_app, hours=25)
    assert enterprise_app.launch(enterprise_app.a).status_code == 200
    assert limit(enterprise_app.program(enterprise_app.a)) == ORDINARY


def test_a_refusal_to_tell_it_keeps_what_is_known(enterprise_app: AppHarness) -> None:
    let_pass(enterprise_app, hours=25)
    enterprise_app.control.fail("app.info", "INTERNAL_SERVER_ERROR", 9, host=enterprise_app.a.host)
    api = enterprise_app.program(enterprise_app.a)
    assert api.get().status_code == 200
    assert limit(api) == LARGE


@pytest.mark.parametrize("where", ["*", "tasks.flow.Flow.list"], ids=["alone", "in a batch"])
def test_a_busy_portal_is_asked_at_the_cautious_rate(
    where: str, enterprise_app: AppHarness
) -> None:
    api = enterprise_app.program(enterprise_app.a)
    enterprise_app.control.fail(where, "QUERY_LIMIT_EXCEEDED", 1, host=enterprise_app.a.host)
    assert api.get().status_code == 503
    assert limit(api) == ORDINARY
    let_pass(enterprise_app, hours=20)
    assert api.get().status_code in (200, 503)
    assert limit(api) == ORDINARY  # not a day later
    let_pass(enterprise_app, hours=5)
    let_rest(enterprise_app, enterprise_app.a.member_id)
    assert api.get().status_code == 200
    assert limit(api) == LARGE


def test_the_bucket_is_not_full_for_longer_than_an_ordinary_one(
    enterprise_app: AppHarness,
) -> None:
    limits, member_id = enterprise_app.container.rate_limits, enterprise_app.a.member_id
    fast = limits.of(member_id, person=False, patience=0, enterprise=True)
    for _ in range(200):
        fast.permit(["profile"]).wait()
    assert fast.note_busy() == 0.5
    assert limits.state(member_id).reset <= 25
