"""People, departments, projects and templates of one portal: search, names, existence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bx24app.bitrix24.answers import Rows, parse_rows
from bx24app.bitrix24.client import Client
from bx24app.bitrix24.department_tree import with_all_below
from bx24app.bitrix24.entries import (
    PAGE,
    Entry,
    Me,
    Pair,
    can_hold_flows,
    department_entries,
    parse_person,
    parse_profile,
    parse_project_entries,
    parse_template,
    rows_with_id,
    unknown_entry,
)
from bx24app.bitrix24.errors import Bitrix24Error, Busy, NotPermitted, Refused, Unreachable
from bx24app.bitrix24.forgiving import best_matches
from bx24app.bitrix24.lookups import Command, EntryLookup, Lookups, Question
from bx24app.bitrix24.paging import PAGES, PAGES_OF_A_SEARCH, read_rest

SEARCH_LIMIT = 20
"""Entries of a kind that a search gives at most."""
DEPARTMENTS_SHOWN = 7
"""Departments that a search gives, each with the number of its people."""


class Found(list[Entry]):
    """Entries, and what is known to be missing among them."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        """Nothing is missing yet."""
        super().__init__(entries)
        self.more: set[str] = set()
        """Kinds of which there are others, which are not in the list."""
        self.unanswered: set[str] = set()
        """Kinds for which the portal gave no answer just now, or one with damaged rows."""

    def add(self, kind: str, entries: Sequence[Entry], source: Rows, most: int) -> Found:
        """Take the first entries of a kind, which were made of the rows of `source`."""
        self += entries[:most]
        if source.more or len(entries) > most:
            self.more.add(kind)
        if source.unreadable:
            self.unanswered.add(kind)
        return self


class Directory:
    """What one user may see of a portal's people and things."""

    def __init__(self, client: Client) -> None:
        """`client` makes the calls."""
        self._client = client

    def me(self) -> Me:
        """Who the token belongs to (`profile` needs no scope)."""
        return parse_profile(self._client.call("profile", safe=True))

    def search(self, query: str, kinds: Collection[str]) -> Found:
        """Active people and departments whose names match, the first of each.

        What the portal does not show to the application is left out, here as everywhere. Where
        its own search finds nobody, everybody is compared in a second look, see `forgiving`.
        A kind that it gives no answer for is named beside the other; raises Error where there is
        none.
        """
        lookups = Lookups()
        people = departments = None
        if "user" in kinds:
            params = {"FILTER": _people_filter(query), "start": 0}
            people = lookups.ask(("user.get", params), parse_rows)
        if "department" in kinds:
            # department.get has no search by a part of the name, so all are read and compared here.
            departments = lookups.ask(("department.get", {"START": 0}), parse_rows)
        lookups.send(self._client)
        found, errors = Found(), list[Bitrix24Error]()
        for kind, question, read in (
            ("user", people, self._people), ("department", departments, self._departments)
        ):  # fmt: skip
            try:
                if question:
                    read(found, query, _shown(question))
            # What ends the token or the installation is no matter of one kind.
            except (Refused, Unreachable, Busy) as error:
                found.unanswered.add(kind)
                errors.append(error)
        if errors and len(errors) == len(kinds):
            raise errors[0]
        return found

    def members(self, department_id: str) -> Found:
        """All active employees of a department, in the order the portal lists them.

        As in a flow, `17` has all departments below with it and `17:F` is the department alone.
        """
        number = department_id.removesuffix(":F")
        numbers, tree = {number}, Rows()
        if number == department_id:
            tree = rows_with_id(self._all("department.get", {}, "START"))
            numbers = with_all_below(number, tree)
        rows = rows_with_id(self._all("user.get", {"FILTER": _in_departments(numbers)}, "start"))
        people = [parse_person(row) for row in rows]
        found = Found().add("department", [], tree, 0)
        return found.add("user", people, rows, len(people))

    def entries(self, pairs: Iterable[Pair]) -> dict[Pair, Entry]:
        """What pairs of a flow stand for; what cannot be looked up is shown by its number."""
        wanted = list(dict.fromkeys(pairs))
        lookup = self.names(wanted)
        return {pair: lookup.entry(pair) for pair in wanted}

    def names(self, pairs: Iterable[Pair], projects: Iterable[int] = ()) -> EntryLookup:
        """What pairs of flows and their projects are called, found out in one request."""
        lookups = Lookups()
        lookup = EntryLookup(lookups, pairs, projects)
        # Names only decorate a flow, so a portal that refuses them must not stop the page.
        lookups.try_sending(self._client)
        return lookup

    def projects(self, query: str) -> Found:
        """The first projects that can hold flows and whose names match; raises Error."""
        # %NAME is "contains"; NAME alone would have to be equal.
        params = _projects_filter({"%NAME": query.strip()} if query.strip() else {})
        rows = _first_page(self._seen("sonet_group.get", params))
        matching = _open_projects(rows)
        if not matching and query.strip():
            every = self._all("sonet_group.get", _projects_filter({}), "start", PAGES_OF_A_SEARCH)
            rows = rows_with_id(every)
            matching = best_matches(query, _open_projects(rows), lambda entry: entry.name)
        return Found().add("project", matching, rows, SEARCH_LIMIT)

    def project(self, group_id: int) -> Entry:
        """One project, or a note that the user cannot see it; after a failure, just its number."""
        try:
            method, params = project_command(group_id)
            found = parse_project_entries(self._client.call(method, params, safe=True))
        except Bitrix24Error as error:
            # Not permitted is an answer; anything else leaves open what the project is called.
            state = "hidden" if isinstance(error, NotPermitted) else ""
            return unknown_entry("project", str(group_id), state)
        return found[0] if found else unknown_entry("project", str(group_id), "hidden")

    def template(self, template_id: int) -> Entry:
        """One task template, or a note that there is none; raises where that cannot be known."""
        method, params = template_command(template_id)
        title = parse_template(self._client.call(method, params, safe=True))
        state = "missing" if title is None else ""
        return Entry("template", str(template_id), title or "", state=state)

    def _people(self, found: Found, query: str, first: Rows) -> None:
        """Add the first people that a search gave.

        Where it gave none, those that a forgiving one finds by name or position, see `forgiving`.
        """
        rows = _first_page(first)
        matching = [parse_person(row) for row in rows]
        if not matching and query.strip():
            params = {"FILTER": _people_filter("")}
            rows = rows_with_id(self._all("user.get", params, "start", PAGES_OF_A_SEARCH))
            everybody = map(parse_person, rows)
            matching = best_matches(query, everybody, lambda one: f"{one.name} {one.detail}")
        found.add("user", matching, rows, SEARCH_LIMIT)

    def _departments(self, found: Found, query: str, first: Rows) -> None:
        """Add the first departments whose names match."""
        rows = read_rest(self._client, first, "department.get", {}, "START", PAGES_OF_A_SEARCH)
        tree = rows_with_id(rows)
        # One more than is shown, which tells that there are others.
        matching = department_entries(tree, query, DEPARTMENTS_SHOWN + 1)
        shown = self._counted(matching[:DEPARTMENTS_SHOWN], tree)
        found.add("department", shown + matching[DEPARTMENTS_SHOWN:], tree, DEPARTMENTS_SHOWN)

    def _counted(self, found: list[Entry], tree: list[dict[str, Any]]) -> list[Entry]:
        """Departments with the numbers of their people, where the portal shows people."""
        lookups = Lookups()
        counts = []
        for entry in found:
            below = with_all_below(entry.id, tree)
            alone = lookups.ask(_count_command({entry.id}), parse_rows)
            within = lookups.ask(_count_command(below), parse_rows) if len(below) > 1 else alone
            counts.append((alone, within))
        # A count is only decoration: without it the department is offered by its name.
        lookups.try_sending(self._client)
        return [
            replace(entry, people=_count(alone), people_within=_count(within))
            for entry, (alone, within) in zip(found, counts, strict=True)
        ]

    def _all(self, method: str, params: Mapping[str, Any], start: str, pages: int = PAGES) -> Rows:
        """All rows of a list; none where the app may not see any."""
        first = self._seen(method, {**params, start: 0})
        return read_rest(self._client, first, method, params, start, pages)

    def _seen(self, method: str, params: Mapping[str, Any]) -> Rows:
        """The rows of one call; none where the portal does not show any to the application."""
        try:
            return parse_rows(self._client.call(method, params, safe=True))
        # A missing scope: the picker shows the kinds that the application may see.
        except NotPermitted:
            return Rows()


def project_command(group_id: int) -> Command:
    """The command that asks for one project."""
    return "sonet_group.get", {"FILTER": {"ID": group_id}}


def project_by_name_command(name: str) -> Command:
    """The command that asks for projects of exactly that name."""
    return "sonet_group.get", {"FILTER": {"NAME": name}}


def template_command(template_id: int) -> Command:
    """The command that asks for one task template; the portal has no list of them."""
    return "tasks.template.get", {"templateId": template_id}


def _shown(question: Question[Rows]) -> Rows:
    """The rows of a question; none where the application may not see any. Raises Error."""
    return Rows() if isinstance(question.error(), NotPermitted) else question.value()


def _first_page(first: Rows) -> Rows:
    """The rows of a first page; there are more if it is full, or if the portal says so."""
    rows = rows_with_id(first)
    rows.more = len(first) >= PAGE or first.total > len(first)
    return rows


def _count_command(departments: Collection[str]) -> Command:
    # One page is enough: beside it stands the number of all.
    return "user.get", {"FILTER": _in_departments(departments), "start": 0}


def _count(question: Question[Rows]) -> int | None:
    if question.error() is not None:
        return None
    rows = question.value()
    return max(len(rows), rows.total)


def _in_departments(departments: Collection[str]) -> dict[str, Any]:
    """The filter for the active employees of departments; nobody counts twice."""
    numbers = sorted(int(number) for number in departments)
    return _people_filter("") | {"UF_DEPARTMENT": numbers if len(numbers) > 1 else numbers[0]}


def _projects_filter(wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {"ORDER": {"NAME": "ASC"}, "FILTER": {"CLOSED": "N", **wanted}}


def _open_projects(rows: Rows) -> list[Entry]:
    # The filter asked for open ones already, but a portal may ignore it.
    return parse_project_entries([row for row in rows if can_hold_flows(row)])


def _people_filter(query: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {"ACTIVE": True, "USER_TYPE": "employee"}
    return wanted | ({"NAME_SEARCH": query.strip()} if query.strip() else {})
