"""Reads some flows of a portal: filtered, ordered by id, a page at a time, and by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bx24app.flows.commands import (
    Flow,
    exists_command,
    list_by_name_command,
    parse_found,
    parse_list,
    parse_result,
)
from bx24app.flows.repository import FlowRepository, PortalClient


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
    repository: FlowRepository, query: FlowQuery, known: Callable[[], Iterable[int]]
) -> Listing:
    """The flows that a query wants, complete and ordered by id; raises Error.

    `known` gives the ids of the flows that we know, for a portal that cannot list its own.
    """
    rows = repository.list_all()
    complete = rows is not None
    if rows is None:
        rows = repository.get_many(known())
    # A list that changes while its pages are read may show a row twice.
    wanted = {int(row["id"]): row for row in rows if query.wants(row)}
    ids = sorted(wanted)
    page = ids[: query.limit]
    last = page[-1] if len(page) < len(ids) else 0
    items = repository.get_many(page) if complete else [wanted[number] for number in page]
    return Listing(items, complete, last)


def find_name(
    portal: PortalClient, name: str, known: Callable[[], Sequence[Flow]]
) -> tuple[bool, int | None]:
    """Whether a flow of that name exists, and its id where it is visible; raises Error.

    `known` reads the flows that we know, for a portal that cannot list its own.
    """
    answers: dict[str, Any] = portal.batch(
        {"exists": exists_command(name), "found": list_by_name_command(name)}, safe=True
    )
    if not parse_result(answers["exists"])["exists"]:
        return False, None
    if parse_list(answers["found"]) is not None:
        row = parse_found(answers["found"], name)
    else:
        row = next((flow for flow in known() if same_name(str(flow["name"]), name)), None)
    return True, int(row["id"]) if row else None


def same_name(one: str, other: str) -> bool:
    """Whether Bitrix24 takes two names for the same: without regard to case and blanks around."""
    return one.strip().casefold() == other.strip().casefold()
