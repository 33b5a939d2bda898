"""How the portal shows a flow: the whole entity, with or without its creators and team."""

from tests.emulator.clock import Clock
from tests.emulator.entities import Flow, Portal
from tests.emulator.flow_members import pair_of

COLUMNS = ("id", "creatorId", "ownerId", "groupId", "templateId", "efficiency", "active",
           "plannedCompletionTime", "activity", "name", "description", "distributionType",
           "demo")  # fmt: skip


def entity(
    portal: Portal, flow: Flow, clock: Clock, *, saved: bool, trial: bool = False
) -> dict[str, object]:
    """Give the flow as get does; the answers to create and update (`saved`) lack the people."""
    return {
        "id": flow.id,
        "creatorId": flow.creator_id,
        "ownerId": flow.owner_id,
        "groupId": flow.group_id,
        "templateId": flow.template_id,
        "efficiency": flow.efficiency,
        "active": flow.active,
        "plannedCompletionTime": flow.planned_completion_time,
        "activity": clock.iso(flow.activity),
        "name": flow.name,
        "description": flow.description,
        "distributionType": flow.distribution_type,
        "responsibleList": responsibles(flow),
        "demo": flow.demo,
        "responsibleCanChangeDeadline": flow.responsible_can_change_deadline,
        "matchWorkTime": flow.match_work_time,
        "matchSchedule": flow.match_schedule,
        "taskControl": flow.task_control,
        "notifyAtHalfTime": flow.notify_at_half_time,
        "notifyOnQueueOverflow": flow.notify_on_queue_overflow,
        "notifyOnTasksInProgressOverflow": flow.notify_on_tasks_in_progress_overflow,
        "notifyWhenEfficiencyDecreases": flow.notify_when_efficiency_decreases,
        "taskCreators": [] if saved else [pair_of(code) for code in flow.task_creators],
        "team": [] if saved else team(portal, flow),
        "trialFeatureEnabled": trial,
        **portal.later_fields,
        **flow.later,
    }


def responsibles(flow: Flow) -> list[list[str]]:
    """Give who is responsible: the moderator, or the members as they were sent.

    Who takes turns in a queue (`Flow.queue`) no method tells.
    """
    if flow.distribution_type == "manually":
        return [["user", str(flow.moderator_id)]] if flow.moderator_id else []
    return [pair_of(code) for code in flow.responsibles.get(flow.distribution_type, [])]


def team(portal: Portal, flow: Flow) -> list[list[str]]:
    """Give the team; with a moderator it is everybody active in the project but the moderator."""
    if flow.distribution_type != "manually":
        return responsibles(flow)
    group = portal.groups.get(flow.group_id)
    linked = sorted({group.owner_id, *group.members}) if group else []
    return [
        ["user", str(user_id)]
        for user_id in linked
        if user_id != flow.moderator_id and portal.users[user_id].active
    ]
