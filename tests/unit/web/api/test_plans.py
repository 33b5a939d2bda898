"""Flows as code over the API: export, plan, apply, undo, retry, history, adoption."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.blueprint_harness import Documents

NEW = """
schema: 1
flows:
  laptops:
    name: {en: Laptops, ru: Ноутбуки}
    plannedCompletionTime: 4h
    distributionType: queue
    responsibleList: [{user: {id: 2}}, {user: {id: 3}}]
    active: false
"""
CHANGE = (
    "schema: 1\nflows:\n  content: {name: Content, notifyOnQueueOverflow: off, active: false}\n"
)


@pytest.fixture
def documents(api: Api) -> Documents:
    """A program with the key of portal A."""
    return Documents(api)


def planned(documents: Documents, document: str, **options: Any) -> dict[str, Any]:
    answer = documents.plan(document, **options)
    assert answer.status_code == 201, answer.text
    return dict(answer.json)


def actions(plan: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(one["action"], one["flowId"]) for one in plan["changes"]]


@pytest.mark.parametrize("people", ["name", "email"])
def test_an_export_applied_to_the_same_portal_is_an_empty_plan(
    people: str, installed_app: AppHarness
) -> None:
    for portal in (installed_app.a, installed_app.b):
        documents = Documents(installed_app.program(portal))
        # Portal B has no list, so its flows are those that we were shown.
        for number in portal.flows:
            documents.api.get(number)
        plan = planned(documents, documents.export(people=people))
        assert {action for action, _ in actions(plan)} == {"unchanged"}, plan
        assert len(plan["changes"]) == len(portal.flows)
        answer = documents.apply(plan)
        assert (answer.status_code, answer.json["status"]) == (202, "applied")
    assert installed_app.writes() == []


def test_a_new_flow_is_planned_created_and_owned(
    documents: Documents, installed_app: AppHarness
) -> None:
    plan = planned(documents, NEW)
    assert plan["summary"] == {
        "create": 1, "update": 0, "activate": 0, "deactivate": 1, "delete": 0, "unchanged": 0,
    }  # fmt: skip
    assert plan["changes"][0]["fields"][0] == {"field": "name", "before": None, "after": "Laptops"}
    assert installed_app.writes() == []

    ended = documents.applied(plan)
    number = ended["changes"][0]["outcome"]["flowId"]
    flow = installed_app.flow(number)
    assert ended["status"] == "applied"
    assert (flow.name, flow.active, flow.planned_completion_time) == ("Laptops", False, 14400)
    assert actions(planned(documents, NEW)) == [("unchanged", number)]
    renamed = NEW.replace("en: Laptops", "en: Notebooks")
    assert actions(planned(documents, renamed)) == [("update", number)]
    absent = "schema: 1\nflows: {laptops: {state: absent}}"
    assert actions(planned(documents, absent)) == [("delete", number)]


def test_what_is_left_out_stays_and_every_write_has_its_line(
    documents: Documents, installed_app: AppHarness
) -> None:
    before = installed_app.flow(103).description
    ended = documents.applied(planned(documents, CHANGE))

    assert [one["outcome"]["status"] for one in ended["changes"]] == ["done", "done"]
    flow = installed_app.flow(103)
    assert (flow.active, flow.notify_on_queue_overflow) == (False, None)
    assert flow.description == before
    lines = documents.get("history").json["items"]
    assert [(one["action"], one["through"], one["who"]["kind"]) for one in lines] == [
        ("deactivate", "plan", "key"),
        ("update", "plan", "key"),
    ]
    assert lines[1]["fields"] == [{"field": "notifyOnQueueOverflow", "before": 20, "after": 0}]


def test_a_plan_is_undone(documents: Documents, installed_app: AppHarness) -> None:
    both = CHANGE + NEW.partition("flows:\n")[2]
    done = documents.applied(planned(documents, both))
    undo = documents.post(f"plans/{done['id']}/undo")
    assert undo.status_code == 201
    assert undo.headers["Location"].endswith(f"/plans/{undo.json['id']}")

    assert documents.applied(undo.json)["status"] == "applied"
    flow = installed_app.flow(103)
    assert (flow.active, flow.notify_on_queue_overflow) == (True, 20)
    deletion = documents.post(f"plans/{done['id']}/undo?created=delete").json
    assert ("delete", done["changes"][0]["outcome"]["flowId"]) in actions(deletion)


def test_a_deleted_flow_comes_back_by_an_undo(
    documents: Documents, installed_app: AppHarness
) -> None:
    assert documents.post("flows/102/adopt", json={"key": "buy"}).status_code == 200
    pruned = planned(documents, "schema: 1\nflows: {}", prune=True)
    assert actions(pruned) == [("delete", 102)]
    done = documents.applied(pruned)
    assert 102 not in installed_app.a.flows

    back = documents.applied(documents.post(f"plans/{done['id']}/undo").json)
    flow = installed_app.flow(back["changes"][0]["outcome"]["flowId"])
    assert (flow.name, flow.active, flow.template_id, flow.owner_id) == ("Purchases", False, 20, 4)


def test_what_is_not_owned_is_not_deleted(documents: Documents) -> None:
    documents.applied(planned(documents, CHANGE))
    (change,) = planned(documents, "schema: 1\nflows: {content: {state: absent}}")["changes"]

    assert change["action"] == "unchanged"
    assert "adopted" in change["reason"]
    assert planned(documents, "schema: 1\nflows: {}", prune=True)["changes"] == []


def test_a_key_names_one_flow(documents: Documents) -> None:
    assert documents.post("flows/101/adopt", json={"key": "desk"}).status_code == 200
    again = documents.post("flows/102/adopt", json={"key": "desk"})
    assert (again.status_code, again.json["code"]) == (409, "key_taken")
    assert documents.post("flows/999/adopt", json={"key": "x"}).status_code == 404
    assert documents.post("flows/101/adopt", json={"key": ""}).status_code == 422


def test_a_flow_that_changed_since_is_skipped(
    documents: Documents, installed_app: AppHarness
) -> None:
    plan = planned(documents, CHANGE)
    installed_app.flow(103).description = "Somebody was here"

    ended = documents.applied(plan)
    outcomes = [(one["outcome"]["status"], one["outcome"]["code"]) for one in ended["changes"]]
    assert outcomes == [("skipped", "flow_changed")] * 2
    assert ended["status"] == "failed"
    assert installed_app.flow(103).active
    retried = documents.post(f"plans/{plan['id']}/retry")
    assert retried.status_code == 201
    assert documents.applied(retried.json)["status"] == "applied"
    assert not installed_app.flow(103).active


def test_references_are_found_by_name_or_asked_about(documents: Documents) -> None:
    document = NEW.replace("{user: {id: 2}}", "{user: Nobody Here}")
    answer = documents.plan(document)
    assert (answer.status_code, answer.json["code"]) == (422, "unresolved")
    assert answer.json["references"] == [
        {
            "pointer": "/flows/laptops/responsibleList/0/user",
            "kind": "user",
            "text": "Nobody Here",
            "candidates": [],
        }
    ]
    assert documents.plan(document, mapping={"Nobody Here": "99999"}).status_code == 422
    chosen = planned(documents, document, mapping={"nobody here": "4"})
    after = {one["field"]: one["after"] for one in chosen["changes"][0]["fields"]}
    assert after["responsibleList"] == [["user", "4"], ["user", "3"]]
    # What was chosen is remembered for the portal.
    assert planned(documents, document)["summary"]["create"] == 1


def test_a_missing_number_is_asked_about_too(documents: Documents) -> None:
    answer = documents.plan(NEW.replace("id: 2", "id: 4000"))
    (reference,) = answer.json["references"]
    assert (answer.status_code, reference["text"], reference["kind"]) == (422, "4000", "user")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ("[{user: {id: 5}}, {user: {id: 2}}]", "person_dismissed"),
        ("[{department: {id: 2}}, {user: {id: 3}}]", "queue_overlap"),
        ("[{user: {id: 5}}]", "team_empty"),
    ],
)
def test_what_is_unsafe_has_to_be_accepted(
    members: str, code: str, documents: Documents, installed_app: AppHarness
) -> None:
    document = NEW.replace("[{user: {id: 2}}, {user: {id: 3}}]", members)
    installed_app.a.users[3].departments = (2,)
    plan = planned(documents, document)
    codes = [one["code"] for one in plan["unsafe"]]
    assert code in codes

    refused = documents.apply(plan)
    assert (refused.status_code, refused.json["code"]) == (409, "plan_unsafe")
    wrong = documents.apply(plan, *codes, "many_deletions")
    assert wrong.status_code == 422
    assert documents.get(f"plans/{plan['id']}").json["status"] == "planned"
    assert documents.applied(plan, *codes)["status"] == "applied"


def test_a_plan_is_applied_as_it_was_seen_and_once(documents: Documents) -> None:
    plan = planned(documents, CHANGE)
    changed = documents.apply(plan | {"digest": "another"})
    assert (changed.status_code, changed.json["code"]) == (412, "plan_changed")
    for body in ({}, {"digest": 3}, {"digest": plan["digest"], "accept": "x"}):
        assert documents.post(f"plans/{plan['id']}/apply", json=body).status_code == 422
    documents.applied(plan)
    again = documents.apply(plan)
    assert (again.status_code, again.json["code"]) == (409, "plan_already_applied")
    assert documents.post("plans/999/apply", json={"digest": "x"}).status_code == 404


def test_a_plan_that_was_not_applied_cannot_be_undone(documents: Documents) -> None:
    plan = planned(documents, CHANGE)
    for verb in ("undo", "retry"):
        answer = documents.post(f"plans/{plan['id']}/{verb}")
        assert (answer.status_code, answer.json["code"]) == (409, "plan_not_applied")


def test_plans_are_listed_in_pages_and_polled_with_an_etag(documents: Documents) -> None:
    numbers = [planned(documents, CHANGE)["id"] for _ in range(3)]
    first = documents.get("plans?limit=2")
    assert [one["id"] for one in first.json["items"]] == numbers[:0:-1]
    address = first.headers["Link"][1:].partition(">")[0].partition("/plans")[2]
    rest = documents.get(f"plans{address}")
    assert [one["id"] for one in rest.json["items"]] == numbers[:1]
    assert "Link" not in rest.headers

    seen = documents.get(f"plans/{numbers[0]}")
    again = documents.get(f"plans/{numbers[0]}", headers={"If-None-Match": seen.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_change_in_bitrix24_is_noted_once(
    documents: Documents, installed_app: AppHarness
) -> None:
    documents.api.get(103)
    installed_app.flow(103).efficiency = 12
    installed_app.flow(103).description = "Changed there"
    for _ in range(2):
        documents.api.get(103)
        documents.api.get()

    (line,) = documents.get("history").json["items"]
    assert (line["through"], line["who"]) == (
        "elsewhere",
        {"kind": "unknown", "id": None, "name": None},
    )
    assert [one["field"] for one in line["fields"]] == ["description"]


def test_a_state_of_the_history_is_restored(
    documents: Documents, installed_app: AppHarness
) -> None:
    for text in ("first", "second"):
        documents.api.patch(103, {"description": text})
    documents.api.patch(103, {"description": "second"})
    lines = documents.get("history").json["items"]
    assert [one["through"] for one in lines] == ["api", "api"]

    plan = documents.post(f"history/{lines[1]['id']}/restore")
    assert plan.status_code == 201
    assert documents.applied(plan.json)["status"] == "applied"
    assert installed_app.flow(103).description == "first"
    assert documents.post("history/999/restore").status_code == 404
    assert documents.get("history?before=x").status_code == 400
    older = documents.get(f"history?before={lines[0]['id']}").json["items"]
    assert [one["id"] for one in older] == [lines[1]["id"]]


@pytest.mark.parametrize(
    ("query", "status"),
    [("people=phone", 400), ("ids=x", 400), ("ids=101,999", 404), ("ids=101", 200)],
)
def test_an_export_says_what_it_cannot_do(query: str, status: int, documents: Documents) -> None:
    assert documents.get(f"flows/export?{query}").status_code == status


def test_json_is_taken_and_given(documents: Documents) -> None:
    document = documents.get("flows/export", headers={"Accept": "application/json"}).json
    plan = documents.post("plans", json={"document": document, "prune": False})
    assert plan.status_code == 201
    document["flows"]["x"] = {"name": "X"}
    wrong = documents.post("plans", json={"document": document})
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid_document")
    assert {one["pointer"] for one in wrong.json["errors"]} == {
        "/flows/x/plannedCompletionTime",
        "/flows/x/distributionType",
        "/flows/x/responsibleList",
    }
    assert {one["line"] for one in wrong.json["errors"]} == {None}
    assert documents.post("plans", json={"document": document, "other": 1}).status_code == 422


def test_one_portal_does_not_see_the_plans_of_another(
    documents: Documents, installed_app: AppHarness
) -> None:
    plan = planned(documents, CHANGE)
    other = Documents(installed_app.program(installed_app.b))
    assert other.get(f"plans/{plan['id']}").status_code == 404
    assert other.apply(plan).status_code == 404
    assert other.get("plans").json["items"] == []
