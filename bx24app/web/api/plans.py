"""/api/v1: flows as code – export, plans, history, adopted flows."""

from __future__ import annotations

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from bx24app.blueprints.writing import write_yaml
from bx24app.errors import Error
from bx24app.flows.history import Line
from bx24app.portals.access import Actor
from bx24app.web.api.auth import author, installer, portal
from bx24app.web.api.bodies import JSON
from bx24app.web.api.idempotency import once
from bx24app.web.api.operations import (
    NAMED,
    ONE,
    PORTAL,
    SENT,
    SHOWN,
    answers,
    as_yaml_too,
    body,
    good,
)
from bx24app.web.api.paging import link_next
from bx24app.web.api.parameters import (
    IdempotencyKey,
    NoQuery,
    OneFlow,
    OnePortal,
    PageQuery,
    cursor_after,
)
from bx24app.web.api.plan_bodies import YAML, read_apply_body, read_key, read_plan_body
from bx24app.web.api.plan_parameters import (
    DocumentQuery,
    ExportQuery,
    HistoryQuery,
    OneLine,
    OnePlan,
    UndoQuery,
)
from bx24app.web.api.shown import shown_flow
from bx24app.web.api.shown_plans import plan_document, shown_line, shown_plan
from bx24app.web.context import container
from bx24app.web.json import json_response

bp = APIBlueprint("plans", __name__, abp_security=[{"key": []}])
CODE = Tag(name="Flows as code", description="Documents of flows, plans, and what was changed.")
PLAN = "/portals/<member_id>/plans/<int:number>"
LINES = 50
"""Lines of a page of the history."""


@bp.get(
    "/portals/<member_id>/flows/export",
    tags=[CODE],
    operation_id="exportFlows",
    description="Applied to the same portal the document changes nothing. YAML unless `Accept` "
    "prefers JSON.",
    responses=answers({200: as_yaml_too(good("The document.", "Document"))}, *PORTAL),
)
def export(path: OnePortal, query: ExportQuery):
    """Export the flows of a portal as a document"""
    emails = query.people == "email"
    document = container().blueprints.export(installer(), query.numbers, emails=emails)
    offered = ["application/yaml", "application/json"]
    if request.accept_mimetypes.best_match(offered, offered[0]) == "application/json":
        return json_response(document)
    text = write_yaml(document).encode("utf-8", "replace")
    return Response(text, content_type="application/yaml; charset=utf-8")


@bp.post(
    "/portals/<member_id>/plans",
    tags=[CODE],
    operation_id="makePlan",
    description="The document as YAML with the options in the query, or inside JSON. Nothing is "
    "changed on the portal.",
    openapi_extensions=body("PlanRequest", *JSON, *YAML[:1]),
    responses=answers(
        {201: good("The plan.", "Plan", "Location", "ETag")},
        *PORTAL,
        *SENT[:3],
        "invalid_document",
        "unresolved",
        *NAMED,
    ),
)
def make_plan(path: OnePortal, query: DocumentQuery, header: IdempotencyKey):
    """Plan what a document would change"""
    actor = installer()
    document, options, whole = read_plan_body(query)
    return once(
        actor, whole, lambda: shown_plan(container().blueprints.plan(actor, document, options), 201)
    )


@bp.get(
    "/portals/<member_id>/plans",
    tags=[CODE],
    operation_id="listPlans",
    description="The newest first. Without `limit` all of them.",
    responses=answers({200: good("The plans.", "Plans", "Link")}, *ONE),
)
def plans(path: OnePortal, query: PageQuery):
    """List the plans of a portal"""
    limit = query.limit
    found = container().blueprints.page(
        portal().member_id, query.after or None, limit and limit + 1
    )
    page = found[:limit]
    response = json_response({"items": [plan_document(one) for one in page]})
    return link_next(response, cursor_after(page[-1].id if len(page) < len(found) else 0))


@bp.get(
    PLAN,
    tags=[CODE],
    operation_id="getPlan",
    description="With `If-None-Match` 304 as long as nothing has changed.",
    responses=answers(
        {200: good("The plan.", "Plan", "ETag"), 304: good("Nothing has changed.")}, *ONE
    ),
)
def one_plan(path: OnePlan, query: NoQuery):
    """Look at one plan"""
    return shown_plan(container().blueprints.get(portal().member_id, path.number))


@bp.post(
    f"{PLAN}/apply",
    tags=[CODE],
    operation_id="applyPlan",
    description="Carried out in the background; look at the plan for what comes of it.",
    openapi_extensions=body("Apply", *JSON),
    responses=answers(
        {202: good("It is carried out.", "Plan", "ETag")},
        *ONE,
        *SENT[:3],
        "invalid_document",
        "plan_expired",
        "plan_unsafe",
        "plan_already_applied",
        "plan_changed",
        "portal_busy",
        *NAMED,
    ),
)
def apply(path: OnePlan, query: NoQuery, header: IdempotencyKey):
    """Apply a plan"""
    digest, accept, whole = read_apply_body()
    blueprints, member_id = container().blueprints, portal().member_id

    def look() -> Response | None:
        # Of an earlier attempt of this same call: the plan is on its way.
        plan = blueprints.get(member_id, path.number)
        return shown_plan(plan, 202) if plan.queued and plan.digest == digest else None

    def act() -> Response:
        plan = blueprints.apply(member_id, path.number, digest, accept, author("plan"))
        return shown_plan(plan, 202)

    return once(installer(), whole, act, look)


@bp.post(
    f"{PLAN}/undo",
    tags=[CODE],
    operation_id="undoPlan",
    responses=answers(
        {201: good("The inverse plan.", "Plan", "Location", "ETag")},
        *PORTAL,
        "invalid_flow",
        "plan_not_applied",
        *NAMED,
    ),
)
def undo(path: OnePlan, query: UndoQuery, header: IdempotencyKey):
    """Make the inverse of what a plan has carried out"""
    actor, delete = installer(), query.created == "delete"
    return once(
        actor,
        None,
        lambda: shown_plan(
            container().blueprints.undo(actor, path.number, delete_created=delete), 201
        ),
    )


@bp.post(
    f"{PLAN}/retry",
    tags=[CODE],
    operation_id="retryPlan",
    responses=answers(
        {201: good("The new plan.", "Plan", "Location", "ETag")},
        *PORTAL,
        "invalid_flow",
        "plan_not_applied",
        *NAMED,
    ),
)
def retry(path: OnePlan, query: NoQuery, header: IdempotencyKey):
    """Make a new plan of what failed in one"""
    actor = installer()
    return once(
        actor, None, lambda: shown_plan(container().blueprints.retry(actor, path.number), 201)
    )


@bp.post(
    "/portals/<member_id>/flows/<int:id>/adopt",
    tags=[CODE],
    operation_id="adoptFlow",
    description="Documents know the flow by the key from then on, and may delete it.",
    openapi_extensions=body("Adoption", *JSON),
    responses=answers(
        {200: good("The flow.", *SHOWN)},
        *PORTAL,
        *SENT[:3],
        "invalid_document",
        "key_taken",
        *NAMED,
    ),
)
def adopt(path: OneFlow, query: NoQuery, header: IdempotencyKey):
    """Let documents own a flow"""
    actor = installer()
    key, whole = read_key()
    return once(actor, whole, lambda: shown_flow(container().blueprints.adopt(actor, path.id, key)))


@bp.get(
    "/portals/<member_id>/history",
    tags=[CODE],
    operation_id="listHistory",
    description="Every change made through the application, and those seen to have been made in "
    "Bitrix24, the newest first.",
    responses=answers({200: good("The changes.", "History", "Link")}, *ONE, "portal_busy"),
)
def history(path: OnePortal, query: HistoryQuery):
    """List what was changed"""
    found = container().blueprints.history.page(portal().member_id, query.before, LINES + 1)
    page = found[:LINES]
    names = _names(page)
    response = json_response({"items": [shown_line(line, names) for line in page]})
    return link_next(response, str(page[-1].id) if len(page) < len(found) else "", "before")


@bp.post(
    "/portals/<member_id>/history/<int:number>/restore",
    tags=[CODE],
    operation_id="restoreFlow",
    responses=answers(
        {201: good("The plan.", "Plan", "Location", "ETag")}, *PORTAL, "invalid_flow", *NAMED
    ),
)
def restore(path: OneLine, query: NoQuery, header: IdempotencyKey):
    """Make a plan back to the state after a change"""
    actor = installer()
    return once(
        actor, None, lambda: shown_plan(container().blueprints.restore(actor, path.number), 201)
    )


def _names(lines: list[Line]) -> dict[str, str]:
    """The names of the people who have made changes; without an answer there are none."""
    people = {line.author.id for line in lines if line.author.kind == "person"}
    if not people:
        return {}
    try:
        actor: Actor = installer()
        found = actor.directory.entries(("user", number) for number in people)
    except Error:
        # Names only decorate the lines.
        return {}
    return {pair[1]: entry.name for pair, entry in found.items()}
