"""Health, for the API and the command line: look at a portal, show what is wrong, mend it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bx24app.bitrix24.directory import template_command
from bx24app.bitrix24.entries import parse_template
from bx24app.bitrix24.lookups import Lookups
from bx24app.blueprints.desired import DesiredFlow
from bx24app.blueprints.plan import Plan
from bx24app.blueprints.portal_index import read_index
from bx24app.blueprints.service import Blueprints
from bx24app.flows.commands import NoSuchFlow
from bx24app.flows.flow import Flow
from bx24app.flows.seen_teams import SeenTeams
from bx24app.health.checks import find_troubles
from bx24app.health.finding import Finding, NoMend
from bx24app.health.finding_store import FindingStore
from bx24app.health.tasks import count_tasks
from bx24app.health.view import View
from bx24app.portals.access import Actor
from bx24app.store.database import Database

AGAIN = timedelta(seconds=60)
"""A look so soon after the last one asks the portal nothing."""


class Health:
    """Looks at portals, keeps what is wrong there, and plans the mends."""

    def __init__(self, *, database: Database, blueprints: Blueprints) -> None:
        """Keep findings in `database`; mends become plans of `blueprints`."""
        self.findings = FindingStore(database)
        self._blueprints = blueprints
        self._seen = SeenTeams(database)

    def look(self, actor: Actor) -> None:
        """Look at a portal now, unless that was done a moment ago; raises Error."""
        member_id, now = actor.portal.member_id, datetime.now(UTC)
        last = self.findings.looked_at(member_id)
        # What lies ahead was stored before our clock went back.
        if last is not None and timedelta(0) <= now - last < AGAIN:
            return
        self.findings.put(member_id, now, find_troubles(self._view(actor, now)))

    def plan(self, actor: Actor, number: int) -> Plan:
        """The mend of a finding as a plan; raises NoSuchFinding, NoMend or another Error."""
        finding = self.findings.get(actor.portal.member_id, number)
        if finding.mend is None:
            raise NoMend
        flow = self._blueprints.flow(actor, finding.flow_id)
        if flow is None:
            raise NoSuchFlow
        return self._blueprints.plan_flows(actor, [_mended(finding, flow)])

    def _view(self, actor: Actor, now: datetime) -> View:
        member_id = actor.portal.member_id
        flows = self._blueprints.all_flows(actor)
        numbers = [int(flow["id"]) for flow in flows if not flow["demo"]]
        return View(
            at=now,
            flows=flows,
            index=read_index(actor.client, ("user", "department", "project")),
            gone_templates=_gone_templates(actor, flows),
            tasks=count_tasks(actor.client, numbers, now),
            formers=self._seen.look(member_id, flows, now),
        )


def _mended(finding: Finding, flow: Flow) -> DesiredFlow:
    data = dict(finding.changes)
    active = data.pop("active", None)
    return DesiredFlow("", flow, data, active)


def _gone_templates(actor: Actor, flows: Sequence[Flow]) -> set[int]:
    """Those of the flows' templates that the portal says do not exist."""
    lookups = Lookups()
    numbers = {int(flow["templateId"] or 0) for flow in flows} - {0}
    asked = {one: lookups.ask(template_command(one), parse_template) for one in sorted(numbers)}
    lookups.try_sending(actor.client)
    return {
        one
        for one, question in asked.items()
        if question.error() is None and question.value() is None
    }
