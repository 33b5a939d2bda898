"""What a portal refuses, and in which words: one table for emulated portals and a real one."""

import re

import pytest

from tests.contract.guest import ABSENT, FLOW, Guest

# Phrases in the portal's language are not compared; an unknown error shows its line in any.
ANY, UNKNOWN = r".*", r"\[Flow: \d+\]$"
MUST = "'{}': field's value must {}"

# changes to good fields → the text of the refusal, whose code is "0"
NO_FLOW: list[tuple[dict[str, object], str]] = [
    ({"plannedCompletionTime": ...}, "Property plannedCompletionTime cannot be null"),
    ({"plannedCompletionTime": "2h"}, "Property plannedCompletionTime cannot be null"),
    ({"plannedCompletionTime": 3599}, MUST.format("plannedCompletionTime", "be greater than 3600")),
    (
        {"plannedCompletionTime": 2145398401},
        MUST.format("plannedCompletionTime", "be less than 2145398400"),
    ),
    ({"name": ...}, "Property name cannot be null"),
    ({"name": ""}, "'name': field's length must be greater than 1 and less than 255"),
    ({"name": "n" * 256}, "'name': field's length must be greater than 1 and less than 255"),
    ({"distributionType": ...}, "Property distributionType cannot be null"),
    ({"distributionType": "Queue"}, "distributionType: unexpected value"),
    ({"responsibleList": ...}, MUST.format("responsibleList", "not be empty")),
    ({"responsibleList": []}, MUST.format("responsibleList", "not be empty")),
    ({"responsibleList": [["user", "x"]]}, MUST.format("responsibleList", "not be empty")),
    ({"responsibleList": [{"user": 3}]}, "responsibleList: unexpected value"),
    ({"responsibleList": [["user", "0"]]}, "responsibleList: unexpected value"),
    ({"responsibleList": [["user", str(ABSENT)]]}, f"User {ABSENT} doesn't exists"),
    ({"responsibleList": [["department", str(ABSENT)]]}, f"Department {ABSENT} doesn't exist"),
    ({"taskCreators": {"meta-user": "all-users"}}, "taskCreators: unexpected value"),
    ({"taskCreators": [["user", str(ABSENT)]]}, f"User {ABSENT} doesn't exists"),
    ({"templateId": -1}, MUST.format("templateId", "be greater than 0")),
    ({"templateId": ABSENT}, f"Template {ABSENT} doesn't exists"),
    ({"efficiency": 101}, MUST.format("efficiency", "be less than 100")),
    ({"notifyOnQueueOverflow": -1}, MUST.format("notifyOnQueueOverflow", "be greater than 0")),
    (
        {"notifyOnTasksInProgressOverflow": 100000},
        MUST.format("notifyOnTasksInProgressOverflow", "be less than 99999"),
    ),
    (
        {"notifyWhenEfficiencyDecreases": 101},
        MUST.format("notifyWhenEfficiencyDecreases", "be less than 100"),
    ),
    ({"groupId": ABSENT}, ANY),
    ({"ownerId": ABSENT}, f"User {ABSENT} doesn't exists"),
]

# action, parameters → code and text
NO_ANSWER: list[tuple[str, dict[str, object], str, str]] = [
    ("get", {}, "100", "Could not find value for parameter {flowId}"),
    ("activate", {"flowId": None}, "100", "Invalid value {} to match with parameter {flowId}."),
    ("get", {"flowId": "abc"}, "100", "Invalid value {abc} to match with parameter {flowId}."),
    ("get", {"flowId": ABSENT}, "0", ANY),
    ("activate", {"flowId": ABSENT}, "0", ANY),
    ("create", {}, "0", "Property plannedCompletionTime cannot be null"),
    ("isExists", {"flowData": {}}, "0", "name: cannot be null"),
    (
        "isExists",
        {"flowData": {"name": "n", "responsibleList": [["user"]]}},
        "0",
        "responsibleList: unexpected value",
    ),
    ("delete", {"flowData": {"id": 0}}, "0", MUST.format("id", "be greater than 0")),
    ("delete", {"flowData": {"id": ABSENT}}, "0", UNKNOWN),
    ("update", {"flowData": {"id": ABSENT, "name": "n"}}, "0", UNKNOWN),
    ("noSuchAction", {}, "22002", "Could not find description of noSuchAction in "),
]


def agrees(text: str, expected: str) -> bool:
    """Compare a text with one that may be a pattern; PHP may add a sentence to its own."""
    pattern = expected if expected in {ANY, UNKNOWN} else re.escape(expected)
    return re.search(pattern, text) is not None


@pytest.mark.parametrize(("changes", "text"), NO_FLOW)
def test_no_flow_is_made(guest: Guest, changes: dict[str, object], text: str) -> None:
    before = set(guest.flows)
    status, code, said = guest.flow("create", **guest.fields("refused", **changes)).refusal
    assert (status, code) == (400, "0")
    assert agrees(said, text), said
    assert guest.flows == before


@pytest.mark.parametrize(("action", "params", "code", "text"), NO_ANSWER)
def test_the_call_is_refused(
    guest: Guest, action: str, params: dict[str, object], code: str, text: str
) -> None:
    status, said_code, said = guest.ask(FLOW + action, **params).refusal
    assert (status, said_code) == (400, code)
    assert agrees(said, text), said


@pytest.mark.parametrize("method", ["tasks.flow.flow.get", "tasks.flow.nothing.get", "no.such"])
def test_a_method_must_be_spelled_exactly(guest: Guest, method: str) -> None:
    assert guest.ask(method).refusal[:2] == (404, "ERROR_METHOD_NOT_FOUND")


def test_an_error_says_no_more_than_code_and_text(guest: Guest) -> None:
    assert set(guest.ask(f"{FLOW}get").body) == {"error", "error_description"}
