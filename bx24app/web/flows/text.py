"""Flows in words: people, durations, and a form told as sentences, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from babel.lists import format_list
from flask_babel import get_locale, gettext, ngettext

from bx24app.flows.fields import BY_NAME, FIELDS, names_of
from bx24app.i18n import N_
from bx24app.web.flows.form import SECONDS, Choice, unit_of
from bx24app.web.flows.form_values import BY_THE_HOUR, FormValues, SentForm

LABELS = {row.name: row.label for row in FIELDS} | {
    "team": BY_NAME["responsibleList"].label,
    "moderator": N_("Moderator"),
}
"""What the inputs are called; the people of a flow are its team or its moderator."""
DISTRIBUTIONS = {
    "queue": N_("Use queue"),
    "manually": N_("Assign manually"),
    "himself": N_("Self-assign tasks"),
    "immutable": N_("Automation rule-based"),
}
CONSEQUENCES = {
    "queue": N_("Tasks are given to the team in turn; absent people are skipped."),
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
"""Why a search finds nothing, by the scope that the portal has not given us."""
UNITS = {
    "hours": N_("hours"),
    "days": N_("days"),
    "months": N_("months (30 days)"),
    "minutes": N_("minutes"),
    "seconds": N_("seconds"),
}
MOST_NAMES = 5


def duration(seconds: int, *, by_the_hour: bool = False) -> str:
    """A duration in its largest whole unit: "4 hours"; `by_the_hour`: see unit_of."""
    unit = unit_of(seconds, by_the_hour=by_the_hour)
    count = seconds // SECONDS[unit]
    # Written out, because translations are extracted from literal calls of ngettext.
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
        # The last of the names gives its place to the number of the others.
        rest = len(names) - MOST_NAMES + 1
        names[MOST_NAMES - 1 :] = [ngettext("%(num)s more", "%(num)s more", rest)]
    return join_words(names)


def sentences(sent: SentForm) -> list[str]:
    """What will happen with a flow of these settings."""
    now = sent.now
    # `flow()` for the deadline: a new duration also settles `matchSchedule`.
    told = [_adding(now), _doing(now), _due(sent.flow()), *_switches(now), _watching(now)]
    return [sentence for sentence in told if sentence]


def brief(values: FormValues) -> str:
    """What will happen, in one line: how tasks are given, to whom, and until when."""
    kind = gettext(DISTRIBUTIONS.get(values.fields["distributionType"], "")) or "–"
    team = people(values.choices["responsibleList"])
    seconds = values.fields["plannedCompletionTime"]
    due = _duration(values, seconds) if isinstance(seconds, int) and seconds else ""
    return " · ".join(part for part in (f"{kind}: {team}" if team else kind, due) if part)


def notes(values: FormValues, *, new: bool = False) -> list[str]:
    """What a person should know before they save; `new` says that there is no flow yet."""
    found = []
    gone = [
        choice.name
        for choice in values.choices["responsibleList"]
        if choice.state in ("dismissed", "missing")
    ]
    if gone:
        found.append(gettext("Gets no tasks any more: %(people)s.", people=join_words(gone)))
    project = values.choices["groupId"]
    # No project is a new one too, but only for a new flow: an old one has to have one.
    if project[-1].id == "0" if project else new:
        found.append(
            gettext("Bitrix24 also creates a project with this name and a board of 4 stages.")
        )
    return found


def setting(values: FormValues, name: str) -> str:
    """What one setting of a form says, in words."""
    value, row = values.fields[name], BY_NAME[name]
    if row.kind == "limit":
        return f"{value}{row.unit}" if value else gettext("off")
    if row.kind == "switch":
        return gettext("yes") if value else gettext("no")
    if row.kind == "duration" and isinstance(value, int):
        # A duration that is no number is shown as it was typed, at the end.
        return _duration(values, value)
    if row.kind == "distribution":
        kind = gettext(DISTRIBUTIONS.get(str(value), str(value)))
        return f"{kind}: {people(values.choices['responsibleList'])}"
    if name in values.choices:
        return people(values.choices[name]) or "–"
    return str(value or "–")


def _duration(values: FormValues, seconds: int) -> str:
    return duration(seconds, by_the_hour=values.duration[1] in BY_THE_HOUR)


def _adding(values: FormValues) -> str:
    creators = values.choices["taskCreators"]
    # With all employees among them, further names change nothing.
    if any(choice.type == "meta-user" for choice in creators):
        return gettext("Everyone in the company can add tasks.")
    if creators:
        return gettext("Tasks can be added by: %(people)s.", people=people(creators))
    return gettext("Only the flow administrator and the team can add tasks.")


def _doing(values: FormValues) -> str:
    team, kind = values.choices["responsibleList"], values.fields["distributionType"]
    # This kind cannot be chosen here, but an existing flow may have it.
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


def _due(data: Mapping[str, Any]) -> str:
    seconds = data["plannedCompletionTime"]
    if not isinstance(seconds, int) or not seconds:
        return ""
    words = duration(seconds, by_the_hour=data["matchSchedule"])
    # First, because Bitrix24 ignores `matchWorkTime` where `matchSchedule` is set.
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


def _switches(values: FormValues) -> list[str]:
    return [
        gettext(BY_NAME[name].sentence)
        for name in names_of("switch")
        if BY_NAME[name].sentence and values.fields.get(name)
    ]


def _watching(values: FormValues) -> str:
    owner = values.choices["ownerId"]
    events = [
        gettext(BY_NAME[name].sentence, limit=values.fields[name])
        for name in names_of("limit")
        if values.fields[name]
    ]
    if not owner or not events:
        return ""
    return gettext(
        "%(person)s is notified when %(events)s.",
        person=owner[-1].name,
        events=join_words(events, "or"),
    )
