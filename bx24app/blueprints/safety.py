"""What a plan would do that a person should see first, and what it names that is not there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bx24app.blueprints.plan import Change, Danger
from bx24app.blueprints.portal_index import Candidate, PortalIndex
from bx24app.flows.overlap import covers
from bx24app.flows.preflight import named_pairs
from bx24app.i18n import N_

WRITES = ("create", "update")


def dangers(
    changes: Iterable[Change], index: PortalIndex, flows_in_all: int, *, trial: bool
) -> list[Danger]:
    """Everything unsafe in some changes.

    `flows_in_all` is how many flows the portal has, `trial` whether a creation would start its
    only trial of them.
    """
    listed = list(changes)
    found: list[Danger] = []
    for change in listed:
        if change.action in WRITES:
            found += _of_write(change, index)
    deleted = sum(change.action == "delete" for change in listed)
    if deleted * 3 > flows_in_all:
        message = N_("%(count)s of %(all)s flows would be deleted.")
        found.append(Danger("many_deletions", message, {"count": deleted, "all": flows_in_all}))
    if trial and any(change.action == "create" for change in listed):
        message = N_("The plan would start the portal's only trial of flows, for 15 days.")
        found.append(Danger("trial_would_start", message))
    return found


def named_newly(change: Change) -> list[tuple[str, int]]:
    """Kind and number of everybody and everything that a change names and the flow had not."""
    if change.action not in WRITES:
        return []
    base = change.base or {}
    # The owner counts as well: they may have been dismissed since.
    kept = {pair for _, pair in named_pairs({**base, "ownerId": base.get("ownerId")})}
    pairs = [tuple(pair) for _, pair in named_pairs(change.data)]
    found = [
        (str(kind), int(str(id).removesuffix(":F")))
        for kind, id in pairs
        if (kind, id) not in kept and kind != "meta-user"
    ]
    for field, kind in (("groupId", "project"), ("templateId", "template")):
        number = int(change.data.get(field) or 0)
        if number and number != base.get(field):
            found.append((kind, number))
    return found


def _of_write(change: Change, index: PortalIndex) -> list[Danger]:
    found = []
    facts = {"flow": change.name}
    for kind, number in named_newly(change):
        one = index.get(kind, number)
        if kind == "user" and one is not None and not one.good:
            message = N_("“%(flow)s”: %(name)s was dismissed.")
            found.append(Danger("person_dismissed", message, facts | {"name": one.name}))
    whole = {**(change.base or {}), **change.data}
    if not {"responsibleList", "distributionType"} & change.data.keys():
        return found
    team = [(str(kind), str(id)) for kind, id in whole.get("responsibleList", ())]
    if _is_empty(team, index):
        message = N_("“%(flow)s”: nobody who works here would be in the team.")
        found.append(Danger("team_empty", message, facts))
    if whole.get("distributionType") == "queue" and _overlap(team, index):
        message = N_("“%(flow)s”: a person of the queue belongs to a department of it.")
        found.append(Danger("queue_overlap", message, facts))
    return found


def _is_empty(team: list[tuple[str, str]], index: PortalIndex) -> bool:
    # Where people are not shown to the application, nothing can be said of them.
    if "user" in index.hidden or "user" not in index.kinds:
        return False
    people = index.kinds["user"]
    for kind, id in team:
        if kind == "user":
            one = people.get(int(id))
            # Integrators and bots are never listed, so an unknown number counts as somebody.
            if one is None or one.good:
                return False
        elif (
            kind != "department"
            or "department" in index.hidden
            or any(_works_in(one, {id}, index.parents) for one in people.values())
        ):
            return False
    return True


def _overlap(team: list[tuple[str, str]], index: PortalIndex) -> bool:
    departments = {id for kind, id in team if kind == "department"}
    people = [index.get("user", int(id)) for kind, id in team if kind == "user"]
    return bool(departments) and any(
        one is not None and _works_in(one, departments, index.parents) for one in people
    )


def _works_in(one: Candidate, named: Collection[str], parents: Mapping[str, str]) -> bool:
    """Whether an active person works in one of the departments (`17:F` alone, `17` with below)."""
    if not one.good:
        return False
    return any(covers(named, own, parents) for own in one.departments)


def shown_dangers(found: Iterable[Danger]) -> list[dict[str, Any]]:
    """Dangers as they are stored, each once."""
    stored = [{"code": one.code, "message": one.message, "facts": dict(one.facts)} for one in found]
    return [one for place, one in enumerate(stored) if one not in stored[:place]]
