"""Stored responses: a request repeated under one `Idempotency-Key` gets its first answer again.

Whoever carries out a request owns its row and prolongs its lease. Where the owner died, or reported
that the change may have happened, the next one takes the row over and has to look first.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bx24app.errors import Error, NoSuchPortal
from bx24app.heartbeat import Heartbeat
from bx24app.i18n import N_
from bx24app.store.database import Database
from bx24app.store.models import PortalRow, StoredResponseRow

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=30)
"""How long a row stays its owner's without a sign of life; there is one every third of it."""
MOST_ROWS = 5000
"""Rows of one API key; beyond, its oldest answers go."""
LONGEST_BODY = 64 * 1024
"""Bytes of a stored body; a longer one is read from the portal again."""
PRUNED_EVERY = 60.0
"""Seconds between two looks for what is too old."""
PIECE = 500
"""Rows removed in one statement, so that nobody waits long for the table."""

COLUMNS = tuple_(StoredResponseRow.key_id, StoredResponseRow.member_id, StoredResponseRow.name)

log = logging.getLogger("bx24app.idempotency")


@dataclass(frozen=True)
class IdempotentRequest:
    """A request that names itself: who asks about which portal, under which name, and what."""

    key_id: int
    member_id: str
    name: str
    digest: str


@dataclass(frozen=True)
class StoredResponse:
    """An answer as it was given.

    Without `body` where that was too long to keep; then `flow_id` says which flow it showed.
    """

    status: int
    headers: dict[str, str]
    body: str | None
    flow_id: int | None = None


@dataclass(frozen=True)
class Begun:
    """Permission to carry out a request, as the owner of its row.

    `look`: an earlier attempt may have done it already, so look before doing it.
    """

    asked: IdempotentRequest
    owner: str
    look: bool


class KeyReused(Error):
    """The same `Idempotency-Key` came with another request."""

    code = "idempotency_key_reused"
    changed_nothing = True
    message = N_("It belongs to another request. Send a new Idempotency-Key with this one.")


class StillRunning(Error):
    """The first request of that name has not been answered yet."""

    code = "portal_busy"
    message = N_("The same request is still being carried out. Ask again in a moment.")


class StoredResponses:
    """The answers of the last day."""

    def __init__(
        self, database: Database, *, lease: timedelta = LEASE, most_rows: int = MOST_ROWS
    ) -> None:
        """Keep them in `database`; see LEASE and MOST_ROWS."""
        self._database = database
        self._lease = lease
        self._most_rows = most_rows
        self._heartbeat = Heartbeat(self._prolong, lease.total_seconds() / 3)
        self._pruned = -PRUNED_EVERY

    def begin(self, asked: IdempotentRequest) -> StoredResponse | Begun:
        """The answer given before, or the permission to carry the request out.

        Raises KeyReused, StillRunning while somebody else carries the request out, and
        NoSuchPortal.
        """
        if time.monotonic() - self._pruned > PRUNED_EVERY:
            self.prune()
        try:
            with self._database.write() as session:
                found = self._begin(session, asked, datetime.now(UTC))
        except IntegrityError:  # of two first ones the other was quicker
            found = None
        if found is None:
            raise StillRunning(retryable=True, retry_after=1)
        return found

    def _begin(
        self, session: Session, asked: IdempotentRequest, now: datetime
    ) -> StoredResponse | Begun | None:
        """See `begin`; None while somebody else carries the request out."""
        # FOR UPDATE makes a second process wait here on PostgreSQL; SQLite has locked already.
        row = session.get(StoredResponseRow, _key(asked), with_for_update=True)
        running = bool(row and row.lease_until and row.lease_until > now)
        # An expired answer is forgotten even if `prune` has not come to it yet.
        if row is not None and not running and row.asked_at <= now - KEPT:
            session.delete(row)
            session.flush()
            row = None
        # Checked before the answer: another request must not get this one's.
        if row is not None and row.request_digest != asked.digest:
            raise KeyReused
        if row is not None and row.status is not None:
            return StoredResponse(
                row.status, json.loads(row.headers or "{}"), row.body, row.flow_id
            )
        if row is not None and row.lease_until is not None and running:
            # Where our clock has gone back, a dead owner's lease ends all the same; a living one
            # prolongs it meanwhile.
            row.lease_until = min(row.lease_until, now + self._lease)
            return None
        # New for each attempt, so that an attempt that was given up cannot store its answer.
        owner = secrets.token_hex(8)
        # An owner that is still named died before it could say how far it came.
        look = row is not None and (row.uncertain or row.owner is not None)
        if row is None:
            _require_portal(session, asked.member_id)
            row = StoredResponseRow(
                key_id=asked.key_id,
                member_id=asked.member_id,
                name=asked.name,
                request_digest=asked.digest,
                asked_at=now,
            )
            session.add(row)
        row.owner, row.lease_until, row.uncertain = owner, now + self._lease, look
        session.flush()
        self._make_room(session, asked.key_id)
        return Begun(asked, owner, look)

    @contextmanager
    def carrying_out(self, begun: Begun) -> Iterator[None]:
        """Keep the row alive for as long as the request is carried out."""
        # A portal that is slow may take longer than the lease.
        with self._heartbeat.of(begun.owner):
            yield

    def finish(self, begun: Begun, response: StoredResponse) -> None:
        """Keep the answer for whoever asks again.

        The work is done already, so a failure is logged only: the row's lease ends, and whoever
        asks again looks first.
        """
        self._write(
            begun,
            {
                "status": response.status,
                "headers": json.dumps(response.headers),
                "body": response.body,
                "flow_id": response.flow_id,
                "uncertain": False,
            },
        )

    def release(self, begun: Begun, *, uncertain: bool) -> None:
        """Keep no answer: the same request may be tried again.

        `uncertain`: it may have been carried out all the same. What an earlier attempt left
        uncertain stays so. A failure is logged only, as in `finish`.
        """
        self._write(begun, {"uncertain": uncertain or begun.look})

    def prune(self) -> None:
        """Remove what is older than a day, in pieces; a failure is logged only."""
        # Set first, so that a failing database is not asked again by each request.
        self._pruned = time.monotonic()
        now = datetime.now(UTC)
        old = (
            select(StoredResponseRow.key_id, StoredResponseRow.member_id, StoredResponseRow.name)
            .where(
                StoredResponseRow.asked_at <= now - KEPT,
                or_(StoredResponseRow.lease_until.is_(None), StoredResponseRow.lease_until < now),
            )
            .limit(PIECE)
        )
        try:
            with self._database.write() as session:
                # After our clock went back nothing is kept for longer than a day from now.
                session.execute(
                    update(StoredResponseRow)
                    .where(StoredResponseRow.asked_at > now)
                    .values(asked_at=now)
                )
            # Each piece has a transaction of its own, so writers wait for one piece at most.
            removed = PIECE
            while removed == PIECE:
                with self._database.write() as session:
                    keys = [tuple(row) for row in session.execute(old)]
                    session.execute(delete(StoredResponseRow).where(COLUMNS.in_(keys)))
                removed = len(keys)
        except Exception:
            log.exception("old responses could not be removed")

    def _make_room(self, session: Session, key_id: int) -> None:
        """Remove the oldest answers of an API key that has too many."""
        oldest = (
            select(StoredResponseRow.asked_at)
            .where(StoredResponseRow.key_id == key_id)
            .order_by(StoredResponseRow.asked_at.desc())
            .offset(self._most_rows)
            .limit(1)
            .scalar_subquery()
        )
        session.execute(
            delete(StoredResponseRow)
            # A row that somebody owns stays: its request is being carried out.
            .where(StoredResponseRow.key_id == key_id, StoredResponseRow.owner.is_(None))
            .where(StoredResponseRow.asked_at <= oldest)
            .execution_options(synchronize_session=False)
        )

    def _write(self, begun: Begun, values: dict[str, object]) -> None:
        """Give a row up with these values, unless somebody else has taken it over."""
        try:
            with self._database.write() as session:
                session.execute(
                    update(StoredResponseRow)
                    # The lease may have ended, and the row may belong to whoever took it over.
                    .where(_is(begun.asked), StoredResponseRow.owner == begun.owner)
                    .values(owner=None, lease_until=None, **values)
                )
        except Exception:
            log.exception("a response could not be stored")

    def _prolong(self, owners: set[str]) -> None:
        with self._database.write() as session:
            session.execute(
                update(StoredResponseRow)
                # By owner, not by row: a row that was taken over has another one.
                .where(StoredResponseRow.owner.in_(owners))
                .values(lease_until=datetime.now(UTC) + self._lease)
            )


def _require_portal(session: Session, member_id: str) -> None:
    """Raise NoSuchPortal where a portal has left, with whatever was stored about it."""
    # Its row stays as long as this transaction lasts; only a key share lets others change it.
    lock = {"read": True, "key_share": True}
    if member_id and session.get(PortalRow, member_id, with_for_update=lock) is None:
        raise NoSuchPortal


def _key(asked: IdempotentRequest) -> tuple[int, str, str]:
    return asked.key_id, asked.member_id, asked.name


def _is(asked: IdempotentRequest) -> ColumnElement[bool]:
    """The condition that a row is that of a request."""
    return and_(
        StoredResponseRow.key_id == asked.key_id,
        StoredResponseRow.member_id == asked.member_id,
        StoredResponseRow.name == asked.name,
    )
