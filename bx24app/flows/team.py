"""Whether anybody who works on the portal is in a flow's team, and making a queue's team anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bx24app.bitrix24.answers import Rows, parse_rows, text_or
from bx24app.bitrix24.entries import Pair, is_yes, rows_with_id
from bx24app.bitrix24.lookups import BatchClient, Command, EntryLookup, Lookups, Question
from bx24app.bitrix24.paging import read_rest
from bx24app.errors import Error
from bx24app.flows.change import FlowChange, digest
from bx24app.flows.problems import FlowChanged, NoDepartments, Problem, SampleFlow
from bx24app.flows.repository import FlowRepository
from bx24app.i18n import N_
from bx24app.portals.access import Actor

TEAM = {"responsibleList", "distributionType"}
TEAM_EMPTY = Problem(
    "/responsibleList",
    "team_empty",
    N_("The flow team is empty: nobody of those named works here now."),
)
CHUNK = 50
"""Departments in one filter of `user.get`."""


class TeamLookup:
    """Finds out, as part of a batch, whether anybody of a team works on the portal."""

    def __init__(
        self, lookups: Lookups, team: Sequence[Pair], people: EntryLookup, own: Pair
    ) -> None:
        """Ask about the departments of a team; `people` asks about its people, but for `own`."""
        self._team, self._people, self._own = team, people, own
        self._departments = {id for kind, id in team if kind == "department"}
        numbers = sorted(int(bare) for id in self._departments if (bare := _bare(id)).isdecimal())
        # One row is enough, so the first page of the first departments is asked for.
        self._direct: Question[Rows] | None = None
        if numbers:
            self._direct = lookups.ask(_members_command(numbers[:CHUNK]), parse_rows)

    def is_empty(self, client: BatchClient) -> bool:
        """Whether nobody of the team works here, as far as the portal tells; raises nothing.

        May ask further, where the departments themselves are empty.
        """
        kinds = {kind for kind, _ in self._team}
        # Only of people and departments can it be known who stands behind them.
        if not kinds <= {"user", "department"} or self._own in self._team:
            return False
        try:
            return not (self._has_person() or self._has_member(client))
        except Error:
            # A warning is worth less than the write that it is about.
            return False

    def _has_person(self) -> bool:
        people = self._people.people()
        # Whom the portal does not show may be a bot or an integrator, and so not dismissed.
        return any(
            kind == "user" and (id not in people or people[id].state != "dismissed")
            for kind, id in self._team
        )

    def _has_member(self, client: BatchClient) -> bool:
        if self._direct is None:
            return False
        if _active(self._direct.value()):
            return True
        # Sub-departments count, except for those that are named with `:F`.
        tops = {id for id in self._departments if not id.endswith(":F")}
        below = sorted(_below(tops, _tree(client)) if tops else ())
        calls = {
            f"m{start}": _members_command(below[start : start + CHUNK])
            for start in range(0, len(below), CHUNK)
        }
        answers = client.batch(calls, safe=True) if calls else {}
        return any(_active(parse_rows(_checked(answer))) for answer in answers.values())


def with_warnings(
    change: FlowChange, client: BatchClient, own_id: int, asked: TeamLookup | None
) -> FlowChange:
    """A change that was carried out, with what came out otherwise than asked; raises nothing.

    `asked` is what was asked of the new team beforehand, if anything.
    """
    if not TEAM & set(change.changed):
        return change
    return _warned(change, client, own_id, asked)


def _warned(
    change: FlowChange, client: BatchClient, own_id: int, asked: TeamLookup | None
) -> FlowChange:
    if change.after is None:
        return change
    team = [(str(kind), str(id)) for kind, id in change.after["responsibleList"]]
    # Bitrix24 drops dismissed people from a team without a word.
    if not team or (asked or _asked(team, client, own_id)).is_empty(client):
        return replace(change, warnings=(TEAM_EMPTY,))
    return change


def refresh_team(
    actor: Actor, repository: FlowRepository, flow_id: int, if_match: str | None
) -> FlowChange:
    """Write a queue as it is, so that its departments stand for the people they have now.

    Raises FlowChanged where it is not what `if_match` names, or another Error.
    """
    flow = repository.get(flow_id)
    if if_match is not None and if_match != digest(flow):
        raise FlowChanged(flow)
    if flow["demo"]:
        raise SampleFlow
    departments = [kind for kind, _ in flow["responsibleList"] if kind == "department"]
    if flow["distributionType"] != "queue" or not departments:
        raise NoDepartments
    change = FlowChange(flow, repository.rewrite(flow))
    return _warned(change, actor.client, actor.user_id, None)


def _asked(team: Sequence[Pair], client: BatchClient, own_id: int) -> TeamLookup:
    lookups, own = Lookups(), ("user", str(own_id))
    people = EntryLookup(lookups, [pair for pair in team if pair[0] == "user" and pair != own])
    found = TeamLookup(lookups, team, people, own)
    lookups.try_sending(client)
    return found


def _members_command(departments: Sequence[int]) -> Command:
    wanted = departments[0] if len(departments) == 1 else list(departments)
    return "user.get", {"FILTER": {"ACTIVE": True, "UF_DEPARTMENT": wanted}, "start": 0}


def _active(rows: Rows) -> bool:
    # The filter is checked again: a portal may ignore it.
    return any(is_yes(row.get("ACTIVE", True)) for row in rows_with_id(rows))


def _tree(client: BatchClient) -> Mapping[int, int]:
    """The department above each."""
    asked = client.batch({"tree": ("department.get", {"START": 0})}, safe=True)["tree"]
    rows = read_rest(client, parse_rows(_checked(asked)), "department.get", {}, "START")
    above = {row["ID"]: text_or(row.get("PARENT")) for row in rows_with_id(rows)}
    return {id: int(parent) for id, parent in above.items() if parent.isdecimal()}


def _below(tops: Collection[str], parents: Mapping[int, int]) -> set[int]:
    """The departments under some others, without those; a loop in the tree does no harm."""
    children: dict[int, list[int]] = {}
    for id, parent in parents.items():
        children.setdefault(parent, []).append(id)
    waiting = [int(id) for id in tops if id.isdecimal()]
    seen, found = set(waiting), set[int]()
    while waiting:
        fresh = set(children.get(waiting.pop(), ())) - seen
        seen, found = seen | fresh, found | fresh
        waiting += fresh
    return found


def _checked(answer: Any) -> Any:
    if isinstance(answer, Error):
        raise answer
    return answer


def _bare(id: str) -> str:
    return id.removesuffix(":F")
