"""The flows of a portal as programs list them: filtered, a page at a time, each with its `etag`."""

from __future__ import annotations

from flask import Response
from werkzeug.http import quote_etag

from bx24app.flows.change import digest
from bx24app.flows.listing import FlowQuery
from bx24app.portals.access import Actor
from bx24app.web.api.query import (
    cursor_after,
    link_next,
    parse_bool,
    parse_cursor,
    parse_id,
    parse_limit,
    parse_name,
    read_query,
)
from bx24app.web.context import container
from bx24app.web.json import json_response


def list_flows(actor: Actor) -> Response:
    """The answer to a list of flows; raises BadParameter before anything is sent."""
    wanted = read_query(
        name=parse_name,
        active=parse_bool,
        projectId=parse_id,
        ownerId=parse_id,
        limit=parse_limit,
        cursor=parse_cursor,
    )
    listing = container().flows.list_flows(
        actor,
        FlowQuery(
            name=wanted.get("name"),
            active=wanted.get("active"),
            project_id=wanted.get("projectId"),
            owner_id=wanted.get("ownerId"),
            after=wanted.get("cursor", 0),
            limit=wanted.get("limit"),
        ),
    )
    # With its `etag` a flow can be changed without being fetched once more.
    items = [flow | {"etag": quote_etag(digest(flow))} for flow in listing.items]
    response = json_response({"items": items, "complete": listing.complete})
    return link_next(response, cursor_after(listing.last))
