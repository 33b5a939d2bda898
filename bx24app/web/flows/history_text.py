"""The history of flows in words: when, who, and each setting before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext

from bx24app.flows.history import Line, State
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.portals.author import Author
from bx24app.web.flows.form import Choice, Named, fill_form
from bx24app.web.flows.form_values import FormValues, parse_form
from bx24app.web.flows.picker import choice_of
from bx24app.web.flows.rows import ago
from bx24app.web.flows.text import LABELS, setting

ACTIONS = {
    "create": N_("Created"),
    "delete": N_("Deleted"),
    "activate": N_("Turned on"),
    "deactivate": N_("Turned off"),
}
WAYS = {
    "api": N_("through the API"),
    "plan": N_("by a plan"),
    "rollout": N_("by a rollout"),
}
"""How a change came here; whoever used the form needs no word for that."""
LONGEST = 160
"""Letters of a value that are shown; descriptions can be long."""


def tell(me: Actor, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """What a page shows of some lines; names are looked up in one request, raises nothing."""
    named = _names(me, lines)
    now = datetime.now(UTC)
    return [
        {
            "id": line.id,
            "at": line.at.isoformat(timespec="seconds"),
            "ago": ago(line.at.isoformat(), now),
            "who": _who(line.author, named),
            "through": gettext(WAYS[line.author.through]) if line.author.through in WAYS else "",
            "name": line.name,
            "flow_id": line.flow_id,
            "action": gettext(ACTIONS[line.action]) if line.action in ACTIONS else "",
            "changes": list(_changes(line, named)) if line.action == "update" else [],
        }
        for line in lines
    ]


def _changes(line: Line, named: Named) -> Iterator[dict[str, str]]:
    is_new = line.before is None
    before, after = (_values(state, named) for state in (line.before or line.after, line.after))
    fields = [one["field"] for one in line.fields]
    for name in fields:
        # A distribution is told together with its people.
        if name == "responsibleList" and "distributionType" in fields:
            continue
        # Of a new flow only what it has, not everything that is off.
        if is_new and not (line.after or {}).get(name):
            continue
        if name == "active":
            action = "activate" if (line.after or {}).get("active") else "deactivate"
            yield {"label": gettext(ACTIONS[action])}
        else:
            told = {"label": gettext(LABELS[name]), "after": _short(_setting(after, name))}
            yield told if is_new else told | {"before": _short(_setting(before, name))}


def _setting(values: FormValues, name: str) -> str:
    if name == "matchSchedule":
        # No input sets it, so it stands beside the fields of a form.
        return gettext("yes") if values.schedule else gettext("no")
    return setting(values, "distributionType" if name == "responsibleList" else name)


def _values(state: State | None, named: Named) -> FormValues:
    return parse_form(fill_form(state or {}, named))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


def _who(author: Author, named: Named) -> str:
    if author.kind == "person":
        return author.name or named("user", author.id).name
    if author.kind == "key":
        return gettext("API key “%(label)s”", label=author.name or author.id)
    if author.kind == "operator":
        return gettext("Whoever runs the app")
    return gettext("Somebody in Bitrix24")


def _names(me: Actor, lines: Iterable[Line]) -> Named:
    """What to call everybody and everything that the lines name."""
    pairs: list[tuple[str, str]] = []
    projects: set[int] = set()
    for line in lines:
        if line.author.kind == "person" and not line.author.name:
            pairs.append(("user", line.author.id))
        for state in (line.before, line.after) if line.action == "update" else ():
            pairs += _named_in(state or {})
            projects |= {int((state or {}).get("groupId") or 0)} - {0}
    found = me.directory.names(pairs, projects)
    known = found.projects()

    def named(kind: str, number: str) -> Choice:
        if kind == "project":
            return Choice(kind, number, known.get(int(number), f"#{number}"))
        return choice_of(found.entry((kind, number)))

    return named


def _named_in(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("responsibleList", "taskCreators"):
        yield from ((str(kind), str(id)) for kind, id in state.get(name) or ())
    if state.get("ownerId"):
        yield "user", str(state["ownerId"])
