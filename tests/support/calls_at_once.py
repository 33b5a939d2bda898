"""What calls that are sent twice at once are made of; see pairs_at_once."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import requests

from tests.emulator.events import event_form
from tests.emulator.launch import launch_form
from tests.support.samples import LEAST
from tests.support.service import Service

Call = Callable[[], requests.Response]
Pair = Callable[[Service, int], tuple[Call, Call]]


def api(service: Service, verb: str, below: str = "", **more: Any) -> Call:
    return lambda: service.send(verb, service.flows + below, **more)


def post(service: Service, path: str, **more: Any) -> Call:
    return lambda: service.send("POST", service.world.app_url + path, **more)


def launched(service: Service, path: str = "/", user_id: int = 1) -> Call:
    query, form = launch_form(service.world, service.portal, user_id)
    return post(service, path, params=query, data=form)


def told(service: Service, event: str, user_id: int | None = None) -> Call:
    form = event_form(service.world, service.portal, event, {"VERSION": 1}, user_id=user_id)
    return post(service, "/events", data=form)


def session(service: Service) -> dict[str, str]:
    """The header of a person's session."""
    page = service.open().text
    found = re.search(r'<meta name="session" content="([^"]*)"', page)
    assert found, page
    return {"X-Session": html.unescape(found[1])}


def a_flow(service: Service, name: str) -> int:
    made = service.send("POST", json=LEAST | {"name": name})
    assert made.status_code == 201, made.text
    return int(made.json()["id"])


def again(call: Call) -> tuple[Call, Call]:
    return call, call


def portal_call(service: Service, verb: str, below: str, body: Any = None) -> Call:
    """A call below the portal."""
    url = f"{service.flows.removesuffix('/flows')}/{below}"
    return lambda: service.send(verb, url, **({} if body is None else {"json": body}))


def pressed(service: Service, path: str, form: Any, headers: dict[str, str] | None = None) -> Call:
    """A person sends something from the pages."""
    url, known = service.world.app_url + path, headers or session(service)
    return lambda: requests.post(url, data=form, headers=known, timeout=60)
