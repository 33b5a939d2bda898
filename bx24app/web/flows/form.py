"""The form of a flow: what stands in its inputs.

A form is kept as the browser sends it, so a flow that is shown, a form that comes back and a form
that is shown again with its errors are one thing. Inputs have Bitrix24's names of fields where
there is one; people, departments and projects travel as JSON lists `[type, id, name, state]`, so
that a form can be shown again without asking the portal for names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from bx24app.flows.fields import FIELDS, Field

SECONDS = {"hours": 3600, "days": 86_400, "months": 2_592_000, "minutes": 60, "seconds": 1}
"""Bitrix24's own form has the first three; the others serve values that those cannot express."""
DAY = SECONDS["days"]
OFFERED = ("hours", "days", "months")
TEAMS = ("queue", "manually", "himself", "immutable")
"""The kinds of distribution; each keeps people of its own in an input of that name."""


def _inputs(row: Field) -> tuple[str, ...]:
    if row.kind == "duration":
        return (row.name, "unit")
    if row.kind == "distribution":
        return (row.name, *TEAMS)
    return (row.name, f"{row.name}.on") if row.kind == "limit" else (row.name,)


SETTINGS: dict[str, tuple[str, ...]] = {row.name: _inputs(row) for row in FIELDS if row.in_form}
"""The settings as a person sees them, and the inputs that make up each."""


class Choice(NamedTuple):
    """Somebody or something picked: `type` and `id` as Bitrix24 writes them, and its name."""

    type: str
    id: str
    name: str = ""
    state: str = ""

    @property
    def value(self) -> str:
        """The choice as it stands in an input."""
        return json.dumps(list(self), ensure_ascii=False)

    @classmethod
    def read(cls, value: str) -> Choice | None:
        """The choice in an input; None for what no page of ours has put there."""
        try:
            # A hidden input comes back from a browser and may hold anything, also JSON nested so
            # deeply that the parser gives up.
            parts = json.loads(value)
            fits = isinstance(parts, list) and 2 <= len(parts) <= 4
            return cls(*(_writable(str(part)) for part in parts)) if fits else None
        except (ValueError, RecursionError):
            return None


Named = Callable[[str, str], Choice]
"""Gives the choice, with its name, for a type and id."""


class Form(MultiDict[str, str]):
    """The inputs of the form, each a list of texts."""

    def choices(self, name: str) -> list[Choice]:
        """What is picked in the input `name`."""
        return [choice for value in self.getlist(name) if (choice := Choice.read(value))]

    def pick(self, name: str, choices: Iterable[Choice]) -> None:
        """Put choices into the input `name`."""
        self.setlist(name, [choice.value for choice in choices])

    def team(self) -> list[Choice]:
        """The flow team, or the moderator, of the distribution that is chosen."""
        chosen = self.get("distributionType", "")
        return self.choices(chosen) if chosen in TEAMS else []

    def dump(self) -> str:
        """The settings of the form as text, for a hidden input."""
        # The settings only: the hidden input with this text must not become part of itself.
        inputs = [name for setting in SETTINGS.values() for name in setting if name in self]
        return json.dumps({name: self.getlist(name) for name in inputs}, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Form:
        """What `dump` wrote; empty for anything else."""
        try:
            kept = json.loads(text)
            # The text comes back from a browser: names and values may be of any type.
            return cls({str(name): list(map(str, values)) for name, values in kept.items()})
        except (ValueError, AttributeError, TypeError, RecursionError):
            return cls()


def unit_of(seconds: int, *, by_the_hour: bool = False) -> str:
    """The largest unit that divides a duration, as in Bitrix24's form; finer where none does.

    `by_the_hour`: it was entered in hours or minutes, as `matchSchedule` tells.
    """
    units = ("hours", "minutes") if by_the_hour else ("months", "days", "hours", "minutes")
    for unit in units:
        # 0 is divisible by everything and would become months.
        if seconds and seconds % SECONDS[unit] == 0:
            return unit
    return "seconds"


def blank_form(me: Choice, everybody: Choice, project: Choice) -> Form:
    """A form for a new flow with the defaults of Bitrix24's own; `me` would administer the flow."""
    form = Form({"unit": "days"})
    for row in FIELDS:
        if row.in_form and row.proposed:
            form[row.name] = "1" if row.proposed is True else str(row.proposed)
            form.update({f"{row.name}.on": "1"} if row.kind == "limit" else {})
    form.pick("taskCreators", [everybody])
    form.pick("manually", [me])
    form.pick("ownerId", [me])
    form.pick("groupId", [project])
    return form


def fill_form(flow: Mapping[str, Any], named: Named) -> Form:
    """The form that shows a flow, as `tasks.flow.Flow.get` gives it."""
    seconds, kind = flow["plannedCompletionTime"], flow["distributionType"]
    form = Form({"name": flow["name"], "description": flow["description"]})
    # Bitrix24 stores seconds, and in `matchSchedule` whether they were entered in hours.
    form["unit"] = unit_of(seconds, by_the_hour=flow["matchSchedule"])
    form["plannedCompletionTime"] = str(seconds // SECONDS[form["unit"]])
    if not flow["matchSchedule"] and seconds > DAY and seconds % DAY * 2 == DAY:
        # A day and a half that was entered as such; 36 hours would count working hours only.
        form["unit"], form["plannedCompletionTime"] = "days", f"{seconds // DAY}.5"
    form["distributionType"] = kind
    form["templateId"] = str(flow["templateId"] or "")
    for row in FIELDS:
        value = flow.get(row.name)
        if row.kind == "switch" and value:
            form[row.name] = "1"
        if row.kind == "limit":
            # To Bitrix24 0 means off. The form has a box for that and keeps proposing a number.
            form[row.name] = str(value or row.proposed)
            form.update({f"{row.name}.on": "1"} if value else {})
    form.pick("taskCreators", _named(flow["taskCreators"], named))
    form.pick(kind, _named(flow["responsibleList"], named))
    form.pick("ownerId", _named([("user", flow["ownerId"])] if flow["ownerId"] else [], named))
    form.pick("groupId", _named([("project", flow["groupId"])] if flow["groupId"] else [], named))
    return form


def _named(pairs: Iterable[tuple[str, Any]], named: Named) -> list[Choice]:
    return [named(kind, str(number)) for kind, number in pairs]


def _writable(text: str) -> str:
    """Replace lone surrogates, which JSON can spell but no page in UTF-8 can hold."""
    return text.encode("utf-8", "replace").decode()
