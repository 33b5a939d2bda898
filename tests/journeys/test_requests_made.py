"""How few requests an action needs: each costs half a second of a portal's rate limit."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.blueprint_harness import Documents
from tests.support.many_flows import add_flows

FLOW = {
    "name": "Contracts",
    "description": "Everything that is signed",
    "plannedCompletionTime": 7200,
    "distributionType": "himself",
    "responsibleList": [["department", "2:F"], ["user", "17"]],
    "taskCreators": [["department", "1"], ["user", "3"]],
    "templateId": 20,
    "notifyOnQueueOverflow": 5,
}


def requests_made(installed_app: AppHarness) -> list[dict[str, Any]]:
    """What reached the portal since the last look, the calls inside a batch not counted."""
    made = [entry for entry in installed_app.control.journal(kind="rest") if not entry["in_batch"]]
    installed_app.control.forget_journal()
    return made


@pytest.mark.promise("two requests at most for a creation")
@pytest.mark.parametrize(
    "flow",
    [
        FLOW,
        FLOW | {"groupId": 10},
        FLOW | {"taskCreators": []},
        FLOW | {"distributionType": "manually", "responsibleList": [["user", "4"]]},
    ],
    ids=["a new project", "a project that exists", "no task creators", "a moderator"],
)
def test_a_flow_is_made_with_two_requests(
    flow: dict[str, Any], installed_app: AppHarness, api: Api
) -> None:
    requests_made(installed_app)
    assert api.post(flow).status_code == 201
    assert len(requests_made(installed_app)) == 2


@pytest.mark.promise("two requests at most for a creation")
@pytest.mark.parametrize(
    "changes",
    [
        {"description": ""},
        {"name": "Advice", "ownerId": 4, "taskControl": False},
        {"responsibleList": [["user", "3"]], "distributionType": "manually"},
        {"notifyOnQueueOverflow": None},
    ],
    ids=["a text", "a name", "a moderator", "an alert turned off"],
)
@pytest.mark.parametrize("creators", [["UA"], []], ids=["creators", "no creators"])
def test_a_flow_is_changed_with_two_requests(
    creators: list[str], changes: dict[str, Any], installed_app: AppHarness, api: Api
) -> None:
    installed_app.a.flows[103].task_creators = creators
    requests_made(installed_app)
    assert api.patch(103, changes).status_code == 200
    assert len(requests_made(installed_app)) == 2
    assert installed_app.a.flows[103].task_creators == creators


@pytest.mark.promise("two requests at most for a creation")
def test_a_flow_is_put_with_two_requests(installed_app: AppHarness, api: Api) -> None:
    requests_made(installed_app)
    assert api.put(FLOW).status_code == 201
    assert len(requests_made(installed_app)) == 2
    assert api.put(FLOW | {"description": "Signed"}).status_code == 200
    assert len(requests_made(installed_app)) == 2
    assert api.put(FLOW | {"description": "Signed"}).status_code == 200
    assert len(requests_made(installed_app)) == 1


def test_nothing_to_change_is_one_request(installed_app: AppHarness, api: Api) -> None:
    flow = api.get(101).json
    requests_made(installed_app)
    assert api.patch(101, flow).json == flow
    assert len(requests_made(installed_app)) == 1


@pytest.mark.promise("500 flows in at most 12 requests")
def test_five_hundred_flows_are_read_with_twelve_requests(
    installed_app: AppHarness, api: Api
) -> None:
    for number in range(200, 700 - 4):
        installed_app.a.flows[number] = deepcopy(installed_app.a.flows[101])
        installed_app.a.flows[number].id, installed_app.a.flows[number].name = (
            number,
            f"Flow {number}",
        )
    requests_made(installed_app)
    answer = api.get()
    assert (len(answer.json["items"]), answer.json["complete"]) == (500, True)
    assert answer.json["items"][-1]["taskCreators"] == [["meta-user", "all-users"]]
    assert len(requests_made(installed_app)) <= 12


@pytest.mark.promise("500 flows are planned with at most 15 requests")
def test_five_hundred_flows_are_planned_with_fifteen_requests(
    installed_app: AppHarness, api: Api
) -> None:
    add_flows(installed_app.a, 500)
    documents = Documents(api)
    document = documents.export()
    requests_made(installed_app)
    plan = documents.plan(document).json
    assert plan["summary"]["unchanged"] == 500
    assert len(requests_made(installed_app)) <= 15


@pytest.mark.promise("switches go as 1 and 0, null never goes by batch")
def test_batches_carry_switches_as_numbers_and_no_null(installed_app: AppHarness, api: Api) -> None:
    requests_made(installed_app)
    api.post(FLOW | {"notifyOnQueueOverflow": None, "taskControl": True})
    api.patch(103, {"notifyWhenEfficiencyDecreases": None, "matchWorkTime": False})
    api.put({"active": True}, "102/active")
    batches = [
        made["params"]["cmd"] for made in requests_made(installed_app) if made["method"] == "batch"
    ]
    text = json.dumps(batches)
    assert "taskControl%5D=1" in text
    assert "matchWorkTime%5D=0" in text
    for word in ("True", "False", "true", "false", "None", "null"):
        assert f"={word}" not in text
