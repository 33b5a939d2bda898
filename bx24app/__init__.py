"""bx24app: task flows of Bitrix24 portals, through a form, an API and the command line."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time

from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel
from flask_openapi3.models.info import Info
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI

from bx24app import cli, logs
from bx24app.bitrix24.connections import warn_about_files
from bx24app.bitrix24.http import Transport
from bx24app.cli_group import ApplicationCommands
from bx24app.config import Config
from bx24app.container import Container, Timing
from bx24app.portals.rate_limit import Bucket
from bx24app.version import VERSION
from bx24app.web import (
    admission,
    assets,
    errors,
    handshake,
    headers,
    health,
    language,
    operator_pages,
)
from bx24app.web.about import routes as about_routes
from bx24app.web.api import openapi
from bx24app.web.api import routes as api_routes
from bx24app.web.api.parameters import refuse_parameters
from bx24app.web.flows import list_page, picker, read_page, row_actions
from bx24app.web.flows import routes as flow_routes
from bx24app.web.plans import blueprints_page, change_page, health_page, history_page, plans_page
from bx24app.web.settings import keys

LARGEST_REQUEST = 1024 * 1024
"""Bytes; the largest flow is far smaller."""
MOST_FIELDS = 5000

log = logging.getLogger("bx24app.requests")


def create_app(
    config: Config,
    *,
    transport: Transport | None = None,
    bucket: Bucket | None = None,
    timing: Timing | None = None,
) -> Flask:
    """Build the application; only this module imports from every package.

    `transport` replaces the network towards portals, `bucket` the rate that Bitrix24's plans
    allow, `timing` how long anybody waits.
    """
    app = OpenAPI(
        __name__,
        info=Info(title="Flows for Bitrix24", version=VERSION),
        servers=[Server(url=config.public_url)],
        doc_ui=False,
        validation_error_callback=refuse_parameters,
        template_folder="web/templates",
        static_folder="web/static",
    )
    # An address in the vendor's cabinet may end with a slash, and a redirect would lose a POST.
    app.url_map.strict_slashes = False
    app.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        # Werkzeug's own bounds are smaller: a flow with a large team has many fields.
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        MAX_FORM_PARTS=MOST_FIELDS,
        BABEL_TRANSLATION_DIRECTORIES="web/translations",
    )
    app.extensions["bx24app"] = Container.build(
        config, transport=transport, bucket=bucket, timing=timing
    )
    logs.configure(config.log_level, request_id)
    warn_about_files()
    Babel(app, locale_selector=language.select_language)
    # First, so that whatever refuses a request later is logged with its id.
    app.before_request(_begin)
    app.after_request(headers.add_headers)
    # Flask runs these in reverse order: the request is logged, then headers are added.
    app.after_request(_end)
    errors.register(app)
    admission.register(app)
    for bp in (
        handshake.bp,
        about_routes.bp,
        health.bp,
        assets.bp,
        list_page.bp,
        row_actions.bp,
        read_page.bp,
        flow_routes.bp,
        picker.bp,
        keys.bp,
        plans_page.bp,
        change_page.bp,
        history_page.bp,
        health_page.bp,
        blueprints_page.bp,
        operator_pages.bp,
        openapi.bp,
    ):
        app.register_blueprint(bp)
    app.register_api(api_routes.bp)
    app.cli = ApplicationCommands(app.name)
    for group in cli.GROUPS:
        app.cli.add_command(group)
    return app


def request_id() -> str:
    """The id of the request that is served now, for its log lines; empty outside of one."""
    return str(g.get("request_id", "")) if has_request_context() else ""


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = time.monotonic()


def _end(response: Response) -> Response:
    """Log every request without its query string, which may hold an authorization code."""
    _read_the_rest()
    response.headers["X-Request-Id"] = g.request_id
    # The path only: mask_path removes what looks like a secret from it as well.
    log.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "milliseconds": round((time.monotonic() - g.started) * 1000),
        },
    )
    return response


def _read_the_rest() -> None:
    """Read the rest of the body: closing the connection over it could lose the answer.

    Only where the server knows the body's end; a proxy limits what comes.
    """
    # Twice the limit: a slightly too large request still gets its 413, a huge one is cut.
    stream, left = request.environ["wsgi.input"], 2 * LARGEST_REQUEST
    with contextlib.suppress(OSError):
        while left > 0 and request.environ.get("wsgi.input_terminated"):
            piece = stream.read(min(left, 64 * 1024))
            # An empty piece is the end of the body, whatever is left of the bound.
            left = left - len(piece) if piece else 0
