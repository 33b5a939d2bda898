"""Flows that tests send: with every field, with the fewest, and what is filled in."""

from __future__ import annotations

from typing import Any

WHOLE: dict[str, Any] = {
    "name": "Every field",
    "description": "First line\nand <b>second</b> & “third”",
    "groupId": 11,
    "ownerId": 2,
    "templateId": 21,
    "plannedCompletionTime": 5400,
    "distributionType": "himself",
    "responsibleList": [["user", "3"], ["department", "2"], ["department", "4:F"]],
    "taskCreators": [["user", "7"], ["department", "6:F"]],
    "matchWorkTime": False,
    "matchSchedule": True,
    "responsibleCanChangeDeadline": True,
    "notifyAtHalfTime": True,
    "taskControl": True,
    "notifyOnQueueOverflow": 7,
    "notifyOnTasksInProgressOverflow": 8,
    "notifyWhenEfficiencyDecreases": 9,
}
LEAST: dict[str, Any] = {
    "name": "Least",
    "plannedCompletionTime": 3600,
    "distributionType": "queue",
    "responsibleList": [["user", "2"]],
}


def numbered(number: int) -> dict[str, Any]:
    """One of many small flows, each of its own name."""
    return LEAST | {"name": f"Flow {number}", "responsibleList": [["user", "17"]]}


DEFAULTS: dict[str, Any] = {
    "description": "",
    "templateId": 0,
    "ownerId": 1,
    "taskCreators": [["meta-user", "all-users"]],
    "matchWorkTime": True,
    "matchSchedule": False,
    "responsibleCanChangeDeadline": False,
    "notifyAtHalfTime": False,
    "taskControl": False,
    "notifyOnQueueOverflow": None,
    "notifyOnTasksInProgressOverflow": None,
    "notifyWhenEfficiencyDecreases": None,
}
