"""What the portal does by itself when a person leaves: flows without people change their ways."""

from tests.emulator.entities import Flow, Portal


def dismiss(portal: Portal, user_id: int) -> None:
    """Make a person inactive and take them out of every flow."""
    portal.users[user_id].active = False
    for flow in portal.flows.values():
        leave(flow, user_id)


def leave(flow: Flow, user_id: int) -> None:
    """Take a person out of one flow; with nobody left its administrator becomes the moderator."""
    code = f"U{user_id}"
    flow.task_creators = [other for other in flow.task_creators if other != code]
    was_there = user_id in {*flow.queue, flow.moderator_id} or any(
        code in codes for codes in flow.responsibles.values()
    )
    flow.queue = [other for other in flow.queue if other != user_id]
    for kind, codes in flow.responsibles.items():
        flow.responsibles[kind] = [other for other in codes if other != code]
    left = flow.queue or flow.responsibles.get(flow.distribution_type)
    if flow.distribution_type == "manually":
        left = flow.moderator_id != user_id
    if was_there and not left and flow.distribution_type != "immutable":
        flow.distribution_type, flow.moderator_id = "manually", flow.owner_id
        flow.responsibles = {"manually": [f"U{flow.owner_id}"]}
