"""The authorization servers: exchange a code, renew a token, prove a token.

Only here is the client secret seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.base_client import OAuthError

from bx24app.bitrix24.errors import (
    AnswerLost,
    Busy,
    NotProven,
    UnknownServer,
    Unreachable,
    error_for,
)
from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.bitrix24.urls import is_acceptable_endpoint, origin_of, same_host

TIMEOUT = (3.05, 8.0)
"""Seconds to connect and to wait for an answer; a lease outlives its request."""
AT_ONCE, PATIENCE = 8, 1.5
"""Requests of one process to one server at once, and the seconds after which it counts as slow."""
USER_ID = re.compile(r"[1-9][0-9]{0,8}")
NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
HOUR = 3600
"""Seconds that an access token lives where its server does not say (Bitrix24 docs, oauth)."""


@dataclass(frozen=True)
class TokenInfo:
    """What an authorization server says about a token: everything we may believe of a caller."""

    server: str
    member_id: str
    user_id: int
    endpoint: str
    domain: str
    scope: tuple[str, ...]
    status: str
    installed: bool


@dataclass(frozen=True)
class TokenResponse:
    """The answer of the token endpoint: a new token, and whose it is."""

    token: OAuthToken
    member_id: str
    user_id: int
    endpoint: str


class AuthorizationServer:
    """The allow-listed authorization servers, as one application knows them."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        servers: Sequence[str],
        http: HttpClient,
        *,
        allow_http: bool = False,
    ) -> None:
        """`servers` are origins; no other host is ever asked or told anything."""
        self._client_id = client_id
        self._client_secret = client_secret
        self._servers = tuple(origin_of(server) for server in servers)
        for server in self._servers:
            http.bulkheads.build(server, AT_ONCE, PATIENCE)
        self._http = http
        self._allow_http = allow_http

    def verify_token(
        self, access_token: str, member_id: str, server_endpoint: str = ""
    ) -> TokenInfo:
        """Ask who a token belongs to, and refuse it unless it is ours and of this portal.

        Raises Untrusted for anything unproven, Unreachable while a server that could prove it does
        not answer. Where the caller named no server (older self-hosted portals), each allow-listed
        one is asked.
        """
        silent: Unreachable | None = None
        for server in self._candidates(server_endpoint):
            try:
                info = self._ask(server, access_token)
            except Unreachable as error:
                # Only a question was asked, so nothing can have happened.
                silent = Unreachable(error.portal_error, error.portal_description)
                continue
            if info and info.member_id == member_id:
                return info
        raise silent or NotProven()

    def refresh(self, server: str, refresh_token: str) -> TokenResponse:
        """Exchange a refresh token for a new token.

        Raises the Bitrix24Error that the answer stands for; Unreachable and AnswerLost mean that
        nothing is known about the token.
        """
        session = self._http.oauth_session(self._client_id, self._client_secret)
        return self._token_response(
            server,
            lambda: session.refresh_token(
                self._token_url(server),
                refresh_token=refresh_token,
                timeout=TIMEOUT,
                allow_redirects=False,
            ),
        )

    def exchange_code(self, server: str, code: str) -> TokenResponse:
        """Exchange an authorization code (30 seconds, once) for a token; raises like `renew`."""
        session = self._http.oauth_session(self._client_id, self._client_secret)
        return self._token_response(
            server,
            lambda: session.fetch_token(
                self._token_url(server),
                grant_type="authorization_code",
                code=code,
                timeout=TIMEOUT,
                allow_redirects=False,
            ),
        )

    def authorize_url(self, portal_origin: str, state: str) -> str:
        """Where a person of that portal confirms the application.

        Bitrix24 takes `client_id` and `state`; the way back is in the application's card.
        """
        query = urlencode({"client_id": self._client_id, "response_type": "code", "state": state})
        return f"{portal_origin}/oauth/authorize/?{query}"

    def _token_url(self, server: str) -> str:
        return f"{self._candidates(server)[0]}/oauth/token/"

    def _candidates(self, server_endpoint: str) -> tuple[str, ...]:
        if not server_endpoint:
            return self._servers
        origin = origin_of(server_endpoint)
        if origin not in self._servers:
            raise UnknownServer
        return (origin,)

    def _ask(self, server: str, access_token: str) -> TokenInfo | None:
        # The documentation gives the token as `auth`; in the body, because addresses are logged.
        answer = self._http.post(
            f"{server}/rest/app.info",
            token=access_token,
            timeout=TIMEOUT,
            form={"auth": access_token},
        )
        if answer.status >= 500 or not isinstance(answer.body, dict):
            raise Unreachable(description="authorization server")
        if "error" in answer.body:
            error = error_for(answer.body["error"], answer.body.get("error_description"))
            if isinstance(error, Busy | Unreachable):
                raise Unreachable(error.portal_error, "authorization server")
            return None
        result = answer.body.get("result")
        return self._parse_info(server, result) if isinstance(result, dict) else None

    def _parse_info(self, server: str, result: dict[str, Any]) -> TokenInfo | None:
        install = result.get("install")
        if result.get("client_id") != self._client_id or not isinstance(install, dict):
            return None
        endpoint, user_id = str(install.get("client_endpoint", "")), str(result.get("user_id"))
        if not is_acceptable_endpoint(
            endpoint, allow_http=self._allow_http
        ) or not USER_ID.fullmatch(user_id):
            return None
        return TokenInfo(
            server=server,
            member_id=str(install.get("member_id", "")),
            user_id=int(user_id),
            endpoint=endpoint if endpoint.endswith("/") else endpoint + "/",
            domain=str(install.get("domain") or urlsplit(endpoint).netloc).lower(),
            scope=_parse_scope(install.get("scope") or result.get("scope")),
            status=str(install.get("status", "")),
            installed=bool(install.get("installed")),
        )

    def _token_response(self, server: str, ask: Any) -> TokenResponse:
        with self._http.bulkhead(server):
            token = _token_answer(ask)
        return TokenResponse(
            token=OAuthToken.expiring_in(
                str(token["access_token"]),
                str(token.get("refresh_token", "")),
                _parse_number(token.get("expires_in")) or HOUR,
            ),
            member_id=str(token.get("member_id", "")),
            user_id=_parse_number(token.get("user_id")),
            endpoint=str(token.get("client_endpoint", "")),
        )


def names_portal(info: TokenInfo, domain: str) -> bool:
    """Whether `domain`, as a caller gave it, is the portal of the info."""
    return same_host(domain, info.domain) or same_host(domain, urlsplit(info.endpoint).netloc)


def _token_answer(ask: Any) -> Any:
    """Run one exchange with a token endpoint and turn every way of failing into one of ours."""
    try:
        token = ask()
    except OAuthError as error:
        raise error_for(error.error, error.description) from None
    except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
        raise Unreachable(description=type(error).__name__) from None
    except (requests.RequestException, ValueError, TypeError) as error:
        raise AnswerLost(description=type(error).__name__) from None
    if not isinstance(token, dict) or not token.get("access_token"):
        raise AnswerLost(description="no token in the answer")
    return token


def _parse_number(value: Any) -> int:
    """A number that may come as text; nought for anything else."""
    return int(value) if NUMBER.fullmatch(str(value)) else 0


def _parse_scope(text: Any) -> tuple[str, ...]:
    """Scopes come separated by commas, by spaces or by both."""
    return tuple(word for word in str(text or "").replace(",", " ").split() if word)
