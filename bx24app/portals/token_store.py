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

from bx24app.bitrix24.errors import AuthorizationLost, Bitrix24Error, BulkheadFull, ServerDown
from bx24app.bitrix24.oauth import AuthorizationServer
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.portals.refresh_policy import (
    FINAL,
    FOREIGN,
    INTERRUPTED,
    NO_ANSWER,
    after_refusal,
    after_silence,
    error_for_reason,
)
from bx24app.portals.unsaved_tokens import UnsavedTokens
from bx24app.store.database import Database, DatabaseAway
from bx24app.store.encryption import Encryption
from bx24app.store.models import OAuthTokenRow, PortalRow

LEASE = timedelta(seconds=15)
"""How long a renewal may take; the authorization server gets eleven of these seconds."""
POLL = 0.03
"""Seconds between two looks at somebody else's renewal."""
EARLY = timedelta(seconds=30)
"""A token this close to its end counts as ended, so that it does not end on the way."""
KEEP_ALIVE = timedelta(days=150)
"""A refresh token lives 180 days without use (Bitrix24 docs, auto-renewal)."""

log = logging.getLogger("bx24app.tokens")

Key = tuple[str, int]
"""A portal's member_id and the number of a user there."""


@dataclass(frozen=True)
class StoredToken:
    """A token as it stands in its row."""

    token: OAuthToken
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


class TokenStore:
    """The tokens of all users of all portals."""

    def __init__(
        self,
        database: Database,
        encryption: Encryption,
        oauth: AuthorizationServer,
        *,
        lease: timedelta = LEASE,
    ) -> None:
        """Rows in `database`, tokens under `encryption`, renewals by `auth` within a `lease`."""
        self._database = database
        self._encryption = encryption
        self._oauth = oauth
        self._lease = lease
        self._unsaved = UnsavedTokens(self._saved)

    def take(self, session: Session, member_id: str, user_id: int, token: OAuthToken) -> None:
        """Store a proven pair inside the caller's transaction; it heals what was lost."""
        row = session.get(OAuthTokenRow, (member_id, user_id))
        if row is None:
            row = OAuthTokenRow(member_id=member_id, user_id=user_id, version=0)
            session.add(row)
        self._fill(row, token)

    def current(self, member_id: str, user_id: int) -> OAuthToken:
        """The token to use now, renewed where it has ended; raises a Bitrix24Error."""
        held = self._held((member_id, user_id))
        if is_fresh(held.token):
            return held.token
        return self._refreshed((member_id, user_id), held)

    def refreshed(self, member_id: str, user_id: int, stale: OAuthToken) -> OAuthToken:
        """A newer token than `stale`, which the portal has refused; raises a Bitrix24Error."""
        held = self._held((member_id, user_id))
        if held.token.access_token != stale.access_token:
            return held.token
        return self._refreshed((member_id, user_id), held)

    def keep_alive(self, limit: int = 100, pause: float = 1.0) -> int:
        """Renew the longest unused of the tokens that nobody has used for months.

        At most `limit`, `pause` seconds apart; gives how many it tried.
        """
        now = datetime.now(UTC)
        with self._database.read() as session:
            due = session.execute(
                select(OAuthTokenRow.member_id, OAuthTokenRow.user_id, OAuthTokenRow.version)
                .where(
                    OAuthTokenRow.obtained_at < now - KEEP_ALIVE, OAuthTokenRow.lost_at.is_(None)
                )
                .where(or_(OAuthTokenRow.retry_at.is_(None), OAuthTokenRow.retry_at < now))
                .order_by(OAuthTokenRow.obtained_at)
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
                self._refreshed(key, held)
        except Bitrix24Error as error:
            log.warning("not kept alive", extra={"portal": key[0], "error": error.code})

    def reencrypt(self) -> int:
        """Re-encrypt every token that the first key did not encrypt; gives how many."""
        with self._database.read() as session:
            keys = session.execute(select(OAuthTokenRow.member_id, OAuthTokenRow.user_id)).all()
        return sum(self._reencrypt_one(member_id, user_id) for member_id, user_id in keys)

    def _reencrypt_one(self, member_id: str, user_id: int) -> bool:
        with self._database.write() as session:
            row = session.get(OAuthTokenRow, (member_id, user_id), with_for_update=True)
            if row is None or self._encryption.is_current(row.access_token):
                return False
            token = self._opened(row)
            row.access_token = self._closed("access_token", row, token.access_token)
            row.refresh_token = self._closed("refresh_token", row, token.refresh_token)
            return True

    def _held(self, key: Key) -> StoredToken:
        """What is stored; raises the error of a token that is lost."""
        with self._database.read() as session:
            row, portal = session.get(OAuthTokenRow, key), session.get(PortalRow, key[0])
            if row is None or portal is None:
                raise AuthorizationLost
            if is_refused(row):
                raise error_for_reason(str(row.lost_reason))
            leased = bool(row.lease_until and row.lease_until > datetime.now(UTC))
            token = self._unsaved.token(key, row.version) or self._opened(row)
            return StoredToken(token, row.version, portal.auth_server, leased)

    def _refreshed(self, key: Key, held: StoredToken) -> OAuthToken:
        """Renew, or wait until somebody else has."""
        deadline = time.monotonic() + 2 * self._lease.total_seconds()
        now = held
        while time.monotonic() < deadline:
            if now.version != held.version:
                return now.token
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
            row = session.get(OAuthTokenRow, key, with_for_update=True)
            if row is None:
                raise AuthorizationLost
            if row.version != version or (row.lease_until and row.lease_until > now):
                return None
            if is_refused(row):
                raise error_for_reason(str(row.lost_reason))
            if row.retry_at and row.retry_at > now:
                raise ServerDown(retry_after=(row.retry_at - now).total_seconds())
            lease = Lease(secrets.token_hex(8), interrupted=row.asked_at is not None)
            row.lease_by, row.lease_until, row.asked_at = lease.by, now + self._lease, now
            return lease

    def _ask(self, key: Key, held: StoredToken, lease: Lease) -> OAuthToken:
        try:
            response = self._oauth.refresh(held.server, held.token.refresh_token)
        except NO_ANSWER as error:
            # Where we are too many ourselves, the server has not been silent.
            self._pause(key, held.version, lease, asked=not isinstance(error, BulkheadFull))
            # Whatever the caller wanted has not been sent to the portal yet.
            raise ServerDown(error.portal_error, error.portal_description) from None
        except Bitrix24Error as error:
            reason = (error.portal_error or error.code).lower()
            if lease.interrupted and reason == "invalid_grant":
                reason = INTERRUPTED
            return self._refused(key, held.version, reason)
        if (response.member_id or key[0], response.user_id or key[1]) != key:
            return self._refused(key, held.version, FOREIGN)
        return self._saved_or_kept(key, held, response.token)

    def _saved_or_kept(self, key: Key, held: StoredToken, token: OAuthToken) -> OAuthToken:
        """Save a token that was handed out, or keep it until the database is back."""
        if not token.refresh_token:  # the server says that the old one stays
            token = OAuthToken(token.access_token, held.token.refresh_token, token.expires_at)
        try:
            return self._saved(key, held, token)
        except DatabaseAway:
            self._unsaved.keep(key, held, token)
            return token

    def _saved(self, key: Key, held: StoredToken, token: OAuthToken) -> OAuthToken:
        """Save a pair that was handed out, even after the lease; an even newer one wins."""
        if not token.refresh_token:  # the server says that the old one stays
            token = OAuthToken(token.access_token, held.token.refresh_token, token.expires_at)
        with self._database.write() as session:
            row = session.get(OAuthTokenRow, key, with_for_update=True)
            if row is None:
                raise AuthorizationLost
            if row.version != held.version:
                return self._opened(row)
            self._fill(row, token)
        log.info("token renewed", extra={"portal": key[0]})
        return token

    def _pause(self, key: Key, version: int, lease: Lease, *, asked: bool) -> None:
        """No answer: let the lease go, and ask again only after a growing pause if it was asked."""
        with self._database.write() as session:
            row = session.get(OAuthTokenRow, key, with_for_update=True)
            if row is None or row.version != version or row.lease_by != lease.by:
                return
            if asked:
                row.retry_at = datetime.now(UTC) + after_silence(row.failures)
                row.failures += 1
            elif not lease.interrupted:
                row.asked_at = None
            row.lease_by = row.lease_until = None

    def _refused(self, key: Key, version: int, reason: str) -> OAuthToken:
        """The server said no, and it is remembered; a pair that came meanwhile is given instead."""
        now = datetime.now(UTC)
        with self._database.write() as session:
            row = session.get(OAuthTokenRow, key, with_for_update=True)
            if row is not None and row.version != version:
                return self._opened(row)
            if row is not None:
                row.lost_reason, row.lost_at = reason[:64], now
                row.lease_by = row.lease_until = row.asked_at = None
                row.retry_at = now + after_refusal(row.failures)
                row.failures += 1
        log.warning("authorization lost", extra={"portal": key[0], "error": reason})
        raise error_for_reason(reason)

    def _fill(self, row: OAuthTokenRow, token: OAuthToken) -> None:
        row.access_token = self._closed("access_token", row, token.access_token)
        row.refresh_token = self._closed("refresh_token", row, token.refresh_token)
        row.expires_at, row.obtained_at = token.expires_at, datetime.now(UTC)
        row.version += 1
        row.failures = 0
        row.lease_by = row.lease_until = row.asked_at = row.retry_at = None
        row.lost_reason = row.lost_at = None

    def _opened(self, row: OAuthTokenRow) -> OAuthToken:
        place = row.member_id, row.user_id
        return OAuthToken(
            self._encryption.decrypt(row.access_token, "oauth_tokens", "access_token", *place),
            self._encryption.decrypt(row.refresh_token, "oauth_tokens", "refresh_token", *place),
            row.expires_at,
        )

    def _closed(self, column: str, row: OAuthTokenRow, token: str) -> bytes:
        return self._encryption.encrypt(token, "oauth_tokens", column, row.member_id, row.user_id)


class UserTokenSource:
    """The token of one user on one portal, as a client wants it for one piece of work."""

    def __init__(self, tokens: TokenStore, member_id: str, user_id: int) -> None:
        """See Grants."""
        self._tokens, self._member_id, self._user_id = tokens, member_id, user_id
        self._known: OAuthToken | None = None

    def token(self) -> OAuthToken:
        """The token to use now; looked up again only when it ends."""
        if self._known is None or not is_fresh(self._known):
            self._known = self._tokens.current(self._member_id, self._user_id)
        return self._known

    def refreshed(self, stale: OAuthToken) -> OAuthToken:
        """A newer one than `stale`."""
        self._known = self._tokens.refreshed(self._member_id, self._user_id, stale)
        return self._known


def is_fresh(token: OAuthToken) -> bool:
    """Whether the access token will still live when it arrives."""
    return token.expires_at - EARLY > datetime.now(UTC)


def is_refused(row: OAuthTokenRow) -> bool:
    """Whether the server is not to be asked: it refused for good, or just now."""
    if not row.lost_reason:
        return False
    paused = row.retry_at is None or row.retry_at > datetime.now(UTC)
    return paused or row.lost_reason in FINAL
