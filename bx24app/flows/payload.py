"""The payloads of `create` and `update`: what is sent to get the flow that is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bx24app.flows.spec import READ_ONLY, FlowChanges, settings


def create_payload(spec: Mapping[str, Any]) -> dict[str, Any]:
    """`flowData` of a creation: every field spelled out; no project means a new one."""
    data = {name: _as_lists(value) for name, value in spec.items()}
    if not data.get("groupId"):
        data.pop("groupId", None)
    return data


def update_payload(flow: Mapping[str, Any], changes: FlowChanges) -> dict[str, Any]:
    """`flowData` of an update: the whole flow with the changes, unknown keys included.

    Bitrix24 resets what an update leaves out, the stored efficiency too. What it never resets and
    would misread is left out: an empty team would remove everybody, an administrator without a
    project fails, and a sample flow has no project. Creators that are and stay none are left out
    as well, because a batch cannot carry an empty list.
    """
    # `settings` comes after the portal's own values, as it turns the null of a limit into 0: the
    # portal reads null as "keep".
    kept = {name: value for name, value in flow.items() if name not in READ_ONLY}
    data = {name: _as_lists(value) for name, value in (kept | settings(flow) | changes).items()}
    # Nobody may set the efficiency, but an update without it would reset it to 100.
    data |= {name: flow[name] for name in ("id", "efficiency") if name in flow}
    if not data.get("responsibleList"):
        data.pop("responsibleList", None)
    # An empty list that was asked for is sent all the same: it removes the creators.
    if not data.get("taskCreators") and "taskCreators" not in changes:
        data.pop("taskCreators", None)
    if not data.get("groupId"):
        data.pop("groupId", None)
        data.pop("ownerId", None)
    if not data.get("ownerId"):
        data.pop("ownerId", None)
    return data


def _as_lists(value: Any) -> Any:
    """Pairs are lists in JSON."""
    if isinstance(value, list):
        return [list(item) if isinstance(item, tuple) else item for item in value]
    return value
