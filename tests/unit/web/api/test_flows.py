"""What a program does with flows over the API, and what then stands in the portal."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import DEFAULTS, LEAST, WHOLE

ONE_FIELD = [
    ("name", "Another name", "Another name"),
    ("description", "Another description", "Another description"),
    ("description", None, ""),
    ("groupId", 11, 11),
    ("ownerId", 2, 2),
    ("templateId", 20, 20),
    ("plannedCompletionTime", 7201, 7201),
    ("responsibleList", [["user", 4]], [["user", "4"]]),
    ("taskCreators", [], []),
    ("taskCreators", {"meta-user": "all-users"}, [["meta-user", "all-users"]]),
    ("matchWorkTime", False, False),
    ("matchSchedule", 0, False),
    ("responsibleCanChangeDeadline", False, False),
    ("notifyAtHalfTime", False, False),
    ("taskControl", 0, False),
    ("notifyOnQueueOverflow", 77, 77),
    ("notifyOnTasksInProgressOverflow", None, None),
    ("notifyWhenEfficiencyDecreases", 0, None),
]
"""Field, what is sent, what then stands in flow 103."""


@pytest.mark.reference(
    "flowData",
    "name (create, required)",
    "Parameters: description",
    "groupId: a project",
    "Parameters: ownerId",
    "Parameters: templateId",
    "plannedCompletionTime (required)",
    "distributionType (required)",
    "responsibleList (required)",
    "Parameters: taskCreators",
    "matchWorkTime (0 or 1)",
    "responsibleCanChangeDeadline (0 or 1)",
    "notifyAtHalfTime (0 or 1)",
    "taskControl (0 or 1)",
    "Parameters: notifyOnQueueOverflow",
    "Parameters: notifyOnTasksInProgressOverflow",
    "Parameters: notifyWhenEfficiencyDecreases",
    "Parameters: matchSchedule (on neither page)",
    "result",
    "Returned fields: taskCreators",
)
def test_a_flow_with_every_field_stands_in_the_portal(
    stored_api: Api, stored_app: AppHarness
) -> None:
    answer = stored_api.post(WHOLE)

    assert answer.status_code == 201
    assert {name: answer.json[name] for name in WHOLE} == WHOLE
    found = stored_api.call("GET", answer.headers["Location"])
    assert found.json == answer.json | {"activity": found.json["activity"]}
    flow = asdict(stored_app.flow(answer.json["id"]))
    assert flow["responsibles"] == {"himself": ["U3", "DR2", "D4"]}
    assert flow["task_creators"] == ["U7", "D6"]
    assert (flow["match_work_time"], flow["match_schedule"]) == (False, True)
    assert flow["owner_id"] == 2
    assert flow["creator_id"] == 1


@pytest.mark.reference(
    "groupId left out on creation", "Parameters: ownerId", "Parameters: taskCreators"
)
def test_what_is_left_out_has_the_defaults_of_the_contract(
    api: Api, installed_app: AppHarness
) -> None:
    answer = api.post(LEAST)

    assert {name: answer.json[name] for name in DEFAULTS} == DEFAULTS
    assert installed_app.a.groups[answer.json["groupId"]].name == "Least"


@pytest.mark.reference(
    "matchWorkTime (0 or 1)",
    "responsibleCanChangeDeadline (0 or 1)",
    "notifyAtHalfTime (0 or 1)",
    "taskControl (0 or 1)",
    "Parameters: notifyOnQueueOverflow",
    "Parameters: notifyOnTasksInProgressOverflow",
    "Parameters: notifyWhenEfficiencyDecreases",
)
def test_every_default_is_sent_to_the_portal(api: Api, installed_app: AppHarness) -> None:
    api.post(LEAST)

    sent = installed_app.writes()[-1].params["flowData"]
    assert {name: sent[name] for name in sent if name not in LEAST} == {
        "description": "",
        "templateId": "0",
        "ownerId": "1",
        "taskCreators": [["meta-user", "all-users"]],
        "matchWorkTime": "1",
        "matchSchedule": "0",
        "responsibleCanChangeDeadline": "0",
        "notifyAtHalfTime": "0",
        "taskControl": "0",
        "notifyOnQueueOverflow": "0",
        "notifyOnTasksInProgressOverflow": "0",
        "notifyWhenEfficiencyDecreases": "0",
    }


@pytest.mark.reference(
    "name (create, required)",
    "Parameters: description",
    "groupId: a project",
    "groupId left out on update",
    "Parameters: ownerId",
    "Parameters: templateId",
    "plannedCompletionTime (required)",
    "responsibleList (required)",
    "Parameters: taskCreators",
    'taskCreators: {"meta-user": "all-users"} and other objects',
    "matchWorkTime (0 or 1)",
    "responsibleCanChangeDeadline (0 or 1)",
    "notifyAtHalfTime (0 or 1)",
    "taskControl (0 or 1)",
    "Parameters: notifyOnQueueOverflow",
    "Parameters: notifyOnTasksInProgressOverflow",
    "Parameters: notifyWhenEfficiencyDecreases",
    "Parameters: matchSchedule (on neither page)",
    "fields that a later Bitrix24 has (on neither page)",
)
@pytest.mark.parametrize(
    ("field", "sent", "stands"), ONE_FIELD, ids=[f"{field}: {sent}" for field, sent, _ in ONE_FIELD]
)
def test_a_change_of_one_field_leaves_all_others(
    field: str, sent: object, stands: object, api: Api, installed_app: AppHarness
) -> None:
    installed_app.a.later_fields = {"laterSwitch": False, "laterWord": "none"}
    installed_app.flow(103).later = {"laterSwitch": True, "laterWord": "some"}
    before = api.get(103).json

    answer = api.patch(103, {field: sent})

    assert answer.status_code == 200
    after = api.get(103).json
    assert after == answer.json
    team = {"team": stands} if field == "responsibleList" else {}
    assert after == before | {field: stands} | team


def test_a_change_that_changes_nothing_writes_nothing(api: Api, installed_app: AppHarness) -> None:
    before = api.get(103).json

    answer = api.patch(103, before)

    assert (answer.status_code, answer.json) == (200, before)
    assert installed_app.writes() == []


def test_put_creates_once_and_then_updates(stored_api: Api, stored_app: AppHarness) -> None:
    first = stored_api.put(WHOLE)
    second = stored_api.put(LEAST | {"name": WHOLE["name"], "plannedCompletionTime": 9000})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["Location"].endswith(f"/flows/{first.json['id']}")
    assert second.json == first.json | {
        "plannedCompletionTime": 9000,
        "distributionType": "queue",
        "responsibleList": [["user", "2"]],
        "team": [["user", "2"]],
    }


def test_putting_the_same_twice_changes_nothing(api: Api, installed_app: AppHarness) -> None:
    first = api.put(WHOLE)
    writes = len(installed_app.writes())

    second = api.put(WHOLE)

    assert second.json == first.json
    assert len(installed_app.writes()) == writes


def test_put_reads_again_what_it_could_not_read_at_once(
    api: Api, installed_app: AppHarness
) -> None:
    installed_app.control.fail(
        "tasks.flow.Flow.get", "100", status=400, description="no such argument"
    )

    answer = api.put(LEAST | {"name": installed_app.flow(103).name, "description": "Read twice"})

    assert (answer.status_code, answer.json["id"]) == (200, 103)
    assert installed_app.flow(103).description == "Read twice"


def test_put_finds_a_flow_on_a_portal_that_cannot_list(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.b)
    first = api.put(LEAST)

    second = api.put(LEAST | {"description": "Now described"})

    assert (second.status_code, second.json["id"]) == (200, first.json["id"])
    assert second.json["description"] == "Now described"


def test_put_does_not_guess_at_a_flow_that_it_cannot_see(installed_app: AppHarness) -> None:
    api = installed_app.program(installed_app.b)

    answer = api.put(LEAST | {"name": installed_app.flow(201, installed_app.b).name})

    assert (answer.status_code, answer.json["code"]) == (409, "name_taken")
    assert installed_app.writes() == []


def test_a_deleted_flow_is_gone(stored_api: Api, stored_app: AppHarness) -> None:
    assert stored_api.delete(101).status_code == 204
    assert 101 not in stored_app.a.flows
    assert stored_api.get(101).status_code == 404
    assert stored_api.delete(101).status_code == 404


@pytest.mark.reference("active")
@pytest.mark.parametrize("active", [True, False, 1, 0])
def test_a_flow_is_set_on_or_off_however_often(
    active: object, api: Api, installed_app: AppHarness
) -> None:
    for _ in range(2):
        answer = api.put({"active": active}, "101/active")
        assert (answer.status_code, answer.json["active"]) == (200, bool(active))
    assert installed_app.flow(101).active is bool(active)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_flow_is_pinned_or_not_however_often(
    pinned: bool, api: Api, installed_app: AppHarness
) -> None:
    for _ in range(2):
        answer = api.put({"pinned": pinned}, "101/pinned")
        assert (answer.status_code, answer.json) == (200, {"pinned": pinned})
    assert ((1, 101) in installed_app.a.pins) is pinned


@pytest.mark.reference('taskCreators: {"meta-user": "all-users"} and other objects')
@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ([["user", "3"], ["department", "17:F"]], [["user", "3"], ["department", "17:F"]]),
        ([{"user": 3}, {"department": "17:F"}], [["user", "3"], ["department", "17:F"]]),
        ({"meta-user": "all-users"}, [["meta-user", "all-users"]]),
        ({"user": "3"}, [["user", "3"]]),
        ([["user", 3], ["user", "3"], ["user", 3.0]], [["user", "3"]]),
        ([["department", 17]], [["department", "17"]]),
        ([], []),
    ],
)
def test_the_notations_of_the_documentation_are_understood(
    written: object, stands: object, api: Api, installed_app: AppHarness
) -> None:
    installed_app.a.departments[17] = replace(installed_app.a.departments[6], id=17)

    assert api.post(LEAST | {"taskCreators": written}).json["taskCreators"] == stands


def test_a_copied_flow_can_be_sent_as_it_came(api: Api) -> None:
    original = api.get(101).json

    copy = api.post(original | {"name": "A copy", "groupId": 0})

    assert copy.status_code == 201
    own = {"id", "groupId", "name", "efficiency", "activity"}
    assert {k: v for k, v in copy.json.items() if k not in own} == {
        k: v for k, v in original.items() if k not in own
    }


@pytest.mark.reference("trialFeatureEnabled")
def test_the_trial_of_flows_that_begins_is_told(api: Api, installed_app: AppHarness) -> None:
    installed_app.control.plan(has_flows=False)

    wanted = f"{api.flows}?allowTrial=true"
    assert api.call("POST", wanted, json=LEAST).json["trialFeatureEnabled"] is True
    second = LEAST | {"name": "Second"}
    assert api.call("POST", wanted, json=second).json["trialFeatureEnabled"] is False
