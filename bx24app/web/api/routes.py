"""/api/v1: portals and flows for programs that hold a key."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from bx24app.flows.single import parse_active, parse_name, parse_pinned
from bx24app.web.api import health, kept_blueprints, lookups, openapi, plans, rollouts
from bx24app.web.api.auth import authorize, caller, installer, portal
from bx24app.web.api.bodies import JSON, MERGE_PATCH, read_body
from bx24app.web.api.flow_list import list_flows
from bx24app.web.api.idempotency import once
from bx24app.web.api.operations import (
    ALWAYS,
    NAMED,
    ONE,
    PORTAL,
    SENT,
    SHOWN,
    answers,
    body,
    good,
)
from bx24app.web.api.paging import link_next
from bx24app.web.api.parameters import (
    ConditionalOnce,
    FlowsQuery,
    IdempotencyKey,
    NameWanted,
    NoQuery,
    OneFlow,
    OnePortal,
    Patience,
    PortalsQuery,
    TrialAllowed,
)
from bx24app.web.api.preconditions import require_match, wanted_digest
from bx24app.web.api.rate import add_rate_limit
from bx24app.web.api.shown import shown_flow, shown_outcome, shown_portal
from bx24app.web.context import container
from bx24app.web.json import json_response

bp = APIBlueprint("api", __name__, url_prefix="/api/v1", abp_security=[{"key": []}])
bp.record(openapi.describe)
bp.before_request(authorize)
bp.after_request(add_rate_limit)
for part in (lookups.bp, plans.bp, kept_blueprints.bp, rollouts.bp, health.bp):
    bp.register_api(part)

PORTALS = Tag(name="Portals", description="Where the application is installed.")
FLOWS = Tag(name="Flows", description="The task flows of one portal.")
FLOW = "/portals/<member_id>/flows/<int:id>"


@bp.get(
    "/portals",
    tags=[PORTALS],
    operation_id="listPortals",
    responses=answers({200: good("The portals.", "Portals", "Link")}, *ALWAYS),
)
def portals(query: PortalsQuery):
    """List the portals that the key may see"""
    key = caller()
    after, limit = query.cursor or "", query.limit
    if key.member_id is None:
        # One more than asked for tells whether there is a next page.
        seen = container().portals.page(after, limit and limit + 1)
    else:
        own = container().portals.known(key.member_id)
        seen = [own] if own and own.member_id > after else []
    page = seen[:limit]
    following = f"m{page[-1].member_id}" if len(page) < len(seen) else ""
    return link_next(json_response({"items": [shown_portal(one) for one in page]}), following)


@bp.get(
    "/portals/<member_id>",
    tags=[PORTALS],
    operation_id="getPortal",
    responses=answers({200: good("The portal.", "Portal")}, *ONE),
)
def one_portal(path: OnePortal, query: NoQuery):
    """Look at one portal"""
    return json_response(shown_portal(portal()))


@bp.get(
    "/portals/<member_id>/flows",
    tags=[FLOWS],
    operation_id="listFlows",
    description="By id. Without `limit` all of them, otherwise a page and a `Link` to the next.",
    responses=answers({200: good("The flows.", "Flows", "Link")}, *PORTAL),
)
def flows(path: OnePortal, query: FlowsQuery, header: Patience):
    """List the flows of a portal"""
    return list_flows(installer(), query)


@bp.post(
    "/portals/<member_id>/flows",
    tags=[FLOWS],
    operation_id="createFlow",
    openapi_extensions=body("NewFlow", *JSON),
    responses=answers(
        {201: good("Created.", *SHOWN, "Location")},
        *PORTAL,
        *SENT,
        "name_taken",
        "trial_would_start",
        *NAMED,
    ),
)
def create(path: OnePortal, query: TrialAllowed, header: IdempotencyKey):
    """Create a flow"""
    actor, wanted, trial = installer(), read_body(), bool(query.allow_trial)
    flows = container().flows

    def look() -> Response | None:
        # The lost answer held the id, so the flow is searched for by its content.
        made = flows.find_created(actor, wanted)
        return shown_outcome(path.member_id, made) if made else None

    def act() -> Response:
        made = flows.create(actor, wanted, allow_trial=trial)
        return shown_outcome(path.member_id, made)

    return once(actor, wanted, act, look)


@bp.put(
    "/portals/<member_id>/flows",
    tags=[FLOWS],
    operation_id="putFlow",
    description="The name says which flow is meant. Fields that are left out get their defaults "
    "in a new flow and stay as they are in an existing one, for which the name is enough.",
    openapi_extensions=body("NamedFlow", *JSON),
    responses=answers(
        {
            200: good("There was one of that name; now it is as wanted.", *SHOWN),
            201: good("Created.", *SHOWN, "Location"),
        },
        *PORTAL,
        *SENT,
        "sample_flow",
        "name_taken",
        "trial_would_start",
        *NAMED,
    ),
)
def put(path: OnePortal, query: TrialAllowed, header: IdempotencyKey):
    """Create a flow, or update the one that has its name"""
    actor, wanted, trial = installer(), read_body(), bool(query.allow_trial)

    # Doing it twice comes to the same, so there is nothing to look for before.
    def act() -> Response:
        change = container().flows.create_or_update(actor, wanted, allow_trial=trial)
        return shown_outcome(path.member_id, change)

    return once(actor, wanted, act)


@bp.get(
    "/portals/<member_id>/flows/exists",
    tags=[FLOWS],
    operation_id="flowExists",
    responses=answers({200: good("The answer.", "Exists")}, *PORTAL, "invalid_flow"),
)
def exists(path: OnePortal, query: NameWanted, header: Patience):
    """Ask whether a flow of that name exists, also one that is not shown"""
    actor = installer()
    name = parse_name(query.model_dump(exclude_none=True))
    there, flow_id = container().flows.find_name(actor, name)
    return json_response({"exists": there, "id": flow_id})


@bp.get(
    FLOW,
    tags=[FLOWS],
    operation_id="getFlow",
    responses=answers({200: good("The flow.", "Flow", "ETag")}, *PORTAL),
)
def flow(path: OneFlow, query: NoQuery, header: Patience):
    """Look at one flow"""
    return shown_flow(container().flows.get(installer(), path.id))


@bp.patch(
    FLOW,
    tags=[FLOWS],
    operation_id="changeFlow",
    description="A JSON merge patch: what is not sent stays as it is in the portal.",
    openapi_extensions=body("FlowChanges", *MERGE_PATCH),
    responses=answers(
        {200: good("The flow as it is now.", *SHOWN)},
        *PORTAL,
        *SENT,
        "sample_flow",
        "name_taken",
        "flow_changed",
        *NAMED,
    ),
)
def change(path: OneFlow, query: NoQuery, header: ConditionalOnce):
    """Change some fields of a flow"""
    actor, changes = installer(), read_body(MERGE_PATCH)
    flows = container().flows

    def look() -> Response | None:
        # Our own change made another `ETag` than the one that `If-Match` names.
        now = flows.find_changed(actor, path.id, changes)
        return shown_flow(now) if now else None

    def act() -> Response:
        seen = wanted_digest(actor, path.id)
        return shown_outcome(path.member_id, flows.update(actor, path.id, changes, if_match=seen))

    return once(actor, changes, act, look)


@bp.delete(
    FLOW,
    tags=[FLOWS],
    operation_id="deleteFlow",
    description="Its tasks and its project stay.",
    responses=answers(
        {204: good("Deleted.", "", "Idempotent-Replayed")}, *PORTAL, "flow_changed", *NAMED
    ),
)
def remove(path: OneFlow, query: NoQuery, header: ConditionalOnce):
    """Delete a flow"""
    actor = installer()

    def look() -> Response | None:
        # A flow that never was looks the same; both times there is none, as wanted.
        return None if container().flows.is_there(actor, path.id) else Response(status=204)

    def act() -> Response:
        require_match(actor, path.id)
        container().flows.delete(actor, path.id)
        return Response(status=204)

    return once(actor, None, act, look)


@bp.put(
    f"{FLOW}/active",
    tags=[FLOWS],
    operation_id="setActive",
    openapi_extensions=body("Activity", *JSON),
    responses=answers(
        {200: good("The flow as it is now.", *SHOWN)},
        *PORTAL,
        *SENT,
        "sample_flow",
        "flow_changed",
        *NAMED,
    ),
)
def active(path: OneFlow, query: NoQuery, header: ConditionalOnce):
    """Turn a flow on or off, whatever it was"""
    actor, body = installer(), read_body()
    wanted, flows = parse_active(body), container().flows

    def look() -> Response | None:
        now = flows.get(actor, path.id)
        return shown_flow(now) if bool(now["active"]) == wanted else None

    def act() -> Response:
        require_match(actor, path.id)
        return shown_flow(flows.set_active(actor, path.id, wanted))

    return once(actor, body, act, look)


@bp.put(
    f"{FLOW}/pinned",
    tags=[FLOWS],
    operation_id="setPinned",
    openapi_extensions=body("Pin", *JSON),
    responses=answers(
        {200: good("The pin as it is now.", "Pinned", "Idempotent-Replayed")},
        *PORTAL,
        *SENT,
        *NAMED,
    ),
)
def pinned(path: OneFlow, query: NoQuery, header: IdempotencyKey):
    """Pin or unpin a flow for the installer, whatever it was"""
    actor, body = installer(), read_body()
    # A pin set twice is set, so there is nothing to look for before.
    wanted = parse_pinned(body)
    return once(
        actor,
        body,
        lambda: json_response({"pinned": container().flows.set_pinned(actor, path.id, wanted)}),
    )
