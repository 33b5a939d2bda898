"""Who may read, change, delete and save a flow."""

from tests.emulator.entities import Flow, Group, Portal, Template, User
from tests.emulator.flow_fields import FlowData
from tests.emulator.flow_members import covers


def may_read(portal: Portal, flow: Flow | None, user: User) -> bool:
    """Administrators (even what does not exist), people with a role, their departments."""
    if user.admin:
        return True
    if flow is None:
        return False
    if user.id in {flow.creator_id, flow.owner_id, flow.moderator_id, *flow.queue}:
        return True
    codes = [*flow.task_creators, *(code for some in flow.responsibles.values() for code in some)]
    return any(covers(portal, code, user) for code in codes)


def may_change(flow: Flow | None, user: User) -> bool:
    """Administrators, the flow's administrator and its creator: to switch and to delete."""
    return user.admin or (flow is not None and user.id in {flow.owner_id, flow.creator_id})


def may_create(portal: Portal, user: User) -> bool:
    """Administrators, and everybody inside the company whose role allows it."""
    return user.admin or not (user.extranet or user.id in portal.may_not_create_flows)


def may_save(portal: Portal, data: FlowData, user: User, flow: Flow | None) -> bool:
    """Decide about create (no flow) and update, in Bitrix24's order of checks."""
    if data.number("id") == 0 and not may_create(portal, user):
        return False
    group_id = data.number("groupId") or (flow.group_id if flow else 0)
    if group_id > 0 and not may_use_group(portal, group_id, user, flow):
        return False
    template_id = data.number("templateId")
    return user.admin or template_id <= 0 or may_read_template(
        portal, portal.templates.get(template_id), user
    )  # fmt: skip


def may_use_group(portal: Portal, group_id: int, user: User, flow: Flow | None) -> bool:
    """The project must be usable for everybody; only then does it matter who asks."""
    group: Group | None = portal.groups.get(group_id)
    if group is None or not group.has_tasks or group.closed:
        return False
    keeps = flow is not None and flow.group_id == group_id and may_change(flow, user)
    return user.admin or keeps or group.holds(user.id)


def may_read_template(portal: Portal, template: Template | None, user: User) -> bool:
    """Administrators, the template's creator and those it is open to."""
    if template is None:
        return False
    if user.admin or user.id == template.creator_id:
        return True
    return any(covers(portal, code, user) for code in template.readers)
