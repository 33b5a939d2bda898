"""The emulated world as one WSGI program: the Host header says which site is meant."""

import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.emulator import authorize, control_door, oauth, rest
from tests.emulator.entities import Portal
from tests.emulator.page import create_page
from tests.emulator.state import Received, World

Wsgi = Callable[..., Iterable[bytes]]

# A transport may put its own way of waiting here: a function that takes seconds.
WAIT = "emulator.wait"


def create_emulator(world: World, page: Wsgi | None = None) -> Wsgi:
    """Build the WSGI program of the world; `page` is what people see of a portal.

    It raises AnswerLost when a connection is to break without an answer: the transport turns
    that into a broken connection.
    """

    @cache
    def what_people_see() -> Wsgi:
        return page or create_page(world)

    def emulator(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        wait = environ.get(WAIT, time.sleep)
        portal = portal_at(world, request.host)
        path = request.path
        if path.startswith("/_control") and (portal or request.host == world.auth_host):
            answer: Wsgi = control_door.serve(world, request)
        elif request.host == world.auth_host:
            answer = oauth.serve(world, request, wait)
        elif portal is None:
            answer = stray(world, request)
        elif path.startswith("/rest/"):
            answer = rest.serve(world, portal, request, wait)
        elif path.rstrip("/") == "/oauth/authorize":
            answer = authorize.serve(world, portal, request)
        elif path.startswith("/oauth/"):
            answer = Response("Not found", 404)
        else:
            answer = what_people_see()
        return answer(environ, start_response)

    return emulator


def portal_at(world: World, host: str) -> Portal | None:
    """Find the portal at a host, or None."""
    try:
        return world.portal(host)
    except KeyError:
        return None


def stray(world: World, request: Request) -> Response:
    """Note a request for a host that nobody serves, with all it carried, and answer 404."""
    world.journal.append(
        Received(
            world.clock.now(),
            "stray",
            request.host,
            request.method,
            request.path,
            request.query_string.decode(),
            params=dict(request.form),
            status=404,
        )  # fmt: skip
    )
    return Response("Not found", 404)
