"""An application that loads Bitrix24's own library, in the page of an emulated portal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.emulator.control import Control
from tests.emulator.frame.child import Child, serve_child
from tests.emulator.frame.window import PortalWindow
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator

HERE = Path(__file__).parent
LIBRARY = HERE.parents[1] / "node_modules/@bitrix24/b24jssdk/dist/umd/index.min.js"
SCRIPTS = {"/b24jssdk.js": LIBRARY, "/child.js": HERE / "page.js"}


@dataclass
class OfficialApp:
    """A world over HTTP and the application in its Market."""

    world: World
    child: Child

    @contextmanager
    def window(self, browser: Browser) -> Iterator[PortalWindow]:
        """Sit down before the world as it was at first, the application installed, not finished.

        At the end nothing may have gone wrong in the browser.
        """
        self.world.reset()
        self.child.opened.clear()
        Control(self.world).install()
        with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
            window = PortalWindow(self.world, self.child, context)
            yield window
            assert window.troubles == []


@contextmanager
def opened() -> Iterator[OfficialApp]:
    """Serve the world and the application until the block ends."""
    with serve_child(Child(HERE / "page.html", SCRIPTS)) as child:
        world = World.default(app_url=child.url)
        with serve(world, create_emulator(world)):
            yield OfficialApp(world, child)
