"""Reads whole lists of a portal's people, departments and projects, for programs that need ids.

Bitrix24 gives fifty rows at a time with their number in all (Bitrix24 docs, list methods), so the
first request tells how many pages are left, and a batch reads fifty of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bx24app.bitrix24.answers import Rows, parse_rows, text_or
from bx24app.bitrix24.client import Client
from bx24app.bitrix24.entries import can_hold_flows, parse_person, rows_with_id
from bx24app.bitrix24.errors import Bitrix24Error, NotPermitted
from bx24app.bitrix24.forgiving import best_matches
from bx24app.bitrix24.paging import PAGES, PAGES_OF_A_SEARCH, read_rest

Command = tuple[str, dict[str, Any]]
Row = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """An active employee."""

    id: str
    name: str
    position: str


@dataclass(frozen=True)
class Department:
    """A department; the counts are None where people are not shown to the application."""

    id: str
    name: str
    parent_id: str | None
    people: int | None = None
    """Active employees of this department itself."""
    people_within: int | None = None
    """Active employees of it and all departments below."""


@dataclass(frozen=True)
class Project:
    """An open project."""

    id: str
    name: str


class Listed(list[T]):
    """A list, and whether the portal's own was read to its end, without a row left out."""

    complete: bool = True

    @classmethod
    def of(cls, items: Iterable[T], *sources: Rows) -> Listed[T]:
        """What was made of some rows."""
        found = cls(items)
        found.complete = not any(rows.more or rows.unreadable for rows in sources)
        return found


class PortalLists:
    """The lists of one portal, as one user may see them."""

    def __init__(self, client: Client) -> None:
        """`client` makes the calls."""
        self._client = client

    def people(self, search: str = "") -> Listed[Person]:
        """Active employees by id, whose names begin with the words of `search`; raises Error.

        Where there are none, those whose name or position resembles it, see `forgiving`.
        """
        rows = self._rows(_people_command(search))
        if rows or not search.strip():
            return Listed.of(map(_person, rows), rows)
        rows = self._rows(_people_command(""), PAGES_OF_A_SEARCH)
        found = best_matches(search, map(_person, rows), lambda one: f"{one.name} {one.position}")
        return Listed.of(found, rows)

    def departments(self, search: str = "") -> Listed[Department]:
        """Departments by id, whose names match `search`, with their people; raises Error."""
        tree = self._rows(("department.get", {}))
        found = best_matches(search, map(_department, tree), lambda one: one.name)
        # Nobody has to be counted where there is none, nor is half a count worth telling.
        if not found or tree.more:
            return Listed.of(found, tree)
        people = self._read({"people": _people_command("")})["people"]
        # Without the scope for people, the departments are still worth listing.
        if not isinstance(people, NotPermitted):
            found = _counted(found, tree, _by_id(_checked(people)))
        return Listed.of(found, tree)

    def projects(self, search: str = "") -> Listed[Project]:
        """Projects by id that can hold flows, whose names match `search`; raises Error."""
        found = self._projects(search)
        if found or not search.strip():
            return found
        return self._projects("", search, PAGES_OF_A_SEARCH)

    def _projects(
        self, asked: str, wanted: str | None = None, pages: int = PAGES
    ) -> Listed[Project]:
        only = {"CLOSED": "N"} | ({"%NAME": asked.strip()} if asked.strip() else {})
        rows = self._rows(("sonet_group.get", {"FILTER": only}), pages)
        listed = [
            Project(str(row["ID"]), text_or(row.get("NAME"))) for row in rows if can_hold_flows(row)
        ]
        # The filters are checked again: a portal may ignore one it does not know.
        return Listed.of(best_matches(wanted or asked, listed, lambda one: one.name), rows)

    def _rows(self, command: Command, pages: int = PAGES) -> Rows:
        """The rows of one list by id; raises Error."""
        return _by_id(_checked(self._read({"rows": command}, pages)["rows"]))

    def _read(
        self, commands: dict[str, Command], pages: int = PAGES
    ) -> dict[str, Rows | Bitrix24Error]:
        """All rows of some list methods: the first pages in one request, the rest in batches."""
        first = {
            name: (method, params | {"start": 0}) for name, (method, params) in commands.items()
        }
        # An error of one list is kept: only the caller knows whether it can do without.
        answers = self._client.batch(first, safe=True)
        found: dict[str, Rows | Bitrix24Error] = {}
        for name, (method, params) in commands.items():
            answer = answers[name]
            if isinstance(answer, Bitrix24Error):
                found[name] = answer
            else:
                page = parse_rows(answer)
                found[name] = read_rest(self._client, page, method, params, "start", pages)
        return found


def _checked(answer: Rows | Bitrix24Error) -> Rows:
    if isinstance(answer, Bitrix24Error):
        raise answer
    return answer


def _by_id(rows: Rows) -> Rows:
    """The rows once each, ordered by id: a list that changes while it is read repeats some."""
    readable = rows_with_id(rows)
    found = {row["ID"]: row for row in readable}
    return readable.like(found[number] for number in sorted(found))


def _people_command(search: str) -> Command:
    wanted: dict[str, Any] = {"ACTIVE": True, "USER_TYPE": "employee"}
    if search.strip():
        wanted["NAME_SEARCH"] = search.strip()
    return "user.get", {"sort": "ID", "order": "ASC", "FILTER": wanted}


def _department(row: Row) -> Department:
    parent = text_or(row.get("PARENT") or "")
    return Department(str(row["ID"]), text_or(row.get("NAME")), parent or None)


def _counted(departments: list[Department], tree: Rows, people: Rows) -> list[Department]:
    """The departments with the numbers of their people; nobody counts twice in one."""
    if people.more or people.unreadable:
        return departments
    members: dict[str, set[str]] = {}
    for person in people:
        # Sets, because a person may work in several departments of one branch.
        for number in parse_person(person).departments:
            members.setdefault(number, set()).add(str(person["ID"]))
    own = {number: len(people) for number, people in members.items()}
    within = _within(tree, members)
    return [
        replace(one, people=own.get(one.id, 0), people_within=within[one.id]) for one in departments
    ]


def _within(tree: Rows, members: dict[str, set[str]]) -> dict[str, int]:
    """The people of each department and all below it, everybody counted once.

    Uses `members` up. A cycle in a damaged tree does no harm: it is cut where it is met first.
    """
    above = {str(row["ID"]): text_or(row.get("PARENT") or "") for row in tree}
    below: dict[str, list[str]] = {}
    for number, parent in above.items():
        below.setdefault(parent, []).append(number)
    # Each department after the one above it. The tops are met first, then what is in a cycle.
    order: dict[str, None] = {}
    cut: set[str] = set()
    for top in sorted(above, key=lambda number: above[number] in above):
        cut |= {top} - order.keys()
        waiting = [top]
        while waiting:
            one = waiting.pop()
            if one not in order:
                order[one] = None
                waiting += below.get(one, [])
    # From below, the smaller set into the larger one: walking down from each department would be
    # quadratic in a chain of thousands.
    gathered: dict[str, set[str]] = {}
    counts = {}
    for one in reversed(order):
        people = _united(gathered.pop(one, set()), members.pop(one, set()))
        counts[one] = len(people)
        if one not in cut:
            gathered[above[one]] = _united(gathered.get(above[one], set()), people)
    return counts


def _united(one: set[str], other: set[str]) -> set[str]:
    """The larger of the two, with the smaller one added to it."""
    small, large = sorted((one, other), key=len)
    large |= small
    return large


def _person(row: Row) -> Person:
    return Person(str(row["ID"]), _full_name(row), text_or(row.get("WORK_POSITION")))


def _full_name(row: Row) -> str:
    name = " ".join(filter(None, (text_or(row.get(part)) for part in ("NAME", "LAST_NAME"))))
    return name or f"#{row['ID']}"
