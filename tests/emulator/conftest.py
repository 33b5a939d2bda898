"""Fixtures for the tests of the emulator itself: a world with the application installed."""

from collections.abc import Callable

import pytest
import requests

from tests.emulator.adapter import WsgiAdapter
from tests.emulator.control import Control
from tests.emulator.entities import Portal
from tests.emulator.person import Person
from tests.emulator.state import Notice, World
from tests.emulator.wsgi import create_emulator

Meet = Callable[..., Person]
Ask = Callable[..., requests.Response]
TOKEN = "http://localhost:8901/oauth/token/"


FLOW = {
    "name": "Fresh",
    "plannedCompletionTime": 3600,
    "distributionType": "queue",
    "responsibleList": [["user", "2"]],
}


def good(**changes: object) -> dict[str, object]:
    """flowData of a flow that can be created; a change to None leaves the field out."""
    merged = {**FLOW, **changes}
    return {name: value for name, value in merged.items() if value is not None}


@pytest.fixture
def world() -> World:
    """The default world."""
    return World.default()


@pytest.fixture
def control(world: World) -> Control:
    """Its control door; the application is installed and finished on both portals."""
    control = Control(world)
    for host in world.portal_hosts:
        control.install(host)
        control.finish(host)
    return control


@pytest.fixture
def posted(world: World) -> list[Notice]:
    """The events that were sent, instead of being posted."""
    notices: list[Notice] = []
    world.sender = notices.append
    return notices


@pytest.fixture
def http(world: World) -> requests.Session:
    """A session that reaches the emulated world without sockets."""
    session = requests.Session()
    adapter = WsgiAdapter(create_emulator(world))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


@pytest.fixture
def a(world: World) -> Portal:
    """Portal A: English, new."""
    return world.portal("localhost:8900")


@pytest.fixture
def b(world: World) -> Portal:
    """Portal B: Russian, older."""
    return world.portal("localhost:8902")


@pytest.fixture
def meet(world: World, control: Control, http: requests.Session) -> Meet:
    """Meet a person of a portal: meet(portal, user_id)."""
    return lambda portal, user_id=1: Person(world, http, portal, user_id)


@pytest.fixture
def alice(meet: Meet, a: Portal) -> Person:
    """Alice Carter, administrator of portal A."""
    return meet(a, 1)


@pytest.fixture
def vera(meet: Meet, a: Portal) -> Person:
    """Vera Stone, an ordinary person of portal A."""
    return meet(a, 3)


@pytest.fixture
def ask(world: World, control: Control, http: requests.Session) -> Ask:
    """Ask the token endpoint with the application's keys; None leaves a parameter out."""

    def send(verb: str = "POST", **changes: object) -> requests.Response:
        keys = {"client_id": world.app.client_id, "client_secret": world.app.client_secret}
        given = {k: v for k, v in {**keys, **changes}.items() if v is not None}
        place = "params" if verb == "GET" else "data"
        return http.request(verb, TOKEN, **{place: given}, timeout=5)  # type: ignore[arg-type]

    return send
