"""Reads flows of a portal: one, many, all rows of its list, one by its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from bx24app.bitrix24.errors import UnreadableAnswer
from bx24app.errors import Error, NotFound
from bx24app.flows.change import was_made_from
from bx24app.flows.commands import (
    PAGE,
    Command,
    exists_command,
    get_command,
    has_list,
    list_by_name_command,
    list_command,
    not_shown,
    parse_found,
)
from bx24app.flows.flow import Flow, FlowList, parse_exists, parse_flow, parse_list
from bx24app.flows.spec import FlowSpec

PAGES_AHEAD = 4
"""Pages asked for in the first request: most portals have fewer flows than that."""
PAGES = 100
"""Pages of the portal's list that are read at most: 5,000 flows."""


class KnownRows(NamedTuple):
    """The rows of a portal's list, and whether they are all that there are."""

    rows: list[Flow]
    complete: bool


class PortalClient(Protocol):
    """What is needed of a portal."""

    def call(self, method: str, params: Mapping[str, Any], *, safe: bool = False) -> Any:
        """Call a method, give its result, raise Error."""

    def batch(self, calls: Mapping[str, Command], *, safe: bool = False) -> dict[str, Any]:
        """Call several, give a result or an Error for each name."""

    def carries(self, params: Mapping[str, Any]) -> bool:
        """Whether `batch` can transport these values."""


class FlowReader:
    """The flows of one portal, as one user may see them."""

    def __init__(self, portal: PortalClient) -> None:
        """`portal` makes the calls."""
        self._portal = portal

    def get(self, flow_id: int) -> Flow:
        """One flow, complete; raises NotFound."""
        try:
            return parse_flow(self._portal.call(*get_command(flow_id), safe=True), flow_id)
        except Error as error:
            raise not_shown(error) from None

    def get_many(self, flow_ids: Iterable[int]) -> KnownRows:
        """Those of the flows that the portal shows, complete, fifty in a request.

        One that cannot be understood is left out, and the result is not complete then.
        """
        asked = {f"f{flow_id}": flow_id for flow_id in dict.fromkeys(flow_ids)}
        calls = {name: get_command(flow_id) for name, flow_id in asked.items()}
        flows, complete = [], True
        answers = self._portal.batch(calls, safe=True) if calls else {}
        for name, answer in answers.items():
            try:
                flows.append(parse_flow(result_of(answer), asked[name]))
            except UnreadableAnswer:
                complete = False
            except Error as error:
                # A known flow may have been deleted or hidden at the portal; that is no failure
                # here.
                if not isinstance(not_shown(error), NotFound):
                    raise
        return KnownRows(flows, complete)

    def list_all(self, first: FlowList | None = None) -> KnownRows | None:
        """Every row of the portal's own list, without lists and options; None where it has none.

        `first` is its first page, for whoever has read that already. A portal may ignore which
        page is asked for, so the reading ends with a page that brings nothing new, and after PAGES.
        """
        found: dict[int, Flow] = {}
        page, ahead, complete = 0, PAGES_AHEAD, True
        if first is not None:
            found, page, complete = _by_id(first.rows), 1, first.complete
            # Answers to `list` have no `next` and no `total`: a short page is the only sign of the
            # end.
            if first.length < PAGE:
                return KnownRows(first.rows, complete)
        while page < PAGES:
            # Several pages in one request, although those beyond the end come back empty: requests
            # count against the rate limit, commands of a batch do not.
            asked = range(page, min(page + ahead, PAGES))
            calls = {f"p{number}": list_command(number) for number in asked}
            for answer in self._portal.batch(calls, safe=True).values():
                if isinstance(answer, Error) and not has_list(answer):
                    return None
                rows = parse_list(result_of(answer))
                fresh = {id: row for id, row in _by_id(rows.rows).items() if id not in found}
                complete = complete and rows.complete
                found |= fresh
                if rows.length < PAGE:
                    return KnownRows(list(found.values()), complete)
                # A full page of known rows: the portal has ignored `start`, and would do so for
                # ever.
                if not fresh:
                    return KnownRows(list(found.values()), complete=False)
            page, ahead = page + len(asked), 50 - PAGES_AHEAD
        return KnownRows(list(found.values()), complete=False)

    def find_by_name(self, name: str) -> Flow | None:
        """The row of the flow with that name; None where there is none or no list."""
        try:
            return parse_found(self._portal.call(*list_by_name_command(name), safe=True), name)
        except Error as error:
            if has_list(error):
                raise
            return None

    def find_made(self, spec: FlowSpec, creator_id: int) -> Flow | None:
        """The flow that `creator_id` has made of that spec, complete; None where none is shown."""
        row = self.find_by_name(spec["name"])
        flow = self.get(int(row["id"])) if row else None
        return flow if flow and is_made(flow, spec, creator_id) else None

    def exists(self, name: str, except_id: int = 0) -> bool:
        """Whether any flow has that name, also one that is not shown."""
        return parse_exists(self._portal.call(*exists_command(name, except_id), safe=True))


def result_of(answer: Any) -> Any:
    """The result in an answer of a batch; raises the Error that stands for one."""
    if isinstance(answer, Error):
        raise answer
    return answer


def _by_id(rows: Iterable[Flow]) -> dict[int, Flow]:
    return {int(row["id"]): row for row in rows}


def is_made(flow: Flow, spec: FlowSpec, creator_id: int) -> bool:
    """Whether a flow was made by that person of that spec."""
    # The name alone would not do: somebody else may have made a flow of that name.
    return bool(flow["creatorId"] == creator_id and was_made_from(flow, spec))
