"""A proxy behind which every host of the internet is the emulated one, over TLS.

The official Python client dials hosts that it has built in, on port 443. A proxy, which it takes
from the environment like every program, leads it here instead; nothing in it is changed.
"""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.emulator.server import Handler, Site
from tests.emulator.wsgi import Wsgi


class Tunnel(Handler):
    """A connection to the proxy, which becomes one to the host that was asked for."""

    server: "Proxy"

    def do_CONNECT(self) -> None:  # noqa: N802 - called by its verb
        """Grant the tunnel and speak TLS at its other end."""
        self.send_response(200, "Connection established")
        self.end_headers()
        self.request = self.server.certificate.wrap_socket(self.connection, server_side=True)
        self.setup()
        self.close_connection = False

    def finish(self) -> None:
        """Close the encrypted connection, which the server does not know."""
        super().finish()
        self.connection.close()


class Proxy(Site):
    """The proxy at a free port; `certificate` speaks for every host behind it."""

    def __init__(self, wsgi: Wsgi, certificate: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", 0, wsgi, None)
        self.RequestHandlerClass = Tunnel
        self.certificate = certificate


@contextmanager
def proxy(wsgi: Wsgi, certificate: ssl.SSLContext) -> Iterator[str]:
    """Run the proxy until the block ends; gives its address."""
    with Proxy(wsgi, certificate) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
