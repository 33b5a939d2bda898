"""Reads what the list page shows: rows, names for their numbers, and who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bx24app.bitrix24.entries import Me, parse_profile
from bx24app.bitrix24.lookups import EntryLookup, Lookups, Question
from bx24app.flows.commands import has_list, list_command
from bx24app.flows.flow import Flow, FlowList, parse_list
from bx24app.flows.reader import FlowReader, KnownRows, PortalClient


@dataclass(frozen=True)
class Overview:
    """What the list page needs: rows without members, names for their numbers, who looks."""

    rows: list[Flow]
    complete: bool
    people: Mapping[int, str]
    projects: Mapping[int, str]
    me: Me


def read_overview(
    portal: PortalClient, reader: FlowReader, known: Callable[[], Iterable[int]]
) -> Overview:
    """The rows and names, in two requests for a page of flows; raises Error.

    `known` gives the ids of the flows that we know, for a portal that cannot list its own.
    """
    lookups = Lookups()
    me = lookups.ask(("profile", {}), parse_profile)
    page = lookups.ask(list_command(), parse_list)
    lookups.send(portal)
    who = me.value()
    rows = _rows(reader, page, known)
    lookups = Lookups()
    # The names need the ids from the rows, hence a second request.
    names = EntryLookup(
        lookups,
        [("user", str(row["ownerId"])) for row in rows.rows if row["ownerId"] > 0],
        [row["groupId"] for row in rows.rows if row["groupId"] > 0],
    )
    lookups.try_sending(portal)
    # Names are decoration: where they could not be read, the page shows the numbers.
    people = {int(number): entry.name for number, entry in names.people().items()}
    return Overview(rows.rows, rows.complete, people, names.projects(), who)


def _rows(
    reader: FlowReader, page: Question[FlowList], known: Callable[[], Iterable[int]]
) -> KnownRows:
    """The rows of the portal's list, whose first page was read already."""
    refusal = page.error()
    if refusal is None or has_list(refusal):
        # A later page can still turn out to be refused.
        listed = reader.list_all(page.value())
        if listed is not None:
            return listed
    return KnownRows(reader.get_many(known()).rows, complete=False)
