"""Reads and writes the rows of tokens; a refresh token that was spent is never stored again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bx24app.bitrix24.errors import Bitrix24Error
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.portals.refresh_policy import LONGEST_PAUSE, OF_TOKEN, error_for_reason, is_ahead
from bx24app.portals.state import Status
from bx24app.store.database import insert_if_absent
from bx24app.store.encryption import Encryption, secret_digest
from bx24app.store.models import OAuthTokenRow, PortalRow

EARLY = timedelta(seconds=30)
"""A token this close to its end counts as ended, so that it does not end on the way."""
SPENT_KEPT = 8
"""Spent refresh tokens remembered of each user; a launch can be posted again for an hour only."""

Key = tuple[str, int]
"""A portal's member_id and the number of a user there."""


@dataclass(frozen=True)
class StoredToken:
    """A token as it stands in its row."""

    token: OAuthToken
    version: int
    server: str
    leased: bool
    """Somebody is refreshing it."""


@dataclass(frozen=True)
class Lease:
    """The right to refresh for a while."""

    by: str
    interrupted: bool
    """An earlier refresh was begun, and its answer was never stored."""


class TokenRows:
    """What is read from and written to the rows of tokens, inside the caller's transaction."""

    def __init__(self, encryption: Encryption) -> None:
        """Encrypt and decrypt by `encryption`."""
        self._encryption = encryption

    def take(self, session: Session, member_id: str, user_id: int, token: OAuthToken) -> None:
        """Store a proven token; this ends a lost authorization.

        A launch can be posted twice: a refresh token that was exchanged here already, or is being
        exchanged just now, does not replace what is stored.
        """
        key = (member_id, user_id)
        row = session.get(OAuthTokenRow, key, with_for_update=True)
        if row is None:
            # Only a row that exists can be locked, and two first launches may arrive together; so
            # an empty row is inserted first.
            now = datetime.now(UTC)
            empty = {
                "member_id": member_id,
                "user_id": user_id,
                "access_token": b"",
                "refresh_token": b"",
                "version": 0,
                "failures": 0,
                "expires_at": now,
                "obtained_at": now,
                "spent_digests": "",
            }
            insert_if_absent(session, OAuthTokenRow, empty)
            row = session.get_one(OAuthTokenRow, key, with_for_update=True)
        known = set(row.spent_digests.split(","))
        if row.version:
            # Filling in the stored token again would take the lease from a refresh under way.
            known.add(_spent_digest(self.token(row).refresh_token))
        if _spent_digest(token.refresh_token) not in known:
            self.fill(row, token)

    def end_pauses(
        self, session: Session, member_id: str, reasons: frozenset[str] | None = None
    ) -> None:
        """Let a portal's tokens be refreshed again at once, after good news of the portal.

        `reasons` narrows it to pauses for these reasons; what is about the token itself stays.
        """
        of_portal = OAuthTokenRow.member_id == member_id
        refused = OAuthTokenRow.lost_reason.is_not(None)
        rows = select(OAuthTokenRow).where(of_portal, refused).with_for_update()
        for row in session.scalars(rows):
            # News of the portal cannot revive a token that is invalid itself.
            if row.lost_reason not in OF_TOKEN and (reasons is None or row.lost_reason in reasons):
                row.lost_reason = row.lost_at = row.retry_at = None

    def doubt(self, session: Session, key: Key, reason: str) -> None:
        """Write down that the portal does not let this user work with us; nothing is paused."""
        row = session.get(OAuthTokenRow, key, with_for_update=True)
        if row is not None:
            row.doubted_at = row.doubted_at or datetime.now(UTC)
            row.doubted_reason = reason.lower()[:64]

    def trust(self, session: Session, key: Key) -> None:
        """Write down that the portal does let this user work with us."""
        row = session.get(OAuthTokenRow, key, with_for_update=True)
        if row is not None:
            row.doubted_at = row.doubted_reason = None

    def fill(self, row: OAuthTokenRow, token: OAuthToken) -> None:
        """Put a token into its row, and clear what was noted of the one before."""
        row.access_token = self._encrypted("access_token", row, token.access_token)
        row.refresh_token = self._encrypted("refresh_token", row, token.refresh_token)
        row.expires_at, row.obtained_at = token.expires_at, datetime.now(UTC)
        # The version tells everybody who waits for a refresh that it is done.
        row.version += 1
        row.failures = 0
        # Whoever still holds the lease finds another version, and does not write.
        row.lease_by = row.lease_until = row.asked_at = row.retry_at = None
        row.lost_reason = row.lost_at = row.doubted_reason = row.doubted_at = None

    def token(self, row: OAuthTokenRow) -> OAuthToken:
        """The token in a row."""
        place = row.member_id, row.user_id
        return OAuthToken(
            self._encryption.decrypt(row.access_token, "oauth_tokens", "access_token", *place),
            self._encryption.decrypt(row.refresh_token, "oauth_tokens", "refresh_token", *place),
            row.expires_at,
        )

    def _encrypted(self, column: str, row: OAuthTokenRow, token: str) -> bytes:
        return self._encryption.encrypt(token, "oauth_tokens", column, row.member_id, row.user_id)

    def note_spent(self, row: OAuthTokenRow, refresh_token: str) -> None:
        """Remember that this refresh token was exchanged for another one."""
        spent = [_spent_digest(refresh_token), *row.spent_digests.split(",")]
        row.spent_digests = ",".join(filter(None, spent[:SPENT_KEPT]))

    def reencrypt(self, row: OAuthTokenRow) -> bool:
        """Encrypt a row by the first key; gives whether another one had encrypted it."""
        # Both columns are always written together, so looking at one of them is enough.
        if self._encryption.is_current(row.access_token):
            return False
        token = self.token(row)
        row.access_token = self._encrypted("access_token", row, token.access_token)
        row.refresh_token = self._encrypted("refresh_token", row, token.refresh_token)
        return True


def _spent_digest(refresh_token: str) -> str:
    """What is remembered of a spent refresh token."""
    # 64 bits tell a user's few tokens apart.
    return secret_digest(refresh_token)[:16]


def is_fresh(token: OAuthToken) -> bool:
    """Whether the access token will still live when it arrives."""
    return token.expires_at - EARLY > datetime.now(UTC)


def is_refused(row: OAuthTokenRow) -> bool:
    """Whether the server is not to be asked: it refused for good, or just now."""
    if not row.lost_reason:
        return False
    return row.retry_at is None or is_ahead(row.retry_at, LONGEST_PAUSE)


def refusal_of(row: OAuthTokenRow, portal: PortalRow | None) -> Bitrix24Error:
    """The error of a token that was refused; one that may pass says when to come back."""
    gone = portal is None or portal.status == Status.UNINSTALLED
    error = error_for_reason(str(row.lost_reason), gone=gone)
    if row.retry_at is not None:
        error.retry_after = max(1.0, (row.retry_at - datetime.now(UTC)).total_seconds())
    return error
