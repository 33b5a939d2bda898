"""Browser journeys: emulated portals on `localhost`, the application on `127.0.0.1`.

To a browser these are different sites, as in real life: the application is a third party in the
portal's frame, without cookies and without storage.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask_babel import force_locale, gettext
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Frame,
    FrameLocator,
    Locator,
    Page,
)
from werkzeug.serving import make_server

from bx24app import create_app
from bx24app.config import Config
from bx24app.portals.rate_limit import Bucket
from tests.emulator.browser import PATIENCE
from tests.emulator.control import Control
from tests.emulator.entities import Flow, Portal
from tests.emulator.launch import launch_form
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS

EVERYTHING_FITS = {"wide": 0, "high": 0, "portal": 0}
FITTING = 10.0
"""Seconds that a frame on a busy machine has to get its height."""
TALL, USUAL = 3000, 900
"""Pixels of a window's height. Whatever is clicked is in sight of a tall one: where the portal has
to scroll first, Chromium loses the click into its frame now and then."""
APPLICATION = "/marketplace/app/1/"
REFUSED = "Failed to load resource: the server responded with a status of"
"""What Chromium itself writes to the console for every answer of 400 and more."""
ABORTED = ("htmx:sendAbort, ", "htmx:afterRequest, ")
QUIET_PAGE = (
    "() => !document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping') && "
    "document.documentElement.matches('.fitted')"
)


class BrowserHarness:
    """A world and the application in it, both over HTTP."""

    def __init__(self, world: World, app: Flask) -> None:
        """Take both; `built` makes them."""
        self.world = world
        self.app = app

    def portal(self, language: str) -> Portal:
        """The English portal, which lists its flows, or the Russian one, which does not."""
        return self.world.portal(self.world.portal_hosts[0 if language == "en" else 1])

    def install(self, language: str) -> None:
        """Let an administrator have installed the application, without a browser."""
        portal, control = self.portal(language), Control(self.world)
        control.install(portal.host)
        query, form = launch_form(self.world, portal, 1)
        requests.post(f"{self.world.app_url}/install", params=query, data=form).raise_for_status()
        control.finish(portal.host)

    @contextmanager
    def window(
        self,
        browser: Browser,
        language: str = "en",
        width: int = 1280,
        user_id: int = 1,
        height: int = TALL,
    ) -> Iterator[AppWindow]:
        """A person of a portal in front of a window; nothing may go wrong in the browser."""
        with (
            browser.new_context(viewport={"width": width, "height": height}) as context,
            self.window_of(context, language, user_id) as window,
        ):
            yield window

    @contextmanager
    def window_of(
        self, context: BrowserContext, language: str = "en", user_id: int = 1
    ) -> Iterator[AppWindow]:
        """The same in a context of one's own."""
        portal = self.portal(language)
        portal.person, portal.language = user_id, language
        context.set_default_timeout(PATIENCE)
        window = AppWindow(self, portal, context.new_page())
        try:
            yield window
        except Exception as failure:
            failure.add_note("\n".join(["The last requests of the page:", *window.requests]))
            raise
        assert window.troubles == [], window.troubles


class AppWindow:
    """One window with a portal's page, and the application in its frame."""

    def __init__(self, served_app: BrowserHarness, portal: Portal, page: Page) -> None:
        """Listen for everything that goes wrong in the window."""
        self.served_app, self.portal, self.page = served_app, portal, page
        self.troubles: list[str] = []
        self.refusals: list[str] = []
        self.requests: deque[str] = deque(maxlen=12)
        page.on("console", self._console)
        page.on("pageerror", self._page_error)
        page.on("request", lambda sent: self.requests.append(f"{sent.method} {sent.url}"))
        page.on("response", lambda answer: self.requests.append(f"{answer.status} {answer.url}"))

    @property
    def app(self) -> FrameLocator:
        """The application, as a person sees it."""
        return self.page.frame_locator(".frame--loaded iframe[data-frame]")

    def say(self, english: str, **facts: str) -> str:
        """An English sentence in the language of the portal."""
        with self.served_app.app.app_context(), force_locale(self.portal.language):
            return gettext(english, **facts)

    def install(self) -> None:
        """Install the application from the Market; it opens by itself."""
        self.page.goto(self.address("/marketplace/"))
        self.page.locator("[data-install]").click()
        self.app.locator("#main .head").wait_for()

    def open(self) -> None:
        """Open the installed application from the menu."""
        self.page.goto(self.address(APPLICATION))
        self.app.locator("#main .head").wait_for()

    def address(self, path: str) -> str:
        """The address of a page of the portal."""
        return self.served_app.world.origin(self.portal) + path

    def document(self) -> Frame:
        """The application's document, for looking behind what a person sees."""
        handle = self.page.locator(".frame--loaded iframe[data-frame]").element_handle()
        frame = handle.content_frame()
        assert frame is not None
        return frame

    def row(self, name: str) -> Locator:
        """The row of a flow in the list."""
        return self.app.get_by_role("row").filter(has=self.app.get_by_text(name, exact=True))

    def pick(self, field: str, typed: str, option: str) -> None:
        """Type into a field that searches, and choose what is offered."""
        self.app.get_by_label(field, exact=True).fill(typed)
        self.app.get_by_role("option", name=option).first.click()

    def flow(self, name: str) -> Flow:
        """A flow as it stands in the portal."""
        return next(flow for flow in self.portal.flows.values() if flow.name == name)

    def wait_until_quiet(self) -> Frame:
        """Wait until nothing is under way and the frame has its height."""
        document = self.document()
        document.wait_for_function(QUIET_PAGE)
        return document

    def overflow(self) -> dict[str, int]:
        """Pixels by which the application is larger than its frame, and the portal too wide.

        The frame follows its content by messages, so what is too large gets a moment to fit.
        """
        deadline = time.monotonic() + FITTING
        while (found := self._overflow()) != EVERYTHING_FITS and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        return found

    def _overflow(self) -> dict[str, int]:
        inner = self.wait_until_quiet().evaluate(
            "() => { const d = document.documentElement;"
            " return [d.scrollWidth - d.clientWidth, d.scrollHeight - d.clientHeight]; }"
        )
        outer = self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return {"wide": inner[0], "high": inner[1], "portal": outer}

    def violations(self) -> list[str]:
        """What axe finds in the application as it is now."""
        return violations(self.wait_until_quiet())

    def _console(self, message: ConsoleMessage) -> None:
        if message.text.startswith(REFUSED):
            self.refusals.append(message.text.removeprefix(REFUSED).strip())
        # A question that a newer one replaces (`hx-sync`) is aborted, which is no trouble.
        elif message.type in ("error", "warning") and not message.text.startswith(ABORTED):
            self.troubles.append(message.text)

    def _page_error(self, error: Error) -> None:
        # What htmx rejects the promise of an aborted request with.
        if error.message != "undefined":
            self.troubles.append(str(error))


def violations(document: Frame) -> list[str]:
    """What axe finds in a document: rules, and the elements against them."""
    found: Any = Axe().run(document)  # type: ignore[arg-type]
    return [
        f"{rule['id']}: {', '.join(str(node['target']) for node in rule['nodes'])}"
        for rule in found.response["violations"]
    ]


@contextmanager
def built(database_url: str, **more: Any) -> Iterator[BrowserHarness]:
    """Serve the default world and the application on free ports; `more` are settings."""
    server = make_server("127.0.0.1", 0, _nobody, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    world = World.default(app_url=url)
    with serve(world, create_emulator(world)):
        settings = SETTINGS | {"public_url": url, "auth_servers": (world.auth_origin,)} | more
        config = Config(database_url=database_url, **settings)
        app = create_app(config, bucket=Bucket(burst=100_000, drain=100_000.0))
        server.app = app
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield BrowserHarness(world, app)
        finally:
            server.shutdown()
            server.server_close()
            app.extensions["bx24app"].database.close()


def _nobody(environ: Any, start_response: Any) -> list[bytes]:
    """Hold the port until the application is there."""
    start_response("503 Service Unavailable", [])
    return []
