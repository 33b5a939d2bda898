"""Several calls in one request."""

import pytest

from tests.emulator.control import Control
from tests.emulator.person import Person


def batch(person: Person, cmd: object, **more: object) -> dict[str, object]:
    """Send a batch and give its five parts."""
    return person.result("batch", {"cmd": cmd, **more})


@pytest.mark.parametrize("cmd", [{}, [], None, "nonsense"])
def test_empty_maps_are_lists(alice: Person, cmd: object) -> None:
    parts = ("result", "result_error", "result_total", "result_next", "result_time")
    assert batch(alice, cmd) == {name: [] for name in parts}


def test_a_map_of_calls(alice: Person) -> None:
    answer = batch(alice, {"me": "profile", "gone": "tasks.flow.Flow.get?flowId=999",
                           "all": "user.get?FILTER[ACTIVE]=Y"})  # fmt: skip
    assert answer["result"]["me"]["ID"] == "1"
    assert set(answer["result"]) == {"me", "all"}
    assert answer["result_error"] == {
        "gone": {"error": "0", "error_description": "Flow with this ID does not exist."}
    }
    assert answer["result_total"] == {"all": 29}
    assert answer["result_next"] == []
    assert set(answer["result_time"]) == {"me", "all"}


def test_a_list_of_calls(alice: Person) -> None:
    answer = batch(alice, ["profile", "user.admin"])
    assert answer["result"][1] is True
    with_hole = batch(alice, ["profile", "nonsense", "user.admin"])
    assert set(with_hole["result"]) == {"0", "2"}
    assert with_hole["result_error"]["1"]["error"] == "ERROR_METHOD_NOT_FOUND"


def test_a_form_with_everything_twice_encoded(alice: Person) -> None:
    form = {
        "cmd[new]": "tasks.flow.Flow.create?flowData%5Bname%5D=A%26B"
        "&flowData[plannedCompletionTime]=7200&flowData[distributionType]=queue"
        "&flowData[responsibleList][0][0]=user&flowData[responsibleList][0][1]=3",
        "auth": alice.grant.access_token,
    }
    answer = alice.session.post("http://localhost:8900/rest/batch.json", data=form, timeout=5)
    assert answer.json()["result"]["result"]["new"]["name"] == "A&B"


@pytest.mark.parametrize(("halt", "done"), [(0, 2), ("0", 2), (1, 1), ("1", 1), (True, 1)])
def test_halt(alice: Person, halt: object, done: int) -> None:
    answer = batch(alice, {"a": "profile", "b": "nonsense", "c": "profile"}, halt=halt)
    assert len(answer["result"]) == done


def test_references(alice: Person) -> None:
    cmd = {
        "me": "profile",
        "who": "user.get?FILTER[ID]=$result[me][ID]",
        "flow": "tasks.flow.Flow.isExists?flowData[name]=$result[who][0][LAST_NAME] $result[x][y]",
        "named": "tasks.flow.Flow.create?flowData[name]=Of $result[who][0][NAME]"
        "&flowData[plannedCompletionTime]=3600&flowData[distributionType]=queue"
        "&flowData[responsibleList][0][0]=user&flowData[responsibleList][0][1]=$result[me][ID]",
        "read": "tasks.flow.Flow.get?flowId=$result[named][id]",
    }
    answer = batch(alice, cmd)
    assert answer["result"]["who"][0]["LAST_NAME"] == "Carter"
    assert answer["result"]["flow"] == {"exists": False}
    assert answer["result"]["read"]["name"] == "Of Alice"
    assert answer["result"]["read"]["responsibleList"] == [["user", "1"]]


def test_more_than_fifty(alice: Person) -> None:
    answer = batch(alice, {f"k{number}": "user.admin" for number in range(52)})
    assert len(answer["result"]) == 50
    errors = {error["error"] for error in answer["result_error"].values()}
    assert (set(answer["result_error"]), errors) == (
        {"k50", "k51"},
        {"ERROR_BATCH_LENGTH_EXCEEDED"},
    )


def test_a_batch_inside(alice: Person) -> None:
    answer = batch(alice, {"a": "batch?cmd[x]=profile"})
    assert answer["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


def test_one_request_for_the_rate(alice: Person, control: Control) -> None:
    control.bucket(2, 0)
    for _ in range(2):
        assert len(batch(alice, {f"k{number}": "user.admin" for number in range(40)})["result"])
    assert alice.error("batch", {"cmd": {}})[:2] == (503, "QUERY_LIMIT_EXCEEDED")


def test_trouble_for_one_call_inside(alice: Person, control: Control) -> None:
    control.fail("user.admin", "OPERATION_TIME_LIMIT")
    answer = batch(alice, {"a": "user.admin", "b": "user.admin"})
    assert answer["result"] == {"b": True}
    assert answer["result_error"]["a"]["error"] == "OPERATION_TIME_LIMIT"


def test_calls_inside_are_in_the_journal(alice: Person) -> None:
    batch(alice, {"a": "tasks.flow.Flow.activate?flowId=101"})
    told = [(entry.method, entry.in_batch, entry.was_write) for entry in alice.world.journal]
    assert told == [("batch", False, False), ("tasks.flow.Flow.activate", True, True)]
