"""Authorizing a portal again whose grant has died: the OAuth code flow, begun and ended once."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.auth import AuthServer, Grant
from bx24app.bitrix24.directory import read_me
from bx24app.bitrix24.errors import AuthorizationLost, Unreachable
from bx24app.errors import Error, mark
from bx24app.installation import NotAdministrator
from bx24app.portals import Portal, Portals
from bx24app.store.database import Database
from bx24app.store.models import ConnectRow

LASTS = timedelta(minutes=10)
"""How long a person has between the two ends."""
MOST = 50
"""Attempts for one portal that may be open at once: anybody can begin one."""


class TooLate(Error):
    """A state or a code that was used before, or lay about for too long."""

    code = "too_late"
    message = mark("This confirmation has been used before, or came too late. Begin again.")


class Connection:
    """The two ends of an authorization that a person makes in the browser."""

    def __init__(self, *, portals: Portals, auth: AuthServer, database: Database) -> None:
        """Take the rooms below."""
        self._portals = portals
        self._auth = auth
        self._database = database

    def begin(self, domain: str, state: str) -> str:
        """Remember that an authorization began; gives the portal's address for it.

        Only portals we know: an address of the caller's choosing is never redirected to. Raises
        Error `not_found`.
        """
        portal = self._portals.at(domain)
        now = datetime.now(UTC)
        with self._database.write() as session:
            _clear(session, portal.domain, now)
            digest = _digest(state)
            session.add(
                ConnectRow(state_digest=digest, domain=portal.domain, expires_at=now + LASTS)
            )
        return self._auth.authorize_url(portal.origin, state)

    def finish(self, code: str, state: str) -> Portal:
        """Exchange the code (30 seconds, once); an administrator's grant becomes the portal's.

        Raises TooLate for a state or code that is unknown, used or too old, Untrusted for those of
        another portal, NotAdministrator, or a Bitrix24Error.
        """
        portal = self._portals.at(self._spent(state))
        grant = self._exchanged(portal, code)
        proof = self._auth.prove(grant.access_token, portal.member_id, portal.auth_server)
        client = self._portals.as_visitor(proof, grant.access_token)
        if not read_me(client.call("profile", safe=True)).admin:
            raise NotAdministrator
        with self._database.write() as session:
            row = self._portals.see(session, proof, grant)
            row.installer_id, row.status = proof.user_id, "active"
        return self._portals.find(portal.member_id)

    def _exchanged(self, portal: Portal, code: str) -> Grant:
        try:
            return self._auth.exchange(portal.auth_server, code).grant
        except Unreachable as error:
            # Whatever has become of the code: nothing is stored, and a person can begin again.
            raise Unreachable(error.portal_error, error.portal_description) from None
        except AuthorizationLost:
            raise TooLate from None

    def _spent(self, state: str) -> str:
        """The domain that a state was made for; the state is used up by looking."""
        with self._database.write() as session:
            begun = session.get(ConnectRow, _digest(state), with_for_update=True)
            if begun is None or begun.expires_at < datetime.now(UTC):
                raise TooLate
            session.delete(begun)
            return begun.domain


def _clear(session: Session, domain: str, now: datetime) -> None:
    """Remove what has run out, and of one portal the oldest that are too many."""
    here = ConnectRow.domain == domain
    newest_first = select(ConnectRow.expires_at).where(here).order_by(ConnectRow.expires_at.desc())
    crowded_out = session.scalar(newest_first.offset(MOST - 1).limit(1))
    session.execute(delete(ConnectRow).where(ConnectRow.expires_at < now))
    if crowded_out:
        session.execute(delete(ConnectRow).where(here, ConnectRow.expires_at <= crowded_out))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
