"""Flows on a portal: read, list, create, change, switch, pin, remove; each safe to repeat.

Bitrix24 toggles where one wants to set, leaves out of its answers what one wants to know, and may
lose the answer to a call that it has carried out. A write is read back, a lost answer looked up.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from bx24app.errors import Error
from bx24app.flows import payload
from bx24app.flows.change import differences, was_made_from
from bx24app.flows.commands import (
    ACTIVATE,
    CREATE,
    DELETE,
    GET,
    PAGE,
    PIN,
    UPDATE,
    Command,
    Flow,
    exists_command,
    explain_refusal,
    get_command,
    list_by_name_command,
    list_command,
    parse_flow,
    parse_found,
    parse_list,
    parse_result,
)
from bx24app.flows.problems import NameTaken
from bx24app.flows.spec import FlowChanges, FlowSpec
from bx24app.i18n import N_

PAGES_AHEAD = 4
"""Pages asked for in the first request: most portals have fewer flows than that."""
LOOK_PAUSES = (0.0, 0.5, 2.0)
"""Seconds before each look for a flow whose creation got no answer."""
UNSETTLED = N_("The flow did not keep its state. Look at it, and try again.")


class PortalClient(Protocol):
    """What is needed of a portal."""

    def call(self, method: str, params: Mapping[str, Any], *, safe: bool = False) -> Any:
        """Call a method, give its result, raise Error."""

    def batch(self, calls: Mapping[str, Command], *, safe: bool = False) -> dict[str, Any]:
        """Call several, give a result or an Error for each name."""

    def carries(self, params: Mapping[str, Any]) -> bool:
        """Whether `batch` can transport these values."""


class FlowRepository:
    """The flows of one portal, as one user may see and change them."""

    def __init__(self, portal: PortalClient, *, look_pauses: Sequence[float] = LOOK_PAUSES) -> None:
        """`portal` makes the calls; `look_pauses`: seconds before each look for a lost creation."""
        self._portal = portal
        self._look_pauses = look_pauses

    def get(self, flow_id: int) -> Flow:
        """One flow, complete; raises Error `not_found`."""
        try:
            return parse_flow(self._portal.call(*get_command(flow_id), safe=True))
        except Error as error:
            return parse_flow(error)

    def get_many(self, flow_ids: Iterable[int]) -> list[Flow]:
        """Those of the flows that the portal shows, complete, fifty in a request."""
        calls = {f"f{flow_id}": get_command(flow_id) for flow_id in dict.fromkeys(flow_ids)}
        if not calls:
            return []
        flows = []
        for answer in self._portal.batch(calls, safe=True).values():
            try:
                flows.append(parse_flow(answer))
            except Error as error:
                if error.code != "not_found":
                    raise
        return flows

    def list_all(self, first: Sequence[Flow] = ()) -> list[Flow] | None:
        """Every row of the portal's own list, without lists and options; None where it has none.

        `first` is its first page, for whoever has read that already and found it full.
        """
        rows = list(first)
        page, pages = (1 if first else 0), PAGES_AHEAD
        while True:
            calls = {f"p{number}": list_command(number) for number in range(page, page + pages)}
            for answer in self._portal.batch(calls, safe=True).values():
                more = parse_list(answer)
                if more is None:
                    return None
                rows += more
                if len(more) < PAGE:
                    return rows
            page, pages = page + pages, 50 - PAGES_AHEAD

    def find_by_name(self, name: str) -> Flow | None:
        """The row of the flow with that name; None where there is none or no list."""
        try:
            answer = self._portal.call(*list_by_name_command(name), safe=True)
        except Error as error:
            answer = error
        return parse_found(answer, name)

    def find_made(self, spec: FlowSpec, creator_id: int) -> Flow | None:
        """The flow that `creator_id` has made of that spec, complete; None where none is shown."""
        row = self.find_by_name(spec["name"])
        flow = self.get(int(row["id"])) if row else None
        return flow if flow and _is_made(flow, spec, creator_id) else None

    def exists(self, name: str, except_id: int = 0) -> bool:
        """Whether any flow has that name, also one that is not shown."""
        return bool(self._portal.call(*exists_command(name, except_id), safe=True)["exists"])

    def create(self, spec: FlowSpec, creator_id: int) -> Flow:
        """Create a flow and read it back; `creator_id` is who asks.

        Where the answer is lost, the flow is looked for by its unique name and taken if it is ours.
        """
        try:
            return self._written(CREATE, payload.create_payload(spec), "$result[create][id]")
        except Error as error:
            if error.maybe_done:
                return self._adopted(spec, creator_id, error)
            raise explain_refusal(error, lambda: self.exists(spec["name"])) from None

    def update(self, flow: Flow, changes: FlowChanges) -> Flow:
        """Write a flow whole and read it back; a lost write is looked at, then redone."""
        flow_id = int(flow["id"])
        for last in (False, True):
            try:
                return self._written(UPDATE, payload.update_payload(flow, changes), flow_id)
            except Error as error:
                if not error.maybe_done:
                    raise explain_refusal(error, lambda: self._is_taken(flow_id, changes)) from None
                flow = self._look(flow_id, error)
                if not differences(flow, changes):
                    return flow
                if last:
                    raise
        raise AssertionError("unreachable")

    def set_active(self, flow: Flow, active: bool) -> Flow:
        """Turn a flow on or off: the portal only toggles, so look before and after."""
        flow_id = int(flow["id"])
        for _ in range(2):
            if bool(flow["active"]) == active:
                return flow
            try:
                answers = self._portal.batch(
                    {"switch": (ACTIVATE, {"flowId": flow_id}), "get": get_command(flow_id)}
                )
                parse_result(answers["switch"])
                flow = self._switched(flow, answers["get"])
            except Error as error:
                if not error.maybe_done:
                    raise explain_refusal(error, _no_name) from None
                flow = self._look(flow_id, error)
        if bool(flow["active"]) != active:
            raise Error("portal_unreachable", UNSETTLED, retryable=True)
        return flow

    def set_pinned(self, flow_id: int, pinned: bool) -> bool:
        """Pin or unpin for who asks: the toggle answers with the new state, the only look."""
        for attempt in range(4):
            try:
                if bool(self._portal.call(PIN, {"flowId": flow_id})) == pinned:
                    return pinned
            except Error as error:
                if not error.maybe_done or attempt == 3:
                    raise explain_refusal(error, _no_name) from None
        raise Error("portal_unreachable", UNSETTLED, retryable=True)

    def delete(self, flow_id: int) -> None:
        """Delete a flow; where the answer is lost, its absence is the answer."""
        for last in (False, True):
            try:
                self._portal.call(DELETE, {"flowData": {"id": flow_id}})
                return
            except Error as error:
                if not error.maybe_done:
                    raise explain_refusal(error, _no_name) from None
                if self._is_gone(flow_id, error):
                    return
                if last:
                    raise

    def _switched(self, before: Flow, answer: Any) -> Flow:
        """The flow after the toggle; the toggle stands, so failing to see it is not failing."""
        try:
            return (
                parse_flow(answer) if not isinstance(answer, Error) else self.get(int(before["id"]))
            )
        except Error:
            return before | {"active": not before["active"]}

    def _is_taken(self, flow_id: int, changes: FlowChanges) -> bool:
        return "name" in changes and self.exists(changes["name"], flow_id)

    def _is_gone(self, flow_id: int, lost: Error) -> bool:
        try:
            self._look(flow_id, lost)
        except Error as error:
            if error.code == "not_found":
                return True
            raise
        return False

    def _look(self, flow_id: int, lost: Error) -> Flow:
        """Read after a write whose answer was lost; if that fails too, the write's loss stands."""
        try:
            return self.get(flow_id)
        except Error as error:
            raise (error if error.code == "not_found" else lost) from None

    def _written(self, method: str, data: dict[str, Any], flow_id: int | str) -> Flow:
        """Write and read back, in one request where the values can travel that way.

        The answers of create and update have no creators and no team, so they are never enough.
        """
        carried = (
            {name: value for name, value in data.items() if value != []}
            if method == CREATE
            else data
        )
        if not self._portal.carries(carried):
            return self._read_back(self._portal.call(method, {"flowData": data}))
        answers = self._portal.batch(
            {
                "create" if method == CREATE else "update": (method, {"flowData": carried}),
                "get": (GET, {"flowId": flow_id}),
            }
        )
        written = parse_result(answers["create" if method == CREATE else "update"])
        if isinstance(answers["get"], Error):
            return self._read_back(written)
        return dict(answers["get"]) | _trial(written)

    def _read_back(self, written: Flow) -> Flow:
        """Read what was written; the write stands, so failing to see it is not failing."""
        try:
            found = self.get(int(written["id"]))
        except Error:
            return dict(written)
        return found | _trial(written)

    def _adopted(self, spec: FlowSpec, creator_id: int, lost: Error) -> Flow:
        """The flow that a lost creation has made; raises `lost` where nobody can see one."""
        for pause in self._look_pauses:
            time.sleep(pause)
            try:
                row = self.find_by_name(spec["name"])
                flow = self.get(int(row["id"])) if row else None
            except Error:
                continue
            if flow and _is_made(flow, spec, creator_id):
                return flow
            if flow:
                raise NameTaken
        raise lost


def _is_made(flow: Flow, spec: FlowSpec, creator_id: int) -> bool:
    """Whether a flow was made by that person of that spec."""
    return int(flow.get("creatorId", 0)) == creator_id and was_made_from(flow, spec)


def _trial(written: Flow) -> Flow:
    """Only the answer of the write tells that it has started the portal's trial of flows."""
    return {"trialFeatureEnabled": bool(written.get("trialFeatureEnabled"))}


def _no_name() -> bool:
    """For calls that have nothing to do with a name."""
    return False
