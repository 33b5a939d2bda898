"""Authorizing a portal again whose token is lost, by the OAuth code flow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.entries import parse_profile
from bx24app.bitrix24.errors import AuthorizationLost, ServerDown, Unreachable
from bx24app.bitrix24.oauth import AuthorizationServer
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.portals.access import PortalAccess
from bx24app.portals.installation import NotAdministrator
from bx24app.portals.portal import Portal
from bx24app.portals.registry import PortalRegistry
from bx24app.portals.state import News
from bx24app.store.database import Database
from bx24app.store.encryption import secret_digest
from bx24app.store.models import OAuthStateRow

STATE_LIFETIME = timedelta(minutes=10)
"""How long a person has between begin and end."""
MOST_OPEN_STATES = 50
"""Attempts for one portal that may be open at once: anybody can begin one."""


class TooLate(Error):
    """A state or a code that was used before or has expired."""

    code = "too_late"
    message = N_("This confirmation has expired or was used already. Begin again.")


class Reauthorization:
    """The OAuth code flow that a person goes through in the browser: its begin and its end."""

    def __init__(
        self,
        *,
        registry: PortalRegistry,
        access: PortalAccess,
        oauth: AuthorizationServer,
        database: Database,
    ) -> None:
        """Take what begin and end need."""
        self._registry = registry
        self._access = access
        self._oauth = oauth
        self._database = database

    def begin(self, domain: str, state: str) -> str:
        """Remember that an authorization began; gives the portal's address for it.

        Only portals we know: an address of the caller's choosing is never redirected to. Raises
        NotFound.
        """
        portal = self._registry.at(domain)
        now = datetime.now(UTC)
        with self._database.write() as session:
            _clear(session, portal.domain, now)
            # Only a digest is stored: whoever reads the database cannot finish somebody's attempt.
            digest = secret_digest(state)
            session.add(
                OAuthStateRow(
                    state_digest=digest, domain=portal.domain, expires_at=now + STATE_LIFETIME
                )
            )
        return self._oauth.authorize_url(portal.origin, state)

    def finish(self, code: str, state: str) -> Portal:
        """Exchange the code (30 seconds, once); an administrator's token becomes the portal's.

        Raises TooLate for a state or code that is unknown, used or too old, NotProven for those of
        another portal, NotAdministrator, or a Bitrix24Error.
        """
        # The state is used up first, in its own transaction, so that a second request with it fails
        # even while this one waits for the network.
        portal = self._registry.at(self._spent(state))
        token = self._exchanged(portal, code)
        info = self._oauth.verify_token(token.access_token, portal.member_id, portal.auth_server)
        client = self._access.as_visitor(info, token.access_token)
        # Any user can confirm Bitrix24's page, but an ordinary user's token may not do our work.
        me = parse_profile(client.call("profile", safe=True))
        # A self-hosted portal can answer anything; the user has to be the one of the token.
        if not me.admin or me.id != info.user_id:
            raise NotAdministrator
        with self._database.write() as session:
            row = self._registry.see(session, info, token, news=News.PROVEN)
            row.installer_id = info.user_id
        return self._registry.find(portal.member_id)

    def _exchanged(self, portal: Portal, code: str) -> OAuthToken:
        try:
            return self._oauth.exchange_code(portal.auth_server, code).token
        except Unreachable as error:
            # Whatever has become of the code: nothing is stored, and a person can begin again.
            raise ServerDown(error.portal_error, error.portal_description) from None
        except AuthorizationLost:
            raise TooLate from None

    def _spent(self, state: str) -> str:
        """The domain that a state was made for; the state is deleted, so it works only once."""
        with self._database.write() as session:
            begun = session.get(OAuthStateRow, secret_digest(state), with_for_update=True)
            if begun is None or begun.expires_at < datetime.now(UTC):
                raise TooLate
            session.delete(begun)
            return begun.domain


def _clear(session: Session, domain: str, now: datetime) -> None:
    """Remove what has run out, and of one portal the oldest that are too many."""
    here = OAuthStateRow.domain == domain
    newest_first = (
        select(OAuthStateRow.expires_at).where(here).order_by(OAuthStateRow.expires_at.desc())
    )
    crowded_out = session.scalar(newest_first.offset(MOST_OPEN_STATES - 1).limit(1))
    # Expired rows of all portals go here, so that no other job has to remove them.
    session.execute(delete(OAuthStateRow).where(OAuthStateRow.expires_at < now))
    if crowded_out:
        session.execute(delete(OAuthStateRow).where(here, OAuthStateRow.expires_at <= crowded_out))
