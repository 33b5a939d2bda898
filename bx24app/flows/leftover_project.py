"""The project that Bitrix24 makes for a new flow, and leaves behind when it refuses the flow."""

from __future__ import annotations

from typing import Any

from bx24app.bitrix24.directory import project_by_name_command
from bx24app.bitrix24.entries import rows_with_id
from bx24app.bitrix24.errors import NotPermitted, Refused
from bx24app.errors import Error
from bx24app.flows.commands import TooOld, WriteDenied
from bx24app.flows.problems import InvalidFlow, Problem
from bx24app.flows.spec import FlowSpec
from bx24app.i18n import N_
from bx24app.portals.access import Actor

REFUSALS = (Refused, NotPermitted, WriteDenied, TooOld, InvalidFlow)
"""The portal has looked at the flow and said no; anything else never came that far."""
STAYS = N_(
    "Bitrix24 has already made the project “%(name)s” for this flow, and it stays: %(link)s. "
    "Choose it here, or delete it in Bitrix24."
)


class ProjectLeftBehind(InvalidFlow):
    """The flow was refused, but its project exists; says so beside what the refusal said."""

    message = N_("The flow was not created, but Bitrix24 has made a project for it.")

    def __init__(self, refusal: Error, name: str, link: str) -> None:
        """Keep the code and the words of the `refusal`."""
        left = Problem("/groupId", "project_left", STAYS, {"name": name, "link": link})
        super().__init__([*getattr(refusal, "problems", ()), left])
        self.code = refusal.code
        self.portal_error = refusal.portal_error
        self.portal_description = refusal.portal_description


def explain_leftover_project(refusal: Error, actor: Actor, spec: FlowSpec) -> Error:
    """The refusal of a creation, or ProjectLeftBehind where a project of the flow's name is there.

    Before the creation there was none of that name, as the checks have seen.
    """
    # Only a creation without a project makes one.
    if spec.get("groupId") or not isinstance(refusal, REFUSALS):
        return refusal
    for row in _projects(actor, spec["name"]):
        # The owner is compared as well: somebody else may have made a project of that name since.
        if row.get("NAME") == spec["name"] and str(row.get("OWNER_ID")) == str(actor.user_id):
            link = f"{actor.portal.origin}/workgroups/group/{row['ID']}/"
            return ProjectLeftBehind(refusal, spec["name"], link)
    return refusal


def _projects(actor: Actor, name: str) -> list[dict[str, Any]]:
    try:
        method, params = project_by_name_command(name)
        return rows_with_id(actor.client.call(method, params, safe=True))
    except Error:
        # The refusal is what matters; without this look it is told as it is.
        return []
