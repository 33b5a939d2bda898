"""The flows of a portal as programs list them: filtered, a page at a time, each with its `etag`."""

from __future__ import annotations

from flask import Response
from werkzeug.http import quote_etag

from bx24app.flows.change import digest
from bx24app.flows.listing import FlowQuery
from bx24app.portals.access import Actor
from bx24app.web.api.paging import link_next
from bx24app.web.api.parameters import FlowsQuery, cursor_after
from bx24app.web.context import container
from bx24app.web.json import json_response


def list_flows(actor: Actor, query: FlowsQuery) -> Response:
    """The answer to a list of flows."""
    listing = container().flows.list_flows(
        actor,
        FlowQuery(
            name=query.name,
            active=query.active,
            project_id=query.project_id,
            owner_id=query.owner_id,
            after=query.after,
            limit=query.limit,
        ),
    )
    # With its `etag` a flow can be changed without being fetched once more.
    items = [flow | {"etag": quote_etag(digest(flow))} for flow in listing.items]
    response = json_response({"items": items, "complete": listing.complete})
    return link_next(response, cursor_after(listing.last))
