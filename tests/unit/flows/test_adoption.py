"""Whether a flow that is found after a lost answer came of what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from bx24app.flows.change import was_made_from
from bx24app.flows.spec import parse_spec

ASKED = {
    "name": "Contracts",
    "plannedCompletionTime": 7200,
    "distributionType": "himself",
    "responsibleList": [["user", "3"], ["department", "2"]],
    "taskCreators": [["user", "4"], ["department", "1"]],
    "ownerId": 1,
}
QUEUE = {"distributionType": "queue"}
CASES: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    # asked for, found, whether it is the same
    ({}, {}, True),
    ({}, {"groupId": 77, "id": 5, "creatorId": 1, "efficiency": 100}, True),
    ({"groupId": 10}, {"groupId": 11}, False),
    ({}, {"name": "Contracts "}, False),
    ({}, {"description": "other"}, False),
    ({}, {"plannedCompletionTime": 3600}, False),
    ({}, {"notifyOnQueueOverflow": None}, True),
    ({}, {"notifyOnQueueOverflow": 5}, False),
    ({}, {"taskCreators": [["department", "1"], ["user", "4"]]}, True),
    ({}, {"taskCreators": [["user", "4"]]}, False),
    ({}, {"responsibleList": [["department", "2"], ["user", "3"]]}, True),
    ({}, {"responsibleList": [["user", "3"], ["user", "5"]]}, False),
    (QUEUE, {}, True),  # departments are told as they were sent
    (QUEUE, {"responsibleList": [["user", "3"], ["user", "5"], ["user", "6"]]}, False),
    (QUEUE, {"responsibleList": [["department", "7"]]}, False),
    (QUEUE | {"responsibleList": [["user", "3"]]}, {"responsibleList": [["user", "4"]]}, False),
]


@pytest.mark.promise("a lost creation is adopted if it is ours, and never doubled")
@pytest.mark.parametrize(("asked", "found", "same"), CASES)
def test_ours_is_told_from_another(
    asked: dict[str, Any], found: dict[str, Any], same: bool
) -> None:
    spec = parse_spec(ASKED | asked)
    project = {"groupId": spec["groupId"] or 9}
    assert was_made_from({**spec, **project, **found}, spec) is same
