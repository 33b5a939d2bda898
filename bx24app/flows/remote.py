"""Flows on a portal: the only place that names `tasks.flow.Flow.*`; every deed is safe to repeat.

Bitrix24 needs exactly this spelling of the methods, answers every refusal with the code "0" and a
localized text, toggles where one wants to set, and may lose an answer after a deed was done. So a
refusal is understood by what was asked, and a lost answer by looking.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from bx24app.errors import Error, mark
from bx24app.flows import plan
from bx24app.flows.problems import NameTaken
from bx24app.flows.spec import FlowChanges, FlowSpec

GET = "tasks.flow.Flow.get"
CREATE = "tasks.flow.Flow.create"
UPDATE = "tasks.flow.Flow.update"
DELETE = "tasks.flow.Flow.delete"
EXISTS = "tasks.flow.Flow.isExists"
ACTIVATE = "tasks.flow.Flow.activate"
PIN = "tasks.flow.Flow.pin"
LIST = "tasks.flow.Flow.list"

PAGE = 50
PAGES_AHEAD = 4
"""Pages asked for in the first request: most portals have fewer flows than that."""
LOOKS = (0.0, 0.5, 2.0)
"""Seconds before each look for a flow whose creation got no answer."""
UNFORESEEN = re.compile(r"\[Flow: \d+\]$")
"""How the portal marks an internal failure in every language."""
JUDGED = re.compile(r"^(Property \w+ cannot be null|'?\w+'?: |\w+ \d+ doesn't exist)")
"""How the portal begins its findings on fields, which it never translates."""

Flow = dict[str, Any]
Command = tuple[str, Mapping[str, Any]]


class Portal(Protocol):
    """What is needed of a portal."""

    def call(self, method: str, params: Mapping[str, Any], *, safe: bool = False) -> Any:
        """Call a method, give its result, raise Error."""

    def batch(self, calls: Mapping[str, Command], *, safe: bool = False) -> dict[str, Any]:
        """Call several, give a result or an Error for each name."""

    def carries(self, params: Mapping[str, Any]) -> bool:
        """Whether `batch` can transport these values."""


def reading(flow_id: int) -> Command:
    """The command that reads one flow."""
    return GET, {"flowId": flow_id}


def name_check(name: str, except_id: int = 0) -> Command:
    """The command that asks whether a flow of that name exists, apart from one."""
    return EXISTS, {"flowData": {"name": name} | ({"id": except_id} if except_id else {})}


def listing(page: int = 0) -> Command:
    """The command for one page of the portal's list, where it has one."""
    return LIST, {"select": ["*"], "order": {"ID": "ASC"}, "start": page * PAGE}


def known(answer: Any) -> Flow:
    """The flow in an answer to `reading`; any refusal of the portal means that it is not shown."""
    if isinstance(answer, Error):
        if answer.portal_error in ("0", "100"):
            raise _with_words(
                Error(
                    "not_found",
                    mark("This flow does not exist any more, or the portal does not show it."),
                ),
                answer,
            )
        raise answer
    return dict(answer)


class RemoteFlows:
    """The flows of one portal, as one user may see and change them."""

    def __init__(self, portal: Portal) -> None:
        """`portal` makes the calls."""
        self._portal = portal

    def read(self, flow_id: int) -> Flow:
        """One flow, complete; raises Error `not_found`."""
        try:
            return known(self._portal.call(*reading(flow_id), safe=True))
        except Error as error:
            return known(error)

    def read_many(self, flow_ids: Iterable[int]) -> list[Flow]:
        """Those of the flows that the portal shows, complete, fifty in a request."""
        calls = {f"f{flow_id}": reading(flow_id) for flow_id in dict.fromkeys(flow_ids)}
        if not calls:
            return []
        flows = []
        for answer in self._portal.batch(calls, safe=True).values():
            try:
                flows.append(known(answer))
            except Error as error:
                if error.code != "not_found":
                    raise
        return flows

    def rows(self) -> list[Flow] | None:
        """Every row of the portal's own list, without lists and options; None where it has none."""
        rows: list[Flow] = []
        page, pages = 0, PAGES_AHEAD
        while True:
            calls = {f"p{number}": listing(number) for number in range(page, page + pages)}
            for answer in self._portal.batch(calls, safe=True).values():
                found = listed(answer)
                if found is None:
                    return None
                rows += found
                if len(found) < PAGE:
                    return rows
            page, pages = page + pages, 50 - PAGES_AHEAD

    def find(self, name: str) -> Flow | None:
        """The row of the flow with that name; None where there is none or no list."""
        try:
            answer = self._portal.call(
                LIST, {"select": ["*"], "filter": {"NAME": name}, "start": 0}, safe=True
            )
        except Error as error:
            answer = error
        rows = listed(answer) or []
        exact = [row for row in rows if row.get("name") == name]
        alike = [row for row in rows if str(row.get("name")).casefold() == name.casefold()]
        return next(iter(exact + alike), None)

    def exists(self, name: str, except_id: int = 0) -> bool:
        """Whether any flow has that name, also one that is not shown."""
        return bool(self._portal.call(*name_check(name, except_id), safe=True)["exists"])

    def create(self, spec: FlowSpec, creator_id: int) -> Flow:
        """Create a flow and read it back; `creator_id` is who asks.

        Where the answer is lost, the flow is looked for by its unique name and taken if it is ours.
        """
        try:
            return self._written(CREATE, plan.new(spec), "$result[create][id]")
        except Error as error:
            if error.maybe_done:
                return self._adopted(spec, creator_id, error)
            raise self._understood(error, spec["name"]) from None

    def change(self, flow: Flow, changes: FlowChanges) -> Flow:
        """Write a flow whole and read it back; a lost write is looked at, then redone."""
        data = plan.whole(flow, changes)
        for last in (False, True):
            try:
                return self._written(UPDATE, data, int(flow["id"]))
            except Error as error:
                if not error.maybe_done:
                    raise self._understood(
                        error, changes.get("name", ""), int(flow["id"])
                    ) from None
                found = self._look(int(flow["id"]), error)
                if not plan.differences(found, changes):
                    return found
                if last:
                    raise
        raise AssertionError("unreachable")

    def switch(self, flow: Flow, active: bool) -> Flow:
        """Turn a flow on or off: the portal only toggles, so look before and after."""
        flow_id = int(flow["id"])
        for _ in range(2):
            if bool(flow["active"]) == active:
                return flow
            try:
                answers = self._portal.batch(
                    {"switch": (ACTIVATE, {"flowId": flow_id}), "get": reading(flow_id)}
                )
                _result(answers["switch"])
                flow = known(answers["get"])
            except Error as error:
                if not error.maybe_done:
                    raise self._understood(error) from None
                flow = self._look(flow_id, error)
        if bool(flow["active"]) != active:
            raise Error("portal_unreachable", UNSETTLED, retryable=True)
        return flow

    def pin(self, flow_id: int, pinned: bool) -> bool:
        """Pin or unpin for who asks: the toggle answers with the new state, the only look."""
        for attempt in range(4):
            try:
                if bool(self._portal.call(PIN, {"flowId": flow_id})) == pinned:
                    return pinned
            except Error as error:
                if not error.maybe_done or attempt == 3:
                    raise self._understood(error) from None
        raise Error("portal_unreachable", UNSETTLED, retryable=True)

    def remove(self, flow_id: int) -> None:
        """Delete a flow; where the answer is lost, its absence is the answer."""
        for last in (False, True):
            try:
                self._portal.call(DELETE, {"flowData": {"id": flow_id}})
                return
            except Error as error:
                if not error.maybe_done:
                    raise self._understood(error) from None
                if self._is_gone(flow_id, error):
                    return
                if last:
                    raise

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
            return self.read(flow_id)
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
            done = self._portal.call(method, {"flowData": data})
            return self._read_back(done)
        answers = self._portal.batch(
            {
                "create" if method == CREATE else "update": (method, {"flowData": carried}),
                "get": (GET, {"flowId": flow_id}),
            }
        )
        done = _result(answers["create" if method == CREATE else "update"])
        if isinstance(answers["get"], Error):
            return self._read_back(done)
        return dict(answers["get"]) | _trial(done)

    def _read_back(self, done: Flow) -> Flow:
        """Read what was written; the write stands, so failing to see it is not failing."""
        try:
            found = self.read(int(done["id"]))
        except Error:
            return dict(done)
        return found | _trial(done)

    def _adopted(self, spec: FlowSpec, creator_id: int, lost: Error) -> Flow:
        for pause in LOOKS:
            time.sleep(pause)
            row = self.find(spec["name"])
            if row is None:
                continue
            flow = self.read(int(row["id"]))
            if int(flow.get("creatorId", 0)) == creator_id and not plan.differences(flow, spec):
                return flow
            raise NameTaken
        raise lost

    def _understood(self, error: Error, name: str = "", flow_id: int = 0) -> Error:
        """What a refusal of a write means, given what was asked and what can be looked up."""
        if error.portal_error == "ERROR_GROUP_NAME_EXISTS":
            return _with_words(NameTaken(GROUP_HAS_NAME), error)
        if error.portal_error in ("22002", "ERROR_METHOD_NOT_FOUND"):
            return _with_words(Error("portal_refused", TOO_OLD), error)
        words = error.portal_description
        if error.portal_error != "0" or UNFORESEEN.search(words) or JUDGED.search(words):
            return error
        if name and self.exists(name, flow_id):
            return _with_words(NameTaken(), error)
        return _with_words(Error("not_permitted", NO_RIGHT), error)


GROUP_HAS_NAME = mark(
    "A project with this name already exists. Choose it as the project, or rename the flow."
)
UNSETTLED = mark("The flow did not keep its state. Look at it, and try again.")
TOO_OLD = mark("This Bitrix24 does not know task flows yet. It has to be updated first.")
NO_RIGHT = mark(
    "Bitrix24 does not permit this. Only the flow administrator, its creator or a portal "
    "administrator can change a flow; creating one needs a plan with flows and the right to create "
    "them. Nothing was changed."
)


def listed(answer: Any) -> list[Flow] | None:
    """The rows in an answer to `listing`; None where the portal has no such method."""
    if isinstance(answer, Error):
        if answer.portal_error in ("22002", "ERROR_METHOD_NOT_FOUND", "0"):
            return None
        raise answer
    return [_completed(row) for row in answer] if isinstance(answer, list) else []


def _completed(row: Flow) -> Flow:
    """The portal leaves empty properties out of its rows."""
    empty: Flow = {
        "active": False,
        "demo": False,
        "description": "",
        "efficiency": 0,
        "groupId": 0,
        "ownerId": 0,
        "templateId": 0,
    }
    return empty | row


def _trial(done: Flow) -> Flow:
    """Only the answer of the write tells that it has started the portal's trial of flows."""
    return {"trialFeatureEnabled": bool(done.get("trialFeatureEnabled"))}


def _result(answer: Any) -> Any:
    if isinstance(answer, Error):
        raise answer
    return answer


def _with_words(error: Error, heard: Error) -> Error:
    """Keep the portal's own words with what we make of them."""
    error.portal_error, error.portal_description = heard.portal_error, heard.portal_description
    return error
