"""The checks: each a small pure function over what a look has read of one flow."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from bx24app.blueprints.portal_index import Candidate
from bx24app.flows.flow import Flow
from bx24app.flows.overlap import covers
from bx24app.health.finding import Finding, told
from bx24app.health.view import View
from bx24app.i18n import N_

QUEUE, MODERATOR = "queue", "manually"
UNUSED = timedelta(days=90)
LATIN = str.maketrans("авекмнорстух", "abekmhopctyx")
"""Cyrillic letters that look like Latin ones."""
Check = Callable[[View, Flow], Finding | None]


def find_troubles(view: View) -> list[Finding]:
    """Everything that is wrong, the worst first."""
    found = [
        finding
        for flow in view.flows
        for check in (SAMPLE_CHECKS if flow["demo"] else CHECKS)
        if (flow["demo"] or flow["active"]) and (finding := check(view, flow))
    ]
    return told([*found, *_lookalikes(view)])


def person_dismissed(view: View, flow: Flow) -> Finding | None:
    """Somebody whom the flow names works here no more."""
    team, creators = view.team(flow), view.creators(flow)
    named = [("user", str(flow["ownerId"] or 0)), *team, *creators]
    gone = list(dict.fromkeys(id for kind, id in named if kind == "user" and view.is_dismissed(id)))
    if not gone:
        return None
    people = [_shown(view.person(id), id) for id in gone]
    names = ", ".join(one["name"] for one in people)
    message = N_("%(names)s was dismissed and still has a part in this flow.")
    changes: dict[str, Any] = {}
    for field, pairs in (("responsibleList", team), ("taskCreators", creators)):
        left = [list(pair) for pair in pairs if pair[0] != "user" or pair[1] not in gone]
        if left and len(left) < len(pairs):
            changes[field] = left
    mend = N_("Take them out of the team and of those who may add tasks.") if changes else None
    return _finding(
        flow, "person_dismissed", message, {"names": names}, {"users": people}, mend, changes
    )


def queue_overlap(view: View, flow: Flow) -> Finding | None:
    """A queue names a department and one of its own members."""
    team = view.team(flow)
    named = {id for kind, id in team if kind == "department"}
    if flow["distributionType"] != QUEUE or not named:
        return None
    twice = [
        id
        for kind, id in team
        if kind == "user" and (one := view.person(id)) and _is_within(one, named, view)
    ]
    if not twice:
        return None
    people = [_shown(view.person(id), id) for id in twice]
    message = N_("%(names)s is in the queue twice, alone and in a department: people are skipped.")
    left = [list(pair) for pair in team if pair[0] != "user" or pair[1] not in twice]
    return _finding(
        flow,
        "queue_overlap",
        message,
        {"names": ", ".join(one["name"] for one in people)},
        {"users": people},
        N_("Keep the department, and take the people out who belong to it."),
        {"responsibleList": left},
    )


def switched_to_manual(view: View, flow: Flow) -> Finding | None:
    """Bitrix24 has turned the flow to manual distribution."""
    former = view.formers.get(int(flow["id"]))
    if former is None or former.what_changed(flow) != "switched":
        return None
    mend = N_("Bring the former distribution and team back.") if former.team else None
    changes: dict[str, Any] = {
        "distributionType": former.kind,
        "responsibleList": [list(pair) for pair in former.team],
    }
    message = N_("Bitrix24 has switched this flow to manual distribution.")
    return _finding(flow, "switched_to_manual", message, {}, {}, mend, changes if mend else {})


def team_empty(view: View, flow: Flow) -> Finding | None:
    """Nobody who works here is in the team."""
    if view.active_people(flow) != set():
        return None
    return _finding(flow, "team_empty", N_("Nobody who works here is left in the team."))


def team_of_one(view: View, flow: Flow) -> Finding | None:
    """A queue of one person."""
    people = view.active_people(flow)
    if flow["distributionType"] != QUEUE or people is None or len(people) != 1:
        return None
    (id,) = people
    one = _shown(view.person(id), str(id))
    message = N_("%(name)s is the only one left in the queue.")
    return _finding(flow, "team_of_one", message, {"name": one["name"]}, {"users": [one]})


def project_gone(view: View, flow: Flow) -> Finding | None:
    """The flow's project is archived or deleted."""
    number = int(flow["groupId"] or 0)
    if number and view.index.is_gone("project", number):
        message = N_("The project of this flow does not exist any more.")
        return _finding(flow, "project_gone", message)
    project = view.index.get("project", number)
    if project is None or project.good:
        return None
    message = N_("The project “%(name)s” of this flow is archived.")
    return _finding(flow, "project_gone", message, {"name": project.name})


def template_gone(view: View, flow: Flow) -> Finding | None:
    """The task template does not exist any more."""
    number = int(flow["templateId"] or 0)
    if number not in view.gone_templates:
        return None
    message = N_("The task template of this flow does not exist any more.")
    mend = N_("Go on without a template.")
    return _finding(flow, "template_gone", message, {}, {}, mend, {"templateId": 0})


def unused(view: View, flow: Flow) -> Finding | None:
    """Nothing has happened in the flow for ninety days."""
    counts = view.tasks.get(int(flow["id"])) if view.tasks is not None else None
    moment = _moment(str(flow.get("activity") or ""))
    if counts is None or moment is None or counts.lately != 0 or moment > view.at - UNUSED:
        return None
    message = N_("No task was added to this flow, or finished in it, for ninety days.")
    return _finding(flow, "unused", message, {}, {}, N_("Turn it off."), {"active": False})


def efficiency_low(view: View, flow: Flow) -> Finding | None:
    """The efficiency is below the flow's own limit."""
    # Portals leave out what they do not know, and say 100 of a flow without tasks.
    value = int(flow.get("efficiency", 100))
    limit = int(flow.get("notifyWhenEfficiencyDecreases") or 0)
    counts = view.tasks.get(int(flow["id"])) if view.tasks is not None else None
    if value >= limit or (counts is not None and not counts.any):
        return None
    message = N_("The efficiency is %(value)s %%, below the limit of %(limit)s %%.")
    return _over(flow, "efficiency_low", message, value, limit)


def pending_over_limit(view: View, flow: Flow) -> Finding | None:
    """More tasks wait than the flow's own limit allows."""
    counts = view.tasks.get(int(flow["id"])) if view.tasks is not None else None
    limit = int(flow.get("notifyOnQueueOverflow") or 0)
    if counts is None or counts.pending is None or not 0 < limit < counts.pending:
        return None
    message = N_("%(value)s tasks are pending, more than the limit of %(limit)s.")
    return _over(flow, "pending_over_limit", message, counts.pending, limit)


def progress_over_limit(view: View, flow: Flow) -> Finding | None:
    """More tasks are in progress than the flow's own limit allows."""
    counts = view.tasks.get(int(flow["id"])) if view.tasks is not None else None
    limit = int(flow.get("notifyOnTasksInProgressOverflow") or 0)
    if counts is None or counts.in_progress is None or not 0 < limit < counts.in_progress:
        return None
    message = N_("%(value)s tasks are in progress, more than the limit of %(limit)s.")
    return _over(flow, "progress_over_limit", message, counts.in_progress, limit)


def sample_looks_real(view: View, flow: Flow) -> Finding | None:
    """A sample of Bitrix24 is on."""
    if not flow["active"]:
        return None
    message = N_("This is a sample of Bitrix24, but it is on: people can choose it.")
    return _finding(flow, "sample_looks_real", message)


CHECKS: tuple[Check, ...] = (
    person_dismissed, queue_overlap, switched_to_manual, team_empty, team_of_one, project_gone,
    template_gone, unused, efficiency_low, pending_over_limit, progress_over_limit,
)  # fmt: skip
SAMPLE_CHECKS: tuple[Check, ...] = (sample_looks_real,)


def _lookalikes(view: View) -> Iterable[Finding]:
    """Flows whose names nobody can tell apart."""
    named: dict[str, list[Flow]] = {}
    for flow in view.flows:
        if flow["active"] and not flow["demo"]:
            named.setdefault(_plain(str(flow["name"])), []).append(flow)
    for plain, alike in named.items():
        for flow in alike if plain else ():
            others = [one for one in alike if one["id"] != flow["id"]]
            if others:
                shown = [{"id": int(one["id"]), "name": str(one["name"])} for one in others]
                message = N_("“%(name)s” is hard to tell from this flow.")
                facts = {"name": shown[0]["name"]}
                yield _finding(flow, "lookalike", message, facts, {"flows": shown})


def _plain(name: str) -> str:
    """A name as somebody in a hurry reads it."""
    text = unicodedata.normalize("NFKC", name).lower().translate(LATIN)
    return "".join(letter for letter in text if letter.isalnum())


def _finding(
    flow: Flow,
    code: str,
    message: str,
    facts: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
    mend: str | None = None,
    changes: dict[str, Any] | None = None,
) -> Finding:
    number, name = int(flow["id"]), str(flow["name"])
    return Finding(code, number, name, message, facts or {}, details or {}, mend, changes or {})


def _over(flow: Flow, code: str, message: str, value: int, limit: int) -> Finding:
    numbers = {"value": value, "limit": limit}
    return _finding(flow, code, message, numbers, numbers)


def _shown(one: Candidate | None, id: str) -> dict[str, Any]:
    return {"id": int(id), "name": one.name if one else f"#{id}"}


def _is_within(one: Candidate, named: set[str], view: View) -> bool:
    return any(covers(named, own, view.index.parents) for own in one.departments)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
