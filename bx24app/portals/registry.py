"""The portals that have installed the application: reads and writes their rows."""

from __future__ import annotations

import hmac
import logging
from datetime import UTC, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from bx24app.bitrix24.errors import ERRORS_BY_CODE, PaymentRequired, PortalGone
from bx24app.bitrix24.oauth import TokenInfo
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.errors import Error, NoSuchPortal, NotFound
from bx24app.i18n import N_
from bx24app.portals.journal import Journal
from bx24app.portals.portal import PORTALS, Portal, portal_from
from bx24app.portals.rate_limit import RateLimits
from bx24app.portals.state import News, Status, note_news
from bx24app.portals.token_rows import TokenRows
from bx24app.store.database import Database, DatabaseAway, insert_if_absent
from bx24app.store.encryption import Encryption
from bx24app.store.models import OAuthStateRow, OAuthTokenRow, PortalRow, StoredResponseRow

log = logging.getLogger("bx24app.portals")
PORTAL_REASONS = frozenset(
    code for code, kind in ERRORS_BY_CODE.items() if issubclass(kind, PaymentRequired | PortalGone)
)
"""Refusals to refresh that are about the portal, not about one of its users."""


class NotInstalled(Error):
    """The portal is not known, or the installation has not been finished."""

    code = "not_installed"
    message = N_("Ask an administrator of this Bitrix24 to open the application once.")


class PortalRegistry:
    """All portals that have installed the application."""

    def __init__(
        self,
        *,
        database: Database,
        encryption: Encryption,
        token_rows: TokenRows,
        rate_limits: RateLimits,
        journal: Journal,
    ) -> None:
        """Keep the rows in `database`; what belongs to a portal goes with it."""
        self._database = database
        self._encryption = encryption
        self._token_rows = token_rows
        self._rate_limits = rate_limits
        self._journal = journal

    def all(self) -> list[Portal]:
        """Every portal, in the order of installation."""
        with self._database.read() as session:
            rows = session.execute(PORTALS.order_by(PortalRow.installed_at))
            return [portal_from(*row) for row in rows]

    def page(self, after: str, limit: int | None) -> list[Portal]:
        """Portals by identity, those after one, at most so many."""
        wanted = PORTALS.where(PortalRow.member_id > after).order_by(PortalRow.member_id)
        with self._database.read() as session:
            return [portal_from(*row) for row in session.execute(wanted.limit(limit)).all()]

    def find(self, member_id: str) -> Portal:
        """One portal; raises NoSuchPortal."""
        portal = self.known(member_id)
        if portal is None:
            raise NoSuchPortal
        return portal

    def known(self, member_id: str) -> Portal | None:
        """One portal, or None."""
        with self._database.read() as session:
            row = session.execute(PORTALS.where(PortalRow.member_id == member_id)).first()
        return portal_from(*row) if row else None

    def at(self, domain: str) -> Portal:
        """The portal with that address; raises NotFound."""
        # A name may have been another portal's before; the one that was seen last has it now.
        last = PORTALS.order_by(PortalRow.seen_at.desc())
        with self._database.read() as session:
            row = session.execute(last.where(PortalRow.domain == domain.lower())).first()
        if row is None:
            raise NotFound(message=N_("No portal with this address has installed the application."))
        return portal_from(*row)

    def portal_of(self, session: Session, row: PortalRow) -> Portal:
        """The portal as the present transaction leaves its row."""
        key = (row.member_id, row.installer_id)
        # Tokens are stored by statements, of which an object in the session knows nothing.
        return portal_from(row, session.get(OAuthTokenRow, key, populate_existing=True))

    def begin(self, session: Session, info: TokenInfo) -> None:
        """Make a row for a portal that an administrator installs on, unless there is one."""
        now = datetime.now(UTC)
        values = {
            "member_id": info.member_id,
            "domain": info.domain,
            "endpoint": info.endpoint,
            "auth_server": info.server,
            "status": Status.INSTALLING,
            "application_status": info.status[:8],
            "scope": ",".join(info.scope),
            "installer_id": info.user_id,
            "installed_at": now,
            "seen_at": now,
        }
        insert_if_absent(session, PortalRow, values)

    def see(
        self,
        session: Session,
        info: TokenInfo,
        token: OAuthToken | None,
        application_token: str = "",
        *,
        news: News,
    ) -> PortalRow:
        """Store what an authorization server has confirmed of a portal, and report `news` of it.

        `token` is the proven user's, None where it cannot be refreshed. The caller gives the
        application token only if an administrator has brought it. Raises NotInstalled where the
        portal has left while its caller waited for the network.
        """
        # The portal's row is locked before its tokens' rows, as everywhere, against deadlocks.
        row = session.get(PortalRow, info.member_id, with_for_update=True)
        if row is None:
            raise NotInstalled
        row.domain, row.endpoint, row.auth_server = info.domain, info.endpoint, info.server
        row.scope, row.application_status = ",".join(info.scope), info.status[:8]
        if application_token:
            row.application_token = self._encrypted(info.member_id, application_token)
        note_news(row, news)
        session.flush()
        if token and token.refresh_token:
            self._token_rows.take(session, info.member_id, info.user_id, token)
        self._token_rows.end_pauses(session, info.member_id)
        return row

    def move(self, info: TokenInfo, news: News = News.SUCCESS) -> None:
        """Store the address that an authorization server has confirmed for a known portal."""
        with self._database.write() as session:
            self.see(session, info, None, news=news)

    def note(self, portal: Portal, news: News, reason: str = "") -> None:
        """Report news of a portal, if it still is the same installation."""
        with self._database.write() as session:
            row = session.get(PortalRow, portal.member_id, with_for_update=True)
            # A late answer to an installation that was removed says nothing about the new one.
            if row is None or row.installed_at != portal.installed_at:
                return
            note_news(row, news, reason)
            if news in (News.SUCCESS, News.PROVEN):
                reasons = None if news is News.PROVEN else PORTAL_REASONS
                self._token_rows.end_pauses(session, portal.member_id, reasons)

    def doubt(self, portal: Portal, user_id: int, reason: str) -> None:
        """Write down that the portal does not let that user work with us."""
        with self._database.write() as session:
            self._token_rows.doubt(session, (portal.member_id, user_id), reason)

    def trust(self, portal: Portal, user_id: int) -> None:
        """Write down that the portal lets that user work with us."""
        with self._database.write() as session:
            self._token_rows.trust(session, (portal.member_id, user_id))

    def knows_application_token(self, member_id: str, application_token: str) -> bool:
        """Whether that is the portal's application token, compared in constant time."""
        with self._database.read() as session:
            row = session.get(PortalRow, member_id)
        encrypted = row.application_token if row else None
        expected = self._decrypted(member_id, encrypted) if encrypted else ""
        # Compared even if nothing is stored, so that the time does not tell which portals exist.
        same = hmac.compare_digest(expected.encode(), application_token.encode())
        return same and bool(expected)

    def forget(self, member_id: str) -> None:
        """Remove everything about a portal; raises NotFound, and DatabaseAway.

        Where the database fails on the way, the portal is still known, and a repetition goes on.
        """
        portal = self.find(member_id)
        # Piece by piece, and so before the transaction; little is left to be removed in it.
        self._journal.forget(member_id)
        with self._database.write() as session:
            session.execute(delete(OAuthStateRow).where(OAuthStateRow.domain == portal.domain))
            # The database removes the portal's tokens and other rows with it (ON DELETE CASCADE).
            session.execute(delete(PortalRow).where(PortalRow.member_id == member_id))
            # After the portal's row, for which whoever writes an exchange of it holds a lock.
            self._journal.remove(session, member_id)
            # No foreign key: answers about no portal are stored there too.
            answers = delete(StoredResponseRow).where(StoredResponseRow.member_id == member_id)
            session.execute(answers)
            self._rate_limits.remove(session, member_id)
        try:
            self._database.shrink()
        except DatabaseAway:
            log.warning("the write-ahead log is emptied another time", extra={"portal": member_id})

    def reencrypt(self) -> int:
        """Re-encrypt the application tokens that the first key did not encrypt; gives how many."""
        return sum(self._reencrypt_one(portal.member_id) for portal in self.all())

    def _reencrypt_one(self, member_id: str) -> bool:
        with self._database.write() as session:
            row = session.get(PortalRow, member_id, with_for_update=True)
            encrypted = row.application_token if row else None
            if row is None or encrypted is None or self._encryption.is_current(encrypted):
                return False
            token = self._decrypted(member_id, encrypted)
            row.application_token = self._encrypted(member_id, token)
            return True

    def _encrypted(self, member_id: str, token: str) -> bytes:
        return self._encryption.encrypt(token, "portals", "application_token", member_id)

    def _decrypted(self, member_id: str, encrypted: bytes) -> str:
        return self._encryption.decrypt(encrypted, "portals", "application_token", member_id)
