"""The pace: how fast one portal is asked by all processes together, so that it never has to refuse.

Bitrix24 keeps a leaky bucket for each portal and source address: 50 requests at once and 2 a second
on ordinary plans, and answers 503 beyond (Bitrix24 docs, limits). The same bucket is kept here as
one row a portal, by the generic cell rate algorithm, in one statement a request.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import text

from bx24app.bitrix24.errors import Busy
from bx24app.store.database import Database

CLAIM = text(
    """
    INSERT INTO paces (member_id, due) VALUES (:member_id, :now + :interval)
    ON CONFLICT (member_id) DO UPDATE
      SET due = CASE WHEN paces.due > :now THEN paces.due ELSE :now END + :interval
      WHERE paces.due <= :latest
    RETURNING due
    """
)
PUSH = text(
    """
    INSERT INTO paces (member_id, due) VALUES (:member_id, :due)
    ON CONFLICT (member_id) DO UPDATE
      SET due = CASE WHEN paces.due > :due THEN paces.due ELSE :due END
    """
)
LOOK = text("SELECT due FROM paces WHERE member_id = :member_id")
FORGET = text("DELETE FROM paces WHERE member_id = :member_id")


@dataclass(frozen=True)
class Bucket:
    """How much a portal takes at once, and how many requests a second afterwards."""

    burst: int = 48
    """Two below Bitrix24's 50, because requests sent in time may still arrive together."""
    drain: float = 2.0
    reserved: int = 8
    """Room that only people get, so that a click never waits behind a program."""


class Pacing:
    """The buckets of all portals."""

    def __init__(self, database: Database, bucket: Bucket | None = None) -> None:
        """Keep the rows in `database`."""
        self._database = database
        self._bucket = bucket or Bucket()

    def of(self, member_id: str, *, person: bool, patience: float) -> PortalPace:
        """The pace towards one portal for somebody who waits at most `patience` seconds."""
        return PortalPace(self._database, self._bucket, member_id, person, patience)

    def forget(self, member_id: str) -> None:
        """Remove what is kept about a portal."""
        with self._database.write() as session:
            session.execute(FORGET, {"member_id": member_id})


class PortalPace:
    """The turns of one caller at one portal."""

    def __init__(
        self, database: Database, bucket: Bucket, member_id: str, person: bool, patience: float
    ) -> None:
        """See Pacing.of."""
        self._database = database
        self._interval = 1.0 / bucket.drain
        burst = bucket.burst if person else bucket.burst - bucket.reserved
        self._tolerance = burst * self._interval
        self._full = bucket.burst * self._interval
        self._member_id = member_id
        self._patience = patience

    def enter(self) -> None:
        """Take a turn and wait for it; raises Busy, and takes none, if the wait is too long."""
        now = time.time()
        claim = {
            "member_id": self._member_id,
            "now": now,
            "interval": self._interval,
            "latest": now + self._tolerance + self._patience - self._interval,
        }
        with self._database.write() as session:
            due = session.execute(CLAIM, claim).scalar()
        if due is None:
            raise Busy(retry_after=self._wait())
        time.sleep(max(0.0, due - self._tolerance - now))

    def refused(self, seconds: float) -> None:
        """The portal's own bucket is full: let it drain for `seconds`, at least for one request."""
        due = time.time() + self._full + max(seconds, self._interval)
        with self._database.write() as session:
            session.execute(PUSH, {"member_id": self._member_id, "due": due})

    def _wait(self) -> float:
        with self._database.read() as session:
            due = session.execute(LOOK, {"member_id": self._member_id}).scalar() or 0.0
        return max(1.0, due - self._tolerance - time.time())
