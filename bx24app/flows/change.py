"""What differs between two states of a flow, and whether a flow is as it was wanted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bx24app.flows.problems import Problem
from bx24app.flows.spec import LISTS, READ_ONLY, settings

VOLATILE = READ_ONLY - {"id", "active", "demo"}
"""Fields that move without anybody changing the flow."""


@dataclass(frozen=True)
class FlowChange:
    """How a flow was before and how it is after: by a write, in a form, or by somebody else."""

    before: Mapping[str, Any] | None
    """None for a flow that was created."""
    after: Mapping[str, Any] | None
    """None for a flow that was deleted."""
    warnings: tuple[Problem, ...] = ()
    """What came out otherwise than asked."""

    @property
    def flow_id(self) -> int:
        """The number of the flow."""
        return int((self.after or self.before or {})["id"])

    @property
    def flow(self) -> dict[str, Any]:
        """The flow as it is now, as it was read back; raises ValueError for a deleted one."""
        if self.after is None:
            raise ValueError("the flow was deleted")
        return dict(self.after)

    @property
    def created(self) -> bool:
        """Whether there was no such flow before."""
        return self.before is None

    @property
    def changed(self) -> tuple[str, ...]:
        """The settings that differ; all of them where one side is missing."""
        if self.before is None or self.after is None:
            return tuple(settings(self.after or self.before or {}))
        before, after = settings(self.before), settings(self.after)
        return tuple(name for name, value in after.items() if before.get(name) != value)

    def former_settings(self) -> dict[str, Any]:
        """What has to be written to undo the change."""
        return {name: (self.before or {}).get(name) for name in self.changed}


def lasting(flow: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of a flow as long as nobody changes it, unknown fields included."""
    kept = {name: value for name, value in flow.items() if name not in VOLATILE}
    # With the settings as specs have them, so that null and 0 of a limit are the same.
    return kept | settings(flow)


def digest(flow: Mapping[str, Any]) -> str:
    """A fingerprint of a flow's settings: the same as long as nobody has changed them."""
    text = json.dumps(lasting(flow), sort_keys=True, separators=(",", ":"), default=str)
    # A portal's JSON can hold lone surrogates, which strict UTF-8 refuses.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def differences(flow: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the wanted fields that the flow does not have, but for a new project."""
    # A 0 for the project asks for a new one, whose number the caller cannot know.
    now = settings(flow)
    return tuple(
        name
        for name, value in wanted.items()
        if now.get(name) != value and not (name == "groupId" and value == 0)
    )


def was_made_from(flow: Mapping[str, Any], spec: Mapping[str, Any]) -> bool:
    """Whether a new flow has been made of this spec.

    The portal keeps the pairs of team and creators as they were sent, in an order of its own
    (Bitrix24 source, QueueFlowMemberProvider); of a manual flow it names the moderator only.
    """
    # The lists are compared as sets, everything else by `differences`.
    found = settings(flow)
    return all(set(found[name]) == set(spec[name]) for name in LISTS) and not set(
        differences(flow, spec)
    ) - set(LISTS)
