"""What a program can read over the API: portals, flows with all their fields, names."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import LEAST

RETURNED = {
    "id": 103,
    "creatorId": 3,
    "ownerId": 3,
    "groupId": 10,
    "templateId": 0,
    "efficiency": 64,
    "active": True,
    "plannedCompletionTime": 4 * 3600,
    "activity": "2026-05-11T21:06:22+00:00",
    "name": "Content",
    "description": "Texts and pictures for the website",
    "distributionType": "himself",
    "responsibleList": [["user", "3"], ["department", "2:F"]],
    "demo": False,
    "responsibleCanChangeDeadline": True,
    "matchWorkTime": True,
    "matchSchedule": True,
    "taskControl": True,
    "notifyAtHalfTime": True,
    "notifyOnQueueOverflow": 20,
    "notifyOnTasksInProgressOverflow": 10,
    "notifyWhenEfficiencyDecreases": 80,
    "taskCreators": [["user", "10"], ["department", "3"]],
    "team": [["user", "3"], ["department", "2:F"]],
    "trialFeatureEnabled": False,
}
"""Every field of flow 103 as the portal shows it."""


@pytest.mark.reference(
    "result",
    "Returned fields: id",
    "creatorId",
    "Returned fields: ownerId",
    "Returned fields: groupId",
    "Returned fields: templateId",
    "efficiency",
    "active",
    "Returned fields: plannedCompletionTime",
    "activity",
    "Returned fields: name",
    "Returned fields: description",
    "Returned fields: distributionType",
    "Returned fields: responsibleList",
    "demo",
    "Returned fields: responsibleCanChangeDeadline",
    "Returned fields: matchWorkTime",
    "Returned fields: taskControl",
    "Returned fields: notifyAtHalfTime",
    "Returned fields: notifyOnQueueOverflow",
    "Returned fields: notifyOnTasksInProgressOverflow",
    "Returned fields: notifyWhenEfficiencyDecreases",
    "Returned fields: taskCreators",
    "team",
    "trialFeatureEnabled",
    "Returned fields: matchSchedule (on neither page)",
)
@pytest.mark.parametrize("field", RETURNED)
def test_a_field_comes_out_as_the_portal_shows_it(
    field: str, api: Api, installed_app: AppHarness
) -> None:
    installed_app.flow(103).activity = datetime.fromisoformat(RETURNED["activity"]).timestamp()

    found = api.get(103).json

    assert found[field] == RETURNED[field]
    assert type(found[field]) is type(RETURNED[field])
    assert list(found) == list(RETURNED)


@pytest.mark.reference("Returned fields: responsibleList", "team")
def test_the_team_of_a_moderator_is_the_project(api: Api, installed_app: AppHarness) -> None:
    assert api.get(102).json["responsibleList"] == [["user", "4"]]
    assert api.get(102).json["team"] == [["user", "1"], ["user", "21"]]


@pytest.mark.parametrize(("name", "there"), [("IT help desk", True), ("No such flow", False)])
def test_a_name_is_looked_for(name: str, there: bool, api: Api) -> None:
    assert api.get("exists", query_string={"name": name}).json["exists"] is there


def listed(api: Api, *flow_ids: int) -> list[dict[str, Any]]:
    """Flows as they stand in a list: with their etags."""
    answers = [api.get(flow_id) for flow_id in flow_ids]
    return [answer.json | {"etag": answer.headers["ETag"]} for answer in answers]


def test_the_list_is_complete_where_the_portal_lists(stored_api: Api) -> None:
    answer = stored_api.get().json

    assert answer["complete"] is True
    assert answer["items"] == listed(stored_api, 101, 102, 103, 104)


def test_the_list_shows_known_flows_where_the_portal_does_not_list(stored_app: AppHarness) -> None:
    api = stored_app.program(stored_app.b)
    assert api.get().json == {"items": [], "complete": False}

    api.get(201)
    made = api.post(LEAST).json

    assert api.get().json == {"items": listed(api, 201, made["id"]), "complete": False}


def test_a_long_list_is_read_in_few_requests(api: Api, installed_app: AppHarness) -> None:
    for number in range(200, 330):
        installed_app.a.flows[number] = replace(
            installed_app.flow(101), id=number, name=f"Flow {number}"
        )
    sent = installed_app.transport.sent

    assert len(api.get().json["items"]) == 134
    assert installed_app.transport.sent - sent <= 4


def test_portals_are_shown_without_secrets(stored_app: AppHarness) -> None:
    portal = stored_app.a
    api = stored_app.program(portal)

    (shown,) = api.call("GET", "/api/v1/portals").json["items"]

    assert api.call("GET", f"/api/v1/portals/{portal.member_id}").json == shown
    assert shown | {"installedAt": "", "seenAt": ""} == {
        "memberId": portal.member_id,
        "domain": portal.host,
        "status": "active",
        "applicationStatus": "F",
        "scope": ["task", "user_brief", "department", "sonet_group"],
        "language": "en",
        "installedAt": "",
        "seenAt": "",
        "installerId": 1,
        "authorization": "ok",
        "authorizationReason": "",
        "attention": [],
    }
    assert datetime.fromisoformat(shown["installedAt"]).utcoffset() == timedelta(0)


def test_the_operator_sees_every_portal(installed_app: AppHarness) -> None:
    operator = installed_app.program(None)

    listed = operator.call("GET", "/api/v1/portals").json["items"]

    assert [portal["memberId"] for portal in listed] == [
        installed_app.a.member_id,
        installed_app.b.member_id,
    ]
    assert operator.get(101).status_code == 200
    assert (
        operator.call("GET", f"/api/v1/portals/{installed_app.b.member_id}/flows/201").status_code
        == 200
    )


def test_messages_are_in_the_language_that_is_asked_for(api: Api) -> None:
    english = api.post({}).json["errors"][0]["message"]
    russian = api.post({}, Accept_Language="ru").json["errors"][0]["message"]

    assert english == "This field is required."
    assert russian != english
