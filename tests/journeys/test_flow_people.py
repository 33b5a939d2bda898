"""Whom a flow names: people who are not shown, dismissed ones, and queues with departments."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.entities import Department
from tests.support.app_harness import Api, AppHarness

FLOW: dict[str, Any] = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "himself",
    "responsibleList": [["user", "17"]],
}
CREATE = "tasks.flow.Flow.create"


def found(answer: Any) -> list[tuple[str, str]]:
    """Pointers and codes of a refusal."""
    return [(error["pointer"], error["code"]) for error in answer.json["errors"]]


def test_an_installer_who_is_not_shown_creates_flows(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.hide(1)
    assert api.post(FLOW).status_code == 201


@pytest.mark.parametrize("group", [{}, {"groupId": 10}])
def test_somebody_who_is_not_shown_may_take_part(
    group: dict[str, int], installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.hide(18)
    answer = api.post(FLOW | group | {"responsibleList": [["user", "17"], ["user", "18"]]})
    assert answer.status_code == 201
    assert answer.json["responsibleList"] == [["user", "17"], ["user", "18"]]


@pytest.mark.parametrize("group", [{}, {"groupId": 10}])
def test_nobody_is_refused_and_leaves_no_project(
    group: dict[str, int], installed_app: AppHarness, api: Api
) -> None:
    groups = set(installed_app.a.groups)
    answer = api.post(FLOW | group | {"taskCreators": [["user", "999"]]})
    assert (answer.status_code, found(answer)) == (
        422,
        [("/taskCreators/0", "unknown_person")],
    )
    assert set(installed_app.a.groups) == groups
    assert "Contracts" not in [flow.name for flow in installed_app.a.flows.values()]


def test_who_is_in_the_flow_already_is_kept_unseen(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.hide(18)
    answer = api.patch(101, {"responsibleList": [["user", "18"], ["user", "2"], ["user", "17"]]})
    assert answer.status_code == 200


@pytest.mark.reference("dismissed people")
def test_somebody_dismissed_is_not_named_anew(installed_app: AppHarness, api: Api) -> None:
    answer = api.post(FLOW | {"responsibleList": [["user", "17"], ["user", "5"]]})
    assert (answer.status_code, found(answer)) == (
        422,
        [("/responsibleList/1", "dismissed_person")],
    )
    answer = api.patch(101, {"ownerId": 5})
    assert (answer.status_code, found(answer)) == (422, [("/ownerId", "dismissed_person")])


@pytest.mark.parametrize(
    ("team", "pointer"),
    [
        ([["department", "2"], ["user", "3"]], "/responsibleList/1"),
        ([["user", "3"], ["department", "2:F"]], "/responsibleList/0"),
        ([["department", "1"], ["user", "17"]], "/responsibleList/1"),  # two levels below
    ],
)
def test_a_queue_with_a_department_and_its_member_is_refused(
    team: list[list[str]], pointer: str, api: Api
) -> None:
    answer = api.post(FLOW | {"distributionType": "queue", "responsibleList": team})
    assert (answer.status_code, found(answer)) == (422, [(pointer, "queue_overlap")])


QUEUE = {"distributionType": "queue"}
OVERLAP = [("/responsibleList/1", "queue_overlap")]


def test_a_team_that_overlaps_does_not_become_a_queue(api: Api) -> None:
    team = {"responsibleList": [["department", "2"], ["user", "3"]]}
    flow_id = api.post(FLOW | team).json["id"]
    for changes in (QUEUE, QUEUE | team):
        answer = api.patch(flow_id, changes)
        assert (answer.status_code, found(answer)) == (422, OVERLAP)
        answer = api.put(changes | {"name": FLOW["name"]})
        assert (answer.status_code, found(answer)) == (422, OVERLAP)
    assert api.get(flow_id).json["distributionType"] == "himself"


def test_the_installer_may_be_who_is_in_a_queue_twice(installed_app: AppHarness, api: Api) -> None:
    installed_app.a.users[1].departments = (3,)
    installed_app.control.hide(1)
    team = {"responsibleList": [["department", "2"], ["user", "1"]]}
    answer = api.post(FLOW | QUEUE | team)
    assert (answer.status_code, found(answer)) == (422, OVERLAP)


def test_an_overlap_far_down_a_large_company_is_found(installed_app: AppHarness, api: Api) -> None:
    for number in range(100, 260):
        installed_app.a.departments[number] = Department(number, f"D{number}", number - 1)
    installed_app.a.departments[100].parent = 5
    installed_app.a.users[17].departments = (259,)
    answer = api.post(FLOW | QUEUE | {"responsibleList": [["department", "5"], ["user", "17"]]})
    assert (answer.status_code, found(answer)) == (422, OVERLAP)


@pytest.mark.parametrize(
    "fields",
    [
        {"distributionType": "queue", "responsibleList": [["department", "2"], ["user", "17"]]},
        {"distributionType": "queue", "responsibleList": [["department", "1:F"], ["user", "17"]]},
        {"distributionType": "himself", "responsibleList": [["department", "2"], ["user", "3"]]},
    ],
)
def test_other_teams_may_mix_people_and_departments(fields: dict[str, Any], api: Api) -> None:
    answer = api.post(FLOW | fields)
    assert answer.status_code == 201
    assert answer.json["responsibleList"] == fields["responsibleList"]


def test_a_queue_of_departments_is_ours_after_a_lost_answer(
    installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.lose(CREATE)
    queue = {"distributionType": "queue", "responsibleList": [["department", "2"]]}
    answer = api.post(FLOW | queue)
    assert (answer.status_code, answer.json["responsibleList"]) == (201, [["department", "2"]])


@pytest.mark.parametrize("send", ["post", "put"])
def test_the_trial_is_not_started_by_surprise(
    send: str, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.plan(has_flows=False)
    answer = getattr(api, send)(FLOW)
    assert (answer.status_code, answer.json["code"]) == (409, "trial_would_start")
    assert installed_app.writes() == []
    assert not installed_app.a.plan.trial_used


def test_the_trial_is_started_by_who_asks_for_it(installed_app: AppHarness, api: Api) -> None:
    installed_app.control.plan(has_flows=False)
    answer = api.call("POST", f"{api.flows}?allowTrial=true", json=FLOW)
    assert (answer.status_code, answer.json["trialFeatureEnabled"]) == (201, True)
    assert api.call("POST", f"{api.flows}?allowTrial=maybe", json=FLOW).status_code == 400


@pytest.mark.parametrize("method", ["user.get", "sonet_group.get"])
def test_a_signal_in_a_batch_makes_its_method_rest(
    method: str, installed_app: AppHarness, api: Api
) -> None:
    installed_app.control.fail(method, "OPERATION_TIME_LIMIT")
    first = api.post(FLOW)
    assert (first.status_code, first.headers["Retry-After"]) == (503, "60")
    installed_app.control.forget_journal()
    again = api.post(FLOW)
    assert again.status_code == 503
    assert 50 < int(again.headers["Retry-After"]) <= 60
    assert installed_app.control.journal(method) == []
