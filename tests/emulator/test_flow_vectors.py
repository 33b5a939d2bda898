"""What the flow methods answer to the calls that are known to go wrong, and to the odd ones."""

import pytest

from tests.emulator.conftest import Meet
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.person import Person

GOOD = {
    "name": "Fresh",
    "plannedCompletionTime": 3600,
    "distributionType": "queue",
    "responsibleList": [["user", "2"]],
}
BOUNDS = "'{}': field's value must be {} than {}"


def good(**changes: object) -> dict[str, object]:
    """flowData of a flow that can be created; a change to None leaves the field out."""
    merged = {**GOOD, **changes}
    return {name: value for name, value in merged.items() if value is not None}


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


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "Could not find value for parameter {flowId}"),
        *(
            (
                {"flowId": value},
                f"Invalid value {{{shown}}} to match with parameter {{flowId}}."
                " Should be value of type int.",
            )
            for value, shown in [("abc", "abc"), (None, ""), (True, "1"), (False, ""), ("", "")]
        ),
    ],
)
@pytest.mark.parametrize("action", ["get", "activate", "pin"])
def test_a_flow_id_that_is_none(
    alice: Person, action: str, params: dict[str, object], text: str
) -> None:
    assert alice.error(f"tasks.flow.Flow.{action}", params) == (400, "100", text)


@pytest.mark.parametrize("flow_id", [101, "101", " 101", "101.0", 101.7, "1.01e2"])
def test_a_flow_id_that_is_a_number_in_some_way(alice: Person, flow_id: object) -> None:
    assert alice.result("tasks.flow.Flow.get", {"flowId": flow_id})["id"] == 101


@pytest.mark.parametrize(
    ("portal", "user_id", "code", "text"),
    [
        ("localhost:8900", 1, "0", "Flow with this ID does not exist."),
        ("localhost:8900", 3, "0", "Cannot find flow"),
        ("localhost:8902", 1, 0, "Поток с таким ID не существует"),
        ("localhost:8902", 3, 0, "Доступ запрещён или поток не найден"),
    ],
)
@pytest.mark.parametrize("action", ["get", "activate"])
def test_a_flow_that_does_not_exist(
    meet: Meet, action: str, portal: str, user_id: int, code: object, text: str, control: Control
) -> None:
    person = meet(control.portal(portal), user_id)
    answer = person.error(f"tasks.flow.Flow.{action}", {"flowId": 999})
    assert answer == (400, code, text)


@pytest.mark.parametrize(
    ("action", "data", "text"),
    [
        (
            "create",
            good(name="ит-поддержка", groupId=10),
            "Поток с таким названием уже существует",
        ),
        (
            "create",
            good(
                groupId=10,
                distributionType="manually",
                responsibleList=[["meta-user", "all-users"]],
            ),
            "Неизвестная ошибка [Flow: 198]",
        ),
        ("update", {"id": 999}, "Неизвестная ошибка [Flow: 267]"),
        ("delete", {"id": 999}, "Неизвестная ошибка [Flow: 312]"),
        ("create", {}, "Property plannedCompletionTime cannot be null"),
        ("create", good(taskCreators=[["user", 99]], groupId=10), "User 99 doesn't exists"),
    ],
)
def test_a_russian_portal_says(
    meet: Meet, b: Portal, action: str, data: dict[str, object], text: str
) -> None:
    assert meet(b).flow_error(action, **data) == (400, 0, text)


@pytest.mark.parametrize(
    ("data", "result"),
    [
        ({"name": "IT help desk"}, True),
        ({"name": "it HELP desk  "}, True),
        ({"name": "IT help desk", "id": 101}, False),
        ({"name": "IT help desk", "id": 102}, True),
        ({"name": "IT help desk", "id": 0}, True),
        ({"name": "Legal Department"}, True),
        ({"name": ""}, False),
        ({"name": "x" * 300}, False),
    ],
)
@pytest.mark.parametrize("user_id", [1, 3, 6])
def test_whether_a_name_exists(
    meet: Meet, a: Portal, user_id: int, data: dict[str, object], result: bool
) -> None:
    assert meet(a, user_id).flow("isExists", **data) == {"exists": result}


@pytest.mark.parametrize("data", [{}, {"name": None}, {"name": ["IT help desk"]}])
def test_whether_no_name_exists(alice: Person, data: dict[str, object]) -> None:
    assert alice.flow_error("isExists", **data) == (400, "0", "name: cannot be null")


@pytest.mark.parametrize("action", ["isExists", "delete", "update"])
def test_member_lists_are_checked_by_every_action(alice: Person, action: str) -> None:
    answer = alice.flow_error(action, id=101, name="x", responsibleList=[["user"]])
    assert answer == (400, "0", "responsibleList: unexpected value")


def test_delete_twice(alice: Person) -> None:
    assert alice.flow("delete", id=101) == {"deleted": True}
    assert alice.flow_error("delete", id=101) == (400, "0", "Unknown error. [Flow: 312]")
    expected = (400, "0", "'id': field's value must be greater than 0")
    assert alice.flow_error("delete", id=0) == expected


def test_deleting_leaves_tasks_and_project(alice: Person) -> None:
    alice.flow("delete", id=101)
    task = alice.result("tasks.task.get", {"taskId": 501})["task"]
    assert task["flowId"] is None
    assert 10 in alice.portal.groups


def test_activate_twice(alice: Person) -> None:
    states = []
    for _ in range(2):
        assert alice.result("tasks.flow.Flow.activate", {"flowId": 102}) is True
        states.append(alice.read(102)["active"])
    assert states == [True, False]


def test_pin_twice(alice: Person) -> None:
    pins = [alice.result("tasks.flow.Flow.pin", {"flowId": 101}) for _ in range(2)]
    assert pins == [True, False]
    assert alice.result("tasks.flow.Flow.pin", {"flowId": 999}) is True


def test_list_on_an_old_portal(meet: Meet, b: Portal) -> None:
    status, code, text = meet(b).error("tasks.flow.Flow.list")
    assert (status, str(code)) == (400, "22002")
    assert text == "Could not find description of list in Bitrix\\Tasks\\Flow\\Controllers\\Flow"


def test_automation_distribution_on_an_old_portal(meet: Meet, b: Portal) -> None:
    answer = meet(b).flow_error("create", **good(distributionType="immutable"))
    assert answer == (400, 0, "distributionType: unexpected value")


@pytest.mark.parametrize("action", ["create", "update"])
def test_other_verbs(alice: Person, action: str) -> None:
    answer = alice.session.put(
        f"http://localhost:8900/rest/tasks.flow.Flow.{action}",
        headers={"Authorization": f"Bearer {alice.grant.access_token}"},
        timeout=5,
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_http_method")
