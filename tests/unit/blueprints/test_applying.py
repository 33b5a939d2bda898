"""A plan ends in the same state whatever happens to its answers, and twice does no harm."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app_harness import AppHarness
from tests.support.blueprint_harness import Documents

DOCUMENT = """
schema: 1
flows:
  one: {name: One, plannedCompletionTime: 4h, distributionType: queue,
        responsibleList: [{user: {id: 2}}], active: false}
  content: {name: Content, description: New, active: false}
  buy: {state: absent}
"""
METHODS = ("batch", "tasks.flow.Flow.delete", "tasks.flow.Flow.get")


def state(app: AppHarness) -> list[tuple[Any, ...]]:
    return sorted((flow.name, flow.active, flow.description) for flow in app.a.flows.values())


def apply_all(app: AppHarness) -> dict[str, Any]:
    """Adopt, plan and apply, then plan what is missing until nothing is."""
    documents = Documents(app.program(app.a))
    plan = documents.plan(DOCUMENT).json
    codes = [one["code"] for one in plan["unsafe"]]
    ended = documents.applied(plan, *codes)
    for _ in range(3):
        if ended["status"] == "applied":
            break
        again = documents.plan(DOCUMENT).json
        ended = documents.applied(again, *(one["code"] for one in again["unsafe"]))
    return ended


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("after", [0, 1, 2, 4])
@pytest.mark.parametrize("trouble", ["lose", "cut", "html"])
def test_trouble_on_the_way_changes_nothing_about_the_end(
    trouble: str, after: int, method: str, installed_app: AppHarness
) -> None:
    documents = Documents(installed_app.program(installed_app.a))
    documents.post("flows/102/adopt", json={"key": "buy"})
    getattr(installed_app.control, trouble)(method, after=after + 2)
    try:
        ended = apply_all(installed_app)
    finally:
        installed_app.control.heal()

    assert ended["status"] == "applied", ended
    names = [one[0] for one in state(installed_app)]
    assert names == ["Content", "IT help desk", "Legal Department", "One"]
    assert [one[1] for one in state(installed_app)] == [False, True, False, False]
    again = documents.plan(DOCUMENT).json
    assert {one["action"] for one in again["changes"]} == {"unchanged"}
