"""Plans and rollouts, asked for twice at once; see pairs_at_once."""

from __future__ import annotations

import json
import time
from typing import Any

import requests

from tests.support.calls_at_once import Call, Pair, a_flow, again, api, portal_call, pressed
from tests.support.service import Service

PATIENCE = 60
"""Seconds that a plan or a rollout may take on a busy machine."""


def document(name: str, **more: Any) -> dict[str, Any]:
    """A flow as code."""
    flow = {
        "name": name,
        "plannedCompletionTime": "4h",
        "distributionType": "queue",
        "responsibleList": [{"user": {"id": 2}}],
    }
    return {"document": {"schema": 1, "flows": {name.lower().replace(" ", "-"): flow | more}}}


def a_plan(service: Service, name: str, **more: Any) -> dict[str, Any]:
    made = portal_call(service, "POST", "plans", document(name, **more))()
    assert made.status_code == 201, made.text
    return dict(made.json())


def applied(service: Service, plan: dict[str, Any]) -> dict[str, Any]:
    """A plan once it was carried out."""
    body = {"digest": plan["digest"], "accept": []}
    assert portal_call(service, "POST", f"plans/{plan['id']}/apply", body)().status_code == 202
    return ended(portal_call(service, "GET", f"plans/{plan['id']}"))


def ended(look: Call) -> dict[str, Any]:
    """A plan or a rollout that nobody works on any more."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = dict(look().json())
        if found["status"] not in ("planned", "running"):
            return found
        time.sleep(0.1)
    raise AssertionError(f"it has not ended: {found}")


def plan_twice(service: Service, number: int) -> tuple[Call, Call]:
    return again(portal_call(service, "POST", "plans", document(f"Plan {number}")))


def apply_twice(service: Service, number: int) -> tuple[Call, Call]:
    plan = a_plan(service, f"Apply {number}")
    body = {"digest": plan["digest"], "accept": []}
    return again(portal_call(service, "POST", f"plans/{plan['id']}/apply", body))


def of_plan(what: str, *, page: bool = False) -> Pair:
    """Something about a plan that was carried out, by the API or from its page."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        # Both kinds work on one portal, so their flows have different names.
        plan = applied(service, a_plan(service, f"{what} {'page' if page else 'api'} {number}"))
        if page:
            return again(pressed(service, f"/plans/{plan['id']}/{what}", {}))
        return again(portal_call(service, "POST", f"plans/{plan['id']}/{what}"))

    return pair


def adopt(service: Service, number: int) -> tuple[Call, Call]:
    flow_id = a_flow(service, f"Adopted {number}")
    return again(
        portal_call(service, "POST", f"flows/{flow_id}/adopt", {"key": f"adopted-{number}"})
    )


def a_line(service: Service, name: str) -> int:
    """A line of the history that can be gone back to."""
    flow_id = a_flow(service, name)
    assert api(service, "PATCH", f"/{flow_id}", json={"description": "new"})().status_code == 200
    line = portal_call(service, "GET", "history")().json()["items"][0]
    return int(line["id"])


def restore(service: Service, number: int) -> tuple[Call, Call]:
    line = a_line(service, f"Restored {number}")
    return again(portal_call(service, "POST", f"history/{line}/restore"))


def restore_on_page(service: Service, number: int) -> tuple[Call, Call]:
    line = a_line(service, f"Restored on the page {number}")
    return again(pressed(service, f"/history/{line}/restore", {}))


def on_page(path: str) -> Pair:
    """A document that somebody plans or keeps on the page."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        text = json.dumps(document(f"{path} {number}")["document"])
        return again(pressed(service, path, {"document": text, "slug": f"page-{number}"}))

    return pair


def apply_on_page(service: Service, number: int) -> tuple[Call, Call]:
    plan = a_plan(service, f"Page {number}")
    return again(pressed(service, f"/plans/{plan['id']}/apply", {"digest": plan["digest"]}))


def kept(service: Service, number: int) -> tuple[Call, Call]:
    return again(portal_call(service, "PUT", f"blueprints/kept-{number}", document("Kept")))


def no_longer_kept(service: Service, number: int) -> tuple[Call, Call]:
    assert kept(service, number)[0]().status_code in (200, 201)
    return again(portal_call(service, "DELETE", f"blueprints/kept-{number}"))


def rollout_call(service: Service, below: str = "", body: Any = None) -> Call:
    """A call about rollouts, with the operator's key."""
    url = f"{service.world.app_url}/api/v1/rollouts{below}"
    headers = {"Authorization": f"Bearer {service.operator_key()}"}
    return lambda: requests.post(url, json=body, headers=headers, timeout=60)


def rollout(service: Service, number: int) -> tuple[Call, Call]:
    body = document(f"Rolled {number}") | {"portals": [service.portal.member_id]}
    return again(rollout_call(service, body=body))


def of_rollout(what: str) -> Pair:
    """Something about a rollout, of which the only portal fails."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        nobody = document(f"{what} {number}", ownerId={"user": "Nobody"})
        begun = rollout_call(service, body=nobody | {"portals": [service.portal.member_id]})()
        assert begun.status_code == 202, begun.text
        return again(rollout_call(service, f"/{begun.json()['id']}/{what}"))

    return pair


def bulk_change(service: Service, number: int) -> tuple[Call, Call]:
    flow_id = a_flow(service, f"One of many {number}")
    return again(pressed(service, "/changes", {"ids": str(flow_id), "active": "0"}))


def successor(service: Service, number: int) -> tuple[Call, Call]:
    a_flow(service, f"Left behind {number}")
    form = {"leaver": "2", "successor": json.dumps(["user", "3", "Vera"])}
    return again(pressed(service, "/changes/successor", form))


def several(path: str) -> Pair:
    """Several flows after one document, on the page."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        text = json.dumps(document(f"One of several {number}")["document"])
        form = {"document": text, "rows": f"name\nNorth {number}\nSouth {number}"}
        return again(pressed(service, path, form))

    return pair


def adopt_on_page(service: Service, number: int) -> tuple[Call, Call]:
    flow_id = a_flow(service, f"Adopted on the page {number}")
    return again(pressed(service, f"/flows/{flow_id}/adopt", {"key": f"page-{number}"}))


def operator_page(path: str) -> Pair:
    """Something that the operator does in a browser."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        browser = requests.Session()
        address = service.world.app_url + "/operator"
        sign_in = {"key": service.operator_key()}
        if path:
            browser.post(address, data=sign_in, timeout=60).raise_for_status()
            begun = rollout(service, number)[0]()
            sent = f"{address}/rollouts/{begun.json()['id']}/{path}"
            cookies = browser.cookies.get_dict()
            return again(
                lambda: requests.post(sent, cookies=cookies, timeout=60, allow_redirects=False)
            )
        return again(
            lambda: requests.post(address, data=sign_in, timeout=60, allow_redirects=False)
        )

    return pair


def health_look(service: Service, number: int) -> tuple[Call, Call]:
    return again(portal_call(service, "POST", "health/look"))


def of_finding(verb: str, what: str, body: Any = None, *, page: bool = False) -> Pair:
    """Something about a flow that is in trouble, by the API or from its page."""

    def pair(service: Service, number: int) -> tuple[Call, Call]:
        flow_id = a_flow(service, f"In trouble, {what} {page} {number}")
        service.portal.flows[flow_id].template_id = 9999
        service.forget_looks()
        items = health_look(service, number)[0]().json()["items"]
        found = next(one for one in items if one["flowId"] == flow_id)
        if page:
            return again(pressed(service, f"/health/{found['id']}/{what}", {}))
        return again(portal_call(service, verb, f"health/{found['id']}/{what}", body))

    return pair


PAIRS_OF_PLANS: dict[str, Pair] = {
    "plan": plan_twice,
    "plan, apply": apply_twice,
    "plan, undo": of_plan("undo"),
    "plan, retry": of_plan("retry"),
    "adopt": adopt,
    "restore": restore,
    "blueprint": kept,
    "blueprint, deleted": no_longer_kept,
    "plan, from the page": on_page("/blueprints/plan"),
    "plan, applied on the page": apply_on_page,
    "plan, undone on the page": of_plan("undo", page=True),
    "plan, retried on the page": of_plan("retry", page=True),
    "blueprint, from the page": on_page("/blueprints/keep"),
    "blueprint, deleted on the page": lambda s, n: (
        no_longer_kept(s, n)[0],
        pressed(s, f"/blueprints/kept-{n}/delete", {}),
    ),
    "restore, on the page": restore_on_page,
    "bulk change": bulk_change,
    "successor": successor,
    "several": several("/blueprints/several"),
    "several, planned": several("/blueprints/several/plan"),
    "adopt, on the page": adopt_on_page,
    "forget a choice": lambda s, n: again(
        pressed(s, "/blueprints/forget", {"forget": "user:anna", "document": ""})
    ),
    "health, look": health_look,
    "health, plan": of_finding("POST", "plan"),
    "health, look on the page": lambda s, n: again(pressed(s, "/health/look", {})),
    "health, plan on the page": of_finding("POST", "plan", page=True),
    "health, mute on the page": of_finding("POST", "mute", page=True),
    "health, mute": of_finding("PUT", "mute", {"days": 1}),
    "rollout": rollout,
    "operator, sign in": operator_page(""),
    "operator, cancel": operator_page("cancel"),
    "operator, retry": operator_page("retry"),
    "rollout, cancel": of_rollout("cancel"),
    "rollout, retry": of_rollout("retry"),
}
