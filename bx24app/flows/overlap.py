"""Queues that name a department and one of its own members, of which Bitrix24 skips people.

It numbers the merged list with gaps and links neighbours by number, so the turns begin again before
the end is reached (Bitrix24 source, Observer/ResponsibleQueue).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bx24app.bitrix24.answers import Rows, parse_object, parse_rows, text_or
from bx24app.bitrix24.entries import Entry, Pair, parse_people, rows_with_id
from bx24app.bitrix24.lookups import BatchClient, EntryLookup, Lookups, Question
from bx24app.bitrix24.paging import read_rest
from bx24app.errors import Error
from bx24app.flows.problems import Problem
from bx24app.i18n import N_

MESSAGE = N_(
    "%(name)s belongs to a department of this queue. Bitrix24 would leave people out of "
    "the turn, so name either the department or its people."
)


def is_mixed(team: Sequence[Pair]) -> bool:
    """Whether a team names people and departments: only then can it have one person twice."""
    return {"user", "department"} <= {kind for kind, _ in team}


class OverlapLookup:
    """Finds the people of a team who are in one of its departments as well."""

    def __init__(self, lookups: Lookups, team: Sequence[Pair], own: Pair) -> None:
        """Ask for the departments and, if `own` is in the team, where that person works."""
        self._tree = lookups.ask(("department.get", {"START": 0}), parse_rows)
        self._me: Question[dict[str, Entry]] | None = None
        # `user.get` does not show everybody, but everybody may see themselves.
        if own in team:
            self._me = lookups.ask(
                ("user.current", {}), lambda row: parse_people([parse_object(row)])
            )

    def problems(
        self, team: Sequence[Pair], people: Mapping[str, Entry], client: BatchClient | None
    ) -> list[Problem]:
        """A problem for each such person; `client` reads further departments. Raises nothing."""
        named = {id for kind, id in team if kind == "department"}
        # Without the tree of departments the overlap is not known, and the portal takes the flow.
        if not named or self._tree.error() is not None:
            return []
        known = dict(people)
        if self._me is not None and self._me.error() is None:
            known |= self._me.value()
        parents = {
            str(row["ID"]): text_or(row.get("PARENT"))
            for row in rows_with_id(_all(self._tree.value(), client))
        }
        return [
            Problem(f"/responsibleList/{index}", "queue_overlap", MESSAGE, {"name": known[id].name})
            for index, (kind, id) in enumerate(team)
            if kind == "user"
            and id in known
            and any(covers(named, own, parents) for own in known[id].departments)
        ]


def find_overlaps(
    client: BatchClient, before: Mapping[str, Any], changes: Mapping[str, Any], own_id: int
) -> list[Problem]:
    """The same where the team that a flow has already becomes a queue; raises nothing."""
    team = before["responsibleList"]
    becomes_queue = changes.get("distributionType") == "queue"
    if not becomes_queue or "responsibleList" in changes or not is_mixed(team):
        return []
    lookups, own = Lookups(), ("user", str(own_id))
    entries = EntryLookup(lookups, [pair for pair in team if pair[0] == "user" and pair != own])
    found = OverlapLookup(lookups, team, own)
    lookups.try_sending(client)
    return found.problems(team, entries.people(), client)


def _all(first: Rows, client: BatchClient | None) -> Any:
    if client is None:
        return first
    try:
        return read_rest(client, first, "department.get", {}, "START")
    except Error:
        return first


def covers(named: Collection[str], department: str, parents: Mapping[str, str]) -> bool:
    """Whether departments (`17:F` alone, `17` with all below) have that one among them."""
    if f"{department}:F" in named:
        return True
    # `seen` ends the walk if the portal's tree has a loop.
    above, seen = department, set[str]()
    while above and above not in seen:
        if above in named:
            return True
        seen.add(above)
        above = parents.get(above, "")
    return False
