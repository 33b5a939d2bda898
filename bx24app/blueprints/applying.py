"""Carries a plan out: exactly what it says, flow by flow, each read again before its write."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bx24app.blueprints.plan import Change, Outcome, Plan
from bx24app.blueprints.plan_store import PlanStore
from bx24app.blueprints.portal_links import PortalLinks
from bx24app.errors import Error, NotFound
from bx24app.flows.change import FlowChange, digest, lasting
from bx24app.flows.flow import Flow
from bx24app.flows.problems import FlowChanged
from bx24app.flows.reader import FlowReader
from bx24app.flows.service import FlowService
from bx24app.flows.spec import LISTS
from bx24app.i18n import N_
from bx24app.portals.access import Actor, PortalAccess
from bx24app.portals.author import OPERATOR
from bx24app.portals.registry import PortalRegistry
from bx24app.store.database import Database, DatabaseAway

ACCEPTED = {"person_dismissed": "dismissed_person", "queue_overlap": "queue_overlap"}
"""What a person has accepted in a plan, and how the checks before a write call it."""
NOT_CREATED = N_("The flow was not created.")
DELETED = N_("This flow does not exist any more, or the portal does not show it.")
CHANGED = N_("The flow was changed since the plan was made. Nothing was overwritten.")
FAULT = N_("Something went wrong on our side. We have noted it.")

log = logging.getLogger("bx24app.plans")


class TakenOver(Exception):
    """Another worker carries the plan out by now."""


class Applier:
    """Carries out plans that a worker has taken."""

    def __init__(
        self,
        *,
        database: Database,
        store: PlanStore,
        flows: FlowService,
        portals: PortalRegistry,
        access: PortalAccess,
    ) -> None:
        """Write through `flows`, and store each outcome in `store`."""
        self._links = PortalLinks(database)
        self._store = store
        self._flows = flows
        self._portals = portals
        self._access = access

    def apply(self, plan: Plan, owner: str) -> None:
        """Carry out what has no outcome yet; returns when every change has one.

        Raises TakenOver, and DatabaseAway: the plan is taken up again then.
        """
        work = _Work(plan, lambda: self._actor(plan), self._flows, self._links)
        for place in range(len(plan.changes)):
            change = work.changes[place]
            if change.outcome.status not in ("waiting", "running"):
                continue
            again = change.outcome.status == "running"
            self._note(plan, place, replace(change.outcome, status="running"), owner)
            work.settle(place, work.carry_out(change, again=again))
            self._note(plan, place, work.changes[place].outcome, owner)
        self._store.end(plan.id, owner)

    def _actor(self, plan: Plan) -> Actor:
        author = plan.applied_by or OPERATOR
        through = "rollout" if plan.rollout_id else "plan"
        portal = self._portals.find(plan.member_id)
        return self._access.as_installer(portal, author=replace(author, through=through))

    def _note(self, plan: Plan, place: int, outcome: Outcome, owner: str) -> None:
        if not self._store.note(plan.id, place, outcome, owner):
            raise TakenOver


class _Work:
    """One plan while it is carried out."""

    def __init__(
        self, plan: Plan, act: Callable[[], Actor], flows: FlowService, links: PortalLinks
    ) -> None:
        """`act` gives the means to act on the portal."""
        self.changes = list(plan.changes)
        self._plan = plan
        self._act = act
        self._flows = flows
        self._links = links
        self._accepted = {ACCEPTED[code] for code in plan.accepted if code in ACCEPTED}

    def settle(self, place: int, outcome: Outcome) -> None:
        """Remember an outcome: later changes of the same flow build on it."""
        self.changes[place] = replace(self.changes[place], outcome=outcome)

    def carry_out(self, change: Change, *, again: bool) -> Outcome:
        """The outcome of one change; `again` where an earlier attempt may have been carried out."""
        acts: Mapping[str, Callable[[Change, bool], Outcome]] = {
            "create": self._create,
            "update": self._update,
            "activate": self._switch,
            "deactivate": self._switch,
            "delete": self._delete,
            "unchanged": self._leave,
        }
        try:
            # Anew for each change: one client reads so many bytes only, and a plan may be long.
            self._actor = self._act()
            return acts[change.action](change, again)
        except (NotFound, FlowChanged) as error:
            gone = isinstance(error, NotFound)
            return Outcome("skipped", "flow_changed", DELETED if gone else CHANGED, change.flow_id)
        except DatabaseAway:
            # Nothing can be stored now; the plan is taken up again with its lease.
            raise
        except Error as error:
            return _failed(change, error)
        except Exception:
            log.exception("a change of a plan", extra={"portal": self._plan.member_id})
            return Outcome("failed", "internal_error", FAULT, change.flow_id, True)

    def _create(self, change: Change, again: bool) -> Outcome:
        made = self._flows.find_created(self._actor, change.data) if again else None
        if made is None:
            made = self._flows.create(
                self._actor,
                dict(change.data),
                allow_trial="trial_would_start" in self._plan.accepted,
                accepted=self._accepted,
            )
        return self._done(change, made.flow_id)

    def _update(self, change: Change, again: bool) -> Outcome:
        flow = self._read(change)
        if _has(flow, change.data):
            self._recognise(change, flow, again)
        else:
            self._flows.update(
                self._actor,
                int(flow["id"]),
                dict(change.data),
                if_match=digest(flow),
                accepted=self._accepted,
            )
        return self._done(change, int(flow["id"]))

    def _switch(self, change: Change, again: bool) -> Outcome:
        number = change.flow_id or self._created(change.key)
        if number is None:
            return Outcome("skipped", "flow_changed", NOT_CREATED)
        active = change.action == "activate"
        flow = self._read(replace(change, flow_id=number))
        if bool(flow["active"]) == active:
            self._recognise(change, flow, again)
        else:
            self._flows.set_active(self._actor, number, active, flow)
        return self._done(change, number)

    def _delete(self, change: Change, again: bool) -> Outcome:
        number = int(change.flow_id or 0)
        try:
            self._read(change)
            self._flows.delete(self._actor, number)
        except NotFound:
            # It is gone, as was wanted; after a crash probably by the first attempt.
            if again and change.base is not None:
                self._flows.recognise(self._actor, FlowChange(change.base, None))
        self._links.unlink(self._plan.member_id, number)
        return Outcome("done", flow_id=number)

    def _leave(self, change: Change, again: bool) -> Outcome:
        if change.flow_id is None:
            return Outcome("done")
        return self._done(change, change.flow_id)

    def _done(self, change: Change, number: int) -> Outcome:
        # From now on documents know the flow by this key. What is kept is not taken over.
        if change.key and change.reason is None:
            self._links.link(self._plan.member_id, change.key, number, owned=change.owns)
        return Outcome("done", flow_id=number)

    def _recognise(self, change: Change, flow: Flow, again: bool) -> None:
        """Note a change that an earlier attempt has made before it could be stored."""
        if again and change.base is not None:
            before = {**flow, **{one["field"]: one["before"] for one in change.fields}}
            self._flows.recognise(self._actor, FlowChange(before, flow))

    def _read(self, change: Change) -> Flow:
        """The flow as it is now; raises NotFound, and FlowChanged where the plan does not fit."""
        flow = FlowReader(self._actor.client).get(int(change.flow_id or 0))
        if change.base is not None and not self._fits(flow, change.base):
            raise FlowChanged(flow)
        return flow

    def _fits(self, flow: Flow, base: Mapping[str, Any]) -> bool:
        """Whether a flow differs from its base only by what this plan itself does with it."""
        now = json.loads(json.dumps(lasting(flow), default=str))
        own: dict[str, list[Any]] = {}
        for change in self.changes:
            if change.flow_id == int(flow["id"]):
                for one in change.fields:
                    own.setdefault(str(one["field"]), []).append(one["after"])
        return all(
            _same(name, value, base.get(name))
            or any(_same(name, value, after) for after in own.get(name, ()))
            for name, value in now.items()
        )

    def _created(self, key: str) -> int | None:
        """The flow that this plan has made under a key."""
        for change in self.changes:
            if change.key == key and change.action == "create":
                return change.outcome.flow_id if change.outcome.status == "done" else None
        return None


def _has(flow: Flow, data: Mapping[str, Any]) -> bool:
    now = json.loads(json.dumps(lasting(flow), default=str))
    return all(_same(name, now.get(name), value) for name, value in data.items())


def _same(name: str, one: Any, other: Any) -> bool:
    # The portal gives people in an order of its own.
    if name in LISTS and isinstance(one, list) and isinstance(other, list):
        return sorted(map(tuple, one)) == sorted(map(tuple, other))
    return bool(one == other)


def _failed(change: Change, error: Error) -> Outcome:
    problems = [str(problem) for problem in getattr(error, "problems", ())]
    message = " ".join([str(error), *problems, error.portal_description]).strip()
    return Outcome("failed", error.code, message, change.flow_id, error.maybe_done)
