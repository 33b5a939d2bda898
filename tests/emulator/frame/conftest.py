"""Fixtures: the portal and a tiny application over HTTP, and a browser in front of them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.emulator.browser import launched
from tests.emulator.control import Control
from tests.emulator.frame.child import Child, serve_child
from tests.emulator.frame.window import PortalWindow
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all; every test gets a window of its own."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def child() -> Iterator[Child]:
    """The tiny application."""
    with serve_child(Child()) as child:
        yield child


@pytest.fixture(scope="package")
def served(child: Child) -> Iterator[World]:
    """The default world over HTTP, with the tiny application in its Market."""
    world = World.default(app_url=child.url)
    with serve(world, create_emulator(world)):
        yield world


@pytest.fixture
def world(served: World, child: Child) -> World:
    """The default world as it was at first."""
    served.reset()
    child.opened.clear()
    return served


@pytest.fixture
def installed(world: World) -> World:
    """The world with the application installed and finished on portal A."""
    control = Control(world)
    control.install()
    control.finish()
    return world


@pytest.fixture
def window(world: World, child: Child, browser: Browser) -> Iterator[PortalWindow]:
    """A seat at a desk-sized window; at the end nothing may have gone wrong in the browser."""
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        window = PortalWindow(world, child, context)
        yield window
        assert window.troubles == []
