"""Portals of rollouts as work for the background threads of each process.

A piece of work makes the plan of one portal and says that it is to be applied; the queue of plans
carries it out like any other. When it has ended, the portal has ended, and perhaps its wave.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import aliased

from bx24app.blueprints.plan import Plan
from bx24app.blueprints.plan_store import UNFINISHED, PlanStore
from bx24app.heartbeat import Heartbeat
from bx24app.portals.author import Author
from bx24app.rollouts.rollout import Ending
from bx24app.rollouts.rollout_store import RolloutStore
from bx24app.store.blueprint_models import PlanRow
from bx24app.store.database import Database
from bx24app.store.models import PortalRow
from bx24app.store.rollout_models import RolloutPortalRow, RolloutRow

BEATS = 4
"""Signs of life in the time of a lease."""
RELEASED = {"owner": None, "lease_until": None}
"""The values of a row that nobody works on."""


@dataclass(frozen=True)
class Step:
    """One portal of a rollout that this process has taken."""

    rollout_id: int
    member_id: str
    owner: str
    document: Any
    variables: Mapping[str, Any]
    mapping: Mapping[str, int]
    accept: frozenset[str]
    author: Author


@dataclass(frozen=True)
class Planned:
    """What came of planning a step: a plan to be applied, or a failure."""

    plan: Plan | None
    failure: Ending | None = None


Planning = Callable[[Step], Planned]
"""Makes the plan of a step; raises DatabaseAway."""
Applying = Callable[[Plan, Step], object]
"""Says that a plan is to be applied; raises Error."""


class RolloutQueue:
    """The queue of portals to be planned; see `runner.Queue`."""

    def __init__(
        self, *, database: Database, plans: PlanStore, planning: Planning, applying: Applying
    ) -> None:
        """Keep the rows in `database`; `planning` and `applying` do the work."""
        self._database = database
        self._rollouts = RolloutStore(database)
        self._plans = plans
        self._planning = planning
        self._applying = applying
        self._lease = plans.lease
        self._heartbeat = Heartbeat(self._beat, plans.lease.total_seconds() / BEATS)

    def take(self, owner: str) -> Callable[[], None] | None:
        """Take the next portal for a process; gives what plans it. Raises DatabaseAway."""
        self._note_ended_plans()
        for number in self._rollouts.under_way():
            step = self._claim(number, owner)
            if step is not None:
                return partial(self._carry_out, step)
        return None

    def _claim(self, number: int, owner: str) -> Step | None:
        """Take one portal of a rollout that may begin; None where there is none."""
        free = and_(RolloutPortalRow.rollout_id == number, _may_begin(datetime.now(UTC)))
        with self._database.read() as session:
            found = session.execute(
                select(RolloutPortalRow.member_id).where(free).order_by(RolloutPortalRow.position)
            ).first()
        if found is None:
            return None
        with self._database.write() as session:
            # Whoever plans on the same portal for another rollout waits here on PostgreSQL.
            session.get(PortalRow, found.member_id, with_for_update=True)
            taken = session.scalars(
                update(RolloutPortalRow)
                .where(free, RolloutPortalRow.member_id == found.member_id)
                .values(status="running", owner=owner, lease_until=datetime.now(UTC) + self._lease)
                .returning(RolloutPortalRow)
                .execution_options(synchronize_session=False)
            ).first()
            rollout = session.get(RolloutRow, number)
            return _step(rollout, taken, owner) if rollout and taken else None

    def _carry_out(self, step: Step) -> None:
        with self._heartbeat.of(f"{step.rollout_id}/{step.member_id}/{step.owner}"):
            made = self._planning(step)
            values: dict[str, Any] = {}
            if made.plan is not None:
                values = {"plan_id": made.plan.id, "summary": json.dumps(made.plan.summary)}
            if made.failure is not None:
                values |= _failed(made.failure) | RELEASED
            # The plan's number first: nothing is carried out of a plan that the row does not know.
            held = self._set(step, **values)
            if held and made.plan is not None and made.failure is None:
                self._applying(made.plan, step)
                self._set(step, **RELEASED)

    def _set(self, step: Step, **values: Any) -> bool:
        """Change the row of a step; False where another worker has taken it over."""
        with self._database.write() as session:
            held = session.execute(
                update(RolloutPortalRow)
                .where(_is(step.rollout_id, step.member_id), RolloutPortalRow.owner == step.owner)
                .values(**values)
                .returning(RolloutPortalRow.position)
            ).first()
        return held is not None

    def _note_ended_plans(self) -> None:
        """End the portals whose plans have ended."""
        wanted = (
            select(RolloutPortalRow.rollout_id, RolloutPortalRow.member_id, PlanRow.id)
            .join(PlanRow, PlanRow.id == RolloutPortalRow.plan_id)
            .where(RolloutPortalRow.status == "running")
            .where(PlanRow.queued_at.is_not(None), PlanRow.status.not_in(UNFINISHED))
        )
        with self._database.read() as session:
            ended = session.execute(wanted).all()
        for number, member_id, plan_id in ended:
            values = _outcome(self._plans.get(member_id, plan_id))
            with self._database.write() as session:
                session.execute(
                    update(RolloutPortalRow)
                    .where(_is(number, member_id), RolloutPortalRow.status == "running")
                    .where(RolloutPortalRow.plan_id == plan_id)
                    .values(**values, **RELEASED)
                )

    def _beat(self, names: set[str]) -> None:
        for number, member_id, owner in (name.split("/") for name in names):
            with self._database.write() as session:
                session.execute(
                    update(RolloutPortalRow)
                    .where(_is(int(number), member_id), RolloutPortalRow.owner == owner)
                    .values(lease_until=datetime.now(UTC) + self._lease)
                )


def _is(number: int, member_id: str) -> ColumnElement[bool]:
    return and_(RolloutPortalRow.rollout_id == number, RolloutPortalRow.member_id == member_id)


def _may_begin(now: datetime) -> ColumnElement[bool]:
    """The condition that a portal's turn has come and nothing else is under way on it."""
    other = aliased(RolloutPortalRow)
    left = and_(RolloutPortalRow.status == "running", RolloutPortalRow.lease_until < now)
    reached = select(RolloutRow.id).where(
        RolloutRow.id == RolloutPortalRow.rollout_id,
        RolloutRow.status == "running",
        RolloutRow.wave >= RolloutPortalRow.wave,
    )
    elsewhere = select(other.rollout_id).where(
        other.member_id == RolloutPortalRow.member_id,
        other.rollout_id != RolloutPortalRow.rollout_id,
        other.status == "running",
    )
    # Planned now, it would not fit any more when its turn comes.
    planned = select(PlanRow.id).where(
        PlanRow.member_id == RolloutPortalRow.member_id,
        PlanRow.queued_at.is_not(None),
        PlanRow.status.in_(UNFINISHED),
    )
    return and_(
        or_(RolloutPortalRow.status == "waiting", left),
        reached.exists(),
        ~elsewhere.exists(),
        ~planned.exists(),
    )


def _step(rollout: RolloutRow, row: RolloutPortalRow, owner: str) -> Step:
    return Step(
        rollout_id=rollout.id,
        member_id=row.member_id,
        owner=owner,
        document=json.loads(rollout.document),
        variables=json.loads(row.variables),
        mapping=json.loads(row.mapping),
        accept=frozenset(json.loads(rollout.accepted)),
        author=Author(**json.loads(rollout.started_by)),
    )


def _failed(ending: Ending) -> dict[str, Any]:
    return {
        "status": "failed",
        "code": ending.code,
        "message": ending.message,
        "facts": json.dumps(ending.facts, default=str),
    }


def _outcome(plan: Plan) -> dict[str, Any]:
    """What the end of a plan means for its portal."""
    if plan.status == "applied":
        return {"status": "done"}
    bad = next(one.outcome for one in plan.changes if one.outcome.status != "done")
    return _failed(Ending(bad.code or "internal_error", bad.message or ""))
