"""Finding people, departments, projects and templates for the form, and what to call them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import flask
from flask_babel import gettext, ngettext

from bx24app.errors import Error
from bx24app.flows.overview import read_me
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.web.context import container
from bx24app.web.flows.form import TEAMS, Choice, Named
from bx24app.web.flows.form_values import template_id
from bx24app.web.flows.text import STATES, WITHHELD
from bx24app.web.render import require_session
from bx24app.web.session import actor

bp = flask.Blueprint("picker", __name__, url_prefix="/pick")
bp.before_request(require_session)

DEPARTMENT = re.compile(r"[0-9]{1,9}(:F)?")
MOST = 7
"""Suggestions of each kind that fit under a field; more letters find the others."""
SCOPES = {"user": "user_brief", "department": "department"}
"""The scopes without which Bitrix24 shows nobody of a kind."""
MANY = 30
"""A person is asked before more people than these are added at once, as in Bitrix24's own form."""
UNANSWERED = {
    "user": N_("Bitrix24 gave no clear answer about people just now."),
    "department": N_("Bitrix24 gave no clear answer about departments just now."),
    "project": N_("Bitrix24 gave no clear answer about projects just now."),
}
MORE = {
    "user": N_("There are more people. Type more letters to find them."),
    "department": N_("There are more departments. Type more letters to find them."),
    "project": N_("There are more projects. Type more letters to find them."),
}


@bp.get("/members")
def members():
    """People and departments that match what was typed, as far as the field takes them."""
    args = flask.request.args
    # Bitrix24's own form takes no departments into a queue, so one is offered as its people.
    query, field_kind = args.get("q", ""), args.get("kind", "")
    only = args.get("only", "")
    kinds = {only} if only in ("user", "department") else {"user", "department"}
    me = actor()
    found = me.directory.search(query, kinds)
    people = [entry for entry in found if entry.type == "user"]
    departments = [entry for entry in found if entry.type == "department"]
    groups = [
        (gettext("Everyone"), _everyone(query) if args.get("everyone") else []),
        (gettext("People"), [_option(choice_of(entry), entry.detail) for entry in people[:MOST]]),
        (
            gettext("Departments"),
            [option for entry in departments[:MOST] for option in _department(entry, field_kind)],
        ),
    ]
    scopes = [scope for kind, scope in SCOPES.items() if kind in kinds]
    withheld = _withheld(me, *scopes)
    more = found.more | ({"user"} if len(people) > MOST else set())
    return _options(groups, [*withheld, *_missing(found.unanswered, more)])


@bp.get("/departments/<department_id>/members")
def department_members(department_id: str):
    """The active people of a department (`17` with all below), as choices for a queue."""
    if not DEPARTMENT.fullmatch(department_id):
        flask.abort(404)
    found = actor().directory.members(department_id)
    # Half a department would pass for all of it.
    if found.more or found.unanswered:
        flask.abort(422)
    # In the form of hidden inputs, as picker.js adds them.
    return flask.jsonify([choice_of(entry).value for entry in found])


@bp.get("/projects")
def projects():
    """Projects that match what was typed; for a new flow also a new project."""
    args = flask.request.args
    query = args.get("q", "")
    me = actor()
    # Only a new flow: Bitrix24 does not make a project for an existing one.
    fresh = [new_project()] if args.get("new") == "1" and _matches(query, new_project()) else []
    found = me.directory.projects(query)
    groups = [
        ("", [_option(choice, gettext("made by Bitrix24")) for choice in fresh]),
        (gettext("Projects"), [_option(choice_of(entry)) for entry in found[:MOST]]),
    ]
    more = found.more | ({"project"} if len(found) > MOST else set())
    return _options(groups, [*_withheld(me, "sonet_group"), *_missing(found.unanswered, more)])


@bp.post("/template")
def template():
    """The title of the template whose number or link was typed."""
    found = template_of(actor(), flask.request.form.get("templateId", ""))
    return flask.render_template("parts/template.html", task_template=found) if found else ""


def template_of(me: Actor, text: str) -> dict[str, str] | None:
    """The title of a template, or why there is none to show; None where nothing was typed."""
    number = template_id(text)
    if not isinstance(number, int):
        return {"error": gettext("This is neither the ID nor the link of a template.")}
    if not number:
        return None
    try:
        found = me.directory.template(number)
    except Error:
        # Only its title is missing: the number can be saved all the same.
        return {"error": gettext("The template couldn't be looked up just now.")}
    if found.state == "missing":
        return {"error": gettext("There is no such template, or you can't see it.")}
    return {"name": found.name}


def everybody() -> Choice:
    """All employees of the portal, in Bitrix24's notation."""
    return Choice("meta-user", "all-users", gettext("All employees"))


def new_project() -> Choice:
    """No project yet: Bitrix24 makes one."""
    return Choice("project", "0", gettext("New project"))


def myself(me: Actor) -> Choice:
    """The person who uses the form."""
    # A name only decorates the form, so it may be missing.
    return Choice("user", str(me.user_id), read_me(me).name or f"#{me.user_id}")


def names(me: Actor, flow: Mapping[str, Any]) -> Named:
    """What to call everybody and everything that a flow names."""
    pairs = [(kind, str(number)) for kind, number in _members(flow)]
    # Looked up together, however many people and departments a flow names.
    entries = me.directory.entries(pairs)

    def named(kind: str, number: str) -> Choice:
        if kind == "project":
            return choice_of(me.directory.project(int(number)))
        return choice_of(entries[kind, number])

    return named


def _members(flow: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    yield from flow["taskCreators"]
    yield from flow["responsibleList"]
    if flow["ownerId"]:
        yield "user", flow["ownerId"]


def choice_of(entry: Any) -> Choice:
    """An entry of the portal's directory, with a name that says what it stands for."""
    name = entry.name
    if entry.type == "meta-user":
        return everybody()
    if entry.type == "department" and not entry.state:
        if entry.id.endswith(":F"):
            name = gettext("%(name)s only", name=name)
        else:
            name = gettext("%(name)s and its departments", name=name)
    if entry.type == "project" and entry.state == "hidden":
        # The id has to survive saving, although the person may not see the project.
        return Choice(entry.type, entry.id, gettext("A project you can't see (kept as it is)"))
    return Choice(entry.type, entry.id, name, entry.state)


def _option(choice: Choice, detail: str = "", **more: str) -> dict[str, Any]:
    return {"choice": choice, "label": choice.name, "detail": detail} | more


def _everyone(query: str) -> list[dict[str, Any]]:
    return [_option(everybody())] if _matches(query, everybody()) else []


def _matches(query: str, choice: Choice) -> bool:
    return query.strip().casefold() in choice.name.casefold()


def _department(entry: Any, field_kind: str) -> list[dict[str, Any]]:
    """A department with and without what is below it, each with the number of its people.

    Bitrix24's own form takes no departments into a queue, so there its people are added instead.
    """
    found = []
    for number, count in ((entry.id, entry.people_within), (f"{entry.id}:F", entry.people)):
        choice = choice_of(replace(entry, id=number))
        label, more = choice.name, {}
        if count is not None:
            people = ngettext("%(num)s person", "%(num)s people", count)
            label = gettext("%(department)s – %(people)s", department=choice.name, people=people)
            more = {"count": str(count)}
        if field_kind == "queue":
            more["members"] = flask.url_for("picker.department_members", department_id=number)
        if count is not None and count > MANY and field_kind in TEAMS:
            more |= _question(field_kind, count)
        found.append(_option(choice, entry.detail, label=label, **more))
    return found


def _question(field_kind: str, count: int) -> dict[str, str]:
    """What a person is asked before so many people are added, and what they say yes with."""
    if field_kind == "himself":
        question = ngettext(
            "%(num)s person will be notified of every task.",
            "%(num)s people will be notified of every task.",
            count,
        )
    else:
        question = ngettext(
            "%(num)s person would take tasks in turn.",
            "%(num)s people would take tasks in turn.",
            count,
        )
    return {
        "question": question,
        "yes": ngettext("Add %(num)s person", "Add %(num)s people", count),
    }


def _withheld(me: Actor, *scopes: str) -> list[str]:
    """Why some of what was searched for cannot be among the options."""
    # Without this a missing scope would look like a search that found nobody.
    missing = container().manifest.missing(me.portal.scope)
    return [gettext(WITHHELD[scope]) for scope in scopes if scope in missing]


def _missing(unanswered: Collection[str], more: Collection[str]) -> list[str]:
    """What is said of kinds that the portal gave no answer for, and of those with more of them."""
    silent = [gettext(words) for kind, words in UNANSWERED.items() if kind in unanswered]
    return silent + [gettext(words) for kind, words in MORE.items() if kind in more]


def _options(groups: list[tuple[str, list[dict[str, Any]]]], notes: list[str]) -> str:
    return flask.render_template(
        "parts/options.html",
        groups=[{"label": label, "options": options} for label, options in groups if options],
        field=flask.request.args.get("field", ""),
        notes=notes,
        states={state: gettext(word) for state, word in STATES.items()},
    )
