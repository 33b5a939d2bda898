"""What an application asks about itself and sets up for itself: info, options, handlers."""

from urllib.parse import urlsplit

from tests.emulator.caller import Caller
from tests.emulator.entities import Handler, PlacementHandler
from tests.emulator.events import KNOWN
from tests.emulator.faults import system_error
from tests.emulator.filters import upper_keys
from tests.emulator.php_forms import as_text, php_array
from tests.emulator.wire import RestError

PLACEMENTS = (
    "LEFT_MENU", "TASK_LIST_CONTEXT_MENU", "TASK_USER_LIST_TOOLBAR", "TASK_GROUP_LIST_TOOLBAR",
    "TASK_VIEW_TAB", "TASK_VIEW_SIDEBAR", "TASK_VIEW_TOP_PANEL", "SONET_GROUP_DETAIL_TAB",
    "SONET_GROUP_TOOLBAR", "USER_PROFILE_MENU", "USER_PROFILE_TOOLBAR", "REST_APP_URI",
)  # fmt: skip


def info(caller: Caller, params: dict[str, object]) -> object:
    """Describe the application's installation on this portal; a webhook has none."""
    if not caller.grant.client_id:
        raise system_error("ACCESS_DENIED", 400, "Access denied! Application context required")
    installation = caller.portal.installation
    return {
        "ID": 7,
        "CODE": caller.world.app.code,
        "VERSION": installation.version if installation else 1,
        "STATUS": installation.status if installation else "F",
        "INSTALLED": bool(installation and installation.installed),
        "PAYMENT_EXPIRED": "Y" if installation and installation.payment_expired else "N",
        "DAYS": None,
        "LANGUAGE_ID": caller.portal.language,
        "LICENSE": caller.portal.plan.code,
        "LICENSE_TYPE": caller.portal.plan.code.partition("_")[2],
        "LICENSE_FAMILY": caller.portal.plan.code.partition("_")[2],
    }


def feature_get(caller: Caller, params: dict[str, object]) -> object:
    """Tell whether the plan has a feature; of flows "N" also while their trial is unused."""
    allowed = caller.portal.plan.flows_allowed(caller.now)
    return {"value": "Y" if allowed else "N"}


def scope(caller: Caller, params: dict[str, object]) -> object:
    """Give the scopes that were granted."""
    return list(caller.grant.scope)


def server_time(caller: Caller, params: dict[str, object]) -> object:
    """Give the portal's time, ISO 8601 with an offset."""
    return caller.world.clock.iso()


def option_get(caller: Caller, params: dict[str, object]) -> object:
    """Give one option of the application, or all; "" for an unknown one."""
    return an_option(caller.portal.app_options, params)


def option_set(caller: Caller, params: dict[str, object]) -> object:
    """Set options of the application; for administrators only."""
    require_admin(caller)
    options = params.get("options")
    caller.portal.app_options |= options if isinstance(options, dict) else {}
    return True


def user_option_get(caller: Caller, params: dict[str, object]) -> object:
    """Give one option of the person, or all."""
    return an_option(caller.portal.user_options.get(caller.user.id, {}), params)


def user_option_set(caller: Caller, params: dict[str, object]) -> object:
    """Set options of the person."""
    options = params.get("options")
    kept = caller.portal.user_options.setdefault(caller.user.id, {})
    kept |= options if isinstance(options, dict) else {}
    return True


def an_option(options: dict[str, object], params: dict[str, object]) -> object:
    """Give one option by name, or all when none is named; PHP writes none as `[]`."""
    name = params.get("option")
    return php_array(options) if name is None else options.get(as_text(name), "")


def events(caller: Caller, params: dict[str, object]) -> object:
    """Give the names of the events."""
    return list(KNOWN)


def event_bind(caller: Caller, params: dict[str, object]) -> object:
    """Bind a handler; the same one twice is an error."""
    given = upper_keys(params)
    event, url = as_text(given.get("EVENT")).upper(), as_text(given.get("HANDLER"))
    if event not in KNOWN:
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    check_url(url)
    if auth_type(given) not in {0, caller.user.id}:
        require_admin(caller)
    if any(same_handler(handler, given) for handler in caller.portal.handlers):
        raise RestError("ERROR_CORE", "Unable to set event handler: Handler already binded")
    number = max((handler.id for handler in caller.portal.handlers), default=0) + 1
    caller.portal.handlers.append(Handler(number, event, url, auth_type(given)))
    return True


def event_get(caller: Caller, params: dict[str, object]) -> object:
    """Give the bound handlers."""
    return [
        {"event": handler.event, "handler": handler.url, "auth_type": str(handler.auth_type),
         "offline": 0}
        for handler in caller.portal.handlers
    ]  # fmt: skip


def event_unbind(caller: Caller, params: dict[str, object]) -> object:
    """Remove the handlers that are bound like this and count them."""
    given = upper_keys(params)
    gone = [handler for handler in caller.portal.handlers if same_handler(handler, given)]
    caller.portal.handlers = [h for h in caller.portal.handlers if h not in gone]
    return {"count": len(gone)}


def same_handler(handler: Handler, given: dict[str, object]) -> bool:
    """Tell whether a handler is the one described."""
    wanted = (as_text(given.get("EVENT")).upper(), as_text(given.get("HANDLER")), auth_type(given))
    return (handler.event, handler.url, handler.auth_type) == wanted


def auth_type(given: dict[str, object]) -> int:
    """Give the person whose token events shall carry; 0 is whoever caused them."""
    text = as_text(given.get("AUTH_TYPE"))
    return int(text) if text.isdigit() else 0


def placement_bind(caller: Caller, params: dict[str, object]) -> object:
    """Bind a handler to a place in the portal; for administrators only."""
    require_admin(caller)
    given = upper_keys(params)
    placement, url = as_text(given.get("PLACEMENT")), as_text(given.get("HANDLER"))
    if placement not in PLACEMENTS:
        raise RestError("ERROR_PLACEMENT_NOT_FOUND", "Placement not found", 200)
    if not url:
        raise RestError("EMPTY_ERROR_HANDLER_URL", "Handler URL is empty", 200)
    check_url(url)
    if any((bound.placement, bound.url) == (placement, url) for bound in caller.portal.placements):
        raise RestError("ERROR_CORE", "Unable to set placement handler: Handler already binded")
    title, text = as_text(given.get("TITLE")), as_text(given.get("DESCRIPTION"))
    caller.portal.placements.append(PlacementHandler(placement, url, title, text))
    return True


def placement_get(caller: Caller, params: dict[str, object]) -> object:
    """Give the bound places."""
    require_admin(caller)
    return [
        {"placement": bound.placement, "userId": bound.user_id, "handler": bound.url,
         "options": [], "title": bound.title, "description": bound.description, "langAll": []}
        for bound in caller.portal.placements
    ]  # fmt: skip


def placement_unbind(caller: Caller, params: dict[str, object]) -> object:
    """Remove the handlers of a place; each one counts twice."""
    require_admin(caller)
    given = upper_keys(params)
    placement, url = as_text(given.get("PLACEMENT")), as_text(given.get("HANDLER"))
    kept = [
        bound
        for bound in caller.portal.placements
        if bound.placement != placement or (url and bound.url != url)
    ]
    gone = len(caller.portal.placements) - len(kept)
    caller.portal.placements = kept
    return {"count": 2 * gone}


def require_admin(caller: Caller) -> None:
    """Raise RestError unless the person is an administrator."""
    if not caller.user.admin:
        raise RestError("ACCESS_DENIED", "Access denied!", 403)


def check_url(url: str) -> None:
    """Raise RestError for an address Bitrix24 would not call: wrong scheme, host without a dot."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"}:
        raise RestError("ERROR_UNSUPPORTED_PROTOCOL", "Unsupported event handler protocol")
    if "." not in (parts.hostname or ""):
        raise RestError("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
