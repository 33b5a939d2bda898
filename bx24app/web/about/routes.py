"""Serves the pages for anybody; they belong to no portal and need no session."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import refresh

from bx24app.web.about.help_topics import TOPICS
from bx24app.web.about.stored_data import STORED_DATA
from bx24app.web.context import container
from bx24app.web.language import SUPPORTED, translate

bp = Blueprint("about", __name__)


@bp.before_request
def choose_language() -> None:
    """`?lang=` comes before the language of the browser; unknown ones are ignored."""
    wanted = request.args.get("lang", "")
    if wanted in SUPPORTED:
        g.language = wanted
        # Babel may have chosen already, while the request was let in.
        refresh()


@bp.get("/legal/privacy")
def privacy() -> ResponseReturnValue:
    """What is stored about whom, for how long, how it is deleted, and who may see it."""
    stored = [
        (translate(one.what, {}), translate(one.kept, one.facts), translate(one.seen_by, {}))
        for one in STORED_DATA
    ]
    return _page("privacy.html", stored=stored)


@bp.get("/legal/license")
def license_agreement() -> ResponseReturnValue:
    """On which terms the application may be used, and who offers it."""
    return _page("license.html")


@bp.get("/help")
def help_page() -> ResponseReturnValue:
    """Answers to the questions that administrators have."""
    topics = [(one.name, translate(one.question, {}), translate(one.answer, {})) for one in TOPICS]
    return _page("help.html", topics=topics)


def _page(template: str, **context: object) -> str:
    config = container().config
    return render_template(
        f"about/{template}",
        vendor=config.vendor,
        email=config.support_email,
        hours=config.support_hours,
        **context,
    )
