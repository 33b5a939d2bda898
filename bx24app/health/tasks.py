"""Counts the tasks of flows: pending, in progress, and made or closed lately."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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


@dataclass
class TaskCounts:
    """The tasks of one flow."""

    pending: int = 0
    in_progress: int = 0
    lately: int = 0
    """Made or closed in the last ninety days."""


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
        f"{name}{page}": _command(flow_ids, page, wanted)
        for name, wanted in kinds.items()
        for page in range(PAGES)
    }
    try:
        answers = client.batch(calls, safe=True)
        counts = {number: TaskCounts() for number in flow_ids}
        seen: set[int] = set()
        for name in kinds:
            for row in _rows(answers, name, flow_ids):
                if row["id"] not in seen:
                    seen.add(row["id"])
                    _count(counts[row["flow"]], row, now)
    except Error:
        return None
    return counts


def _command(flow_ids: Collection[int], page: int, wanted: dict[str, Any]) -> Command:
    chosen = {"FLOW_ID": list(flow_ids)} | wanted
    order = {"ID": "ASC"}
    return TASKS, {"filter": chosen, "select": list(FIELDS), "order": order, "start": page * PAGE}


def _rows(answers: Mapping[str, Any], name: str, flow_ids: Collection[int]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in range(PAGES):
        answer = answers[f"{name}{page}"]
        if isinstance(answer, Error):
            raise answer
        rows = [_task(row) for row in parse_rows(parse_object(answer).get("tasks"))]
        # An unknown filter is ignored by Bitrix24, which then gives all tasks.
        if any(row["flow"] not in flow_ids for row in rows):
            raise UnreadableAnswer(description="tasks of other flows")
        found += rows
        if len(rows) < PAGE:
            return found
    raise UnreadableAnswer(description="too many tasks")


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": parse_integer(row.get("id")),
        "flow": parse_integer(row.get("flowId") or 0),
        "status": parse_integer(row.get("status") or 0),
        "moments": [text_or(row.get(name)) for name in ("createdDate", "closedDate")],
    }


def _count(counts: TaskCounts, row: Mapping[str, Any], now: datetime) -> None:
    counts.pending += row["status"] in PENDING
    counts.in_progress += row["status"] in IN_PROGRESS
    counts.lately += any(_is_late_enough(moment, now) for moment in row["moments"])


def _is_late_enough(moment: str, now: datetime) -> bool:
    try:
        return datetime.fromisoformat(moment) >= now - LATELY
    except (ValueError, TypeError):
        return False
