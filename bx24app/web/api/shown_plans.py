"""What the API shows of plans and of the history."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Response, request, url_for

from bx24app.blueprints.plan import Change, Plan
from bx24app.flows.history import Line
from bx24app.web.context import container
from bx24app.web.json import json_response
from bx24app.web.language import translate


def shown_time(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan as the API shows it."""
    return {
        "id": plan.id,
        "digest": plan.digest,
        "status": plan.status,
        "createdAt": shown_time(plan.created_at),
        "expiresAt": shown_time(plan.expires_at),
        "summary": plan.summary,
        "unsafe": [
            {"code": one.code, "message": translate(one.message, one.facts)} for one in plan.unsafe
        ],
        "changes": [_change(one) for one in plan.changes],
    }


def shown_plan(plan: Plan, status: int = 200) -> Response:
    """A plan as an answer, with an `ETag`; 304 where the caller has it already."""
    response = json_response(plan_document(plan), status)
    if status == 201:
        response.location = plan_address(plan)
    return with_etag(response)


def with_etag(response: Response) -> Response:
    """An answer with a fingerprint of its body; 304 where the caller has that already."""
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    if request.method == "GET":
        response.make_conditional(request)
    return response


def plan_address(plan: Plan) -> str:
    """Where the plan is."""
    path = url_for("api.plans.one_plan", member_id=plan.member_id, number=plan.id)
    return container().config.public_url.rstrip("/") + path


def shown_line(line: Line, names: Mapping[str, str]) -> dict[str, Any]:
    """A line of the history; `names` are those of people by their numbers."""
    who = line.author
    name = who.name or (names.get(who.id, "") if who.kind == "person" else "")
    return {
        "id": line.id,
        "at": shown_time(line.at),
        "who": {"kind": who.kind, "id": who.id or None, "name": name or None},
        "through": who.through,
        "flowId": line.flow_id,
        "name": line.name,
        "action": line.action,
        "fields": line.fields,
    }


def _change(change: Change) -> dict[str, Any]:
    outcome = change.outcome
    shown: dict[str, Any] = {
        "key": change.key or None,
        "action": change.action,
        "flowId": change.flow_id,
        "name": change.name,
        "fields": list(change.fields),
        "outcome": {
            "status": outcome.status,
            "code": outcome.code,
            "message": translate(outcome.message, {}) if outcome.message else None,
            "flowId": outcome.flow_id,
        },
    }
    if change.reason:
        shown["reason"] = translate(change.reason, {})
    if outcome.may_have_happened:
        shown["outcome"]["mayHaveHappened"] = True
    return shown
