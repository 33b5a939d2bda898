"""`tasks.flow.Flow.*`: the controller's actions, and how its refusals become answers."""

from collections.abc import Callable

from tests.emulator.caller import Caller
from tests.emulator.coercion import IGNORED, items, to_int
from tests.emulator.flow_access import may_change, may_read
from tests.emulator.flow_checks import name_taken
from tests.emulator.flow_fields import bind
from tests.emulator.flow_list import list_flows
from tests.emulator.flow_members import code_of, people
from tests.emulator.flow_saving import create, update
from tests.emulator.flow_views import entity
from tests.emulator.php_forms import as_text
from tests.emulator.phrases import Refusal, denied, missing, must_be, unknown

CONTROLLER = "tasks.flow.Flow."


def flow_id_of(params: dict[str, object]) -> int:
    """Bind the scalar `flowId`; Refusal with code 100 when it is missing or no number."""
    if "flowId" not in params:
        raise Refusal("Could not find value for parameter {flowId}", "100")
    value = params["flowId"]
    number = IGNORED if isinstance(value, bool) else to_int(value)
    if not isinstance(number, int):
        shown = "Array" if isinstance(value, list | dict) else as_text(value)
        raise Refusal(
            f"Invalid value {{{shown}}} to match with parameter {{flowId}}."
            " Should be value of type int.",
            "100",
        )
    return number


def get(caller: Caller, params: dict[str, object]) -> object:
    """Give the whole flow."""
    flow = caller.portal.flows.get(flow_id_of(params))
    if not may_read(caller.portal, flow, caller.user):
        raise denied(caller.portal)
    if flow is None:
        raise missing(caller.portal)
    return entity(caller.portal, flow, caller.world.clock, saved=False)


def is_exists(caller: Caller, params: dict[str, object]) -> object:
    """Tell whether a flow has the name – any flow, also one the caller may not see."""
    data = bind(params)
    if not data.has("name"):
        raise Refusal("name: cannot be null")
    flows = caller.portal.flows.values()
    return {"exists": name_taken(flows, data.text("name"), max(data.number("id"), 0))}


def delete(caller: Caller, params: dict[str, object]) -> object:
    """Delete a flow; its tasks and its group stay."""
    portal, flow_id = caller.portal, bind(params).number("id")
    if not may_change(portal.flows.get(flow_id), caller.user):
        raise denied(portal)
    if flow_id <= 0:
        raise must_be("id", "be greater than 0")
    if flow_id not in portal.flows:
        raise unknown(portal, "delete")
    del portal.flows[flow_id]
    portal.pins = {pin for pin in portal.pins if pin[1] != flow_id}
    for task in portal.tasks.values():
        if task.flow_id == flow_id:
            task.flow_id = 0
    return {"deleted": True}


def activate(caller: Caller, params: dict[str, object]) -> object:
    """Toggle the flow; the answer is always true and does not tell the new state."""
    flow = caller.portal.flows.get(flow_id_of(params))
    if not may_change(flow, caller.user):
        raise denied(caller.portal)
    if flow is None:
        raise missing(caller.portal)
    flow.active = not flow.active
    return True


def pin(caller: Caller, params: dict[str, object]) -> object:
    """Toggle the pin of this person; the answer is the new state. Anything can be pinned by
    an administrator, even what does not exist."""
    portal, flow_id = caller.portal, flow_id_of(params)
    if not may_read(portal, portal.flows.get(flow_id), caller.user):
        raise denied(portal)
    portal.pins ^= {(caller.user.id, flow_id)}
    return (caller.user.id, flow_id) in portal.pins


def count_members(caller: Caller, params: dict[str, object]) -> object:
    """Count the active people of departments given as pairs."""
    counted = []
    for pair in items(params.get("departments")):
        code = code_of(pair)
        if code and code.startswith("D"):
            number = len(people(caller.portal, [code]))
            counted.append({"departmentId": items(pair)[1], "count": number})
    return counted


# Names of actions in lower case: their case does not matter, the controller's does.
ACTIONS: dict[str, tuple[Callable[[Caller, dict[str, object]], object], bool]] = {
    "create": (create, True),
    "update": (update, True),
    "get": (get, False),
    "isexists": (is_exists, False),
    "delete": (delete, True),
    "activate": (activate, True),
    "pin": (pin, True),
    "list": (list_flows, False),
    "getdepartmentsmembercount": (count_members, False),
}


def act(caller: Caller, action: str, params: dict[str, object]) -> object:
    """Carry out an action; RestError with status 400 for everything the controller refuses."""
    known = {name for name in ACTIONS if name != "list" or caller.portal.has_list}
    try:
        if caller.verb not in {"GET", "POST"}:
            raise Refusal("Wrong method for current action", "invalid_http_method")
        if action.lower() not in known:
            raise Refusal(
                f"Could not find description of {action} in Bitrix\\Tasks\\Flow\\Controllers\\Flow",
                "22002",
            )
        return ACTIONS[action.lower()][0](caller, params)
    except Refusal as refusal:
        raise refusal.answer(caller.portal) from None
