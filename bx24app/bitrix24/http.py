"""The connections to portals and authorization servers: pooled, bounded, never redirected."""

from __future__ import annotations

import http.cookiejar
import json
import math
import os
import re
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
ANSWER_BYTES = 4 * 1024 * 1024
"""No decoded answer is larger: fifty flows with their teams in one batch are a tenth of that."""
CONTAINERS = 200_000
"""Lists and objects in one answer; each costs far more memory than its two characters."""
DEPTH = 64
"""Lists and objects within one another."""
HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
"""How JSON begins half of a surrogate pair; whole ones begin the same way."""


class Answer(NamedTuple):
    """What came back: status, the `Location` of a redirect, the body (None if not JSON)."""

    status: int
    location: str
    body: Any
    size: int = 0
    """Bytes of the body."""


class _OAuthSession(OAuth2Session):  # type: ignore[misc]
    """Authlib's session with the same bounds on an answer's size and time as HttpClient.post."""

    def send(self, request: Any, **kwargs: Any) -> Any:
        """See requests.Session; raises AnswerLost for an answer without end."""
        # Unless it is streamed, requests reads the whole body before this method could bound it.
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
        """The way to the server of an address, for the time of one request; raises BulkheadFull."""
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

        Raises Unreachable (BulkheadFull, where too many wait) when the request cannot have been
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
                # No redirects: they would turn the POST into a GET, or carry the token elsewhere.
                response = self._session.send(
                    request, timeout=timeout, allow_redirects=False, stream=True
                )
                content = _read(response, timeout[1])
        except requests.exceptions.SSLError:
            # The handshake precedes the request, so neither token nor body was sent.
            raise CertificateRefused(retryable=False) from None
        except requests.ConnectTimeout as error:
            raise Unreachable(description=type(error).__name__) from None
        # After ConnectTimeout, which is a ConnectionError too.
        except requests.ConnectionError as error:
            raise _after_connection_error(error) from None
        except requests.RequestException as error:
            raise AnswerLost(description=type(error).__name__) from None
        location = response.headers.get("Location", "")
        return Answer(response.status_code, location, _json(content), len(content))

    def _prepare(self, session: requests.Session) -> requests.Session:
        session.mount("https://", self._transport)
        session.mount("http://", self._transport)
        # Portals share this session, so no portal may set cookies in it.
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
    # requests wraps urllib3's error, whose `reason` alone tells the two cases apart.
    reason = getattr(error.args[0], "reason", None) if error.args else None
    kind = Unreachable if isinstance(reason, NewConnectionError) else AnswerLost
    return kind(description=type(error).__name__)


def _read(response: requests.Response, seconds: float) -> bytes:
    """The body, bounded in bytes and seconds: a hostile portal could send endlessly or slowly."""
    content, end = bytearray(), time.monotonic() + seconds
    try:
        # read1 returns what has come, so the clock is looked at even when bytes trickle;
        # sizes are counted after decompression.
        while piece := response.raw.read1(64 * 1024, decode_content=True):
            content += piece
            if len(content) > ANSWER_BYTES or time.monotonic() > end:
                raise AnswerLost(description="answer without end")
    except HTTPError as error:
        raise AnswerLost(description=type(error).__name__) from None
    finally:
        # Gives the connection up where the answer was not read to its end.
        response.close()
    return bytes(content)


def _json(content: bytes) -> Any:
    """The value that was sent; None for what is no JSON or exceeds the bounds above.

    Halves of surrogate pairs are replaced, since neither a database nor a page can encode them.
    """
    # Counted before parsing, because parsing is what would need the memory.
    if content.count(b"[") + content.count(b"{") > CONTAINERS:
        return None
    # PHP files saved with a byte order mark put it before their JSON.
    text = content.decode("utf-8-sig", "replace")
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    if _is_deeper(value, DEPTH):
        return None
    return _whole_characters(value) if HALF_CHARACTER.search(text) else value


def _refuse_constant(name: str) -> Any:
    """NaN and the infinities are no JSON, though Python would read them."""
    raise ValueError(name)


def _finite(text: str) -> float:
    """A fraction; raises ValueError for one so large that it would be written as `Infinity`."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _is_deeper(value: Any, depth: int) -> bool:
    """Whether there are more than `depth` lists and objects within one another."""
    # Level by level, not recursively: the value is not yet known to be shallow.
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _whole_characters(value: Any) -> Any:
    """The value with each half of a surrogate pair replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_whole_characters(inner) for inner in value]
    if isinstance(value, dict):
        return {_whole_characters(key): _whole_characters(inner) for key, inner in value.items()}
    return value
