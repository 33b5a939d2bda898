"""What the API shows of portals and flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, url_for

from bx24app.flows.change import FlowChange, digest
from bx24app.flows.problems import Problem
from bx24app.portals.attention import attention_of
from bx24app.portals.portal import Portal
from bx24app.web.context import container
from bx24app.web.errors import problem_entry
from bx24app.web.json import json_response
from bx24app.web.language import translate


def shown_portal(seen: Portal) -> dict[str, Any]:
    """What may be told about a portal: no secrets."""
    return {
        "memberId": seen.member_id,
        "domain": seen.domain,
        "status": seen.status,
        "applicationStatus": seen.application_status,
        "scope": list(seen.scope),
        "language": seen.language,
        "installedAt": seen.installed_at.isoformat(timespec="seconds"),
        "seenAt": seen.seen_at.isoformat(timespec="seconds"),
        "installerId": seen.installer_id,
        "authorization": seen.authorization,
        "authorizationReason": seen.authorization_reason,
        "attention": [
            {
                "code": one.code,
                "message": translate(one.message, one.facts),
                "since": one.since.isoformat(timespec="seconds"),
            }
            for one in attention_of(seen, container().manifest)
        ],
    }


def shown_flow(
    flow: dict[str, Any], status: int = 200, warnings: Sequence[Problem] = ()
) -> Response:
    """A flow as an answer, with its `ETag` and what came out otherwise than asked."""
    told = {"warnings": [problem_entry(warning) for warning in warnings]} if warnings else {}
    response = json_response(flow | told, status)
    # Of the flow alone: the warnings belong to this one answer.
    response.set_etag(digest(flow))
    return response


def shown_outcome(member_id: str, outcome: FlowChange) -> Response:
    """The answer to a write: 201 with the new flow's address, or 200."""
    response = shown_flow(outcome.flow, 201 if outcome.created else 200, outcome.warnings)
    if outcome.created:
        # Behind a proxy the request's own host may be an internal one.
        path = url_for("api.flow", member_id=member_id, id=outcome.flow["id"])
        response.location = container().config.public_url.rstrip("/") + path
    return response
