"""A worker is killed in the middle of a rollout: others go on, and every flow exists once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.databases import Postgresql
from tests.support.many_portals import ManyPortals, many_portals
from tests.support.rollout_harness import document
from tests.support.workers import kill_workers

pytestmark = pytest.mark.slow
PORTALS = 20
FLOWS = 2
LEASE = 4
"""Seconds here; 30 in production, where the work of a killed worker is taken up within 60."""
PATIENCE = 60


def roll_out_and_kill(place: ManyPortals) -> dict[str, Any]:
    """Start a rollout, kill a worker at each address once a quarter is done, wait for the end."""
    wanted = {
        "document": document(FLOWS),
        "portals": [portal.member_id for portal in place.portals],
        "waves": [1, PORTALS],
    }
    begun = place.post("/rollouts", wanted)
    place.wait_for_flows(len(place.portals) * FLOWS // 4)
    for arbiter in place.arbiters:
        assert kill_workers(arbiter, 1)
    return place.ended(f"/rollouts/{begun['id']}", PATIENCE)


def check(place: ManyPortals, ended: dict[str, Any]) -> None:
    """Every flow is there once, as it was wanted, and the history knows of each creation."""
    assert ended["status"] == "done", ended
    assert ended["progress"]["done"] == len(place.portals)
    for portal in place.portals:
        flows = [flow for flow in portal.flows.values() if flow.name.startswith("Desk ")]
        assert sorted((flow.name, flow.active) for flow in flows) == [
            (f"Desk {number}", number % 2 == 0) for number in range(FLOWS)
        ]
        lines = place.get(f"/portals/{portal.member_id}/history")["items"]
        made = [line["name"] for line in lines if line["action"] == "create"]
        assert sorted(made) == sorted(flow.name for flow in flows)


@pytest.mark.promise("a worker that is killed in the middle of a rollout costs no flow")
def test_on_sqlite_with_two_workers(sqlite_url: str) -> None:
    with many_portals(sqlite_url, [2], PORTALS, {"LEASE": str(LEASE)}) as place:
        check(place, roll_out_and_kill(place))


@pytest.mark.promise("a worker that is killed in the middle of a rollout costs no flow")
def test_on_postgresql_with_three_workers_at_two_addresses(postgresql: Postgresql) -> None:
    with many_portals(postgresql.migrated(), [2, 1], PORTALS, {"LEASE": str(LEASE)}) as place:
        check(place, roll_out_and_kill(place))
