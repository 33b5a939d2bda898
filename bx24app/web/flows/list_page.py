"""The page with the list of flows: read, sorted, filtered, and shown as it was if need be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import flask
from flask_babel import gettext, pgettext

from bx24app.errors import Error
from bx24app.flows.flow import Flow
from bx24app.flows.overview import Overview
from bx24app.portals.access import Actor
from bx24app.web.context import container
from bx24app.web.errors import status_of
from bx24app.web.flows.rows import Message, row_of
from bx24app.web.flows.text import DISTRIBUTIONS
from bx24app.web.flows.view import HEADER, STATES, View, folded, select, state_of
from bx24app.web.render import render_page, require_session, template_context
from bx24app.web.session import actor

bp = flask.Blueprint("flow_list", __name__)
bp.app_context_processor(template_context)
bp.before_request(require_session)

REGION = "list"
"""The part of the page that filters, heads of columns and pages exchange."""


@bp.get("/flows")
def list_flows():
    """The list, or only its rows where a page that stands there asks for them."""
    me, view = actor(), asked_view()
    try:
        return list_page(me, view)
    except Error as error:
        if not _in_region() or not error.retryable:
            raise
        # The page keeps the rows that it has, and says how old they are.
        at = flask.request.args.get("at", "")
        words = flask.render_template("parts/as_of.html", at=at, stale=_why(error))
        return words, 200, {"HX-Retarget": "#as-of", "HX-Reswap": "innerHTML"}


@bp.get("/flows/details")
def details():
    """What the rows of one page do not know at first: their tasks, and whether all is well."""
    me, view = actor(), asked_view()
    ids = {int(text) for text in flask.request.args.get("ids", "").split(",") if text.isdecimal()}
    overview = container().flow_lists.kept(me)
    if overview is None or overview.version != view.version:
        # Another process has answered, or the list has been changed meanwhile.
        return "", 204
    overview = container().flow_lists.with_details(me, overview, ids)
    now = datetime.now(UTC)
    rows = [row_of(row, overview, me, now) for row in overview.rows if int(row["id"]) in ids]
    return flask.render_template("parts/details.html", flows=rows)


def asked_view() -> View:
    """The view in the request, or the one that its page shows."""
    return View.of_request(flask.request.args, flask.request.headers.get(HEADER, ""))


def list_after(me: Actor, message: Message, flow: Flow | None = None) -> str:
    """The list after an action, which is reported even if the list cannot be read just now.

    `flow` is as it was read back; it is in sight, whatever was searched for.
    """
    if flow is not None:
        container().flow_lists.after(me, flow)
    try:
        return list_page(me, asked_view(), message)
    except Error:
        # The action has been carried out; an error page would say otherwise.
        return render_page("flows.html", flows=[], creation=None, message=message, unavailable=True)


def row_after(me: Actor, message: Message, flow: Flow) -> str:
    """The row of a flow after an action in it; the rest of the list stands still."""
    overview = container().flow_lists.after(me, flow)
    row = row_of(flow, overview, me, datetime.now(UTC))
    return flask.render_template(
        "parts/row_answer.html",
        flow=row,
        message=message,
        version=overview.version,
        creation=overview.creation,
    )


def list_page(me: Actor, view: View, message: Message | None = None, **context: Any) -> str:
    """The list as `me` may see it; `context` goes to the template. Raises Error."""
    overview, stale = _read(me, view)
    fresh = message.flow_id if message else 0
    page = select(overview, view, fresh)
    now = datetime.now(UTC)
    shown: dict[str, Any] = {
        "flows": [row_of(flow, overview, me, now) for flow in page.rows],
        "page": page,
        "view": view,
        "columns": _columns(view, overview),
        "states": _states(overview),
        "complete": overview.complete,
        "creation": overview.creation,
        "version": overview.version,
        "stale": stale,
        # In UTC for a browser without scripts; app.js puts the reader's own time in its place.
        "at": overview.at.isoformat(timespec="seconds"),
        "message": message,
        "fresh": fresh,
        "not_granted": _not_granted(me, overview),
    }
    if _in_region():
        return flask.render_template("parts/list_answer.html", **shown | context)
    return render_page(
        "flows.html", admin=overview.me.admin, choices=_choices(overview), **shown | context
    )


def _read(me: Actor, view: View) -> tuple[Overview, str]:
    """The list, and why it is an old one if it is. Raises Error."""
    lists = container().flow_lists
    try:
        # At a launch the portal has been asked already, see `handshake.launch`.
        overview, stale = lists.read(me, view.version, flask.g.pop("first_look", None)), ""
    except Error as error:
        kept = lists.kept(me)
        if kept is None or not error.retryable:
            raise
        return kept, _why(error)
    if view.below:
        overview = lists.with_targets(me, overview)
    if view.sort.removeprefix("-") in ("pending", "progress"):
        overview = lists.with_tasks(me, overview)
    return overview, stale


def _in_region() -> bool:
    return flask.request.headers.get("HX-Target") == REGION


def _why(error: Error) -> str:
    """A word for why Bitrix24 gives no list; the sentences stand in the template."""
    return "busy" if status_of(error) == 503 else "silent"


def _not_granted(me: Actor, overview: Overview) -> str:
    """The rights of the card that the portal has not granted, for those who can mend that."""
    missing = container().manifest.missing(me.portal.scope) if overview.me.admin else ()
    return ", ".join(missing)


def _columns(view: View, overview: Overview) -> list[dict[str, str]]:
    """The heads of the columns, with the order that a click on each asks for."""
    labels = {
        "name": gettext("Flow"),
        "distribution": gettext("Task distribution"),
        "time": gettext("Time per task"),
        "pending": gettext("Pending"),
        "progress": gettext("In progress"),
        "efficiency": gettext("Efficiency"),
        "owner": gettext("Flow administrator"),
        "activity": gettext("Last activity"),
    }
    silent = overview.open_tasks and not any(overview.open_tasks.values())
    return [
        {
            "name": name,
            "label": label,
            "aria": view.aria_sort(name),
            "next": view.next_sort(name),
        }
        for name, label in labels.items()
        # Where the portal does not tell the tasks of a flow, two columns would be empty.
        if not (silent and name in ("pending", "progress"))
    ]


def _states(overview: Overview) -> list[tuple[str, str, int]]:
    """The states with their names and numbers of flows; samples only where there are any."""
    labels = {
        "all": gettext("All"),
        "on": pgettext("filter", "On"),
        "off": pgettext("filter", "Off"),
        "sample": gettext("Samples"),
    }
    counts = dict.fromkeys(STATES, 0)
    for row in overview.rows:
        counts[state_of(row)] += 1
    # Of all flows, whatever is filtered just now.
    counts["all"] = len(overview.rows)
    return [
        (state, labels[state], counts[state])
        for state in STATES
        if counts[state] or state != "sample"
    ]


def _choices(overview: Overview) -> dict[str, list[tuple[Any, str]]]:
    """What the filters offer: whoever and whatever the flows of the list name."""
    kinds = {str(row["distributionType"]) for row in overview.rows}
    return {
        "owners": _named(overview, "ownerId", overview.people),
        "projects": _named(overview, "groupId", overview.projects),
        "kinds": [(kind, gettext(words)) for kind, words in DISTRIBUTIONS.items() if kind in kinds],
    }


def _named(overview: Overview, field: str, names: Mapping[int, str]) -> list[tuple[Any, str]]:
    numbers = {int(row[field] or 0) for row in overview.rows} - {0}
    named = [(number, names.get(number, f"#{number}")) for number in numbers]
    return sorted(named, key=lambda entry: folded(entry[1]))
