"""Grants kept alive: one renewal however many ask, saved before use, never lost and never spun on.

A renewal is a row's business. Whoever finds a token expired takes the row's lease in a short
transaction that also notes the intent, asks the authorization server with no transaction open, and
saves the new pair before anybody uses it. Everybody else waits for the row's version to move. A
process that dies on the way leaves a lease that ends by itself; the next caller asks again, and
only if the old refresh token has become worthless meanwhile is the authorization lost.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.auth import AuthServer, Grant
from bx24app.bitrix24.errors import AuthorizationLost, Bitrix24Error, ServerDown
from bx24app.bitrix24.refusals import (
    FINAL,
    FOREIGN,
    INTERRUPTED,
    SILENCE,
    after_refusal,
    after_silence,
    lost,
)
from bx24app.store.database import Database
from bx24app.store.models import GrantRow, PortalRow
from bx24app.store.seal import Seal

LEASE = timedelta(seconds=15)
"""How long a renewal may take; the authorization server gets eleven of these seconds."""
POLL = 0.03
"""Seconds between two looks at somebody else's renewal."""
EARLY = timedelta(seconds=30)
"""A token this close to its end counts as ended, so that it does not end on the way."""
KEEP_ALIVE = timedelta(days=150)
"""A refresh token lives 180 days without use (Bitrix24 docs, auto-renewal)."""

log = logging.getLogger("bx24app.grants")

Key = tuple[str, int]
"""A portal's member_id and the number of a user there."""


@dataclass(frozen=True)
class Held:
    """A grant as it stands in its row."""

    grant: Grant
    version: int
    server: str
    leased: bool
    """Somebody is renewing it."""


@dataclass(frozen=True)
class Lease:
    """The right to renew for a while."""

    by: str
    interrupted: bool
    """Somebody asked before and never came back with an answer."""


class Grants:
    """The grants of all users of all portals."""

    def __init__(
        self, database: Database, seal: Seal, auth: AuthServer, *, lease: timedelta = LEASE
    ) -> None:
        """Rows in `database`, tokens under `seal`, renewals by `auth` within a `lease`."""
        self._database = database
        self._seal = seal
        self._auth = auth
        self._lease = lease

    def take(self, session: Session, member_id: str, user_id: int, grant: Grant) -> None:
        """Store a proven pair inside the caller's transaction; it heals what was lost."""
        row = session.get(GrantRow, (member_id, user_id))
        if row is None:
            row = GrantRow(member_id=member_id, user_id=user_id, version=0)
            session.add(row)
        self._fill(row, grant)

    def current(self, member_id: str, user_id: int) -> Grant:
        """The grant to use now, renewed where it has ended; raises a Bitrix24Error."""
        held = self._held((member_id, user_id))
        if is_fresh(held.grant):
            return held.grant
        return self._renewed((member_id, user_id), held)

    def renewed(self, member_id: str, user_id: int, stale: Grant) -> Grant:
        """A newer grant than `stale`, which the portal has refused; raises a Bitrix24Error."""
        held = self._held((member_id, user_id))
        if held.grant.access_token != stale.access_token:
            return held.grant
        return self._renewed((member_id, user_id), held)

    def keep_alive(self, limit: int = 100, pause: float = 1.0) -> int:
        """Renew the longest unused of the grants that nobody has used for months.

        At most `limit`, `pause` seconds apart; gives how many it tried.
        """
        now = datetime.now(UTC)
        with self._database.read() as session:
            due = session.execute(
                select(GrantRow.member_id, GrantRow.user_id, GrantRow.version)
                .where(GrantRow.obtained_at < now - KEEP_ALIVE, GrantRow.lost_at.is_(None))
                .where(or_(GrantRow.retry_at.is_(None), GrantRow.retry_at < now))
                .order_by(GrantRow.obtained_at)
                .limit(limit)
            ).all()
        for member_id, user_id, version in due:
            self._keep_alive((member_id, user_id), version)
            time.sleep(pause)
        return len(due)

    def _keep_alive(self, key: Key, version: int) -> None:
        """Renew one, unless somebody has meanwhile."""
        try:
            held = self._held(key)
            if held.version == version:
                self._renewed(key, held)
        except Bitrix24Error as error:
            log.warning("not kept alive", extra={"portal": key[0], "error": error.code})

    def reseal(self) -> int:
        """Re-encrypt every token that the first key did not seal; gives how many rows changed."""
        with self._database.read() as session:
            keys = session.execute(select(GrantRow.member_id, GrantRow.user_id)).all()
        return sum(self._reseal_one(member_id, user_id) for member_id, user_id in keys)

    def _reseal_one(self, member_id: str, user_id: int) -> bool:
        with self._database.write() as session:
            row = session.get(GrantRow, (member_id, user_id), with_for_update=True)
            if row is None or self._seal.is_current(row.access_token):
                return False
            grant = self._opened(row)
            row.access_token = self._closed("access_token", row, grant.access_token)
            row.refresh_token = self._closed("refresh_token", row, grant.refresh_token)
            return True

    def _held(self, key: Key) -> Held:
        """What is stored; raises the error of a grant that is lost."""
        with self._database.read() as session:
            row, portal = session.get(GrantRow, key), session.get(PortalRow, key[0])
            if row is None or portal is None:
                raise AuthorizationLost
            if is_shut(row):
                raise lost(str(row.lost_reason))
            leased = bool(row.lease_until and row.lease_until > datetime.now(UTC))
            return Held(self._opened(row), row.version, portal.auth_server, leased)

    def _renewed(self, key: Key, held: Held) -> Grant:
        """Renew, or wait until somebody else has."""
        deadline = time.monotonic() + 2 * self._lease.total_seconds()
        now = held
        while time.monotonic() < deadline:
            if now.version != held.version:
                return now.grant
            lease = None if now.leased else self._leased(key, held.version)
            if lease:
                return self._ask(key, held, lease)
            time.sleep(POLL)
            now = self._held(key)
        raise ServerDown(description="renewal by another process takes too long")

    def _leased(self, key: Key, version: int) -> Lease | None:
        """Take the lease and note the intent; None while somebody has it, an error in a pause."""
        now = datetime.now(UTC)
        with self._database.write() as session:
            row = session.get(GrantRow, key, with_for_update=True)
            if row is None:
                raise AuthorizationLost
            if row.version != version or (row.lease_until and row.lease_until > now):
                return None
            if is_shut(row):
                raise lost(str(row.lost_reason))
            if row.retry_at and row.retry_at > now:
                raise ServerDown(retry_after=(row.retry_at - now).total_seconds())
            lease = Lease(secrets.token_hex(8), interrupted=row.asked_at is not None)
            row.lease_by, row.lease_until, row.asked_at = lease.by, now + self._lease, now
            return lease

    def _ask(self, key: Key, held: Held, lease: Lease) -> Grant:
        try:
            issued = self._auth.renew(held.server, held.grant.refresh_token)
        except SILENCE as error:
            self._pause(key, held.version, lease)
            # Whatever the caller wanted has not been sent to the portal yet.
            raise ServerDown(error.portal_error, error.portal_description) from None
        except Bitrix24Error as error:
            reason = (error.portal_error or error.code).lower()
            if lease.interrupted and reason == "invalid_grant":
                reason = INTERRUPTED
            return self._refused(key, held.version, reason)
        if (issued.member_id or key[0], issued.user_id or key[1]) != key:
            return self._refused(key, held.version, FOREIGN)
        return self._saved(key, held, issued.grant)

    def _saved(self, key: Key, held: Held, grant: Grant) -> Grant:
        """Save a pair that was handed out, even after the lease; an even newer one wins."""
        if not grant.refresh_token:  # the server says that the old one stays
            grant = Grant(grant.access_token, held.grant.refresh_token, grant.expires_at)
        with self._database.write() as session:
            row = session.get(GrantRow, key, with_for_update=True)
            if row is None:
                raise AuthorizationLost
            if row.version != held.version:
                return self._opened(row)
            self._fill(row, grant)
        log.info("grant renewed", extra={"portal": key[0]})
        return grant

    def _pause(self, key: Key, version: int, lease: Lease) -> None:
        """No answer: let the lease go and ask again only after a growing pause."""
        with self._database.write() as session:
            row = session.get(GrantRow, key, with_for_update=True)
            if row is None or row.version != version or row.lease_by != lease.by:
                return
            row.retry_at = datetime.now(UTC) + after_silence(row.failures)
            row.failures += 1
            row.lease_by = row.lease_until = None

    def _refused(self, key: Key, version: int, reason: str) -> Grant:
        """The server said no, and it is remembered; a pair that came meanwhile is given instead."""
        now = datetime.now(UTC)
        with self._database.write() as session:
            row = session.get(GrantRow, key, with_for_update=True)
            if row is not None and row.version != version:
                return self._opened(row)
            if row is not None:
                row.lost_reason, row.lost_at = reason[:64], now
                row.lease_by = row.lease_until = row.asked_at = None
                row.retry_at = now + after_refusal(row.failures)
                row.failures += 1
        log.warning("authorization lost", extra={"portal": key[0], "error": reason})
        raise lost(reason)

    def _fill(self, row: GrantRow, grant: Grant) -> None:
        row.access_token = self._closed("access_token", row, grant.access_token)
        row.refresh_token = self._closed("refresh_token", row, grant.refresh_token)
        row.expires_at, row.obtained_at = grant.expires_at, datetime.now(UTC)
        row.version += 1
        row.failures = 0
        row.lease_by = row.lease_until = row.asked_at = row.retry_at = None
        row.lost_reason = row.lost_at = None

    def _opened(self, row: GrantRow) -> Grant:
        place = row.member_id, row.user_id
        return Grant(
            self._seal.open(row.access_token, "grants", "access_token", *place),
            self._seal.open(row.refresh_token, "grants", "refresh_token", *place),
            row.expires_at,
        )

    def _closed(self, column: str, row: GrantRow, token: str) -> bytes:
        return self._seal.close(token, "grants", column, row.member_id, row.user_id)


class UserGrant:
    """The grant of one user on one portal, as a client wants it for one piece of work."""

    def __init__(self, grants: Grants, member_id: str, user_id: int) -> None:
        """See Grants."""
        self._grants, self._member_id, self._user_id = grants, member_id, user_id
        self._known: Grant | None = None

    def grant(self) -> Grant:
        """The grant to use now; looked up again only when it ends."""
        if self._known is None or not is_fresh(self._known):
            self._known = self._grants.current(self._member_id, self._user_id)
        return self._known

    def renewed(self, stale: Grant) -> Grant:
        """A newer one than `stale`."""
        self._known = self._grants.renewed(self._member_id, self._user_id, stale)
        return self._known


def is_fresh(grant: Grant) -> bool:
    """Whether the access token will still live when it arrives."""
    return grant.expires_at - EARLY > datetime.now(UTC)


def is_shut(row: GrantRow) -> bool:
    """Whether the server is not to be asked: it refused for good, or just now."""
    if not row.lost_reason:
        return False
    paused = row.retry_at is None or row.retry_at > datetime.now(UTC)
    return paused or row.lost_reason in FINAL
