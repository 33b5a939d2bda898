"""The lists that people look at: read from the portal, and kept for a while in this process.

Sorting, filtering and turning pages ask the portal nothing, and a list that cannot be read anew is
shown as it was. The page sends the version along that it shows: another process keeps another one,
so nobody sees a list jump back.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bx24app.bitrix24.entries import Me
from bx24app.errors import Error
from bx24app.flows.creation import Creation, find_creation
from bx24app.flows.flow import Flow
from bx24app.flows.flow_tasks import count_open_tasks, find_used
from bx24app.flows.known_flows import KnownFlows
from bx24app.flows.overview import (
    FirstLook,
    Overview,
    has_names,
    may_be_below,
    read_overview,
    with_names,
)
from bx24app.flows.reader import FlowReader, KnownRows
from bx24app.flows.seen_teams import Former, SeenTeams
from bx24app.portals.access import Actor
from bx24app.store.database import Database

FRESH = timedelta(seconds=60)
"""As long a list may be sorted and filtered without being read anew."""
STALE = timedelta(minutes=30)
"""As long a list is shown where it cannot be read anew."""
RIGHT_LASTS = 3600.0
"""Seconds in which the right to create flows is not asked for again."""
MOST_RIGHTS = 10_000
"""People whose right is remembered."""
MOST_ROWS = 20_000
"""Rows that one process keeps; the lists that were not looked at for longest give way."""

Viewer = tuple[str, int, datetime]
"""A portal's `member_id`, a user, and the installation: a new one begins without old lists."""


class FlowLists:
    """Reads and keeps the list of each person."""

    def __init__(self, database: Database) -> None:
        """`database` remembers known flows, for portals that cannot list theirs."""
        self._known = KnownFlows(database)
        self._seen = SeenTeams(database)
        self._kept: OrderedDict[Viewer, Overview] = OrderedDict()
        self._rights: OrderedDict[Viewer, tuple[float, Creation]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, actor: Actor, version: str = "", first: FirstLook | None = None) -> Overview:
        """The list in that version if it is here and fresh, else as the portal gives it.

        `first` has asked the portal a moment ago, when the application was opened. Raises Error.
        """
        kept = self.kept(actor, FRESH)
        if kept is not None and kept.version == version:
            return kept
        member_id = actor.portal.member_id
        right, began = self._right(actor), datetime.now(UTC)
        # Whoever comes back is not made to wait for names that they have seen a while ago.
        named = self.kept(actor) if first else None
        overview = read_overview(
            actor, lambda: self._known.ids(member_id), right, first=first, named=named
        )
        read = [overview.whole.get(int(row["id"]), row) for row in overview.rows]
        overview = replace(overview, switched=self._seen.look(member_id, read, began))
        with self._lock:
            self._put(actor, overview)
        self._note_right(actor, overview.creation, known=right is not None)
        return overview

    def creation(self, actor: Actor) -> Creation:
        """Whether the person may create flows, found out once an hour; raises nothing."""
        known = self._right(actor)
        if known is not None:
            return known
        found = find_creation(actor.client, _me(actor, admin=False))
        self._note_right(actor, found, known=False)
        return found

    def kept(self, actor: Actor, age: timedelta = STALE) -> Overview | None:
        """The list as this process has it; None where it was read longer ago than `age`."""
        with self._lock:
            found = self._kept.get(_viewer(actor))
        return found if found and datetime.now(UTC) - found.at <= age else None

    def after(self, actor: Actor, flow: Flow) -> Overview:
        """The list after a write, with the flow as it is now; raises nothing.

        Where no list is kept, only what the flow's own row needs.
        """
        kept = self.kept(actor)
        switched = self._switched(actor, flow)
        if kept is not None and has_names(kept, flow):
            return self._change(actor, lambda old: _with_flow(old, flow, switched)) or kept
        me = kept.me if kept else _me(actor, admin=True)
        alone = with_names(actor.client, KnownRows([flow], complete=True), me)
        alone = replace(alone, switched=switched)
        return (
            self._change(actor, lambda old: _with_flow(_joined(old, alone), flow, switched))
            or alone
        )

    def of_one(self, actor: Actor, flow: Flow) -> Overview:
        """What a page about one flow needs to know of who looks at it; raises nothing."""
        kept = self.kept(actor)
        me = kept.me if kept else _me(actor, admin=False)
        return Overview([flow], True, {}, {}, me, switched=self._switched(actor, flow))

    def without(self, actor: Actor, flow_id: int) -> Overview | None:
        """The list without a flow that was deleted; None where none is kept."""
        return self._change(
            actor,
            lambda old: _changed(old, [row for row in old.rows if int(row["id"]) != flow_id]),
        )

    def with_targets(self, actor: Actor, overview: Overview) -> Overview:
        """The same list with the options of every flow that may be below its target."""
        return self._with_whole(
            actor, overview, [row for row in overview.rows if may_be_below(row)]
        )

    def with_tasks(self, actor: Actor, overview: Overview) -> Overview:
        """The same list with the open tasks of every flow, as far as the portal tells."""
        numbers = [int(row["id"]) for row in overview.rows if not row["demo"]]
        return self._with_tasks(actor, overview, numbers)

    def with_details(self, actor: Actor, overview: Overview, ids: Collection[int]) -> Overview:
        """The same list with everything about some of its rows, as far as the portal tells."""
        rows = [row for row in overview.rows if int(row["id"]) in ids and not row["demo"]]
        overview = self._with_whole(actor, overview, rows)
        overview = self._with_tasks(actor, overview, [int(row["id"]) for row in rows])
        unsure = [int(row["id"]) for row in rows if overview.efficiency(row) is None]
        used = overview.used | find_used(actor.client, unsure)
        return self._learn(actor, replace(overview, used=used))

    def _switched(self, actor: Actor, flow: Flow) -> dict[int, Former]:
        return self._seen.look(actor.portal.member_id, [flow], datetime.now(UTC))

    def _right(self, actor: Actor) -> Creation | None:
        with self._lock:
            since, right = self._rights.get(_viewer(actor), (0.0, Creation()))
        return right if since and time.monotonic() - since < RIGHT_LASTS else None

    def _note_right(self, actor: Actor, right: Creation, *, known: bool) -> None:
        if known:
            return
        with self._lock:
            self._rights[_viewer(actor)] = time.monotonic(), right
            while len(self._rights) > MOST_RIGHTS:
                self._rights.popitem(last=False)

    def _with_whole(self, actor: Actor, overview: Overview, rows: Collection[Flow]) -> Overview:
        missing = [int(row["id"]) for row in rows if int(row["id"]) not in overview.whole]
        if not missing:
            return overview
        began = datetime.now(UTC)
        try:
            read = FlowReader(actor.client).get_many(missing).rows
        except Error:
            # Only options are missing, which decorate the rows.
            return overview
        switched = {**overview.switched, **self._seen.look(actor.portal.member_id, read, began)}
        whole = {**overview.whole, **{int(flow["id"]): flow for flow in read}}
        return self._learn(actor, replace(overview, whole=whole, switched=switched))

    def _with_tasks(self, actor: Actor, overview: Overview, ids: Collection[int]) -> Overview:
        if all(number in overview.open_tasks for number in ids):
            return overview
        counted = count_open_tasks(actor.client, ids) or dict.fromkeys(ids)
        return self._learn(actor, replace(overview, open_tasks={**overview.open_tasks, **counted}))

    def _learn(self, actor: Actor, overview: Overview) -> Overview:
        """Keep what was learnt about a list, unless a newer version is kept by now."""
        with self._lock:
            kept = self._kept.get(_viewer(actor))
            if kept is not None and kept.version == overview.version:
                self._put(actor, overview)
        return overview

    def _change(self, actor: Actor, change: Callable[[Overview], Overview]) -> Overview | None:
        """Change the list that is kept; None where there is none."""
        with self._lock:
            kept = self._kept.get(_viewer(actor))
            if kept is None:
                return None
            changed = change(kept)
            self._put(actor, changed)
        return changed

    def _put(self, actor: Actor, overview: Overview) -> None:
        self._kept[_viewer(actor)] = overview
        self._kept.move_to_end(_viewer(actor))
        while len(self._kept) > 1 and sum(len(one.rows) for one in self._kept.values()) > MOST_ROWS:
            self._kept.popitem(last=False)


def _viewer(actor: Actor) -> Viewer:
    return actor.portal.member_id, actor.user_id, actor.portal.installed_at


def _me(actor: Actor, *, admin: bool) -> Me:
    """Who acts; where the portal does not tell, an administrator or not.

    After a write that was carried out they may change the flow, whatever they are.
    """
    try:
        return actor.directory.me()
    except Error:
        return Me(actor.user_id, "", admin=admin)


def _with_flow(overview: Overview, flow: Flow, former: Mapping[int, Former]) -> Overview:
    """The flow in its old place, or at the end."""
    number = int(flow["id"])
    rows = [flow if int(row["id"]) == number else row for row in overview.rows]
    if all(int(row["id"]) != number for row in overview.rows):
        rows.append(flow)
    others = {id: was for id, was in overview.switched.items() if id != number}
    whole = {**overview.whole, number: flow}
    return replace(_changed(overview, rows), whole=whole, switched={**others, **former})


def _joined(overview: Overview, alone: Overview) -> Overview:
    """An overview with the names that another one knows."""
    return replace(
        overview,
        people={**overview.people, **alone.people},
        projects={**overview.projects, **alone.projects},
        used=overview.used | alone.used,
    )


def _changed(overview: Overview, rows: list[Flow]) -> Overview:
    return replace(overview, rows=rows, version=secrets.token_hex(8))
