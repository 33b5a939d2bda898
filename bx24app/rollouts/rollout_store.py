"""Stored rollouts: started, looked at, cancelled, tried again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bx24app.blueprints.portal_links import hold_portal
from bx24app.portals.author import Author
from bx24app.rollouts.rollout import (
    OPEN,
    Ending,
    NoSuchRollout,
    Order,
    PortalProgress,
    Rollout,
    next_state,
    wave_numbers,
)
from bx24app.store.database import Database
from bx24app.store.rollout_models import RolloutPortalRow, RolloutRow


class RolloutStore:
    """All rollouts."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def add(self, document: str, portals: Sequence[str], order: Order, author: Author) -> int:
        """Store a new rollout of a document in JSON to `portals`; gives its number.

        Raises NoSuchPortal where one of them has left meanwhile.
        """
        with self._database.write() as session:
            for member_id in sorted(portals):
                hold_portal(session, member_id)
            row = RolloutRow(
                status="running",
                document=document,
                accepted=json.dumps(sorted(order.accept)),
                stop_after=order.stop_after,
                wave=0,
                started_by=json.dumps(asdict(author)),
                created_at=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            waves = wave_numbers(len(portals), order.waves)
            session.add_all(
                RolloutPortalRow(
                    rollout_id=row.id,
                    member_id=member_id,
                    position=place,
                    wave=waves[place],
                    variables=json.dumps(order.variables.get(member_id, {})),
                    mapping=json.dumps(order.mapping.get(member_id, {})),
                    status="waiting",
                )
                for place, member_id in enumerate(portals)
            )
            return row.id

    def get(self, number: int) -> Rollout:
        """One rollout; raises NoSuchRollout."""
        with self._database.read() as session:
            row = session.get(RolloutRow, number)
            if row is None:
                raise NoSuchRollout
            return _rollout(row, _portals(session, number))

    def page(self, before: int | None, limit: int | None) -> list[Rollout]:
        """Rollouts, the newest first, of those older than the rollout `before`."""
        wanted = select(RolloutRow).order_by(RolloutRow.id.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(RolloutRow.id < before)
        with self._database.read() as session:
            rows = session.scalars(wanted).all()
            return [_rollout(row, _portals(session, row.id)) for row in rows]

    def cancel(self, number: int) -> None:
        """Begin no other portal; those under way are finished. Raises NoSuchRollout.

        A rollout that has ended stays as it is.
        """
        with self._database.write() as session:
            row = _locked(session, number)
            session.execute(
                update(RolloutPortalRow)
                .where(RolloutPortalRow.rollout_id == number, RolloutPortalRow.status == "waiting")
                .values(status="cancelled")
            )
            if row.status in ("running", "stopped"):
                _move_on(session, row)

    def under_way(self) -> list[int]:
        """The numbers of the rollouts that have not ended, the oldest first.

        Those whose portals have come so far have begun their next wave, or have ended.
        """
        wanted = select(RolloutRow).where(RolloutRow.status == "running").order_by(RolloutRow.id)
        with self._database.read() as session:
            rows = session.scalars(wanted).all()
            ready = [one.id for one in rows if _next_state(session, one) != (one.status, one.wave)]
        # Nearly always nothing has to be written, and then nobody waits for a transaction.
        for number in ready:
            with self._database.write() as session:
                row = _locked(session, number)
                if row.status == "running":
                    _move_on(session, row)
        return [row.id for row in rows]

    def retry(self, number: int) -> None:
        """Let failed portals wait again, and go on where the rollout was stopped.

        Raises NoSuchRollout.
        """
        with self._database.write() as session:
            row = _locked(session, number)
            session.execute(
                update(RolloutPortalRow)
                .where(RolloutPortalRow.rollout_id == number, RolloutPortalRow.status == "failed")
                .values(
                    status="waiting", plan_id=None, summary=None, code=None, message=None,
                    facts=None,
                )
            )  # fmt: skip
            left = [one.wave for one in _portals(session, number) if one.status in OPEN]
            if left:
                row.status, row.wave, row.finished_at = "running", min(left), None


def _locked(session: Session, number: int) -> RolloutRow:
    """The row of a rollout, which nobody else changes meanwhile; raises NoSuchRollout."""
    row = session.get(RolloutRow, number, with_for_update=True)
    if row is None:
        raise NoSuchRollout
    return row


def _move_on(session: Session, row: RolloutRow) -> None:
    row.status, row.wave = _next_state(session, row)
    if row.status != "running":
        row.finished_at = datetime.now(UTC)


def _next_state(session: Session, row: RolloutRow) -> tuple[str, int]:
    wanted = select(RolloutPortalRow.wave, RolloutPortalRow.status)
    portals = session.execute(wanted.where(RolloutPortalRow.rollout_id == row.id)).all()
    return next_state([(one.wave, one.status) for one in portals], row.wave, row.stop_after)


def _portals(session: Session, number: int) -> list[RolloutPortalRow]:
    wanted = select(RolloutPortalRow).where(RolloutPortalRow.rollout_id == number)
    return list(session.scalars(wanted.order_by(RolloutPortalRow.position)))


def _rollout(row: RolloutRow, portals: Sequence[RolloutPortalRow]) -> Rollout:
    sizes = [one.wave for one in portals]
    return Rollout(
        id=row.id,
        status=row.status,
        created_at=row.created_at,
        started_by=Author(**json.loads(row.started_by)),
        waves=[sizes.count(wave) for wave in dict.fromkeys(sizes)],
        portals=[_portal(one) for one in portals],
    )


def _portal(row: RolloutPortalRow) -> PortalProgress:
    failure = None
    if row.code is not None:
        failure = Ending(row.code, row.message or "", json.loads(row.facts or "{}"))
    return PortalProgress(
        member_id=row.member_id,
        wave=row.wave,
        status=row.status,
        plan_id=row.plan_id,
        summary=json.loads(row.summary) if row.summary else None,
        failure=failure,
    )
