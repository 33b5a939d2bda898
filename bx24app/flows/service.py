"""Bringing one portal's flows to a wanted state, and remembering which flows are known.

The form, the API and everything else that changes flows come through here, in the same three steps:
validate what is wanted, read what is, write the difference and read it back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from bx24app.bitrix24.lookups import Lookups
from bx24app.errors import Error, NotFound
from bx24app.flows.change import FlowChange, digest
from bx24app.flows.commands import (
    get_command,
    list_by_name_command,
    parse_found,
    read_found_command,
)
from bx24app.flows.flow import LISTS, Flow, parse_flow
from bx24app.flows.history import FlowHistory
from bx24app.flows.known_flows import KnownFlows
from bx24app.flows.leftover_project import explain_leftover_project
from bx24app.flows.listing import FlowQuery, Listing, find_name, read_page
from bx24app.flows.overlap import find_overlaps
from bx24app.flows.preflight import Preflight
from bx24app.flows.problems import (
    FlowChanged,
    NameTaken,
    Problem,
    SampleFlow,
    TrialWouldStart,
    refuse,
)
from bx24app.flows.reader import KnownRows
from bx24app.flows.repository import LOOK_PAUSES, FlowRepository
from bx24app.flows.seen_teams import SeenTeams
from bx24app.flows.shown import row_of_that_name, shown, whole
from bx24app.flows.spec import FlowSpec, settings, valid_fields, validate_changes, validate_spec
from bx24app.flows.team import TeamLookup, refresh_team, with_warnings
from bx24app.flows.unseen_people import explain_unknown_person, refuse_nonexistent
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.store.database import Database


class FlowService:
    """Reads and writes flows for whoever acts on a portal."""

    def __init__(self, database: Database, look_pauses: Sequence[float] = LOOK_PAUSES) -> None:
        """Remember known flows in `database`; `look_pauses`: see FlowRepository."""
        self._known = KnownFlows(database)
        self._seen = SeenTeams(database)
        self.history = FlowHistory(database)
        self._look_pauses = look_pauses

    def list_flows(self, actor: Actor, query: FlowQuery) -> Listing:
        """The flows that the actor may see and a query wants, by id; raises Error."""
        member_id = actor.portal.member_id
        found = read_page(self._repository(actor), query, lambda: self._known.ids(member_id))
        self.history.notice(member_id, found.items)
        return found

    def find_name(self, actor: Actor, name: str) -> tuple[bool, int | None]:
        """Whether a flow of that name exists, and its id where the actor may see it."""
        return find_name(actor.client, name, lambda: self._known_rows(actor).rows)

    def get(self, actor: Actor, flow_id: int) -> Flow:
        """One flow, complete; raises NotFound."""
        flow = self._repository(actor).get(flow_id)
        self.history.notice(actor.portal.member_id, [flow])
        return flow

    def exists(self, actor: Actor, name: str, except_id: int = 0) -> bool:
        """Whether the portal has a flow of that name, apart from one."""
        return self._repository(actor).exists(name, except_id)

    def create(
        self,
        actor: Actor,
        data: Any,
        *,
        allow_trial: bool = False,
        accepted: Collection[str] = (),
    ) -> FlowChange:
        """Create a flow from Bitrix24's field names.

        `accepted`: see Preflight. Raises InvalidFlow, TrialWouldStart unless `allow_trial`, or
        another Error.
        """
        spec, problems = _validated(actor, data)
        lookups = Lookups()
        preflight = Preflight(lookups, spec, own_id=actor.user_id, accepted=accepted)
        _send(lookups, actor, problems)
        return self._create(actor, spec, problems, preflight, allow_trial)

    def update(
        self,
        actor: Actor,
        flow_id: int,
        data: Any,
        *,
        if_match: str | None = None,
        accepted: Collection[str] = (),
    ) -> FlowChange:
        """Change only what is sent (JSON merge patch) and leave everything else as it is.

        `if_match` is the digest the caller has seen; another one raises FlowChanged.
        `accepted`: see Preflight.
        """
        lookups = Lookups()
        read = lookups.ask(get_command(flow_id), lambda answer: parse_flow(answer, flow_id))
        fields = valid_fields(data)
        # The flow and everything that the changes name are read in the same request.
        preflight = Preflight(
            lookups, fields, own_id=actor.user_id, flow_id=flow_id, accepted=accepted
        )
        lookups.send(actor.client)
        before = shown(read)
        self.history.notice(actor.portal.member_id, [before])
        if if_match is not None and if_match != digest(before):
            raise FlowChanged(before)
        return self._update(actor, before, data, preflight)

    def find_created(self, actor: Actor, data: Any) -> FlowChange | None:
        """The flow that an earlier `create` with the same data has made; None where there is none.

        For whoever does not know whether that was carried out. Raises Error.
        """
        spec, problems = _validated(actor, data)
        flow = None if problems else self._repository(actor).find_made(spec, actor.user_id)
        if flow is None:
            return None
        return self._after_write(actor, FlowChange(None, flow))

    def find_changed(self, actor: Actor, flow_id: int, data: Any) -> Flow | None:
        """The flow if it is as an `update` with that data would make it, else None; raises Error.

        For whoever does not know whether that was carried out.
        """
        flow = self.get(actor, flow_id)
        changes, problems = validate_changes(flow, data)
        return None if changes or problems else flow

    def recognise(self, actor: Actor, change: FlowChange) -> FlowChange:
        """Note a change of ours whose write ended before it could be noted."""
        return self._after_write(actor, change)

    def is_there(self, actor: Actor, flow_id: int) -> bool:
        """Whether the portal shows a flow of that number; raises Error where it says neither."""
        try:
            self._repository(actor).get(flow_id)
        except NotFound:
            return False
        return True

    def create_or_update(self, actor: Actor, data: Any, *, allow_trial: bool = False) -> FlowChange:
        """Create the flow of that name, or change what is sent in the one that has it."""
        spec, problems = _validated(actor, data)
        lookups = Lookups()
        name = spec.get("name", "")
        listed = lookups.ask(list_by_name_command(name), lambda answer: parse_found(answer, name))
        read = lookups.ask(read_found_command(listed.name), parse_flow)
        preflight = Preflight(lookups, spec, own_id=actor.user_id)
        _send(lookups, actor, problems)
        if not name:
            preflight.refuse(spec, problems)
        row = row_of_that_name(listed)
        if row is not None:
            # What is missing for a new flow is no problem here; the rest is found again.
            return self._update(actor, whole(actor, row, read), data, preflight, own_name=True)
        if not preflight.name_is_taken():
            return self._create(actor, spec, problems, preflight, allow_trial)
        return self.update(actor, self._unlisted(actor, name), data)

    def delete(self, actor: Actor, flow_id: int) -> FlowChange:
        """Delete a flow; raises NotFound where there is none."""
        repository = self._repository(actor)
        before = repository.get(flow_id)
        repository.delete(flow_id)
        return self._after_write(actor, FlowChange(before, None))

    def set_active(self, actor: Actor, flow_id: int, active: bool, now: Flow | None = None) -> Flow:
        """Turn a flow on or off, whatever it was; `now` if it was read a moment ago."""
        repository = self._repository(actor)
        before = now or repository.get(flow_id)
        if before["demo"]:
            raise SampleFlow
        after = repository.set_active(before, active)
        return self._after_write(actor, FlowChange(before, after)).flow

    def set_pinned(self, actor: Actor, flow_id: int, pinned: bool) -> bool:
        """Pin or unpin a flow for the actor, whatever it was."""
        repository = self._repository(actor)
        repository.get(flow_id)
        # Bitrix24 lets an administrator pin a number that no flow has, hence the read before.
        return repository.set_pinned(flow_id, pinned)

    def refresh_team(self, actor: Actor, flow_id: int, *, if_match: str | None) -> FlowChange:
        """Let the departments of a queue stand for the people they have now; raises Error."""
        repository = self._repository(actor)
        return self._after_write(actor, refresh_team(actor, repository, flow_id, if_match))

    def _create(
        self,
        actor: Actor,
        spec: FlowSpec,
        problems: list[Problem],
        preflight: Preflight,
        allow_trial: bool,
    ) -> FlowChange:
        queue = spec.get("distributionType") == "queue"
        preflight.refuse(spec, problems, queue=queue, client=actor.client)
        # Even a refused creation would use the trial up, so this is decided before it is sent.
        if preflight.starts_trial() and not allow_trial:
            raise TrialWouldStart
        # Only a creation that makes a project can leave one behind when it is refused.
        if not spec.get("groupId"):
            refuse_nonexistent(actor, spec, preflight.unseen(spec))
        before = self._known.ids(actor.portal.member_id) if preflight.name_is_unclear() else ()
        try:
            flow = self._repository(actor).create(spec, actor.user_id, before)
        except Error as refusal:
            explained = explain_unknown_person(refusal, spec)
            raise explain_leftover_project(explained, actor, spec) from None
        return self._after_write(actor, FlowChange(None, flow), preflight.team)

    def _update(
        self,
        actor: Actor,
        before: Flow,
        data: Any,
        preflight: Preflight,
        *,
        own_name: bool = False,
    ) -> FlowChange:
        if before["demo"]:
            raise SampleFlow
        changes, problems = validate_changes(before, data)
        had = settings(before)
        # The owner counts as kept too: they may have been dismissed since.
        kept = {pair for name in LISTS for pair in had[name]} | {("user", str(before["ownerId"]))}
        queue = {**before, **changes}["distributionType"] == "queue"
        problems += find_overlaps(actor.client, had, changes, actor.user_id)
        preflight.refuse(
            changes, problems, kept=kept, own_name=own_name, queue=queue, client=actor.client
        )
        try:
            after = self._repository(actor).update(before, changes) if changes else before
        except Error as refusal:
            raise explain_unknown_person(refusal, changes) from None
        return self._after_write(actor, FlowChange(before, after), preflight.team)

    def _after_write(
        self, actor: Actor, change: FlowChange, team: TeamLookup | None = None
    ) -> FlowChange:
        """Remember the flow after each write that was carried out, or forget a deleted one.

        The write was carried out, so nothing here may raise. `team`: see with_warnings.
        """
        member_id = actor.portal.member_id
        self._seen.written(member_id, change)
        if change.after is None:
            self._known.forget(member_id, change.flow_id)
        else:
            self._known.remember(member_id, change.flow_id)
        self.history.record(actor, change)
        return with_warnings(change, actor.client, actor.user_id, team)

    def _known_rows(self, actor: Actor) -> KnownRows:
        """What is known of a portal that cannot list its flows."""
        ids = self._known.ids(actor.portal.member_id)
        return KnownRows(self._repository(actor).get_many(ids).rows, complete=False)

    def _repository(self, actor: Actor) -> FlowRepository:
        return FlowRepository(actor.client, look_pauses=self._look_pauses)

    def _unlisted(self, actor: Actor, name: str) -> int:
        """The flow with a name that is taken but not listed; raises NameTaken if it is unknown."""
        for flow in self._known_rows(actor).rows:
            if flow["name"] == name:
                return int(flow["id"])
        raise NameTaken(N_("A flow with this name exists but cannot be seen. Use its number."))


def _validated(actor: Actor, data: Any) -> tuple[FlowSpec, list[Problem]]:
    """The spec in some data, for the actor unless they name somebody, and what is wrong with it."""
    spec, problems = validate_spec(data)
    spec.setdefault("ownerId", actor.user_id)
    return spec, problems


def _send(lookups: Lookups, actor: Actor, problems: list[Problem]) -> None:
    """Ask the portal; if it is away, raise the problems that are known already, if any."""
    try:
        lookups.send(actor.client)
    except Error:
        refuse(problems)
        raise
