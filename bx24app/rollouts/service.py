"""Rollouts, for the API, the command line and the pages: one document, many portals."""

from __future__ import annotations

import json
import logging

from bx24app.blueprints.document import parse_document
from bx24app.blueprints.nodes import Node, node_of
from bx24app.blueprints.plan import Plan
from bx24app.blueprints.plan_store import PlanStore
from bx24app.blueprints.planning import Options
from bx24app.blueprints.resolving import Unresolved
from bx24app.blueprints.service import Blueprints
from bx24app.errors import Error
from bx24app.flows.problems import InvalidFlow
from bx24app.i18n import N_
from bx24app.portals.access import PortalAccess
from bx24app.portals.author import Author
from bx24app.portals.registry import PortalRegistry
from bx24app.portals.state import Status
from bx24app.rollouts.checking import check_document, check_order
from bx24app.rollouts.rollout import Ending, Order, Rollout
from bx24app.rollouts.rollout_queue import Planned, RolloutQueue, Step
from bx24app.rollouts.rollout_store import RolloutStore
from bx24app.runner import Runner
from bx24app.store.database import Database, DatabaseAway

FAULT = N_("Something went wrong on our side. We have noted it.")
NOT_FOUND = N_("Not found on this portal, or not without doubt: %(texts)s.")

log = logging.getLogger("bx24app.rollouts")


class Rollouts:
    """Starts rollouts, shows them, cancels them and tries again what failed."""

    def __init__(
        self,
        *,
        database: Database,
        portals: PortalRegistry,
        access: PortalAccess,
        blueprints: Blueprints,
        plans: PlanStore,
        runner: Runner,
    ) -> None:
        """Portals are planned and applied by `runner`, in whatever process has time."""
        self._portals = portals
        self._access = access
        self._blueprints = blueprints
        self._store = RolloutStore(database)
        self._runner = runner
        runner.serve(
            RolloutQueue(database=database, plans=plans, planning=self._plan, applying=self._apply)
        )

    def start(self, document: Node, order: Order, author: Author, *, here: bool = True) -> Rollout:
        """Begin to roll a document out.

        `here` says whether this process may carry it out; one that ends at once should not.
        Raises InvalidDocument for the document or its variables, InvalidOrder for the rest.
        """
        known = [
            portal.member_id
            for portal in self._portals.all()
            if portal.status is not Status.UNINSTALLED
        ]
        chosen = known if order.portals is None else list(order.portals)
        check_order(order, chosen, known)
        check_document(document, order, chosen)
        number = self._store.add(json.dumps(document.plain()), chosen, order, author)
        if here:
            self._runner.wake()
        return self._store.get(number)

    def get(self, number: int) -> Rollout:
        """One rollout; raises NoSuchRollout."""
        return self._store.get(number)

    def page(self, before: int | None, limit: int | None) -> list[Rollout]:
        """Rollouts, the newest first, of those older than the rollout `before`."""
        return self._store.page(before, limit)

    def cancel(self, number: int) -> Rollout:
        """Finish the portals that are under way and begin no other; raises NoSuchRollout."""
        self._store.cancel(number)
        return self._store.get(number)

    def retry(self, number: int) -> Rollout:
        """Go on with what failed, and with what a stop left waiting; raises NoSuchRollout."""
        self._store.retry(number)
        self._runner.wake()
        return self._store.get(number)

    def _plan(self, step: Step) -> Planned:
        """The plan of one portal; raises DatabaseAway, after which it is tried again."""
        actor = None
        try:
            actor = self._access.as_installer(self._portals.find(step.member_id))
            document = parse_document(node_of(step.document), step.variables)
            options = Options(step.mapping, rollout_id=step.rollout_id)
            plan = self._blueprints.plan(actor, document, options)
        except DatabaseAway:
            raise
        except Error as error:
            # Bitrix24 says "not found" to an installer who has lost their rights.
            known = self._access.explain(actor, error, writes=False) if actor else error
            return Planned(None, _ending(known))
        except Exception:
            log.exception("a portal of a rollout", extra={"portal": step.member_id})
            return Planned(None, Ending("internal_error", FAULT))
        return Planned(plan, _not_accepted(plan, step))

    def _apply(self, plan: Plan, step: Step) -> None:
        codes = {one.code for one in plan.unsafe}
        self._blueprints.apply(step.member_id, plan.id, plan.digest, codes, step.author)


def _not_accepted(plan: Plan, step: Step) -> Ending | None:
    """The first thing of a plan that is unsafe and that nobody has accepted."""
    for one in plan.unsafe:
        if one.code not in step.accept:
            return Ending(one.code, one.message, one.facts)
    return None


def _ending(error: Error) -> Ending:
    """Why no plan could be made, in words that fit on a line."""
    if isinstance(error, Unresolved):
        texts = ", ".join(f"“{one['text']}”" for one in error.members["references"])
        return Ending(error.code, NOT_FOUND, {"texts": texts})
    if isinstance(error, InvalidFlow):
        return Ending(error.code, " ".join(str(one) for one in error.problems[:3]))
    if error.portal_description:
        return Ending(error.code, f"{error} {error.portal_description}")
    return Ending(error.code, error.message, error.facts)
