"""Makes plans: reads a portal, compares it with what is wanted, and keeps the difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bx24app.bitrix24.directory import template_command
from bx24app.bitrix24.entries import parse_template
from bx24app.bitrix24.lookups import Lookups
from bx24app.blueprints.desired import NOT_OWNED, DesiredFlow, compare
from bx24app.blueprints.document import Document, WantedFlow
from bx24app.blueprints.matching import Link, match_flows
from bx24app.blueprints.nodes import Finding, InvalidDocument
from bx24app.blueprints.plan import ACTIONS, Change, Draft, Plan
from bx24app.blueprints.plan_store import PlanStore
from bx24app.blueprints.portal_index import PortalIndex, read_index
from bx24app.blueprints.portal_links import PortalLinks
from bx24app.blueprints.references import Reference
from bx24app.blueprints.resolving import (
    Resolved,
    Unresolved,
    key_of,
    missing_number,
    resolve,
)
from bx24app.blueprints.safety import dangers, named_newly
from bx24app.flows.flow import Flow
from bx24app.flows.history import FlowHistory
from bx24app.flows.known_flows import KnownFlows
from bx24app.flows.preflight import FEATURE_COMMAND, parse_feature
from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.flows.reader import FlowReader
from bx24app.i18n import N_
from bx24app.portals.access import Actor
from bx24app.store.database import Database

ARCHIVED = N_("This project is archived. Choose another one.")


@dataclass(frozen=True)
class Options:
    """How a document is to be planned."""

    mapping: Mapping[str, int]
    """What texts of the document mean on this portal, as the call has chosen."""
    prune: bool = False
    """Whether owned flows that the document does not name are deleted."""
    rollout_id: int | None = None


class Planner:
    """Makes plans for portals and stores them."""

    def __init__(self, database: Database, history: FlowHistory, store: PlanStore) -> None:
        """Keep plans in `store`; note in `history` what was changed elsewhere."""
        self._known = KnownFlows(database)
        self._links = PortalLinks(database)
        self._history = history
        self._store = store

    def plan(self, actor: Actor, document: Document, options: Options) -> Plan:
        """Plan a document; raises InvalidDocument, Unresolved or another Error."""
        member_id, language = actor.portal.member_id, actor.portal.language
        rows, links = self.rows(actor), self._links.all(member_id)
        matched = match_flows(document, rows, links, language)
        index, resolved = self._resolve(actor, document, options.mapping)
        if matched.findings:
            raise InvalidDocument(matched.findings)
        pruned = [
            link
            for link in links
            if options.prune and link.owned and link.key not in document.flows
        ]
        wanted = [*matched.ids.values(), *(link.flow_id for link in pruned)]
        flows = self.read(actor, wanted)
        owned = {link.flow_id for link in links if link.owned}
        desired_flows = [
            _desired(flow, flows.get(matched.ids[flow.key]), resolved, language, owned)
            for flow in document.flows.values()
        ]
        desired_flows += [
            DesiredFlow(link.key, flows[link.flow_id], delete=True, owns=True)
            for link in pruned
            if link.flow_id in flows and link.flow_id not in matched.ids.values()
        ]
        draft = self._draft(actor, desired_flows, index, len(rows), document)
        self._links.remember(member_id, resolved.chosen)
        return self._store.add(member_id, draft, options.rollout_id)

    def plan_desired(self, actor: Actor, desired_flows: Sequence[DesiredFlow]) -> Plan:
        """Plan what is wanted of single flows, without a document; raises Error."""
        index = read_index(actor.client, ("user", "department", "project"))
        draft = self._draft(actor, desired_flows, index, len(self.rows(actor)), None)
        return self._store.add(actor.portal.member_id, draft, None)

    def rows(self, actor: Actor) -> list[Flow]:
        """The rows of all flows that are known of the portal; raises Error."""
        reader = FlowReader(actor.client)
        listed = reader.list_all()
        if listed is None:
            listed = reader.get_many(self._known.ids(actor.portal.member_id))
        return listed.rows

    def read(self, actor: Actor, ids: Iterable[int]) -> dict[int, Flow]:
        """Some flows, complete, by number; those that are not shown are left out."""
        wanted = [number for number in dict.fromkeys(ids) if number]
        found = FlowReader(actor.client).get_many(wanted).rows
        self._history.notice(actor.portal.member_id, found)
        return {int(flow["id"]): flow for flow in found}

    def _resolve(
        self, actor: Actor, document: Document, mapping: Mapping[str, int]
    ) -> tuple[PortalIndex, Resolved]:
        references = document.references()
        kinds = {reference.kind for reference in references}
        # Whether a team would be empty or overlap can only be told with both.
        kinds |= {"user", "department"} if kinds & {"user", "department"} else set()
        index = read_index(actor.client, kinds)
        stored = self._links.mappings(actor.portal.member_id)
        given = {text.strip().casefold(): number for text, number in mapping.items()}
        asked = {
            given.get(key_of(one)[1], stored.get(key_of(one), one.id))
            for one in references
            if one.kind == "template"
        }
        resolved = resolve(references, index, mapping, stored, _templates(actor, asked))
        if resolved.missing:
            raise Unresolved(resolved.missing)
        return index, resolved

    def _draft(
        self,
        actor: Actor,
        desired_flows: Sequence[DesiredFlow],
        index: PortalIndex,
        flows_in_all: int,
        document: Document | None,
    ) -> Draft:
        changes: list[Change] = []
        problems: list[Problem] = []
        for desired in desired_flows:
            found, wrong = compare(desired, actor.user_id)
            changes += found
            flow = document.flows.get(desired.key) if document else None
            problems += [_placed(problem, flow) for problem in wrong]
        if problems:
            raise InvalidDocument(problems) if document else InvalidFlow(problems)
        self._refuse_absent(actor, changes, index, document)
        trial = any(change.action == "create" for change in changes) and _is_trial(actor)
        # Creations come first and deletions last, so that a failure leaves more than less.
        ordered = sorted(changes, key=lambda change: ACTIONS.index(change.action))
        return Draft(ordered, dangers(ordered, index, flows_in_all, trial=trial))

    def _refuse_absent(
        self,
        actor: Actor,
        changes: Sequence[Change],
        index: PortalIndex,
        document: Document | None,
    ) -> None:
        """Raise Unresolved for numbers that the portal does not show, and for archived projects."""
        named = [(change, *one) for change in changes for one in named_newly(change)]
        templates = _templates(actor, {id for _, kind, id in named if kind == "template"})
        missing: list[Mapping[str, Any]] = []
        archived: list[Problem] = []
        for change, kind, number in named:
            flow = document.flows.get(change.key) if document else None
            own = kind == "user" and number == actor.user_id
            known = number in templates if kind == "template" else index.has(kind, number)
            if not known and not own and flow is not None:
                missing += [missing_number(one) for one in _places(flow, kind, number)]
            one = index.get(kind, number)
            if kind == "project" and one is not None and not one.good:
                archived.append(_placed(Problem("/groupId", "archived_project", ARCHIVED), flow))
        if missing:
            raise Unresolved(missing)
        if archived:
            raise InvalidDocument(archived)


def _desired(
    wanted: WantedFlow, flow: Flow | None, resolved: Resolved, language: str, owned: set[int]
) -> DesiredFlow:
    """What a document wants of one flow, with the portal's own numbers."""
    is_owned = flow is not None and int(flow["id"]) in owned
    if wanted.absent:
        reason = NOT_OWNED if flow is not None and not is_owned else None
        return DesiredFlow(wanted.key, flow, delete=True, owns=is_owned, reason=reason)
    data = wanted.data(language)
    for name, entries in wanted.lists.items():
        data[name] = [
            one.pair(resolved.number(one)) if isinstance(one, Reference) else one for one in entries
        ]
    for name, thing in wanted.things.items():
        data[name] = resolved.number(thing) if isinstance(thing, Reference) else thing
    # What a document makes is its own; what it finds is not, until it is adopted.
    return DesiredFlow(
        wanted.key,
        flow,
        data,
        wanted.values.get("active"),
        owns=is_owned or flow is None,
    )


def _placed(problem: Problem, flow: WantedFlow | None) -> Problem:
    """A finding on a flow as a finding on the document."""
    if flow is None:
        return problem
    field = problem.pointer.split("/")[1] if problem.pointer else ""
    node = flow.place(field)
    pointer = f"{flow.node.pointer}{problem.pointer}"
    return Finding(pointer, problem.code, problem.message, problem.facts, node.line)


def _places(flow: WantedFlow, kind: str, number: int) -> list[Reference]:
    entries = [one for listed in flow.lists.values() for one in listed]
    return [
        one
        for one in (*entries, *flow.things.values())
        if isinstance(one, Reference) and (one.kind, one.id) == (kind, number)
    ]


def _templates(actor: Actor, numbers: Iterable[int]) -> set[int]:
    """Those of the templates that exist and are shown; raises Error."""
    lookups = Lookups()
    asked = {
        number: lookups.ask(template_command(number), parse_template)
        for number in numbers
        if number
    }
    lookups.send(actor.client)
    return {
        number
        for number, question in asked.items()
        if question.error() is None and question.value() is not None
    }


def _is_trial(actor: Actor) -> bool:
    """Whether a creation would start the portal's only trial of flows; raises Error."""
    lookups = Lookups()
    feature = lookups.ask(FEATURE_COMMAND, parse_feature)
    lookups.send(actor.client)
    return feature.error() is None and feature.value() == "N"


def links_by_flow(links: Iterable[Link]) -> dict[int, str]:
    """The keys of flows by their numbers."""
    return {link.flow_id: link.key for link in links}
