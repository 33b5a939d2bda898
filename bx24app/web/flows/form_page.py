"""The page with the form, drawn: fresh, with what is wrong, or overtaken by somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext

from bx24app.errors import Error
from bx24app.flows.change import digest
from bx24app.flows.problems import Problem
from bx24app.portals.access import Actor
from bx24app.web.flows import picker
from bx24app.web.flows.form import OFFERED, SETTINGS, Form, fill_form
from bx24app.web.flows.form_values import BY_THE_HOUR, differ, input_of, merge, message_for
from bx24app.web.flows.text import (
    CONSEQUENCES,
    DISTRIBUTIONS,
    LABELS,
    STATES,
    UNITS,
    notes,
    sentences,
    setting,
)
from bx24app.web.render import render_page


def form_page(me: Actor, form: Form, flow_id: int = 0, **context: Any) -> str:
    """The page; `flow_id` is 0 for a new flow, `context` goes to the template."""
    units = [unit for unit in UNITS if unit in OFFERED or unit == form.get("unit")]
    return render_page(
        "form.html",
        form=form,
        flow_id=flow_id,
        title=Form.load(form.get("shown", "")).get("name", ""),
        units=[(unit, gettext(UNITS[unit])) for unit in units],
        distributions=[
            (kind, gettext(DISTRIBUTIONS[kind]), gettext(CONSEQUENCES[kind]))
            for kind in CONSEQUENCES
        ],
        states={state: gettext(word) for state, word in STATES.items()},
        locked=form.get("unit") in BY_THE_HOUR and "matchWorkTime" in form,
        task_template=picker.template_of(me, form.get("templateId", "")),
        sentences=sentences(form),
        notes=notes(form),
        **{"errors": {}, "problems": []} | context,
    )


def shown_form(me: Actor, flow: Mapping[str, Any]) -> Form:
    """The form of a flow, which remembers what it has shown and of which version."""
    form = fill_form(flow, picker.names(me, flow))
    form["shown"], form["base"] = form.dump(), digest(flow)
    return form


def refused_page(me: Actor, form: Form, error: Error, flow_id: int = 0) -> str:
    """The form as it was typed, with what is wrong at the top and at each field."""
    problems: Iterable[Problem] = getattr(error, "problems", ())
    lines: list[dict[str, str | None]] = []
    errors: dict[str, str] = {}
    for problem in problems:
        field, text = input_of(problem, form), _words(message_for(problem), problem.facts)
        if field:
            errors.setdefault(field, text)
            text = gettext("%(field)s: %(problem)s", field=gettext(LABELS[field]), problem=text)
        lines.append({"field": field, "text": text})
    if not lines:
        lines = [{"field": None, "text": _words(error.message, error.facts)}]
    words = error.portal_description
    return form_page(me, form, flow_id, problems=lines, errors=errors, portal_words=words)


def conflict_page(me: Actor, mine: Form, flow_id: int, now: Mapping[str, Any]) -> str:
    """Somebody else's newer settings with what I changed on top, and what differs where."""
    theirs, before = shown_form(me, now), Form.load(mine.get("shown", ""))
    lines = [
        {
            "setting": gettext(LABELS[name]),
            "shown": setting(before, name),
            "theirs": setting(theirs, name),
            "yours": setting(mine, name) if differ(mine, before, name) else "",
        }
        for name in SETTINGS
        if differ(theirs, before, name) or differ(mine, before, name)
    ]
    return form_page(me, merge(mine, theirs), flow_id, conflict=lines)


def _words(message: str, facts: Mapping[str, Any]) -> str:
    text = gettext(message)
    return text % facts if facts else text
