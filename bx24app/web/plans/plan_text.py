"""Plans in words: what would be done with each flow, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask_babel import format_datetime, gettext, ngettext

from bx24app.blueprints.plan import Change, Plan
from bx24app.flows.history import Line
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.author import ELSEWHERE
from bx24app.web.flows.history_text import tell
from bx24app.web.language import translate

STATUSES = {
    "planned": N_("Not applied yet"),
    "running": N_("Being carried out"),
    "applied": N_("Applied"),
    "partly_applied": N_("Partly applied"),
    "failed": N_("Failed"),
    "expired": N_("Expired"),
}
ACTIONS = {
    "create": N_("Create"),
    "update": N_("Change"),
    "activate": N_("Turn on"),
    "deactivate": N_("Turn off"),
    "delete": N_("Delete"),
    "unchanged": N_("Stays as it is"),
}
SIGNS = {"create": "+", "update": "~", "activate": "~", "deactivate": "~", "delete": "✕"}
"""Beside the words, for a look over many lines."""
OUTCOMES = {
    "waiting": N_("waiting"),
    "running": N_("being carried out"),
    "done": N_("done"),
    "skipped": N_("skipped: the flow was changed meanwhile, so it was left alone"),
    "failed": N_("failed"),
}


def summary_of(plan: Plan) -> str:
    """How many flows a plan creates, changes, switches and deletes."""
    counts = plan.summary
    new, changed, gone = counts["create"], counts["update"], counts["delete"]
    switched = counts["activate"] + counts["deactivate"]
    parts = [
        new and ngettext("create %(num)s flow", "create %(num)s flows", new),
        changed and ngettext("change %(num)s flow", "change %(num)s flows", changed),
        switched
        and ngettext("turn %(num)s flow on or off", "turn %(num)s flows on or off", switched),
        gone and ngettext("delete %(num)s flow", "delete %(num)s flows", gone),
    ]
    return ", ".join(part for part in parts if part) or gettext("nothing to do")


def plan_row(plan: Plan) -> dict[str, Any]:
    """A plan as a line of the list."""
    return {
        "id": plan.id,
        "made": format_datetime(plan.created_at, "short"),
        "summary": summary_of(plan),
        "status": gettext(STATUSES[plan.status]),
        "by": plan.applied_by.name if plan.applied_by else "",
    }


def shown_plan(me: Actor, plan: Plan) -> dict[str, Any]:
    """A plan with all its changes; names are looked up in one request."""
    told = tell(me, [_line(number, one) for number, one in enumerate(plan.changes)])
    changes = [
        _change(one, words["changes"]) for one, words in zip(plan.changes, told, strict=True)
    ]
    ended = sum(one.outcome.status in ("done", "skipped", "failed") for one in plan.changes)
    return plan_row(plan) | {
        "digest": plan.digest,
        "state": plan.status,
        "queued": plan.queued and not plan.over,
        "over": plan.over,
        "until": format_datetime(plan.expires_at, "short"),
        "empty": plan.empty,
        "unsafe": [
            {"code": one.code, "message": translate(one.message, one.facts)} for one in plan.unsafe
        ],
        "changes": [one for one in changes if one["action"] != "unchanged"],
        "unchanged": [one for one in changes if one["action"] == "unchanged"],
        "ended": ended,
        "total": sum(not one.empty for one in plan.changes),
        "failed": plan.over and any(one.outcome.status == "failed" for one in plan.changes),
        "done": plan.over and any(one.outcome.status == "done" for one in plan.changes),
    }


def _change(change: Change, words: list[Mapping[str, str]]) -> dict[str, Any]:
    outcome = change.outcome
    return {
        "action": change.action,
        "word": gettext(ACTIONS[change.action]),
        "sign": SIGNS.get(change.action, "="),
        "name": change.name,
        "changes": words,
        "reason": translate(change.reason, {}) if change.reason else "",
        "outcome": "" if outcome.status == "waiting" else gettext(OUTCOMES[outcome.status]),
        "status": outcome.status,
        "message": translate(outcome.message, {}) if outcome.message else "",
        "unsure": outcome.may_have_happened,
    }


def _line(number: int, change: Change) -> Line:
    """A change of a plan in the form of the history, whose words it shares."""
    before = dict(change.base) if change.base is not None else None
    after = (before or {}) | {one["field"]: one["after"] for one in change.fields}
    gone = change.action == "delete"
    action = "update" if change.action in ("create", "update") else change.action
    return Line(
        id=number,
        at=datetime.now(UTC),
        author=ELSEWHERE,
        flow_id=change.flow_id or 0,
        name=change.name,
        action=action,
        before=before,
        after=None if gone else after,
    )
