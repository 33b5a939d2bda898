"""People, departments, projects and templates of one portal: search, names, existence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bx24app.bitrix24.client import Client, Listed
from bx24app.bitrix24.errors import Bitrix24Error, NotPermitted

PAGE = 50
SEARCH_LIMIT = 20
"""Entries of a kind that a search gives at most."""

LOOKED_UP = {"user": "people", "department": "department"}
"""How the names of the commands of `lookups` begin, by kind."""

Pair = tuple[str, str]
Command = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Entry:
    """Somebody or something that a flow can name."""

    type: str
    """user, department, meta-user, project, template, or a type only Bitrix24 knows."""
    id: str
    """As on the http: `3`, `17`, `17:F`, `all-users`."""
    name: str
    detail: str = ""
    """A person's position, a department's parents."""
    state: str = ""
    """dismissed, extranet, archived, missing or hidden; empty where nothing is special."""


@dataclass(frozen=True)
class Me:
    """The person whose token is used."""

    id: int
    name: str
    admin: bool


class Directory:
    """What one user may see of a portal's people and things."""

    def __init__(self, client: Client) -> None:
        """`client` makes the calls."""
        self._client = client

    def me(self) -> Me:
        """Who the token belongs to (`profile` needs no scope)."""
        return parse_profile(self._client.call("profile", safe=True))

    def search(self, query: str, kinds: Collection[str]) -> list[Entry]:
        """Active people and departments whose names match, at most twenty of each.

        What the portal does not show to the application is left out, here as everywhere.
        """
        calls: dict[str, Command] = {}
        if "user" in kinds:
            calls["people"] = ("user.get", {"FILTER": _people_filter(query), "start": 0})
        if "department" in kinds:
            calls["departments"] = ("department.get", {"START": 0})
        answers = self._client.batch(calls, safe=True)
        people = [_person(row) for row in _rows(answers.get("people", []))]
        tree = self._rest_of_tree(answers.get("departments", []))
        wanted = query.strip().casefold()
        departments = [entry for entry in _departments(tree) if wanted in entry.name.casefold()]
        return people[:SEARCH_LIMIT] + departments[:SEARCH_LIMIT]

    def members(self, department_id: str) -> list[Entry]:
        """The active people of one department itself, in the order the portal lists them."""
        wanted = {"ACTIVE": True, "UF_DEPARTMENT": int(department_id.removesuffix(":F"))}
        return [_person(row) for row in self._seen("user.get", {"FILTER": wanted})]

    def entries(self, pairs: Iterable[Pair]) -> dict[Pair, Entry]:
        """What pairs from the http stand for; what the portal does not show is marked so."""
        wanted = list(dict.fromkeys(pairs))
        answers = self._client.batch(lookup_commands(wanted), safe=True)
        people, tree = parse_people(answers), parse_departments(answers)
        absence = {kind: _absence(answers, kind) for kind in LOOKED_UP}
        return {pair: _entry(pair, people, tree, absence) for pair in wanted}

    def projects(self, query: str) -> list[Entry]:
        """Open projects whose names match."""
        wanted = {"CLOSED": "N"} | ({"%NAME": query.strip()} if query.strip() else {})
        params = {"ORDER": {"NAME": "ASC"}, "FILTER": wanted}
        rows = self._seen("sonet_group.get", params)
        open_ones = [row for row in rows if row.get("CLOSED") != "Y"]
        return [_project(row) for row in open_ones][:SEARCH_LIMIT]

    def project(self, group_id: int) -> Entry:
        """One project, or a note that the user cannot see it."""
        rows = self._seen(*project_command(group_id))
        return _project(rows[0]) if rows else Entry("project", str(group_id), "", state="hidden")

    def template(self, template_id: int) -> Entry:
        """One task template with its title, or a note that there is none for this user."""
        method, params = template_command(template_id)
        found = self._client.call(method, params, safe=True)
        if not isinstance(found, dict):
            return Entry("template", str(template_id), "", state="missing")
        return Entry("template", str(template_id), str(found.get("TITLE", "")))

    def _seen(self, method: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rows of one call; none where the portal does not show any to the application."""
        try:
            return _rows(self._client.call(method, params, safe=True))
        except NotPermitted:
            return []

    def _rest_of_tree(self, first: Any) -> list[dict[str, Any]]:
        rows = _rows(first)
        total = first.total if isinstance(first, Listed) else len(rows)
        pages = {
            f"p{start}": ("department.get", {"START": start}) for start in range(PAGE, total, PAGE)
        }
        for answer in self._client.batch(pages, safe=True).values() if pages else ():
            rows += _rows(answer)
        return rows


def parse_profile(profile: Any) -> Me:
    """The person in an answer to `profile`; empty where the user is not active any more."""
    row = profile if isinstance(profile, dict) else {}
    return Me(int(row.get("ID") or 0), _full_name(row), _is_yes(row.get("ADMIN")))


def lookup_commands(pairs: Iterable[Pair]) -> dict[str, Command]:
    """The commands that ask whether people and departments exist, for a batch of one's own."""
    wanted = list(pairs)
    people = sorted(
        {int(number) for kind, number in wanted if kind == "user" and number.isdecimal()}
    )
    calls: dict[str, Command] = {}
    for start in range(0, len(people), PAGE):
        chunk = people[start : start + PAGE]
        ids: Any = chunk if len(chunk) > 1 else chunk[0]
        calls[f"people{start}"] = ("user.get", {"FILTER": {"ID": ids}})
    for kind, number in wanted:
        if kind == "department":
            department = number.removesuffix(":F")
            calls[f"department{department}"] = ("department.get", {"ID": int(department)})
    return calls


def project_command(group_id: int) -> Command:
    """The command that asks for one project."""
    return "sonet_group.get", {"FILTER": {"ID": group_id}}


def project_by_name_command(name: str) -> Command:
    """The command that asks for projects of exactly that name."""
    return "sonet_group.get", {"FILTER": {"NAME": name}}


def template_command(template_id: int) -> Command:
    """The command that asks for one task template; the portal has no list of them."""
    return "tasks.template.get", {"templateId": template_id}


def project_commands(group_ids: Iterable[int]) -> dict[str, Command]:
    """The commands that ask for the names of projects, for a batch of one's own."""
    ids = sorted(set(group_ids))
    return {
        f"projects{start}": ("sonet_group.get", {"FILTER": {"ID": ids[start : start + PAGE]}})
        for start in range(0, len(ids), PAGE)
    }


def parse_projects(answers: Mapping[str, Any]) -> dict[int, str]:
    """The names in the answers to `project_lookups`, as far as the user may see the projects."""
    lists = (answer for name, answer in answers.items() if name.startswith("projects"))
    rows = [row for answer in lists if isinstance(answer, list) for row in answer]
    return {int(row["ID"]): str(row.get("NAME", "")) for row in rows if row.get("ID")}


def parse_people(answers: Mapping[str, Any]) -> dict[str, Entry]:
    """The people in the answers to `lookups`, by id."""
    return {str(row.get("ID")): _person(row) for row in _parse_rows_of(answers, "user")}


def parse_departments(answers: Mapping[str, Any]) -> dict[str, str]:
    """The departments in the answers to `lookups`: names by id."""
    return {
        str(row.get("ID")): str(row.get("NAME", ""))
        for row in _parse_rows_of(answers, "department")
    }


def _parse_rows_of(answers: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The rows of a kind in the answers to `lookups`."""
    named = (answer for name, answer in answers.items() if name.startswith(LOOKED_UP[kind]))
    return [row for answer in named for row in _rows(answer)]


def _rows(answer: Any) -> list[dict[str, Any]]:
    if isinstance(answer, Bitrix24Error) and not isinstance(answer, NotPermitted):
        raise answer
    return [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []


def _people_filter(query: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {"ACTIVE": True, "USER_TYPE": "employee"}
    return wanted | ({"NAME_SEARCH": query.strip()} if query.strip() else {})


def _person(row: Mapping[str, Any]) -> Entry:
    state = ""
    if not _is_yes(row.get("ACTIVE", True)):
        state = "dismissed"
    elif row.get("USER_TYPE") == "extranet":
        state = "extranet"
    number = str(row.get("ID", ""))
    return Entry(
        "user", number, _full_name(row) or f"#{number}", str(row.get("WORK_POSITION") or ""), state
    )


def _project(row: Mapping[str, Any]) -> Entry:
    state = "archived" if row.get("CLOSED") == "Y" else ""
    return Entry("project", str(row.get("ID", "")), str(row.get("NAME", "")), state=state)


def _absence(answers: Mapping[str, Any], kind: str) -> str:
    """The state of what is not among the answers of a kind: nobody, or only not for our eyes."""
    asked = [answer for name, answer in answers.items() if name.startswith(LOOKED_UP[kind])]
    return "hidden" if any(isinstance(answer, NotPermitted) for answer in asked) else "missing"


def _entry(
    pair: Pair, people: Mapping[str, Entry], tree: Mapping[str, str], absence: Mapping[str, str]
) -> Entry:
    kind, number = pair
    if kind == "user":
        return people.get(number) or Entry(kind, number, f"#{number}", state=absence[kind])
    if kind == "department":
        name = tree.get(number.removesuffix(":F"))
        return Entry(kind, number, name or f"#{number}", state="" if name else absence[kind])
    return Entry(kind, number, "" if kind == "meta-user" else f"{kind} {number}")


def _departments(rows: Iterable[Mapping[str, Any]]) -> list[Entry]:
    names = {str(row.get("ID")): str(row.get("NAME", "")) for row in rows}
    parents = {str(row.get("ID")): str(row.get("PARENT") or "") for row in rows}
    return [
        Entry("department", number, name, " / ".join(_ancestors(number, names, parents)))
        for number, name in names.items()
    ]


def _ancestors(number: str, names: Mapping[str, str], parents: Mapping[str, str]) -> list[str]:
    path: list[str] = []
    seen = {number}
    above = parents.get(number, "")
    while above in names and above not in seen:
        path.insert(0, names[above])
        seen.add(above)
        above = parents.get(above, "")
    return path


def _full_name(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[part]) for part in ("NAME", "LAST_NAME") if row.get(part))


def _is_yes(value: Any) -> bool:
    """Portals write truth as true, 1, "Y" or "1"."""
    return value in (True, 1, "1", "Y", "true")
