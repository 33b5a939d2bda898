"""What a portal has shown of one flow, in answers that a write has asked for together."""

from __future__ import annotations

from bx24app.bitrix24.lookups import Question
from bx24app.errors import Error
from bx24app.flows.commands import has_list, not_shown
from bx24app.flows.flow import Flow
from bx24app.flows.repository import FlowRepository
from bx24app.portals.access import Actor


def row_of_that_name(listed: Question[Flow | None]) -> Flow | None:
    """The row of the flow with the name; None where the portal has none or no list."""
    refusal = listed.error()
    if refusal is not None and not has_list(refusal):
        return None
    return listed.value()


def shown(read: Question[Flow]) -> Flow:
    """The flow that was read; raises NotFound where the portal does not show it."""
    try:
        return read.value()
    except Error as error:
        raise not_shown(error) from None


def whole(actor: Actor, row: Flow, read: Question[Flow]) -> Flow:
    """The flow of a row: as it was read with it, or read now where that led elsewhere."""
    if read.error() is None and read.value()["id"] == row["id"]:
        return read.value()
    return FlowRepository(actor.client).get(row["id"])
