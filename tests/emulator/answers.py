"""How answers look on the wire: envelopes, the time block, errors, pages, redirects."""

import json

from werkzeug.wrappers import Response

from tests.emulator.entities import Portal
from tests.emulator.state import World
from tests.emulator.wire import HtmlAnswer, Page, RestError

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "origin, content-type, accept",
}


def as_json(value: object, status: int = 200) -> Response:
    """Give a JSON answer with the header that lets browsers of any origin read it."""
    return Response(json.dumps(value), status, CORS, content_type="application/json; charset=utf-8")


def success(page: Page, clock: dict[str, object]) -> Response:
    """Give the envelope of a success; `next` and `total` only where there are any."""
    body: dict[str, object] = {"result": page.rows}
    if page.next is not None:
        body["next"] = page.next
    if page.total is not None:
        body["total"] = page.total
    return as_json({**body, "time": clock})


def failure(error: RestError | HtmlAnswer) -> Response:
    """Give the flat object of an error, or the page of a gateway."""
    if isinstance(error, HtmlAnswer):
        return Response(error.page(), error.status, content_type="text/html")
    return as_json(error.body(), error.status)


def preflight() -> Response:
    """Let a page of any origin call with JSON, when its browser asks first."""
    return Response("", 200, CORS)


def moved(location: str) -> Response:
    """Give the redirect of a portal that was renamed."""
    return Response("", 302, {"Location": location}, content_type="text/html")


def time_block(world: World, portal: Portal, method: str, started: float) -> dict[str, object]:
    """Build the `time` part of an answer; moments are UTC."""
    finished = world.clock.now()
    watch = world.limits.stopwatch(portal.member_id)
    return {
        "start": started,
        "finish": finished,
        "duration": finished - started,
        "processing": finished - started,
        "date_start": world.clock.iso(started),
        "date_finish": world.clock.iso(finished),
        "operating_reset_at": watch.reset_at(method, finished),
        "operating": watch.used(method, finished),
    }
