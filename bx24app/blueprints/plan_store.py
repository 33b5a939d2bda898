"""Stored plans: made, queued, taken by a worker, changed outcome by outcome, ended."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from bx24app.blueprints.plan import (
    Change,
    Danger,
    Draft,
    NoSuchPlan,
    NotInPlan,
    Outcome,
    Plan,
    PlanAlreadyApplied,
    PlanChanged,
    PlanExpired,
    PlanUnsafe,
    final_status,
)
from bx24app.blueprints.portal_links import hold_portal
from bx24app.blueprints.safety import shown_dangers
from bx24app.portals.author import Author
from bx24app.store.blueprint_models import PlanChangeRow, PlanRow
from bx24app.store.database import Database

GOOD_FOR = timedelta(minutes=30)
"""How long a plan may be applied after it was made."""
UNFINISHED = ("planned", "running")


class PlanStore:
    """All plans."""

    def __init__(self, database: Database, lease: timedelta) -> None:
        """Keep them in `database`.

        After a `lease` without a sign of life another worker goes on with a plan.
        """
        self._database = database
        self.lease = lease

    def add(self, member_id: str, draft: Draft, rollout_id: int | None = None) -> Plan:
        """Store a new plan; raises NoSuchPortal where the portal has left meanwhile."""
        now = datetime.now(UTC).replace(microsecond=0)
        with self._database.write() as session:
            hold_portal(session, member_id)
            row = PlanRow(
                member_id=member_id,
                rollout_id=rollout_id,
                digest=draft.digest(),
                status="planned",
                created_at=now,
                expires_at=now + GOOD_FOR,
                accepted="[]",
                unsafe=json.dumps(shown_dangers(draft.unsafe)),
            )
            session.add(row)
            session.flush()
            session.add_all(
                _change_row(row.id, place, change) for place, change in enumerate(draft.changes)
            )
        return self.get(member_id, row.id)

    def get(self, member_id: str, number: int) -> Plan:
        """One plan of a portal; raises NoSuchPlan."""
        with self._database.read() as session:
            row = session.get(PlanRow, number)
            if row is None or row.member_id != member_id:
                raise NoSuchPlan
            return _plan(row, _changes(session, number))

    def page(self, member_id: str, before: int | None, limit: int | None) -> list[Plan]:
        """Plans of a portal, the newest first, of those older than the plan `before`."""
        wanted = select(PlanRow).where(PlanRow.member_id == member_id).order_by(PlanRow.id.desc())
        if before is not None:
            wanted = wanted.where(PlanRow.id < before)
        with self._database.read() as session:
            rows = session.scalars(wanted.limit(limit)).all()
            return [_plan(row, _changes(session, row.id)) for row in rows]

    def queue(
        self, member_id: str, number: int, digest: str, accept: Collection[str], author: Author
    ) -> Plan:
        """Say that a plan is to be applied.

        Raises NoSuchPlan, PlanAlreadyApplied, PlanExpired, PlanChanged, NotInPlan, PlanUnsafe.
        """
        plan = self.get(member_id, number)
        _refuse(plan, digest, set(accept))
        with self._database.write() as session:
            # Of two at once one is first: the other one finds the plan queued.
            done = session.execute(
                update(PlanRow)
                .where(PlanRow.id == number, PlanRow.queued_at.is_(None))
                .values(
                    queued_at=datetime.now(UTC),
                    applied_by=json.dumps(asdict(author)),
                    accepted=json.dumps(sorted(accept)),
                )
                .returning(PlanRow.id)
            ).first()
        if done is None:
            raise PlanAlreadyApplied
        # Nothing has to be carried out, so nobody has to wait for a worker.
        if plan.empty:
            self._end_empty(number)
        return self.get(member_id, number)

    def claim(self, owner: str) -> Plan | None:
        """Take the next plan that nobody carries out; None where there is none.

        Plans of one portal are carried out one after the other, in the order in which somebody
        said so. A plan whose worker gave no sign of life for a lease is taken over.
        """
        now = datetime.now(UTC)
        earlier = aliased(PlanRow)
        before = or_(
            earlier.queued_at < PlanRow.queued_at,
            and_(earlier.queued_at == PlanRow.queued_at, earlier.id < PlanRow.id),
        )
        free = and_(
            PlanRow.queued_at.is_not(None),
            PlanRow.status.in_(UNFINISHED),
            or_(PlanRow.lease_until.is_(None), PlanRow.lease_until < now),
            ~select(earlier.id)
            .where(
                earlier.member_id == PlanRow.member_id,
                earlier.queued_at.is_not(None),
                earlier.status.in_(UNFINISHED),
                before,
            )
            .exists(),
        )
        with self._database.read() as session:
            found = session.execute(
                select(PlanRow.id, PlanRow.member_id).where(free).order_by(PlanRow.queued_at)
            ).first()
        # Nearly always there is nothing, and then no write transaction is needed.
        if found is None:
            return None
        with self._database.write() as session:
            taken = session.execute(
                update(PlanRow)
                .where(PlanRow.id == found.id, free)
                .values(owner=owner, lease_until=now + self.lease, status="running")
                .returning(PlanRow.id)
                .execution_options(synchronize_session=False)
            ).first()
        return self.get(found.member_id, found.id) if taken else None

    def prolong(self, numbers: Collection[int], owner: str) -> None:
        """Give a sign of life for plans that a worker carries out."""
        with self._database.write() as session:
            session.execute(
                update(PlanRow)
                .where(PlanRow.id.in_(numbers), PlanRow.owner == owner)
                .values(lease_until=datetime.now(UTC) + self.lease)
            )

    def note(self, number: int, place: int, outcome: Outcome, owner: str) -> bool:
        """Store the outcome of a change; False where another worker has taken the plan over."""
        with self._database.write() as session:
            held = session.execute(
                update(PlanRow)
                .where(PlanRow.id == number, PlanRow.owner == owner)
                .values(lease_until=datetime.now(UTC) + self.lease)
                .returning(PlanRow.id)
            ).first()
            if held is None:
                return False
            session.execute(
                update(PlanChangeRow)
                .where(PlanChangeRow.plan_id == number, PlanChangeRow.position == place)
                .values(
                    status=outcome.status,
                    code=outcome.code,
                    message=outcome.message,
                    outcome_flow_id=outcome.flow_id,
                    may_have_happened=outcome.may_have_happened,
                )
            )
        return True

    def end(self, number: int, owner: str) -> None:
        """Note that every change of a plan has an outcome."""
        with self._database.write() as session:
            row = session.get(PlanRow, number)
            if row is not None and row.owner == owner:
                row.status = final_status(_changes(session, number))
                row.owner = row.lease_until = None
                row.finished_at = datetime.now(UTC)

    def _end_empty(self, number: int) -> None:
        with self._database.write() as session:
            session.execute(
                update(PlanRow)
                .where(PlanRow.id == number)
                .values(status="applied", finished_at=datetime.now(UTC))
            )
            session.execute(
                update(PlanChangeRow)
                .where(PlanChangeRow.plan_id == number)
                .values(status="done", outcome_flow_id=PlanChangeRow.flow_id)
            )


def _refuse(plan: Plan, digest: str, accept: set[str]) -> None:
    if plan.queued:
        raise PlanAlreadyApplied
    if plan.status == "expired":
        raise PlanExpired
    if plan.digest != digest:
        raise PlanChanged
    codes = {one.code for one in plan.unsafe}
    if accept - codes:
        raise NotInPlan(accept - codes)
    if codes - accept:
        raise PlanUnsafe(codes=", ".join(sorted(codes - accept)))


def _changes(session: Session, number: int) -> list[Change]:
    wanted = select(PlanChangeRow).where(PlanChangeRow.plan_id == number)
    rows = session.scalars(wanted.order_by(PlanChangeRow.position))
    return [_change(row) for row in rows]


def _plan(row: PlanRow, changes: Sequence[Change]) -> Plan:
    status = row.status
    if row.queued_at is None and row.expires_at <= datetime.now(UTC):
        status = "expired"
    return Plan(
        id=row.id,
        member_id=row.member_id,
        digest=row.digest,
        status=status,
        created_at=row.created_at,
        expires_at=row.expires_at,
        queued=row.queued_at is not None,
        applied_by=Author(**json.loads(row.applied_by)) if row.applied_by else None,
        accepted=frozenset(json.loads(row.accepted)),
        unsafe=[Danger(**one) for one in json.loads(row.unsafe)],
        changes=changes,
        rollout_id=row.rollout_id,
    )


def _change(row: PlanChangeRow) -> Change:
    return Change(
        key=row.key,
        action=row.action,
        flow_id=row.flow_id,
        name=row.name,
        fields=json.loads(row.fields),
        data=json.loads(row.data),
        base=json.loads(row.base) if row.base else None,
        owns=row.owns,
        reason=row.reason,
        outcome=Outcome(
            row.status, row.code, row.message, row.outcome_flow_id, row.may_have_happened
        ),
    )


def _change_row(number: int, place: int, change: Change) -> PlanChangeRow:
    # Half of a surrogate pair has no place in a database's text.
    name = change.name.encode("utf-8", "replace").decode().replace("\x00", "?")
    return PlanChangeRow(
        plan_id=number,
        position=place,
        key=change.key,
        action=change.action,
        flow_id=change.flow_id,
        name=name,
        fields=json.dumps(change.fields),
        data=json.dumps(change.data),
        base=None if change.base is None else json.dumps(change.base),
        owns=change.owns,
        reason=change.reason,
        status=change.outcome.status,
        may_have_happened=False,
    )
