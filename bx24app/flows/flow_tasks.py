"""Reads what is known of the tasks of flows: which flows have any, and how many are open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from bx24app.bitrix24.answers import parse_integer, parse_object, parse_rows
from bx24app.bitrix24.errors import UnreadableAnswer
from bx24app.bitrix24.lookups import BatchClient, Command
from bx24app.errors import Error

TASKS = "tasks.task.list"
PAGE = 50
"""Rows in one answer of `tasks.task.list` (Bitrix24 docs)."""
MOST_PAGES = 100
"""Pages of open tasks that are counted at most; beyond that the numbers are not known."""
PAGES_AHEAD = 10
PENDING, IN_PROGRESS = (1, 2), (3,)
"""Statuses of `tasks.task.list`: new and pending, in progress (Bitrix24 docs, tasks fields)."""


class Task(NamedTuple):
    """What the list needs of a task."""

    id: int
    flow_id: int
    status: int


class OpenTasks(NamedTuple):
    """How many tasks of a flow are open."""

    pending: int
    in_progress: int


def tasks_command(flow_ids: Collection[int], page: int = 0, **more: Any) -> Command:
    """The command for tasks of these flows; `FLOW_ID` as a filter is not documented."""
    wanted = {"FLOW_ID": list(flow_ids)} | more
    select = ["ID", "FLOW_ID", "STATUS"]
    return TASKS, {"filter": wanted, "select": select, "order": {"ID": "ASC"}, "start": page * PAGE}


def parse_tasks(answer: Any, flow_ids: Collection[int]) -> list[Task]:
    """The tasks in an answer; raises UnreadableAnswer where the portal did not filter by flow."""
    found = [_task(row) for row in parse_rows(parse_object(answer).get("tasks"))]
    # An unknown filter is ignored by Bitrix24, which then gives all tasks.
    if any(task.flow_id not in flow_ids for task in found):
        raise UnreadableAnswer(description="tasks of other flows")
    return found


def used_flows(answer: Any, flow_ids: Collection[int]) -> frozenset[int]:
    """Those of the flows that a page of tasks shows to have any; raises UnreadableAnswer."""
    return frozenset(task.flow_id for task in parse_tasks(answer, flow_ids))


def count_open_tasks(client: BatchClient, flow_ids: Collection[int]) -> dict[int, OpenTasks] | None:
    """The open tasks of each flow; None where the portal does not tell. Raises nothing."""
    try:
        return _counted(_open_tasks(client, flow_ids), flow_ids) if flow_ids else {}
    except Error:
        return None


def find_used(client: BatchClient, flow_ids: Iterable[int]) -> frozenset[int]:
    """Those of the flows that have a task, as far as the portal tells. Raises nothing."""
    calls = {f"f{number}": tasks_command([number]) for number in flow_ids}
    try:
        answers = client.batch(calls, safe=True) if calls else {}
    except Error:
        return frozenset()
    found: set[int] = set()
    for name, answer in answers.items():
        try:
            found |= used_flows(answer, (int(name[1:]),))
        except Error:
            continue
    return frozenset(found)


def _open_tasks(client: BatchClient, flow_ids: Collection[int]) -> list[Task]:
    found: dict[int, Task] = {}
    page = 0
    while page < MOST_PAGES:
        # The first request alone settles most portals; the answers name no total in a batch.
        ahead = PAGES_AHEAD if page else 1
        asked = range(page, min(page + ahead, MOST_PAGES))
        open_ones = {"STATUS": [*PENDING, *IN_PROGRESS]}
        calls = {f"p{number}": tasks_command(flow_ids, number, **open_ones) for number in asked}
        for answer in client.batch(calls, safe=True).values():
            if isinstance(answer, Error):
                raise answer
            tasks = parse_tasks(answer, flow_ids)
            fresh = [task for task in tasks if task.id not in found]
            found |= {task.id: task for task in fresh}
            # A portal that ignores `start` gives the same page for ever.
            if len(tasks) < PAGE or not fresh:
                return list(found.values())
        page += len(asked)
    raise UnreadableAnswer(description="too many tasks")


def _counted(tasks: Iterable[Task], flow_ids: Iterable[int]) -> dict[int, OpenTasks]:
    counts = {number: [0, 0] for number in flow_ids}
    for task in tasks:
        counts[task.flow_id][0] += task.status in PENDING
        counts[task.flow_id][1] += task.status in IN_PROGRESS
    return {number: OpenTasks(*pair) for number, pair in counts.items()}


def _task(row: Mapping[str, Any]) -> Task:
    # A task outside any flow has null here.
    return Task(
        parse_integer(row.get("id")),
        parse_integer(row.get("flowId") or 0),
        parse_integer(row.get("status") or 0),
    )
