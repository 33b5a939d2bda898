"""People, departments, projects and templates of one portal: search, names, existence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bx24app.bitrix24.answers import Rows, parse_rows
from bx24app.bitrix24.client import Client
from bx24app.bitrix24.entries import (
    Entry,
    Me,
    Pair,
    department_entries,
    is_yes,
    parse_person,
    parse_profile,
    parse_project_entries,
    parse_template,
    rows_with_id,
    unknown_entry,
)
from bx24app.bitrix24.errors import Bitrix24Error, NotPermitted
from bx24app.bitrix24.lookups import Command, EntryLookup, Lookups, Question
from bx24app.bitrix24.paging import read_rest

SEARCH_LIMIT = 20
"""Entries of a kind that a search gives at most."""


class Found(list[Entry]):
    """Entries, and whether there are more than could be read."""

    more: bool = False


class Directory:
    """What one user may see of a portal's people and things."""

    def __init__(self, client: Client) -> None:
        """`client` makes the calls."""
        self._client = client

    def me(self) -> Me:
        """Who the token belongs to (`profile` needs no scope)."""
        return parse_profile(self._client.call("profile", safe=True))

    def search(self, query: str, kinds: Collection[str]) -> Found:
        """Active people and departments whose names match, at most twenty of each.

        What the portal does not show to the application is left out, here as everywhere.
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
        found = Found()
        if people:
            rows = _shown(people)
            found += [parse_person(row) for row in rows_with_id(rows)][:SEARCH_LIMIT]
        if departments:
            first = _shown(departments)
            # Only a first page came with the batch above.
            tree, found.more = read_rest(self._client, first, "department.get", {}, "START")
            found += department_entries(rows_with_id(tree), query, SEARCH_LIMIT)
        return found

    def members(self, department_id: str) -> Found:
        """All active people of one department itself, in the order the portal lists them."""
        # `:F` in a pair leaves sub-departments out, as this filter does by itself.
        wanted = {"ACTIVE": True, "UF_DEPARTMENT": int(department_id.removesuffix(":F"))}
        params = {"FILTER": wanted}
        first = self._seen("user.get", params | {"start": 0})
        rows, more = read_rest(self._client, first, "user.get", params, "start")
        found = Found(parse_person(row) for row in rows_with_id(rows))
        found.more = more
        return found

    def entries(self, pairs: Iterable[Pair]) -> dict[Pair, Entry]:
        """What pairs of a flow stand for; what cannot be looked up is shown by its number."""
        wanted, lookups = list(dict.fromkeys(pairs)), Lookups()
        lookup = EntryLookup(lookups, wanted)
        # Names only decorate a flow, so a portal that refuses them must not stop the page.
        lookups.try_sending(self._client)
        return {pair: lookup.entry(pair) for pair in wanted}

    def projects(self, query: str) -> list[Entry]:
        """Open projects whose names match."""
        # %NAME is "contains"; NAME alone would have to be equal.
        wanted = {"CLOSED": "N"} | ({"%NAME": query.strip()} if query.strip() else {})
        rows = self._seen("sonet_group.get", {"ORDER": {"NAME": "ASC"}, "FILTER": wanted})
        # Asked for above, and checked because a portal may ignore a filter.
        open_ones = [row for row in rows if not is_yes(row.get("CLOSED"))]
        return parse_project_entries(open_ones)[:SEARCH_LIMIT]

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


def _people_filter(query: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {"ACTIVE": True, "USER_TYPE": "employee"}
    return wanted | ({"NAME_SEARCH": query.strip()} if query.strip() else {})
