"""The connections to portals and authorization servers: pooled, bounded, never redirected."""

from __future__ import annotations

import http.cookiejar
import json
import os
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from urllib.request import getproxies

import requests
from authlib.integrations.requests_client import OAuth2Session
from requests.adapters import BaseAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from bx24app.bitrix24.bulkhead import Bulkheads
from bx24app.bitrix24.connections import KeptConnections
from bx24app.bitrix24.errors import AnswerLost, CertificateRefused, Unreachable
from bx24app.bitrix24.urls import origin_of
from bx24app.version import VERSION

Transport = BaseAdapter
"""What carries requests; tests bring one that needs no network."""

USER_AGENT = f"bx24app/{VERSION}"
ANSWER_BYTES = 32 * 1024 * 1024
"""No answer of Bitrix24 is larger."""


class Answer(NamedTuple):
    """What came back: status, the `Location` of a redirect, the body (None if not JSON)."""

    status: int
    location: str
    body: Any


class _OAuthSession(OAuth2Session):  # type: ignore[misc]
    """Authlib's session, which reads no more of an answer, and no longer, than anybody else."""

    def send(self, request: Any, **kwargs: Any) -> Any:
        """See requests.Session; raises AnswerLost for an answer without end."""
        kwargs["stream"] = True
        response = super().send(request, **kwargs)
        response._content = _read(response, kwargs["timeout"][1])
        return response


class HttpClient:
    """One set of keep-alive connections for the whole process, its portals and threads."""

    def __init__(self, transport: Transport | None = None) -> None:
        """`transport` replaces the network, e.g. by a server in the same process."""
        self._transport = transport or KeptConnections()
        self.bulkheads = Bulkheads()
        self._session = self._prepare(requests.Session())

    def oauth_session(self, client_id: str, client_secret: str) -> OAuth2Session:
        """Authlib's session over the same connections; the secret goes in the form body only."""
        session = _OAuthSession(
            client_id,
            client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106
        )
        self._prepare(session)
        return session

    def bulkhead(self, url: str) -> AbstractContextManager[None]:
        """The way to the server of an address, for the time of one request; raises Crowded."""
        return self.bulkheads.to(origin_of(url)).slot()

    def post(
        self,
        url: str,
        *,
        token: str | None,
        timeout: tuple[float, float],
        body: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """POST JSON, or a form where one is given, with a bearer token unless that is None.

        Raises Unreachable (Crowded, where too many wait) when the request cannot have been
        executed, AnswerLost when it may.
        """
        sent = {"json": {} if body is None else body} if form is None else {"data": form}
        headers = dict(self._session.headers)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        # Prepared by itself: nothing of a session but its headers belongs into a portal's request,
        # and looking for the rest would cost a tenth of the call.
        request = requests.Request("POST", url, headers=headers, **sent).prepare()
        try:
            with self.bulkhead(url):
                response = self._session.send(
                    request, timeout=timeout, allow_redirects=False, stream=True
                )
                content = _read(response, timeout[1])
        except requests.exceptions.SSLError:
            raise CertificateRefused(retryable=False) from None
        except requests.ConnectTimeout as error:
            raise Unreachable(description=type(error).__name__) from None
        except requests.ConnectionError as error:
            raise _after_connection_error(error) from None
        except requests.RequestException as error:
            raise AnswerLost(description=type(error).__name__) from None
        return Answer(response.status_code, response.headers.get("Location", ""), _json(content))

    def _prepare(self, session: requests.Session) -> requests.Session:
        session.mount("https://", self._transport)
        session.mount("http://", self._transport)
        session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
        # Looking the environment up at each call costs a fifth of it, so it is done once, here.
        session.trust_env = bool(getproxies())
        session.verify = (
            os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        )
        return session


def _after_connection_error(error: requests.ConnectionError) -> Unreachable:
    """Tell a connection that never stood (safe to repeat) from one that broke under a request."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    kind = Unreachable if isinstance(reason, NewConnectionError) else AnswerLost
    return kind(description=type(error).__name__)


def _read(response: requests.Response, seconds: float) -> bytes:
    """The body, in bounds: a portal of one's own could send without end, or drop by drop."""
    content, end = bytearray(), time.monotonic() + seconds
    try:
        while piece := response.raw.read1(64 * 1024, decode_content=True):
            content += piece
            if len(content) > ANSWER_BYTES or time.monotonic() > end:
                raise AnswerLost(description="answer without end")
    except HTTPError as error:
        raise AnswerLost(description=type(error).__name__) from None
    finally:
        response.close()
    return bytes(content)


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
