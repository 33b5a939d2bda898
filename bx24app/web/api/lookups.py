"""/api/v1: the people, departments and projects of a portal, whose ids a flow needs."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from bx24app.web.api.auth import installer
from bx24app.web.api.operations import PORTAL, answers, good
from bx24app.web.api.paging import cut_page, link_next
from bx24app.web.api.parameters import LookupQuery, OnePortal, Patience, cursor_after
from bx24app.web.json import json_response

bp = APIBlueprint("lookups", __name__, abp_security=[{"key": []}])
LOOKUPS = Tag(name="Look-ups", description="The ids that a flow needs.")


@bp.get(
    "/portals/<member_id>/people",
    tags=[LOOKUPS],
    operation_id="listPeople",
    description="Active employees by id. Words of `search` are the beginnings of their names.",
    responses=answers({200: good("The people.", "People", "Link")}, *PORTAL),
)
def people(path: OnePortal, query: LookupQuery, header: Patience):
    """List the people of a portal"""
    lists = installer().lists
    listed = lists.people(query.search or "")
    items = [{"id": one.id, "name": one.name, "position": one.position} for one in listed]
    return _page(items, query, complete=listed.complete)


@bp.get(
    "/portals/<member_id>/departments",
    tags=[LOOKUPS],
    operation_id="listDepartments",
    description="Departments by id, with the number of active employees in each itself and in it "
    "with all departments below.",
    responses=answers({200: good("The departments.", "Departments", "Link")}, *PORTAL),
)
def departments(path: OnePortal, query: LookupQuery, header: Patience):
    """List the departments of a portal"""
    lists = installer().lists
    listed = lists.departments(query.search or "")
    items = [
        {
            "id": one.id,
            "name": one.name,
            "parentId": one.parent_id,
            "people": one.people,
            "peopleWithin": one.people_within,
        }
        for one in listed
    ]
    return _page(items, query, complete=listed.complete)


@bp.get(
    "/portals/<member_id>/projects",
    tags=[LOOKUPS],
    operation_id="listProjects",
    description="Projects by id that a flow can stand in: no archived ones, no collabs.",
    responses=answers({200: good("The projects.", "Projects", "Link")}, *PORTAL),
)
def projects(path: OnePortal, query: LookupQuery, header: Patience):
    """List the projects of a portal"""
    lists = installer().lists
    listed = lists.projects(query.search or "")
    items = [{"id": one.id, "name": one.name} for one in listed]
    return _page(items, query, complete=listed.complete)


def _page(items: list[dict[str, Any]], query: LookupQuery, *, complete: bool) -> Response:
    # The portal was asked for everything: Bitrix24 pages by offset, our cursor goes by id.
    page, last = cut_page(items, lambda item: int(item["id"]), query)
    # Said only where it is so: a portal with more rows than are read, or with damaged ones.
    body = {"items": page} | ({} if complete else {"complete": False})
    return link_next(json_response(body), cursor_after(last))
