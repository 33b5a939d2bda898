"""The tab History: every change of the portal's flows, with the way back."""

from __future__ import annotations

import flask

from bx24app.web.administrator import planner, portal_of_administrator
from bx24app.web.context import container
from bx24app.web.flows.history_text import tell
from bx24app.web.plans.plans_page import plan_page
from bx24app.web.render import render_page, require_session
from bx24app.web.session import actor

bp = flask.Blueprint("history", __name__, url_prefix="/history")
bp.before_request(require_session)

ON_A_PAGE = 50


@bp.get("")
def list_changes():
    """The changes, the newest first."""
    portal = portal_of_administrator()
    before = flask.request.args.get("before", type=int)
    found = container().blueprints.history.page(portal.member_id, before, ON_A_PAGE + 1)
    more = found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else None
    return render_page("plans/history.html", lines=tell(actor(), found[:ON_A_PAGE]), more=more)


@bp.post("/<int:number>/restore")
def restore(number: int):
    """Plan the way back to the state after a change."""
    actor_ = planner(portal_of_administrator())
    return plan_page(container().blueprints.restore(actor_, number))
