"""The control door over HTTP: `POST /_control/<deed>` with JSON, `GET /_control` for the state."""

import inspect

from werkzeug.wrappers import Request, Response

from tests.emulator.answers import as_json
from tests.emulator.control import Control
from tests.emulator.installation import NotAllowed
from tests.emulator.state import World

READABLE = {"journal", "counters"}


def serve(world: World, request: Request) -> Response:
    """Answer a request to the door: 404 for an unknown deed, 400 for wrong parameters."""
    name = request.path.removeprefix("/_control").strip("/").replace("-", "_")
    if not name:
        return as_json(state(world))
    deed = getattr(Control(world), name, None) if name in deeds() else None
    if deed is None or (request.method == "GET" and name not in READABLE):
        return as_json({"error": f"no such deed; there are: {', '.join(deeds())}"}, 404)
    given = (
        request.args.to_dict()
        if request.method == "GET"
        else request.get_json(force=True, silent=True)
    )
    if given is None and request.get_data():
        return as_json({"error": "the body must be a JSON object"}, 400)
    try:
        return as_json({"done": name, "result": deed(**(given or {}))})
    except (TypeError, ValueError, LookupError, NotAllowed) as error:
        return as_json({"error": f"{name}{inspect.signature(deed)}: {error}"}, 400)


def deeds() -> list[str]:
    """Give the names of all deeds."""
    public = [name for name in vars(Control) if not name.startswith("_")]
    return sorted(set(public) - {"portal"})


def state(world: World) -> dict[str, object]:
    """Describe the world in short."""
    with world.lock:
        return {
            "deeds": deeds(),
            "time": world.clock.iso(),
            "auth_server": world.auth_origin,
            "application": world.app.app_url,
            "planned": [fault.kind for fault in world.faults.planned if fault.times],
            "portals": {
                portal.host: {
                    "member_id": portal.member_id,
                    "language": portal.language,
                    "installation": "none" if portal.installation is None
                    else "finished" if portal.installation.installed else "unfinished",
                    "flows": {flow.id: flow.name for flow in portal.flows.values()},
                    "handlers": {handler.event: handler.url for handler in portal.handlers},
                }
                for portal in world.portals.values()
            },
        }  # fmt: skip
