"""Flows in words: people, durations, and a form told as sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from babel.lists import format_list
from flask_babel import get_locale, gettext, ngettext

from bx24app.i18n import N_
from bx24app.web.flows.form import LIMITS, SECONDS, Choice, Form, unit_of
from bx24app.web.flows.form_values import parse_form, parse_new_flow

LABELS = {
    "name": N_("Name"),
    "description": N_("Description"),
    "taskCreators": N_("Users allowed to add tasks to the flow"),
    "plannedCompletionTime": N_("Planned completion time"),
    "matchWorkTime": N_("Skip holidays and weekends"),
    "distributionType": N_("Task distribution"),
    "team": N_("Flow team"),
    "moderator": N_("Moderator"),
    "responsibleCanChangeDeadline": N_("Assignee can change deadline"),
    "notifyAtHalfTime": N_("Enable halfway point alert"),
    "taskControl": N_("Submit task to creator for approval"),
    "groupId": N_("Associate tasks with project"),
    "templateId": N_("Task template"),
    "ownerId": N_("Flow administrator"),
    "notifyOnQueueOverflow": N_("Notify if number of pending tasks exceeds"),
    "notifyOnTasksInProgressOverflow": N_("Notify if number of tasks in progress exceeds"),
    "notifyWhenEfficiencyDecreases": N_("Notify if efficiency drops below"),
}
DISTRIBUTIONS = {
    "queue": N_("Use queue"),
    "manually": N_("Assign manually"),
    "himself": N_("Self-assign tasks"),
    "immutable": N_("Automation rule-based"),
}
CONSEQUENCES = {
    "queue": N_("People take tasks one after another; absent people are skipped."),
    "manually": N_("One person gets every task and hands it out."),
    "himself": N_("Everyone in the team is told; the first to take a task does it."),
}
STATES = {
    "dismissed": N_("dismissed"),
    "extranet": N_("extranet"),
    "missing": N_("no longer exists"),
    "hidden": N_("not shown by Bitrix24"),
    "archived": N_("archived"),
}
WITHHELD = {
    "user_brief": N_(
        "Bitrix24 doesn't show people to this app. An administrator can install it again and "
        "agree to all rights."
    ),
    "department": N_(
        "Bitrix24 doesn't show departments to this app. An administrator can install it again and "
        "agree to all rights."
    ),
    "sonet_group": N_(
        "Bitrix24 doesn't show projects to this app. An administrator can install it again and "
        "agree to all rights."
    ),
}
"""Why a search finds nobody: by the scope that was not granted."""
UNITS = {
    "hours": N_("hours"),
    "days": N_("days"),
    "months": N_("months (30 days)"),
    "minutes": N_("minutes"),
    "seconds": N_("seconds"),
}
MOST_NAMES = 5


def duration(seconds: int) -> str:
    """A duration in its largest whole unit: "4 hours"."""
    unit = unit_of(seconds)
    count = seconds // SECONDS[unit]
    words: dict[str, Callable[[], str]] = {
        "months": lambda: ngettext("%(num)s month", "%(num)s months", count),
        "days": lambda: ngettext("%(num)s day", "%(num)s days", count),
        "hours": lambda: ngettext("%(num)s hour", "%(num)s hours", count),
        "minutes": lambda: ngettext("%(num)s minute", "%(num)s minutes", count),
        "seconds": lambda: ngettext("%(num)s second", "%(num)s seconds", count),
    }
    return words[unit]()


def join_words(words: Iterable[str], style: Literal["standard", "or"] = "standard") -> str:
    """Words as a list of the language: "Anna, Boris and Vera"."""
    return format_list(list(words), style=style, locale=get_locale() or "en")


def people(choices: list[Choice]) -> str:
    """The names of a few, and how many more there are."""
    names = [choice.name or gettext("somebody") for choice in choices]
    if len(names) > MOST_NAMES:
        rest = len(names) - MOST_NAMES + 1
        names[MOST_NAMES - 1 :] = [ngettext("%(num)s more", "%(num)s more", rest)]
    return join_words(names)


def sentences(form: Form) -> list[str]:
    """What will happen with a flow of these settings."""
    told = [_adding(form), _doing(form), _due(form), *_courtesies(form), _watching(form)]
    return [sentence for sentence in told if sentence]


def notes(form: Form) -> list[str]:
    """What a person should know before they save."""
    found = []
    gone = [choice.name for choice in form.team() if choice.state in ("dismissed", "missing")]
    if gone:
        found.append(gettext("Gets no tasks any more: %(people)s.", people=join_words(gone)))
    project = form.choices("groupId")
    if project and project[-1].id == "0":
        found.append(
            gettext("Bitrix24 also creates a project with this name and a board of 4 stages.")
        )
    return found


def setting(form: Form, name: str) -> str:
    """What one setting of a form says, in words."""
    value = parse_form(form).get(name)
    if name in LIMITS:
        return str(value) if value else gettext("off")
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if name == "plannedCompletionTime" and isinstance(value, int):
        return duration(value)
    if name == "distributionType":
        kind = gettext(DISTRIBUTIONS.get(str(value), str(value)))
        return f"{kind}: {people(form.team())}"
    if name in ("taskCreators", "groupId", "ownerId"):
        return people(form.choices(name)) or "–"
    return str(value or "–")


def _adding(form: Form) -> str:
    creators = form.choices("taskCreators")
    if any(choice.type == "meta-user" for choice in creators):
        return gettext("Everyone in the company can add tasks.")
    if creators:
        return gettext("Tasks can be added by: %(people)s.", people=people(creators))
    return gettext("Only the flow administrator and the team can add tasks.")


def _doing(form: Form) -> str:
    team, kind = form.team(), form.get("distributionType")
    if kind == "immutable":
        return gettext("Automation rules in Bitrix24 set the assignee.")
    if not team:
        return gettext("Nobody is chosen yet to do the tasks.")
    names = people(team)
    if kind == "manually":
        return gettext("Each task goes to %(people)s, who hands it out.", people=names)
    if kind == "himself":
        return gettext(
            "Each task is announced to %(people)s; whoever takes it first does it.", people=names
        )
    if len(team) == 1:
        return gettext("Each task goes to %(people)s.", people=names)
    return gettext("Tasks go in turn to %(people)s.", people=names)


def _due(form: Form) -> str:
    data = parse_new_flow(form)
    seconds = data["plannedCompletionTime"]
    if not isinstance(seconds, int) or not seconds:
        return ""
    words = duration(seconds)
    if data["matchSchedule"]:
        return gettext(
            "Each task is due %(duration)s after it was added; only working hours count.",
            duration=words,
        )
    if data["matchWorkTime"]:
        return gettext(
            "Each task is due %(duration)s after it was added; weekends and holidays don't count.",
            duration=words,
        )
    return gettext(
        "Each task is due %(duration)s after it was added, weekends and holidays included.",
        duration=words,
    )


def _courtesies(form: Form) -> list[str]:
    told = []
    if "notifyAtHalfTime" in form:
        told.append(gettext("Half-way to the deadline the assignee is reminded."))
    if "responsibleCanChangeDeadline" in form:
        told.append(gettext("The assignee can change the deadline."))
    if "taskControl" in form:
        told.append(gettext("A finished task goes back to its creator for approval."))
    return told


def _watching(form: Form) -> str:
    owner, data = form.choices("ownerId"), parse_form(form)
    pending, progress, efficiency = (data[name] for name in LIMITS)
    events = []
    if pending:
        events.append(gettext("more than %(limit)s tasks are pending", limit=pending))
    if progress:
        events.append(gettext("more than %(limit)s tasks are in progress", limit=progress))
    if efficiency:
        events.append(gettext("efficiency is below %(limit)s%%", limit=efficiency))
    if not owner or not events:
        return ""
    return gettext(
        "%(person)s is notified when %(events)s.",
        person=owner[-1].name,
        events=join_words(events, "or"),
    )
