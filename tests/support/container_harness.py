"""The services of the application in this process, and an emulated Bitrix24 over sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bx24app.bitrix24.payloads import Launch
from bx24app.config import Config
from bx24app.container import Container
from bx24app.portals.rate_limit import Bucket
from tests.emulator.control import Control
from tests.emulator.launch import launch_form
from tests.emulator.server import serve
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator
from tests.support.app_harness import SETTINGS

NO_LIMIT = Bucket(burst=100_000, drain=100_000.0)


class ContainerHarness:
    """A served world, and a container whose application is installed on portal A."""

    def __init__(self, world: World, database_url: str, bucket: Bucket) -> None:
        """`world` is served already."""
        self.world = world
        self.control = Control(world)
        self.portal = self.control.portal()
        self.database_url = database_url
        self.container = self.build(bucket)
        self.control.install()
        self.container.installation.install(self.launch())
        self.control.finish()

    def build(self, bucket: Bucket) -> Container:
        """Another container on the same database, as another process would build it."""
        settings = SETTINGS | {"auth_servers": (self.world.auth_origin,)}
        return Container.build(Config(database_url=self.database_url, **settings), bucket=bucket)

    def launch(self, user_id: int = 1) -> Launch:
        """Somebody opens the application."""
        query, form = launch_form(self.world, self.portal, user_id)
        return Launch.parse(
            {name: [value] for name, value in query.items()},
            {name: [value] for name, value in form.items()},
        )


@contextmanager
def container_harness(database_url: str, bucket: Bucket = NO_LIMIT) -> Iterator[ContainerHarness]:
    """Serve the default world and build a container for it; events go nowhere."""
    world = World.default()
    world.sender = lambda notice: None
    with serve(world, create_emulator(world)):
        harness = ContainerHarness(world, database_url, bucket)
        try:
            yield harness
        finally:
            harness.container.journal.close()
            harness.container.database.close()
