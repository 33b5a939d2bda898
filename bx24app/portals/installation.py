"""Installing on a portal, opening the application there, and handling the portal's events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bx24app.bitrix24.client import Client
from bx24app.bitrix24.entries import parse_profile
from bx24app.bitrix24.errors import Bitrix24Error, NotProven
from bx24app.bitrix24.manifest import Manifest
from bx24app.bitrix24.oauth import AuthorizationServer, TokenInfo, names_portal
from bx24app.bitrix24.payloads import Event, Launch
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.errors import Error
from bx24app.i18n import N_
from bx24app.portals.access import PortalAccess
from bx24app.portals.early_requests import EarlyRequests, Work
from bx24app.portals.event_handlers import EventHandlers
from bx24app.portals.license import learn_license
from bx24app.portals.portal import Portal
from bx24app.portals.registry import NotInstalled, PortalRegistry
from bx24app.portals.state import News, Status
from bx24app.portals.verification import Standing, Verification
from bx24app.store.database import Database

LIFECYCLE = ("ONAPPINSTALL", "ONAPPUPDATE")
"""Events that may bring a fresh token and a new application token."""


class NotAdministrator(Error):
    """The person is not an administrator of the portal, and only one may do this."""

    code = "not_administrator"
    message = N_(
        "Only an administrator of this Bitrix24 can do this. Ask one to open the application."
    )


class Incomplete(Error):
    """A step of the installation failed; `message` says which and what to do."""

    code = "installation_incomplete"


NO_EVENTS = N_(
    "Bitrix24 did not accept our event handlers (%(error)s). Check that the application's address "
    "can be reached from the internet, then install again."
)
NO_TASKS = N_(
    "The application was not granted the right to work with tasks. "
    "Install it again and agree to the requested rights."
)


@dataclass(frozen=True)
class Installed:
    """What an installation has achieved."""

    portal: Portal
    missing_scopes: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """Who has opened the application where."""

    portal: Portal
    user_id: int
    early: bool = False
    """Whether the work that was to be done meanwhile is done, or was tried in vain."""


class Installation:
    """Installs on portals, opens the application for their users, and handles their events."""

    def __init__(
        self,
        *,
        registry: PortalRegistry,
        access: PortalAccess,
        oauth: AuthorizationServer,
        verification: Verification,
        database: Database,
        manifest: Manifest,
        public_url: str,
        early_requests: int,
    ) -> None:
        """Take what installing needs; `public_url` is where portals reach us."""
        self._early = EarlyRequests(access, early_requests)
        self._registry = registry
        self._verification = verification
        self._access = access
        self._oauth = oauth
        self._database = database
        self._manifest = manifest
        self.handlers = EventHandlers(manifest.events, public_url + manifest.handlers["events"])

    def install(self, launch: Launch) -> Installed:
        """Install on the portal of a proven administrator; may be repeated.

        Raises NotProven, NotAdministrator, NotInstalled, Incomplete or a Bitrix24Error; then
        nothing is stored.
        """
        before = self._registry.known(launch.member_id)
        return self._install(launch, self._verified(launch), before, News.INSTALLING)

    def open(self, launch: Launch, meanwhile: Work | None = None) -> Opened:
        """Open the application for a proven person: store their token, restore what is lost.

        `meanwhile` asks the portal something while the launch is verified, see EarlyRequests.

        An administrator who opens a portal we do not know installs it on the way; anybody else
        gets NotInstalled. That the launch is proven shows that the portal is there, whatever was
        suspected: its application token and all stored tokens stay. Also raises NotProven or a
        Bitrix24Error.
        """
        portal = self._registry.known(launch.member_id)
        early = self._early.begin(portal, launch, meanwhile) if meanwhile else None
        try:
            info = self._verified(launch)
        except Error:
            self._early.pause(launch.member_id)
            raise
        if portal is None:
            try:
                return Opened(self._install(launch, info, None, News.PROVEN).portal, info.user_id)
            except NotAdministrator:
                raise NotInstalled from None
        lost = portal.authorization == "lost"
        came_back = portal.status is Status.UNINSTALLED
        missing = bool(launch.application_token) and not portal.has_application_token
        # `profile` is asked only where something has to be restored, as most launches need nothing.
        heals = (lost or came_back or missing) and self._administers(info, launch.access_token)
        # Bitrix24 removed our event handlers together with the application.
        if heals and came_back:
            self._bind_events(self._access.as_visitor(info, launch.access_token))
        with self._database.write() as session:
            # Any user's browser can post a launch, so only an administrator's may set the secret
            # that proves events.
            token = launch.application_token if heals else ""
            row = self._registry.see(session, info, _token_of(launch), token, news=News.PROVEN)
            if heals and lost:
                row.installer_id = info.user_id
            seen = self._registry.portal_of(session, row)
        done = early is not None and early.counts(seen, info)
        return Opened(seen, info.user_id, done)

    def receive(self, event: Event) -> None:
        """Act on a proven event; raises NotProven for anything else, without effect.

        The application token proves an event. Installation and update may bring a new one, and then
        have to be proven by an administrator's access token at the authorization server. The
        uninstall event of a portal whose application token is not known makes us ask that server.
        """
        if self._registry.knows_application_token(event.member_id, event.application_token):
            self._act_on(event)
            return
        if event.name == "ONAPPUNINSTALL":
            self._ask_about(event)
            return
        if event.name not in LIFECYCLE:
            raise NotProven("unknown_application_token")
        if not event.access_token:
            raise NotProven("event_without_token")
        known = self._registry.known(event.member_id)
        # The server is asked before the transaction begins, so that no row is locked meanwhile.
        info = self._event_info(event)
        if not self._administers(info, event.access_token):
            raise NotProven("not_administrator")
        # A portal that uninstalled while the network was asked is not brought back; see `_install`.
        if known is None:
            with self._database.write() as session:
                self._registry.begin(session, info)
        # A new application token is stored only now, after an administrator was proven.
        self._take(event, info, application_token=event.application_token)
        self._restore_handlers(event, info)

    def _ask_about(self, event: Event) -> None:
        """Remove a portal after an unproven uninstall event, if the server confirms it.

        Anybody can send such an event, so it causes one request in ten minutes at most.
        """
        if not self._verification.questions.may_stranger_ask(event.member_id):
            raise NotProven("unknown_application_token")
        portal = self._registry.find(event.member_id)
        if self._verification.standing(portal) is not Standing.GONE:
            raise NotProven("goodbye_not_confirmed")
        self._registry.forget(event.member_id)

    def _act_on(self, event: Event) -> None:
        if event.name == "ONAPPUNINSTALL":
            if not self._is_overtaken(event):
                self._registry.forget(event.member_id)
        elif event.name == "ONAPPPAYMENT":
            # A payment ends a block at once, not only with the next call that succeeds.
            self._registry.note(self._registry.find(event.member_id), News.PROVEN)
        # Events without tokens are normal: Bitrix24 cannot tie each of them to a user.
        elif event.name in LIFECYCLE and event.access_token:
            info = self._event_info(event)
            self._take(event, info)
            self._restore_handlers(event, info)

    def _restore_handlers(self, event: Event, info: TokenInfo) -> None:
        # An installation binds them itself; only an update comes without a page of ours.
        if event.name == "ONAPPUPDATE":
            self.handlers.restore(self._access.as_visitor(info, event.access_token))

    def _is_overtaken(self, event: Event) -> bool:
        """Whether an uninstall event is older than the installation, and our token still works.

        Bitrix24 keeps no order among events, and an application token may outlive a reinstallation.
        """
        portal = self._registry.find(event.member_id)
        # Events are dated in whole seconds.
        if event.sent_at is None or event.sent_at >= portal.installed_at.replace(microsecond=0):
            return False
        try:
            return bool(self._access.as_installer(portal).directory.me().id)
        except Bitrix24Error:
            return False

    def _verified(self, launch: Launch) -> TokenInfo:
        """Verify a launch at the authorization server; nothing in it is used before that."""
        info = self._oauth.verify_token(
            launch.access_token, launch.member_id, launch.server_endpoint
        )
        # The token is real, but the rest of the form may have been put together around it.
        if not names_portal(info, launch.domain):
            raise NotProven("other_domain")
        return info

    def _event_info(self, event: Event) -> TokenInfo:
        return self._oauth.verify_token(event.access_token, event.member_id, event.server_endpoint)

    def _administers(self, info: TokenInfo, access_token: str) -> bool:
        client = self._access.as_visitor(info, access_token)
        me = parse_profile(client.call("profile", safe=True))
        # A self-hosted portal can answer anything; the user has to be the one of the token.
        return me.admin and me.id == info.user_id

    def _install(
        self, launch: Launch, info: TokenInfo, before: Portal | None, news: News
    ) -> Installed:
        """Install; `before` is the portal as it was when the network was not asked yet."""
        if not self._administers(info, launch.access_token):
            raise NotAdministrator
        missing = self._manifest.missing(info.scope)
        if "task" in missing:
            raise Incomplete(message=NO_TASKS)
        license = self._bind_events(self._access.as_visitor(info, launch.access_token))
        token = _token_of(launch)
        with self._database.write() as session:
            # A portal that uninstalled while the network was asked is not brought back: without its
            # row `see` raises NotInstalled.
            if before is None:
                self._registry.begin(session, info)
            row = self._registry.see(session, info, token, launch.application_token, news=news)
            row.language = launch.language
            learn_license(row, license)
            row.installer_id, row.installed_at = info.user_id, datetime.now(UTC)
            return Installed(self._registry.portal_of(session, row), missing)

    def _bind_events(self, client: Client) -> Any:
        """Bind our events; gives the answer to LICENSE_COMMAND. Raises Incomplete."""
        license, refusal = self.handlers.bind(client)
        if refusal is not None:
            raise Incomplete(message=NO_EVENTS, error=refusal.portal_error or refusal.code)
        return license

    def _take(self, event: Event, info: TokenInfo, *, application_token: str = "") -> None:
        """Keep what a lifecycle event brings: a fresh token, a new application token."""
        token = OAuthToken.expiring_in(event.access_token, event.refresh_token, event.expires_in)
        with self._database.write() as session:
            self._registry.see(session, info, token, application_token, news=News.PROVEN)


def _token_of(launch: Launch) -> OAuthToken:
    return OAuthToken.expiring_in(launch.access_token, launch.refresh_token, launch.expires_in)
