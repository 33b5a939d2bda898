"""What one look at a portal has read: flows with their people, and what they refer to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bx24app.blueprints.portal_index import Candidate, PortalIndex
from bx24app.flows.flow import Flow
from bx24app.flows.overlap import covers
from bx24app.flows.seen_teams import Former
from bx24app.flows.spec import settings
from bx24app.health.tasks import TaskCounts

Pair = tuple[str, str]


@dataclass(frozen=True)
class View:
    """A portal as one look has seen it."""

    at: datetime
    flows: Sequence[Flow]
    """Whole, also samples and those that are off."""
    index: PortalIndex
    gone_templates: Collection[int]
    """Those of the flows' task templates that do not exist any more, as far as that is known."""
    tasks: Mapping[int, TaskCounts] | None
    """Tasks by flow; None where the portal does not tell."""
    formers: Mapping[int, Former] = field(default_factory=dict)
    """How flows worked before Bitrix24 changed them."""

    def team(self, flow: Flow) -> list[Pair]:
        """The pairs of a flow's team."""
        return [(str(kind), str(id)) for kind, id in settings(flow)["responsibleList"]]

    def creators(self, flow: Flow) -> list[Pair]:
        """The pairs of those who may add tasks."""
        return [(str(kind), str(id)) for kind, id in settings(flow)["taskCreators"]]

    def person(self, id: str | int) -> Candidate | None:
        """Somebody by number; None for those whom Bitrix24 does not show."""
        return self.index.get("user", int(id)) if str(id).isdecimal() else None

    def is_dismissed(self, id: str | int) -> bool:
        """Whether somebody is known to work here no more."""
        one = self.person(id)
        return one is not None and not one.good

    def active_people(self, flow: Flow) -> set[int] | None:
        """Who of a team works here, departments with their people; None where that is unknown."""
        if "user" in self.index.hidden or "department" in self.index.hidden:
            return None
        found: set[int] = set()
        named = {id for kind, id in self.team(flow) if kind == "department"}
        for kind, id in self.team(flow):
            if kind == "user":
                # Integrators and bots are never listed; they count as somebody.
                one = self.person(id)
                if one is None or one.good:
                    found.add(int(id))
        for one in self.index.kinds["user"].values():
            if one.good and any(covers(named, own, self.index.parents) for own in one.departments):
                found.add(one.id)
        return found
