"""Renders the page with the form: as it is, with errors, or with somebody else's changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import url_for
from flask_babel import gettext

from bx24app.errors import Error
from bx24app.flows.change import FlowChange, digest
from bx24app.flows.fields import BY_NAME, FIELDS, Field, names_of
from bx24app.flows.problems import Problem
from bx24app.portals.access import Actor
from bx24app.web.error_text import error_text
from bx24app.web.flows import picker
from bx24app.web.flows.form import OFFERED, SETTINGS, Form, fill_form
from bx24app.web.flows.form_values import (
    BY_THE_HOUR,
    FormValues,
    SentForm,
    changed_settings,
    input_of,
    merge,
    message_for,
    parse_form,
    parse_sent,
)
from bx24app.web.flows.text import (
    CONSEQUENCES,
    DISTRIBUTIONS,
    LABELS,
    STATES,
    UNITS,
    brief,
    notes,
    sentences,
    setting,
)
from bx24app.web.language import translate
from bx24app.web.render import render_page

PROJECT_WORDS = re.compile(r"project|workgroup|проект|групп", re.IGNORECASE)
"""Refusals about the project of a flow; it only decides beside which input the words stand."""
SETTING_OF = {"team": "distributionType", "moderator": "distributionType"}
"""The settings of the inputs that are called differently."""
FURTHER_SWITCHES = {row.name for row in FIELDS if row.in_form} - {"matchWorkTime"}
"""Fields that stand together among the preferences; that of time stands with the duration."""


def form_page(me: Actor, sent: SentForm, flow_id: int = 0, **context: Any) -> str:
    """The page; `flow_id` is 0 for a new flow, `context` goes to the template."""
    form = sent.form
    # Finer units only for a flow that has them: Bitrix24's own form does not offer any.
    units = [unit for unit in UNITS if unit in OFFERED or unit == form.get("unit")]
    return render_page(
        "form.html",
        form=form,
        flow_id=flow_id,
        title=sent.shown.fields["name"],
        units=[(unit, gettext(UNITS[unit])) for unit in units],
        # The same as form.js does when the unit is changed.
        refreshable=bool(flow_id) and _has_departments(sent.shown),
        locked=form.get("unit") in BY_THE_HOUR and "matchWorkTime" in form,
        task_template=picker.template_of(me, form.get("templateId", "")),
        sentences=sentences(sent),
        notes=notes(sent.now, new=not flow_id),
        brief=brief(sent.now),
        restore=url_for("flow_form.restore"),
        **words_of_the_form() | {"errors": {}, "problems": []} | context,
    )


def words_of_the_form() -> dict[str, Any]:
    """The translated labels, hints and choices of the form, from the table of fields."""
    return {
        "labels": {name: gettext(label) for name, label in LABELS.items()},
        "hints": {row.name: gettext(row.hint) for row in FIELDS if row.hint},
        "switches": [name for name in names_of("switch") if name in FURTHER_SWITCHES],
        "limits": [_limit(BY_NAME[name]) for name in names_of("limit")],
        "by_the_hour": " ".join(BY_THE_HOUR),
        "distributions": [
            (kind, gettext(DISTRIBUTIONS[kind]), gettext(text))
            for kind, text in CONSEQUENCES.items()
        ],
        "states": {state: gettext(word) for state, word in STATES.items()},
    }


def shown_form(me: Actor, flow: Mapping[str, Any]) -> SentForm:
    """The form of a flow, which remembers what it has shown and of which version."""
    form = fill_form(flow, picker.names(me, flow))
    # Both come back with the form: `shown` tells what the person has changed since, `base`
    # whether somebody else has.
    form["shown"], form["base"] = form.dump(), digest(flow)
    return parse_sent(form)


def refused_page(me: Actor, sent: SentForm, error: Error, flow_id: int = 0) -> str:
    """The form as it was typed, with what is wrong at the top and at each field."""
    problems: Iterable[Problem] = getattr(error, "problems", ())
    lines: list[dict[str, str | None]] = []
    errors: dict[str, str] = {}
    for problem in problems:
        field, text = input_of(problem, sent.form), translate(message_for(problem), problem.facts)
        if field:
            # One message fits beside an input; all of them stand in the list at the top.
            errors.setdefault(field, text)
            text = _at(field, text)
        lines.append({"field": field, "text": text})
    # A refusal by the portal names no field.
    if not lines:
        lines = [{"field": None, "text": error_text(error)}]
    words = error.portal_description
    if words and PROJECT_WORDS.search(words) and "groupId" not in errors:
        # Beside the project, where it can be mended, and in the portal's own words.
        errors["groupId"] = words
        lines.append({"field": "groupId", "text": _at("groupId", words)})
        lines = [line for line in lines if line["field"]]
    order = [*SETTINGS, None]
    lines.sort(key=lambda line: order.index(SETTING_OF.get(line["field"] or "", line["field"])))
    return form_page(me, sent, flow_id, problems=lines, errors=errors, portal_words=words)


def conflict_page(me: Actor, mine: SentForm, flow_id: int, now: Mapping[str, Any]) -> str:
    """The newer settings with the person's own changes on top, and a list of differences."""
    theirs, before = shown_form(me, now), mine.shown
    yours = changed_settings(mine.change)
    elsewhere = changed_settings(FlowChange(before.fields, theirs.now.fields))
    lines = [
        {
            "setting": gettext(LABELS[name]),
            "shown": setting(before, name),
            "theirs": setting(theirs.now, name),
            "yours": setting(mine.now, name) if name in yours else "",
        }
        for name in SETTINGS
        if name in yours or name in elsewhere
    ]
    # The page keeps `shown` and `base` of the newer flow, so sending it once more overwrites
    # what the person has now seen.
    merged = merge(mine, theirs.form)
    return form_page(
        me, replace(theirs, form=merged, now=parse_form(merged)), flow_id, conflict=lines
    )


def _has_departments(saved: FormValues) -> bool:
    """Whether a saved queue names departments, which stand for the people of that day."""
    team = saved.choices["responsibleList"]
    is_queue = saved.fields["distributionType"] == "queue"
    return is_queue and any(choice.type == "department" for choice in team)


def gone_page(me: Actor, sent: SentForm) -> str:
    """The form of a flow that is not there any more, ready to create it again from what it says."""
    form = Form(sent.form)
    for name in ("flow", "base", "shown"):
        form.poplist(name)
    return form_page(me, parse_sent(form), gone=True, restored=True)


def _at(field: str, text: str) -> str:
    return gettext("%(field)s: %(problem)s", field=gettext(LABELS[field]), problem=text)


def _limit(row: Field) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": gettext(row.label),
        "alert": gettext(row.alert),
        "unit": row.unit,
        "highest": row.highest,
    }
