"""Creating a flow: what is refused, in which words, and what stands there afterwards."""

import pytest

from tests.emulator.conftest import good
from tests.emulator.control import Control
from tests.emulator.person import Person

BOUNDS = "'{}': field's value must be {} than {}"
REFUSED_CREATE = [
    ({}, "Property plannedCompletionTime cannot be null"),
    (good(plannedCompletionTime=3599), BOUNDS.format("plannedCompletionTime", "greater", 3600)),
    (
        good(plannedCompletionTime=2145398401),
        BOUNDS.format("plannedCompletionTime", "less", 2145398400),
    ),
    (good(plannedCompletionTime="2h"), "Property plannedCompletionTime cannot be null"),
    (good(plannedCompletionTime=[7200]), "Property plannedCompletionTime cannot be null"),
    (good(name=None), "Property name cannot be null"),
    (good(name=["x"]), "Property name cannot be null"),
    (good(name=""), "'name': field's length must be greater than 1 and less than 255"),
    (good(name="я" * 256), "'name': field's length must be greater than 1 and less than 255"),
    (good(distributionType=None), "Property distributionType cannot be null"),
    (good(distributionType="Queue"), "distributionType: unexpected value"),
    (good(responsibleList=None), "'responsibleList': field's value must not be empty"),
    (good(responsibleList=[]), "'responsibleList': field's value must not be empty"),
    (good(responsibleList=""), "'responsibleList': field's value must not be empty"),
    (
        good(responsibleList=[["user", "x"]]),
        "'responsibleList': field's value must not be empty",
    ),
    (good(responsibleList=[{"user": 3}]), "responsibleList: unexpected value"),
    (good(responsibleList=[["user", "1", "2"]]), "responsibleList: unexpected value"),
    (good(responsibleList=[["user", "0"]]), "responsibleList: unexpected value"),
    (good(responsibleList=[["crm-contact", "5"]]), "responsibleList: unexpected value"),
    (good(responsibleList=[["mail-contact", "5"]]), "responsibleList: unexpected value"),
    (good(taskCreators={"meta-user": "all-users"}), "taskCreators: unexpected value"),
    (good(taskCreators=[{"meta-user": "all-users"}]), "taskCreators: unexpected value"),
    (good(taskCreators=[["user", 0]]), "taskCreators: unexpected value"),
    (good(templateId=-1), BOUNDS.format("templateId", "greater", 0)),
    (good(efficiency=-1), BOUNDS.format("efficiency", "greater", 0)),
    (good(efficiency=101), BOUNDS.format("efficiency", "less", 100)),
    (good(notifyOnQueueOverflow=-1), BOUNDS.format("notifyOnQueueOverflow", "greater", 0)),
    (
        good(notifyOnQueueOverflow=100000),
        BOUNDS.format("notifyOnQueueOverflow", "less", 99999),
    ),
    (
        good(notifyOnTasksInProgressOverflow=100000),
        BOUNDS.format("notifyOnTasksInProgressOverflow", "less", 99999),
    ),
    (
        good(notifyWhenEfficiencyDecreases=101),
        BOUNDS.format("notifyWhenEfficiencyDecreases", "less", 100),
    ),
    (good(ownerId=999, groupId=10), "User 999 doesn't exists"),
    (good(responsibleList=[["user", 998]], groupId=10), "User 998 doesn't exists"),
    (good(taskCreators=[["user", 997]], groupId=10), "User 997 doesn't exists"),
    (good(groupId=13), "Project 13 doesn't exists or cannot be used"),
    (good(groupId=10, templateId=77), "Template 77 doesn't exists"),
    (good(groupId=10, responsibleList=[["department", "99:F"]]), "Department 99 doesn't exist"),
    (good(groupId=99), "Cannot find flow"),
    (good(groupId=12), "Cannot find flow"),
    (good(groupId=10, name="IT HELP DESK"), "A flow with this name already exists."),
    (
        good(distributionType="manually", responsibleList=[["meta-user", "all-users"]], groupId=10),
        "Unknown error. [Flow: 198]",
    ),
    ("not an object", "Argument #1 ($data) must be of type array, string given"),
    (None, "Argument #1 ($data) must be of type array, null given"),
]


@pytest.mark.parametrize(("data", "text"), REFUSED_CREATE)
def test_create_refuses(alice: Person, data: object, text: str) -> None:
    before = set(alice.portal.flows), set(alice.portal.groups)
    answer = alice.error("tasks.flow.Flow.create", {"flowData": data})
    assert answer == (400, "0", text)
    assert (set(alice.portal.flows), set(alice.portal.groups)) == before


def test_create_without_flow_data_is_an_empty_one(alice: Person) -> None:
    expected = (400, "0", "Property plannedCompletionTime cannot be null")
    assert alice.error("tasks.flow.Flow.create") == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("plannedCompletionTime", 3600),
        ("plannedCompletionTime", 2145398400),
        ("name", "x"),
        ("name", "я" * 255),
        ("notifyOnQueueOverflow", 99999),
        ("notifyWhenEfficiencyDecreases", 100),
        ("efficiency", 0),
        ("distributionType", "immutable"),
    ],
)
def test_create_takes_the_bounds_themselves(alice: Person, field: str, value: object) -> None:
    assert alice.flow("create", **good(**{field: value}))[field] == value


def test_create_with_the_least(alice: Person) -> None:
    made = alice.flow("create", **good())
    assert made.pop("activity").endswith("+00:00")
    assert made == {
        "id": 105,
        "creatorId": 1,
        "ownerId": 1,
        "groupId": 15,
        "templateId": 0,
        "efficiency": 100,
        "active": True,
        "plannedCompletionTime": 3600,
        "name": "Fresh",
        "description": "",
        "distributionType": "queue",
        "responsibleList": [["user", "2"]],
        "demo": False,
        "responsibleCanChangeDeadline": True,
        "matchWorkTime": True,
        "matchSchedule": False,
        "taskControl": False,
        "notifyAtHalfTime": False,
        "notifyOnQueueOverflow": None,
        "notifyOnTasksInProgressOverflow": None,
        "notifyWhenEfficiencyDecreases": None,
        "taskCreators": [],
        "team": [],
        "trialFeatureEnabled": False,
    }


def test_create_takes_n_for_on(alice: Person) -> None:
    assert alice.flow("create", **good(matchWorkTime="N"))["matchWorkTime"] is True


def test_create_with_the_name_of_a_group(alice: Person) -> None:
    status, code, _ = alice.flow_error("create", **good(name="website"))
    assert (status, code) == (400, "ERROR_GROUP_NAME_EXISTS")


def test_create_over_the_limit_of_projects(alice: Person, control: Control) -> None:
    control.plan(most_groups=5)
    assert alice.flow_error("create", **good()) == (400, "ERROR_CORE", "Project limit exceeded")


def test_create_with_a_taken_name_leaves_an_orphan_group(alice: Person) -> None:
    expected = (400, "0", "A flow with this name already exists.")
    assert alice.flow_error("create", **good(name="Purchases")) == expected
    groups = {group.name for group in alice.portal.groups.values()}
    assert "Purchases" in groups
    status, code, _ = alice.flow_error("create", **good(name="Purchases"))
    assert (status, code) == (400, "ERROR_GROUP_NAME_EXISTS")
