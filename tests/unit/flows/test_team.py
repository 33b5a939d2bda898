"""Teams: whether anybody is in them, and what their departments stand for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.entities import Department, User
from tests.support.app_harness import Api, AppHarness

QUEUE: dict[str, Any] = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["department", "5"]],
}
UPDATE = "tasks.flow.Flow.update"


def warned(answer: Any) -> list[tuple[str, str]]:
    """The warnings of an answer to a write that was carried out."""
    assert answer.status_code in (200, 201), answer.json
    return [(one["pointer"], one["code"]) for one in answer.json.get("warnings", [])]


EMPTY = [("/responsibleList", "team_empty")]


def empty(app: AppHarness, *departments: int) -> None:
    """Dismiss everybody in some departments."""
    for user in app.a.users.values():
        if set(user.departments) & set(departments):
            user.active = False


@pytest.mark.parametrize("kind", ["queue", "himself"])
@pytest.mark.parametrize("team", [["5"], ["5:F"], ["5", "6:F"], ["6", "5:F"]])
def test_a_team_of_empty_departments_is_told(
    kind: str, team: list[str], installed_app: AppHarness, api: Api
) -> None:
    empty(installed_app, 5, 6)
    flow = QUEUE | {
        "distributionType": kind, "responsibleList": [["department", one] for one in team]
    }  # fmt: skip
    assert warned(api.post(flow)) == EMPTY
    assert warned(api.patch(101, {name: flow[name] for name in flow if name != "name"})) == EMPTY


def test_people_below_a_department_are_in_its_team(installed_app: AppHarness, api: Api) -> None:
    empty(installed_app, 2)
    assert warned(api.post(QUEUE | {"responsibleList": [["department", "2"]]})) == []
    alone = QUEUE | {"name": "Alone", "responsibleList": [["department", "2:F"]]}
    assert warned(api.post(alone)) == EMPTY
    empty(installed_app, 3)
    both = QUEUE | {"name": "Both", "responsibleList": [["department", "2"]]}
    assert warned(api.post(both)) == EMPTY


def test_departments_on_a_later_page_are_known(installed_app: AppHarness, api: Api) -> None:
    for number in range(100, 220):
        installed_app.a.departments[number] = Department(number, f"D{number}", number - 1)
    installed_app.a.departments[100].parent = 5
    empty(installed_app, 5)
    installed_app.a.users[900] = User(900, "Last", "One", "", (219,))
    assert warned(api.post(QUEUE)) == []
    installed_app.a.users[900].active = False
    assert warned(api.post(QUEUE | {"name": "Other"})) == EMPTY


@pytest.mark.parametrize(
    "team",
    [
        [["department", "5"], ["user", "17"]],
        [["department", "5"], ["user", "1"]],  # the user of the token
        [["department", "5"], ["department", "3"]],
    ],
)
def test_one_person_is_a_team(team: list[list[str]], installed_app: AppHarness, api: Api) -> None:
    empty(installed_app, 5)
    installed_app.a.users[17].active = True
    assert warned(api.post(QUEUE | {"distributionType": "himself", "responsibleList": team})) == []


def test_whom_the_portal_does_not_show_may_be_a_team(installed_app: AppHarness, api: Api) -> None:
    empty(installed_app, 5)
    installed_app.control.hide(18)
    installed_app.a.users[18].active = True
    flow = QUEUE | {"responsibleList": [["department", "5:F"], ["user", "18"]]}
    assert warned(api.post(flow | {"distributionType": "himself"})) == []


@pytest.mark.parametrize("method", ["user.get", "department.get"])
@pytest.mark.parametrize("answer", [None, True, [], {"x": 1}, [None], [{"ID": "x"}], "odd", [[1]]])
def test_a_look_that_fails_harms_no_write(
    method: str, answer: Any, installed_app: AppHarness, api: Api
) -> None:
    """Whatever comes instead of the people, the flow was made; nothing is claimed of its team."""
    installed_app.control.answer(method, answer, times=9)
    made = api.post(QUEUE | {"responsibleList": [["user", "17"]]})
    assert (made.status_code, "warnings" in made.json) == (201, False)


@pytest.mark.parametrize(
    "code", ["INTERNAL_SERVER_ERROR", "ERROR_METHOD_NOT_FOUND", "ACCESS_DENIED"]
)
@pytest.mark.parametrize("method", ["user.get", "department.get"])
def test_a_look_that_is_refused_after_the_write_is_not_made_an_answer(
    method: str, code: str, installed_app: AppHarness, api: Api
) -> None:
    empty(installed_app, 2)
    # The first look is part of the checks before the write, the next ones come after it.
    installed_app.control.fail(method, code, 9, after=1)
    assert warned(api.post(QUEUE | {"responsibleList": [["department", "2"]]})) == []
    assert "Contracts" in [flow.name for flow in installed_app.a.flows.values()]


def test_a_portal_that_is_away_after_the_write_harms_nothing(
    installed_app: AppHarness, api: Api
) -> None:
    empty(installed_app, 2)
    installed_app.control.html("batch", 502, 9, after=2)
    assert warned(api.post(QUEUE | {"responsibleList": [["department", "2"]]})) == []


def test_other_changes_tell_nothing_of_the_team(installed_app: AppHarness, api: Api) -> None:
    flow_id = api.post(QUEUE).json["id"]
    empty(installed_app, 5)
    assert warned(api.patch(flow_id, {"description": "other"})) == []
    assert warned(api.patch(flow_id, {"distributionType": "himself"})) == EMPTY
