"""The portal's authorize page: it sends the person on with a code, or shows why it cannot."""

from html import escape
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from tests.emulator.entities import Portal
from tests.emulator.state import Received, World


def serve(world: World, portal: Portal, request: Request) -> Response:
    """Redirect to the application with code and state.

    Nobody is asked: it is the person chosen on the portal's page, or `?as=ID`. Every error is
    a page of the portal; the application hears nothing of it.
    """
    entry = Received(
        world.clock.now(), "oauth", request.host, request.method, request.path,
        request.query_string.decode(), "oauth/authorize", member_id=portal.member_id,
    )  # fmt: skip
    with world.lock:
        world.journal.append(entry)
        user_id = request.args.get("as", portal.person, type=int)
        problem = problem_of(world, portal, request.args.get("client_id", ""), user_id)
        fault = world.faults.take("oauth/authorize", portal.host, "error", "html")
        if problem or fault:
            entry.status = 400
            return error_page(problem or "The application cannot be authorized.")
        app, installation = world.apps[request.args["client_id"]], portal.installation
        code = world.auth.code(world.clock.now(), app.client_id, portal.member_id, user_id)
        scope = installation.scope if installation and app is world.app else app.scope
    entry.status, entry.user_id = 302, user_id
    query = {
        "code": code.value,
        "state": request.args.get("state", ""),
        "domain": portal.host,
        "member_id": portal.member_id,
        "scope": ",".join(scope),
        "server_domain": world.auth_host,
    }
    return Response("", 302, {"Location": f"{app.redirect_url}?{urlencode(query)}"})


def problem_of(world: World, portal: Portal, client_id: str, user_id: int) -> str:
    """Say why no code can be given; "" when it can."""
    app, user, installation = world.apps.get(client_id), portal.users.get(user_id), None
    if app is None:
        return "The application was not found."
    if app is world.app:
        installation = portal.installation
        if installation is None:
            return "The application is not installed."
    if user is None or not user.active:
        return "Log in to authorize the application."
    if installation and user_id in installation.denied_users:
        return "You have no access to the application."
    return ""


def error_page(text: str) -> Response:
    """Write the portal's page with an error."""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Authorization</title>'
        f"</head><body><h1>Authorization error</h1><p>{escape(text)}</p></body></html>"
    )
    return Response(page, 400, content_type="text/html; charset=utf-8")
