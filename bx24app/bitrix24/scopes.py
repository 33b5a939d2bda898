"""Which rights the methods need that the application calls (Bitrix24 docs, scopes/permissions)."""

from __future__ import annotations

SCOPES_BY_METHOD = {
    "tasks.flow.Flow.activate": "task",
    "tasks.flow.Flow.create": "task",
    "tasks.flow.Flow.delete": "task",
    "tasks.flow.Flow.get": "task",
    "tasks.flow.Flow.isExists": "task",
    "tasks.flow.Flow.list": "task",
    "tasks.flow.Flow.pin": "task",
    "tasks.flow.Flow.update": "task",
    "tasks.task.list": "task",
    "tasks.template.get": "task",
    "user.current": "user_brief",
    "user.get": "user_brief",
    "department.get": "department",
    "sonet_group.get": "sonet_group",
}
WITHOUT_SCOPE = (
    "app.info",
    "batch",
    "event.bind",
    "event.get",
    "event.unbind",
    "feature.get",
    "profile",
)
"""Methods that every application may call."""
USED = frozenset(SCOPES_BY_METHOD.values())
"""The rights that this version needs; the Market rejects a card that asks for more."""
