"""An operator's program that rolls documents out to portals."""

from __future__ import annotations

import time
from typing import Any

from werkzeug.test import TestResponse

from tests.emulator.entities import Portal
from tests.emulator.more_portals import add_portals
from tests.support.app_harness import Api, AppHarness

PATIENCE = 30
"""Seconds that a rollout may take on a busy machine."""


def document(count: int = 1) -> dict[str, Any]:
    """Some flows that every company can have, every other one turned off."""
    flows = {
        f"desk-{number}": {
            "name": {"en": f"Desk {number}", "ru": f"Стол {number}"},
            "plannedCompletionTime": "4h",
            "distributionType": "queue",
            "responsibleList": [{"user": {"id": 2}}],
            "active": number % 2 == 0,
        }
        for number in range(count)
    }
    return {"schema": 1, "flows": flows}


def more_portals(app: AppHarness, count: int) -> list[Portal]:
    """Further portals, on which the application is installed."""
    portals = add_portals(app.world, (f"more{number}.localhost:8900" for number in range(count)))
    for portal in portals:
        assert app.install(portal).status_code == 200
    return portals


class Operator:
    """Calls about all portals."""

    def __init__(self, app: AppHarness) -> None:
        """With a new key of the operator."""
        self.api: Api = app.program(None)

    def start(self, portals: Any, wanted: Any = None, **more: Any) -> TestResponse:
        """Start a rollout; `more` are members of the body."""
        named = portals if isinstance(portals, str) else [
            one if isinstance(one, str) else one.member_id for one in portals
        ]  # fmt: skip
        body = {"document": wanted or document(), "portals": named} | more
        return self.api.call("POST", "/api/v1/rollouts", json=body)

    def begun(self, portals: Any, wanted: Any = None, **more: Any) -> dict[str, Any]:
        """The same, where nothing is in the way."""
        answer = self.start(portals, wanted, **more)
        assert answer.status_code == 202, answer.text
        return dict(answer.json)

    def get(self, rollout: dict[str, Any]) -> dict[str, Any]:
        """A rollout as it is now."""
        return dict(self.api.call("GET", f"/api/v1/rollouts/{rollout['id']}").json)

    def post(self, rollout: dict[str, Any], what: str) -> dict[str, Any]:
        """Cancel it or try it again."""
        answer = self.api.call("POST", f"/api/v1/rollouts/{rollout['id']}/{what}")
        assert answer.status_code == 202, answer.text
        return dict(answer.json)

    def ended(self, rollout: dict[str, Any]) -> dict[str, Any]:
        """A rollout once it has ended."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.get(rollout)
            if found["status"] != "running":
                return found
            time.sleep(0.05)
        raise AssertionError(f"the rollout has not ended: {found}")

    def run(self, portals: Any, wanted: Any = None, **more: Any) -> dict[str, Any]:
        """Start a rollout and wait for its end."""
        return self.ended(self.begun(portals, wanted, **more))


def statuses(rollout: dict[str, Any]) -> list[str]:
    """How its portals stand, in their order."""
    return [one["status"] for one in rollout["portals"]]
