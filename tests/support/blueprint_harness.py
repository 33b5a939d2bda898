"""A program that exports, plans and applies documents of one portal."""

from __future__ import annotations

import json
import time
from typing import Any

from werkzeug.test import TestResponse

from tests.support.app_harness import Api

PATIENCE = 30
"""Seconds that a plan may take on a busy machine."""


class Documents:
    """The calls of flows as code, for one portal."""

    def __init__(self, api: Api) -> None:
        """`api` holds the key."""
        self.api = api
        self.portal = api.flows.removesuffix("/flows")

    def export(self, **query: str) -> str:
        """The portal's flows as YAML."""
        answer = self.api.get("export", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.text

    def plan(self, document: str, **options: Any) -> TestResponse:
        """Plan a document in YAML; `options` stand in the query."""
        query = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in options.items()
        }
        return self.api.call(
            "POST",
            f"{self.portal}/plans",
            data=document.encode(),
            content_type="application/yaml",
            query_string=query,
        )

    def apply(self, plan: dict[str, Any], *accept: str) -> TestResponse:
        """Say that a plan is to be applied."""
        return self.api.call(
            "POST",
            f"{self.portal}/plans/{plan['id']}/apply",
            json={"digest": plan["digest"], "accept": list(accept)},
        )

    def ended(self, plan: dict[str, Any]) -> dict[str, Any]:
        """A plan once it is carried out."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = self.get(f"plans/{plan['id']}").json
            if found["status"] not in ("planned", "running"):
                return found
            time.sleep(0.05)
        raise AssertionError("the plan was not carried out")

    def applied(self, plan: dict[str, Any], *accept: str) -> dict[str, Any]:
        """Apply a plan and wait for its end."""
        answer = self.apply(plan, *accept)
        assert answer.status_code == 202, answer.text
        return self.ended(plan)

    def get(self, below: str, **more: Any) -> TestResponse:
        """Look at something of the portal."""
        return self.api.call("GET", f"{self.portal}/{below}", **more)

    def post(self, below: str, **more: Any) -> TestResponse:
        """Do something on the portal."""
        return self.api.call("POST", f"{self.portal}/{below}", **more)
