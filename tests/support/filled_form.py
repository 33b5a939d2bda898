"""The form of a flow, filled in for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.web.flows.form import Choice, Form, fill_form

FLOW: dict[str, Any] = {
    "id": 101,
    "creatorId": 1,
    "ownerId": 1,
    "groupId": 10,
    "templateId": 20,
    "efficiency": 87,
    "active": True,
    "demo": False,
    "plannedCompletionTime": 172_800,
    "activity": "2026-11-22T09:00:00+00:00",
    "name": "IT help desk",
    "description": "Passwords\nand printers",
    "distributionType": "queue",
    "responsibleList": [["user", "2"], ["user", "3"]],
    "taskCreators": [["meta-user", "all-users"], ["department", "17:F"]],
    "team": [["user", "2"], ["user", "3"]],
    "responsibleCanChangeDeadline": False,
    "matchWorkTime": True,
    "matchSchedule": False,
    "taskControl": True,
    "notifyAtHalfTime": True,
    "notifyOnQueueOverflow": 20,
    "notifyOnTasksInProgressOverflow": None,
    "notifyWhenEfficiencyDecreases": 80,
    "trialFeatureEnabled": False,
}


def named(kind: str, number: str) -> Choice:
    """A choice with some name."""
    return Choice(kind, number, f"{kind} “{number}” <&>")


def filled(flow: Mapping[str, Any] = FLOW, **touched: str) -> Form:
    """The form of a flow with some inputs changed afterwards."""
    form = fill_form(flow, named)
    form["shown"] = form.dump()
    for name, value in touched.items():
        form[name] = value
    return form


def picked(form: Form, name: str, *choices: Choice) -> Form:
    """A form with other people or things picked."""
    form.pick(name, choices)
    return form
