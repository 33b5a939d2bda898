"""What the API shows of rollouts."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from bx24app.rollouts.rollout import PortalProgress, Rollout
from bx24app.web.api.shown_plans import shown_time, with_etag
from bx24app.web.context import container
from bx24app.web.json import json_response
from bx24app.web.language import translate


def rollout_document(rollout: Rollout) -> dict[str, Any]:
    """A rollout as the API shows it."""
    return {
        "id": rollout.id,
        "status": rollout.status,
        "createdAt": shown_time(rollout.created_at),
        "waves": list(rollout.waves),
        "progress": rollout.progress,
        "portals": [_portal(one) for one in rollout.portals],
    }


def shown_rollout(rollout: Rollout, status: int = 200) -> Response:
    """A rollout as an answer, with an `ETag`; 304 where the caller has it already."""
    response = json_response(rollout_document(rollout), status)
    if status == 202:
        path = url_for("api.rollouts.one_rollout", number=rollout.id)
        response.location = container().config.public_url.rstrip("/") + path
    return with_etag(response)


def _portal(portal: PortalProgress) -> dict[str, Any]:
    failure = portal.failure
    return {
        "memberId": portal.member_id,
        "status": portal.status,
        "planId": portal.plan_id,
        "summary": portal.summary,
        "code": failure.code if failure else None,
        "message": translate(failure.message, failure.facts) if failure else None,
    }
