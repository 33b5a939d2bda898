"""Change many flows at once: what is to be the same in all of them becomes a plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import flask
from flask_babel import gettext

from bx24app.blueprints.bulk import BulkChange
from bx24app.flows.fields import FIELDS
from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.web.administrator import planner, portal_of_administrator
from bx24app.web.context import container
from bx24app.web.flows.form import OFFERED, Form
from bx24app.web.flows.form_values import BY_THE_HOUR, parse_seconds, parse_whole
from bx24app.web.flows.text import LABELS, STATES, UNITS
from bx24app.web.flows.view import folded
from bx24app.web.language import translate
from bx24app.web.plans.plans_page import plan_page
from bx24app.web.render import render_page, require_session
from bx24app.web.session import actor

bp = flask.Blueprint("bulk", __name__, url_prefix="/changes")
bp.before_request(require_session)

MOST = 500
"""Flows that one plan may change."""
LIMITS = tuple(row.name for row in FIELDS if row.kind == "limit")
ON_OR_OFF = {"1": True, "0": False}
NOTHING_CHOSEN = N_("Say at least one thing that is to change.")
NO_NUMBER = N_("Enter a whole number, 0 for off, or leave it empty.")
BOTH_NEEDED = N_("Choose who leaves and who takes over.")
SAME_PERSON = N_("Choose two different people.")


@bp.get("")
def choose_changes():
    """What could be changed in the flows that were chosen in the list."""
    portal_of_administrator()
    return _page("plans/change.html", Form({"ids": flask.request.args.get("ids", "")}))


@bp.post("")
def plan_changes():
    """Plan what was chosen."""
    portal, form = portal_of_administrator(), Form(flask.request.form)
    change, problems = _parse(form)
    if not problems and change == BulkChange():
        problems = [Problem("", "nothing_chosen", NOTHING_CHOSEN)]
    if problems:
        return _page("plans/change.html", form, problems)
    try:
        return plan_page(container().blueprints.change(planner(portal), _ids(form), change))
    except InvalidFlow as error:
        return _page("plans/change.html", form, error.problems)


@bp.get("/successor")
def choose_successor():
    """Who leaves, and who takes over in every flow."""
    return _successor_page(planner(portal_of_administrator()), Form())


@bp.post("/successor")
def plan_successor():
    """Plan that somebody takes over all that another person does in flows."""
    me, form = planner(portal_of_administrator()), Form(flask.request.form)
    leaver, successor = _number(form.get("leaver", "")), _person(form, "successor")
    if not leaver or not successor:
        place = "/successor" if leaver else "/leaver"
        return _successor_page(me, form, [Problem(place, "missing", BOTH_NEEDED)])
    if leaver == successor:
        return _successor_page(me, form, [Problem("/successor", "same_person", SAME_PERSON)])
    try:
        change = BulkChange(successors={leaver: successor})
        return plan_page(container().blueprints.change(me, None, change))
    except InvalidFlow as error:
        return _successor_page(me, form, error.problems)


def _successor_page(me: Actor, form: Form, problems: Iterable[Problem] = ()) -> str:
    """The page with everybody who has a part in a flow, also those who were dismissed already."""
    pairs = [("user", str(number)) for number in container().blueprints.participants(me)]
    people = sorted(me.directory.entries(pairs).values(), key=lambda one: folded(one.name))
    return _page("plans/successor.html", form, problems, people=people)


def _page(template: str, form: Form, problems: Iterable[Problem] = (), **context: Any) -> str:
    told = {
        one.pointer.strip("/").split("/")[0]: translate(one.message, one.facts) for one in problems
    }
    return render_page(
        template,
        form=form,
        errors=told,
        states={state: gettext(word) for state, word in STATES.items()},
        units=[(unit, gettext(UNITS[unit])) for unit in OFFERED],
        labels={name: gettext(words) for name, words in LABELS.items()},
        limits=[(name, gettext(LABELS[name])) for name in LIMITS],
        names=_names(_ids(form)) if "ids" in form else [],
        **context,
    )


def _names(ids: list[int]) -> list[str]:
    """The chosen flows by name, for a look at them before they are changed."""
    overview = container().flow_lists.read(actor(), "")
    names = {int(row["id"]): str(row["name"]) for row in overview.rows}
    return [names.get(number, f"#{number}") for number in ids]


def _parse(form: Form) -> tuple[BulkChange, list[Problem]]:
    data: dict[str, Any] = {}
    problems: list[Problem] = []
    if owner := _person(form, "ownerId"):
        data["ownerId"] = owner
    if form.get("plannedCompletionTime", "").strip():
        data["plannedCompletionTime"] = parse_seconds(form)
        hours = form.get("unit") in BY_THE_HOUR
        data |= {"matchSchedule": hours} | ({"matchWorkTime": True} if hours else {})
    for name in LIMITS:
        value = parse_whole(form.get(name, "").strip() or "-")
        if isinstance(value, int):
            data[name] = value
        elif form.get(name, "").strip():
            problems.append(Problem(f"/{name}", "not_a_number", NO_NUMBER))
    add = tuple((one.type, one.id) for one in form.choices("add"))
    remove = tuple((one.type, one.id) for one in form.choices("remove"))
    active = ON_OR_OFF.get(form.get("active", ""))
    return BulkChange(data, active, add, remove), problems


def _person(form: Form, name: str) -> int:
    chosen = [one for one in form.choices(name) if one.type == "user"]
    return _number(chosen[-1].id) if chosen else 0


def _number(text: str) -> int:
    """A number of Bitrix24, 0 for anything else."""
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _ids(form: Form) -> list[int]:
    """The numbers of the flows that were chosen, each once."""
    numbers = map(_number, form.get("ids", "").split(","))
    return list(dict.fromkeys(number for number in numbers if number))[:MOST]
