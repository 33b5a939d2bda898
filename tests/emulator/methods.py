"""Every REST method the portal has: who may call it, whether it writes, what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.emulator import (
    app_methods,
    department_methods,
    group_methods,
    task_methods,
    user_methods,
)
from tests.emulator.caller import Caller
from tests.emulator.entities import Portal
from tests.emulator.faults import system_error
from tests.emulator.flows import ACTIONS, CONTROLLER, act

PEOPLE = ("user", "user_basic", "user_brief")
GROUPS = ("sonet_group", "socialnetwork")
TASK = ("task", "tasks")


@dataclass(frozen=True)
class Method:
    """A method: one of `scopes` is needed (none: anybody may call it)."""

    run: Callable[[Caller, dict[str, object]], object]
    scopes: tuple[str, ...] = ()
    write: bool = False


# These names are turned into lower case before they are looked up.
METHODS: dict[str, Method] = {
    "profile": Method(user_methods.profile),
    "user.admin": Method(user_methods.is_admin),
    "user.current": Method(user_methods.current, PEOPLE),
    "user.get": Method(user_methods.get, PEOPLE),
    "user.search": Method(user_methods.search, PEOPLE),
    "department.get": Method(department_methods.get, ("department",)),
    "sonet_group.get": Method(group_methods.sonet_get, GROUPS),
    "sonet_group.delete": Method(group_methods.sonet_delete, GROUPS, write=True),
    "socialnetwork.api.workgroup.list": Method(group_methods.workgroup_list, GROUPS),
    "socialnetwork.api.workgroup.get": Method(group_methods.workgroup_get, GROUPS),
    "tasks.task.get": Method(task_methods.get, TASK),
    "tasks.task.list": Method(task_methods.list_tasks, TASK),
    "tasks.template.get": Method(task_methods.template, TASK),
    "app.info": Method(app_methods.info),
    "feature.get": Method(app_methods.feature_get),
    "scope": Method(app_methods.scope),
    "server.time": Method(app_methods.server_time),
    "app.option.get": Method(app_methods.option_get),
    "app.option.set": Method(app_methods.option_set, write=True),
    "user.option.get": Method(app_methods.user_option_get),
    "user.option.set": Method(app_methods.user_option_set, write=True),
    "events": Method(app_methods.events),
    "event.bind": Method(app_methods.event_bind, write=True),
    "event.get": Method(app_methods.event_get),
    "event.unbind": Method(app_methods.event_unbind, write=True),
    "placement.bind": Method(app_methods.placement_bind, ("placement",), write=True),
    "placement.get": Method(app_methods.placement_get, ("placement",)),
    "placement.unbind": Method(app_methods.placement_unbind, ("placement",), write=True),
}


def find(portal: Portal, name: str) -> Method:
    """Find a method by the name that was sent; RestError 404 when there is none.

    The flow controller answers to its exact spelling only, whatever the action; all other names
    may be written in any case.
    """
    if name.startswith(CONTROLLER) and "." not in name[len(CONTROLLER) :]:
        action = name[len(CONTROLLER) :]
        write = action.lower() in ACTIONS and ACTIONS[action.lower()][1]
        return Method(lambda caller, params: act(caller, action, params), TASK, write)
    if name.lower() == "method.get":
        return Method(partial(describe, portal))
    if name.lower() not in METHODS:
        raise system_error("ERROR_METHOD_NOT_FOUND")
    return METHODS[name.lower()]


def describe(portal: Portal, caller: Caller, params: dict[str, object]) -> object:
    """Tell whether a method exists here and whether the application's scope opens it."""
    name = str(params.get("name", ""))
    action = name[len(CONTROLLER) :].lower() if name.startswith(CONTROLLER) else ""
    if action:
        exists = action in ACTIONS and (action != "list" or portal.has_list)
        scopes = TASK
    else:
        exists = name.lower() in {*METHODS, "method.get", "batch"}
        scopes = METHODS[name.lower()].scopes if name.lower() in METHODS else ()
    opened = not scopes or bool(set(scopes) & set(caller.grant.scope))
    return {"isExisting": exists, "isAvailable": exists and opened}
