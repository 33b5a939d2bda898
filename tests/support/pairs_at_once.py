"""Calls that write, in pairs that are sent at the same moment; see test_twice_at_once."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.emulator.launch import launch_form
from tests.support.browser_form import Controls
from tests.support.calls_at_once import (
    Call,
    Pair,
    a_flow,
    again,
    api,
    launched,
    post,
    pressed,
    session,
    told,
)
from tests.support.plan_pairs import PAIRS_OF_PLANS
from tests.support.samples import LEAST
from tests.support.service import Service


def installation_and_event(service: Service, number: int) -> tuple[Call, Call]:
    """As Bitrix24 sends them: the installer's page and the event come together."""
    assert told(service, "ONAPPUNINSTALL")().status_code in (200, 403)
    return launched(service, "/install"), told(service, "ONAPPINSTALL", 1)


def two_installations(service: Service, number: int) -> tuple[Call, Call]:
    told(service, "ONAPPUNINSTALL")()
    return launched(service, "/install"), launched(service, "/install")


def goodbye_and_launch(service: Service, number: int) -> tuple[Call, Call]:
    return told(service, "ONAPPUNINSTALL"), launched(service)


def by_key(service: Service, number: int) -> tuple[Call, Call]:
    name = f"by-key-{number}"
    headers = service.headers | {"Idempotency-Key": name}

    def call() -> requests.Response:
        return requests.post(
            service.flows, json=LEAST | {"name": name}, headers=headers, timeout=60
        )

    return again(call)


def keys(service: Service, number: int) -> tuple[Call, Call]:
    form = {"label": f"key {number}", "access": "write", "expires": "never"}
    headers = session(service)

    def call() -> requests.Response:
        url = service.world.app_url + "/settings/keys"
        return requests.post(url, data=form, headers=headers, timeout=60)

    return again(call)


def filled_in(service: Service, path: str, name: str, headers: dict[str, str]) -> Any:
    """What a browser sends from the form at a path, with this name."""
    page = requests.get(service.world.app_url + path, headers=headers, timeout=60).text
    controls = Controls()
    controls.feed(page)
    return [*(pair for pair in controls.sent if pair[0] != "name"), ("name", name)]


def forms(service: Service, number: int) -> tuple[Call, Call]:
    """The form of a flow, as the browser got it, with another name."""
    headers, flow_id = session(service), a_flow(service, f"Form {number}")
    form = filled_in(service, f"/flows/{flow_id}/edit", f"Form {number} saved", headers)
    return again(pressed(service, f"/flows/{flow_id}", form, headers))


def new_forms(service: Service, number: int) -> tuple[Call, Call]:
    headers, name = session(service), f"New form {number}"
    page = f"/flows/new?like={a_flow(service, f'Like {number}')}"
    return again(pressed(service, "/flows", filled_in(service, page, name, headers), headers))


def on_row(what: str, form: Any) -> Pair:
    """A button in the row of a flow."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        flow_id = a_flow(service, f"Row {what} {number}")
        return again(pressed(service, f"/flows/{flow_id}/{what}", form))

    return pair


def undo(service: Service, number: int) -> tuple[Call, Call]:
    """The Undo that a saved form offers."""
    headers, flow_id = session(service), a_flow(service, f"Undo {number}")
    form = filled_in(service, f"/flows/{flow_id}/edit", f"Undo {number} saved", headers)
    saved = pressed(service, f"/flows/{flow_id}", form, headers)().text
    note = re.search(r'"note": ?"([^"]+)"', html.unescape(saved))
    assert note, saved[:500]
    return again(pressed(service, f"/flows/{flow_id}/undo", {"note": note[1]}, headers))


def team(service: Service, number: int) -> tuple[Call, Call]:
    """Refresh the team from its departments."""
    queue = {"responsibleList": [["department", "3"]]}
    made = service.send("POST", json=LEAST | queue | {"name": f"Team {number}"}).json()
    headers, path = session(service), f"/flows/{made['id']}"
    form = filled_in(service, f"{path}/edit", made["name"], headers)
    return again(pressed(service, f"{path}/team", form, headers))


def of_switched(what: str) -> Pair:
    """A button of a flow whose queue Bitrix24 has turned to manual distribution by itself."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        flow_id = a_flow(service, f"{what} {number}")
        headers = session(service)
        flow = service.portal.flows[flow_id]
        flow.distribution_type, flow.queue, flow.moderator_id = "manually", [], flow.owner_id
        flow.responsibles = {"manually": [f"U{flow.owner_id}"]}
        requests.get(f"{service.world.app_url}/flows", headers=headers, timeout=60)
        return again(pressed(service, f"/flows/{flow_id}/{what}", {}, headers))

    return pair


def renewal(service: Service, number: int) -> tuple[Call, Call]:
    """A page whose session has run out asks for another one."""
    query, form = launch_form(service.world, service.portal, 1)
    asked = dict(form) | {"DOMAIN": query["DOMAIN"], "member_id": service.portal.member_id}
    return again(post(service, "/session", json=asked))


def revoked_key(service: Service, number: int) -> tuple[Call, Call]:
    headers, form = session(service), {"label": "k", "access": "write", "expires": "never"}
    page = pressed(service, "/settings/keys", form, headers)().text
    found = re.findall(r"/settings/keys/(\d+)/revoke", page)
    assert found, page[:500]
    newest = max(int(one) for one in found)
    return again(pressed(service, f"/settings/keys/{newest}/revoke", {}, headers))


def connect(service: Service, number: int) -> tuple[Call, Call]:
    url = f"{service.world.app_url}/connect"
    query = {"domain": service.portal.host}
    return again(lambda: requests.get(url, params=query, allow_redirects=False, timeout=60))


def with_flow(verb: str, below: str, **more: Any) -> Pair:
    def pair(service: Service, number: int) -> tuple[Call, Call]:
        flow_id = a_flow(service, f"{verb} {below} {number}")
        return again(api(service, verb, f"/{flow_id}{below}", **more))

    return pair


def first_reads(service: Service, number: int) -> tuple[Call, Call]:
    """Of flows that the application has not seen."""
    name = f"Elsewhere {number}"
    flow_id = a_flow(service, name)
    return api(service, "GET", f"/{flow_id}"), api(service, "GET")


def expired(service: Service, number: int) -> tuple[Call, Call]:
    service.control.expire_tokens()
    return again(api(service, "GET"))


def connected(service: Service, number: int) -> tuple[Call, Call]:
    """Somebody comes back from the consent page; the state serves once."""
    asked = connect(service, number)[0]().headers["Location"]
    consent = requests.get(f"{asked}&as=1", allow_redirects=False, timeout=60)
    back = urlsplit(consent.headers["Location"])
    return again(lambda: service.send("GET", f"{service.world.app_url}{back.path}?{back.query}"))


PAIRS: dict[str, Pair] = {
    "create, one name": lambda s, n: again(api(s, "POST", json=LEAST | {"name": f"Same {n}"})),
    "create, two names": lambda s, n: (
        api(s, "POST", json=LEAST | {"name": f"One {n}"}),
        api(s, "POST", json=LEAST | {"name": f"Two {n}"}),
    ),
    "create by key": by_key,
    "put by name": lambda s, n: again(api(s, "PUT", json=LEAST | {"name": f"Put {n}"})),
    "update": with_flow("PATCH", "", json={"plannedCompletionTime": 10_800}),
    "active": with_flow("PUT", "/active", json={"active": False}),
    "pinned": with_flow("PUT", "/pinned", json={"pinned": True}),
    "delete": with_flow("DELETE", ""),
    "first reads": first_reads,
    "refresh": expired,
    "launch": lambda s, n: (launched(s), launched(s)),
    "launch of two people": lambda s, n: (launched(s), launched(s, user_id=3)),
    "session and launch": lambda s, n: (launched(s, user_id=3), launched(s, user_id=3)),
    "form": forms,
    "new form": new_forms,
    "row, active": on_row("active", {"active": "0"}),
    "row, pinned": on_row("pinned", {"pinned": "1"}),
    "row, delete": on_row("delete", {}),
    "row, undo": undo,
    "row, switch back": of_switched("switch-back"),
    "row, keep": of_switched("keep"),
    "team": team,
    "known flow": lambda s, n: again(
        pressed(s, "/flows/known", {"flow": str(a_flow(s, f"Known {n}"))})
    ),
    "session renewal": renewal,
    "API key, revoked": revoked_key,
    "connected": connected,
    "API key": keys,
    "connect": connect,
    "update event": lambda s, n: (told(s, "ONAPPUPDATE", 1), told(s, "ONAPPUPDATE", 1)),
    "payment event": lambda s, n: again(told(s, "ONAPPPAYMENT")),
    "two goodbyes": lambda s, n: again(told(s, "ONAPPUNINSTALL")),
    "goodbye and launch": goodbye_and_launch,
    "two installations": two_installations,
    "installation and its event": installation_and_event,
    **PAIRS_OF_PLANS,
}

PORTAL = "/api/v1/portals/<member_id>"
COVERS = {
    "POST /install": "two installations",
    "POST /": "launch",
    "POST /session": "session renewal",
    "POST /events": "update event",
    "GET /connect": "connect",
    "GET /connect/callback": "connected",
    "POST /api/v1/portals/<member_id>/health/look": "health, look",
    "POST /api/v1/portals/<member_id>/health/<int:number>/plan": "health, plan",
    "PUT /api/v1/portals/<member_id>/health/<int:number>/mute": "health, mute",
    "POST /health/look": "health, look on the page",
    "POST /health/<int:number>/plan": "health, plan on the page",
    "POST /health/<int:number>/mute": "health, mute on the page",
    "POST /operator": "operator, sign in",
    "POST /operator/rollouts/<int:number>/cancel": "operator, cancel",
    "POST /operator/rollouts/<int:number>/retry": "operator, retry",
    "POST /changes": "bulk change",
    "POST /changes/successor": "successor",
    "POST /blueprints/several": "several",
    "POST /blueprints/several/plan": "several, planned",
    "POST /blueprints/forget": "forget a choice",
    "POST /flows/<int:flow_id>/adopt": "adopt, on the page",
    "POST /flows/<int:flow_id>/active": "row, active",
    "POST /flows/<int:flow_id>/pinned": "row, pinned",
    "POST /flows/<int:flow_id>/switch-back": "row, switch back",
    "POST /flows/<int:flow_id>/keep": "row, keep",
    "POST /flows/<int:flow_id>/delete": "row, delete",
    "POST /flows/<int:flow_id>/undo": "row, undo",
    "POST /flows/known": "known flow",
    "POST /flows": "new form",
    "POST /flows/<int:flow_id>": "form",
    "POST /flows/<int:flow_id>/team": "team",
    "POST /blueprints/plan": "plan, from the page",
    "POST /blueprints/keep": "blueprint, from the page",
    "POST /blueprints/<slug>/delete": "blueprint, deleted on the page",
    "POST /plans/<int:number>/apply": "plan, applied on the page",
    "POST /plans/<int:number>/undo": "plan, undone on the page",
    "POST /plans/<int:number>/retry": "plan, retried on the page",
    "POST /history/<int:number>/restore": "restore, on the page",
    "POST /settings/keys": "API key",
    "POST /settings/keys/<int:key_id>/revoke": "API key, revoked",
    f"POST {PORTAL}/flows": "create, one name",
    f"PUT {PORTAL}/flows": "put by name",
    f"PATCH {PORTAL}/flows/<int:id>": "update",
    f"DELETE {PORTAL}/flows/<int:id>": "delete",
    f"PUT {PORTAL}/flows/<int:id>/active": "active",
    f"PUT {PORTAL}/flows/<int:id>/pinned": "pinned",
    f"POST {PORTAL}/plans": "plan",
    f"POST {PORTAL}/plans/<int:number>/apply": "plan, apply",
    f"POST {PORTAL}/plans/<int:number>/undo": "plan, undo",
    f"POST {PORTAL}/plans/<int:number>/retry": "plan, retry",
    f"POST {PORTAL}/flows/<int:id>/adopt": "adopt",
    f"POST {PORTAL}/history/<int:number>/restore": "restore",
    f"PUT {PORTAL}/blueprints/<slug>": "blueprint",
    f"DELETE {PORTAL}/blueprints/<slug>": "blueprint, deleted",
    "POST /api/v1/rollouts": "rollout",
    "POST /api/v1/rollouts/<int:number>/cancel": "rollout, cancel",
    "POST /api/v1/rollouts/<int:number>/retry": "rollout, retry",
}
"""Every address that writes, and the pair that tries it."""
