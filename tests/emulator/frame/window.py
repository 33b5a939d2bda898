"""A seat in front of the portal's page: one browser window of one person."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Frame, Page, Request

from tests.emulator.frame.child import Child
from tests.emulator.state import World

APPLICATION = "/marketplace/app/1/"


class PortalWindow:
    """Opens pages of portal A and speaks for the application in the frame.

    `troubles` are console errors, uncaught exceptions and requests to hosts that are neither
    the portal nor the application.
    """

    def __init__(self, world: World, child: Child, context: BrowserContext) -> None:
        self.world, self.child = world, child
        self.portal = world.portal(world.portal_hosts[0])
        self.troubles: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("request", self._request)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(message.text)

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme != "data" and url.netloc not in {self.portal.host, self.child.url[7:]}:
            self.troubles.append(f"a request to {url.netloc}")

    def go(self, path: str) -> None:
        """Open a page of the portal."""
        self.page.goto(self.world.origin(self.portal) + path)

    def open(self, user_id: int = 1, query: str = "") -> Frame:
        """Open the application as a person and wait until it stands in the frame."""
        self.go(f"{APPLICATION}?as={user_id}{query}")
        return self.frame()

    def frame(self, within: str = "") -> Frame:
        """Wait for the application's frame (inside of the panel, for instance) and give it."""
        holder = self.page.frame_locator(within) if within else self.page
        handle = holder.locator(".frame--loaded iframe[data-frame]").element_handle()
        frame = handle.content_frame()
        frame.wait_for_function("window.child")
        return frame

    def ask(self, command: str, params: object = None, grammar: str = "bx24") -> Any:
        """Let the application send a command and give the answer it gets."""
        return self.frame().evaluate("call => child.ask(...call)", [grammar, command, params])

    def send(self, command: str, params: object = None, grammar: str = "bx24") -> str:
        """Let the application send a command and give the callback's key at once."""
        return self.frame().evaluate("call => child.send(...call)", [grammar, command, params])

    def heard(self, key: str, count: int = 1) -> list[Any]:
        """Wait for that many answers to a key and give all of them."""
        frame = self.frame()
        frame.wait_for_function(
            "([key, count]) => child.heard(key).length >= count", arg=[key, count]
        )
        return frame.evaluate("key => child.heard(key)", key)

    def silent(self, key: str) -> bool:
        """Tell whether nothing has come for a key, once a later command has been answered."""
        self.ask("getInterface")
        return self.frame().evaluate("key => child.heard(key)", key) == []
