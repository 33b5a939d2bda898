"""A tiny application on an origin of its own, which remembers how it was opened."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

HERE = Path(__file__).parent


@dataclass
class Opened:
    """One request that opened the application: its path, query and form."""

    path: str
    query: dict[str, str]
    form: dict[str, str]


@dataclass
class Child:
    """The application: every path is its page, but those of its scripts."""

    page: Path = HERE / "child.html"
    scripts: dict[str, Path] = field(default_factory=lambda: {"/child.js": HERE / "child.js"})
    opened: list[Opened] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ, start_response):  # noqa: ANN001, ANN204 - as WSGI has it
        """Answer one request."""
        request = Request(environ)
        if request.path in self.scripts:
            script = self.scripts[request.path].read_bytes()
            return Response(script, content_type="text/javascript")(environ, start_response)
        if request.method == "POST":
            query, form = request.args.to_dict(), request.form.to_dict()
            self.opened.append(Opened(request.path, query, form))
        page = self.page.read_bytes()
        return Response(page, content_type="text/html")(environ, start_response)


@contextmanager
def serve_child(child: Child) -> Iterator[Child]:
    """Serve the application on a free port of 127.0.0.1: to a browser not the portal's site."""
    server = make_server("127.0.0.1", 0, child, threaded=True)
    child.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield child
    finally:
        server.shutdown()
        server.server_close()
