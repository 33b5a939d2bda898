"""Nobody overwrites what they have not seen, and nobody creates twice what they asked for once."""

from __future__ import annotations

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST, WHOLE


def test_all_answers_with_a_flow_bear_the_same_mark(api: Api) -> None:
    made = api.post(WHOLE)
    flow_id = made.json["id"]

    marks = [
        answer.headers["ETag"]
        for answer in (
            made,
            api.get(flow_id),
            api.put(WHOLE),
            api.patch(flow_id, {}),
            api.put({"active": True}, f"{flow_id}/active"),
        )
    ]

    assert len(set(marks)) == 1
    assert marks[0].startswith('"')


@pytest.mark.parametrize(
    "action",
    [
        lambda api, installed_app: api.patch(101, {"description": "Other"}),
        lambda api, installed_app: api.put({"active": False}, "101/active"),
        lambda api, installed_app: setattr(installed_app.flow(101), "match_work_time", False),
        lambda api, installed_app: installed_app.flow(101).task_creators.append("U9"),
        lambda api, installed_app: setattr(
            installed_app.flow(101), "notify_on_queue_overflow", None
        ),
    ],
)
def test_the_mark_changes_with_the_settings(action, api: Api, installed_app: AppHarness) -> None:
    before = api.get(101).headers["ETag"]

    action(api, installed_app)

    assert api.get(101).headers["ETag"] != before


def test_the_mark_does_not_change_with_what_happens_in_the_flow(
    api: Api, installed_app: AppHarness
) -> None:
    before = api.get(102).headers["ETag"]

    installed_app.flow(102).efficiency, installed_app.flow(102).activity = 12, 0.0
    installed_app.a.groups[11].members.add(9)

    assert api.get(102).headers["ETag"] == before


CONDITIONS = [
    ("{mark}", True),
    ("*", True),
    ('"other", {mark}', True),
    ('"other"', False),
    ('"other", "another"', False),
    ("W/{mark}", False),
    ('W/{mark}, W/"other"', False),
    ("other", False),
    ('""', False),
    (",", False),
]


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
@pytest.mark.parametrize("verb", ["PATCH", "PUT", "DELETE"])
def test_a_change_is_made_only_if_the_flow_was_seen(
    verb: str, condition: str, holds: bool, api: Api, installed_app: AppHarness
) -> None:
    before = api.get(101)
    headers = {"If-Match": condition.format(mark=before.headers["ETag"])}
    path = f"{api.flows}/101" + ("/active" if verb == "PUT" else "")
    sent = {"PATCH": {"description": "New"}, "PUT": {"active": False}, "DELETE": None}[verb]

    answer = api.call(verb, path, json=sent, headers=headers)

    if holds:
        assert answer.status_code in (200, 204)
        assert installed_app.writes()
    else:
        assert (answer.status_code, answer.json["code"]) == (412, "flow_changed")
        assert api.get(101).json == before.json
        assert installed_app.writes() == []


def test_a_condition_on_a_flow_that_is_not_there_is_not_found(api: Api) -> None:
    for verb in ("PATCH", "DELETE"):
        answer = api.call(verb, f"{api.flows}/999", json={}, headers={"If-Match": "*"})
        assert answer.status_code == 404


def test_the_same_call_gets_the_first_answer_again(stored_app: AppHarness) -> None:
    api = stored_app.program(stored_app.a)
    first = api.post(LEAST, Idempotency_Key="call-1")
    stored_app.flow(first.json["id"]).description = "Changed meanwhile"

    again = api.post(dict(reversed(LEAST.items())), Idempotency_Key="call-1")

    assert (again.status_code, again.json) == (201, first.json)
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert len(stored_app.writes()) == 1


def test_a_refusal_is_given_again_too(api: Api, installed_app: AppHarness) -> None:
    taken = LEAST | {"name": "IT help desk"}
    first = api.post(taken, Idempotency_Key="call-1")
    del installed_app.a.flows[101]

    again = api.post(taken, Idempotency_Key="call-1")

    assert (first.status_code, again.status_code) == (409, 409)
    assert (again.json, again.headers["Content-Type"]) == (
        first.json,
        first.headers["Content-Type"],
    )


def test_the_same_name_for_another_call_is_refused(api: Api, installed_app: AppHarness) -> None:
    api.post(LEAST, Idempotency_Key="call-1")

    answer = api.post(LEAST | {"name": "Another"}, Idempotency_Key="call-1")

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")
    assert len(installed_app.writes()) == 1


def test_names_of_calls_are_private_to_a_key_and_a_portal(installed_app: AppHarness) -> None:
    operator, program = installed_app.program(None), installed_app.program(installed_app.a)
    path = f"/api/v1/portals/{installed_app.b.member_id}/flows"
    named = {"headers": {"Idempotency-Key": "call-1"}}

    first = operator.post(LEAST, Idempotency_Key="call-1")
    other_portal = operator.call("POST", path, json=LEAST, **named)
    other_key = program.post(LEAST | {"name": "Another"}, Idempotency_Key="call-1")

    assert [first.status_code, other_portal.status_code, other_key.status_code] == [201] * 3


def test_a_call_that_broke_down_may_be_tried_again(api: Api, installed_app: AppHarness) -> None:
    installed_app.control.fail("batch", "OVERLOAD_LIMIT")
    installed_app.control.html("batch", 404)

    first = api.post(LEAST, Idempotency_Key="call-1")
    second = api.post(LEAST, Idempotency_Key="call-2")
    again = api.post(LEAST, Idempotency_Key="call-2")

    assert first.json["code"] == "portal_refused"
    assert second.status_code == 502
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers


@pytest.mark.parametrize("name", ["", " ", "a b", "ключ", "x" * 256])
def test_a_name_that_is_none_is_refused(name: str, api: Api, installed_app: AppHarness) -> None:
    headers = {"Idempotency-Key": name.encode().decode("latin-1")}

    answer = api.call("POST", api.flows, json=LEAST, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (400, "malformed")
    assert installed_app.writes() == []
