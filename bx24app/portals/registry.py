"""The portals that are ours: finding them, acting on them for somebody, forgetting them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.oauth import TokenInfo
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.bitrix24.urls import origin_of
from bx24app.errors import NoSuchPortal, NotFound
from bx24app.i18n import N_
from bx24app.portals.journal import Journal
from bx24app.portals.rate_limit import RateLimits
from bx24app.portals.token_store import TokenStore
from bx24app.store.database import Database
from bx24app.store.encryption import Encryption
from bx24app.store.models import OAuthStateRow, OAuthTokenRow, PortalRow

GONE = frozenset({"ERROR_OAUTH", "APPLICATION_NOT_FOUND", "NOT_INSTALLED", "PORTAL_DELETED"})
"""Codes by which a portal says that we are not installed any more."""
PORTALS = select(PortalRow, OAuthTokenRow).outerjoin(
    OAuthTokenRow,
    (OAuthTokenRow.member_id == PortalRow.member_id)
    & (OAuthTokenRow.user_id == PortalRow.installer_id),
)


@dataclass(frozen=True)
class Portal:
    """One portal as the rest of the house may know it: no secrets."""

    member_id: str
    domain: str
    endpoint: str
    auth_server: str
    status: str
    application_status: str
    scope: tuple[str, ...]
    language: str
    installer_id: int
    installed_at: datetime
    seen_at: datetime
    authorization: str
    authorization_reason: str
    has_application_token: bool
    """Whether its application token is known, so that its events can be proven."""
    left_at: datetime | None
    """When it was first told that we are not installed any more, and by no goodbye."""

    @property
    def origin(self) -> str:
        """Where the portal's own pages are, for the browser's rules."""
        return origin_of(self.endpoint)


class PortalRegistry:
    """All portals that have installed the application."""

    def __init__(
        self,
        *,
        database: Database,
        encryption: Encryption,
        tokens: TokenStore,
        rate_limits: RateLimits,
        journal: Journal,
    ) -> None:
        """Keep the rows in `database`; what belongs to a portal goes with it."""
        self._database = database
        self._encryption = encryption
        self._tokens = tokens
        self._rate_limits = rate_limits
        self._journal = journal

    def all(self) -> list[Portal]:
        """Every portal, in the order of installation."""
        with self._database.read() as session:
            rows = session.execute(PORTALS.order_by(PortalRow.installed_at)).all()
        return [_portal(*row) for row in rows]

    def page(self, after: str, limit: int | None) -> list[Portal]:
        """Portals by identity, those after one, at most so many."""
        wanted = PORTALS.where(PortalRow.member_id > after).order_by(PortalRow.member_id)
        with self._database.read() as session:
            return [_portal(*row) for row in session.execute(wanted.limit(limit)).all()]

    def find(self, member_id: str) -> Portal:
        """One portal; raises NotFound."""
        portal = self.known(member_id)
        if portal is None:
            raise NoSuchPortal
        return portal

    def known(self, member_id: str) -> Portal | None:
        """One portal, or None."""
        with self._database.read() as session:
            row = session.execute(PORTALS.where(PortalRow.member_id == member_id)).first()
        return _portal(*row) if row else None

    def at(self, domain: str) -> Portal:
        """The portal with that address; raises NotFound."""
        here = PORTALS.where(PortalRow.domain == domain.lower())
        with self._database.read() as session:
            # A name may have been another portal's before; it is whose it was last.
            row = session.execute(here.order_by(PortalRow.seen_at.desc())).first()
        if row is None:
            raise NotFound(message=N_("No portal with this address has installed the application."))
        return _portal(*row)

    def see(
        self,
        session: Session,
        info: TokenInfo,
        token: OAuthToken | None,
        application_token: str = "",
    ) -> PortalRow:
        """Write down what an authorization server has vouched for; a portal not known is begun.

        `token` is the proven user's pair, None where it cannot be renewed. The caller gives the
        application token only if an administrator has brought it.
        """
        row = session.get(PortalRow, info.member_id)
        if row is None:
            row = PortalRow(member_id=info.member_id, status="installing", language="en")
            row.installer_id, row.installed_at = info.user_id, datetime.now(UTC)
            session.add(row)
        row.domain, row.endpoint, row.auth_server = info.domain, info.endpoint, info.server
        row.scope, row.application_status = ",".join(info.scope), info.status[:8]
        row.seen_at, row.left_at = datetime.now(UTC), None
        if application_token:
            row.application_token = self._encrypted(info.member_id, application_token)
        session.flush()
        if token and token.refresh_token:
            self._tokens.take(session, info.member_id, info.user_id, token)
        return row

    def move(self, info: TokenInfo) -> None:
        """Write down where an authorization server says that a known portal is now."""
        with self._database.write() as session:
            self.see(session, info, None)

    def note_gone(self, member_id: str) -> None:
        """Write down that a portal says that we are not installed any more."""
        with self._database.write() as session:
            row = session.get(PortalRow, member_id)
            if row is not None:
                row.status, row.left_at = "uninstalled", row.left_at or datetime.now(UTC)

    def knows_application_token(self, member_id: str, application_token: str) -> bool:
        """Whether that is the portal's application token, compared in constant time."""
        with self._database.read() as session:
            row = session.get(PortalRow, member_id)
        encrypted = row.application_token if row else None
        expected = self._decrypted(member_id, encrypted) if encrypted else ""
        same = hmac.compare_digest(expected.encode(), application_token.encode())
        return same and bool(expected)

    def forget(self, member_id: str) -> None:
        """Remove everything about a portal; raises NotFound."""
        portal = self.find(member_id)
        with self._database.write() as session:
            session.execute(delete(OAuthStateRow).where(OAuthStateRow.domain == portal.domain))
            session.execute(delete(PortalRow).where(PortalRow.member_id == member_id))
        self._rate_limits.forget(member_id)
        self._journal.forget(member_id)
        self._database.shrink()

    def forget_gone(self, after: timedelta) -> int:
        """Remove everything about portals that left that long ago; gives how many.

        Bitrix24 sends its goodbye once (Bitrix24 docs, events): where it got lost, the portal's
        refusals tell. The delay leaves time for an administrator who finds that to be a mistake.
        """
        until = datetime.now(UTC) - after
        gone = [portal for portal in self.all() if portal.left_at and portal.left_at <= until]
        for portal in gone:
            self.forget(portal.member_id)
        return len(gone)

    def reencrypt(self) -> int:
        """Re-encrypt the application tokens that the first key did not encrypt; gives how many."""
        return sum(self._reencrypt_one(portal.member_id) for portal in self.all())

    def _reencrypt_one(self, member_id: str) -> bool:
        with self._database.write() as session:
            row = session.get(PortalRow, member_id, with_for_update=True)
            encrypted = row.application_token if row else None
            if row is None or encrypted is None or self._encryption.is_current(encrypted):
                return False
            row.application_token = self._encrypted(
                member_id, self._decrypted(member_id, encrypted)
            )
            return True

    def _encrypted(self, member_id: str, token: str) -> bytes:
        return self._encryption.encrypt(token, "portals", "application_token", member_id)

    def _decrypted(self, member_id: str, encrypted: bytes) -> str:
        return self._encryption.decrypt(encrypted, "portals", "application_token", member_id)


def _portal(row: PortalRow, token: OAuthTokenRow | None) -> Portal:
    lost = token is None or token.lost_reason is not None
    reason = (token.lost_reason or "") if token else "no_grant"
    return Portal(
        member_id=row.member_id,
        domain=row.domain,
        endpoint=row.endpoint,
        auth_server=row.auth_server,
        status=_status(row.status, reason.upper()),
        application_status=row.application_status,
        scope=tuple(filter(None, row.scope.split(","))),
        language=row.language,
        installer_id=row.installer_id,
        installed_at=row.installed_at,
        seen_at=row.seen_at,
        authorization="lost" if lost else "ok",
        authorization_reason=reason,
        has_application_token=row.application_token is not None,
        left_at=row.left_at or (token.lost_at if token and reason.upper() in GONE else None),
    )


def _status(stored: str, reason: str) -> str:
    """The state of an installation, given also what the authorization server said last."""
    if reason in GONE:
        return "uninstalled"
    return "blocked" if stored == "active" and reason == "PAYMENT_REQUIRED" else stored
