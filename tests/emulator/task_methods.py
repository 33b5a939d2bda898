"""Tasks and task templates over REST, as far as flows need them."""

from tests.emulator.caller import Caller
from tests.emulator.clock import Clock
from tests.emulator.coercion import to_int
from tests.emulator.entities import Task
from tests.emulator.filters import filter_of, in_order, matches, paged, selected, upper_keys
from tests.emulator.flow_access import may_read_template
from tests.emulator.wire import Page, RestError

LOWER = {"ID": "id", "TITLE": "title", "DESCRIPTION": "description", "STATUS": "status",
         "CREATED_BY": "createdBy", "RESPONSIBLE_ID": "responsibleId", "GROUP_ID": "groupId",
         "FLOW_ID": "flowId", "CREATED_DATE": "createdDate", "DEADLINE": "deadline"}  # fmt: skip


def visible(caller: Caller) -> list[Task]:
    """Give the tasks the caller takes part in; administrators see all."""
    user, groups = caller.user, caller.portal.groups
    return [
        task
        for task in caller.portal.tasks.values()
        if user.admin
        or user.id in {task.creator_id, task.responsible_id}
        or (task.group_id in groups and groups[task.group_id].holds(user.id))
    ]


def get(caller: Caller, params: dict[str, object]) -> object:
    """Give one task; an empty list when there is none to see."""
    given = upper_keys(params)
    if "TASKID" not in given:
        raise RestError("100", "Could not find value for parameter {taskId}")
    for task in visible(caller):
        if task.id == to_int(given["TASKID"]):
            return {"task": camel(row_of(task, caller.world.clock))}
    return []


def list_tasks(caller: Caller, params: dict[str, object]) -> Page:
    """Give tasks by filter, FLOW_ID among its columns; `select` and `order` as usual."""
    conditions = filter_of(params)
    rows = [row_of(task, caller.world.clock) for task in visible(caller)]
    found = in_order([row for row in rows if matches(row, conditions)], params)
    shown = [camel(row) for row in selected(found, params)]
    return paged(shown, params, lambda part: {"tasks": part})


def template(caller: Caller, params: dict[str, object]) -> object:
    """Give a task template, or false when it is not there or not to be read."""
    found = caller.portal.templates.get(to_int(upper_keys(params).get("TEMPLATEID")))
    if found is None or not may_read_template(caller.portal, found, caller.user):
        return False
    return {
        "ID": str(found.id),
        "TITLE": found.title,
        "DESCRIPTION": found.description,
        "PRIORITY": "1",
        "CREATED_BY": str(found.creator_id),
        "RESPONSIBLE_ID": str(found.responsible_id),
        "GROUP_ID": str(found.group_id),
    }


def row_of(task: Task, clock: Clock) -> dict[str, object]:
    """Write a task with the names that filters use; ids are strings."""
    return {
        "ID": str(task.id),
        "TITLE": task.title,
        "DESCRIPTION": task.description,
        "STATUS": str(task.status),
        "CREATED_BY": str(task.creator_id),
        "RESPONSIBLE_ID": str(task.responsible_id),
        "GROUP_ID": str(task.group_id),
        "FLOW_ID": str(task.flow_id) if task.flow_id else None,
        "CREATED_DATE": clock.iso(task.created),
        "DEADLINE": clock.iso(task.deadline) if task.deadline else None,
    }


def camel(row: dict[str, object]) -> dict[str, object]:
    """Rename the columns as the answer writes them."""
    return {LOWER[name]: value for name, value in row.items()}
