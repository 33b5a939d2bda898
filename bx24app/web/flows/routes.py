"""New flow and Edit: the form's page, its helpers while it is filled in, and saving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
from flask_babel import gettext

from bx24app.errors import Error, NotFound
from bx24app.flows.change import FlowChange, digest
from bx24app.flows.problems import FlowChanged, InvalidFlow, TrialWouldStart
from bx24app.flows.spec import parse_spec
from bx24app.portals.access import Actor
from bx24app.web.context import container
from bx24app.web.error_text import error_text
from bx24app.web.flows import picker
from bx24app.web.flows.form import Form, blank_form, fill_form
from bx24app.web.flows.form_page import (
    conflict_page,
    form_page,
    gone_page,
    refused_page,
    shown_form,
)
from bx24app.web.flows.form_values import SentForm, parse_sent, unchosen_texts
from bx24app.web.flows.former import former_words
from bx24app.web.flows.list_page import list_after
from bx24app.web.flows.row_actions import undo_of
from bx24app.web.flows.rows import Message, open_links
from bx24app.web.flows.text import brief, notes, sentences
from bx24app.web.flows.whom import administrators
from bx24app.web.language import translate
from bx24app.web.render import render_page, require_session
from bx24app.web.session import actor

bp = flask.Blueprint("flow_form", __name__)
bp.before_request(require_session)


@bp.get("/flows/new")
def new():
    """An empty form with Bitrix24's own defaults, or, `like` a flow, with that flow's settings."""
    me = actor()
    creation = container().flow_lists.creation(me)
    if not creation.allowed:
        return render_page("no_creation.html", creation=creation, ask=administrators(me))
    like = flask.request.args.get("like", type=int)
    if like is None:
        return form_page(
            me, parse_sent(blank_form(picker.myself(me), picker.everybody(), picker.new_project()))
        )
    return form_page(me, parse_sent(_copied(me, container().flows.get(me, like))))


@bp.post("/flows")
def create():
    """Create the flow of a form."""
    me, sent = actor(), parse_sent(Form(flask.request.form))
    try:
        _refuse_leftovers(sent)
        allowed = sent.form.get("allowTrial") == "1"
        change = container().flows.create(me, sent.flow(), allow_trial=allowed)
    except TrialWouldStart:
        # The portal has one trial only, so a person has to say that it may begin.
        return form_page(me, sent, trial=True)
    except Error as error:
        return refused_page(me, sent, error)
    flow, flow_id = change.flow, change.flow_id
    text = gettext("“%(name)s” was created.", name=flow["name"])
    if flow.get("trialFeatureEnabled"):
        text = gettext(
            "“%(name)s” was created. Bitrix24 has started the 15-day trial of flows.",
            name=flow["name"],
        )
    text = _with_warnings(text, change)
    return list_after(me, Message(text, open=open_links(me, flow_id), flow_id=flow_id), flow)


@bp.get("/flows/<int:flow_id>/edit")
def edit(flow_id: int):
    """A form with the settings of a flow."""
    me = actor()
    flow = container().flows.get(me, flow_id)
    former = container().flow_lists.of_one(me, flow).switched.get(flow_id)
    return form_page(me, shown_form(me, flow), flow_id, switched=former_words(me, former, flow))


@bp.post("/flows/<int:flow_id>")
def save(flow_id: int):
    """Change in a flow what was changed in its form, unless the flow was changed since."""
    me, sent = actor(), parse_sent(Form(flask.request.form))
    try:
        _refuse_leftovers(sent)
        # `base` stands for the flow as the form has shown it, which may be long ago.
        change = container().flows.update(
            me, flow_id, sent.changes(), if_match=sent.form.get("base")
        )
    except FlowChanged as conflict:
        return conflict_page(me, sent, flow_id, conflict.now)
    except NotFound:
        return gone_page(me, sent)
    except Error as error:
        # With the form as typed, and 200: for another status a browser writes to its console.
        return refused_page(me, sent, error, flow_id)
    return list_after(me, _saved(me, change), change.flow)


@bp.post("/flows/<int:flow_id>/team")
def refresh_team(flow_id: int):
    """Let the departments of a saved queue stand for the people they have now."""
    me, base = actor(), flask.request.form.get("base", "")
    try:
        change = container().flows.refresh_team(me, flow_id, if_match=base)
    except FlowChanged:
        text = gettext("The flow was changed meanwhile, so nothing was refreshed. Open it again.")
    except Error as error:
        text = error_text(error)
    else:
        base = digest(change.flow)
        text = gettext("The team now has the people who are in its departments today.")
        text = _with_warnings(text, change)
    return flask.render_template("parts/refreshed.html", text=text, base=base)


@bp.post("/flows/name")
def name():
    """Whether the name in the form is free; says nothing where that cannot be known now."""
    form = flask.request.form
    wanted_name, flow_id = form.get("name", "").strip(), form.get("flow", 0, type=int)
    state = ""
    # A longer name is refused when it is saved, so the portal need not be asked.
    if wanted_name and len(wanted_name) <= 255:
        try:
            taken = container().flows.exists(actor(), wanted_name, flow_id)
            state = "taken" if taken else "free"
        except Error:
            # Only a hint while typing: saving checks the name again.
            state = "later"
    return flask.render_template("parts/name.html", state=state)


@bp.post("/flows/sentences")
def sentences_of_form():
    """What will happen with the form as it is now."""
    sent = parse_sent(Form(flask.request.form))
    return flask.render_template(
        "parts/sentences.html",
        sentences=sentences(sent),
        notes=notes(sent.now, new=not sent.form.get("flow")),
        brief=brief(sent.now),
        follow=True,
    )


@bp.post("/flows/draft")
def restore():
    """The form as it was left, with what was typed into it."""
    sent = parse_sent(Form(flask.request.form))
    return form_page(actor(), sent, sent.form.get("flow", 0, type=int), restored=True)


def _copied(me: Actor, flow: Mapping[str, Any]) -> Form:
    """The settings of a flow for another one, which has its own name, project and administrator."""
    form = fill_form(flow, picker.names(me, flow))
    # Names are unique on a portal.
    form["name"] = ""
    form.pick("ownerId", [picker.myself(me)])
    form.pick("groupId", [picker.new_project()])
    return form


def _refuse_leftovers(sent: SentForm) -> None:
    """Refuse a form with names half typed, together with everything else that can be seen in it."""
    problems = unchosen_texts(sent.form)
    if not problems:
        return
    # Only a new flow can be checked without the portal; changes need the flow they are for.
    if not sent.form.get("shown"):
        try:
            parse_spec(sent.flow())
        except InvalidFlow as found:
            # A text that is not chosen leaves its field empty; that needs no second message.
            fields = {problem.pointer for problem in problems}
            problems += [other for other in found.problems if other.pointer not in fields]
    raise InvalidFlow(problems)


def _with_warnings(text: str, change: FlowChange) -> str:
    """What was done, and what came out otherwise than asked."""
    warnings = [translate(warning.message, warning.facts) for warning in change.warnings]
    return " ".join([text, *warnings])


def _saved(me: Actor, change: FlowChange) -> Message:
    flow_id, name = change.flow_id, change.flow["name"]
    if not change.changed:
        return Message(gettext("“%(name)s” is as it was.", name=name), flow_id=flow_id)
    text = _with_warnings(gettext("Changes to “%(name)s” are saved.", name=name), change)
    return Message(text, open=open_links(me, flow_id), undo=undo_of(change), flow_id=flow_id)
