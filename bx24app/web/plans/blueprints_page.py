"""The tab Blueprints: ready documents, own ones, and the way from a document to a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import flask
from flask_babel import get_locale, gettext

from bx24app.blueprints.document import parse_document
from bx24app.blueprints.kept import ReadyBlueprint
from bx24app.blueprints.nodes import InvalidDocument
from bx24app.blueprints.planning import Options
from bx24app.blueprints.reading import read_document
from bx24app.blueprints.resolving import Unresolved
from bx24app.blueprints.several import parse_table
from bx24app.blueprints.variables import stand_ins
from bx24app.blueprints.writing import write_yaml
from bx24app.web import session
from bx24app.web.administrator import planner, portal_of_administrator
from bx24app.web.context import container
from bx24app.web.flows.form import Form
from bx24app.web.flows.text import STATES
from bx24app.web.plans.document_form import (
    chosen_numbers,
    document_problems,
    given_variables,
    kinds_in_words,
    shown_variables,
)
from bx24app.web.plans.plans_page import plan_page
from bx24app.web.render import render_page, require_session

SHOW_EMAILS = {"user", "user_basic"}
"""The scopes with which `user.get` shows e-mails (Bitrix24 docs, scopes/permissions)."""

bp = flask.Blueprint("blueprints", __name__, url_prefix="/blueprints")
bp.before_request(require_session)


@bp.get("")
def list_blueprints():
    """The gallery, and what the portal keeps."""
    return _list_page()


@bp.get("/edit")
def edit():
    """A document to be changed, kept and planned: a ready, an own or a new one, or an export."""
    portal, asked = portal_of_administrator(), flask.request.args
    ready = None
    if slug := asked.get("ready"):
        ready = next(
            (one for one in container().kept_blueprints.gallery() if one.slug == slug), None
        )
        text = ready.text if ready else ""
    elif slug := asked.get("own"):
        text = write_yaml(dict(container().kept_blueprints.get(portal.member_id, slug).document))
    elif "export" in asked:
        # The number of one flow, or those that were chosen in the list, else all.
        numbers = asked.get("ids", asked["export"]).split(",")
        ids = [int(number) for number in numbers if number.isdecimal() and len(number) < 10] or None
        text = write_yaml(container().blueprints.export(planner(portal), ids, emails=False))
    else:
        text = "schema: 1\nflows:\n"
    shown = _shown_ready(ready, str(get_locale())) if ready else None
    return _edit_page(Form({"document": text, "slug": slug or ""}), ready=shown)


@bp.post("/plan")
def plan():
    """Plan the document; what is wrong with it, or unclear, is asked beside it."""
    portal, form = portal_of_administrator(), Form(flask.request.form)
    text, chosen = form.get("document", ""), chosen_numbers(form)
    options = Options(chosen, prune=form.get("prune") == "1")
    try:
        document = parse_document(read_document(text), given_variables(form, text))
        made = container().blueprints.plan(planner(portal), document, options)
    except Unresolved as error:
        return _edit_page(form, references=error.members["references"], chosen=chosen)
    except InvalidDocument as error:
        return _edit_page(form, problems=document_problems(error))
    return plan_page(made)


@bp.post("/several")
def several():
    """A table with a row for each flow that is to be made after the document's one."""
    portal, form = portal_of_administrator(), Form(flask.request.form)
    text = form.get("document", "")
    try:
        node = read_document(text)
        form["rows"] = container().blueprints.proposed_table(planner(portal), node)
    except InvalidDocument as error:
        return _edit_page(form, problems=document_problems(error))
    return _several_page(form)


@bp.post("/several/plan")
def plan_several():
    """Plan a flow for each row of the table."""
    portal, form = portal_of_administrator(), Form(flask.request.form)
    chosen = chosen_numbers(form)
    try:
        node, rows = read_document(form.get("document", "")), parse_table(form.get("rows", ""))
        made = container().blueprints.plan_several(planner(portal), node, rows, Options(chosen))
    except Unresolved as error:
        return _several_page(form, references=error.members["references"], chosen=chosen)
    except InvalidDocument as error:
        return _several_page(form, problems=document_problems(error))
    return plan_page(made)


@bp.post("/forget")
def forget():
    """Ask anew what a text of the document means, when it is planned again."""
    portal, form = portal_of_administrator(), Form(flask.request.form)
    kind, _, text = form.get("forget", "").partition(":")
    container().blueprints.forget(portal.member_id, kind, text)
    return _edit_page(form)


@bp.post("/keep")
def keep():
    """Keep the document for this portal under a name."""
    portal, form = portal_of_administrator(), Form(flask.request.form)
    text, slug = form.get("document", ""), form.get("slug", "").strip()
    try:
        container().kept_blueprints.put(portal.member_id, slug, read_document(text))
    except InvalidDocument as error:
        return _edit_page(form, problems=document_problems(error))
    return _list_page(gettext("“%(name)s” is kept.", name=slug))


@bp.post("/<slug>/delete")
def delete(slug: str):
    """Keep a document no longer."""
    container().kept_blueprints.delete(portal_of_administrator().member_id, slug)
    return _list_page(gettext("“%(name)s” was deleted.", name=slug))


def _list_page(message: str = "") -> str:
    kept, language = container().kept_blueprints, str(get_locale())
    own = kept.all(portal_of_administrator().member_id)
    ready = [_shown_ready(one, language) for one in kept.gallery()]
    return render_page("plans/blueprints.html", ready=ready, own=own, message=message)


def _edit_page(form: Form, **context: Any) -> str:
    text = form.get("document", "")
    return _document_page(
        "plans/blueprint.html",
        form,
        variables=shown_variables(text),
        remembered=_remembered(text),
        **context,
    )


def _emails_hidden(references: Iterable[Mapping[str, Any]]) -> bool:
    """Whether somebody was not found because the application may see no e-mails."""
    named = any(one["kind"] == "user" and "@" in one["text"] for one in references)
    return named and not SHOW_EMAILS & set(session.portal().scope)


def _remembered(text: str) -> list[dict[str, str]]:
    """What was chosen earlier for the names in a document, for a look at it."""
    try:
        node = read_document(text)
        document = parse_document(node, stand_ins(node))
    except InvalidDocument:
        return []
    found = container().blueprints.remembered(session.portal().member_id, document)
    pairs = {key: (key[0], str(number)) for key, number in found.items()}
    people = [pair for pair in pairs.values() if pair[0] in ("user", "department")]
    names = session.actor().directory.entries(people) if people else {}
    return [
        {
            "text": text,
            "key": f"{kind}:{text}",
            "kind": kind,
            "name": names[pair].name if pair in names else f"#{pair[1]}",
        }
        for (kind, text), pair in pairs.items()
    ]


def _several_page(form: Form, **context: Any) -> str:
    return _document_page("plans/several.html", form, **context)


def _document_page(template: str, form: Form, **context: Any) -> str:
    return render_page(
        template,
        form=form,
        kinds=kinds_in_words(),
        errors={},
        emails_hidden=_emails_hidden(context.get("references", ())),
        states={state: gettext(word) for state, word in STATES.items()},
        **context,
    )


def _shown_ready(one: ReadyBlueprint, language: str) -> dict[str, str]:
    return {
        "slug": one.slug,
        "name": _text(one.name, language),
        "description": _text(one.description, language),
    }


def _text(texts: Mapping[str, str], language: str) -> str:
    return texts.get(language, texts["en"])
