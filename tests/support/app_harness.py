"""The application in tests: without sockets and waiting, used through its own endpoints."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bx24app.config import Config
from bx24app.container import Timing
from bx24app.portals.rate_limit import Bucket
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.control import Control
from tests.emulator.entities import Flow, Portal
from tests.emulator.launch import launch_form
from tests.emulator.state import Received, World
from tests.emulator.wsgi import create_emulator
from tests.support.built_app import build_app

SETTINGS: dict[str, Any] = {
    "client_id": "app.5f2d0c9a1b2c34.12345678",
    "client_secret": "emulated-client-secret-0123456789",
    "public_url": "http://127.0.0.1:8000",
    "encryption_keys": (base64.b64decode("c2VhbC1rZXktb2YtdGhlLXRlc3RzLTAxMjM0NTY3ODk="),),
    "secret_key": "secret-key-of-the-tests",
    "auth_servers": ("http://localhost:8901",),
    "allow_http": True,
}

IMPATIENT = Timing(
    program_patience=0.05,
    person_patience=0.05,
    retry_pause=0.0,
    look_pauses=(0.0, 0.0),
    early_requests=0,
)
"""Nobody waits for a busy or silent portal, and requests are sent in one order."""
UNLIMITED = Bucket(burst=100_000, drain=100_000.0)


class AppHarness:
    """A world, the application in it, and a browser and programs in front of the application."""

    def __init__(self, world: World, app: Flask, transport: WsgiAdapter) -> None:
        """`open` builds them; `transport` counts the requests to portals."""
        self.world = world
        self.app = app
        self.transport = transport
        self.control = Control(world)
        self.browser = app.test_client()
        self.container = app.extensions["bx24app"]

    @classmethod
    @contextmanager
    def open(
        cls,
        database_url: str,
        bucket: Bucket = UNLIMITED,
        timing: Timing = IMPATIENT,
        world: World | None = None,
    ) -> Iterator[AppHarness]:
        """Build the application in a world, the default one unless given.

        Portals have no rate limit unless `bucket` says so.
        """
        world = world or World.default()
        transport = WsgiAdapter(create_emulator(world))
        app = build_app(
            Config(database_url=database_url, **SETTINGS),
            transport=transport,
            bucket=bucket,
            timing=timing,
        )
        harness = cls(world, app, transport)
        world.sender = lambda notice: harness.receive(notice.form)
        try:
            yield harness
        finally:
            harness.container.runner.close()
            harness.container.journal.close()
            harness.container.database.close()

    @property
    def a(self) -> Portal:
        """Portal A: English, new."""
        return self.world.portal("localhost:8900")

    @property
    def b(self) -> Portal:
        """Portal B: Russian, cannot list its flows."""
        return self.world.portal("localhost:8902")

    def install_everywhere(self) -> None:
        """Install on both portals as their administrators."""
        for portal in (self.a, self.b):
            assert self.install(portal).status_code == 200

    def install(self, portal: Portal, user_id: int = 1) -> TestResponse:
        """What happens when somebody installs the application and opens it."""
        self.control.install(portal.host, user_id)
        answer = self._post("/install", portal, user_id)
        self.control.finish(portal.host, user_id)
        return answer

    def launch(self, portal: Portal, user_id: int = 1) -> TestResponse:
        """What happens when somebody opens the application from the menu."""
        return self._post("/", portal, user_id)

    def receive(self, form: Mapping[str, str]) -> TestResponse:
        """An event of a portal arrives."""
        return self.browser.post("/events", data=dict(form))

    def program(self, portal: Portal | None) -> Api:
        """A program with a new key: of one portal, or the operator's."""
        key = self.container.api_keys.create(portal.member_id if portal else None, "test")
        return Api(self.app.test_client(), key, portal or self.a)

    def writes(self) -> list[Received]:
        """What reached the portals and changes something there, since the installation."""
        return [
            entry
            for entry in self.world.journal
            if entry.was_write and entry.method.startswith("tasks.")
        ]

    def flow(self, flow_id: int, portal: Portal | None = None) -> Flow:
        """A flow as it stands in a portal (A unless given)."""
        return (portal or self.a).flows[flow_id]

    def _post(self, path: str, portal: Portal, user_id: int) -> TestResponse:
        query, form = launch_form(self.world, portal, user_id)
        return self.browser.post(path, query_string=query, data=form)


class Api:
    """The API of one portal as a program with a key sees it."""

    def __init__(self, client: FlaskClient, key: str, portal: Portal) -> None:
        """`key` goes with every call; paths are below the portal's flows."""
        self.client = client
        self.key = key
        self.flows = f"/api/v1/portals/{portal.member_id}/flows"

    def call(self, verb: str, path: str, **more: Any) -> TestResponse:
        """Call any address."""
        headers = {"Authorization": f"Bearer {self.key}"} | more.pop("headers", {})
        return self.client.open(path, method=verb, headers=headers, **more)

    def get(self, below: str | int = "", **more: Any) -> TestResponse:
        """GET the flows, one flow, or what is below."""
        return self.call("GET", self._path(below), **more)

    def post(self, flow: Any, **headers: str) -> TestResponse:
        """Create a flow."""
        return self.call("POST", self.flows, json=flow, headers=_named(headers))

    def put(self, flow: Any, below: str = "", **headers: str) -> TestResponse:
        """Create or update a flow by its name, or set something below."""
        return self.call("PUT", self._path(below), json=flow, headers=_named(headers))

    def patch(self, flow_id: int, changes: Any, **headers: str) -> TestResponse:
        """Change a flow."""
        return self.call("PATCH", self._path(flow_id), json=changes, headers=_named(headers))

    def delete(self, flow_id: int, **headers: str) -> TestResponse:
        """Delete a flow."""
        return self.call("DELETE", self._path(flow_id), headers=_named(headers))

    def _path(self, below: str | int) -> str:
        return f"{self.flows}/{below}" if below != "" else self.flows


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    """`If_Match` as a keyword is the header `If-Match`."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
