"""The authorization server: tokens for codes and refresh tokens, and what it knows of a token."""

from collections.abc import Callable, Mapping

from werkzeug.wrappers import Request, Response

from tests.emulator.answers import as_json, failure
from tests.emulator.application import Application
from tests.emulator.entities import Portal
from tests.emulator.faults import system_error
from tests.emulator.grants import Grant
from tests.emulator.incoming import read
from tests.emulator.state import Received, World
from tests.emulator.wire import AnswerLost, HtmlAnswer, RestError

TOKEN, APP_INFO = "oauth/token", "oauth/app.info"


def serve(world: World, request: Request, wait: Callable[[float], None]) -> Response:
    """Answer a request to the authorization server: /oauth/token/ and /rest/app.info."""
    routes = {"/oauth/token": (TOKEN, token), "/rest/app.info": (APP_INFO, app_info)}
    path = request.path.rstrip("/").removesuffix(".json")
    if path not in routes:
        return Response("Not found", 404)
    name, run = routes[path]
    entry = Received(
        world.clock.now(), "oauth", request.host, request.method, request.path,
        request.query_string.decode(), name,
    )  # fmt: skip
    with world.lock:
        world.journal.append(entry)
    try:
        answer = answered(world, request, entry, run, wait)
        entry.status = 200
        return as_json(answer)
    except (RestError, HtmlAnswer) as error:
        entry.status = error.status
        entry.error = error.code if isinstance(error, RestError) else None
        return failure(error)


def answered(
    world: World,
    request: Request,
    entry: Received,
    run: Callable[[World, Request, Received], object],
    wait: Callable[[float], None],
) -> object:
    """Run one route, with the trouble that was planned for it before and after."""
    with world.lock:
        delay = world.faults.take(entry.method, world.auth_host, "delay")
    if delay:
        wait(delay.seconds)
    with world.lock:
        fault = world.faults.take(entry.method, world.auth_host, "break", "error", "html")
        if fault and fault.kind != "break":
            raise fault.exception()
        if fault:
            raise AnswerLost("the connection broke")
        answer = run(world, request, entry)
        if world.faults.take(entry.method, world.auth_host, "lose"):
            raise AnswerLost("the answer was lost")
    return answer


def token(world: World, request: Request, entry: Received) -> object:
    """Give tokens for a one-time code or a refresh token.

    Parameters are read from the query of a GET or the form of a POST, from nowhere else; a
    Basic header is refused.
    """
    given = request.form if request.method == "POST" else request.args
    entry.params = {"grant_type": given.get("grant_type", "")}
    if request.authorization or not (request.method == "POST" or not request.get_data()):
        raise system_error("invalid_request")
    app = known_client(world, given)
    grant_type = given.get("grant_type")
    if grant_type == "authorization_code":
        grant = from_code(world, app, given.get("code", ""))
    elif grant_type == "refresh_token":
        grant = from_refresh(world, app, given.get("refresh_token", ""))
    else:
        raise system_error("unsupported_grant_type" if grant_type else "invalid_request")
    entry.member_id, entry.user_id = grant.member_id, grant.user_id
    return described(world, grant)


def known_client(world: World, given: Mapping[str, str]) -> Application:
    """Find the application; 200 `wrong_client` for an unknown one, 400 for a wrong secret."""
    client_id, secret = given.get("client_id"), given.get("client_secret")
    if not client_id or not secret:
        raise system_error("invalid_request")
    if client_id not in world.apps:
        raise system_error("wrong_client")
    if world.apps[client_id].client_secret != secret:
        raise system_error("invalid_client")
    return world.apps[client_id]


def from_code(world: World, app: Application, value: str) -> Grant:
    """Use up a one-time code."""
    if not value:
        raise system_error("invalid_request")
    now = world.clock.now()
    code = world.auth.codes.pop(value, None)
    if code is None or code.client_id != app.client_id or code.expires <= now:
        raise system_error("invalid_grant")
    portal = world.portal(code.member_id)
    check_standing(world, app, portal, code.user_id)
    return world.install_pair(portal, code.user_id, app.client_id)


def from_refresh(world: World, app: Application, value: str) -> Grant:
    """Renew a grant."""
    if not value:
        raise system_error("invalid_request")
    old = world.auth.by_refresh.get(value)
    if old is None or old.client_id != app.client_id:
        raise system_error("invalid_grant")
    check_standing(world, app, world.portal(old.member_id), old.user_id)
    if old.revoked or old.refresh_expires <= world.clock.now():
        raise system_error("invalid_grant")
    return world.auth.renew(world.clock.now(), old)


def check_standing(world: World, app: Application, portal: Portal, user_id: int) -> None:
    """Raise RestError when the application or the person may have no tokens there any more."""
    installation = portal.installation
    if app is world.app:
        if installation is None:
            raise system_error("NOT_INSTALLED")
        if installation.payment_expired:
            raise system_error("PAYMENT_REQUIRED")
        if user_id in installation.denied_users:
            raise system_error("user_access_error")
    if not portal.users[user_id].active:
        raise system_error("user_access_error")


def described(world: World, grant: Grant) -> dict[str, object]:
    """Write a grant as the token endpoint does: `domain` is this server, not the portal."""
    portal = world.portal(grant.member_id)
    return {
        "access_token": grant.access_token,
        "client_endpoint": world.endpoint(portal),
        "domain": world.auth_host,
        "expires": int(grant.expires),
        "expires_in": int(round(grant.expires - world.clock.now())),
        "member_id": grant.member_id,
        "refresh_token": grant.refresh_token,
        "scope": ",".join(grant.scope),
        "server_endpoint": world.server_endpoint,
        "status": portal.installation.status if portal.installation else "F",
        "user_id": grant.user_id,
    }


def app_info(world: World, request: Request, entry: Received) -> object:
    """Tell what a token is: whose, for which application, on which portal."""
    asked = read(request)
    entry.token_in, started = asked.token_in, world.clock.now()
    grant = world.auth.by_access.get(asked.token)
    if not asked.token:
        raise system_error("NO_AUTH_FOUND")
    if grant is None or grant.revoked:
        raise system_error("invalid_client")
    if grant.expires <= started:
        raise system_error("expired_token")
    portal = world.portal(grant.member_id)
    entry.member_id, entry.user_id = grant.member_id, grant.user_id
    check_standing(world, world.apps[grant.client_id], portal, grant.user_id)
    return {"result": introspected(world, portal, grant), "time": moment(world, started)}


def introspected(world: World, portal: Portal, grant: Grant) -> dict[str, object]:
    """Write what the server knows of a living token; `user_id` is a string here."""
    installation = portal.installation
    ours = grant.client_id == world.app.client_id and installation is not None
    return {
        "client_id": grant.client_id,
        "scope": ",".join(grant.scope),
        "expires": world.clock.iso(grant.expires),
        "install": {
            "installed": installation.installed if ours else True,
            "version": str(installation.version) if ours else "1",
            "status": installation.status if ours else "F",
            "scope": ",".join(grant.scope),
            "domain": portal.host,
            "uri": world.origin(portal),
            "client_endpoint": world.endpoint(portal),
            "member_id": portal.member_id,
            "member_type": "company",
        },
        "user_id": str(grant.user_id),
    }


def moment(world: World, started: float) -> dict[str, object]:
    """Build the short `time` part of this server's answers."""
    finished = world.clock.now()
    return {
        "start": started, "finish": finished, "duration": finished - started,
        "processing": finished - started, "date_start": world.clock.iso(started),
        "date_finish": world.clock.iso(finished),
    }  # fmt: skip
