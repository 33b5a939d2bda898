"""The page with the list of flows: turning on and off, deleting, adding a known one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import flask
from flask_babel import format_percent, format_timedelta, gettext, pgettext

from bx24app.errors import Error, NotFound
from bx24app.flows.overview import Overview
from bx24app.portals.access import Actor
from bx24app.web.context import container
from bx24app.web.flows.text import DISTRIBUTIONS, duration
from bx24app.web.render import render_page, require_session, template_context
from bx24app.web.session import actor

bp = flask.Blueprint("flow_list", __name__)
bp.app_context_processor(template_context)
bp.before_request(require_session)

FLOW_LINK = re.compile(r"(?:ID_from=|editFormFlowId=|demo_flow=|/flow/)([0-9]{1,10})\b")
"""How Bitrix24's own pages name a flow in their addresses."""
SHORT_LIMIT = "notifyWhenEfficiencyDecreases"


@dataclass(frozen=True)
class Message:
    """A message above the list about what was done, with a link to the flow or an undo button."""

    text: str
    open: Mapping[str, str] | None = None
    undo: Mapping[str, Any] | None = None
    flow_id: int = 0


@bp.get("/flows")
def list_flows():
    """The list."""
    return list_page(actor())


@bp.post("/flows/<int:flow_id>/active")
def switch(flow_id: int):
    """Turn a flow on or off, and say how to undo it."""
    # The page sends the wanted state, so a late or repeated click does not turn it back.
    me, active = actor(), flask.request.form.get("active") == "1"
    flow = container().flows.set_active(me, flow_id, active)
    back = {
        "url": flask.url_for("flow_list.switch", flow_id=flow_id),
        "send": {"active": "0" if active else "1"},
    }
    if active:
        text = gettext("“%(name)s” is on.", name=flow["name"])
    else:
        text = gettext(
            "“%(name)s” is off. People can't choose it any more; its tasks stay as they are.",
            name=flow["name"],
        )
    return list_after(me, Message(text, undo=back))


@bp.get("/flows/<int:flow_id>/delete")
def confirm_delete(flow_id: int):
    """The question before a flow is deleted."""
    return flask.render_template("delete.html", flow=container().flows.get(actor(), flow_id))


@bp.post("/flows/<int:flow_id>/delete")
def delete(flow_id: int):
    """Delete a flow."""
    me = actor()
    container().flows.delete(me, flow_id)
    return list_after(me, Message(gettext("The flow was deleted.")))


@bp.post("/flows/known")
def add_known():
    """Make a flow known where the portal has no list: by its number, or a link to it."""
    me, wanted = actor(), flask.request.form.get("flow", "").strip()
    found = FLOW_LINK.search(wanted) or re.fullmatch(r"([0-9]{1,10})", wanted)
    if not found:
        refusal = gettext("Enter the ID of a flow, or copy its link from Bitrix24.")
        return list_page(me, wanted=wanted, add_error=refusal), 422
    try:
        # `get` also remembers the flow, and remembered flows are what the list then shows.
        container().flows.get(me, int(found[1]))
    except NotFound as error:
        return list_page(me, wanted=wanted, add_error=gettext(error.message)), 422
    return list_after(me, Message(gettext("The flow was added."), flow_id=int(found[1])))


def list_after(me: Actor, message: Message) -> str:
    """The list after an action, which is reported even if the list cannot be read just now."""
    try:
        return list_page(me, message)
    except Error:
        # The action has been carried out; an error page would say otherwise.
        return render_page("flows.html", flows=[], complete=True, message=message, unavailable=True)


def list_page(me: Actor, message: Message | None = None, **context: Any) -> str:
    """The list as `me` may see it; `context` goes to the template."""
    overview = container().flows.overview(me)
    now = datetime.now(UTC)
    fresh = message.flow_id if message else 0
    rows = [_row(flow, overview, me, now, fresh) for flow in sorted(overview.rows, key=_sort_key)]
    return render_page(
        "flows.html",
        flows=rows,
        complete=overview.complete,
        admin=overview.me.admin,
        states=_states(rows),
        message=message,
        # In UTC for a browser without scripts; app.js puts the reader's own time in its place.
        now=now.isoformat(timespec="seconds"),
        clock=f"{now:%H:%M} UTC",
        **context,
    )


def open_links(me: Actor, flow_id: int) -> dict[str, str]:
    """Where Bitrix24 shows one flow: the path for its frame, and the address for a new window."""
    # Bitrix24 has no address for one flow, but its list can be filtered by ID. This path begins
    # as `openPath` demands; the portal refuses most others.
    path = (
        f"/company/personal/user/{me.user_id}/tasks/flow/"
        f"?apply_filter=Y&ID_numsel=exact&ID_from={flow_id}&ID_to={flow_id}"
    )
    return {"path": path, "url": me.portal.origin + path}


def _row(
    flow: Mapping[str, Any], overview: Overview, me: Actor, now: datetime, fresh: int
) -> dict[str, Any]:
    owner = overview.people.get(int(flow["ownerId"] or 0), "")
    project = overview.projects.get(int(flow["groupId"] or 0), "")
    kind = flow["distributionType"]
    return {
        "id": flow["id"],
        "name": flow["name"],
        "state": _state(flow),
        "project": project,
        "distribution": gettext(DISTRIBUTIONS.get(kind, kind)),
        "due": duration(flow["plannedCompletionTime"]),
        "on_time": format_percent(flow["efficiency"] / 100),
        "below": _below(flow),
        "owner": owner,
        "activity": flow.get("activity", ""),
        "activity_ago": _ago(flow.get("activity", ""), now),
        # Decides about buttons only; the portal checks the right when a change is sent.
        "may_change": overview.me.admin or overview.me.id in (flow["ownerId"], flow["creatorId"]),
        "open": open_links(me, flow["id"]),
        # What list.js searches.
        "text": f"{flow['name']} {flow['description']} {owner} {project}".casefold(),
        "fresh": flow["id"] == fresh,
    }


def _state(flow: Mapping[str, Any]) -> str:
    if flow["active"]:
        return "on"
    return "sample" if flow["demo"] else "off"


def _states(rows: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """The filters: a state, its name, and how many flows it has; samples only where there are."""
    labels = {
        "on": pgettext("filter", "On"),
        "off": pgettext("filter", "Off"),
        "sample": gettext("Samples"),
    }
    # Of all flows, whatever is filtered just now: list.js filters in the browser.
    counts = {state: sum(row["state"] == state for row in rows) for state in labels}
    chosen = [(state, label, counts[state]) for state, label in labels.items()]
    return [("all", gettext("All"), len(rows))] + [
        entry for entry in chosen if entry[2] or entry[0] != "sample"
    ]


def _below(flow: Mapping[str, Any]) -> str:
    # A flow that is off has no new tasks, so its efficiency warns of nothing.
    limit = flow.get(SHORT_LIMIT) or 0
    if not flow["active"] or flow["efficiency"] >= limit:
        return ""
    return gettext("below %(limit)s", limit=format_percent(limit / 100))


def _ago(moment: str, now: datetime) -> str:
    try:
        then = datetime.fromisoformat(moment)
    except ValueError:
        return ""
    # Without a time zone the difference may be wrong by hours.
    return format_timedelta(then - now, add_direction=True) if then.tzinfo else ""


def _sort_key(flow: Mapping[str, Any]) -> tuple[bool, float]:
    """As in Bitrix24: the last active flow first; samples, which nobody uses, last."""
    try:
        moment = datetime.fromisoformat(flow.get("activity", "")).timestamp()
    except ValueError:
        moment = 0.0
    return _state(flow) == "sample", -moment
