"""The description of the API: as an OpenAPI document for programs, as a page for people."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, current_app, render_template
from flask.blueprints import BlueprintSetupState
from flask_openapi3.openapi import OpenAPI

from bx24app.blueprints.schema import blueprint_schema
from bx24app.web.api import docs_page, docs_words
from bx24app.web.api.schemas import SCHEMAS
from bx24app.web.context import container
from bx24app.web.json import json_response

bp = Blueprint("api_documents", __name__, url_prefix="/api/v1")

ABOUT = (
    "Creates, changes, lists and deletes task flows on Bitrix24 portals. Field names are "
    "Bitrix24's own. Every problem is a problem document (RFC 9457) with a `code`."
)
KEY = {
    "type": "http",
    "scheme": "bearer",
    "description": "Send a key with each call. A key belongs to one portal, or to the operator "
    "and opens every portal. A portal's key sees other portals as 404.",
}


@bp.get("/openapi.json")
def openapi() -> Response:
    """GET /api/v1/openapi.json"""
    return json_response(_description())


@bp.get("/docs")
def docs() -> str:
    """GET /api/v1/docs"""
    return render_template(
        "api_docs.html",
        api=_description(),
        language="en",
        operations=docs_page.operations,
        problems=docs_page.problems,
        fields=docs_page.fields,
        kind=docs_page.kind,
        curl=docs_page.curl,
        told=docs_page.markup,
        answers=docs_page.answers,
        what_to_do=docs_words.WHAT_TO_DO,
        field_codes=docs_words.FIELD_CODES,
    )


@bp.get("/blueprint.schema.json")
def blueprint_schema_file() -> Response:
    """GET /api/v1/blueprint.schema.json"""
    address = f"{container().config.public_url.rstrip('/')}/api/v1/blueprint.schema.json"
    return json_response(blueprint_schema(address), content_type="application/schema+json")


def describe(state: BlueprintSetupState) -> None:
    """Make the OpenAPI 3.1 document when the API joins an application.

    Operations are collected by flask-openapi3; shapes are ours, since its models know JSON Schema
    in part only, and the answers it adds for its own validation never occur here.
    """
    document = cast(OpenAPI, state.app).api_doc
    document["info"]["description"] = ABOUT
    document["components"] = {"schemas": SCHEMAS, "securitySchemes": {"key": KEY}}
    # What a model refuses becomes a problem document, which the operations name themselves.
    for path in document["paths"].values():
        for operation in path.values():
            operation["responses"] = {
                status: response
                for status, response in operation["responses"].items()
                if "ValidationErrorModel" not in str(response)
            }


def _description() -> dict[str, Any]:
    return cast(OpenAPI, current_app).api_doc
