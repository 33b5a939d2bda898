"""The portals that are judged: two emulated ones always, a real one where its webhook is named."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests

from tests.contract.guest import Guest, visiting
from tests.emulator.adapter import WsgiAdapter
from tests.emulator.state import World
from tests.emulator.wsgi import create_emulator

VARIABLE = "BX24_TEST_WEBHOOK"
EMULATED = {"new": 0, "older": 1}  # which of the world's portals it is
REAL = "portal"


def to_be_judged(environ: Mapping[str, str]) -> list[str]:
    """Names of the portals, as the tests show them."""
    return [*EMULATED, *([REAL] if environ.get(VARIABLE) else [])]


@contextmanager
def guest_of(portal: str) -> Iterator[Guest]:
    """Be a guest of one of the portals until the block ends."""
    with requests.Session() as session:
        webhook = os.environ.get(VARIABLE, "")
        if portal != REAL:
            webhook = emulated(session, EMULATED[portal])
        with visiting(session, webhook) as guest:
            yield guest


def emulated(session: requests.Session, number: int) -> str:
    """Let a session reach a portal of a world of its own; gives an administrator's webhook."""
    world = World.default()
    session.mount("http://", WsgiAdapter(create_emulator(world)))
    return world.webhook(world.portal(world.portal_hosts[number]))
