"""The numbers of plans and rollouts: there from the start, and right on each kind of database."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from bx24app.store.blueprint_models import PlanRow
from tests.support.app_harness import AppHarness
from tests.support.rollout_harness import Operator, document


def numbers(app: AppHarness, name: str) -> dict[str, float]:
    """The values of a metric by its status."""
    lines = app.app.test_client().get("/metrics").text.splitlines()
    found = [line.split('"') for line in lines if line.startswith(f"{name}{{")]
    return {status: float(value.strip("} ")) for _, status, value in found}


def test_plans_and_rollouts_are_counted_by_status(stored_app: AppHarness) -> None:
    zeros = numbers(stored_app, "bx24app_plans")
    assert zeros == dict.fromkeys(
        ("planned", "running", "applied", "partly_applied", "failed", "expired"), 0.0
    )
    assert numbers(stored_app, "bx24app_rollouts") == dict.fromkeys(
        ("running", "done", "partly_done", "stopped", "cancelled"), 0.0
    )

    operator = Operator(stored_app)
    operator.run("all")
    plans = f"/api/v1/portals/{stored_app.a.member_id}/plans"
    for _ in range(2):
        operator.api.call("POST", plans, json={"document": document(1)})
    with stored_app.container.database.write() as session:
        # The last plan was made long ago.
        session.execute(
            update(PlanRow)
            .where(PlanRow.id == 4)
            .values(expires_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    assert numbers(stored_app, "bx24app_plans") | {"partly_applied": 0} == zeros | {
        "applied": 2.0, "planned": 1.0, "expired": 1.0,
    }  # fmt: skip
    assert numbers(stored_app, "bx24app_rollouts")["done"] == 1.0
