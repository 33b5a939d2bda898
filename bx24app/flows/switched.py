"""The way back for a flow whose distribution or team was changed in Bitrix24, and the way on."""

from __future__ import annotations

from bx24app.errors import Error
from bx24app.flows.change import FlowChange
from bx24app.flows.flow import Flow
from bx24app.flows.seen_teams import Former, SeenTeams
from bx24app.flows.service import FlowService
from bx24app.i18n import N_
from bx24app.portals.access import Actor


class NoWayBack(Error):
    """The flow cannot be brought back by itself."""

    code = "invalid_flow"
    message = N_("Nobody of the former team works here any more. Choose new people in the form.")


class SwitchedFlows:
    """Brings flows back to what they were before Bitrix24 changed them, or leaves them so."""

    def __init__(self, seen: SeenTeams, flows: FlowService) -> None:
        """`seen` knows how flows worked before, `flows` writes."""
        self._seen = seen
        self._flows = flows

    def switch_back(self, actor: Actor, flow_id: int) -> tuple[FlowChange, Former]:
        """Give a flow its former distribution and those of its team who are still there.

        Raises NoWayBack or another Error.
        """
        member_id = actor.portal.member_id
        former = self._seen.former(member_id, flow_id)
        if former is None:
            raise NoWayBack(message=N_("The flow works as before already."))
        if not former.team:
            words = N_("It is not known who was in the team before. Choose the people in the form.")
            raise NoWayBack(message=words)
        entries = actor.directory.entries(former.team)
        # Bitrix24 switched the flow because of those who left; they cannot come back into it.
        team = [pair for pair in former.team if entries[pair].state not in ("dismissed", "missing")]
        if not team:
            raise NoWayBack
        wanted = {"distributionType": former.kind, "responsibleList": [list(pair) for pair in team]}
        change = self._flows.update(actor, flow_id, wanted)
        if not change.changed:
            # Whoever could come back is there; the others have left for good.
            self._seen.accept(member_id, change.flow)
        return change, former

    def keep(self, actor: Actor, flow_id: int) -> Flow:
        """Take a flow as it is now for how it is wanted; raises Error."""
        flow = self._flows.get(actor, flow_id)
        self._seen.accept(actor.portal.member_id, flow)
        return flow
