"""What differs between two states of a flow, and whether a flow is as it was wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from bx24app.flows.spec import LISTS, READ_ONLY, settings

VOLATILE = READ_ONLY - {"id", "active", "demo"}
"""Fields that move without anybody changing the flow."""


def digest(flow: Mapping[str, Any]) -> str:
    """A fingerprint of a flow's settings: the same as long as nobody has changed them."""
    lasting = {name: value for name, value in flow.items() if name not in VOLATILE}
    text = json.dumps(lasting | settings(flow), sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def differences(flow: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the wanted fields that the flow does not have, but for a new project."""
    now = settings(flow)
    return tuple(
        name
        for name, value in wanted.items()
        if now.get(name) != value and not (name == "groupId" and value == 0)
    )


def was_made_from(flow: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
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
