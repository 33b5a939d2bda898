"""People, departments, projects and templates as a portal describes them, brought to one form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bx24app.bitrix24.answers import (
    Rows,
    parse_id,
    parse_integer,
    parse_object,
    parse_rows,
    parse_text,
    text_or,
)
from bx24app.bitrix24.errors import UnreadableAnswer
from bx24app.bitrix24.forgiving import best_matches

PAGE = 50
"""Rows in one answer of `user.get`, `department.get` and `sonet_group.get` (Bitrix24 docs)."""

COLLAB = "collab"
"""The type of a group that cannot hold flows."""

Pair = tuple[str, str]

FOUND_BY = ("NAME", "LAST_NAME", "WORK_POSITION", "PARENT")
"""What the rows of people, departments and projects are found by."""


@dataclass(frozen=True)
class Entry:
    """Somebody or something that a flow can name."""

    type: str
    """user, department, meta-user, project, template, or a type only Bitrix24 knows."""
    id: str
    """As Bitrix24 writes it: `3`, `17`, `17:F`, `all-users`."""
    name: str
    detail: str = ""
    """A person's position, a department's parents."""
    state: str = ""
    """dismissed, extranet, archived, missing or hidden; empty where nothing is special."""
    departments: tuple[str, ...] = ()
    """Where a person works."""
    people: int | None = None
    """Active employees of a department itself; None where they were not counted."""
    people_within: int | None = None
    """Active employees of a department and all below it."""


@dataclass(frozen=True)
class Me:
    """The person whose token is used."""

    id: int
    name: str
    admin: bool


def unknown_entry(kind: str, id: str, state: str) -> Entry:
    """What is shown for a number without a name."""
    return Entry(kind, id, f"#{id}", state=state)


def parse_profile(answer: Any) -> Me:
    """The person in an answer to `profile`; empty where the user is not active any more."""
    row = answer if isinstance(answer, dict) else {}
    try:
        number = parse_integer(row.get("ID") or 0)
    except UnreadableAnswer:
        # Nobody's id, so it never equals the user of a token or the owner of a flow.
        number = 0
    return Me(number, _full_name(row), is_yes(row.get("ADMIN")))


def parse_people(answer: Any) -> dict[str, Entry]:
    """The people in an answer to `user.get`, by number; raises UnreadableAnswer."""
    return {entry.id: entry for entry in map(parse_person, rows_with_id(answer))}


def parse_person(row: Mapping[str, Any]) -> Entry:
    """One row of `user.get`."""
    state = ""
    # Portals may leave fields out; nobody is called dismissed for that.
    if not is_yes(row.get("ACTIVE", True)):
        state = "dismissed"
    elif row.get("USER_TYPE") == "extranet":
        state = "extranet"
    number = str(row["ID"])
    detail = text_or(row.get("WORK_POSITION"))
    name = _full_name(row) or f"#{number}"
    return Entry("user", number, name, detail, state, _departments(row.get("UF_DEPARTMENT")))


def parse_departments(answer: Any) -> dict[str, str]:
    """The departments in an answer to `department.get`: names by number."""
    return {str(row["ID"]): text_or(row.get("NAME")) for row in rows_with_id(answer)}


def parse_project_names(answer: Any) -> dict[int, str]:
    """The projects in an answer to `sonet_group.get`: names by number."""
    return {int(row["ID"]): text_or(row.get("NAME")) for row in rows_with_id(answer)}


def parse_project_entries(answer: Any) -> list[Entry]:
    """The projects in an answer to `sonet_group.get`, in its order."""
    return [
        Entry(
            "project",
            str(row["ID"]),
            text_or(row.get("NAME")),
            state="archived" if is_yes(row.get("CLOSED")) else "",
        )
        for row in rows_with_id(answer)
    ]


def can_hold_flows(row: Mapping[str, Any]) -> bool:
    """Whether a row of `sonet_group.get` is a project that Bitrix24 takes for a flow."""
    return not is_yes(row.get("CLOSED")) and row.get("TYPE") != COLLAB


def parse_template(answer: Any) -> str | None:
    """The title in an answer to `tasks.template.get`; None where there is no such template."""
    # A template that does not exist may come as any of these.
    if answer in (None, False, "", []):
        return None
    return text_or(parse_object(answer).get("TITLE"))


def rows_with_id(answer: Any) -> Rows:
    """The rows of an answer that have an id, as a whole number.

    A row without one is left out. Raises UnreadableAnswer for an answer that is no list.
    """
    listed = parse_rows(answer)
    rows = listed.like([])
    for row in listed:
        try:
            rows.append(row | {"ID": parse_id(row.get("ID"))})
            for name in FOUND_BY:
                # PHP's false is how a top without a parent may be written.
                parse_text(None if row.get(name) is False else row.get(name))
        except UnreadableAnswer:
            # One damaged row must not hide the others; it may be the one that is looked for.
            rows.unreadable += 1
    return rows


def is_yes(value: Any) -> bool:
    """Portals write truth as true, 1, "Y" or "1"; everything else is no."""
    # Unlike parse_switch this never fails, since a wrong mark beside a name does little harm.
    return value in (True, 1, "1", "Y", "true")


def department_entries(rows: Iterable[Mapping[str, Any]], query: str, most: int) -> list[Entry]:
    """The first departments whose names match, see `forgiving`, with the path above each."""
    listed = list(rows)
    names = {str(row["ID"]): text_or(row.get("NAME")) for row in listed}
    parents = {str(row["ID"]): text_or(row.get("PARENT")) for row in listed}
    matching = best_matches(query, names, names.__getitem__)[:most]
    # Paths are made for what is shown only: a chain of thousands would be walked for each of it.
    return [
        Entry("department", number, names[number], " / ".join(_path(number, names, parents)))
        for number in matching
    ]


DEEPEST = 50
"""Departments above one another that are shown; nobody reads more."""


def _departments(value: Any) -> tuple[str, ...]:
    """The departments of a person: a list, or a single number, as portals write one."""
    # PHP again: a list with gaps comes as an object.
    listed = list(value.values()) if isinstance(value, dict) else value
    listed = listed if isinstance(listed, list) else [listed]
    return tuple(str(number) for number in listed if isinstance(number, str | int) and number)


def _path(number: str, names: Mapping[str, str], parents: Mapping[str, str]) -> list[str]:
    path: list[str] = []
    # A damaged tree may have a cycle.
    seen = {number}
    above = parents.get(number, "")
    while above in names and above not in seen and len(path) < DEEPEST:
        path.append(names[above])
        seen.add(above)
        above = parents.get(above, "")
    return path[::-1]


def _full_name(row: Mapping[str, Any]) -> str:
    parts = (text_or(row.get(part)) for part in ("NAME", "LAST_NAME"))
    return " ".join(part for part in parts if part)
