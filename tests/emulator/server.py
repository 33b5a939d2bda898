"""The emulated world over real sockets: a threaded HTTP/1.1 server with one port per site."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from werkzeug.test import run_wsgi_app

from tests.emulator.environment import environment
from tests.emulator.state import World
from tests.emulator.wire import AnswerLost
from tests.emulator.wsgi import Wsgi


class Handler(BaseHTTPRequestHandler):
    """Serves the requests of one connection, which stays open between them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Site"

    def serve(self) -> None:
        """Answer one request, or break the connection."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            app_iter, status, headers = run_wsgi_app(
                self.server.wsgi, self.environ(body), buffered=True
            )
        except AnswerLost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.answer(status, list(headers), b"".join(app_iter))

    do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815

    def environ(self, body: bytes) -> dict[str, Any]:
        """Build the WSGI environment of the request."""
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        host = self.headers.get("Host", "")
        return environment(self.command, scheme, host, self.path, self.headers.items(), body)

    def answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        """Write the whole answer."""
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the journal knows more."""


class Site(ThreadingHTTPServer):
    """One port. A dropped connection is nothing to complain about."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int, wsgi: Wsgi, tls: ssl.SSLContext | None) -> None:
        super().__init__((address, port), Handler)
        self.wsgi = wsgi
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about clients that went away."""


@contextmanager
def serve(
    world: World, wsgi: Wsgi, ports: Sequence[int] = (0, 0, 0),
    tls: ssl.SSLContext | None = None, address: str = "127.0.0.1",
) -> Iterator[World]:  # fmt: skip
    """Serve portal A, the authorization server, portal B and further portals on these ports.

    A port of 0 is any free one: the world's hosts are moved to `localhost:<port>`. At the
    `address` 0.0.0.0 portals may be added later, as `127.0.1.<number>:<port>`.
    """
    sites = [Site(address, port, wsgi, tls) for port in ports]
    others = [host for host in world.portals if host not in world.portal_hosts]
    old = (world.portal_hosts[0], world.auth_host, world.portal_hosts[1], *others)
    new = [f"localhost:{site.server_port}" for site in sites]
    world.move(dict(zip(old, new, strict=True)))
    for site in sites:
        threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield world
    finally:
        for site in sites:
            site.shutdown()
            site.server_close()
