"""What a form says, in Bitrix24's fields: all of a new flow, the changes of an old one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bx24app.flows.change import FlowChange
from bx24app.flows.fields import BY_NAME, FIELDS
from bx24app.flows.problems import Problem
from bx24app.i18n import N_
from bx24app.web.flows.form import SECONDS, SETTINGS, Choice, Form

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
AMOUNT = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,6})?")
"""An amount of time as people write it: 2, 1.5, 1,5."""
TEMPLATE_LINK = re.compile(r"/template/(?:view|edit)/([0-9]+)")
NOT_CHOSEN = N_("“%(text)s” is not chosen yet. Pick it from the list, or clear the field.")


@dataclass(frozen=True)
class FormValues:
    """What stands in a form, parsed once."""

    fields: dict[str, Any]
    """In Bitrix24's names; what is no number stays text, for the checks to refuse it."""
    choices: dict[str, list[Choice]]
    """Who and what is picked, by field, with names."""
    duration: tuple[str, str]
    """The amount as it was typed, and its unit."""
    schedule: bool
    """The `matchSchedule` that was shown; no input sets it."""


@dataclass(frozen=True)
class SentForm:
    """A form as it came back, what stands in it now, and what it had shown."""

    form: Form
    now: FormValues
    shown: FormValues

    @property
    def change(self) -> FlowChange:
        """What a person changed since the form was shown; names of people do not count."""
        return FlowChange(self.shown.fields, self.now.fields)

    def flow(self) -> dict[str, Any]:
        """Everything the form says, with `matchSchedule`, which no input shows.

        As in Bitrix24's own form a new duration settles it; an old duration leaves it as it is.
        """
        return self.now.fields | (self._settled() or {"matchSchedule": self.now.schedule})

    def changes(self) -> dict[str, Any]:
        """What a person changed since the form was shown, and nothing else.

        A new duration also settles `matchSchedule`; a distribution never goes without its people.
        """
        now = self.now.fields
        changes = {name: now[name] for name in self.change.changed} | self._settled()
        if "distributionType" in changes:
            changes["responsibleList"] = now["responsibleList"]
        return changes

    def _settled(self) -> dict[str, bool]:
        """What a new duration means for the other fields of time; nothing where it is the old."""
        # Compared as typed: 24 hours and 1 day are as long, but count working time differently.
        if self.now.duration == self.shown.duration:
            return {}
        if self.now.duration[1] in BY_THE_HOUR:
            return {"matchSchedule": True, "matchWorkTime": True}
        return {"matchSchedule": False}


def parse_sent(form: Form) -> SentForm:
    """Parse a form that came back from a browser, or one that is to be shown."""
    return SentForm(form, parse_form(form), parse_form(Form.load(form.get("shown", ""))))


def parse_form(form: Form) -> FormValues:
    """Parse what stands in a form's inputs."""
    choices = {name: form.choices(name) for name in ("taskCreators", "groupId", "ownerId")}
    choices["responsibleList"] = form.team()
    data: dict[str, Any] = {
        "name": _line(form.get("name", "")),
        # Browsers send CRLF, which would make an untouched text look changed.
        "description": form.get("description", "").replace("\r\n", "\n").replace("\r", "\n"),
        "taskCreators": _pairs(choices["taskCreators"]),
        "plannedCompletionTime": parse_seconds(form),
        "distributionType": form.get("distributionType", ""),
        "responsibleList": _pairs(choices["responsibleList"]),
        "groupId": _single(choices["groupId"], 0),
        "templateId": template_id(form.get("templateId", "")),
        "ownerId": _single(choices["ownerId"], ""),
    }
    for row in FIELDS:
        if row.kind == "switch" and row.in_form:
            # A browser does not send a box that is not checked.
            data[row.name] = row.name in form
        if row.kind == "limit":
            data[row.name] = _limit(form, row.name)
    duration = form.get("plannedCompletionTime", ""), form.get("unit", "")
    return FormValues(data, choices, duration, "matchSchedule" in form)


def changed_settings(change: FlowChange) -> list[str]:
    """The settings that differ, as a person sees them, in the order of the form."""
    changed = set(change.changed)
    # A person sees the kind and its people as one setting.
    if "responsibleList" in changed:
        changed.add("distributionType")
    return [name for name in SETTINGS if name in changed]


def merge(mine: SentForm, theirs: Form) -> Form:
    """The newer settings, with what was changed in `mine` on top."""
    merged = Form(theirs)
    for setting in changed_settings(mine.change):
        for name in SETTINGS[setting]:
            # Removed first: a box that I unchecked is absent from my form.
            merged.poplist(name)
            if name in mine.form:
                merged.setlist(name, mine.form.getlist(name))
    return merged


def unchosen_texts(form: Form) -> list[Problem]:
    """A problem for each search text that was left in its input without a choice."""
    # The hidden one of the two may hold text from before the kind was chosen.
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
    row = BY_NAME.get(problem.pointer.strip("/"))
    return row.words.get(problem.code, problem.message) if row else problem.message


def template_id(text: str) -> int | str:
    """The number in what was typed for a template: a number, a link, or nothing (0)."""
    link = TEMPLATE_LINK.search(text)
    return parse_whole(link[1] if link else text.strip() or "0")


def _line(text: str) -> str:
    """An input of one line holds no line breaks, and blanks at its ends mean nothing."""
    return text.replace("\r", "").replace("\n", "").strip()


def parse_whole(text: str) -> int | str:
    """A whole number as it was typed; the text itself where it is none."""
    text = text.strip()
    # Bounded: no number of Bitrix24 is longer, and int() is slow on thousands of digits.
    return int(text) if re.fullmatch("[0-9]{1,15}", text) else text


def parse_seconds(form: Form) -> int | str:
    """The duration of a form in seconds; what was typed where that is no number."""
    typed = form.get("plannedCompletionTime", "").strip()
    unit = SECONDS.get(form.get("unit", ""))
    # What is no number stays text, and the checks refuse it beside the input.
    if not unit or not AMOUNT.fullmatch(typed):
        return typed
    # Exact, unlike a float: 1.1 days are 95,040 seconds.
    seconds = Fraction(typed.replace(",", ".")) * unit
    return int(seconds) if seconds.denominator == 1 else typed


def _limit(form: Form, name: str) -> int | str:
    """The limit, 0 where its box is not checked, or "0" where the box is checked without one."""
    if f"{name}.on" not in form:
        return 0
    # To Bitrix24 the number 0 means off; as text the checks refuse it.
    return parse_whole(form.get(name, "")) or "0"


def _pairs(choices: Iterable[Choice]) -> list[list[str]]:
    return [[choice.type, choice.id] for choice in choices]


def _single(chosen: list[Choice], nothing: Any) -> Any:
    return parse_whole(chosen[-1].id) if chosen else nothing
