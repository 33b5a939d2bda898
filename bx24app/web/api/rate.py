"""How busy a portal is, for programs: `X-RateLimit-…` on answers, and `Prefer: wait=N` of calls."""

from __future__ import annotations

import logging
import re

from flask import Response, g, request

from bx24app.errors import Error
from bx24app.portals.portal import Portal
from bx24app.web.context import container

WAIT = re.compile(r'wait\s*=\s*("?)([0-9]{1,9})\1')
"""The preference of RFC 7240, 4.3: whole seconds."""

log = logging.getLogger("bx24app.api")


def preferred_wait() -> float | None:
    """How many seconds the caller wants to wait at most; None where nothing sensible is said.

    Of several the first counts (RFC 7240, 2).
    """
    # The header may be repeated, and each of them may hold a list (RFC 9110, 5.3).
    for preference in ",".join(request.headers.getlist("Prefer")).split(","):
        if preference.partition("=")[0].strip().lower() == "wait":
            # Parameters after a semicolon do not belong to the number.
            found = WAIT.fullmatch(preference.partition(";")[0].strip().lower())
            return float(found[2]) if found else None
    return None


def add_rate_limit(response: Response) -> Response:
    """Tell on an answer about a portal how full its bucket is; refusals are answers too."""
    # Set only for a key that may see the portal, which the headers must not show to others.
    portal: Portal | None = g.get("portal")
    if portal is None:
        return response
    try:
        # The answer is made already: what only tells of the rate must not turn it into a failure.
        state = container().rate_limits.state(portal.member_id, enterprise=portal.is_enterprise)
    except Error as error:
        log.warning("rate limit not told", extra={"portal": portal.member_id, "error": error.code})
        return response
    response.headers["X-RateLimit-Limit"] = str(state.limit)
    response.headers["X-RateLimit-Remaining"] = str(state.remaining)
    response.headers["X-RateLimit-Reset"] = str(state.reset)
    return response
