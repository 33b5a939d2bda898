"""The emulated world for `requests` without a socket: an adapter to mount for http and https."""

import threading
import time
from collections.abc import Callable, Iterable
from http.client import HTTPMessage
from io import BytesIO
from typing import Any, ClassVar
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import run_wsgi_app

from tests.emulator.environment import environment
from tests.emulator.wire import AnswerLost
from tests.emulator.wsgi import WAIT, Wsgi


class Waiting:
    """How the emulator waits in here: it sleeps unless that would be longer than the timeout."""

    def __init__(self, timeout: float | None) -> None:
        self.timeout, self.late = timeout, False

    def __call__(self, seconds: float) -> None:
        if self.timeout is not None and seconds > self.timeout:
            self.late = True
        else:
            time.sleep(seconds)


class Original:
    """What `requests` reads the cookies of an answer from."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self.msg = HTTPMessage()
        for name, value in headers:
            self.msg.add_header(name, value)

    def isclosed(self) -> bool:
        """There was never a connection."""
        return True

    def close(self) -> None:
        """Nothing is open."""


class WsgiAdapter(BaseAdapter):
    """Sends requests straight into a WSGI program, whatever their host is.

    A broken connection is requests.ConnectionError. An answer that would come after the read
    timeout is requests.ReadTimeout at once, without the waiting; the call has been carried out.
    `sent` counts the requests.
    """

    witnesses: ClassVar[list[Callable[[requests.PreparedRequest], None]]] = []
    """Told of every request that any adapter carries out."""

    def __init__(self, wsgi: Wsgi) -> None:
        super().__init__()
        self.wsgi = wsgi
        self.sent = 0
        self._counting = threading.Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: object = None,
    ) -> requests.Response:
        """Carry out a request; see the class for what is raised."""
        with self._counting:
            self.sent += 1
        for tell in self.witnesses:
            tell(request)
        waiting = Waiting(timeout[1] if isinstance(timeout, tuple) else timeout)
        environ = environ_of(request)
        environ[WAIT] = waiting
        try:
            body, status, headers = run_wsgi_app(self.wsgi, environ, buffered=True)
        except AnswerLost as error:
            raise requests.ConnectionError(str(error), request=request) from error
        if waiting.late:
            raise requests.ReadTimeout("the answer came too late", request=request)
        return self.response_to(request, body, status, list(headers))

    def response_to(
        self,
        request: requests.PreparedRequest,
        body: Iterable[bytes],
        status: str,
        headers: list[tuple[str, str]],
    ) -> requests.Response:
        """Turn what the WSGI program gave into a response as requests would have made it."""
        code, _, reason = status.partition(" ")
        raw = HTTPResponse(
            BytesIO(b"".join(body)), headers=headers, status=int(code), reason=reason,
            preload_content=False, original_response=Original(headers),
        )  # fmt: skip
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is held open."""


def environ_of(request: requests.PreparedRequest) -> dict[str, Any]:
    """Build the WSGI environment of a request."""
    parts = urlsplit(str(request.url))
    body = request.body.encode() if isinstance(request.body, str) else request.body
    return environment(
        str(request.method), parts.scheme, parts.netloc, str(request.path_url),
        request.headers.items(), body or b"",
    )  # fmt: skip
