"""Counts the tasks of flows: pending, in progress, and made or closed lately."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bx24app.bitrix24.answers import parse_integer, parse_object, parse_rows, text_or
from bx24app.bitrix24.errors import UnreadableAnswer
from bx24app.bitrix24.lookups import BatchClient, Command
from bx24app.errors import Error
from bx24app.flows.flow_tasks import IN_PROGRESS, PAGE, PENDING, TASKS

PAGES = 25
"""Pages of each kind: both fit into one request, and more tasks than these are not counted."""
FIELDS = ("ID", "FLOW_ID", "STATUS", "CREATED_DATE", "CLOSED_DATE")
OPEN = (1, 2, 3, 4, 6)
"""Statuses of tasks that are neither done nor declined (Bitrix24 docs, tasks fields)."""
LATELY = timedelta(days=90)


class TaskCounts(NamedTuple):
    """The tasks of one flow; None for a number that more pages would have to tell."""

    pending: int | None
    in_progress: int | None
    lately: int | None
    """Made or closed in the last ninety days."""
    any: bool
    """Whether a task was seen at all."""


@dataclass(frozen=True)
class _Task:
    id: int
    flow_id: int
    status: int
    is_late: bool


def count_tasks(
    client: BatchClient, flow_ids: Collection[int], now: datetime
) -> Mapping[int, TaskCounts] | None:
    """Tasks by flow, in one request; None where the portal does not tell. Raises nothing."""
    if not flow_ids:
        return {}
    since = (now - LATELY).isoformat(timespec="seconds")
    kinds: dict[str, dict[str, Any]] = {
        "open": {"STATUS": list(OPEN)},
        "closed": {">=CLOSED_DATE": since},
    }
    calls = {
        f"{kind}{page}": _command(flow_ids, page, wanted)
        for kind, wanted in kinds.items()
        for page in range(PAGES)
    }
    try:
        answers = client.batch(calls, safe=True)
        found: dict[int, _Task] = {}
        whole: dict[str, bool] = {}
        for kind in kinds:
            tasks, whole[kind] = _tasks(answers, kind, flow_ids, now)
            found |= {task.id: task for task in tasks}
    except Error:
        return None
    by_flow: dict[int, list[_Task]] = {number: [] for number in flow_ids}
    for task in found.values():
        by_flow[task.flow_id].append(task)
    return {number: _counted(tasks, whole) for number, tasks in by_flow.items()}


def _counted(tasks: list[_Task], whole: Mapping[str, bool]) -> TaskCounts:
    return TaskCounts(
        sum(task.status in PENDING for task in tasks) if whole["open"] else None,
        sum(task.status in IN_PROGRESS for task in tasks) if whole["open"] else None,
        sum(task.is_late for task in tasks) if all(whole.values()) else None,
        bool(tasks),
    )


def _command(flow_ids: Collection[int], page: int, wanted: dict[str, Any]) -> Command:
    chosen = {"FLOW_ID": list(flow_ids)} | wanted
    order = {"ID": "ASC"}
    return TASKS, {"filter": chosen, "select": list(FIELDS), "order": order, "start": page * PAGE}


def _tasks(
    answers: Mapping[str, Any], kind: str, flow_ids: Collection[int], now: datetime
) -> tuple[list[_Task], bool]:
    """The tasks of a kind, and whether they are all; raises Error."""
    found: list[_Task] = []
    for page in range(PAGES):
        answer = answers[f"{kind}{page}"]
        if isinstance(answer, Error):
            raise answer
        tasks = [_task(row, now) for row in parse_rows(parse_object(answer).get("tasks"))]
        # An unknown filter is ignored by Bitrix24, which then gives all tasks.
        if any(task.flow_id not in flow_ids for task in tasks):
            raise UnreadableAnswer(description="tasks of other flows")
        found += tasks
        if len(tasks) < PAGE:
            return found, True
    return found, False


def _task(row: Mapping[str, Any], now: datetime) -> _Task:
    moments = [text_or(row.get(name)) for name in ("createdDate", "closedDate")]
    return _Task(
        parse_integer(row.get("id")),
        # A task outside any flow has null here.
        parse_integer(row.get("flowId") or 0),
        parse_integer(row.get("status") or 0),
        any(_is_late(moment, now) for moment in moments),
    )


def _is_late(moment: str, now: datetime) -> bool:
    try:
        return datetime.fromisoformat(moment) >= now - LATELY
    except (ValueError, TypeError):
        return False
