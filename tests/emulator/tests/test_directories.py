"""People, departments, projects, tasks and templates over REST."""

import pytest

from tests.emulator.conftest import Meet
from tests.emulator.entities import Group, Portal, User
from tests.emulator.person import Person

CONTACTS = {"EMAIL", "PERSONAL_PHONE", "PERSONAL_MOBILE", "WORK_PHONE"}


def ids(rows: list[dict[str, object]]) -> list[int]:
    return [int(str(row.get("ID", row.get("id")))) for row in rows]


def test_who_am_i(alice: Person, vera: Person) -> None:
    assert alice.result("profile") == {
        "ID": "1",
        "ADMIN": True,
        "NAME": "Alice",
        "LAST_NAME": "Carter",
        "PERSONAL_GENDER": "F",
        "TIME_ZONE": "Europe/London",
    }
    assert (alice.result("user.admin"), vera.result("user.admin")) == (True, False)
    me = vera.result("user.current")
    assert (me["ID"], me["UF_DEPARTMENT"], me["USER_TYPE"]) == ("3", [2], "employee")
    assert not CONTACTS & set(me)


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"ID": 3}, [3]),
        ({"FILTER": {"ID": "3"}}, [3]),
        ({"filter": {"ID": [3, "5", 99]}}, [3, 5]),
        ({"filter": {"@ID": [3, 4]}}, [3, 4]),
        ({"FILTER": {"ACTIVE": False}}, [5]),
        ({"FILTER": {"ACTIVE": "N"}}, [5]),
        ({"FILTER": {"USER_TYPE": "extranet"}}, [6]),
        ({"FILTER": {"NAME": "Ali"}}, []),
        ({"FILTER": {"NAME": "ali%"}}, [1]),
        ({"FILTER": {"%LAST_NAME": "son"}}, [9, 18]),
        ({"FILTER": {"!ID": 1, "<ID": 4}}, [2, 3]),
        ({"FILTER": {"NAME_SEARCH": "alice"}}, [1]),
        ({"FILTER": {"NAME_SEARCH": "car ali"}}, [1]),
        ({"FILTER": {"NAME_SEARCH": "lice"}}, []),
        ({"FILTER": {"NAME_SEARCH": "da", "ACTIVE": True}}, [4, 9, 30]),
        ({"FILTER": {"UF_DEPARTMENT": 6}}, [4, 11, 12, 13]),
        ({"UF_DEPARTMENT": [1]}, [20, 21, 22]),
        ({"FILTER": {"<ID": 4}, "sort": "NAME", "order": "DESC"}, [3, 2, 1]),
    ],
)
def test_finding_people(alice: Person, params: dict[str, object], found: list[int]) -> None:
    assert ids(alice.result("user.get", params)) == found


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"FIND": "accountant"}, [4, 11, 12]),
        ({"FILTER": {"FIND": "acc", "NAME": "Dan"}}, [4]),
        ({"FILTER": {"FIND": "north"}}, [7, 8, 9, 20, 21, 22, 25, 26]),
        ({"FILTER": {"UF_DEPARTMENT_NAME": "Account"}}, [4, 11, 12, 13]),
    ],
)
def test_searching_people(alice: Person, params: dict[str, object], found: list[int]) -> None:
    assert ids(alice.result("user.search", params)) == found


def test_people_of_a_portal_in_russian(meet: Meet, b: Portal) -> None:
    found = meet(b).result("user.get", {"FILTER": {"NAME_SEARCH": "кам"}})
    assert [row["LAST_NAME"] for row in found] == ["Каменева"]


def test_somebody_from_outside_sees_the_people_of_shared_projects(meet: Meet, a: Portal) -> None:
    assert ids(meet(a, 6).result("user.get")) == [1, 2, 3, 6]


def test_pages_of_fifty(alice: Person) -> None:
    for number in range(31, 121):
        alice.portal.users[number] = User(number, f"Name{number}", "Same")
    first = alice.ask("user.get").json()
    assert (len(first["result"]), first["next"], first["total"]) == (50, 50, 120)
    last = alice.ask("user.get", {"start": 100}).json()
    assert (len(last["result"]), last.get("next"), last["total"]) == (20, None, 120)
    uncounted = alice.ask("user.get", {"start": -1, "FILTER": {">ID": 100}}).json()
    assert (ids(uncounted["result"])[0], set(uncounted)) == (101, {"result", "time"})


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"ID": 4}, [4]),
        ({"ID": ["4", 5]}, [4, 5]),
        ({"PARENT": 4}, [5]),
        ({"NAME": "sales%"}, [2, 3]),
        ({"UF_HEAD": 1}, [4]),
        ({"sort": "NAME", "order": "DESC"}, [3, 2, 1, 5, 4, 6]),
    ],
)
def test_departments(alice: Person, params: dict[str, object], found: list[int]) -> None:
    rows = alice.result("department.get", params)
    assert ids(rows) == found


def test_the_root_has_no_parent(alice: Person) -> None:
    rows = alice.result("department.get")
    assert [row.get("PARENT") for row in rows] == [None, "1", "2", "1", "4", "1"]


@pytest.mark.parametrize(
    ("user_id", "found"), [(1, [10, 11, 12, 13, 14]), (3, [10, 11, 12, 13]), (6, [10, 13])]
)
def test_secret_projects(meet: Meet, a: Portal, user_id: int, found: list[int]) -> None:
    person = meet(a, user_id)
    listed = person.result("socialnetwork.api.workgroup.list")["workgroups"]
    assert ids(listed) == found
    assert ids(person.result("sonet_group.get")) == found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"NAME": "website"}, [10]),
        ({"NAME": "web"}, []),
        ({"%NAME": "web"}, [10]),
        ({"ID": 11}, [11]),
        ({"ID": ["11", 12]}, [11, 12]),
        ({"CLOSED": "Y"}, [12]),
        ({"!CLOSED": "Y", "%NAME": "e"}, [10, 11, 13, 14]),
    ],
)
def test_finding_projects(alice: Person, condition: dict[str, object], found: list[int]) -> None:
    listed = alice.ask("socialnetwork.api.workgroup.list", {"filter": condition}).json()
    assert ids(listed["result"]["workgroups"]) == found
    assert listed["total"] == len(found)
    assert ids(alice.result("sonet_group.get", {"FILTER": condition})) == found


def test_columns_of_projects(alice: Person) -> None:
    params = {"filter": {"ID": 13}, "select": ["ID", "NAME", "CLOSED", "TYPE"]}
    listed = alice.result("socialnetwork.api.workgroup.list", params)["workgroups"]
    assert listed == [{"id": "13", "name": "Partners collab", "closed": "N", "type": "collab"}]
    one = alice.result("socialnetwork.api.workgroup.get", {"params": {"groupId": 13}})
    assert (one["ID"], one["NAME"], one["TYPE"]) == ("13", "Partners collab", "collab")


def test_many_projects(alice: Person) -> None:
    for number in range(100, 160):
        alice.portal.groups[number] = Group(number, f"Project {number}", 1)
    first = alice.ask("socialnetwork.api.workgroup.list").json()
    assert (len(first["result"]["workgroups"]), first["next"], first["total"]) == (50, 50, 65)


def test_a_project_that_is_not_to_be_seen(vera: Person) -> None:
    status, _, _ = vera.error("socialnetwork.api.workgroup.get", {"params": {"groupId": 14}})
    assert status == 400


@pytest.mark.parametrize(
    ("condition", "found"),
    [({"FLOW_ID": 101}, [501, 502, 503]), ({"=FLOW_ID": "103"}, [504, 505]), ({"FLOW_ID": 9}, [])],
)
def test_tasks_of_a_flow(alice: Person, condition: dict[str, object], found: list[int]) -> None:
    answer = alice.ask("tasks.task.list", {"filter": condition}).json()
    assert ids(answer["result"]["tasks"]) == found
    assert answer["total"] == len(found)


def test_columns_and_order(alice: Person) -> None:
    order = {"filter": {"FLOW_ID": 101}, "select": ["TITLE"], "order": {"TITLE": "desc"}}
    assert alice.result("tasks.task.list", order)["tasks"] == [
        {"id": "503", "title": "VPN does not connect"},
        {"id": "501", "title": "Replace the keyboard"},
        {"id": "502", "title": "New laptop for Henry"},
    ]
    names = {"FILTER": {"ID": [1, 2]}, "select": ["NAME", "NOTHING"]}
    assert alice.result("user.get", names) == [
        {"ID": "1", "NAME": "Alice"},
        {"ID": "2", "NAME": "Boris"},
    ]


def test_a_task(alice: Person, meet: Meet, a: Portal) -> None:
    task = alice.result("tasks.task.get", {"taskId": 501})["task"]
    assert (task["id"], task["flowId"], task["title"]) == ("501", "101", "Replace the keyboard")
    assert alice.result("tasks.task.get", {"taskId": 999}) == []
    assert meet(a, 8).result("tasks.task.get", {"taskId": 501}) == []
    assert alice.error("tasks.task.get")[:2] == (400, "100")


@pytest.mark.parametrize(
    ("user_id", "template_id", "title"),
    [
        (1, 20, "Purchase request"),
        (3, 20, "Purchase request"),
        (3, "21", "Onboarding checklist"),
        (6, 21, None),
        (1, 22, "Private template"),
        (3, 22, None),
        (1, 99, None),
        (1, "x", None),
    ],
)
def test_templates(
    meet: Meet, a: Portal, user_id: int, template_id: object, title: str | None
) -> None:
    found = meet(a, user_id).result("tasks.template.get", {"templateId": template_id})
    assert (found and found["TITLE"]) == (title or False)


@pytest.mark.parametrize(
    ("name", "exists", "available"),
    [
        ("profile", True, True),
        ("User.Get", True, True),
        ("placement.bind", True, False),
        ("tasks.flow.Flow.create", True, True),
        ("tasks.flow.Flow.list", False, False),
        ("tasks.flow.flow.create", False, False),
        ("nonsense", False, False),
    ],
)
def test_asking_for_methods(
    meet: Meet, b: Portal, name: str, exists: bool, available: bool
) -> None:
    found = meet(b).result("method.get", {"name": name})
    assert found == {"isExisting": exists, "isAvailable": available}
    if name.endswith("Flow.list"):
        newer = meet(meet(b).world.portal("localhost:8900"))
        assert newer.result("method.get", {"name": name})["isExisting"] is True


def test_options(alice: Person, vera: Person) -> None:
    assert alice.result("app.option.get") == []
    alice.result("app.option.set", {"options": {"colour": "blue"}})
    assert vera.result("app.option.get") == {"colour": "blue"}
    assert vera.error("app.option.set", {"options": {}})[:2] == (403, "ACCESS_DENIED")
    vera.result("user.option.set", {"options": {"view": "list"}})
    assert vera.result("user.option.get", {"option": "view"}) == "list"
    assert alice.result("user.option.get", {"option": "view"}) == ""


def test_the_time(alice: Person) -> None:
    assert alice.result("server.time").endswith("+00:00")


def test_placements(alice: Person, vera: Person) -> None:
    alice.grant.scope = vera.grant.scope = ("placement",)
    url = "https://app.example/place"
    given = {"PLACEMENT": "LEFT_MENU", "HANDLER": url, "TITLE": "Flows"}
    assert alice.result("placement.bind", given) is True
    assert alice.error("placement.bind", given)[:2] == (400, "ERROR_CORE")
    nowhere = {"PLACEMENT": "NOWHERE", "HANDLER": url}
    assert alice.error("placement.bind", nowhere)[:2] == (200, "ERROR_PLACEMENT_NOT_FOUND")
    assert vera.error("placement.bind", given)[:2] == (403, "ACCESS_DENIED")
    assert [row["title"] for row in alice.result("placement.get")] == ["Flows"]
    assert alice.result("placement.unbind", {"PLACEMENT": "LEFT_MENU"}) == {"count": 2}
