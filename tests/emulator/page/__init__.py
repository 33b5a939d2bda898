"""The portal's page that a person sees: header, menu, the application in its frame, the flows."""

from collections.abc import Callable, Iterable

from flask import Flask, Response, render_template

from tests.emulator.page import application, contents, furniture, questions, visitor
from tests.emulator.state import World

# Nothing may come from another host, and no script may stand in the page itself.
POLICY = "script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"


def create_page(world: World) -> Callable[..., Iterable[bytes]]:
    """Build the WSGI program that serves the page of every portal of the world, by Host header.

    Every host it is asked for must be one of a portal.
    """
    app = Flask(__name__, static_url_path="/bitrix/page")
    app.extensions["world"] = world
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.before_request(visitor.recognize)
    app.url_defaults(furniture.stay_in_panel)
    app.context_processor(furniture.around)
    app.after_request(_protect)
    app.register_error_handler(404, _missing)
    for part in (application, contents, questions):
        app.register_blueprint(part.bp)
    return app


def _missing(error: Exception) -> tuple[str, int]:
    return render_template("missing.html"), 404


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
