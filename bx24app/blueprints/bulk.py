"""One change for many flows: what it makes of each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bx24app.blueprints.desired import DesiredFlow
from bx24app.blueprints.matching import Link
from bx24app.flows.flow import Flow
from bx24app.flows.spec import settings
from bx24app.i18n import N_

Pairs = Sequence[tuple[str, str]]
"""People and departments as `flowData` names them."""

SAMPLE = N_("A sample of Bitrix24 can't be changed. Copy it first.")
NOBODY_LEFT = N_("Nobody would be left to do the tasks. Name a successor.")
MODERATOR = "manually"
BY_RULES = "immutable"
"""The distribution that automation rules manage: whom it names is theirs to say."""


@dataclass(frozen=True)
class BulkChange:
    """What is to be the same in many flows, and who comes and goes."""

    data: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `flowData` that every flow gets."""
    active: bool | None = None
    """Whether the flows are to be on; None where that stays."""
    add: Pairs = ()
    """Who joins the teams."""
    remove: Pairs = ()
    """Who leaves the teams."""
    successors: Mapping[int, int] = field(default_factory=dict)
    """Who takes over from whom, as administrator, moderator, in teams and among creators."""


def desired_by_change(
    flows: Iterable[Flow], change: BulkChange, links: Iterable[Link]
) -> list[DesiredFlow]:
    """What a change comes to in each flow; one that cannot have it says why and stays as it is."""
    known = {link.flow_id: link for link in links}
    return [_desired(flow, change, known.get(int(flow["id"]))) for flow in flows]


def concerned(flows: Iterable[Flow], leavers: Iterable[int]) -> list[Flow]:
    """The flows in which somebody of the leavers has a part; samples have none that matters."""
    gone = set(leavers)
    return [flow for flow in flows if not flow["demo"] and gone & _people_of(flow)]


def participants(flows: Iterable[Flow]) -> set[int]:
    """Everybody who has a part in some flows: administrators, teams, moderators, creators."""
    return set().union(*(_people_of(flow) for flow in flows if not flow["demo"])) - {0}


def _people_of(flow: Flow) -> set[int]:
    now = settings(flow)
    pairs = [*now["responsibleList"], *now["taskCreators"]]
    return {int(flow["ownerId"] or 0)} | {int(id) for kind, id in pairs if kind == "user"}


def _desired(flow: Flow, change: BulkChange, link: Link | None) -> DesiredFlow:
    key, owns = (link.key, link.owned) if link else ("", False)
    if flow["demo"]:
        return DesiredFlow(key, flow, owns=owns, reason=SAMPLE)
    data = dict(change.data) | _taken_over(flow, change.successors)
    if flow["distributionType"] != BY_RULES and (change.add or change.remove):
        team = data.get("responsibleList", settings(flow)["responsibleList"])
        data["responsibleList"] = _team(flow, team, change)
    if data.get("responsibleList") == []:
        return DesiredFlow(key, flow, owns=owns, reason=NOBODY_LEFT)
    return DesiredFlow(key, flow, data, change.active, owns=owns)


def _team(flow: Flow, team: Pairs, change: BulkChange) -> list[list[str]]:
    gone = set(change.remove)
    left = [tuple(pair) for pair in team if tuple(pair) not in gone]
    # A moderator is one person, to whom nobody is added.
    joining = () if flow["distributionType"] == MODERATOR else change.add
    return [list(pair) for pair in dict.fromkeys([*left, *joining])]


def _taken_over(flow: Flow, successors: Mapping[int, int]) -> dict[str, Any]:
    """The fields in which a leaver stands, with the successor in their place."""
    data: dict[str, Any] = {}
    if (owner := int(flow["ownerId"] or 0)) in successors:
        data["ownerId"] = successors[owner]
    for name in ("responsibleList", "taskCreators"):
        if name == "responsibleList" and flow["distributionType"] == BY_RULES:
            continue
        before = settings(flow)[name]
        # In the leaver's place of the queue; whoever is in it already does not come twice.
        after = list(dict.fromkeys(_successor(pair, successors) for pair in before))
        if after != before:
            data[name] = [list(pair) for pair in after]
    return data


def _successor(pair: tuple[str, str], successors: Mapping[int, int]) -> tuple[str, str]:
    kind, id = pair
    return (kind, str(successors[int(id)])) if kind == "user" and int(id) in successors else pair
