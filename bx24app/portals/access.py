"""Acts on a portal: as its installer, as a person who opened the application, or as a visitor."""

from __future__ import annotations

from dataclasses import dataclass

from bx24app.bitrix24.client import Client, ClientContext, Exchange
from bx24app.bitrix24.directory import Directory
from bx24app.bitrix24.errors import NotProven, Unreachable
from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.oauth import AuthorizationServer, TokenInfo
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.bitrix24.urls import origin_of
from bx24app.portals.journal import Journal
from bx24app.portals.rate_limit import RateLimits
from bx24app.portals.registry import GONE, Portal, PortalRegistry
from bx24app.portals.token_store import TokenStore, UserTokenSource


@dataclass(frozen=True)
class Actor:
    """A user of a portal with the means to act there."""

    portal: Portal
    user_id: int
    client: Client
    directory: Directory


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
        self._program_patience = program_patience
        self._person_patience = person_patience
        self._retry_pause = retry_pause

    def as_installer(self, portal: Portal) -> Actor:
        """Act with the installer's token, for work without a person."""
        return self._actor(portal, portal.installer_id, person=False)

    def as_person(self, portal: Portal, user_id: int) -> Actor:
        """Act with the token of a person who has opened the application."""
        return self._actor(portal, user_id, person=True)

    def as_visitor(self, info: TokenInfo, access_token: str) -> Client:
        """Act with a proven token that is not stored, to see who launches us."""
        context = ClientContext(
            tokens=VisitorTokenSource(OAuthToken.expiring_in(access_token, "", 3600)),
            rate_limit=self._rate_limits.of(
                info.member_id, person=True, patience=self._person_patience
            ),
            moved=_refuse_redirect,
            record=lambda exchange: self._journal.record(info.member_id, exchange, visit=True),
        )
        return Client(self._http, info.endpoint, context, retry_pause=self._retry_pause)

    def _actor(self, portal: Portal, user_id: int, *, person: bool) -> Actor:
        patience = self._person_patience if person else self._program_patience
        context = ClientContext(
            tokens=UserTokenSource(self._tokens, portal.member_id, user_id),
            rate_limit=self._rate_limits.of(portal.member_id, person=person, patience=patience),
            moved=lambda location, token: self._moved(portal, location, token),
            record=lambda exchange: self._note(portal.member_id, exchange),
        )
        client = Client(self._http, portal.endpoint, context, retry_pause=self._retry_pause)
        return Actor(portal, user_id, client, Directory(client))

    def _moved(self, portal: Portal, location: str, token: OAuthToken) -> str:
        """The new REST base of a renamed portal, if the authorization server confirms the host."""
        info = self._oauth.verify_token(token.access_token, portal.member_id, portal.auth_server)
        if origin_of(location) != origin_of(info.endpoint):
            raise Unreachable(description="redirected to an unproven host", retryable=False)
        self._registry.move(info)
        return info.endpoint

    def _note(self, member_id: str, exchange: Exchange) -> None:
        """Journal an exchange, and notice when a portal says that it has let us go."""
        self._journal.record(member_id, exchange)
        if exchange.error and exchange.error.upper() in GONE:
            self._registry.note_gone(member_id)


class VisitorTokenSource:
    """The tokens of somebody who is launching just now: a token that cannot be refreshed."""

    def __init__(self, token: OAuthToken) -> None:
        self._token = token

    def token(self) -> OAuthToken:
        return self._token

    def refreshed(self, stale: OAuthToken) -> OAuthToken:
        raise NotProven


def _refuse_redirect(location: str, token: OAuthToken) -> str:
    """The endpoint has been proven a moment ago; a redirect away from it is not followed."""
    raise Unreachable(description="redirected", retryable=False)
