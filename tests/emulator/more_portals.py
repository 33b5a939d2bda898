"""Further portals beside A and B, all alike: small companies for what is done on many portals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from tests.emulator.entities import Portal
from tests.emulator.sample import furnish_portals, northwind
from tests.emulator.state import World


def add_portals(world: World, hosts: Iterable[str]) -> list[Portal]:
    """Add a portal at each of the hosts, furnished as portal A is."""
    added = []
    with world.lock:
        for host in hosts:
            portal = _another(host, len(world.portals) + 1, world.clock.now())
            world.portals[host] = portal
            added.append(portal)
    return added


def furnish_with(*more: str) -> Callable[[Sequence[str], float], list[Portal]]:
    """For `World(furnish=…)`: portals A and B, and one at each further host."""

    def furnish(hosts: Sequence[str], now: float) -> list[Portal]:
        others = [_another(host, number, now) for number, host in enumerate(more, 3)]
        return [*furnish_portals(hosts, now), *others]

    return furnish


def _another(host: str, number: int, now: float) -> Portal:
    portal = northwind(host, now)
    portal.title = f"Northwind {number}"
    portal.member_id = _hex("member", number)
    portal.application_token = _hex("application token", number)
    return portal


def _hex(word: str, number: int) -> str:
    """What looks like the ids and secrets of the two fixed portals."""
    return hashlib.sha256(f"{word} {number}".encode()).hexdigest()[:32]
