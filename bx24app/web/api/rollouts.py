"""/api/v1/rollouts: one document on many portals, for the operator's keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from bx24app.rollouts.rollout import Rollout
from bx24app.web.api.auth import author, require_operator
from bx24app.web.api.bodies import JSON
from bx24app.web.api.idempotency import once_about
from bx24app.web.api.operations import ALWAYS, NAMED, SENT, answers, body, good
from bx24app.web.api.paging import link_next
from bx24app.web.api.parameters import IdempotencyKey, NoQuery, PageQuery, cursor_after
from bx24app.web.api.plan_parameters import OneRollout
from bx24app.web.api.rollout_bodies import read_rollout_body
from bx24app.web.api.shown_rollouts import rollout_document, shown_rollout
from bx24app.web.context import container
from bx24app.web.json import json_response

bp = APIBlueprint("rollouts", __name__, abp_security=[{"key": []}])
bp.before_request(require_operator)
ROLLOUTS = Tag(name="Rollouts", description="One document on many portals; operator's keys only.")
OPERATOR = (*ALWAYS, "not_permitted")
ONE = (*OPERATOR, "not_found")
ROLLOUT = "/rollouts/<int:number>"
SHOWN = ("Rollout", "Location", "ETag", "Idempotent-Replayed")


@bp.post(
    "/rollouts",
    tags=[ROLLOUTS],
    operation_id="startRollout",
    description="Carried out in the background, wave after wave; look at the rollout for what "
    "comes of it. A plan that is unsafe fails on its portal, unless its codes are accepted here.",
    openapi_extensions=body("RolloutRequest", *JSON),
    responses=answers(
        {202: good("It has begun.", *SHOWN)}, *OPERATOR, *SENT[:3], "invalid_document", *NAMED,
        "portal_busy", rate=False,
    ),
)  # fmt: skip
def start_rollout(query: NoQuery, header: IdempotencyKey):
    """Roll a document out to many portals"""
    document, order, whole = read_rollout_body()
    rollouts = container().rollouts
    return _once(whole, lambda: rollouts.start(document, order, author("rollout")))


@bp.get(
    "/rollouts",
    tags=[ROLLOUTS],
    operation_id="listRollouts",
    description="The newest first. Without `limit` all of them.",
    responses=answers({200: good("The rollouts.", "Rollouts", "Link")}, *OPERATOR, rate=False),
)
def rollouts(query: PageQuery):
    """List the rollouts"""
    limit = query.limit
    found = container().rollouts.page(query.after or None, limit and limit + 1)
    page = found[:limit]
    response = json_response({"items": [rollout_document(one) for one in page]})
    return link_next(response, cursor_after(page[-1].id if len(page) < len(found) else 0))


@bp.get(
    ROLLOUT,
    tags=[ROLLOUTS],
    operation_id="getRollout",
    description="With `If-None-Match` 304 as long as nothing has changed.",
    responses=answers(
        {200: good("The rollout.", "Rollout", "ETag"), 304: good("Nothing has changed.")},
        *ONE,
        rate=False,
    ),
)
def one_rollout(path: OneRollout, query: NoQuery):
    """Look at one rollout"""
    return shown_rollout(container().rollouts.get(path.number))


@bp.post(
    f"{ROLLOUT}/cancel",
    tags=[ROLLOUTS],
    operation_id="cancelRollout",
    description="Portals that are under way are finished; no other one begins.",
    responses=answers(
        {202: good("No other portal begins.", *SHOWN)}, *ONE, *NAMED, "portal_busy", rate=False
    ),
)
def cancel_rollout(path: OneRollout, query: NoQuery, header: IdempotencyKey):
    """Cancel a rollout"""
    return _once(None, lambda: container().rollouts.cancel(path.number))


@bp.post(
    f"{ROLLOUT}/retry",
    tags=[ROLLOUTS],
    operation_id="retryRollout",
    description="Goes on with the same rollout: failed portals wait again, and those that a stop "
    "has left waiting are taken too.",
    responses=answers({202: good("It goes on.", *SHOWN)}, *ONE, *NAMED, "portal_busy", rate=False),
)
def retry_rollout(path: OneRollout, query: NoQuery, header: IdempotencyKey):
    """Try again what failed in a rollout"""
    return _once(None, lambda: container().rollouts.retry(path.number))


def _once(whole: Any, act: Callable[[], Rollout]) -> Response:
    return once_about(
        "",
        whole,
        lambda: shown_rollout(act(), 202),
        # After a crash it is carried out again: what is done already is an empty plan then.
        lambda: None,
        lambda number: rollout_document(container().rollouts.get(number)),
    )
