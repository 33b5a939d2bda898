"""/api/v1: blueprints that are kept – the gallery, and the own ones of a portal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint

from bx24app.blueprints.kept import KeptBlueprint
from bx24app.blueprints.writing import write_yaml
from bx24app.web.api.auth import portal
from bx24app.web.api.bodies import JSON
from bx24app.web.api.idempotency import once_about
from bx24app.web.api.operations import ALWAYS, NAMED, ONE, SENT, answers, as_yaml_too, body, good
from bx24app.web.api.parameters import IdempotencyKey, NoQuery, OnePortal
from bx24app.web.api.plan_bodies import YAML, read_document_body
from bx24app.web.api.plan_parameters import OneBlueprint
from bx24app.web.api.plans import CODE
from bx24app.web.api.shown_plans import shown_time, with_etag
from bx24app.web.context import container
from bx24app.web.json import json_response

bp = APIBlueprint("kept_blueprints", __name__, abp_security=[{"key": []}])
OWN = "/portals/<member_id>/blueprints"
OFFERED = ("application/json", *YAML)


@bp.get(
    "/blueprints",
    tags=[CODE],
    operation_id="listGallery",
    description="Ready documents. Their variables say who has to be chosen on each portal.",
    responses=answers({200: good("The gallery.", "Gallery", "ETag")}, *ALWAYS, rate=False),
)
def gallery(query: NoQuery):
    """List the ready blueprints"""
    items = [
        {
            "slug": one.slug,
            "name": one.name,
            "description": one.description,
            "document": one.document,
        }
        for one in container().kept_blueprints.gallery()
    ]
    return with_etag(json_response({"items": items}))


@bp.get(
    OWN,
    tags=[CODE],
    operation_id="listBlueprints",
    responses=answers({200: good("The blueprints.", "Blueprints")}, *ONE),
)
def blueprints(path: OnePortal, query: NoQuery):
    """List the blueprints that a portal keeps"""
    found = container().kept_blueprints.all(portal().member_id)
    items = [
        {"slug": one.slug, "updatedAt": shown_time(one.updated_at), "document": one.document}
        for one in found
    ]
    return json_response({"items": items})


@bp.get(
    f"{OWN}/<slug>",
    tags=[CODE],
    operation_id="getBlueprint",
    description="JSON unless `Accept` prefers YAML.",
    responses=answers({200: as_yaml_too(good("The document.", "Document", "ETag"))}, *ONE),
)
def one_blueprint(path: OneBlueprint, query: NoQuery):
    """Read one document that a portal keeps"""
    return _shown(container().kept_blueprints.get(portal().member_id, path.slug))


@bp.put(
    f"{OWN}/<slug>",
    tags=[CODE],
    operation_id="putBlueprint",
    description="The document as YAML, or inside JSON. A list of people that is empty may be "
    "filled in later, by a variable.",
    openapi_extensions=body("KeptDocument", *JSON, *YAML[:1]),
    responses=answers(
        {
            200: good("Kept in place of the former one.", "Document", "ETag"),
            201: good("Kept.", "Document", "ETag", "Location"),
        },
        *ONE,
        *SENT[:3],
        "invalid_document",
        "portal_busy",
        *NAMED,
    ),
)
def put_blueprint(path: OneBlueprint, query: NoQuery, header: IdempotencyKey):
    """Keep a document for a portal"""
    document, whole = read_document_body()
    kept, member_id = container().kept_blueprints, portal().member_id

    def act() -> Response:
        is_new = kept.put(member_id, path.slug, document)
        response = _shown(kept.get(member_id, path.slug), 201 if is_new else 200)
        if is_new:
            response.location = container().config.public_url.rstrip("/") + request.path
        return response

    return once_about(member_id, whole, act, lambda: None, _never)


@bp.delete(
    f"{OWN}/<slug>",
    tags=[CODE],
    operation_id="deleteBlueprint",
    responses=answers({204: good("Gone.")}, *ONE, "portal_busy", *NAMED),
)
def delete_blueprint(path: OneBlueprint, query: NoQuery, header: IdempotencyKey):
    """Keep a document no longer"""
    member_id = portal().member_id

    def act() -> Response:
        container().kept_blueprints.delete(member_id, path.slug)
        return Response(status=204)

    return once_about(member_id, None, act, lambda: None, _never)


def _shown(kept: KeptBlueprint, status: int = 200) -> Response:
    if request.accept_mimetypes.best_match(OFFERED, OFFERED[0]) == OFFERED[0]:
        return with_etag(json_response(kept.document, status))
    text = write_yaml(dict(kept.document)).encode("utf-8", "replace")
    return with_etag(Response(text, status, content_type="application/yaml; charset=utf-8"))


def _never(number: int) -> Mapping[str, Any]:
    # A document has no number, so an answer too long to be stored is made again instead.
    raise AssertionError(number)
