"""What an update changes, what it resets, and what it leaves alone."""

import pytest

from tests.emulator.control import Control
from tests.emulator.person import Person

RESET = {
    "description": "",
    "templateId": 0,
    "efficiency": 100,
    "responsibleCanChangeDeadline": True,
    "matchWorkTime": True,
    "matchSchedule": False,
    "notifyAtHalfTime": False,
    "taskControl": False,
    "notifyOnQueueOverflow": None,
    "notifyOnTasksInProgressOverflow": None,
    "notifyWhenEfficiencyDecreases": None,
}


@pytest.mark.parametrize("flow_id", [101, 102, 103, 104])
def test_what_is_left_out_is_reset(alice: Person, flow_id: int) -> None:
    before = alice.read(flow_id)
    answer = alice.flow("update", id=flow_id, name="Renamed")
    after = alice.read(flow_id)
    assert after == {**before, **RESET, "name": "Renamed"}
    assert answer == {**after, "taskCreators": [], "team": []}


@pytest.mark.parametrize("flow_id", [101, 102, 103])
def test_writing_back_what_was_read_changes_nothing(alice: Person, flow_id: int) -> None:
    before = alice.read(flow_id)
    alice.flow("update", **before)
    assert alice.read(flow_id) == before


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({}, (None, None, None)),
        ({"notifyOnQueueOverflow": None}, (20, None, None)),
        ({"notifyOnQueueOverflow": ""}, (None, None, None)),
        ({"notifyOnQueueOverflow": 0}, (None, None, None)),
        ({"notifyOnQueueOverflow": "7"}, (7, None, None)),
        ({"notifyWhenEfficiencyDecreases": None}, (None, None, 80)),
    ],
)
def test_thresholds(
    alice: Person, sent: dict[str, object], kept: tuple[int | None, int | None, int | None]
) -> None:
    alice.flow("update", id=103, **sent)
    flow = alice.read(103)
    names = list(RESET)[-3:]
    assert tuple(flow[name] for name in names) == kept


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"id": 101, "ownerId": 2}, "Unknown error. [Flow: 267]"),
        ({"id": 101, "groupId": 0}, "'groupId': field's value must be greater than 0"),
        ({"id": 101, "ownerId": 0}, "'ownerId': field's value must be greater than 0"),
        ({"id": 101, "creatorId": -2}, "'creatorId': field's value must be greater than 0"),
        ({"id": 999, "name": "x"}, "Unknown error. [Flow: 267]"),
        ({"name": "x"}, "'id': field's value must be greater than 0"),
        ({"id": -4}, "'id': field's value must be greater than 0"),
        ({"id": 101, "name": "purchases "}, "A flow with this name already exists."),
        (
            {"id": 101, "name": ""},
            "'name': field's length must be greater than 1 and less than 255",
        ),
        ({"id": 101, "groupId": 12}, "Cannot find flow"),
        ({"id": 101, "distributionType": "fair"}, "distributionType: unexpected value"),
        ({"id": 101, "taskCreators": [["user", "999"]]}, "User 999 doesn't exists"),
        ({"id": 101, "taskCreators": [["department", "99"]]}, "Department 99 doesn't exist"),
        (
            {
                "id": 101,
                "distributionType": "manually",
                "responsibleList": [["meta-user", "all-users"]],
            },
            "Unknown error. [Flow: 267]",
        ),
    ],
)
def test_refused(alice: Person, data: dict[str, object], text: str) -> None:
    before = alice.read(101)
    assert alice.flow_error("update", **data) == (400, "0", text)
    assert alice.read(101) == before


def test_the_portal_does_not_look_at_template_and_kind_of_project(alice: Person) -> None:
    alice.flow("update", id=101, templateId=777, groupId=13)
    flow = alice.read(101)
    assert (flow["templateId"], flow["groupId"]) == (777, 13)


@pytest.mark.parametrize("active", [True, False, 1, 0, "1", "0"])
def test_active_can_be_set(alice: Person, active: object) -> None:
    alice.flow("update", id=101, active=active)
    assert alice.read(101)["active"] is (active in {True, "1"})


def test_a_new_owner_joins_the_project(alice: Person) -> None:
    alice.flow("update", id=101, ownerId=12, groupId=10)
    assert alice.read(101)["ownerId"] == 12
    assert 12 in alice.portal.groups[10].members


def test_a_moderator_needs_the_distribution_beside_the_list(alice: Person) -> None:
    alice.flow("update", id=102, responsibleList=[["user", "2"]])
    assert alice.read(102)["responsibleList"] == [["user", "4"]]
    alice.flow("update", id=102, distributionType="manually", responsibleList=[["user", "2"]])
    assert alice.read(102)["responsibleList"] == [["user", "2"]]


def test_a_department_as_moderator_is_the_person_of_that_number(alice: Person) -> None:
    pair = [["department", "3"], ["user", "2"]]
    alice.flow("update", id=102, distributionType="manually", responsibleList=pair)
    assert alice.read(102)["responsibleList"] == [["user", "3"]]


def test_a_distribution_without_a_list_leaves_nobody(alice: Person) -> None:
    alice.flow("update", id=101, distributionType="himself")
    assert alice.read(101)["responsibleList"] == []


def test_an_empty_list_alone_is_ignored(alice: Person) -> None:
    alice.flow("update", id=103, responsibleList=[])
    assert alice.read(103)["responsibleList"] == [["user", "3"], ["department", "2:F"]]


def test_an_empty_list_beside_creators_deletes_everybody(alice: Person) -> None:
    alice.flow("update", id=103, responsibleList=[], taskCreators=[])
    flow = alice.read(103)
    assert (flow["responsibleList"], flow["taskCreators"]) == ([], [])
    alice.flow("update", id=101, responsibleList=[], taskCreators=[])
    assert alice.read(101)["responsibleList"] == []
    assert alice.portal.flows[101].queue == [2, 17, 18]  # who takes turns stays


@pytest.mark.parametrize(
    ("pairs", "shown"),
    [
        ([["meta-user", "all-users"]], [["meta-user", "all-users"]]),
        ([["user", 3]], [["user", "3"]]),
        ([["user", "3"], ["user", 3], ["user", "03"]], [["user", "3"]]),
        ([["department", "4"]], [["department", "4"]]),
        ([["department", "4:F"]], [["department", "4:F"]]),
        ([["department", "4:f"]], [["department", "4"]]),
        ([["department", "4abc"]], [["department", "4"]]),
        ([["project", "10"]], [["project", "10"]]),
        ([["structure-node", "7:F"]], [["structure-node", "7:F"]]),
        ([["structure-node", 7]], [["structure-node", "7"]]),
        ([["user", "abc"], ["robot", "1"], ["meta-user", "robots"]], []),
        ([{"one": 1, "two": 2}], []),
        ([], []),
    ],
)
def test_task_creators_as_sent_and_as_read(
    alice: Person, pairs: list[object], shown: list[object]
) -> None:
    alice.flow("update", id=103, taskCreators=pairs)
    assert alice.read(103)["taskCreators"] == shown


def test_a_queue_reports_what_was_sent_and_expands_it_once(alice: Person) -> None:
    sent = [["department", "6"], ["user", "4"]]
    alice.flow("update", id=101, responsibleList=sent)
    assert alice.read(101)["responsibleList"] == sent
    assert alice.read(101)["team"] == sent
    assert set(alice.portal.flows[101].queue) == {4, 11, 12, 13}
    alice.portal.users[14].departments = (6,)
    assert set(alice.portal.flows[101].queue) == {4, 11, 12, 13}
    assert {4, 11, 12, 13} <= alice.portal.groups[10].members


def test_the_team_of_a_moderated_flow_is_its_project(alice: Person, control: Control) -> None:
    assert alice.read(102)["team"] == [["user", "1"], ["user", "21"]]
    control.dismiss(21)
    assert alice.read(102)["team"] == [["user", "1"]]
    assert alice.read(103)["team"] == alice.read(103)["responsibleList"]


def test_creators_may_see_the_template(alice: Person) -> None:
    alice.flow("update", id=101, templateId=22, taskCreators=[["user", "8"], ["department", "6:F"]])
    assert {"U8", "DR6"} <= alice.portal.templates[22].readers


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"description": 12}, {"description": "12"}),
        ({"description": True}, {"description": "1"}),
        ({"description": 1.5}, {"description": "1.5"}),
        ({"description": ["x"]}, {"description": ""}),
        ({"description": None}, {"description": ""}),
        ({"plannedCompletionTime": "1e4"}, {"plannedCompletionTime": 10000}),
        ({"plannedCompletionTime": "7200.0"}, {"plannedCompletionTime": 7200}),
        ({"plannedCompletionTime": 7200.9}, {"plannedCompletionTime": 7200}),
        ({"plannedCompletionTime": " 7200 "}, {"plannedCompletionTime": 7200}),
        ({"plannedCompletionTime": "7200 sec"}, {"plannedCompletionTime": 14400}),
        ({"plannedCompletionTime": 10**30}, {"plannedCompletionTime": 14400}),
        ({"plannedCompletionTime": None}, {"plannedCompletionTime": 14400}),
        ({"efficiency": True}, {"efficiency": 1}),
        ({"matchWorkTime": "false"}, {"matchWorkTime": True}),
        ({"matchWorkTime": "no"}, {"matchWorkTime": True}),
        ({"matchWorkTime": "0"}, {"matchWorkTime": False}),
        ({"matchWorkTime": ""}, {"matchWorkTime": False}),
        ({"matchWorkTime": 0}, {"matchWorkTime": False}),
        ({"matchWorkTime": None}, {"matchWorkTime": True}),
        ({"matchWorkTime": [0]}, {"matchWorkTime": True}),
        ({"taskControl": "N"}, {"taskControl": True}),
        ({"distributionType": None}, {"distributionType": "himself"}),
        ({"taskCreators": ""}, {"taskCreators": [["user", "10"], ["department", "3"]]}),
        ({"taskCreators": None}, {"taskCreators": [["user", "10"], ["department", "3"]]}),
        ({"activity": 0, "team": [], "nonsense": "x"}, {}),
    ],
)
def test_values_of_another_type(
    alice: Person, sent: dict[str, object], stored: dict[str, object]
) -> None:
    before = alice.read(103)
    alice.flow("update", id=103, **sent)
    assert alice.read(103) == {**before, **RESET, **stored}


def test_dismissed_people_leave_their_flows(alice: Person, control: Control) -> None:
    for user_id in (2, 17):
        control.dismiss(user_id)
    assert alice.read(101)["responsibleList"] == [["user", "18"]]
    control.dismiss(18)
    flow = alice.read(101)
    assert (flow["distributionType"], flow["responsibleList"]) == ("manually", [["user", "1"]])
