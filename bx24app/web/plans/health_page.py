"""The tab Health: which flows are in trouble, the worst first, and the way out as a plan."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import format_date, gettext, ngettext

from bx24app.health.finding import Finding
from bx24app.i18n import N_
from bx24app.web.administrator import planner, portal_of_administrator
from bx24app.web.context import container
from bx24app.web.language import translate
from bx24app.web.plans.plans_page import plan_page
from bx24app.web.render import render_page, require_session

bp = flask.Blueprint("health_tab", __name__, url_prefix="/health")
bp.before_request(require_session)

DAYS = 7
"""So long a finding is muted on this page."""
SEVERITIES = {"high": N_("Urgent"), "medium": N_("Important"), "low": N_("To be looked at")}


@bp.get("")
def show():
    """What the last look has found; the first visit looks by itself."""
    portal = portal_of_administrator()
    if container().health.findings.looked_at(portal.member_id) is None:
        container().health.look(planner(portal))
    return _page(portal.member_id)


@bp.post("/look")
def look():
    """Look now."""
    portal = portal_of_administrator()
    container().health.look(planner(portal))
    return _page(portal.member_id, gettext("The flows were looked at just now."))


@bp.post("/<int:number>/plan")
def plan(number: int):
    """Show the mend as a plan."""
    return plan_page(container().health.plan(planner(portal_of_administrator()), number))


@bp.post("/<int:number>/mute")
def mute(number: int):
    """Say nothing of a finding for a week, or again if it is muted."""
    portal = portal_of_administrator()
    days = 0 if flask.request.form.get("muted") == "1" else DAYS
    container().health.findings.mute(portal.member_id, number, days)
    return _page(portal.member_id)


def _page(member_id: str, message: str = "") -> str:
    findings = container().health.findings
    found = findings.all(member_id)
    loud = [_shown(one) for one in found if one.muted_until is None]
    at = findings.looked_at(member_id)
    return render_page(
        "plans/health.html",
        groups=[
            (gettext(words), group)
            for severity, words in SEVERITIES.items()
            if (group := [one for one in loud if one["severity"] == severity])
        ],
        muted=[_shown(one) for one in found if one.muted_until is not None],
        summary=ngettext(
            "%(num)s thing needs attention", "%(num)s things need attention", len(loud)
        ),
        at=at.isoformat(timespec="seconds") if at else "",
        message=message,
    )


def _shown(one: Finding) -> dict[str, Any]:
    return {
        "id": one.id,
        "severity": one.severity,
        "flow_id": one.flow_id,
        "name": one.name,
        "text": translate(one.message, one.facts),
        "since": format_date(one.since, "medium") if one.since else "",
        "mend": translate(one.mend, {}) if one.mend else "",
        "until": format_date(one.muted_until, "medium") if one.muted_until else "",
    }
