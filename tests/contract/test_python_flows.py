"""The official Python client, unchanged, calls every method of flows."""

from typing import Any

import pytest
from b24pysdk import BitrixToken
from b24pysdk.errors import BitrixAPIBadRequest
from b24pysdk.scopes.tasks.flow import Flow

from tests.contract.python_client import PORTALS, token
from tests.emulator.entities import Portal
from tests.emulator.state import World

FRESH = {
    "name": "Invoices",
    "plannedCompletionTime": 7200,
    "distributionType": "queue",
    "responsibleList": [["user", "2"], ["user", "3"]],
    "taskCreators": [["department", "6"]],
    "groupId": 10,
    "matchWorkTime": 0,
    "notifyOnQueueOverflow": 5,
}


@pytest.fixture
def flows(alice: BitrixToken) -> Flow:
    """The client's own words for `tasks.flow.Flow.*`."""
    return alice.get_client().tasks.flow.flow


@pytest.fixture
def portal(world: World) -> Portal:
    """What really stands in the portal."""
    return world.portal(PORTALS[0])


def settings(flow: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, as the flow has it now."""
    return {name: flow[name] for name in FRESH}


@pytest.mark.promise("Bitrix24's own Python client")
def test_every_method_is_called_by_its_exact_name(flows: Flow, world: World) -> None:
    made = flows.create({**FRESH}).result["id"]
    for request in (
        flows.get(made), flows.update({"id": made, "name": "Bills"}), flows.activate(made),
        flows.pin(made), flows.is_exists({"name": "Bills"}), flows.delete({"id": made}),
    ):  # fmt: skip
        assert request.result is not None
    assert [entry.method for entry in world.journal] == [
        f"tasks.flow.Flow.{name}"
        for name in ("create", "get", "update", "activate", "pin", "isExists", "delete")
    ]
    assert {entry.status for entry in world.journal} == {200}
    assert {entry.token_in for entry in world.journal} == {"body"}


def test_create(flows: Flow, portal: Portal) -> None:
    made = flows.create({**FRESH}).result
    flow = portal.flows[made["id"]]
    assert (flow.name, flow.queue, flow.task_creators) == ("Invoices", [2, 3], ["DR6"])
    assert (flow.match_work_time, flow.notify_on_queue_overflow) == (False, 5)
    assert (made["creatorId"], made["ownerId"], made["active"]) == (1, 1, True)
    assert (made["taskCreators"], made["team"]) == ([], [])


def test_get(flows: Flow) -> None:
    made = flows.create({**FRESH}).result["id"]
    read = flows.get(made)
    assert settings(read.result) == {**FRESH, "matchWorkTime": False}
    assert read.result["team"] == FRESH["responsibleList"]
    assert read.time.duration >= 0


def test_update_resets_what_it_leaves_out(flows: Flow) -> None:
    made = flows.create({**FRESH, "description": "Paid on Fridays"}).result["id"]
    assert flows.update({"id": made, "name": "Bills"}).result["name"] == "Bills"
    after = flows.get(made).result
    assert settings(after) == {
        **FRESH, "name": "Bills", "matchWorkTime": True, "notifyOnQueueOverflow": None,
    }  # fmt: skip
    assert after["description"] == ""


def test_delete(flows: Flow, portal: Portal) -> None:
    assert flows.delete({"id": 101}).result == {"deleted": True}
    assert 101 not in portal.flows
    with pytest.raises(BitrixAPIBadRequest, match=r"\[Flow: \d+\]"):
        assert flows.delete({"id": 101}).result


@pytest.mark.parametrize(
    ("data", "exists"),
    [
        ({"name": "IT help desk"}, True),
        ({"name": "IT help desk", "id": 101}, False),
        ({"name": "Nobody's"}, False),
    ],
)
def test_is_exists(flows: Flow, data: dict[str, object], exists: bool) -> None:
    assert flows.is_exists({**data}).result == {"exists": exists}


def test_activate_is_a_toggle(flows: Flow) -> None:
    states = []
    for _ in range(2):
        assert flows.activate(101).result is True
        states.append(flows.get(101).result["active"])
    assert states == [False, True]


def test_pin_is_a_toggle_of_the_person(flows: Flow, world: World) -> None:
    boris = token(world, user_id=2).get_client().tasks.flow.flow
    assert [flows.pin(101).result for _ in range(3)] == [True, False, True]
    assert boris.pin(101).result is True


def test_a_refusal_keeps_the_portals_words(flows: Flow) -> None:
    with pytest.raises(BitrixAPIBadRequest) as refused:
        assert flows.create({"name": "Invoices"}).result
    assert refused.value.error == "0"
    assert refused.value.error_description == "Property plannedCompletionTime cannot be null"
    assert refused.value.status_code == 400


def test_a_batch_answers_each_call(alice: BitrixToken, flows: Flow) -> None:
    calls = {
        "made": flows.create({**FRESH}),
        "desk": flows.get(101),
        "nothing": flows.get(999),
        "me": alice.get_client().profile(),
    }
    answer = alice.get_client().call_batch(calls).result
    assert answer.result["made"]["name"] == "Invoices"
    assert answer.result["desk"]["name"] == "IT help desk"
    assert answer.result["me"]["ID"] == "1"
    assert answer.result_error["nothing"]["error"] == "0"
    assert set(answer.result_time) == {"made", "desk", "me"}
