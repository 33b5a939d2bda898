"""What is wanted of single flows, and how that differs from what is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bx24app.blueprints.plan import Change
from bx24app.flows.change import lasting
from bx24app.flows.flow import Flow
from bx24app.flows.history import field_changes, state_of
from bx24app.flows.problems import Problem
from bx24app.flows.spec import LISTS, settings, validate_changes, validate_spec
from bx24app.i18n import N_

NOT_OWNED = N_("The flow was not made by a document and has not been adopted: it is kept.")
NOT_THERE = N_("There is no such flow.")


@dataclass(frozen=True)
class DesiredFlow:
    """What is wanted of one flow."""

    key: str
    """Its key in documents; empty where none is meant."""
    flow: Flow | None
    """The flow as it is; None where a new one is wanted, or where there is none to delete."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """The wanted fields of `flowData`, all of them for a new flow."""
    active: bool | None = None
    """Whether it is to be on; None where that stays."""
    delete: bool = False
    owns: bool = False
    """Whether documents own the flow afterwards."""
    reason: str | None = None
    """Why nothing is to be done."""


def compare(desired: DesiredFlow, owner_id: int) -> tuple[list[Change], list[Problem]]:
    """The changes that lead to a desired flow, and what is wrong with it.

    `owner_id` becomes the administrator of a new flow for which nobody is named.
    """
    if desired.delete or desired.reason:
        return [_end(desired)], []
    if desired.flow is None:
        return _creation(desired, owner_id)
    return _changes(desired, desired.flow)


def _creation(desired: DesiredFlow, owner_id: int) -> tuple[list[Change], list[Problem]]:
    spec, problems = validate_spec(dict(desired.data))
    spec.setdefault("ownerId", owner_id)
    data = _stored(spec)
    name = str(data.get("name", ""))
    fields = field_changes(None, data | {"active": True})
    changes = [Change(desired.key, "create", None, name, fields, data, None, desired.owns)]
    if desired.active is False:
        changes.append(_switch(desired, None, name, active=False))
    return changes, problems


def _changes(desired: DesiredFlow, flow: Flow) -> tuple[list[Change], list[Problem]]:
    now = settings(flow)
    wanted = {
        name: value
        for name, value in desired.data.items()
        # A new project cannot be had for a flow that exists; the portal orders people its own way.
        if not (name == "groupId" and value == 0) and not _same_people(name, now, value)
    }
    data, problems = validate_changes(flow, wanted)
    changes: list[Change] = []
    base, name = _stored(lasting(flow)), str(flow["name"])
    if data:
        before = state_of(flow)
        fields = field_changes(before, before | _stored(data))
        shown = str(data.get("name", name))
        changes.append(
            Change(
                desired.key,
                "update",
                int(flow["id"]),
                shown,
                fields,
                _stored(data),
                base,
                desired.owns,
            )
        )
    if desired.active is not None and desired.active != bool(flow["active"]):
        changes.append(_switch(desired, flow, name, active=desired.active))
    if not changes and not problems:
        changes.append(
            Change(desired.key, "unchanged", int(flow["id"]), name, (), {}, base, desired.owns)
        )
    return changes, problems


def _switch(desired: DesiredFlow, flow: Flow | None, name: str, *, active: bool) -> Change:
    action = "activate" if active else "deactivate"
    fields = [{"field": "active", "before": not active, "after": active}]
    base = _stored(lasting(flow)) if flow else None
    number = int(flow["id"]) if flow else None
    return Change(desired.key, action, number, name, fields, {}, base, desired.owns)


def _end(desired: DesiredFlow) -> Change:
    """A deletion, or the reason why there is none."""
    flow = desired.flow
    number, name = (int(flow["id"]), str(flow["name"])) if flow else (None, "")
    if flow is None or desired.reason:
        reason = desired.reason or NOT_THERE
        base = _stored(lasting(flow)) if flow else None
        return Change(
            desired.key, "unchanged", number, name, (), {}, base, desired.owns, reason=reason
        )
    fields = field_changes(state_of(flow), None)
    return Change(desired.key, "delete", number, name, fields, {}, _stored(lasting(flow)), True)


def _same_people(name: str, now: Mapping[str, Any], value: Any) -> bool:
    if name not in LISTS or not isinstance(value, list):
        return False
    return {tuple(pair) for pair in value} == set(now.get(name, ()))


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as they come back from the database: pairs as lists."""
    stored: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return stored
