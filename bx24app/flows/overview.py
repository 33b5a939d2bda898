"""Reads what the list page shows: rows, names for their numbers, and who looks."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bx24app.bitrix24.entries import Me, parse_profile
from bx24app.bitrix24.errors import AuthorizationLost, NotPermitted, PaymentRequired, PortalGone
from bx24app.bitrix24.lookups import EntryLookup, Lookups, Question
from bx24app.errors import Error
from bx24app.flows.commands import get_command, has_list, list_command
from bx24app.flows.creation import Creation, CreationLookup
from bx24app.flows.flow import Flow, FlowList, parse_flow, parse_list
from bx24app.flows.flow_tasks import OpenTasks, tasks_command, used_flows
from bx24app.flows.reader import FlowReader, KnownRows, PortalClient
from bx24app.flows.seen_teams import Former
from bx24app.portals.access import Actor

EXCLUDED = (AuthorizationLost, NotPermitted, PaymentRequired, PortalGone)
"""Refusals that are about the person or the application, not about what was asked."""
PERFECT = 100
"""The efficiency of a flow without an overdue task, and of one without any task."""
WHOLE_AT_ONCE = 20
"""Flows that are read whole together with the names; further ones once the list is shown."""
MOST_USED = 200
"""Flows of which one question may be."""
TARGET = "notifyWhenEfficiencyDecreases"


@dataclass(frozen=True)
class Overview:
    """What the list page needs: rows without members, names for their numbers, who looks."""

    rows: list[Flow]
    complete: bool
    people: Mapping[int, str]
    projects: Mapping[int, str]
    me: Me
    switched: Mapping[int, Former] = field(default_factory=dict)
    """Flows whose distribution or team was changed in Bitrix24, and how they worked before."""
    creation: Creation = Creation()
    """Whether the person may create flows."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it was read."""
    version: str = field(default_factory=lambda: secrets.token_hex(8))
    """Changes with every reading and with every write of the person who looks."""
    whole: Mapping[int, Flow] = field(default_factory=dict)
    """Flows that were read with their options and people, which rows of a list lack."""
    used: frozenset[int] = frozenset()
    """Flows that are known to have tasks."""
    open_tasks: Mapping[int, OpenTasks | None] = field(default_factory=dict)
    """How many tasks are open, of flows for which the portal was asked; None where it is silent."""

    def target(self, flow: Flow) -> int:
        """The efficiency below which the flow's administrator is told; 0 where none is known."""
        return int(self.whole.get(int(flow["id"]), flow).get(TARGET) or 0)

    def below_target(self, flow: Flow) -> bool:
        """Whether a flow in use is less efficient than its administrator wants it to be."""
        # A flow that is off has no new tasks, so its efficiency warns of nothing.
        return bool(flow["active"]) and int(flow["efficiency"]) < self.target(flow)

    def efficiency(self, flow: Flow) -> int | None:
        """The efficiency in percent; None where 100 may only mean that there are no tasks."""
        value = int(flow["efficiency"])
        known = value != PERFECT or int(flow["id"]) in self.used
        return value if known and not flow["demo"] else None


class FirstLook:
    """What the list page asks first: who looks, what they may do, and the first page of flows."""

    def __init__(self, creation: Creation | None = None) -> None:
        """`creation` is what is known of the person's right, None where it has to be asked for."""
        self._lookups = Lookups()
        self._failure: Error | None = None
        self.right = None if creation else CreationLookup(self._lookups)
        self.me = self._lookups.ask(("profile", {}), parse_profile)
        self.page = self._lookups.ask(list_command(), parse_list)

    def send(self, portal: PortalClient) -> None:
        """Ask, in one request; raises Error."""
        try:
            self._lookups.send(portal)
        except Error as error:
            self._failure = error
            raise

    def check(self) -> None:
        """Raise the Error that `send` has raised, if it has."""
        if self._failure is not None:
            raise self._failure


def read_overview(
    actor: Actor,
    known: Callable[[], Iterable[int]],
    creation: Creation | None,
    *,
    first: FirstLook | None = None,
    named: Overview | None = None,
) -> Overview:
    """The rows and names for a person, in two requests for a page of flows; raises Error.

    `known` gives the ids of the flows that we know, for a portal that cannot list its own;
    `creation`: see FirstLook; `first` is one that was sent already. With `named`, an earlier
    overview of the same person, and where that has all the names, one request is enough: what
    else decorates the rows is fetched when the list stands.
    """
    reader = FlowReader(actor.client)
    look = first or FirstLook(creation)
    if first is None:
        look.send(actor.client)
    look.check()
    who, right = _who(look.me, actor.user_id), None if creation else look.right
    rows = _rows(reader, look.page, known)
    overview = with_names(actor.client, rows, who, right, named)
    return replace(overview, creation=creation or (right.result() if right else Creation()))


def _who(profile: Question[Me], own_id: int) -> Me:
    """The person who looks; raises where the portal does not let them."""
    error = profile.error()
    if isinstance(error, EXCLUDED):
        raise error
    # Any other failure only leaves open what they are called and whether they may do everything.
    return profile.value() if error is None else Me(own_id, "", admin=False)


def read_me(actor: Actor) -> Me:
    """The person who acts, without a name where the portal does not tell it; see `_who`."""
    try:
        return actor.directory.me()
    except EXCLUDED:
        raise
    except Error:
        return Me(actor.user_id, "", admin=False)


def with_names(
    portal: PortalClient,
    rows: KnownRows,
    me: Me,
    right: CreationLookup | None = None,
    named: Overview | None = None,
) -> Overview:
    """An overview of rows, with everything that decorates them; raises nothing.

    Names, tasks and options are decoration: where they could not be read, the page does without.
    `named`: see read_overview.
    """
    if named is not None and all(has_names(named, row) for row in rows.rows):
        return _named_by(named, portal, rows, me, right)
    lookups = Lookups()
    names = EntryLookup(
        lookups,
        [("user", str(row["ownerId"])) for row in rows.rows if row["ownerId"] > 0],
        [row["groupId"] for row in rows.rows if row["groupId"] > 0],
    )
    used = _ask_used(lookups, rows.rows)
    whole = [lookups.ask(get_command(int(row["id"])), parse_flow) for row in _read_whole(rows.rows)]
    if right:
        right.attempt(lookups, me)
    lookups.try_sending(portal)
    people = {int(number): entry.name for number, entry in names.people().items()}
    flows = [question.value() for question in whole if question.error() is None]
    return Overview(
        rows.rows,
        rows.complete,
        people,
        names.projects(),
        me,
        # Rows of a portal without a list are whole already.
        whole={int(flow["id"]): flow for flow in [*rows.rows, *flows] if "team" in flow},
        used=used.value() if used and used.error() is None else frozenset(),
    )


def _named_by(
    named: Overview,
    portal: PortalClient,
    rows: KnownRows,
    me: Me,
    right: CreationLookup | None,
) -> Overview:
    """An overview with the names that an earlier one has; asks for the person's right at most."""
    lookups = Lookups()
    if right:
        right.attempt(lookups, me)
    lookups.try_sending(portal)
    whole = {int(flow["id"]): flow for flow in rows.rows if "team" in flow}
    return Overview(rows.rows, rows.complete, named.people, named.projects, me, whole=whole)


def has_names(overview: Overview, flow: Flow) -> bool:
    """Whether an overview knows what the flow's administrator and project are called."""
    owner, project = int(flow["ownerId"] or 0), int(flow["groupId"] or 0)
    return (not owner or owner in overview.people) and (not project or project in overview.projects)


def may_be_below(flow: Flow) -> bool:
    """Whether a flow could be below a target, whatever that is."""
    return bool(flow["active"]) and int(flow["efficiency"]) < PERFECT


def _ask_used(lookups: Lookups, rows: Iterable[Flow]) -> Question[frozenset[int]] | None:
    """Ask which of the flows that seem perfect have tasks at all; one page tells most."""
    perfect = [int(row["id"]) for row in rows if row["efficiency"] == PERFECT and not row["demo"]]
    asked = perfect[:MOST_USED]
    if not asked:
        return None
    return lookups.ask(tasks_command(asked), lambda answer: used_flows(answer, asked))


def _read_whole(rows: Iterable[Flow]) -> list[Flow]:
    """The flows that need their options: first those that may be below their target."""
    partial = [row for row in rows if "team" not in row and not row["demo"]]
    # `sorted` is stable, so the order of the list decides among equals.
    return sorted(partial, key=lambda row: not may_be_below(row))[:WHOLE_AT_ONCE]


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
