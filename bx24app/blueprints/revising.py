"""What is desired because of the past: undo a plan, try again, go back in the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bx24app.blueprints.desired import DesiredFlow
from bx24app.blueprints.plan import Change, Plan, PlanNotApplied
from bx24app.flows.fields import BY_NAME
from bx24app.flows.flow import Flow
from bx24app.flows.history import Line

SWITCHES = ("activate", "deactivate")
FLOWS = Mapping[int, Flow]
"""The flows that are meant, as they are now, by number."""


def done_changes(plan: Plan) -> list[Change]:
    """What a plan has carried out; raises PlanNotApplied where that is nothing."""
    done = [one for one in plan.changes if one.outcome.status == "done" and not one.empty]
    if not plan.over or (not done and not plan.empty):
        raise PlanNotApplied
    return done


def failed_changes(plan: Plan) -> list[Change]:
    """What of a plan was skipped or has failed; raises PlanNotApplied before it was carried out."""
    if not plan.over:
        raise PlanNotApplied
    return [one for one in plan.changes if one.outcome.status in ("failed", "skipped")]


def flow_ids(changes: Iterable[Change]) -> list[int]:
    """The numbers of the flows that changes have been about."""
    found = [one.outcome.flow_id or one.flow_id for one in changes]
    return [number for number in found if number]


def desired_by_undo(
    done: Sequence[Change], now: FLOWS, *, delete_created: bool
) -> list[DesiredFlow]:
    """The inverse of what was carried out."""
    desired_flows = []
    created = {one.outcome.flow_id for one in done if one.action == "create"}
    for number in dict.fromkeys(flow_ids(done)):
        mine = [one for one in done if (one.outcome.flow_id or one.flow_id) == number]
        deleted = next((one for one in mine if one.action == "delete"), None)
        if deleted is not None:
            desired_flows.append(_anew(deleted))
        elif number in now and number in created:
            key = mine[0].key
            # Off by default: a deletion would lose the tasks' way of work for good.
            desired = DesiredFlow(key, now[number], active=False, owns=True)
            desired_flows.append(
                DesiredFlow(key, now[number], delete=True, owns=True) if delete_created else desired
            )
        elif number in now:
            desired_flows.append(_back(mine, now[number]))
    return desired_flows


def desired_by_retry(
    failed: Sequence[Change], now: FLOWS, by_name: Mapping[str, Flow]
) -> list[DesiredFlow]:
    """What was wanted and did not come about."""
    desired_flows = []
    for name in dict.fromkeys((one.key, one.flow_id) for one in failed):
        mine = [one for one in failed if (one.key, one.flow_id) == name]
        first = mine[0]
        flow = now.get(first.flow_id or first.outcome.flow_id or 0)
        if first.action == "create" and first.outcome.may_have_happened:
            flow = by_name.get(first.name)
        if first.action == "delete":
            desired_flows.append(DesiredFlow(first.key, flow, delete=True, owns=first.owns))
        elif flow is not None or first.action == "create":
            data = {field: value for one in mine for field, value in one.data.items()}
            active = next((one.action == "activate" for one in mine if _is_switch(one)), None)
            desired_flows.append(DesiredFlow(first.key, flow, data, active, owns=first.owns))
    return desired_flows


def desired_by_restore(line: Line, flow: Flow | None, key: str, owned: bool) -> DesiredFlow:
    """Back to the state after a line of the history."""
    if line.after is None:
        return DesiredFlow(key, flow, delete=True, owns=owned)
    return DesiredFlow(key, flow, _settings(line.after), bool(line.after.get("active")), owns=owned)


def _back(mine: Sequence[Change], flow: Flow) -> DesiredFlow:
    data: dict[str, Any] = {}
    active = None
    for one in mine:
        for field in one.fields:
            if _is_switch(one):
                active = bool(field["before"])
            else:
                data[str(field["field"])] = field["before"]
    return DesiredFlow(mine[0].key, flow, data, active, owns=mine[0].owns)


def _anew(deleted: Change) -> DesiredFlow:
    base = deleted.base or {}
    active = bool(base.get("active"))
    return DesiredFlow(deleted.key, None, _settings(base), active, owns=deleted.owns)


def _settings(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name in BY_NAME}


def _is_switch(change: Change) -> bool:
    return change.action in SWITCHES
