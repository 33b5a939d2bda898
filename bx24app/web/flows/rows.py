"""What one row of the list says, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_percent
from flask_babel import get_locale, gettext

from bx24app.flows.flow import Flow
from bx24app.flows.overview import Overview
from bx24app.portals.access import Actor
from bx24app.web.flows.text import DISTRIBUTIONS, duration
from bx24app.web.flows.view import state_of


@dataclass(frozen=True)
class Message:
    """What was done to a flow, in its row, with a link to the flow or an undo button."""

    text: str
    open: Mapping[str, str] | None = None
    undo: Mapping[str, Any] | None = None
    flow_id: int = 0
    bad: bool = False
    """Whether it is a refusal."""


def row_of(flow: Flow, overview: Overview, me: Actor, now: datetime) -> dict[str, Any]:
    """What the template of a row shows."""
    owner, project = int(flow["ownerId"] or 0), int(flow["groupId"] or 0)
    kind, number = flow["distributionType"], int(flow["id"])
    counted = overview.open_tasks.get(number)
    language = str(get_locale() or "en")
    # Rows of a list do not tell whether the time was entered in hours; whole flows do.
    by_the_hour = bool(overview.whole.get(number, flow).get("matchSchedule"))
    return {
        "id": number,
        "name": flow["name"],
        "state": state_of(flow),
        "project": overview.projects.get(project, ""),
        "project_link": portal_link(me, f"/workgroups/group/{project}/"),
        # A kind that nobody knows may be a text of any length.
        "distribution": _kind(kind, language) if kind in DISTRIBUTIONS else kind,
        "due": _due(flow["plannedCompletionTime"], by_the_hour, language),
        "pending": counted.pending if counted else "–",
        "in_progress": counted.in_progress if counted else "–",
        "efficiency": _percent(overview.efficiency(flow), language),
        "below": _below(flow, overview, language),
        "owner": overview.people.get(owner, ""),
        "owner_link": portal_link(me, f"/company/personal/user/{owner}/"),
        "activity": flow.get("activity", ""),
        "activity_ago": ago(flow.get("activity", ""), now),
        "may_change": may_change(flow, overview),
        # Documents are the portal's, not a person's.
        "may_export": overview.me.admin,
        "changed": _changed_elsewhere(flow, overview),
        "open": open_links(me, number),
        "add_task": portal_link(
            me, f"/company/personal/user/{me.user_id}/tasks/task/edit/0/?FLOW_ID={number}"
        ),
        # Whether a second request has more to tell; see `list_page.details`.
        "partial": not flow["demo"] and number not in overview.open_tasks,
    }


def _changed_elsewhere(flow: Flow, overview: Overview) -> str:
    former = overview.switched.get(int(flow["id"]))
    return former.what_changed(flow) if former else ""


def may_change(flow: Mapping[str, Any], overview: Overview) -> bool:
    """Whether a person may change a flow: decides about buttons only, the portal about the rest."""
    return overview.me.admin or overview.me.id in (flow["ownerId"], flow["creatorId"])


def open_links(me: Actor, flow_id: int) -> dict[str, str]:
    """Where Bitrix24 shows one flow: the path for its frame, and the address for a new window."""
    # Bitrix24 has no address for one flow, but its list can be filtered by ID.
    return portal_link(
        me,
        f"/company/personal/user/{me.user_id}/tasks/flow/"
        f"?apply_filter=Y&ID_numsel=exact&ID_from={flow_id}&ID_to={flow_id}",
    )


def portal_link(me: Actor, path: str) -> dict[str, str]:
    """A page of the portal; paths begin as `openPath` demands, which refuses most others."""
    return {"path": path, "url": me.portal.origin + path}


# The words of a row are kept by language: fifty rows have the same few again and again, and to find
# each anew takes a third of the time of a page.


@lru_cache(maxsize=256)
def _kind(kind: str, language: str) -> str:
    del language  # part of the key only: the request has the same
    return gettext(DISTRIBUTIONS[kind])


@lru_cache(maxsize=1024)
def _due(seconds: int, by_the_hour: bool, language: str) -> str:
    del language
    return duration(seconds, by_the_hour=by_the_hour)


@lru_cache(maxsize=512)
def _percent(value: int | None, language: str) -> str:
    return "–" if value is None else format_percent(value / 100, locale=language)


def _below(flow: Flow, overview: Overview, language: str) -> str:
    if not overview.below_target(flow):
        return ""
    return gettext("below %(limit)s", limit=_percent(overview.target(flow), language))


def ago(moment: str, now: datetime) -> str:
    """How long ago a moment of the portal was, in words; empty where that is not known."""
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return ""
    # Without a time zone the difference may be wrong by hours.
    if not then.tzinfo:
        return ""
    return format_timedelta(then - now, add_direction=True, locale=get_locale() or "en")
