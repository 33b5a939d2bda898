"""What a form says, in Bitrix24's fields: all of a new flow, the changes of an old one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bx24app.flows.problems import Problem
from bx24app.i18n import N_
from bx24app.web.flows.form import LIMITS, SECONDS, SETTINGS, SWITCHES, Choice, Form

BY_THE_HOUR = ("hours", "minutes", "seconds")
"""Units for which Bitrix24's own form counts working hours and always skips weekends."""
SEARCHED = {
    "taskCreators": "taskCreators",
    "team": "responsibleList",
    "moderator": "responsibleList",
    "groupId": "groupId",
    "ownerId": "ownerId",
}
"""Inputs in which one types in order to find something, and the fields they serve."""
TEMPLATE_LINK = re.compile(r"/template/(?:view|edit)/([0-9]+)")
NOT_CHOSEN = N_("“%(text)s” is not chosen yet. Pick it from the list, or clear the field.")
WORDS = {
    ("plannedCompletionTime", "not_a_number"): N_("Enter how long a task may take."),
    ("plannedCompletionTime", "out_of_range"): N_("Enter at least 1 hour, 827 months at most."),
    ("ownerId", "not_a_number"): N_("Choose a flow administrator."),
    ("templateId", "not_a_number"): N_("Enter the ID of a template, or its link."),
    **dict.fromkeys(
        [(name, "not_a_number") for name in LIMITS],
        N_("Enter a whole number from 1, or turn the alert off."),
    ),
}
"""What a person reads where words for programs would not help: by field and kind of problem."""


def parse_form(form: Form) -> dict[str, Any]:
    """The form in Bitrix24's names; what is no number stays text, for the checks to refuse it."""
    data: dict[str, Any] = {
        "name": _line(form.get("name", "")),
        "description": form.get("description", "").replace("\r\n", "\n").replace("\r", "\n"),
        "taskCreators": _pairs(form.choices("taskCreators")),
        "plannedCompletionTime": _duration(form),
        "distributionType": form.get("distributionType", ""),
        "responsibleList": _pairs(form.team()),
        "groupId": _single(form, "groupId", 0),
        "templateId": template_id(form.get("templateId", "")),
        "ownerId": _single(form, "ownerId", ""),
    }
    data |= {name: name in form for name in SWITCHES}
    data |= {name: _limit(form, name) for name in LIMITS}
    return data


def parse_new_flow(form: Form) -> dict[str, Any]:
    """Everything the form says, with `matchSchedule`, which no input shows.

    As in Bitrix24's own form a new duration settles it; an old duration leaves it as it is.
    """
    if _duration_changed(form):
        return parse_form(form) | _derived(form)
    return parse_form(form) | {"matchSchedule": "matchSchedule" in form}


def parse_changes(form: Form) -> dict[str, Any]:
    """What a person changed since the form was shown, and nothing else.

    A new duration also settles `matchSchedule`; a distribution never goes without its people.
    """
    shown = Form.load(form.get("shown", ""))
    before, now = parse_form(shown), parse_form(form)
    changes = {name: value for name, value in now.items() if value != before[name]}
    if _duration_changed(form):
        changes |= _derived(form)
    if "distributionType" in changes:
        changes["responsibleList"] = now["responsibleList"]
    return changes


def differ(one: Form, other: Form, setting: str) -> bool:
    """Whether two forms mean something different by one setting, whatever things are called."""
    names = {setting, "responsibleList"} if setting == "distributionType" else {setting}
    left, right = parse_form(one), parse_form(other)
    return any(left[name] != right[name] for name in names)


def merge(mine: Form, theirs: Form) -> Form:
    """Somebody else's newer settings with what was changed in `mine` on top."""
    shown, merged = Form.load(mine.get("shown", "")), Form(theirs)
    for setting, inputs in SETTINGS.items():
        if differ(mine, shown, setting):
            for name in inputs:
                merged.poplist(name)
                if name in mine:
                    merged.setlist(name, mine.getlist(name))
    return merged


def unchosen_texts(form: Form) -> list[Problem]:
    """Text typed in order to find somebody and left without a choice; it must not be lost."""
    idle = "team" if form.get("distributionType") == "manually" else "moderator"
    return [
        Problem(f"/{field}", "not_chosen", NOT_CHOSEN, {"text": text})
        for name, field in SEARCHED.items()
        if name != idle and (text := form.get(f"{name}.text", "").strip())
    ]


def input_of(problem: Problem, form: Form) -> str | None:
    """The id of the input that a problem belongs to; None where no input has to do with it."""
    name = problem.pointer.strip("/").split("/")[0]
    if name == "responsibleList":
        return "moderator" if form.get("distributionType") == "manually" else "team"
    if name == "matchSchedule":
        return "plannedCompletionTime"
    return name if name in SETTINGS else None


def message_for(problem: Problem) -> str:
    """The English sentence for a problem, in the words of the form."""
    return WORDS.get((problem.pointer.strip("/"), problem.code), problem.message)


def template_id(text: str) -> int | str:
    """The number in what was typed for a template: a number, a link, or nothing (0)."""
    link = TEMPLATE_LINK.search(text)
    return _whole(link[1] if link else text.strip() or "0")


def _line(text: str) -> str:
    """An input of one line holds no line breaks, and blanks at its ends mean nothing."""
    return text.replace("\r", "").replace("\n", "").strip()


def _whole(text: str) -> int | str:
    text = text.strip()
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else text


def _duration(form: Form) -> int | str:
    amount = _whole(form.get("plannedCompletionTime", ""))
    seconds = SECONDS.get(form.get("unit", ""))
    return amount * seconds if isinstance(amount, int) and seconds else str(amount)


def _duration_changed(form: Form) -> bool:
    shown = Form.load(form.get("shown", ""))
    return any(form.get(name) != shown.get(name) for name in SETTINGS["plannedCompletionTime"])


def _derived(form: Form) -> dict[str, bool]:
    if form.get("unit") in BY_THE_HOUR:
        return {"matchSchedule": True, "matchWorkTime": True}
    return {"matchSchedule": False}


def _limit(form: Form, name: str) -> int | str:
    """Nought means "off" to Bitrix24, so it cannot stand for "more than nought" here."""
    if f"{name}.on" not in form:
        return 0
    return _whole(form.get(name, "")) or "0"


def _pairs(choices: Iterable[Choice]) -> list[list[str]]:
    return [[choice.type, choice.id] for choice in choices]


def _single(form: Form, name: str, nothing: Any) -> Any:
    chosen = form.choices(name)
    return _whole(chosen[-1].id) if chosen else nothing
