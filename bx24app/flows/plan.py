"""The plan: what has to change to get from the flow that is to the flow that is wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bx24app.flows.spec import LISTS, READ_ONLY, FlowChanges, settings

VOLATILE = READ_ONLY - {"id", "active", "demo"}
"""Fields that move without anybody changing the flow."""


def digest(flow: Mapping[str, Any]) -> str:
    """A fingerprint of a flow's settings: the same as long as nobody has changed them."""
    lasting = {name: value for name, value in flow.items() if name not in VOLATILE}
    text = json.dumps(lasting | settings(flow), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def differences(flow: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the wanted fields that the flow does not have; a new project's number is no wish."""
    now = settings(flow)
    return tuple(
        name
        for name, value in wanted.items()
        if now.get(name) != value and not (name == "groupId" and value == 0)
    )


def came_of(flow: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Whether a new flow has been made of this spec.

    The portal may list people in another order, and a queue's departments and those who have left
    the company have become its active people.
    """
    found = settings(flow)
    team, wanted = set(found["responsibleList"]), set(spec["responsibleList"])
    if spec["distributionType"] == "queue" and any(kind == "department" for kind, _ in wanted):
        same_team = all(kind == "user" for kind, _ in team)
    else:
        same_team = team == wanted or (spec["distributionType"] == "queue" and team < wanted)
    return (
        same_team
        and set(found["taskCreators"]) == set(spec["taskCreators"])
        and not set(differences(flow, spec)) - set(LISTS)
    )


def new(spec: Mapping[str, Any]) -> dict[str, Any]:
    """`flowData` of a creation: every field spelled out; no project means a new one."""
    data = {name: _wire(value) for name, value in spec.items()}
    if not data.get("groupId"):
        data.pop("groupId", None)
    return data


def whole(flow: Mapping[str, Any], changes: FlowChanges) -> dict[str, Any]:
    """`flowData` of an update: the whole flow with the changes, unknown keys included.

    Bitrix24 resets what an update leaves out, the stored efficiency too. What it never resets and
    would misread is left out: an empty team would remove everybody, an administrator without a
    project fails, and a sample flow has no project. Creators that are and stay none are left out
    as well, because a batch cannot carry an empty list.
    """
    kept = {name: value for name, value in flow.items() if name not in READ_ONLY}
    data = {name: _wire(value) for name, value in (kept | settings(flow) | changes).items()}
    data |= {name: flow[name] for name in ("id", "efficiency") if name in flow}
    if not data.get("responsibleList"):
        data.pop("responsibleList", None)
    if not data.get("taskCreators") and "taskCreators" not in changes:
        data.pop("taskCreators", None)
    if not data.get("groupId"):
        data.pop("groupId", None)
        data.pop("ownerId", None)
    return data


def _wire(value: Any) -> Any:
    """Pairs are lists on the wire."""
    if isinstance(value, list):
        return [list(item) if isinstance(item, tuple) else item for item in value]
    return value
