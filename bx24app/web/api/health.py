"""/api/v1: health – what is wrong with the flows of a portal, and the way out of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Response
from flask_babel import force_locale
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import Field

from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.health.finding import Finding
from bx24app.i18n import N_
from bx24app.web.api.auth import installer, portal, require_operator
from bx24app.web.api.bodies import JSON, read_body
from bx24app.web.api.idempotency import once
from bx24app.web.api.operations import ALWAYS, NAMED, ONE, PORTAL, SENT, answers, body, good
from bx24app.web.api.parameters import (
    LARGEST_ID,
    Id,
    IdempotencyKey,
    NoQuery,
    OnePortal,
    Query,
    Truth,
)
from bx24app.web.api.shown_plans import shown_plan, shown_time
from bx24app.web.context import container
from bx24app.web.json import json_response
from bx24app.web.language import supported, translate

bp = APIBlueprint("health", __name__, abp_security=[{"key": []}])
HEALTH = Tag(name="Health", description="Which flows are in trouble, and the way out of it.")
FINDING = "/portals/<member_id>/health/<int:number>"
MOST_DAYS = 90


class InvalidSettings(InvalidFlow):
    """A member of the body is missing, unknown or of the wrong kind."""

    code = "invalid_settings"


class HealthQuery(Query):
    """Which findings."""

    severity: Literal["high", "medium", "low"] | None = Field(None, description="So bad.")
    flow_id: Id | None = Field(None, alias="flowId", description="Of this flow.")
    muted: Truth | None = Field(None, description="`true`: muted ones too.")


class OneFinding(OnePortal):
    """The address of a finding."""

    number: Annotated[int, Field(ge=1, le=LARGEST_ID, description="The finding's number.")]


@bp.get(
    "/portals/<member_id>/health",
    tags=[HEALTH],
    operation_id="getHealth",
    description="As the last look has found it, the worst first; asks the portal nothing.",
    responses=answers({200: good("What is wrong.", "Health")}, *ONE),
)
def health(path: OnePortal, query: HealthQuery):
    """See which flows of a portal are in trouble"""
    return json_response(_health(query))


@bp.post(
    "/portals/<member_id>/health/look",
    tags=[HEALTH],
    operation_id="lookAtHealth",
    description="Within a minute of the last look that one is given.",
    responses=answers({200: good("What is wrong.", "Health")}, *PORTAL, *NAMED),
)
def look(path: OnePortal, query: NoQuery, header: IdempotencyKey):
    """Look at the flows of a portal now"""
    me = installer()

    def act() -> Response:
        container().health.look(me)
        return json_response(_health(HealthQuery()))

    return once(me, None, act)


@bp.post(
    f"{FINDING}/plan",
    tags=[HEALTH],
    operation_id="planMend",
    description="Nothing is changed before the plan is applied.",
    responses=answers(
        {201: good("The mend as a plan.", "Plan", "Location", "ETag")},
        *PORTAL,
        "invalid_flow",
        "no_mend",
        *NAMED,
    ),
)
def plan(path: OneFinding, query: NoQuery, header: IdempotencyKey):
    """Plan the mend of a finding"""
    me = installer()
    return once(me, None, lambda: shown_plan(container().health.plan(me, path.number), 201))


@bp.put(
    f"{FINDING}/mute",
    tags=[HEALTH],
    operation_id="muteFinding",
    description="0 days end it.",
    openapi_extensions=body("Mute", *JSON),
    responses=answers(
        {200: good("The finding.", "Finding")}, *ONE, *SENT[:3], "invalid_settings", *NAMED
    ),
)
def mute(path: OneFinding, query: NoQuery, header: IdempotencyKey):
    """Say nothing of a finding for some days"""
    days, member_id = _days(), portal().member_id
    found = container().health.findings.mute(member_id, path.number, days)
    return json_response(_shown(found))


@bp.get(
    "/health",
    tags=[HEALTH],
    operation_id="getHealthOfAll",
    description="Operator's keys only; muted findings are not counted.",
    responses=answers(
        {200: good("By portal.", "HealthOfAll")}, *ALWAYS, "not_permitted", rate=False
    ),
)
def health_of_all(query: NoQuery):
    """See how many flows are in trouble on each portal"""
    require_operator()
    findings = container().health.findings
    looked = {member_id: findings.looked_at(member_id) for member_id in findings.counts()}
    items = [
        {"memberId": member_id, **counts, "at": shown_time(at)}
        for member_id, counts in sorted(findings.counts().items())
        if (at := looked[member_id]) is not None
    ]
    return json_response({"items": items})


def _health(query: HealthQuery) -> dict[str, Any]:
    findings, member_id = container().health.findings, portal().member_id
    at = findings.looked_at(member_id)
    return {
        "at": shown_time(at) if at else None,
        "items": [
            _shown(one)
            for one in findings.all(member_id)
            if (query.muted or one.muted_until is None)
            and query.severity in (None, one.severity)
            and query.flow_id in (None, one.flow_id)
        ],
    }


def _shown(one: Finding) -> dict[str, Any]:
    # Programs send these to people of the portal, whose language it is.
    with force_locale(supported(portal().language)):
        message = translate(one.message, one.facts)
        mend = translate(one.mend, {}) if one.mend else None
    return {
        "id": one.id,
        "code": one.code,
        "severity": one.severity,
        "flowId": one.flow_id,
        "name": one.name,
        "message": message,
        "since": shown_time(one.since) if one.since else None,
        "mutedUntil": shown_time(one.muted_until) if one.muted_until else None,
        "details": dict(one.details),
        "mend": mend,
    }


def _days() -> int:
    given = read_body()
    days = given.get("days") if isinstance(given, dict) and set(given) == {"days"} else None
    # `true` is 1 in Python, but no number of days.
    if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= MOST_DAYS:
        message = N_("Give `days` as a whole number from 0 to %(most)s.")
        raise InvalidSettings([Problem("/days", "not_a_number", message, {"most": MOST_DAYS})])
    return days
