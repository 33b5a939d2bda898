"""The table of bad input: each field, each kind of wrong; refused at its pointer, not written."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.app_harness import Api, AppHarness
from tests.support.samples import WHOLE

NO_TEXT = [5, True, [], {"a": "b"}, 1.5]
NO_NUMBER = ["7200", "2h", "", True, False, 3600.5, [], {}]
NO_SWITCH = [None, "Y", "N", "true", "false", "1", "0", "", 2, -1, 0.5, [], {}]
NO_LIMIT = [-1, "50", "", True, False, 1.5, [], {}, 10**30]
HUGE = 10**400
SWITCHES = (
    "matchWorkTime",
    "matchSchedule",
    "responsibleCanChangeDeadline",
    "notifyAtHalfTime",
    "taskControl",
)
WRONG: dict[str, list[Any]] = {
    "name": [*NO_TEXT, None, "", "  \t ", "x" * 256, "two\nlines", "nul\0", "\x7f"],
    "description": [*NO_TEXT, "nul\0", "bell\x07"],
    "groupId": [*NO_NUMBER, -1, HUGE, 999, 12],
    "ownerId": [*NO_NUMBER, None, 0, -1, 2**31, HUGE, 999],
    "templateId": [*NO_NUMBER, -1, HUGE, 999],
    "plannedCompletionTime": [*NO_NUMBER, None, 0, -1, 3599, 2145398401, HUGE],
    "distributionType": [None, "", "Queue", "immutable", "random", 1, True, [], {}],
    "responsibleList": [None, "", "user", 3, True, [], [["user", "2"]] * 1001],
    "taskCreators": [None, "", "all-users", 3, True, [["user", "2"]] * 1001],
    **dict.fromkeys(SWITCHES, NO_SWITCH),
    "notifyOnQueueOverflow": [*NO_LIMIT, 100_000],
    "notifyOnTasksInProgressOverflow": [*NO_LIMIT, 100_000],
    "notifyWhenEfficiencyDecreases": [*NO_LIMIT, 101],
}
NOBODY: list[Any] = [
    None,
    "user",
    "user:3",
    3,
    [],
    {},
    ["user"],
    ["user", "3", "4"],
    ["user", "0"],
    ["user", 0],
    ["user", "-1"],
    ["user", "abc"],
    ["user", ""],
    ["user", " 3"],
    ["user", "٣"],
    ["user", None],
    ["user", True],
    ["user", 1.5],
    ["user", "99999999999"],
    ["user", HUGE],
    ["user", "3:F"],
    ["user", ["3"]],
    ["department", "0"],
    ["department", "17:f"],
    ["department", "17:F:F"],
    ["department", ":F"],
    ["USER", "3"],
    [3, "user"],
    ["project", "5"],
    ["structure-node", "7"],
    ["mail-contact", "7"],
    ["crm-contact", "7"],
    ["meta-user", "nobody"],
    ["user", "999"],
    ["department", "999"],
    {"user": 0},
    {"person": 3},
]
"""What can stand in a list of people and departments and names nobody."""


@pytest.fixture(scope="module")
def quiet_api(shared_app: AppHarness) -> Api:
    """A program with the key of portal A."""
    return shared_app.program(shared_app.a)


@pytest.fixture
def refused(shared_app: AppHarness, quiet_api: Api) -> Iterator[Any]:
    """Send something wrong; gives the codes of the answer by their pointers."""
    api, before = quiet_api, copy.deepcopy(shared_app.a.flows)
    groups = set(shared_app.a.groups)

    def send(verb: str, flow: Any) -> dict[str, str]:
        path = f"{api.flows}/103" if verb == "PATCH" else api.flows
        sent = len(shared_app.writes())
        answer = api.call(verb, path, data=json.dumps(flow), content_type="application/json")
        assert (answer.status_code, answer.json["code"]) == (422, "invalid_flow")
        assert answer.content_type == "application/problem+json"
        assert all(error["message"] for error in answer.json["errors"])
        codes = {error["pointer"]: error["code"] for error in answer.json["errors"]}
        # Only about people, whom it may hide, the portal itself is asked: it refuses the write.
        assert "unknown_person" in codes.values() or len(shared_app.writes()) == sent
        return codes

    yield send
    assert (shared_app.a.flows, set(shared_app.a.groups)) == (before, groups)


def whole(verb: str, **changes: Any) -> dict[str, Any]:
    """A flow that is right but for the changes; only these for PATCH."""
    return changes if verb == "PATCH" else WHOLE | changes


@pytest.mark.reference(
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
    "create: 0 invalid value for a field",
    "update: 0 'distributionType'",
)
@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in WRONG.items() for value in values],
    ids=lambda value: repr(value)[:30],
)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
def test_a_wrong_value_is_refused(verb: str, field: str, value: Any, refused: Any) -> None:
    assert set(refused(verb, whole(verb, **{field: value}))) == {f"/{field}"}


@pytest.mark.reference("responsibleList (required)", "Parameters: taskCreators")
@pytest.mark.parametrize("entry", NOBODY, ids=lambda entry: repr(entry)[:30])
@pytest.mark.parametrize("field", ["responsibleList", "taskCreators"])
@pytest.mark.parametrize("verb", ["POST", "PATCH"])
def test_who_cannot_be_named_is_refused(verb: str, field: str, entry: Any, refused: Any) -> None:
    sent = whole(verb, **{field: [["user", "2"], entry, ["department", "4"]]})

    assert set(refused(verb, sent)) == {f"/{field}/1"}


@pytest.mark.reference("responsibleList (required)")
@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_everybody_cannot_do_the_tasks(verb: str, refused: Any) -> None:
    sent = whole(verb, responsibleList=[["meta-user", "all-users"]])

    assert refused(verb, sent) == {"/responsibleList/0": "unknown_type"}


@pytest.mark.reference(
    "name (create, required)",
    "plannedCompletionTime (required)",
    "distributionType (required)",
    "responsibleList (required)",
)
@pytest.mark.parametrize(
    "field", ["name", "plannedCompletionTime", "distributionType", "responsibleList"]
)
@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_a_required_field_is_missed(verb: str, field: str, refused: Any) -> None:
    sent = {name: value for name, value in WHOLE.items() if name != field}

    assert refused(verb, sent) == {f"/{field}": "missing"}


@pytest.mark.reference("distributionType: manually")
@pytest.mark.parametrize(
    "team", [[["user", "2"], ["user", "3"]], [["department", "4"]], [["department", "4:F"]]]
)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
def test_there_is_one_moderator(verb: str, team: list[Any], refused: Any) -> None:
    sent = whole(verb, distributionType="manually", responsibleList=team)

    assert refused(verb, sent) == {"/responsibleList": "one_moderator"}


@pytest.mark.reference("distributionType: manually")
def test_a_team_does_not_become_a_moderator_by_itself(refused: Any) -> None:
    sent = {"distributionType": "manually"}

    assert refused("PATCH", sent) == {"/responsibleList": "one_moderator"}


@pytest.mark.reference("flowData")
@pytest.mark.parametrize(
    ("name", "pointer"),
    [("colour", "/colour"), ("Name", "/Name"), ("a/b~c", "/a~1b~0c"), ("", "/"), ("поле", "/поле")],
)
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
def test_an_unknown_field_is_refused(verb: str, name: str, pointer: str, refused: Any) -> None:
    assert refused(verb, whole(verb, **{name: 1})) == {pointer: "unknown_field"}


@pytest.mark.reference(
    "id (update, required)",
    "creatorId",
    "efficiency",
    "active",
    "activity",
    "demo",
    "team",
    "trialFeatureEnabled",
)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 5),
        ("creatorId", 2),
        ("efficiency", 1),
        ("active", False),
        ("activity", "2030-01-01T00:00:00+00:00"),
        ("demo", True),
        ("team", []),
        ("trialFeatureEnabled", True),
    ],
)
def test_what_bitrix24_sets_cannot_be_changed(field: str, value: Any, refused: Any) -> None:
    assert refused("PATCH", {field: value}) == {f"/{field}": "read_only"}


@pytest.mark.parametrize(("field", "value"), [("active", False), ("demo", True)])
@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_a_new_flow_is_on_and_real(verb: str, field: str, value: bool, refused: Any) -> None:
    assert refused(verb, WHOLE | {field: value}) == {f"/{field}": "read_only"}


@pytest.mark.reference("groupId left out on update")
def test_a_flow_keeps_having_a_project(refused: Any) -> None:
    for nothing in (0, None):
        assert refused("PATCH", {"groupId": nothing}) == {"/groupId": "missing"}


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
def test_everything_wrong_is_named_at_once(verb: str, refused: Any) -> None:
    sent = {
        "name": "",
        "plannedCompletionTime": 5,
        "distributionType": "manually",
        "responsibleList": [["user", "2"], ["user", "3"]],
        "taskCreators": [["user", "999"], ["project", "4"]],
        "ownerId": 998,
        "templateId": 997,
        "groupId": 12,
        "taskControl": "N",
        "colour": "red",
        "active": False,
        "notifyOnQueueOverflow": -1,
    }

    assert refused(verb, sent) == {
        "/name": "missing",
        "/plannedCompletionTime": "out_of_range",
        "/responsibleList": "one_moderator",
        "/taskCreators/1": "unknown_type",
        "/ownerId": "unknown_person",
        "/templateId": "unknown_template",
        "/groupId": "archived_project",
        "/taskControl": "not_a_switch",
        "/colour": "unknown_field",
        "/active": "read_only",
        "/notifyOnQueueOverflow": "out_of_range",
    }


@pytest.mark.reference("flowData")
@pytest.mark.parametrize("body", [[], [WHOLE], "flow", 5, None, True])
@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH"])
def test_a_flow_is_an_object(verb: str, body: Any, refused: Any) -> None:
    assert refused(verb, body) == {"": "not_an_object"}


@pytest.mark.parametrize("value", [*NO_SWITCH, {"active": True}])
@pytest.mark.parametrize("name", ["active", "pinned"])
def test_states_are_switches(name: str, value: Any, shared_app: AppHarness, quiet_api: Api) -> None:
    sent = len(shared_app.writes())
    answer = quiet_api.put({name: value}, f"103/{name}")

    assert (answer.status_code, len(shared_app.writes())) == (422, sent)
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{name}"]


@pytest.mark.parametrize("name", [None, "", "  ", "x" * 256, "nul\0"])
def test_a_name_to_look_for_is_a_name(name: str | None, quiet_api: Api) -> None:
    answer = quiet_api.get("exists", query_string={"name": name})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == ["/name"]
