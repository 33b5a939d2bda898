"""The page to read a flow: what happens in it, who does what, and who may change it."""

from __future__ import annotations

import flask
from flask_babel import gettext

from bx24app.blueprints.portal_links import LONGEST_KEY, KeyTaken
from bx24app.flows.field_types import UNPRINTABLE
from bx24app.web.administrator import planner, portal_of_administrator
from bx24app.web.context import container
from bx24app.web.flows.form import SETTINGS
from bx24app.web.flows.form_page import shown_form
from bx24app.web.flows.former import former_words
from bx24app.web.flows.history_text import tell
from bx24app.web.flows.rows import may_change, open_links, portal_link
from bx24app.web.flows.text import LABELS, people, sentences, setting
from bx24app.web.flows.view import state_of
from bx24app.web.flows.whom import administrators
from bx24app.web.render import render_page, require_session
from bx24app.web.session import actor

bp = flask.Blueprint("flow_reading", __name__)
bp.before_request(require_session)

IN_SENTENCES = frozenset({"name", "description", "plannedCompletionTime", "matchWorkTime"})
"""Settings that the page tells in other words."""
LAST_CHANGES = 10


@bp.get("/flows/<int:flow_id>")
def read(flow_id: int):
    """Everything about a flow, for whoever may see it."""
    return _page(flow_id)


@bp.post("/flows/<int:flow_id>/adopt")
def adopt(flow_id: int):
    """Let blueprints own a flow, so that their plans may also delete it."""
    portal, key = portal_of_administrator(), flask.request.form.get("key", "").strip()
    if not 0 < len(key) <= LONGEST_KEY or UNPRINTABLE.search(key):
        return _page(flow_id, refusal=gettext("Enter a key of 1 to 100 characters."))
    try:
        container().blueprints.adopt(planner(portal), flow_id, key)
    except KeyTaken:
        words = gettext("Blueprints know another flow of this Bitrix24 by this key.")
        return _page(flow_id, refusal=words)
    return _page(flow_id, done=gettext("Blueprints own this flow now."))


def _page(flow_id: int, refusal: str = "", done: str = "") -> str:
    me = actor()
    flow = container().flows.get(me, flow_id)
    overview = container().flow_lists.of_one(me, flow)
    sent = shown_form(me, flow)
    project = int(flow["groupId"] or 0)
    mine = may_change(flow, overview)
    lines = container().flows.history.page(me.portal.member_id, None, LAST_CHANGES, flow_id=flow_id)
    return render_page(
        "flow.html",
        flow=flow,
        state=state_of(flow),
        sentences=sentences(sent),
        settings=[
            {"label": gettext(LABELS[name]), "value": setting(sent.now, name)}
            for name in SETTINGS
            if name not in IN_SENTENCES
        ],
        project=project and portal_link(me, f"/workgroups/group/{project}/"),
        owner=people(sent.now.choices["ownerId"]),
        may_change=mine,
        ask="" if mine else administrators(me),
        switched=former_words(me, overview.switched.get(flow_id), flow),
        flow_id=flow_id,
        history=tell(me, lines),
        open=open_links(me, flow_id),
        admin=overview.me.admin,
        link=container().blueprints.link(me.portal.member_id, flow_id),
        refusal=refusal,
        done=done,
    )
