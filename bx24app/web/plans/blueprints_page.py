"""The tab Blueprints: ready documents, own ones, and the way from a document to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import get_locale, gettext

from bx24app.blueprints.document import parse_document
from bx24app.blueprints.nodes import Finding, InvalidDocument
from bx24app.blueprints.planning import Options
from bx24app.blueprints.reading import read_document
from bx24app.blueprints.resolving import Unresolved
from bx24app.blueprints.writing import write_yaml
from bx24app.i18n import N_
from bx24app.web.administrator import planner, portal_of_administrator
from bx24app.web.context import container
from bx24app.web.language import translate
from bx24app.web.plans.plans_page import plan_page
from bx24app.web.render import render_page, require_session

bp = flask.Blueprint("blueprints", __name__, url_prefix="/blueprints")
bp.before_request(require_session)

KINDS = {
    "user": N_("person"),
    "department": N_("department"),
    "project": N_("project"),
    "template": N_("task template"),
}
CHOICE = "choice:"
"""Before the text of a reference in the names of the form's inputs."""


@bp.get("")
def list_blueprints():
    """The gallery, and what the portal keeps."""
    return _list_page()


@bp.get("/edit")
def edit():
    """A document to be changed, kept and planned: a ready, an own or a new one, or an export."""
    portal, asked = portal_of_administrator(), flask.request.args
    if slug := asked.get("ready"):
        ready = {one.slug: one for one in container().kept_blueprints.gallery()}
        text = ready[slug].text if slug in ready else ""
    elif slug := asked.get("own"):
        text = write_yaml(dict(container().kept_blueprints.get(portal.member_id, slug).document))
    elif "export" in asked:
        one = asked.get("export", type=int)
        ids = [one] if one else None
        text = write_yaml(container().blueprints.export(planner(portal), ids, emails=False))
    else:
        text = "schema: 1\nflows:\n"
    return _edit_page(text, slug or "")


@bp.post("/plan")
def plan():
    """Plan the document; what is wrong with it, or unclear, is asked beside it."""
    portal, form = portal_of_administrator(), flask.request.form
    text, slug = form.get("document", ""), form.get("slug", "")
    chosen = {
        name.removeprefix(CHOICE): int(value)
        for name, value in form.items()
        if name.startswith(CHOICE) and value.isdecimal() and len(value) < 10
    }
    options = Options(chosen, prune=form.get("prune") == "1")
    try:
        document = parse_document(read_document(text))
        made = container().blueprints.plan(planner(portal), document, options)
    except Unresolved as error:
        return _edit_page(text, slug, references=error.members["references"], chosen=chosen)
    except InvalidDocument as error:
        return _edit_page(text, slug, problems=_told(error))
    return plan_page(made)


@bp.post("/keep")
def keep():
    """Keep the document for this portal under a name."""
    portal, form = portal_of_administrator(), flask.request.form
    text, slug = form.get("document", ""), form.get("slug", "").strip()
    try:
        container().kept_blueprints.put(portal.member_id, slug, read_document(text))
    except InvalidDocument as error:
        return _edit_page(text, slug, problems=_told(error))
    return _list_page(gettext("“%(name)s” is kept.", name=slug))


@bp.post("/<slug>/delete")
def delete(slug: str):
    """Keep a document no longer."""
    container().kept_blueprints.delete(portal_of_administrator().member_id, slug)
    return _list_page(gettext("“%(name)s” was deleted.", name=slug))


def _list_page(message: str = "") -> str:
    kept, language = container().kept_blueprints, str(get_locale())
    own = kept.all(portal_of_administrator().member_id)
    ready = [
        {
            "slug": one.slug,
            "name": _text(one.name, language),
            "description": _text(one.description, language),
        }
        for one in kept.gallery()
    ]
    return render_page("plans/blueprints.html", ready=ready, own=own, message=message)


def _edit_page(text: str, slug: str, **context: Any) -> str:
    return render_page(
        "plans/blueprint.html",
        text=text,
        slug=slug,
        kinds={kind: gettext(word) for kind, word in KINDS.items()},
        **context,
    )


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language, texts["en"])


def _told(error: InvalidDocument) -> list[dict[str, Any]]:
    """Everything that is wrong, with its line and place."""
    return [
        {
            "line": one.line if isinstance(one, Finding) else None,
            "place": one.pointer,
            "text": translate(one.message, one.facts),
        }
        for one in error.problems
    ]
