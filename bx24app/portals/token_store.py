"""Where tokens are stored and refreshed: once however many ask, and stored before use.

Whoever finds a token expired takes the row's lease in a short transaction that also notes the
intent, asks the authorization server with no transaction open, and saves the new token before
anybody uses it. Everybody else waits for the row's version to change. A process that dies on the
way leaves a lease that ends by itself; the next caller asks again, and only if the old refresh
token has become worthless meanwhile is the authorization lost.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.errors import (
    AuthorizationLost,
    Bitrix24Error,
    BulkheadFull,
    ServerDown,
)
from bx24app.bitrix24.oauth import AuthorizationServer, TokenResponse
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.portals.refresh_policy import (
    FOREIGN,
    GONE,
    INTERRUPTED,
    LONGEST_PAUSE,
    NO_ANSWER,
    after_refusal,
    after_silence,
    error_for_reason,
    is_ahead,
    is_final,
)
from bx24app.portals.state import NEWS, News, note_news
from bx24app.portals.token_rows import (
    Key,
    Lease,
    StoredToken,
    TokenRows,
    is_fresh,
    is_refused,
    refusal_of,
)
from bx24app.portals.unsaved_tokens import UnsavedTokens
from bx24app.store.counters import REFRESHES, count
from bx24app.store.database import Database
from bx24app.store.encryption import Encryption
from bx24app.store.models import OAuthTokenRow, PortalRow

LEASE = timedelta(seconds=15)
"""How long a refresh may take; the authorization server gets eleven of these seconds."""
POLL = 0.03
"""Seconds between two looks at somebody else's refresh."""
KEEP_ALIVE = timedelta(days=150)
"""A refresh token lives 180 days without use (Bitrix24 docs, auto-renewal)."""

log = logging.getLogger("bx24app.tokens")


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
        """Keep rows in `database`, encrypted by `encryption`; refresh by `oauth` in a `lease`."""
        self._database = database
        self.rows = TokenRows(encryption)
        self._oauth = oauth
        self._lease = lease
        self._unsaved = UnsavedTokens(self._saved)
        self.on_refresh: Callable[[str, TokenResponse], None] = lambda member_id, response: None
        """Told the portal and the answer of each refresh, after the new token was saved."""

    def current(
        self, member_id: str, user_id: int, on_change: Callable[[], None] | None = None
    ) -> OAuthToken:
        """The token to use now, refreshed where it has ended; raises a Bitrix24Error.

        `on_change` is called where it was refreshed.
        """
        held = self._held((member_id, user_id))
        if is_fresh(held.token):
            return held.token
        token = self._refreshed((member_id, user_id), held)
        if on_change:
            on_change()
        return token

    def refreshed(self, member_id: str, user_id: int, stale: OAuthToken) -> OAuthToken:
        """A newer token than `stale`, which the portal has refused; raises a Bitrix24Error."""
        held = self._held((member_id, user_id))
        if held.token.access_token != stale.access_token:
            return held.token
        return self._refreshed((member_id, user_id), held)

    def ask_again(self, member_id: str, user_id: int) -> OAuthToken:
        """Refresh even in a pause, to learn what the authorization server says by now.

        For whoever has to know before something is deleted; raises a Bitrix24Error.
        """
        with self._database.write() as session:
            row = session.get(OAuthTokenRow, (member_id, user_id), with_for_update=True)
            if row is not None and row.retry_at is not None:  # else it is final
                row.lost_reason = row.lost_at = row.retry_at = None
        return self._refreshed((member_id, user_id), self._held((member_id, user_id)))

    def stored(self, member_id: str, user_id: int) -> OAuthToken | None:
        """The access token that is stored, if it still lives; nobody is asked."""
        with self._database.read() as session:
            row = session.get(OAuthTokenRow, (member_id, user_id))
            token = self.rows.token(row) if row is not None else None
        return token if token and is_fresh(token) else None

    def users(self, member_id: str) -> list[int]:
        """The users of a portal whose tokens are stored, the last used first."""
        of_portal = OAuthTokenRow.member_id == member_id
        order = OAuthTokenRow.obtained_at.desc()
        with self._database.read() as session:
            return list(
                session.scalars(select(OAuthTokenRow.user_id).where(of_portal).order_by(order))
            )

    def keep_alive(self, limit: int = 100, pause: float = 1.0) -> int:
        """Refresh the longest unused of the tokens that nobody has used for months.

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
        """Refresh one, unless somebody has meanwhile."""
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
            return row is not None and self.rows.reencrypt(row)

    def _held(self, key: Key) -> StoredToken:
        """What is stored; raises the error of a token that is lost."""
        with self._database.read() as session:
            row, portal = session.get(OAuthTokenRow, key), session.get(PortalRow, key[0])
            if row is None or portal is None:
                raise AuthorizationLost
            if is_refused(row):
                raise refusal_of(row, portal)
            leased = is_ahead(row.lease_until, self._lease)
            token = self._unsaved.token(key, row.version) or self.rows.token(row)
            return StoredToken(token, row.version, portal.auth_server, leased)

    def _refreshed(self, key: Key, held: StoredToken) -> OAuthToken:
        """Refresh, or wait until somebody else has."""
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
        raise ServerDown(description="refresh by another process takes too long")

    def _leased(self, key: Key, version: int) -> Lease | None:
        """Take the lease and note the intent; None while somebody has it, an error in a pause."""
        now = datetime.now(UTC)
        with self._database.write() as session:
            row = session.get(OAuthTokenRow, key, with_for_update=True)
            if row is None:
                raise AuthorizationLost
            if row.version != version or is_ahead(row.lease_until, self._lease):
                return None
            if is_refused(row):
                raise refusal_of(row, session.get(PortalRow, key[0]))
            if row.retry_at and is_ahead(row.retry_at, LONGEST_PAUSE):
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
        # A token of another portal, stored here, would let one portal work on another's data.
        if (response.member_id or key[0], response.user_id or key[1]) != key:
            return self._refused(key, held.version, FOREIGN)
        token = self._unsaved.save(key, held, response.token)
        self.on_refresh(key[0], response)
        return token

    def _saved(self, key: Key, held: StoredToken, token: OAuthToken) -> OAuthToken:
        """Save a token that was handed out, even after the lease; an even newer one wins."""
        if not token.refresh_token:  # the server says that the old one stays
            token = OAuthToken(token.access_token, held.token.refresh_token, token.expires_at)
        with self._database.write() as session:
            portal, row = _locked(session, key)
            if portal is None or row is None:
                raise AuthorizationLost
            if row.version != held.version:
                return self.rows.token(row)
            # Bitrix24 does not document whether the old token still works.
            if token.refresh_token != held.token.refresh_token:
                self.rows.note_spent(row, held.token.refresh_token)
            self.rows.fill(row, token)
            note_news(portal, News.SUCCESS)
            count(session, {(REFRESHES, "refreshed"): 1})
        log.info("token refreshed", extra={"portal": key[0]})
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
            count(session, {(REFRESHES, "unanswered"): 1})

    def _refused(self, key: Key, version: int, reason: str) -> OAuthToken:
        """Remember that the server said no; a token that came meanwhile is given instead."""
        now = datetime.now(UTC)
        with self._database.write() as session:
            portal, row = _locked(session, key)
            if row is not None and row.version != version:
                return self.rows.token(row)
            # Said again after the pause, that we are not installed is no suspicion any more.
            before = row.lost_reason if row is not None else None
            error = error_for_reason(reason, gone=before in GONE)
            if row is not None:
                row.lost_reason, row.lost_at = reason[:64], now
                row.lease_by = row.lease_until = row.asked_at = None
                pause = after_refusal(row.failures)
                row.retry_at = None if is_final(reason, before) else now + pause
                error.retry_after = pause.total_seconds()
                row.failures += 1
            if portal is not None and type(error) in NEWS:
                note_news(portal, NEWS[type(error)], reason)
            count(session, {(REFRESHES, "refused"): 1})
        log.warning("refresh refused", extra={"portal": key[0], "error": reason})
        raise error


def _locked(session: Session, key: Key) -> tuple[PortalRow | None, OAuthTokenRow | None]:
    """Both rows of a token, locked in the order in which everybody locks them."""
    portal = session.get(PortalRow, key[0], with_for_update=True)
    return portal, session.get(OAuthTokenRow, key, with_for_update=True)
