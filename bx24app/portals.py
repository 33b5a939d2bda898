"""The portals that are ours: finding them, acting on them for somebody, forgetting them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bx24app.bitrix24.auth import AuthServer, Grant, Proof
from bx24app.bitrix24.client import Client, Exchange, Surroundings
from bx24app.bitrix24.directory import Directory
from bx24app.bitrix24.endpoints import origin_of
from bx24app.bitrix24.errors import Unreachable, Untrusted
from bx24app.bitrix24.wire import Wire
from bx24app.errors import Error, mark
from bx24app.grants import Grants, UserGrant
from bx24app.journal import Journal
from bx24app.pacing import Pacing
from bx24app.store.database import Database
from bx24app.store.models import ConnectRow, GrantRow, PortalRow
from bx24app.store.seal import Seal

PROGRAM_PATIENCE, PERSON_PATIENCE = 90.0, 15.0
"""Seconds that a program or a person waits for a busy portal."""
GONE = frozenset({"ERROR_OAUTH", "APPLICATION_NOT_FOUND", "NOT_INSTALLED", "PORTAL_DELETED"})
"""Codes by which a portal says that we are not installed any more."""
PORTALS = select(PortalRow, GrantRow).outerjoin(
    GrantRow,
    (GrantRow.member_id == PortalRow.member_id) & (GrantRow.user_id == PortalRow.installer_id),
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
    recognisable: bool
    """Whether its application token is known, so that its events can be proven."""
    left_at: datetime | None
    """When it was first told that we are not installed any more, and by no goodbye."""

    @property
    def origin(self) -> str:
        """Where the portal's own pages are, for the browser's rules."""
        return origin_of(self.endpoint)


@dataclass(frozen=True)
class Actor:
    """A user of a portal with the means to act there."""

    portal: Portal
    user_id: int
    client: Client
    directory: Directory


class Portals:
    """All portals that have installed the application."""

    def __init__(
        self,
        *,
        database: Database,
        seal: Seal,
        auth: AuthServer,
        grants: Grants,
        wire: Wire,
        pacing: Pacing,
        journal: Journal,
    ) -> None:
        """Take the rooms below."""
        self._database = database
        self._seal = seal
        self._auth = auth
        self._grants = grants
        self._wire = wire
        self._pacing = pacing
        self._journal = journal

    def all(self) -> list[Portal]:
        """Every portal, in the order of installation."""
        with self._database.read() as session:
            rows = session.execute(PORTALS.order_by(PortalRow.installed_at)).all()
        return [_portal(*row) for row in rows]

    def find(self, member_id: str) -> Portal:
        """One portal; raises Error `not_found`."""
        portal = self.known(member_id)
        if portal is None:
            raise Error("not_found", mark("There is no such portal."))
        return portal

    def known(self, member_id: str) -> Portal | None:
        """One portal, or None."""
        with self._database.read() as session:
            row = session.execute(PORTALS.where(PortalRow.member_id == member_id)).first()
        return _portal(*row) if row else None

    def at(self, domain: str) -> Portal:
        """The portal with that address; raises Error `not_found`."""
        here = PORTALS.where(PortalRow.domain == domain.lower())
        with self._database.read() as session:
            # A name may have been another portal's before; it is whose it was last.
            row = session.execute(here.order_by(PortalRow.seen_at.desc())).first()
        if row is None:
            raise Error(
                "not_found", mark("No portal with this address has installed the application.")
            )
        return _portal(*row)

    def as_installer(self, member_id: str) -> Actor:
        """Act with the installer's grant, for work without a person."""
        portal = self.find(member_id)
        return self._actor(portal, portal.installer_id, person=False)

    def as_person(self, member_id: str, user_id: int) -> Actor:
        """Act with the grant of a person who has opened the application."""
        return self._actor(self.find(member_id), user_id, person=True)

    def as_visitor(self, proof: Proof, access_token: str) -> Client:
        """Act with a proven token that is not stored, to see who is at the door."""
        around = Surroundings(
            authority=_Passing(Grant.lasting(access_token, "", 3600)),
            pace=self._pacing.of(proof.member_id, person=True, patience=PERSON_PATIENCE),
            moved=_stay,
            record=lambda exchange: self._journal.record(proof.member_id, exchange, visit=True),
        )
        return Client(self._wire, proof.endpoint, around)

    def see(
        self, session: Session, proof: Proof, grant: Grant | None, application_token: str = ""
    ) -> PortalRow:
        """Write down what an authorization server has vouched for; a portal not known is begun.

        `grant` is the proven user's pair, None where it cannot be renewed. The caller gives the
        application token only if an administrator has brought it.
        """
        row = session.get(PortalRow, proof.member_id)
        if row is None:
            row = PortalRow(member_id=proof.member_id, status="installing", language="en")
            row.installer_id, row.installed_at = proof.user_id, datetime.now(UTC)
            session.add(row)
        row.domain, row.endpoint, row.auth_server = proof.domain, proof.endpoint, proof.server
        row.scope, row.application_status = ",".join(proof.scope), proof.status[:8]
        row.seen_at, row.left_at = datetime.now(UTC), None
        if application_token:
            row.application_token = self._sealed(proof.member_id, application_token)
        session.flush()
        if grant and grant.refresh_token:
            self._grants.take(session, proof.member_id, proof.user_id, grant)
        return row

    def recognises(self, member_id: str, application_token: str) -> bool:
        """Whether that is the portal's application token, compared in constant time."""
        with self._database.read() as session:
            row = session.get(PortalRow, member_id)
        sealed = row.application_token if row else None
        expected = self._unsealed(member_id, sealed) if sealed else ""
        same = hmac.compare_digest(expected.encode(), application_token.encode())
        return same and bool(expected)

    def forget(self, member_id: str) -> None:
        """Remove everything about a portal; raises Error `not_found`."""
        portal = self.find(member_id)
        with self._database.write() as session:
            session.execute(delete(ConnectRow).where(ConnectRow.domain == portal.domain))
            session.execute(delete(PortalRow).where(PortalRow.member_id == member_id))
        self._pacing.forget(member_id)
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

    def reseal(self) -> int:
        """Re-encrypt the application tokens that the first key did not seal; gives how many."""
        return sum(self._reseal_one(portal.member_id) for portal in self.all())

    def _reseal_one(self, member_id: str) -> bool:
        with self._database.write() as session:
            row = session.get(PortalRow, member_id, with_for_update=True)
            sealed = row.application_token if row else None
            if row is None or sealed is None or self._seal.is_current(sealed):
                return False
            row.application_token = self._sealed(member_id, self._unsealed(member_id, sealed))
            return True

    def _actor(self, portal: Portal, user_id: int, *, person: bool) -> Actor:
        patience = PERSON_PATIENCE if person else PROGRAM_PATIENCE
        around = Surroundings(
            authority=UserGrant(self._grants, portal.member_id, user_id),
            pace=self._pacing.of(portal.member_id, person=person, patience=patience),
            moved=lambda location, grant: self._moved(portal, location, grant),
            record=lambda exchange: self._note(portal.member_id, exchange),
        )
        client = Client(self._wire, portal.endpoint, around)
        return Actor(portal, user_id, client, Directory(client))

    def _moved(self, portal: Portal, location: str, grant: Grant) -> str:
        """The new REST base of a renamed portal, if the authorization server confirms the host."""
        proof = self._auth.prove(grant.access_token, portal.member_id, portal.auth_server)
        if origin_of(location) != origin_of(proof.endpoint):
            raise Unreachable(description="redirected to an unproven host", retryable=False)
        with self._database.write() as session:
            self.see(session, proof, None)
        return proof.endpoint

    def _note(self, member_id: str, exchange: Exchange) -> None:
        """Journal an exchange, and notice when a portal says that it has let us go."""
        self._journal.record(member_id, exchange)
        if exchange.error and exchange.error.upper() in GONE:
            with self._database.write() as session:
                row = session.get(PortalRow, member_id)
                if row is not None:
                    row.status, row.left_at = "uninstalled", row.left_at or datetime.now(UTC)

    def _sealed(self, member_id: str, token: str) -> bytes:
        return self._seal.close(token, "portals", "application_token", member_id)

    def _unsealed(self, member_id: str, sealed: bytes) -> str:
        return self._seal.open(sealed, "portals", "application_token", member_id)


class _Passing:
    """The authority of somebody who is at the door just now: a token that is not renewed."""

    def __init__(self, grant: Grant) -> None:
        self._grant = grant

    def grant(self) -> Grant:
        return self._grant

    def renewed(self, stale: Grant) -> Grant:
        raise Untrusted


def _stay(location: str, grant: Grant) -> str:
    """The endpoint has been proven a moment ago; a redirect away from it is not followed."""
    raise Unreachable(description="redirected", retryable=False)


def _portal(row: PortalRow, grant: GrantRow | None) -> Portal:
    lost = grant is None or grant.lost_reason is not None
    reason = (grant.lost_reason or "") if grant else "no_grant"
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
        recognisable=row.application_token is not None,
        left_at=row.left_at or (grant.lost_at if grant and reason.upper() in GONE else None),
    )


def _status(stored: str, reason: str) -> str:
    """The state of an installation, given also what the authorization server said last."""
    if reason in GONE:
        return "uninstalled"
    return "blocked" if stored == "active" and reason == "PAYMENT_REQUIRED" else stored
