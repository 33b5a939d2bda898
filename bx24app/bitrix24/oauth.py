"""The authorization servers: exchange a code, refresh a token, verify a token.

The client secret is sent from here, and to these servers only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from authlib.integrations.base_client import OAuthError

from bx24app.bitrix24.bulkhead import PassingBulkheads
from bx24app.bitrix24.errors import (
    AnswerLost,
    Bitrix24Error,
    CertificateRefused,
    NotProven,
    PaymentRequired,
    UnknownServer,
    Unreachable,
    UserBlocked,
    error_for,
)
from bx24app.bitrix24.http import HttpClient
from bx24app.bitrix24.oauth_refusals import refresh_refusal, verification_refusal
from bx24app.bitrix24.payloads import TOKEN
from bx24app.bitrix24.tokens import OAuthToken
from bx24app.bitrix24.urls import endpoint_problem, origin_of, same_host

TIMEOUT = (3.05, 8.0)
"""Seconds to connect and to wait for an answer; a lease outlives its request."""
AT_ONCE, PATIENCE = 8, 1.5
"""Requests of one process to one server at once, and the seconds after which it counts as slow."""
CLAIMS = 4
"""Questions at once about tokens that claim to be of one portal: half of all."""
USER_ID = re.compile(r"[1-9][0-9]{0,8}")
NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
HOUR = 3600
"""Seconds that an access token lives where its server does not say (Bitrix24 docs, oauth)."""


@dataclass(frozen=True)
class TokenInfo:
    """What an authorization server says about a token; only this is trusted about a caller."""

    server: str
    member_id: str
    user_id: int
    endpoint: str
    domain: str
    scope: tuple[str, ...]
    status: str
    installed: bool
    """Whether the installation was finished."""


@dataclass(frozen=True)
class TokenResponse:
    """The answer of the token endpoint: a new token, and whose it is."""

    token: OAuthToken
    member_id: str
    user_id: int
    endpoint: str
    """Where the portal's REST is now, as the answer says; not proven yet."""
    server: str
    """Which authorization server is responsible now, as the answer says; not proven yet."""


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
            # Refreshes get slots of their own: forged launches must not keep real portals waiting.
            http.bulkheads.build(_refreshes(server), AT_ONCE, PATIENCE)
        self._http = http
        self._claims = PassingBulkheads(CLAIMS, PATIENCE)
        self._allow_http = allow_http

    def verify_token(
        self, access_token: str, member_id: str, server_endpoint: str = ""
    ) -> TokenInfo:
        """Ask who a token belongs to, and refuse it unless it is ours and of this portal.

        Raises NotProven with the reason, PaymentRequired or UserBlocked for what is unproven, and
        Unreachable while a server that could prove it does not answer. Where the caller named no
        server (older self-hosted portals), each allow-listed one is asked.
        """
        # Whatever claims to come from one portal cannot crowd out what comes from the others.
        with self._claims.slot(member_id):
            return self._verify_token(access_token, member_id, server_endpoint)

    def _verify_token(self, access_token: str, member_id: str, server_endpoint: str) -> TokenInfo:
        silent: Unreachable | None = None
        refusal: Bitrix24Error = NotProven("unknown_token")
        for server in self._candidates(server_endpoint):
            try:
                info = self._ask(server, access_token)
            # Kept as it is, for its message tells the administrator what to do.
            except CertificateRefused as error:
                silent = error
            except Unreachable as error:
                # Only a question was asked, so nothing can have happened.
                silent = Unreachable(error.portal_error, error.portal_description)
            except (NotProven, PaymentRequired, UserBlocked) as error:
                # Servers that do not know the token say less than the one that does.
                refusal = error if error.reason != "unknown_token" else refusal
            else:
                if info.member_id == member_id:
                    return info
                # Known here, but the caller claimed another member_id.
                refusal = NotProven("other_portal")
        # While one server is silent it could still know the token, so nothing is refused yet.
        raise silent or refusal

    def refresh(self, server: str, refresh_token: str) -> TokenResponse:
        """Exchange a refresh token for a new token.

        Raises the Bitrix24Error that the answer stands for; Unreachable and AnswerLost mean that
        nothing is known about the token.
        """
        session = self._http.oauth_session(self._client_id, self._client_secret)
        return self._token_response(
            _refreshes(server),
            lambda: session.refresh_token(
                self._token_url(server),
                refresh_token=refresh_token,
                timeout=TIMEOUT,
                allow_redirects=False,
            ),
        )

    def exchange_code(self, server: str, code: str) -> TokenResponse:
        """Exchange an authorization code (30 seconds, once) for a token; raises like `refresh`."""
        session = self._http.oauth_session(self._client_id, self._client_secret)
        return self._token_response(
            origin_of(server),
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
        # Before anything is sent: the caller's word must not lead our secret to another host.
        if origin not in self._servers:
            raise UnknownServer
        return (origin,)

    def _ask(self, server: str, access_token: str) -> TokenInfo:
        # The documentation gives the token as `auth`; in the body, because addresses are logged.
        answer = self._http.post(
            f"{server}/rest/app.info",
            token=None,
            timeout=TIMEOUT,
            form={"auth": access_token},
        )
        # No verdict on the token: the server or a proxy is failing, and the caller may retry.
        if answer.status >= 500 or not isinstance(answer.body, dict):
            raise Unreachable(description="authorization server")
        if "error" in answer.body:
            error = error_for(answer.body["error"], answer.body.get("error_description"))
            raise verification_refusal(error)
        result = answer.body.get("result")
        if not isinstance(result, dict):
            raise NotProven("odd_answer")
        return self._parse_info(server, result)

    def _parse_info(self, server: str, result: dict[str, Any]) -> TokenInfo:
        install = result.get("install")
        # A live token of another application says who the user is, but was not given to us.
        if result.get("client_id") != self._client_id:
            raise NotProven("other_application")
        user_id = str(result.get("user_id"))
        if not isinstance(install, dict) or not USER_ID.fullmatch(user_id):
            raise NotProven("odd_answer")
        endpoint = str(install.get("client_endpoint", ""))
        # Requests with tokens will go there, so it must not be an address inside our network.
        if problem := endpoint_problem(endpoint, allow_http=self._allow_http):
            raise NotProven(problem)
        return TokenInfo(
            server=server,
            member_id=str(install.get("member_id", "")),
            user_id=int(user_id),
            # Method names are appended to it.
            endpoint=endpoint if endpoint.endswith("/") else endpoint + "/",
            domain=str(install.get("domain") or urlsplit(endpoint).netloc).lower(),
            scope=_parse_scope(install.get("scope") or result.get("scope")),
            status=str(install.get("status", "")),
            installed=bool(install.get("installed")),
        )

    def _token_response(self, bulkhead: str, ask: Any) -> TokenResponse:
        with self._http.bulkheads.to(bulkhead).slot():
            token = _token_answer(ask)
        return TokenResponse(
            token=OAuthToken.expiring_in(
                str(token["access_token"]),
                str(token.get("refresh_token", "")),
                # A lifetime that cannot be read must not make a good token look expired.
                _parse_number(token.get("expires_in")) or HOUR,
            ),
            member_id=str(token.get("member_id", "")),
            user_id=_parse_number(token.get("user_id")),
            endpoint=str(token.get("client_endpoint", "")),
            server=origin_of(str(token.get("server_endpoint", ""))),
        )


def _refreshes(server: str) -> str:
    """The name of the bulkhead for refreshes, which a flood of forged launches cannot fill."""
    return f"{origin_of(server)} refreshes"


def names_portal(info: TokenInfo, domain: str) -> bool:
    """Whether `domain`, as a caller gave it, is the portal of the info."""
    return same_host(domain, info.domain) or same_host(domain, urlsplit(info.endpoint).netloc)


def _token_answer(ask: Any) -> Any:
    """Run one exchange with a token endpoint; every failure becomes a Bitrix24Error."""
    try:
        token = ask()
    except OAuthError as error:
        # `from None` throughout: Authlib's and requests' errors may quote tokens and secret.
        raise refresh_refusal(error.error, error.description) from None
    except requests.exceptions.SSLError:
        raise CertificateRefused from None
    except requests.ConnectTimeout as error:
        raise Unreachable(description=type(error).__name__) from None
    # RecursionError: lists within lists, deeper than Python reads.
    except (requests.RequestException, ValueError, TypeError, RecursionError) as error:
        # The server may have exchanged the token already, and the old one may be spent.
        raise AnswerLost(description=type(error).__name__) from None
    if not isinstance(token, dict) or not _is_token_answer(token):
        raise AnswerLost(description="no token in the answer")
    return token


def _is_token_answer(token: dict[str, Any]) -> bool:
    """Whether an answer has what a token can be, and says which portal it is for."""
    tokens = [token.get("access_token"), token.get("refresh_token") or "none"]
    # Checked before it is stored: a token goes into headers, where a line break would harm.
    well_formed = all(isinstance(one, str) and TOKEN.fullmatch(one) for one in tokens)
    return well_formed and bool(token.get("member_id"))


def _parse_number(value: Any) -> int:
    """A number that may come as text; 0 for anything else."""
    return int(value) if NUMBER.fullmatch(str(value)) else 0


def _parse_scope(text: Any) -> tuple[str, ...]:
    """Scopes come separated by commas, by spaces or by both."""
    return tuple(word for word in str(text or "").replace(",", " ").split() if word)
