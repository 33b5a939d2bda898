"""Further portals beside A and B, all alike: small companies for what is done on many portals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tests.emulator.entities import Portal
from tests.emulator.sample import northwind
from tests.emulator.state import World


def add_portals(world: World, hosts: Iterable[str]) -> list[Portal]:
    """Add a portal at each of the hosts, furnished as portal A is."""
    added = []
    with world.lock:
        for host in hosts:
            number = len(world.portals) + 1
            portal = northwind(host, world.clock.now())
            portal.title = f"Northwind {number}"
            portal.member_id = _hex("member", number)
            portal.application_token = _hex("application token", number)
            world.portals[host] = portal
            added.append(portal)
    return added


def _hex(word: str, number: int) -> str:
    """What looks like the ids and secrets of the two fixed portals."""
    return hashlib.sha256(f"{word} {number}".encode()).hexdigest()[:32]
