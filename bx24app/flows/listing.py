"""Reads some flows of a portal: filtered, ordered by id, a page at a time, and by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bx24app.bitrix24.lookups import Lookups
from bx24app.errors import Error
from bx24app.flows.commands import (
    Command,
    exists_command,
    has_list,
    list_by_name_command,
    parse_found,
)
from bx24app.flows.flow import Flow, parse_exists
from bx24app.flows.reader import FlowReader, PortalClient


@dataclass(frozen=True)
class FlowQuery:
    """Which flows are wanted; what is None does not narrow the choice."""

    name: str | None = None
    active: bool | None = None
    project_id: int | None = None
    owner_id: int | None = None
    after: int = 0
    """Only flows with a higher id."""
    limit: int | None = None
    """So many at most."""

    def wants(self, row: Flow) -> bool:
        """Whether a row of the portal's list is meant."""
        return (
            int(row["id"]) > self.after
            and (self.name is None or same_name(str(row["name"]), self.name))
            and (self.active is None or bool(row["active"]) == self.active)
            and (self.project_id is None or int(row["groupId"] or 0) == self.project_id)
            and (self.owner_id is None or int(row["ownerId"] or 0) == self.owner_id)
        )


@dataclass(frozen=True)
class Listing:
    """Flows of a portal; not `complete` where it cannot list and we show what we know."""

    items: list[Flow]
    complete: bool
    last: int = 0
    """The id after which the next page begins; 0 where there is none."""


def read_page(
    repository: FlowReader, query: FlowQuery, known: Callable[[], Iterable[int]]
) -> Listing:
    """The flows that a query wants, complete and ordered by id; raises Error.

    `known` gives the ids of the flows that we know, for a portal that cannot list its own.
    """
    listed = repository.list_all()
    # Not every portal has the method `list`; those that have none are asked for known flows.
    shown = listed or repository.get_many(known())
    wanted = {int(row["id"]): row for row in shown.rows if query.wants(row)}
    ids = sorted(wanted)
    # The page is cut from sorted ids and not by position: flows may come and go between pages.
    page = ids[: query.limit]
    last = page[-1] if len(page) < len(ids) else 0
    if listed is None:
        return Listing([wanted[number] for number in page], complete=False, last=last)
    # Rows of the list have no members and options, so the flows of this page are read again.
    read = repository.get_many(page)
    return Listing(read.rows, listed.complete and read.complete, last)


def find_name(
    portal: PortalClient, name: str, known: Callable[[], Sequence[Flow]]
) -> tuple[bool, int | None]:
    """Whether a flow of that name exists, and its id where it is visible; raises Error.

    `known` reads the flows that we know, for a portal that cannot list its own.
    """
    lookups = Lookups()
    exists = lookups.ask(exists_command(name), parse_exists)
    found = lookups.ask(list_by_name_command(name), lambda answer: parse_found(answer, name))
    # `isExists` checks no access rights, so it also counts flows that the list does not show.
    if portal.carries({"name": name}):
        lookups.send(portal)
    else:
        # A batch would take a name such as `$result[…]` for a reference to another answer.
        for question in (exists, found):
            question.take(_answer(portal, question.command))
    if not exists.value():
        return False, None
    refusal = found.error()
    if refusal is None or has_list(refusal):
        row = found.value()
    else:
        row = next((flow for flow in known() if same_name(str(flow["name"]), name)), None)
    return True, int(row["id"]) if row else None


def _answer(portal: PortalClient, command: Command) -> Any:
    """The result of one call, or the Error that came instead."""
    try:
        return portal.call(*command, safe=True)
    except Error as error:
        return error


def same_name(one: str, other: str) -> bool:
    """Whether Bitrix24 takes two names for the same: without regard to case and blanks around."""
    return one.strip().casefold() == other.strip().casefold()
