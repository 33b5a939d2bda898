"""Rollouts over the API: waves, failures, stop, retry, cancel, and who may do it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from bx24app.blueprints.nodes import node_of
from bx24app.portals.author import OPERATOR
from bx24app.rollouts.rollout import Order
from bx24app.store.rollout_models import RolloutPortalRow
from tests.support.app_harness import Api, AppHarness
from tests.support.rollout_harness import Operator, document, more_portals, statuses

UNKNOWN = {"schema": 1, "flows": {"content": {"name": "Content", "ownerId": {"user": "Nobody"}}}}


@pytest.fixture
def operator(installed_app: AppHarness) -> Operator:
    return Operator(installed_app)


def names(app: AppHarness) -> list[list[str]]:
    return [sorted(one.name for one in portal.flows.values()) for portal in (app.a, app.b)]


def test_a_document_reaches_every_portal_once(
    installed_app: AppHarness, operator: Operator
) -> None:
    answer = operator.start("all", document(2))
    assert (answer.status_code, answer.json["status"]) == (202, "running")
    assert answer.headers["Location"].endswith(f"/api/v1/rollouts/{answer.json['id']}")

    ended = operator.ended(answer.json)
    assert ended["status"] == "done"
    assert ended["progress"] == {"total": 2, "done": 2, "failed": 0, "waiting": 0}
    assert statuses(ended) == ["done", "done"]
    assert ended["portals"][0]["summary"]["create"] == 2
    assert names(installed_app)[0].count("Desk 1") == 1
    assert names(installed_app)[1].count("Стол 1") == 1
    again = operator.run("all", document(2))
    assert again["portals"][0]["summary"]["unchanged"] == 2
    assert again["status"] == "done"
    listed = operator.api.call("GET", "/api/v1/rollouts").json["items"]
    assert [one["id"] for one in listed] == [again["id"], ended["id"]]


def test_the_history_says_that_it_was_a_rollout(
    installed_app: AppHarness, operator: Operator
) -> None:
    ended = operator.run([installed_app.a])
    history = operator.api.call("GET", f"/api/v1/portals/{installed_app.a.member_id}/history").json[
        "items"
    ]
    assert [(one["action"], one["through"], one["who"]["kind"]) for one in history] == [
        ("create", "rollout", "operator")
    ]
    plan = operator.api.call(
        "GET",
        f"/api/v1/portals/{installed_app.a.member_id}/plans/{ended['portals'][0]['planId']}",
    ).json
    assert plan["status"] == "applied"


def test_a_failure_rate_stops_before_the_next_wave_and_a_retry_goes_on(
    installed_app: AppHarness, operator: Operator
) -> None:
    portals = [installed_app.a, *more_portals(installed_app, 2)]
    installed_app.control.fail("tasks.flow.Flow.create", "ERROR_CORE", host=portals[0].host)
    stopped = operator.run(portals, waves=[1, 1])

    assert (stopped["status"], statuses(stopped)) == ("stopped", ["failed", "waiting", "waiting"])
    assert stopped["progress"] == {"total": 3, "done": 0, "failed": 1, "waiting": 2}
    assert stopped["portals"][0]["code"] == "portal_refused"
    assert stopped["waves"] == [1, 1, 1]
    assert operator.post(stopped, "retry")["status"] == "running"
    ended = operator.ended(stopped)
    assert (ended["status"], statuses(ended)) == ("done", ["done"] * 3)
    assert all(
        [flow.name for flow in portal.flows.values()].count("Desk 0") == 1 for portal in portals
    )


def test_failures_within_a_wave_and_below_the_share_stop_nothing(
    installed_app: AppHarness, operator: Operator
) -> None:
    portals = [installed_app.a, *more_portals(installed_app, 2)]
    installed_app.control.fail("tasks.flow.Flow.create", "ERROR_CORE", host=portals[0].host)
    ended = operator.run(portals, waves=[2], stopAfterFailures=0.5)
    assert (ended["status"], statuses(ended)) == ("partly_done", ["failed", "done", "done"])


def test_a_plan_that_cannot_be_made_fails_with_the_code_of_its_problem(
    installed_app: AppHarness, operator: Operator
) -> None:
    ended = operator.run([installed_app.a], UNKNOWN)
    assert ended["status"] == "partly_done"
    (portal,) = ended["portals"]
    assert (portal["code"], portal["planId"], portal["summary"]) == ("unresolved", None, None)
    assert "“Nobody”" in portal["message"]
    member_id = installed_app.a.member_id
    fine = operator.run([installed_app.a], UNKNOWN, mapping={member_id: {"Nobody": "2"}})
    assert (fine["status"], installed_app.flow(103).owner_id) == ("done", 2)


def test_a_portal_that_is_lost_unpaid_or_silent_fails_alone(
    installed_app: AppHarness, operator: Operator
) -> None:
    unpaid, silent, fine = more_portals(installed_app, 3)
    portals = [installed_app.b, unpaid, silent, fine]
    installed_app.control.revoke(installed_app.b.host)
    installed_app.control.payment(True, unpaid.host)
    installed_app.control.cut("batch", 20, host=silent.host)
    ended = operator.run(portals, waves=[4])
    assert statuses(ended) == ["failed", "failed", "failed", "done"]
    assert [one["code"] for one in ended["portals"]] == [
        "authorization_lost", "payment_required", "portal_unreachable", None,
    ]  # fmt: skip


def test_what_is_unsafe_fails_unless_it_is_accepted(
    installed_app: AppHarness, operator: Operator
) -> None:
    installed_app.control.plan(has_flows=False)
    ended = operator.run([installed_app.a])
    assert ended["portals"][0]["code"] == "trial_would_start"
    assert ended["portals"][0]["planId"]
    assert installed_app.writes() == []
    done = operator.run([installed_app.a], accept=["trial_would_start"])
    assert done["status"] == "done"


def test_each_portal_has_its_own_variables(installed_app: AppHarness, operator: Operator) -> None:
    wanted = document()
    wanted["variables"] = {"desk": "Desk"}
    wanted["flows"]["desk-0"]["name"] = "$desk"
    variables = {installed_app.a.member_id: {"desk": "Reception"}}
    operator.run([installed_app.a, installed_app.b], wanted, variables=variables)
    assert "Reception" in names(installed_app)[0]
    assert "Desk" in names(installed_app)[1]


def test_a_cancelled_rollout_finishes_what_is_under_way_and_begins_no_other(
    installed_app: AppHarness, operator: Operator
) -> None:
    held, go_on = threading.Event(), threading.Event()
    before = installed_app.transport.send

    def hold(request: Any, *more: Any, **named: Any) -> Any:
        if "Flow.create" in str(request.body):
            held.set()
            go_on.wait(20)
        return before(request, *more, **named)

    installed_app.transport.send = hold  # type: ignore[method-assign]
    begun = operator.begun([installed_app.a, installed_app.b], waves=[1])
    assert held.wait(20)
    cancelled = operator.post(begun, "cancel")
    assert statuses(cancelled) == ["running", "cancelled"]
    assert operator.post(begun, "cancel")["progress"]["waiting"] == 2
    go_on.set()
    ended = operator.ended(begun)
    assert (ended["status"], statuses(ended)) == ("cancelled", ["done", "cancelled"])
    assert operator.post(begun, "cancel") == operator.post(begun, "retry") == ended


def test_polling_costs_nothing_while_nothing_happens(operator: Operator) -> None:
    ended = operator.run("all")
    address = f"/api/v1/rollouts/{ended['id']}"
    tag = operator.api.call("GET", address).headers["ETag"]
    same = operator.api.call("GET", address, headers={"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    assert operator.api.call("GET", "/api/v1/rollouts/999").status_code == 404


def test_a_key_of_one_portal_may_not(api: Api) -> None:
    for verb, path in (
        ("GET", ""), ("POST", ""), ("GET", "/1"), ("POST", "/1/cancel"), ("POST", "/1/retry"),
    ):  # fmt: skip
        answer = api.call(verb, f"/api/v1/rollouts{path}", json={} if verb == "POST" else None)
        assert (answer.status_code, answer.json["code"]) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"portals": []}, "/portals"),
        ({"portals": ["ffff"]}, "/portals/0"),
        ({"portals": "none"}, "/portals"),
        ({"portals": None}, "/portals"),
        ({"portals": [1]}, "/portals"),
        ({"document": None}, "/document"),
        ({"variables": {"ffff": {}}}, "/variables/ffff"),
        ({"variables": []}, "/variables"),
        ({"mapping": {"ffff": {}}}, "/mapping/ffff"),
        ({"waves": [0]}, "/waves/0"),
        ({"waves": []}, "/waves"),
        ({"waves": [True]}, "/waves"),
        ({"stopAfterFailures": 1.5}, "/stopAfterFailures"),
        ({"stopAfterFailures": -0.1}, "/stopAfterFailures"),
        ({"stopAfterFailures": "0"}, "/stopAfterFailures"),
        ({"accept": ["everything"]}, "/accept"),
        ({"prune": True}, "/prune"),
        ({"document": {"schema": 1, "flows": {"a": {"name": "A", "colour": 1}}}},
         "/flows/a/colour"),
    ],
)  # fmt: skip
def test_what_cannot_be_started_is_refused_with_a_pointer(
    change: dict[str, Any], pointer: str, shared_app: AppHarness
) -> None:
    operator = Operator(shared_app)
    body = {"document": document(), "portals": [shared_app.a.member_id]} | change
    answer = operator.api.call("POST", "/api/v1/rollouts", json=body)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_document"), answer.text
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]


def test_a_portal_that_is_named_twice_and_a_strange_variable_are_refused(
    shared_app: AppHarness,
) -> None:
    operator = Operator(shared_app)
    twice = operator.start([shared_app.a, shared_app.b, shared_app.a])
    assert [one["pointer"] for one in twice.json["errors"]] == ["/portals/2"]
    member_id = shared_app.a.member_id
    strange = operator.start([shared_app.a], variables={member_id: {"desk": "x"}})
    assert strange.json["errors"][0]["pointer"] == f"/variables/{member_id}/desk"
    assert operator.api.call("GET", "/api/v1/rollouts").json["items"] == []


def test_the_same_call_under_one_key_starts_one_rollout(
    installed_app: AppHarness, operator: Operator
) -> None:
    body = {"document": document(), "portals": "all"}
    sent = {"json": body, "headers": {"Idempotency-Key": "once"}}
    first, second = (
        operator.api.call("POST", "/api/v1/rollouts", **{**sent, "headers": dict(sent["headers"])})
        for _ in range(2)
    )
    assert first.json == second.json
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(operator.api.call("GET", "/api/v1/rollouts").json["items"]) == 1
    operator.ended(first.json)


def test_two_rollouts_at_once_make_no_flow_twice(
    installed_app: AppHarness, operator: Operator
) -> None:
    begun = [operator.begun("all", document(2)) for _ in range(3)]
    assert [operator.ended(one)["status"] for one in begun] == ["done"] * 3
    for portal in (installed_app.a, installed_app.b):
        found = [flow.name for flow in portal.flows.values()]
        assert len(found) == len(set(found))


def test_a_portal_that_leaves_takes_its_part_along(
    installed_app: AppHarness, operator: Operator
) -> None:
    ended = operator.run("all")
    installed_app.container.portals.forget(installed_app.b.member_id)
    left = operator.get(ended)
    assert [one["memberId"] for one in left["portals"]] == [installed_app.a.member_id]


def test_rollouts_are_paged(operator: Operator) -> None:
    ids = [operator.run("all")["id"] for _ in range(3)]
    first = operator.api.call("GET", "/api/v1/rollouts?limit=2")
    assert [one["id"] for one in first.json["items"]] == [ids[2], ids[1]]
    following = first.headers["Link"].split(">")[0].lstrip("<").split("8000", 1)[1]
    assert [one["id"] for one in operator.api.call("GET", following).json["items"]] == [ids[0]]


def test_work_that_was_left_by_a_killed_process_is_taken_up(
    installed_app: AppHarness, operator: Operator
) -> None:
    order = Order([installed_app.a.member_id])
    rollouts = installed_app.container.rollouts
    begun = rollouts.start(node_of(document()), order, OPERATOR, here=False)
    # As a process leaves it that dies while it makes the plan.
    left = {"status": "running", "owner": "dead", "lease_until": datetime(2026, 1, 1, tzinfo=UTC)}
    with installed_app.container.database.write() as session:
        session.execute(update(RolloutPortalRow).values(**left))
    installed_app.container.runner.wake()
    assert operator.ended({"id": begun.id})["status"] == "done"
