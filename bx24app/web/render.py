"""Renders pages: whole for the portal's frame, or the part that htmx exchanges."""

from __future__ import annotations

from typing import Any

import flask
from flask_babel import get_locale

from bx24app.web import assets, session
from bx24app.web.context import container


def render_page(template: str, **context: Any) -> str:
    """A page: a fragment for htmx, otherwise the whole page."""
    # htmx has the page around it already and exchanges #main only.
    if flask.request.headers.get("HX-Request"):
        return flask.render_template(template, layout="fragment.html", **context)
    # An error page may have no session, and then no portal that its script could talk to.
    frame = _frame() if "session" in flask.g else None
    return flask.render_template(template, layout="base.html", frame=frame, **context)


def require_session() -> None:
    """Refuse a request to a page without a valid session; runs before each view."""
    session.current()


def template_context() -> dict[str, Any]:
    """What every template may use."""
    language = str(get_locale() or "en")
    title = container().manifest.title(language)
    return {
        "language": language,
        "app_title": title,
        "asset": assets.address,
        # Without `make static` the buttons do nothing; the page says so instead of seeming broken.
        "incomplete": assets.missing(),
    }


def _frame() -> dict[str, str]:
    """What the page's script has to know: its session value, and the portal to talk to."""
    portal = session.portal()
    return {
        # Signed anew, so that its half hour begins with this page.
        "session": session.value(),
        "origin": portal.origin,
        "member": portal.member_id,
        "domain": portal.domain,
    }
