"""Who may do what with which flow; and the trial of a plan without flows."""

import pytest

from tests.emulator.conftest import FLOW, Meet
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.person import Person

DENIED = (400, "0", "Cannot find flow")


@pytest.mark.parametrize(
    ("flow_id", "readers", "others"),
    [
        (101, (1, 2, 3, 17), (6,)),  # open to everybody inside
        (102, (1, 4, 8, 14), (6,)),  # open to the whole company by its root department
        (103, (1, 3, 7, 10, 23), (2, 4, 6, 14)),  # by name, by department, by role
    ],
)
def test_reading(
    meet: Meet, a: Portal, flow_id: int, readers: tuple[int, ...], others: tuple[int, ...]
) -> None:
    for user_id in readers:
        assert meet(a, user_id).read(flow_id)["id"] == flow_id
        meet(a, user_id).result("tasks.flow.Flow.pin", {"flowId": flow_id})
    for user_id in others:
        for action in ("get", "pin"):
            answer = meet(a, user_id).error(f"tasks.flow.Flow.{action}", {"flowId": flow_id})
            assert answer == DENIED


@pytest.mark.parametrize(("user_id", "allowed"), [(1, True), (4, True), (21, False), (6, False)])
def test_switching_and_deleting(meet: Meet, a: Portal, user_id: int, allowed: bool) -> None:
    person = meet(a, user_id)
    if allowed:
        assert person.result("tasks.flow.Flow.activate", {"flowId": 102}) is True
        assert person.flow("delete", id=102) == {"deleted": True}
    else:
        assert person.error("tasks.flow.Flow.activate", {"flowId": 102}) == DENIED
        assert person.flow_error("delete", id=102) == DENIED


@pytest.mark.parametrize(
    ("user_id", "allowed"),
    [(1, True), (4, True), (21, True), (2, False), (6, False)],  # 21 is in the project
)
def test_updating(meet: Meet, a: Portal, user_id: int, allowed: bool) -> None:
    person = meet(a, user_id)
    if allowed:
        assert person.flow("update", id=102, name="Ours")["name"] == "Ours"
    else:
        assert person.flow_error("update", id=102, name="Ours") == DENIED


@pytest.mark.parametrize(
    ("user_id", "data", "allowed"),
    [
        (1, {}, True),
        (3, {}, True),
        (6, {}, False),  # from outside
        (22, {}, False),  # by role
        (6, {"id": 5}, True),  # the portal does not look once an id is sent
        (3, {"groupId": 10}, True),
        (3, {"groupId": 11}, False),  # not a member
        (1, {"groupId": 14}, True),
        (1, {"groupId": 12}, False),  # archived, for administrators too
        (3, {"templateId": 20}, True),
        (3, {"templateId": 22}, False),  # may not read it
        (3, {"templateId": 777}, False),
        (1, {"templateId": 22}, True),
    ],
)
def test_creating(
    meet: Meet, a: Portal, user_id: int, data: dict[str, object], allowed: bool
) -> None:
    a.may_not_create_flows.add(22)
    if allowed:
        assert meet(a, user_id).flow("create", **FLOW, **data)["creatorId"] == user_id
    else:
        assert meet(a, user_id).flow_error("create", **FLOW, **data) == DENIED


def test_moving_to_a_project_of_others(meet: Meet, a: Portal) -> None:
    vera = meet(a, 3)
    assert vera.flow_error("update", id=103, groupId=11) == DENIED
    assert vera.flow("update", id=103, groupId=10)["groupId"] == 10


def test_anybody_reaches_the_unknown_error(vera: Person) -> None:
    expected = (400, "0", "Unknown error. [Flow: 267]")
    assert vera.flow_error("update", id=999, name="x") == expected


def test_an_ordinary_person_meets_the_id_after_the_right_to_create(meet: Meet, a: Portal) -> None:
    expected = (400, "0", "'id': field's value must be greater than 0")
    assert meet(a, 3).flow_error("update", name="x") == expected
    assert meet(a, 6).flow_error("update", name="x") == DENIED


def test_a_refused_create_has_joined_the_owner_to_the_project(alice: Person) -> None:
    alice.flow_error("create", **FLOW | {"name": "Purchases"}, groupId=10, ownerId=12)
    assert 12 in alice.portal.groups[10].members


def test_a_group_of_its_own(vera: Person) -> None:
    flow = vera.flow("create", **FLOW, ownerId=12)
    group = vera.portal.groups[flow["groupId"]]
    assert (group.name, group.owner_id, group.kind) == ("Fresh", 3, "group")
    assert group.members == {2, 12}


@pytest.mark.parametrize("group_id", [None, 0, -5, "abc", "", [10]])
def test_no_usable_project_means_a_new_one(alice: Person, group_id: object) -> None:
    flow = alice.flow("create", **FLOW, groupId=group_id)
    assert alice.portal.groups[flow["groupId"]].name == "Fresh"


def test_the_one_trial(alice: Person, control: Control) -> None:
    control.plan(has_flows=False)
    assert alice.flow_error("update", id=101, name="x") == DENIED
    assert alice.flow("create", **FLOW)["trialFeatureEnabled"] is True
    assert alice.flow("create", **FLOW | {"name": "More"})["trialFeatureEnabled"] is False
    assert alice.flow("update", id=101, name="x")["name"] == "x"
    control.turn_clock(15 * 24 * 3600 + 1)
    person = Person(alice.world, alice.session, alice.portal)
    assert person.flow_error("create", **FLOW | {"name": "Late"}) == DENIED
    assert person.read(101)["id"] == 101
    assert person.flow("delete", id=101) == {"deleted": True}


@pytest.mark.parametrize(
    ("user_id", "ids"), [(1, [101, 102, 103, 104]), (2, [101, 102, 104]), (6, [])]
)
def test_listing(meet: Meet, a: Portal, user_id: int, ids: list[int]) -> None:
    rows = meet(a, user_id).result("tasks.flow.Flow.list")
    assert [row["id"] for row in rows] == ids


@pytest.mark.parametrize(
    ("params", "rows"),
    [
        ({"select": ["ID", "NAME"], "filter": {"ID": 101}}, [{"id": 101, "name": "IT help desk"}]),
        ({"select": ["ID"], "filter": {"ACTIVE": "Y"}}, [{"id": 101}, {"id": 103}]),
        ({"select": ["ID"], "filter": {"@ID": [101, "104"]}}, [{"id": 101}, {"id": 104}]),
        ({"select": ["ID"], "filter": {"!=GROUP_ID": 10}}, [{"id": 102}, {"id": 104}]),
        ({"select": ["ID"], "filter": {"><ID": [102, 103]}}, [{"id": 102}, {"id": 103}]),
        ({"select": ["ID"], "filter": {">=ID": 103}}, [{"id": 103}, {"id": 104}]),
        ({"select": ["ID"], "filter": {"<EFFICIENCY": "80"}}, [{"id": 103}]),
        ({"select": ["ID"], "filter": {"%NAME": "%help%"}}, [{"id": 101}]),
        ({"select": ["ID"], "filter": {"=%NAME": "help"}}, []),
        ({"select": ["ID"], "filter": {"NAME": "content"}}, [{"id": 103}]),
        (
            {"select": ["ID"], "order": {"GROUP_ID": "DESC", "ID": "DESC"}},
            [{"id": 102}, {"id": 103}, {"id": 101}, {"id": 104}],
        ),
        ({"select": ["DESCRIPTION"], "filter": {"ID": 104}}, [{}]),
        ({"select": ["ID"], "start": 50}, []),
    ],
)
def test_list_parameters(alice: Person, params: dict[str, object], rows: list[object]) -> None:
    assert alice.result("tasks.flow.Flow.list", params) == rows


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"select": ["name"]}, "Invalid select data"),
        ({"filter": {"TEAM": 1}}, "Invalid filter data"),
        ({"filter": {">ID": [1]}}, "Invalid filter data"),
        ({"order": {"TEAM": "asc"}}, "Incorrect sort field"),
        ({"order": {"ID": "up"}}, "Incorrect sort field"),
        ({"group": ["TEAM"]}, "Invalid group data"),
    ],
)
def test_list_refuses(alice: Person, params: dict[str, object], text: str) -> None:
    assert alice.error("tasks.flow.Flow.list", params) == (400, "0", text)


def test_list_gives_fifty_without_a_total(alice: Person) -> None:
    for number in range(60):
        alice.flow("create", **FLOW | {"name": f"Flow {number}"}, groupId=10)
    answer = alice.ask("tasks.flow.Flow.list").json()
    assert (len(answer["result"]), set(answer)) == (50, {"result", "time"})
    rest = alice.result("tasks.flow.Flow.list", {"start": 50})
    assert len(rest) == 14


def test_counting_the_people_of_departments(alice: Person) -> None:
    counted = alice.result(
        "tasks.flow.Flow.getDepartmentsMemberCount",
        {"departments": [["department", "4"], ["department", "4:F"]]},
    )
    assert counted == [
        {"departmentId": "4", "count": 10},
        {"departmentId": "4:F", "count": 5},
    ]
