"""Flows on a portal: list, get, create, update, switch, pin and delete, each safe to repeat.

Bitrix24 toggles states instead of setting them, leaves fields out of its answers, and may lose an
answer after the write was done. So a write is read back, and after a lost answer the flow is looked
up; an answer that cannot be understood is treated as lost.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from bx24app.bitrix24.answers import parse_switch
from bx24app.bitrix24.errors import AnswerLost, UnreadableAnswer
from bx24app.errors import Error, NotFound
from bx24app.flows import payload
from bx24app.flows.change import differences
from bx24app.flows.commands import (
    ACTIVATE,
    CREATE,
    DELETE,
    GET,
    PIN,
    UPDATE,
    explain_refusal,
    get_command,
)
from bx24app.flows.flow import (
    EMPTY,
    LISTS,
    Flow,
    parse_deleted,
    parse_flow,
    parse_toggled,
    parse_written,
)
from bx24app.flows.problems import NameTaken
from bx24app.flows.reader import FlowReader, PortalClient, is_made, result_of
from bx24app.flows.spec import FlowChanges, FlowSpec
from bx24app.i18n import N_

LOOK_PAUSES = (0.0, 0.5, 2.0)
"""Seconds before each look for a flow whose creation got no answer."""


T = TypeVar("T")


class Unsettled(Error):
    """A switch or pin that is not as it was set, although the portal took the call."""

    code = "portal_unreachable"
    message = N_("The flow did not keep its state. Look at it, and try again.")


class FlowRepository(FlowReader):
    """The flows of one portal, as one user may see and change them."""

    def __init__(self, portal: PortalClient, *, look_pauses: Sequence[float] = LOOK_PAUSES) -> None:
        """`portal` makes the calls; `look_pauses`: seconds before each look for a lost creation."""
        super().__init__(portal)
        self._look_pauses = look_pauses

    def create(self, spec: FlowSpec, creator_id: int, before: Collection[int] = ()) -> Flow:
        """Create a flow and read it back; `creator_id` is who asks.

        Where the answer is lost, the flow is looked for by its unique name and taken if it is ours.
        `before` are flows that were there, for whoever could not find out if the name was free.
        """
        try:
            return self._written(CREATE, payload.create_payload(spec), "$result[create][id]")
        except Error as error:
            if error.maybe_done:
                # Repeating would be refused for the name if the flow was created after all.
                return self._adopted(spec, creator_id, before, error)
            raise explain_refusal(error, lambda: self.exists(spec["name"])) from None

    def update(self, flow: Flow, changes: FlowChanges) -> Flow:
        """Write a flow whole and read it back; after a lost answer, look and write again."""
        flow_id = int(flow["id"])
        for last in (False, True):
            try:
                return self._written(UPDATE, payload.update_payload(flow, changes), flow_id)
            except Error as error:
                if not error.maybe_done:
                    raise explain_refusal(error, lambda: self._is_taken(flow_id, changes)) from None
                flow = self._look(flow_id, error)
                # The second attempt merges into the flow as it is now: somebody may have changed it
                # since.
                if not differences(flow, changes):
                    return flow
                if last:
                    raise
        raise AssertionError("unreachable")

    def rewrite(self, flow: Flow) -> Flow:
        """Write a flow as it is, which may be done twice, and read it back."""
        flow_id = int(flow["id"])
        try:
            return self._written(UPDATE, payload.update_payload(flow, {}), flow_id)
        except Error as error:
            if not error.maybe_done:
                raise explain_refusal(error, _no_name) from None
            # Somebody may have changed the flow since, so it is read before it is written again.
            flow = self._look(flow_id, error)
        return self._written(UPDATE, payload.update_payload(flow, {}), flow_id)

    def set_active(self, flow: Flow, active: bool) -> Flow:
        """Turn a flow on or off: the portal only toggles, so look before and after."""
        flow_id = int(flow["id"])
        for _ in range(2):
            # After a lost answer this tells whether the toggle was carried out; toggling again
            # without looking would undo it.
            if bool(flow["active"]) == active:
                return flow
            try:
                answers = self._portal.batch(
                    {"switch": (ACTIVATE, {"flowId": flow_id}), "get": get_command(flow_id)}
                )
                _written(parse_toggled, answers["switch"])
                flow = self._switched(flow, answers["get"])
            except Error as error:
                if not error.maybe_done:
                    raise explain_refusal(error, _no_name) from None
                flow = self._look(flow_id, error)
        if bool(flow["active"]) != active:
            raise Unsettled(retryable=True)
        return flow

    def set_pinned(self, flow_id: int, pinned: bool) -> bool:
        """Pin or unpin for the user of the token, by the new state in the toggle's answer."""
        for attempt in range(4):
            try:
                # No method reads the pin. A wrong new state, or a lost answer, takes another
                # toggle.
                if _written(parse_switch, self._portal.call(PIN, {"flowId": flow_id})) == pinned:
                    return pinned
            except Error as error:
                if not error.maybe_done or attempt == 3:
                    raise explain_refusal(error, _no_name) from None
        raise Unsettled(retryable=True)

    def delete(self, flow_id: int) -> None:
        """Delete a flow; after a lost answer, succeed if the flow is not there any more."""
        for last in (False, True):
            try:
                _written(parse_deleted, self._portal.call(DELETE, {"flowData": {"id": flow_id}}))
                return
            except Error as error:
                if not error.maybe_done:
                    raise explain_refusal(error, _no_name) from None
                # Deleting again would be refused if the first call was carried out.
                if self._is_gone(flow_id, error):
                    return
                if last:
                    raise

    def _switched(self, before: Flow, answer: Any) -> Flow:
        """The flow after the toggle; raises nothing, because the toggle was carried out."""
        try:
            return parse_flow(result_of(answer), int(before["id"]))
        except Error:
            pass
        try:
            return self.get(int(before["id"]))
        except Error:
            # The answer of the toggle said that it was done, and nothing else is known.
            return before | {"active": not before["active"]}

    def _is_taken(self, flow_id: int, changes: FlowChanges) -> bool:
        return "name" in changes and self.exists(changes["name"], flow_id)

    def _is_gone(self, flow_id: int, lost: Error) -> bool:
        try:
            self._look(flow_id, lost)
        except NotFound:
            return True
        return False

    def _look(self, flow_id: int, lost: Error) -> Flow:
        """Read after a write whose answer was lost; raises NotFound, or `lost` if that fails."""
        try:
            return self.get(flow_id)
        except NotFound:
            raise
        except Error:
            raise lost from None

    def _written(self, method: str, data: dict[str, Any], flow_id: int | str) -> Flow:
        """Write and read back, in one request where the values can travel that way.

        The answers of create and update have no creators and no team, so they are never enough.
        """
        # A batch is encoded as query strings, which have no empty list. For a creation, leaving the
        # list out means the same; for an update it would mean to keep the old one.
        carried = (
            {name: value for name, value in data.items() if value != []}
            if method == CREATE
            else data
        )
        if not self._portal.carries(carried):
            answer = self._portal.call(method, {"flowData": data})
            return self._read_back(_written(parse_written, answer), data)
        write = "create" if method == CREATE else "update"
        answers = self._portal.batch(
            {write: (method, {"flowData": carried}), "get": (GET, {"flowId": flow_id})}
        )
        written = _written(parse_written, answers[write])
        try:
            # The write is known to be done, so whatever fails from here on must not raise.
            return parse_flow(result_of(answers["get"]), written["id"]) | _trial(written)
        except Error:
            return self._read_back(written, data)

    def _read_back(self, written: Flow, data: dict[str, Any]) -> Flow:
        """Read what was written; raises nothing, because the write was carried out."""
        try:
            return self.get(int(written["id"])) | _trial(written)
        except Error:
            # The lists in the answer are always empty, so those that were sent are shown.
            told = {name: value for name, value in written.items() if name not in (*LISTS, "team")}
            return EMPTY | data | told

    def _adopted(
        self, spec: FlowSpec, creator_id: int, before: Collection[int], lost: Error
    ) -> Flow:
        """The flow that a lost creation has made; raises `lost` where nobody can see one."""
        for pause in self._look_pauses:
            time.sleep(pause)
            try:
                # The portal may still be at work on the creation; hence several looks.
                row = self.find_by_name(spec["name"])
                flow = self.get(int(row["id"])) if row else None
            except Error:
                continue
            if flow and int(flow["id"]) not in before and is_made(flow, spec, creator_id):
                return flow
            if flow:
                raise NameTaken
        raise lost


def _written(parse: Callable[[Any], T], answer: Any) -> T:
    """What the answer to a write says; raises AnswerLost where that cannot be understood."""
    try:
        return parse(result_of(answer))
    except UnreadableAnswer as error:
        raise AnswerLost(description=error.portal_description) from None


def _trial(written: Flow) -> Flow:
    """Only the answer of the write tells that it has started the portal's trial of flows."""
    return {"trialFeatureEnabled": bool(written.get("trialFeatureEnabled"))}


def _no_name() -> bool:
    """The write has nothing to do with a name."""
    return False
