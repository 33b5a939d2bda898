"""Acts on a portal: as its installer, as a person who opened the application, or as a visitor."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from bx24app.bitrix24.client import Client, ClientContext, Exchange, Rider
from bx24app.bitrix24.directory import Directory
from bx24app.bitrix24.errors import (
    AccessDenied,
    AnswerLost,
    AuthorizationLost,
    Bitrix24Error,
    NotPermitted,
    NotProven,
    PortalGone,
    TokenExpired,
    Unreachable,
    UserBlocked,
)
from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.oauth import AuthorizationServer, TokenInfo, TokenResponse
from bx24app.bitrix24.portal_lists import PortalLists
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.bitrix24.urls import origin_of
from bx24app.errors import Error, NotFound
from bx24app.portals.author import OPERATOR, Author
from bx24app.portals.journal import Journal
from bx24app.portals.license import LICENSE_COMMAND, is_license_due
from bx24app.portals.listener import NOT_ADMINISTRATOR, Listener
from bx24app.portals.portal import Portal
from bx24app.portals.rate_limit import RateLimits
from bx24app.portals.registry import NotInstalled, PortalRegistry
from bx24app.portals.token_sources import UserTokenSource, VisitorTokenSource
from bx24app.portals.token_store import TokenStore
from bx24app.portals.verification import Verification, suspicion_of
from bx24app.store.database import DatabaseAway

UNPROVEN: Mapping[str, type[Bitrix24Error]] = {
    "expired_token": TokenExpired,
    "unknown_token": TokenExpired,
    "not_installed": PortalGone,
}
"""What it means for a call that its own token could not be proven, by the reason."""
PLAN = "commercial plan"
"""In the words, the same in every language, by which a portal refuses REST for its plan."""

log = logging.getLogger("bx24app.access")


@dataclass(frozen=True)
class Actor:
    """A user of a portal with the means to act there."""

    portal: Portal
    user_id: int
    client: Client
    directory: Directory
    author: Author = OPERATOR
    """Who makes the changes; another person than `user_id` where the installer's token is used."""

    @property
    def lists(self) -> PortalLists:
        """The whole lists of the portal, for programs."""
        return PortalLists(self.client)


class PortalAccess:
    """Gives the means to act on a portal: a client with a token, a rate limit and a journal."""

    def __init__(
        self,
        *,
        registry: PortalRegistry,
        oauth: AuthorizationServer,
        tokens: TokenStore,
        http: HttpClient,
        rate_limits: RateLimits,
        journal: Journal,
        verification: Verification,
        program_patience: float,
        person_patience: float,
        retry_pause: float,
    ) -> None:
        """Take what a client needs.

        Programs and people wait so many seconds for a busy portal; `retry_pause`: see Client.
        """
        self._registry = registry
        self._oauth = oauth
        self._tokens = tokens
        self._http = http
        self._rate_limits = rate_limits
        self._journal = journal
        self._verification = verification
        self._program_patience = program_patience
        self._person_patience = person_patience
        self._retry_pause = retry_pause
        tokens.on_refresh = self._follow

    def as_installer(
        self, portal: Portal, wait: float | None = None, *, author: Author = OPERATOR
    ) -> Actor:
        """Act with the installer's token, for work without a person.

        `wait` bounds, in seconds from now, how long all calls together wait for a busy portal;
        `author` is who wants the work.
        """
        until = None if wait is None else self._rate_limits.now() + wait
        actor = self._actor(portal, portal.installer_id, person=False, until=until)
        return replace(actor, author=author)

    def as_person(self, portal: Portal, user_id: int) -> Actor:
        """Act with the token of a person who has opened the application."""
        actor = self._actor(portal, user_id, person=True)
        return replace(actor, author=Author("person", str(user_id), through="form"))

    def as_visitor(self, info: TokenInfo, access_token: str) -> Client:
        """Act with a proven token that is not stored, to see who launches us."""
        member_id = info.member_id
        return self._visitor(
            member_id,
            info.endpoint,
            access_token,
            lambda exchange: self._journal.record(member_id, exchange, visit=True),
        )

    def as_claimant(
        self, portal: Portal, access_token: str, record: Callable[[Exchange], None]
    ) -> Client:
        """Ask a portal at its proven address, with a token of which nobody has said whose it is.

        `record` gets the exchanges, of which nothing is stored yet.
        """
        return self._visitor(portal.member_id, portal.endpoint, access_token, record)

    def listener(self, portal: Portal, user_id: int) -> Listener:
        """What journals the exchanges with a portal, and notices what they tell about it."""
        return Listener(self._registry, self._journal, portal, user_id)

    def _visitor(
        self,
        member_id: str,
        endpoint: str,
        access_token: str,
        record: Callable[[Exchange], None],
    ) -> Client:
        context = ClientContext(
            # Without a refresh token this one cannot be stored. Its real end does not matter:
            # access tokens live an hour.
            tokens=VisitorTokenSource(OAuthToken.expiring_in(access_token, "", 3600)),
            rate_limit=self._rate_limits.of(member_id, person=True, patience=self._person_patience),
            moved=_refuse_redirect,
            record=record,
            # The authorization server is asked about this very token.
            doubted=suspicion_of,
        )
        return Client(self._http, endpoint, context, retry_pause=self._retry_pause)

    def explain(self, actor: Actor, error: Error, *, writes: bool) -> Error:
        """What a refusal of the installer's call means, if it is the installer who is refused.

        `writes` says that the call may have changed something before it was refused.

        A portal hides from somebody who is no administrator what it shows to one, and refuses
        everything to somebody who was dismissed. Only a look at `profile` tells that from a flow
        that is not there and from a right that is missing.
        """
        if not isinstance(error, NotFound | NotPermitted | AuthorizationLost):
            return error
        try:
            # `profile` needs no scope, so a refusal here is about the user or the whole portal.
            if actor.directory.me().admin:
                self._trust(actor)
                # The token works, so it was refused once and will not be the next time.
                return _passing(error, writes) if isinstance(error, AuthorizationLost) else error
            reason = NOT_ADMINISTRATOR
        except (AccessDenied, UserBlocked, AuthorizationLost) as refusal:
            # ACCESS_DENIED stands for a user who cannot be used and for a plan without REST. Only
            # the texts differ; both are English constants in Bitrix24's source.
            if PLAN in refusal.portal_description.lower():
                return error
            reason = refusal.portal_error or refusal.code
        except Error:
            return error
        # What the refusal means is so, whether it can be written down just now or not.
        with suppress(DatabaseAway):
            self._registry.doubt(actor.portal, actor.user_id, reason)
        if isinstance(error, UserBlocked):  # which has a sentence of its own
            return error
        return AuthorizationLost(error.portal_error, error.portal_description)

    def _trust(self, actor: Actor) -> None:
        if actor.portal.authorization == "lost":
            self._registry.trust(actor.portal, actor.user_id)

    def _actor(
        self, portal: Portal, user_id: int, *, person: bool, until: float | None = None
    ) -> Actor:
        patience = self._person_patience if person else self._program_patience
        tokens = UserTokenSource(self._tokens, portal.member_id, user_id)
        context = ClientContext(
            tokens=tokens,
            rate_limit=self._rate_limits.of(
                portal.member_id,
                person=person,
                patience=patience,
                until=until,
                enterprise=portal.is_enterprise,
            ),
            moved=lambda location, token: self._moved(portal, location, token),
            record=self.listener(portal, user_id),
            rider=self._license_rider(portal) if is_license_due(portal.license_at) else None,
            doubted=lambda refusal: self._verification.judge(portal, user_id, refusal),
        )
        client = Client(self._http, portal.endpoint, context, retry_pause=self._retry_pause)
        # The answer of a refresh may say that the portal has moved. This client has to follow
        # before it sends the next call.
        tokens.on_change = lambda: self._move_client(client, portal.member_id)
        return Actor(portal, user_id, client, Directory(client))

    def _license_rider(self, portal: Portal) -> Rider:
        """Asks for the portal's plan beside whatever is asked for next."""

        def learn(answer: Any) -> None:
            try:
                self._rate_limits.learn_license(portal.member_id, answer)
            except Exception:
                # The plan only decides how fast we may ask, so the work goes on without it.
                log.exception("a plan is lost", extra={"portal": portal.member_id})

        return Rider(LICENSE_COMMAND[0], learn)

    def _moved(self, portal: Portal, location: str, token: OAuthToken) -> str:
        """The new REST base of a renamed portal, if the authorization server confirms the host."""
        try:
            info = self._oauth.verify_token(
                token.access_token, portal.member_id, portal.auth_server
            )
        except NotProven as error:
            # The old host redirects before anybody looks at the token, which may have ended.
            raise UNPROVEN.get(error.reason, Unreachable)(error.portal_error) from None
        # The Location header is only a hint: whoever took over the old name could collect tokens.
        if origin_of(location) != origin_of(info.endpoint):
            raise Unreachable(description="redirected to an unproven host", retryable=False)
        self._registry.move(info)
        return info.endpoint

    def _follow(self, member_id: str, response: TokenResponse) -> None:
        """Prove and store where the answer of a refresh says that a portal is by now."""
        portal = self._registry.known(member_id)
        if portal is None:
            return
        server = response.server or portal.auth_server
        moved = response.endpoint and origin_of(response.endpoint) != origin_of(portal.endpoint)
        # Most answers repeat what is stored, and verifying those would cost a request each.
        if not moved and server == portal.auth_server:
            return
        try:
            self._registry.move(
                self._oauth.verify_token(response.token.access_token, member_id, server)
            )
        # The new token is saved already; an address without proof must not fail the refresh.
        except (Bitrix24Error, NotInstalled) as error:
            log.warning("not followed", extra={"portal": member_id, "error": error.code})

    def _move_client(self, client: Client, member_id: str) -> None:
        portal = self._registry.known(member_id)
        if portal is not None:
            client.move_to(portal.endpoint)


def _passing(error: Bitrix24Error, writes: bool) -> Error:
    """The error for a refusal that is over already."""
    kind = AnswerLost if writes else Unreachable
    return kind(error.portal_error, error.portal_description)


def _refuse_redirect(location: str, token: OAuthToken) -> str:
    """Refuse a redirect: the authorization server has named the endpoint a moment ago."""
    raise Unreachable(description="redirected", retryable=False)
