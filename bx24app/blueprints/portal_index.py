"""The people, departments and projects of one portal, to find what a document names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bx24app.bitrix24.answers import Rows, parse_rows, text_or
from bx24app.bitrix24.entries import is_yes, parse_person, rows_with_id
from bx24app.bitrix24.errors import NotPermitted
from bx24app.bitrix24.lookups import BatchClient, Lookups, Question
from bx24app.bitrix24.paging import read_rest

KINDS = ("user", "department", "project")
COLLAB = "collab"
"""The type of a group that cannot hold flows."""
MOST_CANDIDATES = 20
METHODS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    # Without ACTIVE in the filter dismissed people are given too (Bitrix24 docs, user.get).
    "user": ("user.get", {"sort": "ID", "order": "ASC", "FILTER": {}}, "start"),
    "department": ("department.get", {}, "START"),
    "project": ("sonet_group.get", {"ORDER": {"ID": "ASC"}, "FILTER": {}}, "start"),
}


@dataclass(frozen=True)
class Candidate:
    """Somebody or something of a portal that has a name."""

    id: int
    name: str
    email: str = ""
    good: bool = True
    """Whether a flow can be given to it: not dismissed, not archived."""
    departments: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    """Of a department: all ways to name it, the whole path first."""


@dataclass(frozen=True)
class PortalIndex:
    """Everybody and everything of a portal that was asked for, by kind."""

    kinds: Mapping[str, Mapping[int, Candidate]]
    parents: Mapping[str, str] = field(default_factory=dict)
    """The department above each."""
    hidden: frozenset[str] = frozenset()
    """Kinds that the portal does not show to the application."""
    incomplete: frozenset[str] = frozenset()
    """Kinds of which not every row could be read."""

    def is_gone(self, kind: str, number: int) -> bool:
        """Whether a portal that shows all of a kind does not have that one any more."""
        known = kind in self.kinds and kind not in self.hidden | self.incomplete
        return known and number not in self.kinds[kind]

    def has(self, kind: str, number: int) -> bool:
        """Whether the portal shows it; True where it shows nothing of that kind."""
        return kind in self.hidden or kind not in self.kinds or number in self.kinds[kind]

    def get(self, kind: str, number: int) -> Candidate | None:
        """One of a kind; None where the portal does not show it."""
        return self.kinds.get(kind, {}).get(number)

    def find(self, kind: str, text: str) -> list[Candidate]:
        """Everybody whom a text may mean, whatever its case; the right one is alone in the list.

        A person who works here goes before one of the same name who was dismissed.
        """
        wanted = text.strip().casefold()
        all_of_kind = self.kinds.get(kind, {}).values()
        found = [one for one in all_of_kind if wanted in _names(kind, one)]
        if kind == "department":
            # A whole path is exact, while a bare name may be that of several departments.
            exact = [one for one in found if wanted in one.paths]
            return exact or found
        return [one for one in found if one.good] or found

    def similar(self, kind: str, text: str) -> list[Candidate]:
        """Some whose names share a word with a text, for a person to choose from."""
        words = {word for word in re.split(r"[\s/._@-]+", text.casefold()) if len(word) > 1}
        found = [
            one
            for one in self.kinds.get(kind, {}).values()
            if one.good and words & set(one.name.casefold().split())
        ]
        return found[:MOST_CANDIDATES]

    def emails_shown(self) -> bool:
        """Whether the portal shows e-mails to the application."""
        return any(one.email for one in self.kinds.get("user", {}).values())


def read_index(client: BatchClient, kinds: Iterable[str]) -> PortalIndex:
    """Read whole lists of some kinds: their first pages in one request; raises Error."""
    lookups = Lookups()
    wanted = [kind for kind in KINDS if kind in set(kinds)]
    pages: dict[str, Question[Rows]] = {}
    for kind in wanted:
        method, params, start = METHODS[kind]
        pages[kind] = lookups.ask((method, {**params, start: 0}), parse_rows)
    lookups.send(client)
    rows: dict[str, list[dict[str, Any]]] = {}
    hidden, incomplete = set(), set()
    for kind, page in pages.items():
        # A scope that is not granted: names of that kind cannot be found, and that is told.
        if isinstance(page.error(), NotPermitted):
            hidden.add(kind)
            rows[kind] = []
            continue
        read = read_rest(client, page.value(), *METHODS[kind])
        rows[kind] = readable = rows_with_id(read)
        if readable.more or readable.unreadable:
            incomplete.add(kind)
    parents = {str(row["ID"]): text_or(row.get("PARENT")) for row in rows.get("department", ())}
    return PortalIndex(
        {kind: _candidates(kind, rows[kind], parents) for kind in wanted},
        parents,
        frozenset(hidden),
        frozenset(incomplete),
    )


def _candidates(
    kind: str, rows: list[dict[str, Any]], parents: Mapping[str, str]
) -> dict[int, Candidate]:
    if kind == "user":
        return {int(row["ID"]): _person(row) for row in rows}
    names = {str(row["ID"]): text_or(row.get("NAME")).strip() for row in rows}
    if kind == "department":
        return {int(id): _department(id, names, parents) for id in names}
    return {
        int(row["ID"]): Candidate(
            int(row["ID"]),
            names[str(row["ID"])],
            good=not is_yes(row.get("CLOSED")) and row.get("TYPE") != COLLAB,
        )
        for row in rows
    }


def _person(row: dict[str, Any]) -> Candidate:
    entry = parse_person(row)
    return Candidate(
        int(entry.id),
        entry.name,
        text_or(row.get("EMAIL")).strip(),
        entry.state != "dismissed",
        entry.departments,
    )


def _department(id: str, names: Mapping[str, str], parents: Mapping[str, str]) -> Candidate:
    """A department with its paths: from below the company's root, and with the root."""
    path = [names[id]]
    seen, above = {id}, parents.get(id, "")
    while above in names and above not in seen:
        path.insert(0, names[above])
        seen.add(above)
        above = parents.get(above, "")
    written = "/".join(path[1:] or path)
    paths = (written.casefold(), "/".join(path).casefold())
    return Candidate(int(id), names[id], paths=paths)


def department_path(index: PortalIndex, number: int) -> str:
    """How a document names a department: its path from below the root, else empty."""
    names: list[str] = []
    seen: set[str] = set()
    at = str(number)
    while at not in seen and (one := index.get("department", int(at))) is not None:
        names.insert(0, one.name)
        seen.add(at)
        at = index.parents.get(at, "")
        if not at.isdecimal():
            break
    return "/".join(names[1:] or names)


def _names(kind: str, one: Candidate) -> set[str]:
    if kind == "department":
        return {*one.paths, one.name.casefold()}
    return {one.name.strip().casefold(), one.email.casefold()} - {""}
