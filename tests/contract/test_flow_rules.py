"""What becomes of flows on a portal: the same assertions for emulated portals and a real one."""

from typing import Any

import pytest

from tests.contract.guest import FLOW, Guest

DEFAULTS = {
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
OTHERWISE = {
    "description": "Set on purpose",
    "responsibleCanChangeDeadline": False,
    "matchWorkTime": False,
    "matchSchedule": True,
    "notifyAtHalfTime": True,
    "taskControl": True,
    "notifyOnQueueOverflow": 5,
    "notifyOnTasksInProgressOverflow": 6,
    "notifyWhenEfficiencyDecreases": 70,
}
KEYS = {
    *DEFAULTS, "id", "name", "creatorId", "ownerId", "groupId", "active", "demo", "activity",
    "plannedCompletionTime", "distributionType", "responsibleList", "taskCreators", "team",
    "trialFeatureEnabled",
}  # fmt: skip


def values(flow: dict[str, Any], names: dict[str, object]) -> dict[str, object]:
    """Those of a flow's values that are compared."""
    return {name: flow[name] for name in names}


def test_a_flow_of_the_least_fields_gets_the_defaults(guest: Guest) -> None:
    made = guest.flow("create", **guest.fields("least")).result
    assert set(made) >= KEYS
    assert values(made, DEFAULTS) == DEFAULTS
    assert (made["active"], made["demo"]) == (True, False)
    assert made["creatorId"] == made["ownerId"] == int(guest.me)
    assert (made["taskCreators"], made["team"]) == ([], [])


def test_only_reading_tells_who_may_add_tasks(guest: Guest) -> None:
    everybody = [["meta-user", "all-users"]]
    made = guest.flow("create", **guest.fields("open", taskCreators=everybody)).result
    assert made["taskCreators"] == []
    read = guest.read(made["id"])
    assert read["taskCreators"] == everybody
    assert read["responsibleList"] == read["team"] == [["user", guest.me]]


@pytest.mark.parametrize("department", ["1", "1:F"])
def test_pairs_are_read_with_ids_that_are_texts(guest: Guest, department: str) -> None:
    pairs = [["department", department], ["user", guest.me]]
    flow = guest.create(
        f"pairs {department[1:]}",
        responsibleList=[["user", int(guest.me)]] * 2,
        taskCreators=[["department", department], ["user", int(guest.me)], ["user", "x"]],
    )
    assert flow["responsibleList"] == [["user", guest.me]]
    assert sorted(flow["taskCreators"]) == pairs


@pytest.mark.parametrize("sent", ["N", "false", "1"])
def test_every_filled_text_is_true(guest: Guest, sent: str) -> None:
    flow = guest.create(f"text {sent}", matchWorkTime=sent, taskControl=sent)
    assert (flow["matchWorkTime"], flow["taskControl"]) == (True, True)


@pytest.mark.promise("the same assertions judge the emulated portals and")
def test_update_resets_what_it_leaves_out(guest: Guest) -> None:
    creators = [["user", guest.me]]
    before = guest.create("reset", **OTHERWISE, taskCreators=creators)
    assert values(before, OTHERWISE) == OTHERWISE
    renamed = guest.flow("update", id=before["id"], name=f"{guest.mark} was reset").result
    assert (renamed["taskCreators"], renamed["team"]) == ([], [])
    after = guest.read(before["id"])
    assert values(after, DEFAULTS) == DEFAULTS
    kept = KEYS - set(DEFAULTS) - {"name", "activity"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_null_keeps_a_threshold_and_leaving_it_out_switches_it_off(guest: Guest) -> None:
    flow = guest.create("null", **OTHERWISE)
    guest.flow("update", id=flow["id"], notifyOnQueueOverflow=None).result  # noqa: B018
    after = guest.read(flow["id"])
    assert after["notifyOnQueueOverflow"] == 5
    assert (
        after["notifyOnTasksInProgressOverflow"] is after["notifyWhenEfficiencyDecreases"] is None
    )


def test_update_needs_the_project_beside_the_owner(guest: Guest) -> None:
    flow = guest.create("owner")
    status, code, text = guest.flow("update", id=flow["id"], ownerId=int(guest.me)).refusal
    assert (status, code) == (400, "0")
    assert "[Flow: " in text
    both = {"ownerId": int(guest.me), "groupId": guest.group_id}
    assert guest.flow("update", id=flow["id"], **both).result["ownerId"] == int(guest.me)


def test_update_takes_no_project_away(guest: Guest) -> None:
    flow = guest.create("project")
    refused = guest.flow("update", id=flow["id"], groupId=0).refusal
    assert refused == (400, "0", "'groupId': field's value must be greater than 0")


def test_active_is_settable_by_update_alone(guest: Guest) -> None:
    flow = guest.create("active", active=False)
    assert flow["active"] is True
    guest.flow("update", id=flow["id"], active=False).result  # noqa: B018
    assert guest.read(flow["id"])["active"] is False


def test_activate_is_a_toggle_that_always_says_true(guest: Guest) -> None:
    flow_id = guest.create("toggle")["id"]
    states = []
    for _ in range(2):
        assert guest.toggle("activate", flow_id) is True
        states.append(guest.read(flow_id)["active"])
    assert states == [False, True]


def test_pin_is_a_toggle_that_says_the_state(guest: Guest) -> None:
    flow_id = guest.create("pin")["id"]
    assert [guest.toggle("pin", flow_id) for _ in range(3)] == [True, False, True]


def test_a_name_is_taken_by_others_in_any_case(guest: Guest) -> None:
    flow = guest.create("Name")
    asked = [
        {"name": flow["name"]},
        {"name": flow["name"].upper()},
        {"name": f"{flow['name']} "},
        {"name": flow["name"], "id": flow["id"]},
        {"name": f"{flow['name']}s"},
    ]
    found = [guest.flow("isExists", **data).result for data in asked]
    assert [answer["exists"] for answer in found] == [True, True, True, False, False]
    assert guest.flow("create", **guest.fields("Name")).refusal[:2] == (400, "0")


def test_delete_says_so_once(guest: Guest) -> None:
    flow = guest.create("gone")
    assert guest.flow("delete", id=flow["id"]).result == {"deleted": True}
    assert "[Flow: " in guest.flow("delete", id=flow["id"]).refusal[2]
    assert guest.flow("isExists", name=flow["name"]).result == {"exists": False}
    assert guest.projects(f"{guest.mark} ground") == [guest.group_id]


def test_the_list_is_there_or_says_that_it_is_not(guest: Guest) -> None:
    flow = guest.create("listed")
    answer = guest.ask(f"{FLOW}list", filter={"ID": flow["id"]})
    if answer.status == 400:
        assert answer.refusal[1] == "22002"
    else:
        assert [row["name"] for row in answer.result] == [flow["name"]]
        assert not {"total", "next"} & set(answer.body)
        assert "description" not in answer.result[0]


def test_a_batch_tells_success_and_refusal_apart(guest: Guest) -> None:
    flow_id = guest.create("batch")["id"]
    calls = {"good": f"{FLOW}get?flowId={flow_id}", "bad": f"{FLOW}get?flowId=abc"}
    parts = guest.ask("batch", cmd=calls, halt=0).result
    assert parts["result"]["good"]["id"] == flow_id
    assert str(parts["result_error"]["bad"]["error"]) == "100"
    assert "bad" not in parts["result"]
    assert guest.ask("batch", cmd={"good": calls["good"]}).result["result_error"] == []
