"""The tab Plans: what would be changed, to be applied, and what came of it."""

from __future__ import annotations

import flask
from flask_babel import gettext

from bx24app.blueprints.plan import Plan
from bx24app.errors import Error
from bx24app.web.administrator import author, planner, portal_of_administrator
from bx24app.web.context import container
from bx24app.web.plans.plan_text import plan_row, shown_plan
from bx24app.web.render import render_page, require_session
from bx24app.web.session import actor

bp = flask.Blueprint("plans", __name__, url_prefix="/plans")
bp.before_request(require_session)

ON_A_PAGE = 50


@bp.get("")
def list_plans():
    """The plans of the portal, the newest first."""
    portal = portal_of_administrator()
    before = flask.request.args.get("before", type=int)
    found = container().blueprints.page(portal.member_id, before, ON_A_PAGE + 1)
    more = found[ON_A_PAGE - 1].id if len(found) > ON_A_PAGE else None
    return render_page(
        "plans/list.html", plans=[plan_row(one) for one in found[:ON_A_PAGE]], more=more
    )


@bp.get("/<int:number>")
def one_plan(number: int):
    """One plan; a page that shows it while it is carried out asks for it again and again."""
    portal = portal_of_administrator()
    return plan_page(container().blueprints.get(portal.member_id, number))


@bp.post("/<int:number>/apply")
def apply(number: int):
    """Let exactly this plan be carried out."""
    portal, form = portal_of_administrator(), flask.request.form
    try:
        plan = container().blueprints.apply(
            portal.member_id, number, form.get("digest", ""), form.getlist("accept"), author()
        )
    except Error as error:
        if error.code not in ("plan_unsafe", "plan_expired", "plan_changed"):
            raise
        plan = container().blueprints.get(portal.member_id, number)
        return plan_page(plan, problem=PROBLEMS[error.code]())
    return plan_page(plan)


@bp.post("/<int:number>/undo")
def undo(number: int):
    """Plan the inverse of what was carried out; it is shown first, like any plan."""
    actor_, delete = planner(portal_of_administrator()), flask.request.form.get("created")
    return plan_page(container().blueprints.undo(actor_, number, delete_created=delete == "delete"))


@bp.post("/<int:number>/retry")
def retry(number: int):
    """Plan again what failed."""
    return plan_page(container().blueprints.retry(planner(portal_of_administrator()), number))


def plan_page(plan: Plan, problem: str = "") -> str:
    """The page of a plan."""
    return render_page("plans/plan.html", plan=shown_plan(actor(), plan), problem=problem)


PROBLEMS = {
    "plan_unsafe": lambda: gettext("Tick what you agree to first. Nothing was changed."),
    "plan_expired": lambda: gettext("The plan is older than half an hour. Make it anew."),
    "plan_changed": lambda: gettext("The plan is another one by now. Look at it again."),
}
