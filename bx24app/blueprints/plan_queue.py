"""Plans that somebody has said to apply, as work for the background threads of each process."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bx24app.blueprints.applying import Applier, TakenOver
from bx24app.blueprints.plan import Plan
from bx24app.blueprints.plan_store import PlanStore
from bx24app.heartbeat import Heartbeat

BEATS = 4
"""Signs of life in the time of a lease."""

log = logging.getLogger("bx24app.plans")


class PlanQueue:
    """The queue of plans; see `runner.Queue`."""

    def __init__(self, store: PlanStore, applier: Applier) -> None:
        """Take plans from `store` and let `applier` carry them out."""
        self._store = store
        self._applier = applier
        self._heartbeat = Heartbeat(self._beat, store.lease.total_seconds() / BEATS)

    def take(self, owner: str) -> Callable[[], None] | None:
        """Take the next plan for a process; gives what carries it out. Raises DatabaseAway."""
        plan = self._store.claim(owner)
        return None if plan is None else lambda: self._carry_out(plan, owner)

    def _carry_out(self, plan: Plan, owner: str) -> None:
        try:
            with self._heartbeat.of(f"{plan.id}/{owner}"):
                self._applier.apply(plan, owner)
        except TakenOver:
            log.warning("a plan was taken over", extra={"portal": plan.member_id})

    def _beat(self, names: set[str]) -> None:
        for number, owner in (name.split("/") for name in names):
            self._store.prolong([int(number)], owner)
