"""Create and update a flow: the order of steps, what is reset, what stays behind on failure."""

from tests.emulator.caller import Caller
from tests.emulator.entities import Flow, Group, Portal
from tests.emulator.flow_access import may_save
from tests.emulator.flow_checks import (
    check_departments,
    check_fields,
    check_name,
    check_people,
    check_project,
    check_template,
    same,
)
from tests.emulator.flow_fields import (
    SWITCHES,
    THRESHOLDS,
    FlowData,
    attribute,
    bind,
    later_values,
)
from tests.emulator.flow_members import EVERYBODY, codes_of, people, split
from tests.emulator.flow_views import entity
from tests.emulator.phrases import denied, must_be, phrase, unknown
from tests.emulator.wire import RestError

TRIAL_SECONDS = 15 * 24 * 3600
# Copied into the flow whenever the bound data hold something that is not null.
PLAIN = ("name", "description", "groupId", "ownerId", "creatorId", "templateId", "efficiency",
         "plannedCompletionTime", "distributionType", "active", "demo", *SWITCHES)  # fmt: skip


def create(caller: Caller, params: dict[str, object]) -> dict[str, object]:
    """Make a flow. A group made for it stays even when a later step refuses the flow."""
    portal, data = caller.portal, bind(params)
    trial = start_trial(caller)
    if not (portal.plan.flows_allowed(caller.now) and may_save(portal, data, caller.user, None)):
        raise denied(portal)
    data.values |= {"creatorId": caller.user.id, "active": True}
    if data.number("ownerId") <= 0:
        data.values["ownerId"] = caller.user.id
    place_in_group(caller, data)
    check_fields(data, portal, creating=True)
    check_name(portal, data.text("name"))
    check_people(portal, data)
    check_project(portal, data.number("groupId"))
    check_template(portal, data.number("templateId"))
    check_departments(portal, data)
    check_moderator(portal, data, "create")
    flow = Flow(portal.next_id(portal.flows), "", 0, 0, 0, 0, "", activity=caller.now)
    write(portal, flow, data)
    portal.flows[flow.id] = flow
    open_template(portal, flow)
    return entity(portal, flow, caller.world.clock, saved=True, trial=trial)


def update(caller: Caller, params: dict[str, object]) -> dict[str, object]:
    """Change a flow. What is left out is reset wherever the data have a default."""
    portal, data = caller.portal, bind(params)
    flow = portal.flows.get(data.number("id"))
    allowed = portal.plan.flows_allowed(caller.now)
    if not (allowed and may_save(portal, data, caller.user, flow)):
        raise denied(portal)
    if data.number("ownerId") > 0:
        if not data.has("groupId"):
            raise unknown(portal, "update")
        join(portal, data.number("groupId"), data.number("ownerId"))
    if data.number("id") <= 0:
        raise must_be("id", "be greater than 0")
    check_fields(data, portal, creating=False)
    if flow is None:
        raise unknown(portal, "update")
    if data.has("name"):
        check_name(portal, data.text("name"), flow.id)
    check_people(portal, data)
    check_departments(portal, data)
    check_moderator(portal, data, "update")
    write(portal, flow, data)
    if data.has("taskCreators"):
        open_template(portal, flow)
    return entity(portal, flow, caller.world.clock, saved=True)


def start_trial(caller: Caller) -> bool:
    """Switch the one trial on when the plan has no flows; True when this call did it."""
    plan = caller.portal.plan
    if plan.flows_allowed(caller.now) or plan.trial_used:
        return False
    plan.trial_used, plan.trial_until = True, caller.now + TRIAL_SECONDS
    return True


def place_in_group(caller: Caller, data: FlowData) -> None:
    """Join the owner to the group that was sent, or make a group named like the flow."""
    portal = caller.portal
    if data.number("groupId") > 0:
        join(portal, data.number("groupId"), data.number("ownerId"))
        return
    check_fields(data, portal, creating=True)
    name = data.text("name")
    if any(same(group.name, name) for group in portal.groups.values()):
        raise RestError("ERROR_GROUP_NAME_EXISTS", phrase(portal, "group_exists"))
    if portal.plan.most_groups is not None and len(portal.groups) >= portal.plan.most_groups:
        raise RestError("ERROR_CORE", "Project limit exceeded")
    members = people(portal, codes_of(data, "responsibleList") or []) or [caller.user.id]
    group = Group(portal.next_id(portal.groups), name, caller.user.id, set(members))
    portal.groups[group.id] = group
    data.values["groupId"] = group.id
    join(portal, group.id, data.number("ownerId"))


def join(portal: Portal, group_id: int, *user_ids: int) -> None:
    """Make people members of a group; those who do not exist are passed over."""
    if group_id in portal.groups:
        portal.groups[group_id].members.update(set(user_ids) & set(portal.users))


def moderator_of(data: FlowData) -> int | None:
    """Give the moderator that the data name: the number of element 0, whatever its type is.

    None when the data do not set one; 0 when element 0 has no number.
    """
    codes = codes_of(data, "responsibleList")
    if data.text("distributionType") != "manually" or not codes:
        return None
    return int(split(codes[0])[1] or 0)


def check_moderator(portal: Portal, data: FlowData, action: str) -> None:
    """Raise Refusal "unknown error" when the moderator is nobody."""
    moderator = moderator_of(data)
    if moderator is not None and moderator not in portal.users:
        raise unknown(portal, action)


def write(portal: Portal, flow: Flow, data: FlowData) -> None:
    """Copy the data into the flow: plain fields, thresholds, members."""
    for name in PLAIN:
        if data.has(name):
            setattr(flow, attribute(name), data.values[name])
    for name in THRESHOLDS:
        if data.has(name):
            setattr(flow, attribute(name), data.values[name] or None)
    flow.later = later_values(data, portal.later_fields)
    write_responsibles(portal, flow, data)
    creators = codes_of(data, "taskCreators")
    if creators is not None:
        flow.task_creators = creators


def write_responsibles(portal: Portal, flow: Flow, data: FlowData) -> None:
    """Store who is responsible; a queue is expanded to people now, once and for all."""
    codes = codes_of(data, "responsibleList")
    if codes is None:
        return
    if not codes:
        if any(data.has(name) for name in ("taskCreators", "ownerId", "creatorId")):
            flow.responsibles = {}
        return
    flow.responsibles = {flow.distribution_type: codes}
    team = people(portal, codes)
    join(portal, flow.group_id, *team)
    if flow.distribution_type == "queue":
        flow.queue = team
    flow.moderator_id = moderator_of(data) or flow.moderator_id


def open_template(portal: Portal, flow: Flow) -> None:
    """Let everybody who may add tasks to the flow see its template."""
    template = portal.templates.get(flow.template_id)
    if template is None:
        return
    for code in flow.task_creators:
        prefix, number = split(code)
        root = next((d.id for d in portal.departments.values() if d.parent is None), 1)
        wide = f"DR{root}" if code == EVERYBODY else f"DR{number}" if prefix == "D" else code
        template.readers.add(wide)
