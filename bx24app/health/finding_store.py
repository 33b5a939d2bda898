"""Keeps findings: a trouble keeps its number and its date while it lasts."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bx24app.blueprints.portal_links import hold_portal
from bx24app.health.finding import SEVERITIES, Finding, NoSuchFinding
from bx24app.store.database import Database
from bx24app.store.health_models import FindingRow, HealthLookRow


class FindingStore:
    """Findings by portal, and when each portal was looked at."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def looked_at(self, member_id: str) -> datetime | None:
        """When a portal was looked at last; None where it never was."""
        with self._database.read() as session:
            row = session.get(HealthLookRow, member_id)
            return row.at if row else None

    def put(self, member_id: str, at: datetime, findings: Iterable[Finding]) -> None:
        """Note a look: what is found again keeps its number, what is over goes. NoSuchPortal."""
        now = {(one.flow_id, one.code): one for one in findings}
        with self._database.write() as session:
            # Two looks at once would both find nothing to go on with.
            hold_portal(session, member_id, alone=True)
            session.merge(HealthLookRow(member_id=member_id, at=at))
            for row in session.scalars(_of(member_id)).all():
                again = now.pop((row.flow_id, row.code), None)
                if again is None:
                    session.delete(row)
                else:
                    row.content = _content(again)
            for one in now.values():
                session.add(_new_row(member_id, at, one))

    def all(self, member_id: str) -> list[Finding]:
        """Everything that is wrong on a portal, the worst first."""
        with self._database.read() as session:
            found = [_finding(row) for row in session.scalars(_of(member_id))]
        return sorted(found, key=lambda one: (SEVERITIES.index(one.severity), one.name, one.code))

    def get(self, member_id: str, number: int) -> Finding:
        """One finding; raises NoSuchFinding."""
        with self._database.read() as session:
            return _finding(_row(session, member_id, number))

    def mute(self, member_id: str, number: int, days: int) -> Finding:
        """Say nothing of a finding for so many days, 0 for at once again; raises NoSuchFinding."""
        with self._database.write() as session:
            row = _row(session, member_id, number)
            row.muted_until = datetime.now(UTC) + timedelta(days=days) if days else None
            session.flush()
            return _finding(row)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many findings that are not muted each portal has, by severity."""
        now = datetime.now(UTC)
        found: dict[str, dict[str, int]] = {}
        with self._database.read() as session:
            for look in session.scalars(select(HealthLookRow)):
                found[look.member_id] = dict.fromkeys(SEVERITIES, 0)
            for row in session.scalars(select(FindingRow)):
                if row.muted_until is None or row.muted_until <= now:
                    counts = found.setdefault(row.member_id, dict.fromkeys(SEVERITIES, 0))
                    counts[row.severity] += 1
        return found


def _of(member_id: str) -> Select[FindingRow]:
    return select(FindingRow).where(FindingRow.member_id == member_id)


def _row(session: Session, member_id: str, number: int) -> FindingRow:
    row = session.get(FindingRow, number)
    if row is None or row.member_id != member_id:
        raise NoSuchFinding
    return row


def _new_row(member_id: str, at: datetime, one: Finding) -> FindingRow:
    return FindingRow(
        member_id=member_id,
        flow_id=one.flow_id,
        code=one.code,
        severity=one.severity,
        since=at,
        muted_until=None,
        content=_content(one),
    )


def _content(one: Finding) -> str:
    kept = {
        "name": one.name,
        "message": one.message,
        "facts": dict(one.facts),
        "details": dict(one.details),
        "mend": one.mend,
        "changes": dict(one.changes),
    }
    return json.dumps(kept)


def _finding(row: FindingRow) -> Finding:
    until = row.muted_until
    muted = until if until is not None and until > datetime.now(UTC) else None
    return Finding(
        code=row.code,
        flow_id=row.flow_id,
        id=row.id,
        since=row.since,
        muted_until=muted,
        **json.loads(row.content),
    )
