"""What can be done in a row of the list: turn on and off, pin, delete, undo, make known."""

from __future__ import annotations

import re

import flask
from flask_babel import gettext
from itsdangerous import BadData

from bx24app.errors import NotFound
from bx24app.flows.change import FlowChange, digest
from bx24app.flows.flow import Flow
from bx24app.flows.problems import FlowChanged
from bx24app.portals.access import Actor
from bx24app.web.context import container
from bx24app.web.flows.list_page import asked_view, list_after, list_page, row_after
from bx24app.web.flows.rows import Message
from bx24app.web.flows.text import DISTRIBUTIONS
from bx24app.web.render import require_session
from bx24app.web.session import actor
from bx24app.web.signing import signer

bp = flask.Blueprint("flow_rows", __name__)
bp.before_request(require_session)

FLOW_LINK = re.compile(r"(?:ID_from=|editFormFlowId=|demo_flow=|/flow/)([0-9]{1,10})\b")
"""How Bitrix24's own pages name a flow in their addresses."""
UNDO_LASTS = 3600
"""Seconds in which saved changes can be undone from the message that reports them."""


@bp.post("/flows/<int:flow_id>/active")
def switch(flow_id: int):
    """Turn a flow on or off, and say how to undo it."""
    # The page sends the wanted state, so a late or repeated click does not turn it back.
    me, active = actor(), flask.request.form.get("active") == "1"
    flow = container().flows.set_active(me, flow_id, active)
    back = {
        "url": flask.url_for("flow_rows.switch", flow_id=flow_id),
        "send": {"active": "0" if active else "1"},
    }
    if active:
        text = gettext("“%(name)s” is on.", name=flow["name"])
    else:
        text = gettext(
            "“%(name)s” is off. People can't choose it any more; its tasks stay as they are.",
            name=flow["name"],
        )
    return row_after(me, Message(text, undo=back, flow_id=flow_id), flow)


@bp.post("/flows/<int:flow_id>/pinned")
def pin(flow_id: int):
    """Pin a flow in the person's own list in Bitrix24, or unpin it."""
    me, pinned = actor(), flask.request.form.get("pinned") == "1"
    container().flows.set_pinned(me, flow_id, pinned)
    flow = container().flows.get(me, flow_id)
    text = (
        gettext("“%(name)s” is pinned in your list of flows in Bitrix24.", name=flow["name"])
        if pinned
        else gettext("“%(name)s” is no longer pinned in Bitrix24.", name=flow["name"])
    )
    back = {
        "url": flask.url_for("flow_rows.pin", flow_id=flow_id),
        "send": {"pinned": "0" if pinned else "1"},
    }
    return row_after(me, Message(text, undo=back, flow_id=flow_id), flow)


@bp.post("/flows/<int:flow_id>/switch-back")
def switch_back(flow_id: int):
    """Give a flow that was changed in Bitrix24 its former distribution and team."""
    me = actor()
    change, former = container().switched_flows.switch_back(me, flow_id)
    name = change.flow["name"]
    if change.changed:
        kind = gettext(DISTRIBUTIONS[former.kind])
        text = gettext("“%(name)s” works as before: %(kind)s.", name=name, kind=kind)
        message = Message(text, undo=undo_of(change), flow_id=flow_id)
    else:
        text = gettext("Nobody else of the former team of “%(name)s” works here now.", name=name)
        message = Message(text, flow_id=flow_id)
    return _after(me, message, change.flow)


@bp.post("/flows/<int:flow_id>/keep")
def keep(flow_id: int):
    """Leave a flow as it was changed in Bitrix24, and say no more of it."""
    me = actor()
    flow = container().switched_flows.keep(me, flow_id)
    text = gettext("“%(name)s” stays as it is now.", name=flow["name"])
    return _after(me, Message(text, flow_id=flow_id), flow)


def _after(me: Actor, message: Message, flow: Flow) -> str:
    """The row, or the list, depending on where the button was pressed: in a row, or in the form."""
    in_row = flask.request.headers.get("HX-Target", "").startswith("flow-")
    return (row_after if in_row else list_after)(me, message, flow)


@bp.get("/flows/<int:flow_id>/delete")
def confirm_delete(flow_id: int):
    """The question before a flow is deleted."""
    return flask.render_template("delete.html", flow=container().flows.get(actor(), flow_id))


@bp.post("/flows/<int:flow_id>/delete")
def delete(flow_id: int):
    """Delete a flow; its row gives way to a line that says so."""
    me = actor()
    change = container().flows.delete(me, flow_id)
    overview = container().flow_lists.without(me, flow_id)
    text = gettext("“%(name)s” was deleted.", name=(change.before or {}).get("name", ""))
    return flask.render_template(
        "parts/deleted_answer.html",
        flow_id=flow_id,
        text=text,
        version=overview.version if overview else "",
    )


@bp.post("/flows/<int:flow_id>/undo")
def undo(flow_id: int):
    """Bring back the settings that a signed note remembers."""
    me = actor()
    try:
        # The page keeps the note, so only the signature makes it ours. Its `base` refuses the undo
        # where somebody has changed the flow since.
        note = signer("undo").loads(flask.request.form.get("note", ""), max_age=UNDO_LASTS)
        change = container().flows.update(me, flow_id, note["settings"], if_match=note["base"])
        flow = change.flow
        text = gettext("The former settings of “%(name)s” are back.", name=flow["name"])
        return row_after(me, Message(text, flow_id=flow_id), flow)
    except BadData:
        flow, text = container().flows.get(me, flow_id), gettext("It is too late to undo this.")
    except FlowChanged as changed:
        flow = changed.now
        text = gettext("The flow has been changed again meanwhile, so nothing was undone.")
    return row_after(me, Message(text, flow_id=flow_id, bad=True), flow)


@bp.post("/flows/known")
def add_known():
    """Make a flow known where the portal has no list: by its number, or a link to it."""
    me, wanted = actor(), flask.request.form.get("flow", "").strip()
    found = FLOW_LINK.search(wanted) or re.fullmatch(r"([0-9]{1,10})", wanted)
    if not found:
        refusal = gettext("Enter the ID of a flow, or copy its link from Bitrix24.")
        return list_page(me, asked_view(), wanted=wanted, add_error=refusal), 422
    try:
        # `get` also remembers the flow, and remembered flows are what the list then shows.
        flow = container().flows.get(me, int(found[1]))
    except NotFound as error:
        return list_page(me, asked_view(), wanted=wanted, add_error=gettext(error.message)), 422
    text = gettext("“%(name)s” was added to the list.", name=flow["name"])
    return list_after(me, Message(text, flow_id=int(flow["id"])), flow)


def undo_of(change: FlowChange) -> dict[str, object]:
    """What the Undo of a saved change sends."""
    # `base` is the flow after this change, so an undo undoes this change and no later one.
    note = {"settings": change.former_settings(), "base": digest(change.flow)}
    return {
        "url": flask.url_for("flow_rows.undo", flow_id=change.flow_id),
        "send": {"note": signer("undo").dumps(note)},
    }
