"""Parses a flow as a portal sends it: each field gets its type, or the answer is unreadable.

A flow that was read is written back whole by the next change. So no field may be guessed here:
what cannot be understood in a complete flow fails the reading, while the rows of a list, which are
only shown, do without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bx24app.bitrix24.answers import (
    parse_id,
    parse_integer,
    parse_object,
    parse_pairs,
    parse_rows,
    parse_switch,
    parse_text,
)
from bx24app.bitrix24.errors import UnreadableAnswer

Flow = dict[str, Any]


def _optional_integer(value: Any) -> int | None:
    return None if value is None else parse_integer(value)


def _number(value: Any) -> int:
    return 0 if value is None else parse_integer(value)


def _required_text(value: Any) -> str:
    text = parse_text(value)
    if not text:
        raise UnreadableAnswer(description="an empty text")
    return text


TYPES: dict[str, Callable[[Any], Any]] = {
    "id": parse_id,
    "name": _required_text,
    "description": parse_text,
    "active": parse_switch,
    "demo": parse_switch,
    "creatorId": _number,
    "ownerId": _number,
    "groupId": _number,
    "templateId": _number,
    "efficiency": parse_integer,
    "plannedCompletionTime": parse_integer,
    "activity": parse_text,
    "distributionType": _required_text,
    "responsibleList": parse_pairs,
    "taskCreators": parse_pairs,
    "team": parse_pairs,
    "matchWorkTime": parse_switch,
    "matchSchedule": parse_switch,
    "responsibleCanChangeDeadline": parse_switch,
    "notifyAtHalfTime": parse_switch,
    "taskControl": parse_switch,
    "trialFeatureEnabled": parse_switch,
    "notifyOnQueueOverflow": _optional_integer,
    "notifyOnTasksInProgressOverflow": _optional_integer,
    "notifyWhenEfficiencyDecreases": _optional_integer,
}
"""How each field of `tasks.flow.Flow.get` is read (Bitrix24 source, see docs/reference.md)."""
LISTS = ("responsibleList", "taskCreators")
COMPLETE = ("id", "name", "active", "plannedCompletionTime", "distributionType", *LISTS)
"""What the answer to `get` always has; an answer without one of these is unreadable."""
MAY_BE_ABSENT = ("creatorId", "ownerId", "groupId", "templateId", "demo", "description", "activity")
EMPTY: Flow = {
    "active": False,
    "activity": "",
    "creatorId": 0,
    "demo": False,
    "description": "",
    "distributionType": "",
    "efficiency": 0,
    "groupId": 0,
    "name": "",
    "ownerId": 0,
    "plannedCompletionTime": 0,
    "templateId": 0,
}
"""Bitrix24 leaves empty properties out of the rows of its list."""
DECISIVE = ("name", "active", "ownerId", "groupId")
"""Fields of a row by which flows are chosen."""
NEVER_NULL = frozenset(
    name for name, parse in TYPES.items() if parse in (parse_switch, parse_integer)
)
"""Fields in which null means nothing; a change leaves them out, and the portal keeps its values."""


class FlowList(NamedTuple):
    """The rows of one page of the portal's list."""

    rows: list[Flow]
    length: int
    """How many entries the page had, readable or not."""
    doubtful: bool = False
    """Whether a field that decides which flows are wanted could not be understood."""

    @property
    def complete(self) -> bool:
        """Whether every entry could be read."""
        return len(self.rows) == self.length and not self.doubtful


def parse_flow(answer: Any, flow_id: int | None = None) -> Flow:
    """The complete flow in an answer to `get`; unknown keys pass through.

    Raises UnreadableAnswer where a field is missing or cannot be understood, and for another flow
    than the one with that number: a change of it would be written to the wrong one.
    """
    found = parse_object(answer)
    if flow_id is not None and parse_id(found.get("id")) != flow_id:
        raise UnreadableAnswer(description="another flow")
    if any(found.get(name) is None for name in COMPLETE if name not in LISTS):
        raise UnreadableAnswer(description="no complete flow")
    # A missing list must not pass for an empty one: the next update would write that back.
    if not all(name in found for name in LISTS):
        raise UnreadableAnswer(description="a flow without its people")
    kept = {
        name: value for name, value in found.items() if not (value is None and name in NEVER_NULL)
    }
    typed = _typed(kept)
    absent = {name: EMPTY[name] for name in MAY_BE_ABSENT if name not in typed}
    return typed | absent


def parse_written(answer: Any) -> Flow:
    """What an answer to `create` or `update` says of the flow: at least its number.

    Raises UnreadableAnswer without that.
    """
    return _readable(parse_object(answer))


def parse_list(answer: Any) -> FlowList:
    """The rows in an answer to `list`; raises UnreadableAnswer for what is no list.

    A field that cannot be understood is empty, and a row without a number is left out; the other
    rows are returned all the same.
    """
    listed = parse_rows(answer)
    rows, doubtful = [], False
    for row in listed:
        try:
            flow = _readable(row)
        except UnreadableAnswer:
            continue
        # Whether such a flow is one of those that are wanted is not known.
        doubtful = doubtful or any(name in row and name not in flow for name in DECISIVE)
        rows.append(EMPTY | flow)
    # The length counts every entry, because a page is the last one if it has fewer than 50.
    return FlowList(rows, len(listed) + listed.unreadable, doubtful)


def parse_exists(answer: Any) -> bool:
    """The answer to `isExists`; raises UnreadableAnswer."""
    found = parse_object(answer)
    # A missing answer must not count as no: the caller would take the name for free.
    if "exists" not in found:
        raise UnreadableAnswer(description="neither yes nor no")
    return parse_switch(found["exists"])


def parse_deleted(answer: Any) -> None:
    """Raise UnreadableAnswer unless an answer to `delete` says that the flow is deleted."""
    if not parse_switch(parse_object(answer).get("deleted")):
        raise UnreadableAnswer(description="not deleted")


def parse_toggled(answer: Any) -> None:
    """Raise UnreadableAnswer unless `activate` says that it has toggled: it answers true."""
    # `activate` does not say in which state the flow is now.
    if not parse_switch(answer):
        raise UnreadableAnswer(description="not toggled")


def _typed(found: Flow) -> Flow:
    return {name: TYPES[name](value) if name in TYPES else value for name, value in found.items()}


def _readable(found: Flow) -> Flow:
    """The fields that can be understood; raises UnreadableAnswer without a number."""
    flow: Flow = {"id": parse_id(found.get("id"))}
    for name, value in found.items():
        try:
            flow[name] = TYPES[name](value) if name in TYPES else value
        except UnreadableAnswer:
            continue
    return flow
