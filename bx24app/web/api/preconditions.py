"""`ETag` and `If-Match`: a write is refused if the flow has changed since it was read."""

from __future__ import annotations

from flask import request

from bx24app.flows.change import digest
from bx24app.flows.problems import FlowChanged
from bx24app.portals.access import Actor
from bx24app.web.context import container

NEVER = ""
"""No flow has this digest."""


def wanted_digest(actor: Actor, flow_id: int) -> str | None:
    """The digest that `If-Match` demands of a flow; None where it demands none.

    Of several the flow's own is picked, so it is read once more; weak ones never match (RFC 9110).
    """
    # `*` only demands that the flow exists, which the write finds out by itself.
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return None
    tags = set(filter(None, request.if_match))  # an empty one comes as None
    # None at all is left where only weak ones were sent.
    if len(tags) < 2:
        return next(iter(tags), NEVER)
    now = digest(container().flows.get(actor, flow_id))
    return now if now in tags else NEVER


def require_match(actor: Actor, flow_id: int) -> None:
    """Raise FlowChanged unless the flow is as `If-Match` demands."""
    wanted = wanted_digest(actor, flow_id)
    if wanted is not None:
        # Bitrix24 has no conditional writes, so somebody may still be faster after this look.
        now = container().flows.get(actor, flow_id)
        if digest(now) != wanted:
            raise FlowChanged(now)
