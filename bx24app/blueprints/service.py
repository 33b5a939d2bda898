"""Flows as code, for the API, the command line and the pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bx24app.blueprints.bulk import BulkChange, concerned, desired_by_change, participants
from bx24app.blueprints.desired import DesiredFlow
from bx24app.blueprints.document import Document
from bx24app.blueprints.export import export_flows
from bx24app.blueprints.matching import Link
from bx24app.blueprints.nodes import Node
from bx24app.blueprints.plan import Plan
from bx24app.blueprints.plan_store import PlanStore
from bx24app.blueprints.planning import Options, Planner, links_by_flow
from bx24app.blueprints.portal_index import read_index
from bx24app.blueprints.portal_links import PortalLinks
from bx24app.blueprints.resolving import key_of
from bx24app.blueprints.revising import (
    desired_by_restore,
    desired_by_retry,
    desired_by_undo,
    done_changes,
    failed_changes,
    flow_ids,
)
from bx24app.blueprints.several import Row, proposed_table, several
from bx24app.flows.commands import NoSuchFlow
from bx24app.flows.flow import Flow
from bx24app.flows.history import FlowHistory
from bx24app.flows.service import FlowService
from bx24app.portals.access import Actor
from bx24app.portals.author import Author
from bx24app.runner import Runner
from bx24app.store.database import Database


class Blueprints:
    """Documents of flows: export, plans and what can be done with them."""

    def __init__(
        self, *, database: Database, flows: FlowService, store: PlanStore, runner: Runner
    ) -> None:
        """Plans are kept in `store` and carried out by `runner`."""
        self._flows = flows
        self._links = PortalLinks(database)
        self._store = store
        self._runner = runner
        self._planner = Planner(database, flows.history, store)

    @property
    def history(self) -> FlowHistory:
        """What was changed, by whom and through what."""
        return self._flows.history

    def export(self, actor: Actor, ids: Sequence[int] | None, *, emails: bool) -> dict[str, Any]:
        """The document of all flows, or of some; raises NoSuchFlow, or another Error."""
        wanted = [int(row["id"]) for row in self._planner.rows(actor)] if ids is None else ids
        flows = self._planner.read(actor, wanted)
        if ids is not None and not set(ids) <= flows.keys():
            raise NoSuchFlow
        index = read_index(actor.client, ("user", "department", "project"))
        keys = links_by_flow(self._links.all(actor.portal.member_id))
        return export_flows(flows.values(), index, keys, emails=emails)

    def plan(self, actor: Actor, document: Document, options: Options) -> Plan:
        """Plan a document; raises InvalidDocument, Unresolved or another Error."""
        return self._planner.plan(actor, document, options)

    def remembered(self, member_id: str, document: Document) -> dict[tuple[str, str], int]:
        """What was chosen on a portal for texts that a document names, by kind and text."""
        stored = self._links.mappings(member_id)
        named = {key_of(one) for one in document.references() if one.text}
        return {key: number for key, number in stored.items() if key in named}

    def forget(self, member_id: str, kind: str, text: str) -> None:
        """Ask anew what a text means on a portal, when it is used again."""
        self._links.forget(member_id, kind, text)

    def proposed_table(self, actor: Actor, node: Node) -> str:
        """A table for `several` with a row for each department; raises InvalidDocument or Error."""
        index = read_index(actor.client, ("department",))
        return proposed_table(node, index, actor.portal.language)

    def plan_several(self, actor: Actor, node: Node, rows: Sequence[Row], options: Options) -> Plan:
        """Plan a flow for each row of a table, after the only one of a document; see `several`.

        Raises InvalidDocument, Unresolved or another Error.
        """
        index = read_index(actor.client, ("user", "department"))

        def kind_of(text: str) -> str:
            if index.find("user", text) or not index.find("department", text):
                return "user"
            return "department"

        return self._planner.plan(actor, several(node, rows, kind_of), options)

    def change(self, actor: Actor, ids: Sequence[int] | None, change: BulkChange) -> Plan:
        """Plan one change for many flows; raises NoSuchFlow, InvalidFlow or another Error.

        Without `ids` it is for every flow in which somebody has a part who is to be succeeded.
        """
        wanted = [int(row["id"]) for row in self._planner.rows(actor)] if ids is None else ids
        flows = list(self._planner.read(actor, wanted).values())
        if ids is None:
            flows = concerned(flows, change.successors)
        elif len(flows) < len(set(ids)):
            raise NoSuchFlow
        desired_flows = desired_by_change(flows, change, self._links.all(actor.portal.member_id))
        return self._planner.plan_desired(actor, desired_flows)

    def all_flows(self, actor: Actor) -> list[Flow]:
        """Every flow of the portal, whole, as far as it is known; raises Error."""
        ids = [int(row["id"]) for row in self._planner.rows(actor)]
        return list(self._planner.read(actor, ids).values())

    def flow(self, actor: Actor, flow_id: int) -> Flow | None:
        """One flow as it is now; None where the portal does not show it. Raises Error."""
        return self._planner.read(actor, [flow_id]).get(flow_id)

    def plan_flows(self, actor: Actor, desired: Sequence[DesiredFlow]) -> Plan:
        """Plan what is desired of single flows; raises InvalidFlow or another Error."""
        return self._planner.plan_desired(actor, desired)

    def participants(self, actor: Actor) -> set[int]:
        """Everybody who has a part in a flow of the portal; raises Error."""
        return participants(self.all_flows(actor))

    def get(self, member_id: str, number: int) -> Plan:
        """One plan; raises NoSuchPlan."""
        plan = self._store.get(member_id, number)
        if plan.queued and not plan.over:
            # Somebody waits for it: make sure that this process looks for work as well.
            self._runner.wake()
        return plan

    def page(self, member_id: str, before: int | None, limit: int | None) -> list[Plan]:
        """Plans of a portal, the newest first."""
        return self._store.page(member_id, before, limit)

    def apply(
        self, member_id: str, number: int, digest: str, accept: Collection[str], author: Author
    ) -> Plan:
        """Let a plan be carried out in the background; see `PlanStore.queue` for what it raises.

        An empty plan is carried out at once.
        """
        plan = self._store.queue(member_id, number, digest, accept, author)
        if plan.empty:
            for change in plan.changes:
                if change.key and change.flow_id and change.reason is None:
                    self._links.link(member_id, change.key, change.flow_id, owned=change.owns)
        else:
            self._runner.wake()
        return plan

    def undo(self, actor: Actor, number: int, *, delete_created: bool) -> Plan:
        """A new plan: the inverse of what a plan has done; raises PlanNotApplied or an Error."""
        done = done_changes(self._store.get(actor.portal.member_id, number))
        now = self._planner.read(actor, flow_ids(done))
        desired_flows = desired_by_undo(done, now, delete_created=delete_created)
        return self._planner.plan_desired(actor, desired_flows)

    def retry(self, actor: Actor, number: int) -> Plan:
        """A new plan of what failed in a plan; raises PlanNotApplied or an Error."""
        failed = failed_changes(self._store.get(actor.portal.member_id, number))
        by_name: dict[str, int] = {}
        if any(one.outcome.may_have_happened for one in failed):
            by_name = {str(row["name"]): int(row["id"]) for row in self._planner.rows(actor)}
        now = self._planner.read(actor, [*flow_ids(failed), *by_name.values()])
        named: Mapping[str, Flow] = {
            name: now[number] for name, number in by_name.items() if number in now
        }
        return self._planner.plan_desired(actor, desired_by_retry(failed, now, named))

    def restore(self, actor: Actor, number: int) -> Plan:
        """A plan back to the state after a line of the history; raises NoSuchLine or an Error."""
        member_id = actor.portal.member_id
        line = self.history.line(member_id, number)
        flow = self._planner.read(actor, [line.flow_id]).get(line.flow_id)
        link = self.link(member_id, line.flow_id)
        desired = desired_by_restore(
            line, flow, link.key if link else "", bool(link and link.owned)
        )
        return self._planner.plan_desired(actor, [desired])

    def link(self, member_id: str, flow_id: int) -> Link | None:
        """What documents know a flow by; None where none has named it."""
        return next((one for one in self._links.all(member_id) if one.flow_id == flow_id), None)

    def adopt(self, actor: Actor, flow_id: int, key: str) -> Flow:
        """Own a flow under a key; raises NotFound, KeyTaken or another Error."""
        flow = self._flows.get(actor, flow_id)
        member_id = actor.portal.member_id
        other = next((one for one in self._links.all(member_id) if one.key == key), None)
        exists = other is not None and self._flows.is_there(actor, other.flow_id)
        self._links.adopt(member_id, key, flow_id, exists=exists)
        return flow
