"""The other flow actions, and what they say to calls that are known to go wrong."""

import pytest

from tests.emulator.conftest import Meet, good
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.person import Person


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
