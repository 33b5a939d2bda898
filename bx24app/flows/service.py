"""Bringing one portal's flows to a wanted state, and remembering which flows are ours.

The form, the API and everything else that changes flows come through here, in the same three steps:
judge what is wanted, read what is, write the difference and read it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bx24app.bitrix24.directory import (
    Me,
    lookup_commands,
    parse_people,
    parse_profile,
    parse_projects,
    project_commands,
)
from bx24app.errors import Error
from bx24app.flows.change import digest
from bx24app.flows.commands import (
    PAGE,
    Flow,
    find_commands,
    get_command,
    list_command,
    parse_flow,
    parse_found,
    parse_list,
    parse_result,
)
from bx24app.flows.known_flows import KnownFlows
from bx24app.flows.leftover_project import explain_leftover_project
from bx24app.flows.listing import FlowQuery, Listing, find_name, read_page
from bx24app.flows.preflight import preflight_commands, preflight_problems
from bx24app.flows.problems import NameTaken, Problem, refuse
from bx24app.flows.repository import LOOK_PAUSES, FlowRepository
from bx24app.flows.spec import FlowSpec, valid_fields, validate_changes, validate_spec
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.store.database import Database


@dataclass(frozen=True)
class Overview:
    """What the list page needs: rows without members, names for their numbers, who looks."""

    rows: list[Flow]
    complete: bool
    people: Mapping[int, str]
    projects: Mapping[int, str]
    me: Me


@dataclass(frozen=True)
class Outcome:
    """What came of a write: the flow as read back, and what was different before."""

    flow: Flow
    created: bool
    changed: tuple[str, ...]
    before: Flow | None


class FlowService:
    """Reads and writes flows for whoever acts on a portal."""

    def __init__(self, database: Database, look_pauses: Sequence[float] = LOOK_PAUSES) -> None:
        """Remember known flows in `database`; `look_pauses`: see FlowRepository."""
        self._known_flows = KnownFlows(database)
        self._look_pauses = look_pauses

    def list_flows(self, actor: Actor, query: FlowQuery) -> Listing:
        """The flows that the actor may see and a query wants, by id; raises Error."""
        return read_page(self._repository(actor), query, lambda: self._known(actor))

    def find_name(self, actor: Actor, name: str) -> tuple[bool, int | None]:
        """Whether a flow of that name exists, and its id where the actor may see it."""
        repository = self._repository(actor)
        return find_name(actor.client, name, lambda: repository.get_many(self._known(actor)))

    def overview(self, actor: Actor) -> Overview:
        """The rows of the list page in two requests, however many flows there are on a page."""
        answers = actor.client.batch({"me": ("profile", {}), "page": list_command()}, safe=True)
        if isinstance(answers["me"], Error):
            raise answers["me"]
        repository = self._repository(actor)
        rows = parse_list(answers["page"])
        complete = rows is not None
        if rows is None:
            rows = repository.get_many(self._known(actor))
        elif len(rows) == PAGE:
            rows = repository.list_all(rows) or rows
        owners = {("user", str(row["ownerId"])) for row in rows if row.get("ownerId")}
        asked = lookup_commands(owners) | project_commands(
            row["groupId"] for row in rows if row["groupId"]
        )
        named = actor.client.batch(asked, safe=True) if asked else {}
        people = {int(number): entry.name for number, entry in parse_people(named).items()}
        return Overview(rows, complete, people, parse_projects(named), parse_profile(answers["me"]))

    def get(self, actor: Actor, flow_id: int) -> Flow:
        """One flow, complete; raises Error `not_found`."""
        flow = self._repository(actor).get(flow_id)
        self._remember(actor, flow_id, made=False)
        return flow

    def exists(self, actor: Actor, name: str, except_id: int = 0) -> bool:
        """Whether the portal has a flow of that name, apart from one."""
        return self._repository(actor).exists(name, except_id)

    def create(self, actor: Actor, data: Any) -> Outcome:
        """Create a flow from Bitrix24's field names; raises InvalidFlow or another Error."""
        spec, problems = _validated(actor, data)
        return self._created(actor, spec, problems, _looked_up(actor, spec, problems))

    def update(
        self, actor: Actor, flow_id: int, data: Any, *, if_match: str | None = None
    ) -> Outcome:
        """Change only what is sent (JSON merge patch) and leave everything else as it is.

        `if_match` is the digest the caller has seen; another one raises Error `flow_changed`.
        """
        asked = preflight_commands(valid_fields(data), flow_id=flow_id) | {
            "flow": get_command(flow_id)
        }
        answers = actor.client.batch(asked, safe=True)
        before = parse_flow(answers.pop("flow"))
        if if_match is not None and if_match != digest(before):
            raise FlowChanged(before)
        return self._updated(actor, before, data, answers)

    def find_created(self, actor: Actor, data: Any) -> Outcome | None:
        """The flow that an earlier `create` with the same data has made; None where there is none.

        For whoever does not know whether that was carried out. Raises Error.
        """
        spec, problems = _validated(actor, data)
        flow = None if problems else self._repository(actor).find_made(spec, actor.user_id)
        if flow is None:
            return None
        self._remember(actor, int(flow["id"]), made=True)
        return Outcome(flow, created=True, changed=tuple(spec), before=None)

    def find_changed(self, actor: Actor, flow_id: int, data: Any) -> Flow | None:
        """The flow if it is as an `update` with that data would make it, else None; raises Error.

        For whoever does not know whether that was carried out.
        """
        flow = self.get(actor, flow_id)
        changes, problems = validate_changes(flow, data)
        return None if changes or problems else flow

    def is_there(self, actor: Actor, flow_id: int) -> bool:
        """Whether the portal shows a flow of that number; raises Error where it says neither."""
        return bool(self._repository(actor).get_many([flow_id]))

    def create_or_update(self, actor: Actor, data: Any) -> Outcome:
        """Create the flow of that name, or change what is sent in the one that has it."""
        spec, problems = _validated(actor, data)
        if problems:
            spec["name"] = ""  # whether it is taken is no question here
            _raise_problems(spec, problems, _looked_up(actor, spec, problems))
        answers = actor.client.batch(
            find_commands(spec["name"]) | preflight_commands(spec), safe=True
        )
        row = parse_found(answers["found"], spec["name"])
        if row is not None:
            flow = _whole(actor, row, answers["flow"])
            return self._updated(actor, flow, data, _of_others(answers))
        if not parse_result(answers["name"])["exists"]:
            return self._created(actor, spec, [], answers)
        return self.update(actor, self._unlisted(actor, spec["name"]), data)

    def _created(
        self, actor: Actor, spec: FlowSpec, problems: list[Problem], answers: Mapping[str, Any]
    ) -> Outcome:
        _raise_problems(spec, problems, answers)
        try:
            flow = self._repository(actor).create(spec, actor.user_id)
        except Error as refusal:
            raise explain_leftover_project(refusal, actor, spec) from None
        self._remember(actor, int(flow["id"]), made=True)
        return Outcome(flow, created=True, changed=tuple(spec), before=None)

    def _updated(
        self, actor: Actor, before: Flow, data: Any, answers: Mapping[str, Any]
    ) -> Outcome:
        changes, problems = validate_changes(before, data)
        _raise_problems(changes, problems, answers)
        flow = self._repository(actor).update(before, changes) if changes else before
        self._remember(actor, int(before["id"]), made=False)
        return Outcome(flow, created=False, changed=tuple(changes), before=before)

    def delete(self, actor: Actor, flow_id: int) -> None:
        """Delete a flow; raises Error `not_found` where there is none."""
        repository = self._repository(actor)
        repository.get(flow_id)
        repository.delete(flow_id)
        self._known_flows.forget(actor.portal.member_id, flow_id)

    def set_active(self, actor: Actor, flow_id: int, active: bool) -> Flow:
        """Turn a flow on or off, whatever it was."""
        repository = self._repository(actor)
        return repository.set_active(repository.get(flow_id), active)

    def set_pinned(self, actor: Actor, flow_id: int, pinned: bool) -> bool:
        """Pin or unpin a flow for the actor, whatever it was."""
        repository = self._repository(actor)
        repository.get(flow_id)
        return repository.set_pinned(flow_id, pinned)

    def _repository(self, actor: Actor) -> FlowRepository:
        return FlowRepository(actor.client, look_pauses=self._look_pauses)

    def _unlisted(self, actor: Actor, name: str) -> int:
        """The flow with a name that is taken but not listed; raises NameTaken if it is unknown."""
        for flow in self._repository(actor).get_many(self._known(actor)):
            if flow["name"] == name:
                return int(flow["id"])
        raise NameTaken(N_("A flow with this name exists but cannot be seen. Use its number."))

    def _known(self, actor: Actor) -> list[int]:
        return self._known_flows.ids(actor.portal.member_id)

    def _remember(self, actor: Actor, flow_id: int, *, made: bool) -> None:
        self._known_flows.remember(actor.portal.member_id, flow_id, made=made)


def _validated(actor: Actor, data: Any) -> tuple[FlowSpec, list[Problem]]:
    """The spec in some data, for the actor unless they name somebody, and what is wrong with it."""
    spec, problems = validate_spec(data)
    spec.setdefault("ownerId", actor.user_id)
    return spec, problems


def _raise_problems(
    fields: Mapping[str, Any], problems: list[Problem], answers: Mapping[str, Any]
) -> None:
    """Raise InvalidFlow if there are problems, or if the portal knows of any.

    A portal that is away keeps nobody from hearing what is wrong anyway.
    """
    try:
        found = preflight_problems(fields, answers)
    except Error:
        refuse(problems)
        raise
    refuse([*problems, *found])


def _looked_up(actor: Actor, spec: FlowSpec, problems: list[Problem]) -> dict[str, Any]:
    """What the portal says of everything that a spec names; see `_refuse`."""
    try:
        return actor.client.batch(preflight_commands(spec), safe=True)
    except Error:
        refuse(problems)
        raise


def _whole(actor: Actor, row: Flow, read: Any) -> Flow:
    """The flow of a row: as it was read with it, or read now where that led elsewhere."""
    if not isinstance(read, Error) and str(read.get("id")) == str(row["id"]):
        return parse_flow(read)
    return FlowRepository(actor.client).get(int(row["id"]))


def _of_others(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers about everything that a flow names, without those about its own name."""
    own = ("found", "flow", "name", "namesake")
    return {question: answer for question, answer in answers.items() if question not in own}


class FlowChanged(Error):
    """Somebody else has changed the flow since the caller has seen it; `now` is how it stands."""

    code = "flow_changed"
    message = N_("The flow was changed meanwhile. Nothing was overwritten.")

    def __init__(self, now: Flow) -> None:
        """`now` is the flow as the portal has it."""
        super().__init__()
        self.now = now
