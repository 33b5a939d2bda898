"""All workers are killed while a plan is applied: new ones go on, and nothing is done twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.many_portals import many_portals
from tests.support.rollout_harness import document
from tests.support.workers import kill_workers

FLOWS = 6
LEASE = 3
"""Seconds here; 30 in production, where the work of a killed worker is taken up within 60."""
PATIENCE = 60


def wanted() -> dict[str, Any]:
    """Some flows to create and one to change."""
    found = document(FLOWS)
    found["flows"]["content"] = {"name": "Content", "description": "New"}
    return {"document": found}


@pytest.mark.slow
def test_a_killed_worker_leaves_a_plan_that_another_one_ends(sqlite_url: str) -> None:
    with many_portals(sqlite_url, [2], 1, {"LEASE": str(LEASE)}) as place:
        (portal,) = place.portals
        plans = f"/portals/{portal.member_id}/plans"
        plan = place.post(plans, wanted())
        # Slow enough for every death to come in the middle.
        place.service.control.delay(seconds=0.1, times=100)
        place.post(f"{plans}/{plan['id']}/apply", {"digest": plan["digest"]})
        place.wait_for_flows(FLOWS // 2)
        assert len(kill_workers(*place.arbiters)) == 2

        found = place.ended(f"{plans}/{plan['id']}", PATIENCE)
        assert found["status"] == "applied", found
        flows = {flow.name: flow for flow in portal.flows.values()}
        assert len(flows) == len(portal.flows) == 4 + FLOWS
        assert [flows[f"Desk {number}"].active for number in range(FLOWS)] == [
            number % 2 == 0 for number in range(FLOWS)
        ]
        assert flows["Content"].description == "New"
        again = place.post(plans, wanted())["summary"]
        assert {kind for kind, count in again.items() if count} == {"unchanged"}
